"""Late arrival: rows recorded longer after they happened than usual, and rows of closed days.

A column whose name says that it is when rows were recorded, and that hardly ever lies before
another date of the row, tells how long each took. Where files follow each other in time, a day is
closed once a file has gone beyond it: what later files bring of it is late.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from dataready.compare.evidence import FAIL_DAMAGE, percent, rows_sql, severity_of, share_limit
from dataready.detect.foreign_keys import words_of
from dataready.detect.formats import OtherDates, best_date, moment_of
from dataready.detect.periods import DAY_S, date_of, today_of
from dataready.detect.scene import ALL, Scene
from dataready.model import FILE_COLUMN, TABLE, Finding, Severity
from dataready.profile.profile import ColumnStates
from dataready.sql import and_, ident, or_

__all__ = ["closed_day_findings", "is_recorded", "late_arrival_findings"]

_RECORDED = frozenset(
    """recorded record entered entry loaded load imported import ingested ingest inserted insert
    arrived arrival received created updated modified changed uploaded registered reported synced
    captured stored written erfasst erfassung geladen importiert eingang angelegt aktualisiert
    charge enregistre cree modifie recu registrado creado actualizado recibido""".split()  # noqa: SIM905
)
"""Words, in a date column's name, of when a row came to be known."""
LOOK_ROWS = 100_000
ORDERED = 0.95
LEAST_ROWS = 100
USUAL = 0.99
TIMES = 2
GRACE_S = 3_600
SLACK = 0.01
LEAST_MONTH = 30
LEAST_MONTHS = 4
LEAST_FILES = 4
PARTED = 0.05
WIDE = 3.0
MOST_SAID = 4


@dataclass(frozen=True, slots=True)
class _Habit:
    """How long rows usually take: `late_s` is too long, and the share of rows that took it."""

    late_s: float
    late: float
    rows: float
    origin: str

    def limit(self, rows: int) -> float:
        """The share of so many rows that may be late."""
        return share_limit(self.late * self.rows, self.rows, rows, slack=SLACK)


def late_arrival_findings(scene: Scene, others: OtherDates) -> list[Finding]:
    """One finding a column that says when rows were recorded, if more of them are late than usual.

    Late is what took more than twice as long as 99 in 100 pilot rows, and an hour; without a pilot
    as those of the earlier half of the table's months, and then it is a note.
    """
    dates = {s.plan.name: s for s, _ in scene.pairs() if s.plan.base == "date" and s.usable}
    found: list[Finding] = []
    for name, seen in dates.items():
        if not is_recorded(name):
            continue
        for other in _events(scene, dates, name):
            lag = f"({best_date(scene, seen, others)}) - ({best_date(scene, other, others)})"
            if _follows(scene, lag):
                found += _late(scene, (seen, other), lag, best_date(scene, other, others))
                break
    return found


def is_recorded(name: str) -> bool:
    """Whether a column's name says that it is when a row came to be known.

    >>> is_recorded("loaded_at"), is_recorded("deliveredOn")
    (True, False)
    """
    return bool(_RECORDED & set(words_of(name)))


def _events(
    scene: Scene, dates: Mapping[str, ColumnStates], recorded: str
) -> Iterable[ColumnStates]:
    """Dates of when a row happened, the table's time first."""
    names = [n for n in dates if n != recorded and not is_recorded(n)]
    return (dates[n] for n in sorted(names, key=lambda n: n != scene.time))


def _follows(scene: Scene, lag: str) -> bool:
    """Whether a date hardly ever lies before the other, and often after it."""
    ((rows, before, after),) = scene.query(
        "SELECT count(s), count(*) FILTER (s < 0), count(*) FILTER (s > 0)"
        f" FROM (SELECT {lag} AS s FROM {scene.some(LOOK_ROWS)})"
    )
    return int(rows) >= LEAST_ROWS and before <= (1 - ORDERED) * rows and after >= 0.1 * rows


