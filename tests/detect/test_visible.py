"""Tests for `detect.visible`: the smallest defect that would have been seen, and was not."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from tests.detect.conftest import searched

import dataready
from dataready.compare.counts import counts_of
from dataready.compare.damage import column_damage
from dataready.compare.findings import comparison_findings
from dataready.compare.schema_drift import schema_findings
from dataready.detect.visible import visible
from dataready.model import Severity

ROWS = 1200
NOTES = {"column_nullable"}
SOURCE = Path(dataready.__file__).parent
HANDED = {"columns_split", "columns_merged", "duplicate_rows", "respelt_rows", "respelt_keys"}
"""Kinds whose name is handed on as an argument."""


def table(start=0, rows=ROWS):
    """Make categories, amounts, notes and an empty cell here and there."""
    numbers = range(start, start + rows)
    return {
        "kind": ["abcd"[k * k % 4] * 4 for k in numbers],
        "amount": [f"{(k * 7919) % 1000 / 10 + 5:.1f}" for k in numbers],
        "note": [f"note {k}" for k in numbers],
        "some": ["x" if k % 50 else None for k in numbers],
        "code": [f"{k % 900:05}" for k in numbers],
    }


def warned(production, pilot, detector, column):
    """Whether a detector, or the comparison, warns of a column, or notes what is but a note."""
    found = searched(production, pilot, key=())
    here, there = found.scene.pilot, found.scene.production
    counts = counts_of(here, there)
    damage = column_damage(counts)
    more = comparison_findings(here, there, counts, damage, table="t")
    drift = schema_findings(here, there, damage, {}, table="t")
    least = Severity.INFO if detector in NOTES else Severity.WARN
    return any(
        f.detector == detector and f.column == column and f.severity.rank >= least.rank
        for f in (*found.findings, *more, *drift)
    )


@pytest.mark.parametrize(
    ("detector", "column", "value"),
    [
        ("missing", "some", lambda _: None),
        ("missing", "note", lambda _: None),
        ("out_of_range", "amount", lambda k: str(500 + k)),  # one value again and again is a code
        ("outlier", "amount", lambda k: str(5000 + k)),
        ("new_category", "kind", lambda _: "Zanzibar"),
        ("garbled_text", "note", lambda _: "KÃ¶ln"),
        ("unit_text", "amount", lambda k: f"{k} kg"),
        ("thousands_separator", "amount", lambda k: f"{k % 9 + 1},234.50"),
        ("scientific_notation", "amount", lambda _: "1.5E1"),
        ("leading_zeros_lost", "code", lambda k: str(1000 + k)),
        ("rare_format", "code", lambda k: f"A-{k:04}"),
        ("test_entries", "note", lambda _: "TEST please ignore"),
        ("column_nullable", "amount", lambda _: None),
    ],
)
def test_what_it_says_is_seen_is_seen_and_one_row_less_is_not(detector, column, value):
    """The table of what is visible follows from the rules' own limits."""
    pilot, clean = table(), table(5000)
    scene = searched(clean, pilot, key=()).scene
    (told,) = [v for v in visible(scene.pilot, scene.production) if v.detector == detector]
    rows = told.rows_most if column == told.hardest else told.rows_least
    kept = [k for k, v in enumerate(clean[column]) if v is not None]
    already = ROWS - len(kept)

    def dirty(n):
        wrong = set(kept[: n - already])
        return clean | {
            column: [value(k) if k in wrong else v for k, v in enumerate(clean[column])]
        }

    assert warned(dirty(rows), pilot, detector, column)
    assert not warned(dirty(rows - 1), pilot, detector, column)


