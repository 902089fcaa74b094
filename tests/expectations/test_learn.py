"""Learning from rows: keys of several columns, orders of dates, and proof on rows held out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import duckdb
from tests.expectations.table import CLEAN, extract_of, pilot_of

from dataready.expectations.learn import Declared, learn_rows, propose
from dataready.expectations.predicate import Reader, attachments
from dataready.expectations.rules import Rule
from dataready.extract.manifest import Extract
from dataready.profile.planning import first_plan, full_plan
from dataready.profile.profile import take

COLUMNS = """
    i // 3 AS part, i % 3 AS line, i % 2 AS half,
    TIMESTAMP '2024-01-01' + INTERVAL (i) HOUR AS ordered,
    TIMESTAMP '2024-01-01' + INTERVAL (i + i % 50) HOUR AS sent,
    TIMESTAMP '2024-01-01' + INTERVAL (i - 25 + i % 50) HOUR AS paid
"""


def taught(
    tmp_path: Path, declared: Declared, others: Mapping[str, Extract] | None = None
) -> dict[str, Rule]:
    """What six hundred rows teach beyond their profile."""
    extract = extract_of(tmp_path / "p.duckdb", COLUMNS, 600)
    made = replace(extract.manifest, clock="2024-06-01T00:00:00+00:00")
    extract = replace(extract, manifest=made)
    schema = extract.manifest.schema
    with duckdb.connect(str(extract.path)) as con:
        plan = first_plan(con, schema, typed=True)
        pilot = take(con, full_plan(con, take(con, plan, schema)), schema)
        reader = Reader.of(extract, pilot.plan, {}, others)
        for statement in attachments(reader.others):
            con.execute(statement)
        rules = learn_rows(con, pilot, reader=reader, dataset="t", declared=declared)
        return {rule.id: rule for rule in rules}


def test_a_key_of_several_columns_is_one_if_the_pilot_keeps_it(tmp_path: Path) -> None:
    """A declared key that repeats in the pilot is no rule."""
    assert "unique(part, line)" in taught(tmp_path, Declared(key=("part", "line")))


def test_a_key_that_repeats_is_no_rule(tmp_path: Path) -> None:
    """It would fail on the data that it came from."""
    assert "unique(line, half)" not in taught(tmp_path, Declared(key=("line", "half")))


def test_dates_that_never_turn_are_in_order(tmp_path: Path) -> None:
    """Nothing is sent before it is ordered or paid; paid is before and after ordered."""
    orders = {one for one in taught(tmp_path, Declared()) if one.startswith("order")}
    assert orders == {"order(ordered, sent)", "order(paid, sent)"}


def test_a_reference_is_a_rule_if_the_pilots_keep_it(tmp_path: Path) -> None:
    """Both pilots are asked; one that leads nowhere, or that the pilot breaks, teaches nothing."""
    parts = extract_of(tmp_path / "parts.duckdb", "i AS id, i + 1 AS other", 200)
    references = {"part": "parts.id", "line": "parts.other", "half": "elsewhere.id"}
    rules = taught(tmp_path, Declared(references=references), {"parts": parts})
    found = {one: rule for one, rule in rules.items() if one.startswith("reference")}
    assert list(found) == ["reference(part)"]
    assert found["reference(part)"].refers_to == "parts.id"
    assert 0 < found["reference(part)"].limit < 0.02


def test_rows_that_have_happened_are_past(tmp_path: Path) -> None:
    """Only of the column that says when a row happened: other dates may be planned."""
    rules = taught(tmp_path, Declared(time="ordered"))
    assert [one for one in rules if one.startswith("past")] == ["past(ordered)"]


def test_a_rule_that_rows_held_out_refute_is_not_proposed(tmp_path: Path) -> None:
    """Even if most rows teach it; others come with what the held-out rows said."""
    pair = pilot_of(tmp_path, CLEAN, 600)
    rules = (
        Rule(kind="not_null", column="amount", limit=0.05),
        Rule(kind="categories", column="country", values=("DE",), limit=0.1),
    )
    with duckdb.connect(str(tmp_path / "pilot.duckdb")) as con:
        reader = Reader(pair.pilot.plan, pair.pilot.schema, {})
        proposals = propose(con, lambda _: rules, reader)
    (kept,) = proposals
    assert kept.rule.kind == "not_null"
    assert kept.held_out is not None
    assert kept.held_out.rows_checked
    assert kept.false_alarm is not None
    assert 0 < kept.false_alarm < 0.05
