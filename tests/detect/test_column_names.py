"""Columns may be called as the names that our own SQL gives to what it computes."""

from __future__ import annotations

import pytest
from benchmarks.abuse import spoil, table
from tests.readiness.test_properties import judged

NAMES = (
    ("day", "t", "v", "n", "text"),
    ("k", "a", "u", "gone", "holds"),
    ("c0", "other", "own", "most", "x"),
)


@pytest.mark.parametrize("names", NAMES)
def test_a_column_may_have_any_name(names):
    """The score is the same whatever the columns are called, and nothing fails."""
    new = dict(zip("abcku", names, strict=True))
    pilot, production = table(900, 3), spoil(table(1_400, 4), "missing", "a", 0.2)

    got = judged(pilot.rename(new), production.rename(new), weights=None)

    assert got.score.value == pytest.approx(judged(pilot, production, weights=None).score.value)
