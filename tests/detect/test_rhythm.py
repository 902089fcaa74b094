"""Tests for `detect.rhythm`: days out of the table's own rhythm."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

START = date(2024, 1, 1)


def table(n=150, seed=1, **factors):
    """Orders: 200 on a weekday, 60 at weekends, growing; some days by a factor."""
    rng = random.Random(seed)  # noqa: S311
    days = []
    for k in range(n):
        usual = (60 if k % 7 in {5, 6} else 200) * (1 + k / n)
        many = int(usual * factors.get(f"d{k}", 1.0) + rng.gauss(0, usual**0.5))
        days += [(START + timedelta(days=k)).isoformat()] * max(0, many)
    return {"day": days, "v": [f"{rng.random():.3f}" for _ in days]}


@pytest.mark.parametrize("factor", [0.0, 0.4, 2.2])
def test_a_day_of_half_or_double_is_found(search, factor):
    """Nothing, too few, or loaded twice: the day is named with what is usual."""
    finding = search(table(seed=2, d100=factor), table()).one("volume_of_day", "day")
    day = START + timedelta(days=100)
    assert f"{day}: " in finding.message
    assert finding.severity == "warn"
    assert finding.measured > finding.limit >= 1.6


def test_a_short_last_day_may_still_arrive(search):
    """It is named as what it may be."""
    finding = search(table(seed=2, d149=0.3)).one("volume_of_day", "day")
    assert "may still arrive" in finding.message


def test_weekends_growth_and_noise_are_the_rhythm(search):
    """A clean table is silent, alone and against a pilot."""
    assert not search(table(seed=2), table()).of("volume_of_day")
    assert not search(table(seed=3)).of("volume_of_day")


def test_a_day_that_the_pilot_has_alike_is_no_news(search):
    """The holiday was in the data that the model learnt from."""
    assert not search(table(seed=2, d100=0.3), table(d100=0.3)).of("volume_of_day")


def test_a_wrong_year_is_no_end(search):
    """Rows of 1970 do not stretch the table."""
    production = table(seed=2)
    production = {"day": [*production["day"], "1970-01-01"], "v": [*production["v"], "1"]}
    assert not search(production, table()).of("volume_of_day")


def test_a_table_without_a_rhythm_is_silent(search):
    """Days of any size: none of them is odd."""
    wild = {f"d{k}": random.Random(k).lognormvariate(0, 1) for k in range(150)}  # noqa: S311
    assert not search(table(seed=2, **wild), table()).of("volume_of_day")
