"""Learning from rows: keys of several columns, orders of dates, and proof on rows held out."""

from __future__ import annotations

from pathlib import Path

import duckdb
from tests.expectations.table import CLEAN, extract_of, pilot_of

from dataready.expectations.learn import learn_rows, propose
from dataready.expectations.rules import Rule
from dataready.profile.planning import first_plan, full_plan
from dataready.profile.profile import take

COLUMNS = """
    i // 3 AS part, i % 3 AS line, i % 2 AS half,
    TIMESTAMP '2024-01-01' + INTERVAL (i) HOUR AS ordered,
    TIMESTAMP '2024-01-01' + INTERVAL (i + i % 50) HOUR AS sent,
    TIMESTAMP '2024-01-01' + INTERVAL (i - 25 + i % 50) HOUR AS paid
"""


def taught(tmp_path: Path, key: tuple[str, ...]) -> dict[str, Rule]:
    """What six hundred rows teach beyond their profile."""
    extract = extract_of(tmp_path / "p.duckdb", COLUMNS, 600)
    schema = extract.manifest.schema
    with duckdb.connect(str(extract.path)) as con:
        plan = first_plan(con, schema, typed=True)
        pilot = take(con, full_plan(con, take(con, plan, schema)), schema)
        return {rule.id: rule for rule in learn_rows(con, pilot, dataset="t", key=key)}


def test_a_key_of_several_columns_is_one_if_the_pilot_keeps_it(tmp_path: Path) -> None:
    """A declared key that repeats in the pilot is no rule."""
    assert "unique(part, line)" in taught(tmp_path, ("part", "line"))


def test_a_key_that_repeats_is_no_rule(tmp_path: Path) -> None:
    """It would fail on the data that it came from."""
    assert "unique(line, half)" not in taught(tmp_path, ("line", "half"))


def test_dates_that_never_turn_are_in_order(tmp_path: Path) -> None:
    """Nothing is sent before it is ordered or paid; paid is before and after ordered."""
    orders = {one for one in taught(tmp_path, ()) if one.startswith("order")}
    assert orders == {"order(ordered, sent)", "order(paid, sent)"}


def test_a_rule_that_rows_held_out_refute_is_not_proposed(tmp_path: Path) -> None:
    """Even if most rows teach it; others come with what the held-out rows said."""
    pair = pilot_of(tmp_path, CLEAN, 600)
    rules = (
        Rule(kind="not_null", column="amount", limit=0.05),
        Rule(kind="categories", column="country", values=("DE",), limit=0.1),
    )
    with duckdb.connect(str(tmp_path / "pilot.duckdb")) as con:
        proposals = propose(con, pair.pilot, lambda _: rules)
    (kept,) = proposals
    assert kept.rule.kind == "not_null"
    assert kept.held_out is not None
    assert kept.held_out.rows_checked
    assert kept.false_alarm is not None
    assert 0 < kept.false_alarm < 0.05
