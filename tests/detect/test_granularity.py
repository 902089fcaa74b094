"""Tests for `detect.granularity`: values told more coarsely, or more finely, than in the pilot."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta


def table(seed=1, minutes=1, digits=2, n=300):
    """Events with a moment and an amount."""
    rng = random.Random(seed)  # noqa: S311
    start = datetime(2024, 1, 1, tzinfo=UTC).replace(tzinfo=None)
    moments = [
        start + timedelta(minutes=minutes * rng.randrange(90_000 // minutes)) for _ in range(n)
    ]
    return {
        "at": [m.isoformat(" ") for m in moments],
        "amount": [f"{rng.uniform(1, 500):.{digits}f}" for _ in range(n)],
    }


def test_timestamps_that_became_dates_are_found(search):
    """They still parse; the time of day is gone."""
    finding = search(table(seed=2, minutes=1440), table()).one("granularity", "at")
    assert finding.severity == "warn"
    assert "in days only" in finding.message
    assert finding.rows_affected == 300


def test_minutes_that_became_hours_are_found(search):
    """The next finer unit likewise."""
    finding = search(table(seed=2, minutes=60), table()).one("granularity", "at")
    assert "in hours only" in finding.message


def test_rounded_numbers_are_found(search):
    """Cents are gone."""
    finding = search(table(seed=2, digits=0), table()).one("granularity", "amount")
    assert "whole numbers" in finding.message


def test_finer_values_are_a_note(search):
    """Nothing is lost."""
    finding = search(table(seed=2), table(minutes=1440)).one("granularity", "at")
    assert finding.severity == "info"


def test_the_same_grain_is_silent(search):
    """Nothing changed."""
    assert not search(table(seed=2), table()).of("granularity")
    assert not search(table(seed=2, digits=0), table(digits=0)).of("granularity")


def test_hardly_any_rows_tell_nothing(search):
    """Forty values may all be whole by chance."""
    assert not search(table(seed=2, digits=0, n=40), table()).of("granularity")
