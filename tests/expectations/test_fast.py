"""The fast path: the rows that predicates list, counted in one scan."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.equality import plan_of
from tests.expectations.table import Pair, count, extract_of

from dataready.expectations.bridge import Suite, run_suites
from dataready.expectations.fast import run_fast
from dataready.expectations.pandera_bridge import write_pandera
from dataready.expectations.predicate import Reader
from dataready.expectations.result import SuiteResult
from dataready.expectations.rules import Rule
from dataready.extract.manifest import Extract


def test_fast_counts_the_rows_of_each_predicate(
    pair: Pair, rules: tuple[Rule, ...], broken: Extract
) -> None:
    """What the scan counts is what the query in the report lists."""
    found = run_fast(rules, Path("orders.py"), broken, pair.plan, {}).results
    assert {r.result for r in found} == {"pass", "fail"}
    for result in found:
        if result.where is not None:
            assert result.rows_failed == count(broken, result.where), result


def test_fast_says_what_the_libraries_say(
    pair: Pair,
    rules: tuple[Rule, ...],
    broken: Extract,
    by_pandera: SuiteResult,
    by_gx: SuiteResult,
) -> None:
    """Verdict, rows failed and rows checked, of every rule."""
    fast = {
        (r.expectation, r.column): r
        for r in run_fast(rules, Path("orders.py"), broken, pair.plan, {}, rows=True).results
    }
    for suite in (by_pandera, by_gx):
        for result in suite.results:
            twin = fast[result.expectation, result.column]
            assert (twin.result, twin.rows_failed) == (result.result, result.rows_failed)
            assert twin.rows_checked == result.rows_checked
            assert result.rows_hash in {None, twin.rows_hash}


@pytest.fixture
def suite(tmp_path: Path, rules: tuple[Rule, ...]) -> Suite:
    """The learnt suite for pandera."""
    write_pandera(rules, tmp_path / "orders.py")
    return Suite("pandera", tmp_path / "orders.py", trust=True, rules=rules)


def test_a_wrong_predicate_is_found_by_both_and_never_used_by_native(
    pair: Pair, broken: Extract, suite: Suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library's verdict does not come from our SQL, so a mistake in it shows."""
    right = Reader.where

    def mutated(self: Reader, rule: Rule) -> str | None:
        where = right(self, rule)
        return f"NOT coalesce({where}, FALSE)" if rule.kind == "range" and where else where

    (before,) = run_suites([suite], broken, pair.plan, {})
    monkeypatch.setattr(Reader, "where", mutated)
    (native,) = run_suites([suite], broken, pair.plan, {})
    counted = [(r.result, r.rows_failed, r.rows_hash) for r in before.results]
    assert [(r.result, r.rows_failed, r.rows_hash) for r in native.results] == counted
    (both,) = run_suites([suite], broken, pair.plan, {}, engine="both")
    wrong = [r for r in both.results if r.result == "error"]
    assert {r.expectation for r in wrong} == {"range"}
    assert "engines differ" in wrong[0].message


def test_as_many_rows_but_other_ones_are_a_difference(
    pair: Pair, broken: Extract, suite: Suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Equal counts prove nothing: the rows themselves are compared."""
    right = Reader.where

    def shifted(self: Reader, rule: Rule) -> str | None:
        # The thousand rows of another country.
        if rule.kind == "categories" and rule.column == "country":
            return "country = 'DE'" if not self.read else "\"country·value\" = 'DE'"
        return right(self, rule)

    monkeypatch.setattr(Reader, "where", shifted)
    (both,) = run_suites([suite], broken, pair.plan, {}, engine="both")
    wrong = [r for r in both.results if r.result == "error"]
    assert [r.message for r in wrong] == [
        "The engines differ: as many rows fail in pandera as in dataready's SQL, but not the "
        "same ones."
    ]


def test_a_suite_that_sql_cannot_express_is_judged_by_its_library(
    pair: Pair, broken: Extract, tmp_path: Path
) -> None:
    """Fast is no less than what was asked: a check of the user's own runs as ever."""
    path = tmp_path / "own.py"
    path.write_text(
        "import pandera.polars as pa\n\n\nclass Own(pa.DataFrameModel):\n"
        "    country: str = pa.Field(isin=['DE'])\n\n"
        "    @pa.check('country')\n    def short(cls, data):\n        return True\n"
    )
    mixed = Suite("pandera", path, trust=True)
    (fast,) = run_suites([mixed], broken, pair.plan, {}, engine="fast")
    assert fast.library == "pandera"
    path.write_text(path.read_text().split("    @pa.check")[0])
    (fast,) = run_suites([mixed], broken, pair.plan, {}, engine="fast")
    assert fast.library == "dataready"
    assert next(r for r in fast.results if r.expectation == "categories").rows_failed == 2000


def test_mapped_columns_are_said_to_be_called_otherwise(pair: Pair, broken: Extract) -> None:
    """A rule speaks of the pilot's name; the result says production's."""
    rule = Rule(kind="not_null", column="note")
    (found,) = run_fast([rule], Path("x"), broken, pair.plan, {"note": "amount"}).results
    assert found.rows_failed
    assert "'note' is called 'amount' here." in found.message


@pytest.mark.parametrize(
    ("values", "repeated"),
    [
        ("'C' || (8 + i)", 0),
        ("'C' || (8 + i % 99)", 2),
        ("CASE WHEN i NOT IN (3, 5) THEN 'C' || (8 + i) END", 0),
        ("CASE WHEN i <> 50 THEN 'C' || (8 + i // 50) END", 99),
        ("CASE WHEN i <> 1 THEN 'C' || (8 + greatest(i, 2)) END", 2),
        ("i::DOUBLE", 0),
        ("(100 - i)::DOUBLE", 0),
        ("i // 2 * 1.0", 100),
    ],
)
def test_keys_in_order_repeat_as_often_as_any(tmp_path: Path, values: str, repeated: int) -> None:
    """Order proves a key only where every value is there and above the one before."""
    extract = extract_of(tmp_path / "t.duckdb", f"{values} AS v", 100)
    rule, plan = Rule(kind="unique", column="v"), plan_of(extract)
    (found,) = run_fast([rule], Path("x"), extract, plan, {}).results
    assert (found.rows_failed, found.result) == (repeated, "fail" if repeated else "pass")
