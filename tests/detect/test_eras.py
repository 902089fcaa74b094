"""Tests for `detect.eras`: what changed in a column, and since when."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

from dataready.model import Severity

RANDOM = random.Random(13)  # noqa: S311 - no secret
START = date(2020, 1, 1)
DAYS = 730
TURN = 456
"""2021-04-01."""


def table():
    """Two years of orders, two a day, with a channel and a seasonal gap."""
    days = [START + timedelta(days=k // 2) for k in range(2 * DAYS)]
    summer = [str(1 + d.month % 3) if RANDOM.random() > d.month / 60 else None for d in days]
    return {
        "day": [str(d) for d in days],
        "channel": [RANDOM.choice(["web", "shop"]) for _ in days],
        "phone": [str(RANDOM.randint(100, 999)) for _ in days],
        "season": summer,
    }


def test_a_column_that_is_no_longer_filled_has_its_month(search):
    """From April on, seven in ten rows lack it; before, none."""
    production = table()
    for k in range(2 * TURN, 2 * DAYS):
        if k % 10 < 7:
            production["phone"][k] = None
    finding = search(production, table(), time="day").one("era", "phone")
    assert "since 2021-04: 'phone' is missing (0 % of rows before, 69.9 % since)" in finding.message
    assert finding.severity is Severity.INFO
    assert finding.rows_affected == sum(v is None for v in production["phone"])


def test_categories_that_come_and_go_and_dates_in_another_format(search):
    """The shop closes, an app opens; from then on dates are written with dots."""
    production = table()
    for k in range(2 * TURN, 2 * DAYS):
        production["channel"][k] = RANDOM.choice(["web", "app"])
        production["day"][k] = ".".join(reversed(production["day"][k].split("-")))
    found = {f.column: f for f in search(production, table(), time="day").of("era")}
    assert "2021-04: 'channel' = 'app'" in found["channel"].message
    assert "2021-04: 'channel' = 'shop'" in found["channel"].message
    assert "2021-04: 'day' is no date as elsewhere" in found["day"].message


def test_seasons_and_steady_tables_have_no_eras(search):
    """A share that follows the months, and one that does not move."""
    assert not search(table(), table(), time="day").of("era")


def test_personal_values_are_not_told(search):
    """Their categories are nobody's business."""
    production = table()
    production["channel"][2 * TURN :] = ["app"] * (2 * (DAYS - TURN))
    found = search(production, table(), time="day", personal=["channel"]).of("era")
    assert "app" not in repr(found)


@pytest.mark.parametrize("values", [[], ["2024-01-01"], [None] * 40])
def test_tables_of_nothing_have_no_eras(search, values):
    """Empty, one row, all null."""
    assert not search({"day": values, "x": values}, table(), time="day").of("era")