def _late(
    scene: Scene, columns: tuple[ColumnStates, ColumnStates], lag: str, event: str
) -> Iterator[Finding]:
    seen, other = columns
    month = f"date_trunc('month', {moment_of(event)})::DATE"
    habit = _pilot_habit(scene, columns) if scene.pilot else _own_habit(scene, lag, month)
    if habit is None:
        return
    where = f"coalesce({lag} > {habit.late_s!r}, FALSE)"
    # Half as many late rows among some as would be told are none to look for in all.
    for least, read in ((0.5, scene.some(LOOK_ROWS)), (1.0, ALL)):
        counted = scene.query(
            f"SELECT {month} AS m, count(*), count(*) FILTER ({where}) FROM {read}"
            f" AND {lag} IS NOT NULL GROUP BY 1 ORDER BY 1"
        )
        rows, late = sum(n for _, n, _ in counted), sum(k for _, _, k in counted)
        limit = habit.limit(rows)
        months = [
            (m, k / n)
            for m, n, k in counted
            if m and n >= LEAST_MONTH and k / n > least * habit.limit(n)
        ]
        # A late month among many is no habit of the table, and is told all the same.
        if late <= least * limit * rows and (scene.pilot is not None or not months):
            return
    said = [f"{m:%Y-%m}: {percent(p)}" for m, p in months]
    name, share = seen.plan.name, late / rows
    yield scene.finding(
        dimension="timeliness",
        detector="late_arrival",
        severity=severity_of(share, FAIL_DAMAGE) if scene.pilot else Severity.INFO,
        column=name,
        message=f"{late:,} rows ({percent(share)}) came late: '{name}' is more than "
        f"{_span(habit.late_s)} after '{other.plan.name}'"
        + (f"; by month of '{other.plan.name}': {', '.join(said[:MOST_SAID])}" if said else "")
        + (f" and {len(said) - MOST_SAID} more months." if len(said) > MOST_SAID else "."),
        measured=share,
        limit=limit,
        limit_origin=habit.origin,
        where=where,
        rows_affected=late,
        sql=rows_sql(where, seen.name, other.name),
        examples=tuple(said[:5]),
        fix=f"Find out what holds rows up on their way; wait {_span(habit.late_s)} before a day "
        "counts as complete.",
    )


def _habit(lags: tuple[float, float, float], whose: str) -> _Habit:
    usual, late, rows = lags
    late_s = TIMES * max(0.0, usual) + GRACE_S
    return _Habit(
        late_s,
        late / rows,
        rows,
        f"{percent(late / rows)} of {rows:,.0f} {whose} took as long, which is more than {TIMES} "
        f"times what 99 in 100 took, and an hour; plus three standard errors and {percent(SLACK)}",
    )


def _lags(scene: Scene, lag: str, rows_of: str) -> tuple[float, float, float] | None:
    """What 99 in 100 rows take, in seconds, how many are late by that, of how many."""
    ((usual, rows),) = scene.query(
        f"SELECT quantile_disc({lag}, {USUAL}), count({lag}) FROM {rows_of}"
    )
    if rows < LEAST_ROWS:
        return None
    (late,) = scene.counts([f"{lag} > {TIMES * max(0.0, float(usual)) + GRACE_S!r}"], rows_of)
    return float(usual), float(late), float(rows)


def _pilot_habit(scene: Scene, columns: tuple[ColumnStates, ColumnStates]) -> _Habit | None:
    side = scene.pilot_side
    if side is None or not {c.plan.name for c in columns} <= {c.plan.name for c in side.production}:
        return None
    recorded, event = (side.cell(side.production[c.plan.name]) for c in columns)
    lags = _lags(side, f"(({recorded}) - ({event}))", ALL)
    return _habit(lags, "pilot rows") if lags else None


