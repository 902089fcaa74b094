"""Volume and freshness: what nights and rows teach, and when they teach nothing."""

from __future__ import annotations

import pytest

from dataready.expectations.period import Night, Seen, of_nights, of_rows


def nights(*rows: int, age: int = 1) -> list[Night]:
    """One night a day."""
    return [Night(k, n, age) for k, n in enumerate(rows)]


def test_eight_nights_bound_the_rows_with_slack():
    """The limits are beyond what any night had, and a halved or doubled table breaks them."""
    rows = (1000, 1010, 990, 1005, 995, 1020, 1001, 998)
    (found,) = of_nights(nights(*rows))
    low, high = found.rule.low or 0, found.rule.high or 0
    assert 500 < low < min(rows) / 1.4
    assert 1.4 * max(rows) < high < 2000
    assert found.held_out is not None
    assert found.held_out.rows_checked == 2
    assert found.unit == "nights"


@pytest.mark.parametrize("rows", [(100,) * 7, (0,) * 9, (10, 900, 20, 5000, 15, 3, 700, 60_000)])
def test_few_or_wild_nights_teach_nothing(rows):
    """Seven nights, empty ones, and such as foretell nothing of those held out."""
    assert not list(of_nights(nights(*rows)))


def test_one_bad_night_does_not_widen_the_limits():
    """A night that lost nine in ten rows is no habit, and its like would be found again."""
    (found,) = of_nights(nights(*[1000] * 9, 100, *[1000] * 6))
    assert (found.rule.low or 0) > 500


def test_the_same_day_counts_once():
    """Eight runs of one evening are one night."""
    assert not list(of_nights([Night(3, 1000)] * 8))


def test_a_table_that_only_grows_has_no_upper_end():
    """Tomorrow it has more rows than ever, and that is no news; a tenth fewer is."""
    (found,) = of_nights(nights(*range(1000, 1100, 10)))
    assert found.rule.high is None
    assert 950 < (found.rule.low or 0) < 1090


def rows_of(seen: Seen, known: list[Night] | None = None) -> dict[str, tuple[object, object, str]]:
    """What is proposed, by kind."""
    proposed = of_rows(seen, "at", known or [])
    return {p.rule.kind: (p.rule.low, p.rule.high, p.rule.severity.value) for p in proposed}


def test_a_daily_table_is_late_after_three_days():
    """Twice its longest gap and a day; a warning only where nights have proven that it goes on."""
    seen = Seen(dict.fromkeys(range(100, 180), 50), today=180)
    assert rows_of(seen)["fresh"] == (None, 3.0, "info")
    assert rows_of(seen, nights(*[9] * 8))["fresh"] == (None, 3.0, "warn")


def test_a_closed_period_has_no_freshness():
    """A table that ended long ago is not late, nor one that nights have found late before."""
    counts = dict.fromkeys(range(100, 180), 50)
    assert "fresh" not in rows_of(Seen(counts, today=280))
    assert "fresh" not in rows_of(Seen(counts, today=180), nights(*[9] * 8, age=9))


def test_production_bounds_a_day_and_a_pilot_from_below_alone():
    """A pilot is a part of its table: that production has more rows a day is no news."""
    counts = {day: 90 + day % 7 for day in range(100, 180)}
    low, high, severity = rows_of(Seen(counts, today=180, production=True))["daily"]
    assert (low, high, severity) == (55.0, 160.0, "warn")
    assert rows_of(Seen(counts, today=180))["daily"] == (55.0, None, "info")


def test_weekends_make_it_a_week():
    """Days that differ too much have no number of rows, weeks of them may have."""
    counts = {day: 10 if (day + 3) % 7 > 4 else 200 for day in range(140)}
    assert "weekly" in rows_of(Seen(counts, today=140, production=True))
    wild = {day: 40 * (1 + (day // 7) ** 2) for day in range(140)}
    assert not rows_of(Seen(wild, today=140, production=True)).keys() & {"daily", "weekly"}


def test_periods_that_may_be_cut_are_not_asked():
    """The first and last days, those beside a gap and yesterday may have any number of rows."""
    counts = dict.fromkeys(range(100, 180), 100) | {100: 1, 140: 2, 179: 3}
    del counts[139]
    assert rows_of(Seen(counts, today=180, production=True))["daily"][0] == 62.0
