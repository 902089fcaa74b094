"""Tests for `detect.late_rows`: rows that come late, and rows of days that were closed."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest

from dataready.model import Severity

START = datetime(2025, 1, 1)  # noqa: DTZ001 - as exports write times


def table(n=1600, late=(), seed=1, name="loaded_at"):
    """Eight months of sales, each loaded within hours; some days later."""
    rng = random.Random(seed)  # noqa: S311
    sold = [START + timedelta(hours=3.6 * k) for k in range(n)]
    took = [
        timedelta(days=9) if k in late else timedelta(hours=12 * rng.random()) for k in range(n)
    ]
    return {
        "sold_at": [t.isoformat(sep=" ") for t in sold],
        name: [(t + d).isoformat(sep=" ") for t, d in zip(sold, took, strict=True)],
        "amount": [f"{rng.gauss(50, 9):.2f}" for _ in range(n)],
    }


@pytest.mark.parametrize(("piloted", "severity"), [(True, "warn"), (False, "info")])
def test_rows_that_come_later_than_usual_are_told_with_their_months(search, piloted, severity):
    """A tenth of the later rows; the month is named, the rows are listed."""
    late = set(range(1300, 1600, 3))
    found = search(table(late=late, seed=2), table() if piloted else None)
    finding = found.one("late_arrival", "loaded_at")
    assert finding.rows_affected == len(late)
    assert finding.severity == severity
    assert "2025-08: 33" in finding.message


def test_rows_as_late_as_the_pilot_s_are_silent(search):
    """A share of late rows that the pilot has too, and a clean table alone."""
    some = set(range(0, 1600, 40))
    found = search(table(late=set(range(7, 1600, 40)), seed=2), table(late=some))
    assert not found.of("late_arrival")
    assert not search(table()).of("late_arrival")


def test_one_late_row_in_a_small_month_is_no_late_month(search):
    """Without a pilot months are judged by what their own rows can tell."""
    few = table(n=320)
    spread = [START + timedelta(hours=18 * k) for k in range(320)]
    few["sold_at"] = [t.isoformat(sep=" ") for t in spread]
    late = [timedelta(days=9 if k == 300 else 0, hours=2) for k in range(320)]
    few["loaded_at"] = [(t + d).isoformat(sep=" ") for t, d in zip(spread, late, strict=True)]
    assert not search(few).of("late_arrival")


def test_one_row_less_than_the_limit_is_silent(search):
    """The limit that the finding quotes is the one that decides."""
    pilot = table()
    found = search(table(late=set(range(60)), seed=2), pilot)
    limit = found.one("late_arrival").limit
    most = int(limit * 1600)
    assert not search(table(late=set(range(most)), seed=2), pilot).of("late_arrival")
    assert search(table(late=set(range(most + 1)), seed=2), pilot).of("late_arrival")


def test_a_date_that_is_not_when_a_row_was_recorded_is_left_alone(search):
    """Deliveries take longer: that is the business, and the distribution's to tell."""
    late = set(range(1300, 1600, 3))
    found = search(table(late=late, seed=2, name="delivered"), table(name="delivered"))
    assert not found.of("late_arrival")


def in_files(days, late=(), per_file=60, late_rows=8, seed=3):
    """Daily files; some bring rows of the week before."""
    rng = random.Random(seed)  # noqa: S311
    rows = []
    for k in range(days):
        old = late_rows if k in late else 0
        for j in range(per_file):
            day = k - 7 if j < old else k
            at = START + timedelta(days=day, hours=24 * rng.random())
            rows.append((k, at.isoformat(sep=" "), f"{rng.gauss(5, 1):.2f}"))
    return rows


def files(rows):
    """The number of each row's file."""
    return [f for f, _, _ in rows]


def columns(rows):
    """Rows as a table without their files."""
    return {"at": [t for _, t, _ in rows], "v": [v for _, _, v in rows]}


@pytest.mark.parametrize("piloted", [True, False])
def test_a_file_that_brings_rows_of_closed_days_is_named(search, piloted):
    """Which file, how many rows, of before which day; the rows are listed."""
    rows, pilot = in_files(30, late={20}), in_files(20, seed=4)
    before, both = columns(pilot) if piloted else None, (files(pilot), files(rows))
    found = search(columns(rows), before, time="at", files=both)
    finding = found.one("closed_days", "at")
    assert "number 20: 8 rows of before 2025-01-20" in finding.message
    assert finding.rows_affected == 8
    assert (finding.severity is Severity.WARN) == piloted


@pytest.mark.parametrize("late", [(), range(8, 30), {9, 17}])
def test_files_with_as_many_late_rows_as_ever_are_silent(search, late):
    """None, every file, and files as the pilot has them too."""
    rows, pilot = in_files(30, late=late), in_files(30, late=late, seed=4)
    both = (files(pilot), files(rows))
    assert not search(columns(rows), columns(pilot), time="at", files=both).of("closed_days")


def test_files_that_do_not_follow_each_other_close_nothing(search):
    """Each file has all days."""
    rows = [(k % 10, t, v) for k, (_, t, v) in enumerate(in_files(30))]
    assert not search(columns(rows), time="at", files=(None, files(rows))).of("closed_days")


def test_days_that_have_not_come_close_nothing(search):
    """A twentieth of one file's dates are of the next century: the files after it are not late."""
    rows = in_files(30)
    wrong = [
        (f, t.replace("2025", "2125") if f == 12 and k % 20 == 0 else t, v)
        for k, (f, t, v) in enumerate(rows)
    ]
    both = (None, files(wrong))
    assert not search(columns(wrong), time="at", files=both).of("closed_days")
