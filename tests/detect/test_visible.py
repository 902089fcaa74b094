"""Tests for `detect.visible`: the smallest defect that would have been seen, and was not."""

from __future__ import annotations

import pytest
from tests.detect.conftest import searched

from dataready.compare.counts import counts_of
from dataready.compare.damage import column_damage
from dataready.compare.findings import comparison_findings
from dataready.detect.visible import visible
from dataready.model import Severity

ROWS = 1200


def table(start=0, rows=ROWS):
    """Make categories, amounts, notes and an empty cell here and there."""
    numbers = range(start, start + rows)
    return {
        "kind": ["abcd"[k * k % 4] * 4 for k in numbers],
        "amount": [f"{(k * 7919) % 1000 / 10 + 5:.1f}" for k in numbers],
        "note": [f"note {k}" for k in numbers],
        "some": ["x" if k % 50 else None for k in numbers],
    }


def warned(production, pilot, detector, column):
    """Whether a detector, or the comparison, warns of a column."""
    found = searched(production, pilot, key=())
    here, there = found.scene.pilot, found.scene.production
    counts = counts_of(here, there)
    more = comparison_findings(here, there, counts, column_damage(counts), table="t")
    return any(
        f.detector == detector and f.column == column and f.severity.rank >= Severity.WARN.rank
        for f in (*found.findings, *more)
    )


@pytest.mark.parametrize(
    ("detector", "column", "value"),
    [
        ("missing", "some", lambda _: None),
        ("missing", "note", lambda _: None),
        ("out_of_range", "amount", lambda k: str(500 + k)),  # one value again and again is a code
        ("new_category", "kind", lambda _: "Zanzibar"),
        ("garbled_text", "note", lambda _: "KÃ¶ln"),
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
