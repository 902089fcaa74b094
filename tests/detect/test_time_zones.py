"""Tests for `detect.time_zones`: times that name a zone among those that name none, or another."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from dataready.model import Severity

START = datetime(2025, 1, 1, 8)  # noqa: DTZ001 - as exports write times


def times(zone, n=400, step=1, other=None):
    """Hours, with what names their zone."""
    at = [(START + timedelta(hours=k)).isoformat() for k in range(n)]
    return {
        "at": [
            t + (other if other is not None and k % step == 0 else zone) for k, t in enumerate(at)
        ]
    }


@pytest.mark.parametrize(
    ("own", "other"), [("", "+02:00"), ("", " +0200"), ("", "Z"), ("Z", ""), ("+01:00", "-05:00")]
)
def test_times_in_another_zone_than_the_pilot_are_a_warning(search, own, other):
    """Named among bare ones, bare among named ones, and another zone."""
    finding = search(times(own, step=20, other=other), times(own)).one("time_zones", "at")
    assert finding.rows_affected == 20
    assert finding.severity is Severity.WARN


@pytest.mark.parametrize(("own", "other"), [("", "Z"), ("+00:00", "")])
def test_a_table_that_says_utc_throughout_is_read_as_one_that_says_nothing(search, own, other):
    """It was written by another program, and means the same as far as anybody can know: a note."""
    finding = search(times(other), times(own)).one("time_zones", "at")
    assert (finding.rows_affected, finding.severity) == (400, Severity.INFO)


def test_a_mixture_without_a_pilot_is_a_note_on_the_fewer(search):
    """Nothing says which is right."""
    finding = search(times("", step=20, other="+02:00")).one("time_zones", "at")
    assert (finding.rows_affected, finding.severity) == (20, Severity.INFO)


@pytest.mark.parametrize(("own", "other"), [("+01:00", "+02:00"), ("Z", "+0000"), ("", None)])
def test_summer_time_and_other_spellings_are_silent(search, own, other):
    """An hour is the season's; Z is +00:00."""
    found = search(times(own, step=3, other=other), times(own))
    assert not found.of("time_zones")


def test_what_the_pilot_mixes_as_much_is_a_note_at_most(search):
    """It is how the table is."""
    mixed = times("", step=20, other="+02:00")
    assert all(f.severity is Severity.INFO for f in search(mixed, mixed).of("time_zones"))


def test_dates_without_a_time_have_no_zone(search):
    """Nor have days in another notation, nor those that follow the time."""
    days = {"at": [(START + timedelta(days=k)).date().isoformat() for k in range(300)]}
    assert not search(days, days).of("time_zones")
    first, later = ({"at": [f"1{k % 10}:30 2025-01-{d}" for k in range(300)]} for d in ("02", "27"))
    assert not search(later, first).of("time_zones")
