"""Tests for `detect.leakage`: what is filled only once the answer is known."""

from __future__ import annotations

import random

import pytest

RANDOM = random.Random(17)  # noqa: S311 - no secret
ROWS = 600


def table(rows=ROWS):
    """Customers: who left has a reason; a note is there or not whatever happened."""
    left = [RANDOM.choice(["yes", "no", "no"]) for _ in range(rows)]
    return {
        "left": left,
        "reason": [RANDOM.choice(["price", "moved"]) if v == "yes" else None for v in left],
        "note": [RANDOM.choice(["a", "b", None]) for _ in left],
        "age": [str(RANDOM.randint(18, 90)) for _ in left],
    }


def test_a_reason_is_known_only_after_the_event(search):
    """The note is not; nothing is said without a target."""
    found = search(table(), table(), roles={"left": "target"})
    finding = found.one("filled_after_the_event", "reason")
    assert finding.dimension == "leakage"
    assert "only where 'left' is 'yes'" in finding.message
    assert not search(table(), table()).of("filled_after_the_event")


def test_what_is_filled_by_chance_is_no_leak(search):
    """A rare column, and one that is filled where the answer is the usual one."""
    pilot = table()
    pilot["reason"] = [v if RANDOM.random() < 0.1 else None for v in pilot["reason"]]
    pilot["left"] = ["no"] * 570 + ["yes"] * 30
    pilot["note"] = ["a"] * 500 + [None] * 100
    assert not search(table(), pilot, roles={"left": "target"}).of("filled_after_the_event")


def test_a_personal_answer_is_not_told(search):
    """Only that there is one."""
    found = search(table(), table(), roles={"left": "target"}, personal=["left"])
    assert "'yes'" not in repr(found.one("filled_after_the_event"))


@pytest.mark.parametrize("values", [[], ["1"], [None] * 5])
def test_tables_of_nothing_leak_nothing(search, values):
    """Empty, one row, all null."""
    columns = dict.fromkeys(table(), values)
    assert not search(columns, columns, roles={"left": "target"}).of("filled_after_the_event")
