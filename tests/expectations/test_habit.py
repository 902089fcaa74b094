"""What a pilot's rows are in the habit of: kept by honest data, broken by what teams forbid."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from tests.expectations.table import extract_of

from dataready.expectations.agreement import held_against
from dataready.expectations.fast import run_fast
from dataready.expectations.habit import habits
from dataready.expectations.pandera_bridge import run_pandera, write_pandera
from dataready.expectations.predicate import Reader
from dataready.expectations.result import ExpectationResult
from dataready.expectations.rules import Rule
from dataready.extract.manifest import Extract
from dataready.model import TABLE
from dataready.profile.plan import Plan
from dataready.profile.planning import first_plan, full_plan
from dataready.profile.profile import take

ROWS = 600
COLUMNS = {
    "weight": "(i * 7919) % 1000 / 10.0",
    "state": "CASE WHEN i % 10 < 6 THEN 'a' WHEN i % 10 < 9 THEN 'b' ELSE 'c' END",
    "email": "'user' || i || '@example.com'",
    "note": "'text number ' || i || ' of many'",
    "born": "TIMESTAMP '1990-01-01' + INTERVAL (i) DAY",
    "sold": "TIMESTAMP '2024-01-01' + INTERVAL (i // 2) DAY",
}


def table(path: Path, **changed: str) -> Extract:
    """Six hundred rows of which some columns are made otherwise."""
    columns = ", ".join(f'{sql} AS "{name}"' for name, sql in (COLUMNS | changed).items())
    made = extract_of(path, columns, ROWS)
    return replace(made, manifest=replace(made.manifest, clock="2025-06-01T00:00:00+00:00"))


@pytest.fixture(scope="module")
def learnt(tmp_path_factory: pytest.TempPathFactory) -> tuple[Plan, tuple[Rule, ...]]:
    """The clean table's plan and habits."""
    extract = table(tmp_path_factory.mktemp("habit") / "pilot.duckdb")
    schema = extract.manifest.schema
    with duckdb.connect(str(extract.path)) as con:
        plan = full_plan(con, take(con, first_plan(con, schema, typed=True), schema))
        reader = Reader.of(extract, plan, {})
        pilot = take(con, plan, schema)
        return plan, tuple(habits(con, pilot, reader, table=TABLE, time="sold"))


def broken(learnt: tuple[Plan, tuple[Rule, ...]], extract: Extract) -> dict[str, ExpectationResult]:
    """Which habits another table breaks; pandera and our SQL must agree on each."""
    plan, rules = learnt
    suite = extract.path.with_suffix(".py")
    write_pandera(rules, suite)
    native = run_pandera(suite, extract, plan, {}, trust=True)
    both = held_against(native, run_fast(rules, suite, extract, plan, {}, rows=True))
    assert not [r.message for r in both.results if r.result == "error"]
    return {f"{r.expectation}({r.column})": r for r in both.results if r.result == "fail"}


def test_a_clean_table_keeps_its_own_habits(
    learnt: tuple[Plan, tuple[Rule, ...]], tmp_path: Path
) -> None:
    """Each kind is learnt, and none fails on the data that it came from."""
    kinds = {rule.kind for rule in learnt[1]}
    assert kinds >= {"lower_quarter", "upper_quarter", "usual", "unusual", "rare", "gapless"}
    assert {"range", "pattern"} <= kinds
    assert not broken(learnt, table(tmp_path / "same.duckdb"))


@pytest.mark.parametrize(
    ("expected", "column", "sql"),
    [
        ("upper_quarter(weight)", "weight", "(i * 7919) % 1000 / 10.0 * (1 + i % 2)"),
        ("lower_quarter(weight)", "weight", "(i * 7919) % 1000 / 20.0"),
        ("usual(state)", "state", "['a', 'b', 'c'][1 + i % 3]"),
        ("unusual(state)", "state", "CASE WHEN i % 5 < 4 THEN 'a' ELSE 'b' END"),
        ("rare(email)", "email", "CASE WHEN i % 9 = 0 THEN 'no@x.de' ELSE i || '@x.de' END"),
        ("pattern(note)", "note", "CASE WHEN i = 7 THEN 'TEST order, drop' ELSE i || ' of' END"),
        ("range(born)", "born", "TIMESTAMP '1900-01-01' + INTERVAL ((i % 9) * 11000) DAY"),
        ("gapless(sold)", "sold", "TIMESTAMP '2024-01-01' + INTERVAL (i // 2 + i // 300 * 30) DAY"),
    ],
)
def test_each_habit_is_broken_by_its_fault(
    learnt: tuple[Plan, tuple[Rule, ...]], tmp_path: Path, expected: str, column: str, sql: str
) -> None:
    """A changed unit, other shares, a repeated value, a test, a placeholder date, a gap."""
    assert expected in broken(learnt, table(tmp_path / "other.duckdb", **{column: sql}))


def test_rows_beyond_a_quartile_are_not_wrong(
    learnt: tuple[Plan, tuple[Rule, ...]], tmp_path: Path
) -> None:
    """A habit of the table puts no row aside; its SQL still shows them."""
    other = table(tmp_path / "half.duckdb", weight="(i * 7919) % 1000 / 20.0")
    found = broken(learnt, other)["lower_quarter(weight)"]
    assert found.where is None
    assert found.sql
    assert found.severity == "info"
