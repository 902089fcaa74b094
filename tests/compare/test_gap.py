"""How long a table is without rows."""

from __future__ import annotations

from dataready.compare.gap import longest_gap, oldest


def test_an_outage_is_no_habit():
    """One gap that is far longer than all others does not make the next of its kind usual."""
    days = list(range(0, 200, 2))
    assert longest_gap(days) == 2
    assert longest_gap([*days, 500, 501]) == 2
    assert oldest(2) == 5
