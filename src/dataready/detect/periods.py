"""Time: periods without rows, dates in the future."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta

import numpy as np

from dataready.detect.formats import OtherDates, best_date, moment_of
from dataready.detect.scene import Scene
from dataready.model import TABLE, Finding, Severity
from dataready.profile.profile import ColumnStates
from dataready.sql import ident

__all__ = ["DAY_S", "date_of", "days_of", "future_findings", "gap_findings", "today_of"]

Days = Mapping[int, int]
"""Rows a day, by the number of days since 1970."""
DAY_S = 86_400
LEAST_DAYS = 10
LEAST_LOST = 50
EACH_SIDE = 0.01
PLANNED_S = 366 * DAY_S


def days_of(scene: Scene, others: OtherDates) -> Days:
    """Rows a day of the column that says when; nothing where no column does."""
    seen = scene.production.get(str(scene.time))
    if seen is None or seen.plan.base != "date" or not seen.usable:
        return {}
    if seen.plan.name not in others and seen.periods and seen.periods.exact:
        return {int(str(d)): n for d, n in seen.periods.counts.items()}
    moment = best_date(scene, seen, others)
    rows = scene.query(
        f"SELECT day, count(*)\nFROM (SELECT floor(({moment}) / {DAY_S})::BIGINT AS day"
        f" FROM {ident(TABLE)})\nWHERE day IS NOT NULL GROUP BY day LIMIT 200000"
    )
    return dict(rows)


def date_of(day: int) -> date:
    """The date of a number of days since 1970."""
    return date(1970, 1, 1) + timedelta(days=day)


def today_of(clock: datetime) -> int:
    """The number of days since 1970 of the extract's day, in UTC."""
    return int(clock.astimezone(UTC).timestamp()) // DAY_S


def gap_findings(scene: Scene, others: OtherDates, days: Days) -> list[Finding]:
    """Runs of days without a row that are far longer than the table's own rhythm explains.

    A gap counts if it is ten times as long as 99 in 100 gaps between days with rows, a week
    at least, 50 rows or more would be expected in it, and one row in a hundred lies on either
    side: a few wrong years make no gap. The days that the pilot has not either are no news.
    """
    if len(days) < LEAST_DAYS:
        return []
    seen = scene.production[str(scene.time)]
    numbers, counts = np.array(sorted(days)), np.array([days[d] for d in sorted(days)])
    gaps = np.diff(numbers)
    # With few days the longest gap would be its own yardstick.
    usual = float(np.quantile(gaps, 0.99)) if len(gaps) > 200 else float(np.median(gaps))
    per_day = float(np.mean(counts)) / float(np.median(gaps))
    before = np.cumsum(counts)[:-1] / counts.sum()
    lost = (gaps - 1) * per_day
    wide = (gaps - 1 >= 7) & (gaps > 10 * usual) & (lost >= LEAST_LOST)
    found = []
    for k in np.flatnonzero(wide & (before >= EACH_SIDE) & (before <= 1 - EACH_SIDE)):
        start, end = int(numbers[k]), int(numbers[k + 1])
        if _pilot_lacks(scene, start, end):
            continue
        first, last = date_of(start + 1), date_of(end - 1)
        found.append(
            scene.finding(
                dimension="volume",
                detector="missing_period",
                severity=Severity.FAIL if end - start > 28 else Severity.WARN,
                column=scene.time,
                message=f"A gap: no rows from {first} to {last} ({end - start - 1} days); about "
                f"{lost[k]:,.0f} would be usual.",
                measured=float(end - start - 1),
                limit=max(7.0, 10 * usual),
                limit_origin="ten times the gap that 99 in 100 days keep, a week at least",
                sql=f"SELECT {moment_of(best_date(scene, seen, others))}::DATE AS day,"
                f" count(*) AS n\nFROM {ident(TABLE)}\nGROUP BY 1\nORDER BY 1",
                fix="Load the missing period.",
            )
        )
    return found


def _pilot_lacks(scene: Scene, start: int, end: int) -> bool:
    """Whether the pilot covers both sides of a gap and has no row in it either."""
    before = scene.pilot.get(str(scene.time)) if scene.pilot else None
    days = sorted(int(str(d)) for d in before.periods.counts) if before and before.periods else []
    if not days or days[0] > start or days[-1] < end:
        return False
    return not any(start < d < end for d in days)


def future_findings(scene: Scene, others: OtherDates, clock: datetime) -> list[Finding]:
    """Dates after the day of the extract, in columns that mostly hold the past.

    A column whose pilot holds the future as well (due dates) is left alone. Other columns
    than the table's time may plan ahead: up to a year there is worth a note only.
    """
    found: list[Finding] = []
    day_s = today_of(clock) * DAY_S
    for seen, before in scene.pairs():
        ahead = before and before.range and (before.range.high or 0) >= day_s + 2 * DAY_S
        if seen.plan.base == "date" and seen.usable and not ahead:
            found += _future(scene, seen, best_date(scene, seen, others), day_s + 2 * DAY_S)
    return found


def _future(scene: Scene, seen: ColumnStates, moment: str, limit_s: int) -> Iterable[Finding]:
    where = f"({moment}) >= {limit_s}"
    rows = scene.count(where)
    share = rows / seen.rows
    if not rows or share > 0.2:
        return
    far = seen.plan.name == scene.time or scene.count(f"({moment}) >= {limit_s + PLANNED_S}")
    yield scene.finding(
        dimension="timeliness",
        detector="future_date",
        severity=Severity.WARN if far else Severity.INFO,
        column=seen.plan.name,
        message=f"{rows:,} dates of '{seen.plan.name}' lie in the future of the extract.",
        measured=share,
        limit=0.0,
        limit_origin="the day of the extract, a day of grace for time zones",
        where=where,
        rows_affected=rows,
        cells=bool(far),
        fix=f"Check century, day and month of '{seen.name}' in these rows.",
    )
