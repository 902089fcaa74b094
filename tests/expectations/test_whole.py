"""What is asked of a table as a whole: each library and our SQL see the same of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from benchmarks.equality import plan_of
from tests.expectations.table import extract_of

from dataready.expectations import fast
from dataready.expectations.bridge import Suite, run_suites
from dataready.expectations.contract import read_contract, write_contract
from dataready.expectations.gx_bridge import rules_of_gx, write_gx
from dataready.expectations.pandera_bridge import rules_of_pandera
from dataready.expectations.pandera_module import write_pandera
from dataready.expectations.predicate import Reader
from dataready.expectations.proposal import Proposal
from dataready.expectations.rules import Rule
from dataready.expectations.suite_file import SuiteFile, read_suite, write_suite
from dataready.expectations.whole import repeated
from dataready.extract.manifest import Extract

# The extract is of 2020-03-01; each day has three rows, and the last of them is yesterday.
DAY = "TIMESTAMP '2020-01-02' + INTERVAL (i // 3) DAY"
# The others are named as our own queries name what they count.
ROWS = f"{DAY} AS at, i AS n, i AS p, i AS v, i AS d"
RULES = {
    "rows": Rule(kind="rows", low=100.0, high=200.0),
    "fresh": Rule(kind="fresh", column="at", base="date", high=1.0),
    "daily": Rule(kind="daily", column="at", base="date", low=3.0, high=3.0),
    "weekly": Rule(kind="weekly", column="at", base="date", low=21.0),
}
BROKEN = {
    "rows": replace(RULES["rows"], low=178.0, high=None),
    "fresh": replace(RULES["fresh"], high=0.0),
    "daily": replace(RULES["daily"], high=2.0, low=None),
    "weekly": replace(RULES["weekly"], low=22.0),
}


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Extract:
    """Fifty-nine days of three rows each."""
    return extract_of(tmp_path_factory.mktemp("whole") / "t.duckdb", ROWS, 177)


def suites_of(rules: tuple[Rule, ...], folder: Path) -> list[Suite]:
    """The suite in both formats, read as any other: nobody says which rules it was."""
    write_pandera(rules, folder / "s.py")
    write_gx(rules, folder / "s.json")
    return [
        Suite("pandera", folder / "s.py", trust=True),
        Suite("great_expectations", folder / "s.json"),
    ]


@pytest.mark.parametrize(("rules", "verdict"), [(RULES, "pass"), (BROKEN, "fail")])
def test_both_libraries_and_our_sql_agree(table, tmp_path, rules, verdict):
    """A number of rows, their age, and rows a day and week, kept and broken."""
    listed = tuple(rules.values())
    found = run_suites(suites_of(listed, tmp_path), table, plan_of(table), {}, engine="both")
    assert len(found) == 2
    for suite in found:
        asked = [r for r in suite.results if r.expectation in rules]
        assert {r.expectation: r.result for r in asked} == dict.fromkeys(rules, verdict)
        # The first week and the last may be cut: no row of theirs is asked for.
        if verdict == "fail":
            weeks = next(r for r in asked if r.expectation == "weekly")
            assert weeks.rows_failed == 7 * 21


def test_a_wrong_number_of_ours_is_an_error(table, tmp_path, monkeypatch):
    """Measured rules too are judged by the library: one row too many in our SQL differs."""
    monkeypatch.setattr(Reader, "measure", lambda *_: "count(*) + 1000")
    suite = suites_of((RULES["rows"],), tmp_path)[:1]
    (found,) = run_suites(suite, table, plan_of(table), {}, engine="both")
    assert [r.result for r in found.results if r.expectation == "rows"] == ["error"]
    assert fast.LIBRARY == "dataready"


def test_formats_keep_them(table, tmp_path):
    """pandera, Great Expectations, the reviewed suite and the contract demand the same again."""
    listed, reader = tuple(RULES.values()), Reader.of(table, plan_of(table), {})
    suites_of(listed, tmp_path)
    write_suite(tmp_path / "s.rules.yaml", "orders", [Proposal(r) for r in listed], ["at"])
    reviewed = read_suite(tmp_path / "s.rules.yaml")
    write_contract(SuiteFile.learnt("orders", listed), tmp_path / "s.odcs.yaml")
    for found in (
        rules_of_gx(tmp_path / "s.json", reader)[0],
        rules_of_pandera(tmp_path / "s.py", reader, trust=True)[0],
        reviewed.active,
        read_contract(tmp_path / "s.odcs.yaml"),
    ):
        wordings = {r.id: r.wording for r in found if r.kind in RULES}
        assert wordings == {r.id: r.wording for r in listed}


def test_rows_ahead_of_the_extract_make_nothing_fresh(tmp_path):
    """A date of the next century is no newest row."""
    columns = f"CASE WHEN i = 5 THEN TIMESTAMP '2120-01-01' ELSE {DAY} END AS at"
    table = extract_of(tmp_path / "t.duckdb", columns, 90)
    reader = Reader.of(table, plan_of(table), {})
    with duckdb.connect(str(table.path)) as con:
        (found,) = fast.count_rules(con, [RULES["fresh"]], reader)
    assert (found.result, found.measured) == ("fail", 30.0)


def test_values_of_many_rows_are_found_by_their_buckets():
    """The buckets of hashes leave out none, and what shares a bucket is told apart."""
    with duckdb.connect() as con:
        con.execute(
            "CREATE TABLE t AS SELECT CASE WHEN i % 9 = 0 THEN 'many' WHEN i % 50 = 1 THEN 'some' "
            "WHEN i % 7 > 0 THEN 'v' || i END AS v FROM range(20000) AS r(i)"
        )
        for share, expected in ((0.05, {"many"}), (0.015, {"many", "some"}), (0.5, set())):
            found = con.execute(repeated("v", "t", share)).fetchall()
            assert {v for (v,) in found} == expected
