"""pandera on the full extract: its counts are SQL's counts, batch by batch."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl
import pytest
from tests.expectations.table import CANARY, CLEAN, Pair, count, pilot_of

from dataready.errors import ExpectationError
from dataready.expectations import pandera_bridge
from dataready.expectations.pandera_bridge import run_pandera, write_pandera
from dataready.expectations.pandera_schema import schemas_of
from dataready.expectations.result import ExpectationResult, SuiteResult
from dataready.expectations.rules import Rule
from dataready.extract.manifest import Extract

NONE: Mapping[str, str] = {}


def by(result: SuiteResult) -> dict[tuple[str, str | None], ExpectationResult]:
    """Index results by expectation and column."""
    return {(r.expectation, r.column): r for r in result.results}


def written(folder: Path, body: str, name: str = "own.py") -> Path:
    """Write a suite of a user's making."""
    path = folder / name
    path.write_text(f"import pandera.polars as pa\nimport polars as pl\n\n\n{body}")
    return path


def test_the_broken_production_fails_the_rules_it_breaks(by_pandera: SuiteResult) -> None:
    """Each planted fault is found, and nothing else fails."""
    failed = {(r.expectation, r.column) for r in by_pandera.results if r.result == "fail"}
    assert failed == {
        ("unique", "order_id"),
        ("type", "amount"),
        ("not_null", "amount"),
        ("range", "amount"),
        ("categories", "country"),
        ("type", "bought"),
        ("not_null", "bought"),
        ("format", "sku"),
        ("length", "sku"),
    }


def test_counts_are_what_sql_counts(by_pandera: SuiteResult, broken: Extract) -> None:
    """Pandera's failing rows are the rows of the predicate beside them."""
    counted = [r for r in by_pandera.results if r.where is not None]
    assert len(counted) >= 15
    for result in counted:
        assert result.where is not None
        assert result.rows_failed == count(broken, result.where), result.expectation


