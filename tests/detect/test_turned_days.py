"""Tests for `detect.turned_days`: days and months turned in dates that read without a complaint."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

START = date(2023, 1, 1)


def days(n, seed=0, span=700):
    """Draw days of two years."""
    rng = random.Random(seed)  # noqa: S311
    return [START + timedelta(days=rng.randrange(span)) for _ in range(n)]


def turn(day):
    """Put day and month in each other's place where that is a date."""
    return day.replace(day=day.month, month=day.day) if day.day <= 12 else day


def texts(values):
    """Write dates as ISO 8601."""
    return [d.isoformat() for d in values]


def turned_rows(before, after):
    """List the rows that changed."""
    return [k for k, (a, b) in enumerate(zip(before, after, strict=True)) if a != b]


def test_turned_dates_do_not_fit_the_other_date_of_their_row(search):
    """Delivered some days after it was ordered: nearly all of them are found."""
    ordered = days(600)
    delivered = [d + timedelta(days=1 + k % 9) for k, d in enumerate(ordered)]
    dirty = [turn(d) if k % 5 == 0 else d for k, d in enumerate(ordered)]
    found = search({"ordered": texts(dirty), "delivered": texts(delivered)})
    finding = found.one("day_month_swapped", "ordered")
    wrong = set(turned_rows(ordered, dirty))
    assert set(found.rows(finding)) <= wrong
    assert finding.rows_affected >= 0.8 * len(wrong)


def test_turned_dates_do_not_fit_the_month_beside_them(search):
    """All of them are found."""
    when = days(600)
    dirty = [turn(d) if k % 50 < 3 else d for k, d in enumerate(when)]
    found = search({"day": texts(dirty), "mnth": [str(d.month) for d in when]})
    finding = found.one("day_month_swapped", "day")
    assert found.rows(finding) == turned_rows(when, dirty)


def test_turned_dates_do_not_fit_the_file_of_their_month(search):
    """A file of one month with days of all months."""
    when = [START + timedelta(days=k % 31) for k in range(310)]
    dirty = [turn(d) if k < 60 else d for k, d in enumerate(when)]
    found = search({"day": texts(dirty), "v": [str(k % 7) for k in range(310)]})
    finding = found.one("day_month_swapped", "day")
    wrong = turned_rows(when, dirty)
    assert len(wrong) - 3 <= finding.rows_affected <= len(wrong)  # those turned to next month stay


@pytest.mark.parametrize("seed", range(6))
def test_late_and_strange_dates_are_not_turned(search, seed):
    """One delivery in ten comes at any time, one month in twenty is wrong."""
    rng = random.Random(seed)  # noqa: S311
    ordered, any_time = days(800, seed), days(800, seed + 100)
    delivered = [
        any_time[k] if k % 10 == 0 else d + timedelta(days=k % 9) for k, d in enumerate(ordered)
    ]
    month = [rng.randrange(1, 13) if k % 20 == 0 else d.month for k, d in enumerate(ordered)]
    columns = {
        "ordered": texts(ordered),
        "delivered": texts(delivered),
        "month": [*map(str, month)],
    }
    assert not search(columns).of("day_month_swapped")


def test_where_nothing_else_tells_nothing_is_said(search):
    """Days of two years alone."""
    dirty = [turn(d) if k % 5 == 0 else d for k, d in enumerate(days(600))]
    assert not search({"day": texts(dirty)}).of("day_month_swapped")
