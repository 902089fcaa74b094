"""Tests for `detect.freshness`: rows that stopped coming."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

TODAY = date(2026, 6, 1)


def table(age, n=120, *, weekends=True, before=0):
    """Three rows a day, the newest so many days before the extract."""
    days = [TODAY - timedelta(days=age + before + k) for k in range(n)]
    days = [d for d in days if weekends or d.weekday() < 5]
    return {
        "day": [d.isoformat() for d in days for _ in range(3)],
        "v": ["a", "b", "c"] * len(days),
    }


def test_rows_that_stopped_after_the_pilot_are_late(search):
    """Five days without a row, in a table that never missed one."""
    finding = search(table(5), table(5, before=60)).one("stale", "day")
    assert finding.severity == "warn"
    assert (finding.measured, finding.limit) == (5, 3)
    assert "2026-05-27, 5 days before" in finding.message


def test_what_cannot_be_told_from_a_closed_period_is_a_note(search):
    """Alone, as new as the pilot, or silent for a year: nobody knows that more was to come."""
    assert search(table(5)).one("stale").severity == "info"
    assert search(table(5), table(5)).one("stale").severity == "info"
    assert search(table(365), table(365, before=60)).one("stale").severity == "info"


@pytest.mark.parametrize(("age", "weekends"), [(0, True), (1, True), (3, True), (7, False)])
def test_its_own_gaps_are_no_delay(search, age, weekends):
    """Yesterday's rows, and a week of a table that rests at weekends."""
    production = table(age, weekends=weekends)
    assert not search(production, table(age, weekends=weekends, before=60)).of("stale")


def test_a_few_wrong_dates_ahead_do_not_hide_it_and_plans_do(search):
    """One date of 2099 is a slip; a table of what is to come has no newest row."""
    production = table(5)
    slip = {"day": [*production["day"], "2099-01-01"], "v": [*production["v"], "a"]}
    assert search(slip, table(5, before=60)).of("stale")
    assert not search(table(-30), table(-30, before=60)).of("stale")


def test_one_outage_is_no_rhythm(search):
    """Three weeks without rows in spring excuse no five days now."""
    production = table(5)
    kept = [k for k, d in enumerate(production["day"]) if not "2026-04-01" <= d <= "2026-04-21"]
    production = {c: [v[k] for k in kept] for c, v in production.items()}
    assert search(production, table(5, before=60)).of("stale")
