"""Great Expectations in its child process: its counts are SQL's counts, its errors errors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.expectations.table import CANARY, CLEAN, Pair, count, pilot_of

from dataready.errors import ExpectationError
from dataready.expectations.gx_bridge import run_gx, write_gx
from dataready.expectations.gx_suite import gx_suite, rule_of
from dataready.expectations.predicate import Reader
from dataready.expectations.result import SuiteResult
from dataready.expectations.rules import Rule, learn
from dataready.extract.manifest import Extract

NONE: Mapping[str, str] = {}


def suite_of(folder: Path, *expectations: tuple[str, dict[str, Any]]) -> Path:
    """Write a suite of a user's making."""
    path = folder / "own.json"
    listed = [{"type": kind, "kwargs": says} for kind, says in expectations]
    path.write_text(json.dumps({"name": "own", "expectations": listed}))
    return path


def test_says_of_every_rule_what_pandera_says(by_gx: SuiteResult, by_pandera: SuiteResult) -> None:
    """Two libraries, one verdict and one count a rule."""

    def told(result: SuiteResult) -> dict[tuple[str, str | None], tuple[object, ...]]:
        return {
            (r.expectation, r.column): (r.result, r.rows_failed, r.rows_checked, r.where, r.limit)
            for r in result.results
        }

    assert told(by_gx) == told(by_pandera)
    assert (by_gx.error, by_gx.library) == ("", "great_expectations")


def test_counts_are_what_sql_counts(by_gx: SuiteResult, broken: Extract) -> None:
    """Failing rows are the rows of the predicate beside them."""
    for result in by_gx.results:
        if result.where is not None:
            assert result.rows_failed == count(broken, result.where), result.expectation


def test_limits_origins_come_from_the_suite(by_gx: SuiteResult) -> None:
    """`meta` keeps where a limit came from, and it comes back."""
    assert all(r.limit_origin and "written in" not in r.limit_origin for r in by_gx.results)


@pytest.fixture(scope="module")
def own(pair: Pair, broken: Extract, tmp_path_factory: pytest.TempPathFactory) -> SuiteResult:
    """A user's suite with all that goes wrong, in one run of the child."""
    path = suite_of(
        tmp_path_factory.mktemp("own"),
        ("expect_column_values_to_match_regex", {"column": "sku", "regex": "^AB-", "mostly": 0.9}),
        ("expect_column_values_to_match_regex", {"column": "sku", "regex": "(["}),
        ("expect_column_values_to_be_between", {"column": "nowhere", "min_value": 0}),
        ("expect_column_to_exist", {"column": "nowhere"}),
        ("unexpected_rows_expectation", {"unexpected_rows_query": "SELECT * FROM {batch}"}),
        ("expect_the_impossible", {"column": "sku"}),
        (
            "expect_column_quantile_values_to_be_between",
            {
                "column": "amount",
                "quantile_ranges": {"quantiles": [0.5], "value_ranges": [[0, 1]]},
            },
        ),
        ("expect_table_row_count_to_be_between", {"min_value": 1, "max_value": 10}),
        ("expect_column_values_to_be_between", {"column": "country", "min_value": 5}),
        ("expect_column_pair_values_to_be_equal", {"column_A": "sku", "column_B": "note"}),
    )
    return run_gx(path, broken, pair.plan, NONE, trust=False)


def test_regular_expressions_work_on_duckdb(own: SuiteResult, broken: Extract) -> None:
    """Great Expectations has none there; ours are counted and judged with its tolerance."""
    found = own.results[0]
    assert found.result == "fail"
    assert found.rows_failed == count(broken, "NOT regexp_matches(sku, '^AB-')") > 0


def test_an_exception_is_an_error_not_a_failure(own: SuiteResult) -> None:
    """What could not be evaluated has neither passed nor failed, and the rest goes on."""
    bad_regex, untrusted, unknown = own.results[1], own.results[4], own.results[5]
    assert {bad_regex.result, untrusted.result, unknown.result} == {"error"}
    assert "trust" in untrusted.message
    assert {bad_regex.severity, untrusted.severity, unknown.severity} == {"error"}


def test_absent_columns_fail_once(own: SuiteResult) -> None:
    """That the column is missing fails; what is asked of its rows does not apply."""
    assert [own.results[k].result for k in (2, 3)] == ["not_applicable", "fail"]


def test_expectations_beyond_the_catalogue_keep_the_librarys_word(own: SuiteResult) -> None:
    """Table and pair expectations have a verdict; a count where the library gives one."""
    rows, pair_equal = own.results[7], own.results[9]
    assert (rows.result, rows.column, rows.where) == ("fail", None, None)
    assert (pair_equal.result, pair_equal.rows_failed) == ("fail", 3000)


def test_no_value_of_the_data_comes_back(own: SuiteResult) -> None:
    """Counts and names of exceptions only."""
    assert "user1" not in repr(own)
    assert "Traceback" not in repr(own)