def _own_habit(scene: Scene, lag: str, month: str) -> _Habit | None:
    """What the rows of the earlier half of the months took."""
    some = scene.some(LOOK_ROWS)
    months = scene.query(
        f"SELECT {month} AS m, count({lag}) AS n FROM {some} GROUP BY 1"
        f" HAVING m IS NOT NULL AND n >= {LEAST_MONTH} ORDER BY 1"
    )
    if len(months) < LEAST_MONTHS:
        return None
    middle = months[len(months) // 2][0]
    lags = _lags(scene, f"({lag})", f"{some} AND {month} < DATE '{middle:%Y-%m-%d}'")
    return _habit(lags, f"rows before {middle:%Y-%m}") if lags else None


def _span(seconds: float) -> str:
    """A time in hours or days, for people."""
    hours = seconds / 3_600
    return f"{hours:,.0f} hours" if hours < 48 else f"{hours / 24:,.1f} days"


def closed_day_findings(scene: Scene, others: OtherDates, clock: datetime) -> list[Finding]:
    """One finding of the files that bring more rows of closed days than the other files do.

    Files are taken in the order of their middle day. A day is closed once 1 in 100 rows of an
    earlier file lie after it. Where half of the files bring one such row in twenty, or more, they
    do not follow each other in time. A warning beyond what the pilot's own files bring. Days after
    the extract, by its clock, close none.
    """
    when = scene.production.get(str(scene.time))
    if when is None or when.plan.base != "date" or not when.usable:
        return []
    moment = best_date(scene, when, others)
    files = _files(scene, moment, today_of(clock))
    if not files or float(np.median([f.share for f in files])) > PARTED:
        return []
    side = scene.pilot_side
    before = side.production.get(str(scene.time)) if side else None
    theirs = []
    if side and before and before.plan.base == "date":
        theirs = _files(side, side.cell(before), today_of(clock))
    usual = float(np.median([f.share for f in files]))
    habit = WIDE * float(np.quantile([f.share for f in files], 0.75))
    most, rows = max([habit, *(f.share for f in theirs)]), sum(f.rows for f in files)
    limits = {f: max(most, share_limit(usual * rows, rows, f.rows, slack=SLACK)) for f in files}
    odd = sorted((f for f in files if f.share > limits[f]), key=lambda f: (-f.late, f.number))
    return [_closed(scene, moment, odd, limits[odd[0]])] if odd else []


@dataclass(frozen=True, slots=True)
class _File:
    """A file: its rows, those of days that earlier files had closed, and the first open day."""

    number: int
    rows: int
    late: int
    open: int

    @property
    def share(self) -> float:
        """The share of its rows that are of closed days."""
        return self.late / self.rows


def _files(scene: Scene, moment: str, today: int) -> list[_File]:
    """The files but the first, in the order of their middle days."""
    file = ident(FILE_COLUMN)
    ((few,),) = scene.query(f"SELECT max({file}) - min({file}) < {LEAST_FILES} FROM {ident(TABLE)}")
    if few:
        return []
    counted = scene.query(
        f"WITH a AS (SELECT {file} AS f, floor(({moment}) / {DAY_S})::BIGINT AS d"
        f" FROM {ident(TABLE)}),\n"
        # A condition on a group's own day would be moved before the count, and read dates twice.
        "r AS MATERIALIZED (SELECT f, d, count(*) AS n FROM a GROUP BY f, d"
        f" HAVING max(d) <= {today}),\n"
        "s AS (SELECT f, d, sum(n) OVER (PARTITION BY f ORDER BY d) / sum(n) OVER (PARTITION BY f)"
        " AS reached FROM r),\n"
        f"m AS (SELECT f, min(d) FILTER (reached >= {USUAL}) AS last,"
        " min(d) FILTER (reached >= 0.5) AS middle FROM s GROUP BY f),\n"
        "e AS (SELECT f, max(last) OVER (ORDER BY middle, f"
        " ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS first FROM m)\n"
        "SELECT f, sum(n), coalesce(sum(n) FILTER (d < first), 0), any_value(first)"
        " FROM r JOIN e USING (f) WHERE first IS NOT NULL GROUP BY f ORDER BY f"
    )
    return [_File(*map(int, row)) for row in counted]


def _closed(scene: Scene, moment: str, odd: Sequence[_File], limit: float) -> Finding:
    file = ident(FILE_COLUMN)
    where = or_(*(and_(f"{file} = {f.number}", f"({moment}) < {f.open * DAY_S}") for f in odd))
    said = [
        f"number {f.number}: {f.late:,} rows of before {date_of(f.open)}" for f in odd[:MOST_SAID]
    ]
    more = f"; and {len(odd) - MOST_SAID} more" if len(odd) > MOST_SAID else ""
    return scene.finding(
        dimension="timeliness",
        detector="closed_days",
        severity=Severity.WARN if scene.pilot else Severity.INFO,
        column=scene.time,
        message=f"{len(odd):,} source files bring rows of days that earlier files had closed: "
        f"{'; '.join(said)}{more}.",
        measured=odd[0].share,
        limit=limit,
        limit_origin=f"{WIDE:.0f} times the share of such rows in 3 of 4 files"
        + (", and that of every file of the pilot" if scene.pilot else "")
        + f"; at least the usual one, three standard errors and {percent(SLACK)}",
        where=f"coalesce({where}, FALSE)",
        examples=tuple(said),
        fix="Load days again as long as their rows still come, or count them by when they came.",
    )
