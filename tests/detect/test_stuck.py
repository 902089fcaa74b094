"""Tests for `detect.stuck`: columns that stand still since a time, or until one."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta


def table(n=100, per_day=8, seed=1):
    """A sensor's readings, a switch that is rarely turned, and a year."""
    rng = random.Random(seed)  # noqa: S311
    days = [date(2023, 10, 1) + timedelta(days=k // per_day) for k in range(n * per_day)]
    return {
        "day": [d.isoformat() for d in days],
        "reading": [f"{rng.gauss(20, 3):.1f}" for _ in days],
        "mode": [rng.choice("abc") for _ in days],
        "quarter": [str((d.month - 1) // 3) for d in days],
    }


def stopped(columns, name, since, value):
    """Hold one value from a row on."""
    return columns | {name: [value if k >= since else v for k, v in enumerate(columns[name])]}


def test_a_stuck_column_is_found_with_its_day(search):
    """Since when, and in which rows; with and without a pilot."""
    production = stopped(table(seed=2), "reading", 640, "19.5")
    for pilot in (table(), None):
        found = search(production, pilot)
        finding = found.one("stuck", "reading")
        assert "since 2023-12-20" in finding.message
        assert finding.rows_affected == 160
        assert "19.5" not in finding.message


def test_a_stuck_category_is_found(search):
    """Text as well as numbers."""
    assert (
        search(stopped(table(seed=2), "mode", 640, "a")).one("stuck", "mode").rows_affected == 160
    )


def test_a_column_that_comes_alive_is_a_note(search):
    """One value until a day, and then many."""
    production = table(seed=2)
    production["reading"] = ["19.5" if k < 160 else v for k, v in enumerate(production["reading"])]
    finding = search(production).one("came_alive", "reading")
    assert (finding.severity, finding.rows_affected) == ("info", 160)


def test_hours_are_looked_at_where_there_are_few_days(search):
    """A sensor's week."""
    rng = random.Random(3)  # noqa: S311
    times = [
        datetime(2024, 1, 1, tzinfo=UTC).replace(tzinfo=None) + timedelta(minutes=10 * k)
        for k in range(900)
    ]
    readings = [f"{rng.gauss(20, 3):.1f}" if k < 700 else "7.0" for k in range(900)]
    found = search({"at": [t.isoformat() for t in times], "reading": readings})
    assert found.one("stuck", "reading").rows_affected in range(198, 201)


def test_what_changes_seldom_is_not_stuck(search):
    """A quarter lasts as long as the last one; noise never stands still."""
    found = search(table(seed=2), table())
    assert not found.of("stuck")
    assert not found.of("came_alive")


def test_a_few_last_rows_that_belong_together_are_no_proof(search):
    """A week of hardly any rows, all of one kind."""
    production = table(seed=2)
    last = [(date(2024, 1, 9) + timedelta(days=k)).isoformat() for k in range(6)]
    more = {"day": last, "reading": ["20.1"] * 6, "mode": ["a"] * 6, "quarter": ["0"] * 6}
    assert not search({k: v + more[k] for k, v in production.items()}).of("stuck")


def test_dry_days_are_no_stuck_gauge(search):
    """One row a day, mostly zero: the last zeros are as long as others were."""
    rng = random.Random(4)  # noqa: S311
    days = [(date(2022, 1, 1) + timedelta(days=k)).isoformat() for k in range(600)]
    rain = ["0.0" if rng.random() < 0.8 else f"{rng.random():.2f}" for _ in days]
    rain[-25:] = ["0.0"] * 25
    assert not search({"day": days, "rain": rain}).of("stuck")


def test_a_column_that_is_constant_now_is_told(search):
    """Against a pilot of several values; a column that nearly always had one is none."""
    production = table(seed=2) | {"mode": ["a"] * 800}
    assert search(production, table()).one("constant", "mode").rows_affected == 800
    rare = table() | {"mode": ["a"] * 799 + ["b"]}
    assert not search(production, rare).of("constant")
    assert not search(table(seed=2), table()).of("constant")
