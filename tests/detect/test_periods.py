"""Tests for `detect.periods`: gaps and future dates."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from dataready.model import Severity

START = date(2023, 1, 1)


def days(n=600, per_day=3, without=(), start=START, form="%Y-%m-%d"):
    """List n days, some rows each, without some of them."""
    kept = [start + timedelta(days=k) for k in range(n) if k not in without]
    return [d.strftime(form) for d in kept for _ in range(per_day)]


def table(texts):
    """A table of one time column and a number."""
    return {"day": texts, "v": [str(k % 97) for k in range(len(texts))]}


@pytest.mark.parametrize(("lost", "severity"), [(14, "warn"), (60, "fail")])
def test_a_gap_is_found_with_its_first_and_last_day(search, lost, severity):
    """Two weeks are a warning, two months a failure."""
    production = days(per_day=5, without=range(200, 200 + lost))
    finding = search(table(production), table(days(per_day=5))).one("missing_period", "day")
    first = START + timedelta(days=200)
    assert f"from {first} to {first + timedelta(days=lost - 1)} ({lost} days)" in finding.message
    assert finding.severity == severity
    assert finding.measured == lost


def test_weekends_and_a_gap_of_the_pilot_are_no_gaps(search):
    """The table's rhythm, and what the model was trained on."""
    weekends = [k for k in range(600) if k % 7 in {5, 6}]
    assert not search(table(days(without=weekends)), table(days())).of("missing_period")
    gap = range(200, 260)
    assert not search(table(days(without=gap)), table(days(without=gap))).of("missing_period")


def test_wrong_years_make_no_gap(search):
    """A few rows in the past and in the future are not the table's ends."""
    production = [*days(), "1965-01-01", "2087-05-01"]
    assert not search(table(production), table(days())).of("missing_period")


def test_days_in_another_format_fill_the_gap(search):
    """A quarter written with dots is not missing."""
    production = days(300) + days(300, start=START + timedelta(days=300), form="%d.%m.%Y")
    found = search(table(production), table(days()))
    assert found.one("date_format").rows_affected == 900
    assert not found.of("missing_period")


def test_the_future_of_the_table_s_time_is_a_warning(search):
    """Whatever format it is in."""
    production = days()
    production[::300] = [
        "2062-01-03",
        "2063-01-03",
        "04.01.2062",
        "2026-06-01",
        "2026-06-02",
        "04.01.2023",
    ]
    finding = search(table(production), table(days())).one("future_date", "day")
    assert finding.rows_affected == 3
    assert finding.severity is Severity.WARN


def test_plans_are_no_wrong_dates(search):
    """Due dates reach into the future in the pilot too, or by less than a year."""
    due = days(900)
    later = days(900, start=date(2024, 6, 1))
    dated = {"day": days(900), "due": due}
    assert not search({"day": days(900), "due": due}, dated).of("future_date")
    found = search({"day": days(900), "due": later}, dated, time="day")
    assert found.one("future_date", "due").severity is Severity.INFO
    ahead = days(1500, per_day=2)
    assert not search(table(ahead), table(ahead)).of("future_date")


@pytest.mark.parametrize("texts", [[], ["2024-01-01"], [None] * 30])
def test_tables_of_nothing_raise_nothing(search, texts):
    """Empty, one row, all null."""
    found = search(table(texts), table(days()))
    assert not found.of("missing_period")
    assert not found.of("future_date")