def test_batches_do_not_change_a_result(
    pair: Pair, broken: Extract, by_pandera: SuiteResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many small batches say what one large batch says."""
    monkeypatch.setattr(pandera_bridge, "BATCH_ROWS", 2048)
    again = run_pandera(pair.folder / "orders.py", broken, pair.plan, NONE, trust=True)
    assert again == by_pandera


def test_an_honest_production_passes(
    pair: Pair, rules: tuple[Rule, ...], honest: Extract, tmp_path: Path
) -> None:
    """The clean twin is silent."""
    write_pandera(rules, tmp_path / "orders.py")
    result = run_pandera(tmp_path / "orders.py", honest, pair.plan, NONE, trust=True)
    assert {r.result for r in result.results} == {"pass"}


def test_the_module_judges_a_frame_without_dataready(pair: Pair, by_pandera: SuiteResult) -> None:
    """The learnt model is plain pandera: it accepts an honest frame and refuses a broken one."""
    assert by_pandera.results
    (schema,) = schemas_of(pair.folder / "orders.py", trust=True)
    rows = 200
    frame = pl.DataFrame(
        {
            "order_id": [f"ORD-{k}" for k in range(rows)],
            "amount": [float(k % 100) for k in range(rows - 1)] + [1e9],
            "country": ["DE", "FR"] * (rows // 2),
            "bought": pl.Series([None] * rows, dtype=pl.Datetime("us")),
            "email": ["a" * 18] * rows,
            "sku": ["AB-1234"] * rows,
            "note": ["text number 12 of many"] * rows,
        }
    ).with_columns(bought=pl.datetime(2024, 1, 1))
    schema.validate(frame, lazy=True)
    with pytest.raises(pandera_bridge.SchemaErrors, match="mostly_isin"):
        schema.validate(frame.with_columns(country=pl.lit("XX")), lazy=True)


def test_an_absent_column_fails_once_and_its_rules_do_not_apply(
    pair: Pair, rules: tuple[Rule, ...], tmp_path: Path
) -> None:
    """Only the rule that it must be there fails; mapped columns are found."""
    columns = CLEAN.replace("AS amount", "AS betrag").replace("AS sku", "AS gone_sku")
    extract = pilot_production(pair, tmp_path, columns, 300)
    write_pandera(rules, tmp_path / "orders.py")
    names = {"amount": "betrag"}
    found = by(run_pandera(tmp_path / "orders.py", extract, pair.plan, names, trust=True))
    assert found["present", "sku"].result == "fail"
    assert {found[k, "sku"].result for k in ("not_null", "format", "length")} == {"not_applicable"}
    amount = found["not_null", "amount"]
    assert (amount.result, amount.rows_failed) == ("pass", 8)
    assert amount.where is not None
    assert count(extract, amount.where) == 8


def pilot_production(pair: Pair, folder: Path, columns: str, rows: int) -> Extract:
    """Make a production in a folder of its own."""
    return Pair(pair.pilot, folder).production("other", columns, rows)


def test_rules_on_rows_do_not_apply_to_no_rows(
    pair: Pair, rules: tuple[Rule, ...], tmp_path: Path
) -> None:
    """0/0 is no evidence; that the columns are there can still be seen."""
    extract = pilot_production(pair, tmp_path, CLEAN, 0)
    write_pandera(rules, tmp_path / "orders.py")
    result = run_pandera(tmp_path / "orders.py", extract, pair.plan, NONE, trust=True)
    for one in result.results:
        expected = "pass" if one.expectation == "present" else "not_applicable"
        assert one.result == expected, one


def test_a_production_without_any_of_the_columns_is_told(pair: Pair, tmp_path: Path) -> None:
    """The column is missed, not stumbled over."""
    extract = pilot_production(pair, tmp_path, "i AS other", 5)
    path = written(tmp_path, "class M(pa.DataFrameModel):\n    amount: float\n")
    found = by(run_pandera(path, extract, pair.plan, NONE, trust=True))
    assert found["present", "amount"].result == "fail"
    assert found["not_null", "amount"].result == "not_applicable"


def test_hostile_names_and_values_pass_through(tmp_path: Path) -> None:
    """Quotes, braces, colons and percent signs in names and values are data."""
    columns = """
        CASE WHEN i % 2 = 0 THEN 'x:y {z} %s "q"' ELSE 'it''s\\n' END AS "na:me {x} %s ""q"" 'a'"
    """
    pair = pilot_of(tmp_path, columns, rows=200)
    rules = pandera_rules(pair)
    write_pandera(rules, tmp_path / "orders.py")
    extract = pair.production("same", columns, 300)
    result = run_pandera(tmp_path / "orders.py", extract, pair.plan, NONE, trust=True)
    assert {r.result for r in result.results} == {"pass"}
    assert "categories" in {r.expectation for r in result.results}


def pandera_rules(pair: Pair) -> tuple[Rule, ...]:
    """Learn a pilot's rules."""
    from dataready.expectations.rules import learn

    return learn(pair.pilot, dataset="hostile")


def test_a_python_suite_needs_trust(pair: Pair, honest: Extract, tmp_path: Path) -> None:
    """Untrusted code does not run, and the error names the setting."""
    path = written(tmp_path, "raise RuntimeError\n")
    with pytest.raises(ExpectationError, match="trust: true"):
        run_pandera(path, honest, pair.plan, NONE, trust=False)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (f"raise ValueError('{CANARY}')", "raised ValueError"),
        ("raise SystemExit", "raised SystemExit"),
        ("x = 1", "holds no pandera.polars"),
    ],
)
def test_a_suite_that_cannot_be_loaded_says_so(
    pair: Pair, honest: Extract, tmp_path: Path, body: str, message: str
) -> None:
    """What a module raises is named, without its text."""
    with pytest.raises(ExpectationError, match=message) as caught:
        run_pandera(written(tmp_path, body), honest, pair.plan, NONE, trust=True)
    assert CANARY not in str(caught.value)


OWN = """
class Orders(pa.DataFrameModel):
    amount: float = pa.Field(ge=0, le=50, nullable=True)
    country: str = pa.Field(isin=["DE", "FR"])
    order_id: str = pa.Field(str_startswith="ORD", unique=True)
    sku: str = pa.Field(str_length={"min_value": 7, "max_value": 7})

    @pa.check("amount")
    def odd(cls, data):
        return data.lazyframe.select(pl.col(data.key) < 90)

    @pa.check("amount")
    def whole(cls, data):
        return data.lazyframe.select(pl.col(data.key).mean() > 1000)

    @pa.check("country")
    def broken(cls, data):
        raise ValueError("canary.ada@example.com")

    @pa.dataframe_check
    def both(cls, data):
        return data.lazyframe.select(pl.col("amount").is_null() | (pl.col("country") != "DE"))
"""