def test_hostile_names_absent_columns_and_no_rows(tmp_path: Path) -> None:
    """Names and values with quotes, colons, braces and percent signs are data to GX, too."""
    columns = """
        CASE WHEN i % 2 = 0 THEN 'x:y {z} %s "q"' ELSE 'it''s :a \\n' END
            AS "na:me {x} %s ""q"" 'a'",
        (i % 90)::VARCHAR AS amount,
        'AB-' || (1000 + i) AS sku
    """
    pair = pilot_of(tmp_path, columns, rows=200)
    path = tmp_path / "suite.json"
    write_gx(learn(pair.pilot, dataset="hostile"), path)
    mapped = columns.replace("AS sku", "AS other").replace("AS amount", 'AS "be:trag"')
    extract = pair.production("same", mapped, 300)
    result = run_gx(path, extract, pair.plan, {"amount": "be:trag"}, trust=False)
    by_column: dict[str | None, set[str]] = {}
    for one in result.results:
        by_column.setdefault(one.column, set()).add(one.result)
    assert by_column == {
        "na:me {x} %s \"q\" 'a'": {"pass"},
        "amount": {"pass"},
        "sku": {"fail", "not_applicable"},
    }
    assert [r.expectation for r in result.results if r.result == "fail"] == ["present"]


def test_rules_on_rows_do_not_apply_to_no_rows(
    pair: Pair, rules: tuple[Rule, ...], tmp_path: Path
) -> None:
    """0/0 is no evidence."""
    extract = Pair(pair.pilot, tmp_path).production("none", CLEAN, 0)
    write_gx(rules, tmp_path / "suite.json")
    result = run_gx(tmp_path / "suite.json", extract, pair.plan, NONE, trust=False)
    for one in result.results:
        expected = "pass" if one.expectation == "present" else "not_applicable"
        assert one.result == expected, one


def test_a_child_that_takes_too_long_is_ended(
    pair: Pair, rules: tuple[Rule, ...], broken: Extract, tmp_path: Path
) -> None:
    """The run goes on without it."""
    write_gx(rules, tmp_path / "suite.json")
    with pytest.raises(ExpectationError, match=r"took more than 0\.01 s"):
        run_gx(tmp_path / "suite.json", broken, pair.plan, NONE, trust=False, timeout_s=0.01)


@pytest.mark.parametrize(
    "text", ["", "[]", '{"expectations": 3}', '{"expectations": [{}]}', CANARY]
)
def test_a_file_that_is_no_suite_says_so(
    pair: Pair, broken: Extract, tmp_path: Path, text: str
) -> None:
    """The file is named, its text is not quoted."""
    path = tmp_path / "bad.json"
    path.write_text(text)
    with pytest.raises(ExpectationError, match=r"'bad\.json' is no suite") as caught:
        run_gx(path, broken, pair.plan, NONE, trust=False)
    assert CANARY not in str(caught.value)


def test_every_learnt_rule_is_read_back(
    pair: Pair, rules: tuple[Rule, ...], honest: Extract
) -> None:
    """Writing and reading a suite loses nothing that a verdict needs."""
    reader = Reader(pair.plan, honest.manifest.schema, NONE)
    for rule, config in zip(rules, gx_suite(rules, name="x")["expectations"], strict=True):
        again = rule_of(config, reader)
        assert again is not None
        assert (again.id, again.wording, again.severity) == (rule.id, rule.wording, rule.severity)
        assert reader.where(again) == reader.where(rule)


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("expect_column_values_to_be_between", {"column": "amount", "strict_min": True}),
        ("expect_column_values_to_be_between", {"column": "country", "min_value": 0}),
        ("expect_column_values_to_not_be_null", {"column": "amount", "row_condition": "x"}),
        ("expect_column_max_to_be_between", {"column": "amount"}),
        ("expect_table_row_count_to_equal", {"value": 3}),
    ],
)
def test_what_has_no_predicate_of_ours_is_no_rule(
    pair: Pair, honest: Extract, kind: str, says: dict[str, Any]
) -> None:
    """Where rows cannot be listed faithfully, none are."""
    reader = Reader(pair.plan, honest.manifest.schema, NONE)
    assert rule_of({"type": kind, "kwargs": says}, reader) is None


def test_trusted_sql_runs_on_a_locked_connection(
    pair: Pair, honest: Extract, tmp_path: Path
) -> None:
    """A trusted query sees the rows; it can neither read files nor change settings."""
    secret = tmp_path / "secret.csv"
    secret.write_text(f"a\n{CANARY}\n")
    queries = {
        "rows": "SELECT * FROM {batch} WHERE country = 'DE'",
        "file": f"SELECT * FROM read_csv('{secret}')",
    }
    says = [("unexpected_rows_expectation", {"unexpected_rows_query": q}) for q in queries.values()]
    path = suite_of(tmp_path, *says)
    rows, file = run_gx(path, honest, pair.plan, NONE, trust=True).results
    assert (rows.result, rows.rows_failed) == ("fail", 1000)
    assert file.result == "error"
    assert CANARY not in repr(file)


@pytest.mark.parametrize(
    ("named", "kept"),
    [
        ({"type_": "int64"}, "fail"),
        ({"type_": "float64"}, "pass"),
        ({"type_": "object"}, "pass"),
        ({"type_list": ["IntegerType", "DOUBLE"]}, "pass"),
        ({"type_": "datetime64[ns]"}, "fail"),
    ],
)
def test_types_of_other_libraries_are_what_cells_read_as(
    named: dict[str, Any], kept: str, pair: Pair, broken: Extract, tmp_path: Path
) -> None:
    """A suite for pandas or Spark keeps its meaning where the extract holds text."""
    listed = "type_list" in named
    kind = f"expect_column_values_to_be_{'in_type_list' if listed else 'of_type'}"
    path = suite_of(tmp_path, (kind, {"column": "amount", "mostly": 0.5, **named}))
    (result,) = run_gx(path, broken, pair.plan, NONE, trust=True).results
    assert (result.result, result.expectation) == (kept, kind)
    assert result.rows_checked