WHOLE = "it is of a whole column, of which there is one or none"
TOLD_OTHERWISE = {
    **dict.fromkeys(
        ("column_added", "column_removed", "column_renamed", "column_respelt", "column_retyped"),
        WHOLE,
    ),
    "columns_reordered": WHOLE,
    "constant": WHOLE,
    "column_renamed_in_part": "as `missing`, whose cause it is",
    "label_recoded": "one label: none is taken for another",
    "label_unknown": "one label: none is taken for another",
    "no_rows": "all rows",
    "key_missing": "one row: no key may be missing",
    "orphans": "one row: no declared reference may lead nowhere",
    "stale": "days, not rows: its finding names the limit",
    "closed_days": "a file's rows, and profiles do not know files",
    "era": "a note on months, whose spread is known only to itself",
    "codes_differ": "a note on codes: one",
    "missing_together": "a note on how cells are missing; `missing` says how many",
    "missing_by": "a note on how cells are missing; `missing` says how many",
    "not_applicable": "a note on how cells are missing; `missing` says how many",
    "moved_value": "a note beside `split_cells`",
    "was_constant": "a note: one row",
    "pilot_unlike_production": "a note on the pilot",
    "filled_after_the_event": "a suspicion of the pilot's own columns",
}


def kinds():
    """Every name that a finding of the detectors, or of the comparison, may have."""
    names = set()
    for path in [*SOURCE.glob("detect/*.py"), *SOURCE.glob("compare/*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "detector":
                told = node.value
                either = [told.body, told.orelse] if isinstance(told, ast.IfExp) else [told]
                names |= {n.value for n in either if isinstance(n, ast.Constant)}
            elif isinstance(node, ast.Call) and ast.unparse(node.func) == "Notation":
                names |= {a.value for a in node.args[:1] if isinstance(a, ast.Constant)}
    return {n for n in names if isinstance(n, str) and re.fullmatch("[a-z_]{3,}", n)}


def test_every_kind_of_finding_is_told_or_has_a_reason():
    """No detector is silent without saying how much it would have seen."""
    told = {v.detector for v in visible(*everything(), linked=True)}
    left = kinds() - told - set(TOLD_OTHERWISE)
    assert not left
    assert not set(TOLD_OTHERWISE) & told
    assert not (told | set(TOLD_OTHERWISE)) - kinds() - HANDED


def everything():
    """Make the profiles of a table to which every rule applies."""
    days = [(date(2024, 1, 1) + timedelta(days=k // 40)).isoformat() for k in range(3 * ROWS)]
    rows = table(0, 3 * ROWS) | {
        "day": days,
        "loaded_at": days,
        "id": [f"{'abc'[k % 3]}-{k}" for k in range(3 * ROWS)],
        "pick": [str(1 + k * k % 3) for k in range(3 * ROWS)],
        "far": [f"{(k * 7919) % 3001}" for k in range(3 * ROWS)],
    }
    scene = searched(rows, rows, key=(), time="day").scene
    return scene.pilot, scene.production


def test_the_more_rows_the_smaller_the_share_that_is_seen():
    """Of every detector whose limit follows from the sizes."""

    def shares(rows):
        scene = searched(table(9000, rows), table(0, rows), key=()).scene
        return {v.detector: v.rows_least / rows for v in visible(scene.pilot, scene.production)}

    few, many = shares(300), shares(3000)
    assert few.keys() == many.keys()
    assert all(many[d] <= few[d] for d in few)


def test_detectors_that_look_at_nothing_here_are_not_told():
    """A table without dates has no future ones."""
    scene = searched(table(), table(), key=()).scene
    told = {v.detector for v in visible(scene.pilot, scene.production)}
    assert "future_date" not in told
    assert {"missing", "duplicate_rows", "value_jumped"} <= told


def test_of_a_large_table_some_rows_must_show_it():
    """Where detectors read 100,000 rows first, what those may miss is not said to be seen."""
    days = {"at": [f"{date(2024, 1, 1) + timedelta(days=k % 300)} 08:00:00" for k in range(ROWS)]}
    scene = searched(table(5000) | days, table() | days, key=()).scene

    def told(rows):
        seen = visible(scene.pilot, replace(scene.production, rows=rows))
        kinds = ("time_zones", "swapped_columns", "recoded_part")
        return [next(v.rows_least for v in seen if v.detector == kind) for kind in kinds]

    assert told(ROWS)[0] == 3
    assert told(10_000_000) == [300, 300, 4_000]