def test_a_suite_of_the_users_own_is_taken_as_it_is(
    pair: Pair, broken: Extract, tmp_path: Path
) -> None:
    """Built-in checks have predicates; checks of its own have counts; exceptions are errors."""
    result = run_pandera(written(tmp_path, OWN), broken, pair.plan, NONE, trust=True)
    listed = [r for r in result.results if r.where is not None]
    assert {r.expectation for r in listed} >= {"range", "categories", "unique", "length", "type"}
    for one in listed:
        assert one.where is not None
        assert one.rows_failed == count(broken, one.where), one
    found = by(result)
    assert found["odd", "amount"].rows_failed == count(broken, "TRY_CAST(amount AS DOUBLE) >= 90")
    assert found["odd", "amount"].where is None
    assert found["whole", "amount"].result == "fail"
    assert found["pattern", "order_id"].result == "pass"
    assert found["broken", "country"].result == "error"
    assert found["both", None].result == "fail"
    assert CANARY not in repr(result)


def test_yaml_runs_without_trust(pair: Pair, broken: Extract, tmp_path: Path) -> None:
    """A schema in YAML is data, not code."""
    path = tmp_path / "orders.yaml"
    path.write_text(
        "schema_type: polars_dataframe\ncolumns:\n  amount:\n    dtype: Float64\n"
        "    nullable: true\n    checks:\n      less_than_or_equal_to: 50\n"
        "unique:\n  - country\n  - paid\n"
    )
    found = by(run_pandera(path, broken, pair.plan, NONE, trust=False))
    top = found["range", "amount"]
    assert top.where is not None
    assert top.rows_failed == count(broken, top.where) > 0
    assert found["unique", None].rows_failed == 3000


def test_yaml_that_is_none_says_so(pair: Pair, broken: Extract, tmp_path: Path) -> None:
    """Nonsense is refused with the file's name."""
    path = tmp_path / "orders.yaml"
    path.write_text("columns: [")
    with pytest.raises(ExpectationError, match=r"orders\.yaml"):
        run_pandera(path, broken, pair.plan, NONE, trust=False)


def test_whole_numbers_may_be_called_int(pair: Pair, tmp_path: Path) -> None:
    """3.0 is an int to a suite that says int; 3.5 is not, and is counted."""
    columns = "['3', '4', '3.5', NULL][i + 1] AS amount"
    extract = pilot_production(pair, tmp_path, columns, 4)
    body = "class M(pa.DataFrameModel):\n    amount: int = pa.Field(nullable=True)\n"
    path = written(tmp_path, body)
    found = by(run_pandera(path, extract, pair.plan, NONE, trust=True))
    assert found["type", "amount"].rows_failed == 1


def test_a_type_that_does_not_fit_is_refused(pair: Pair, broken: Extract, tmp_path: Path) -> None:
    """Pandera's own verdict on the schema is kept."""
    path = written(tmp_path, "class M(pa.DataFrameModel):\n    country: float\n")
    found = by(run_pandera(path, broken, pair.plan, NONE, trust=True))
    assert found["type", "country"].result == "fail"


def test_a_pattern_of_columns_asks_each_that_it_matches(
    pair: Pair, broken: Extract, tmp_path: Path
) -> None:
    """A suite may name columns by a pattern; each gets results of its own."""
    body = """
class M(pa.DataFrameModel):
    texts: str = pa.Field(alias="(sku|country)", regex=True, str_length={"min_value": 2})
    none: str = pa.Field(alias="zz.*", regex=True)
"""
    found = by(run_pandera(written(tmp_path, body), broken, pair.plan, NONE, trust=True))
    assert {c for k, c in found if k == "length"} == {"sku", "country"}
    assert found["length", "sku"].result == "pass"
    assert found["present", "zz.*"].result == "fail"
