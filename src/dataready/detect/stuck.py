"""Columns that got stuck, columns that came alive, and columns that are constant now.

Since a day every row holds one value, in a column that never stood still for nearly as long
before; or the other way round. Looked at are days (hours, where there are few days) of up to
400,000 evenly chosen rows.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from dataready.compare.evidence import FAIL_DAMAGE, severity_of
from dataready.detect.formats import OtherDates, best_date, moment_of
from dataready.detect.periods import DAY_S
from dataready.detect.scene import MOST_ROWS, Scene
from dataready.model import Finding, Severity
from dataready.profile.profile import ColumnStates
from dataready.sql import and_

__all__ = ["constant_findings", "stuck_findings"]

Runs = NDArray[np.int64]
MOST_COLUMNS = 200
MOST_PERIODS = 20_000
FEW_DAYS = 20
LEAST_BEFORE = 10
LEAST_PERIODS = 5
LEAST_ROWS = 30
TIMES = 5
CHANCE = 1e-6
_HOUR_S = 3_600


def stuck_findings(scene: Scene, others: OtherDates) -> list[Finding]:
    """A warning for each column that stands still since a time, a note for each that did until.

    It must stand still for five periods of at least half the usual rows, five times as long as ever
    before, and so long by chance once in a million columns, by how often it repeats from one period
    to the next.
    """
    when = scene.production.get(str(scene.time))
    if when is None or when.plan.base != "date" or not when.usable or when.range is None:
        return []
    span = (when.range.high or 0) - (when.range.low or 0)
    unit = DAY_S if span >= FEW_DAYS * DAY_S else _HOUR_S
    period = f"floor(({best_date(scene, when, others)}) / {unit})::BIGINT"
    columns = [s for s, _ in scene.pairs() if _may_stick(s, when)][:MOST_COLUMNS]
    found = []
    for seen, periods, states in _by_period(scene, period, columns):
        for since in (True, False):
            turn = _turn(states if since else states[::-1])
            if turn:
                found.append(_finding(scene, seen, (period, unit), periods, turn, since=since))
    return found


def constant_findings(scene: Scene) -> list[Finding]:
    """A warning for each column of one value that has several in the pilot.

    By chance that is so once in a million columns: as often as so many rows draw the pilot's
    commonest value each.
    """
    found = []
    for seen, before in scene.pairs():
        if before is None or seen.plan.role in {"target", "key"} or not before.values.exact:
            continue
        if seen.counts["unparsed"] or not seen.values.exact or seen.different != 1:
            continue
        most = max(before.values.counts.values(), default=0) / max(1, before.usable)
        if before.different < 2 or most**seen.usable > CHANCE:
            continue
        where = f"({scene.cell(seen)}) IS NOT NULL"
        name = seen.plan.name
        found.append(
            scene.finding(
                dimension="consistency",
                detector="constant",
                severity=severity_of(seen.usable / seen.rows, FAIL_DAMAGE),
                column=name,
                message=f"'{name}' is constant: all its {seen.usable:,} values are one; the pilot "
                f"has {before.different:,}.",
                measured=1.0,
                limit=most,
                limit_origin="the share of the pilot's commonest value; that all rows hold one "
                "comes by chance once in a million columns",
                where=where,
                rows_affected=seen.usable,
                fix=f"Find out what fills '{seen.name}', and since when it does not.",
            )
        )
    return found


def _may_stick(seen: ColumnStates, when: ColumnStates) -> bool:
    return (
        seen.name != when.name
        and seen.plan.role not in {"target", "key"}
        and seen.different > 2
        and seen.plan.kind not in {"flat", "empty"}
    )


def _by_period(
    scene: Scene, period: str, columns: list[ColumnStates]
) -> Iterator[tuple[ColumnStates, Runs, Runs]]:
    """Per column the periods in which it holds anything, and of each: rows, and a mark.

    The mark stands for the one value of the period's cells; it is 0 where they have several.
    """
    if not columns:
        return
    parts = ", ".join(
        f"count(c{k}), CASE WHEN min(c{k}) = max(c{k}) THEN min(c{k}) ELSE 0 END"
        for k in range(len(columns))
    )
    hashed = ", ".join(
        f"CASE WHEN ({cell}) IS NOT NULL THEN (hash({cell}) // 2)::BIGINT END AS c{k}"
        for k, cell in enumerate(map(scene.cell, columns))
    )
    rows = scene.query(
        f"SELECT p, {parts} FROM (SELECT {period} AS p, {hashed} FROM {scene.some(MOST_ROWS)})\n"
        f"WHERE p IS NOT NULL GROUP BY p ORDER BY p LIMIT {MOST_PERIODS}"
    )
    table = np.array(rows, np.int64).reshape(len(rows), 1 + 2 * len(columns))
    for k, seen in enumerate(columns):
        filled = table[table[:, 1 + 2 * k] > 0]
        yield seen, filled[:, 0], filled[:, 1 + 2 * k : 3 + 2 * k] * (scene.step(MOST_ROWS), 1)


def _turn(states: Runs) -> int:
    """How many periods at the end hold one value that is no habit of the column's; else 0."""
    if len(states) < LEAST_BEFORE + LEAST_PERIODS:
        return 0
    rows, marks = states[:, 0], states[:, 1]
    same = (marks[1:] == marks[:-1]) & (marks[1:] != 0)
    still = int(np.argmin(same[::-1])) if not same.all() else len(same)
    length = still + 1
    before = same[: len(same) - still]
    if marks[-1] == 0 or length < LEAST_PERIODS or len(before) < LEAST_BEFORE:
        return 0
    # The last days of a table may hold a handful of rows that belong together: no proof.
    least = max(LEAST_ROWS, length * float(np.median(rows[:-length])) / 2)
    longest = max(
        (len(run) for run in "".join("x" if s else " " for s in before).split()), default=0
    )
    repeats = (int(before.sum()) + 1) / (len(before) + 2)
    chance = repeats**still
    if length < TIMES * (longest + 1) or chance > CHANCE or rows[-length:].sum() < least:
        return 0
    return length


def _finding(
    scene: Scene,
    seen: ColumnStates,
    reading: tuple[str, int],
    periods: Runs,
    turn: int,
    *,
    since: bool,
) -> Finding:
    period, unit = reading
    edge = int(periods[-turn] if since else periods[turn - 1])
    side = ">=" if since else "<="
    where = and_(f"({period}) {side} {edge}", f"({scene.cell(seen)}) IS NOT NULL")
    rows = scene.count(where)
    ((moment,),) = scene.query(f"SELECT {moment_of(f'{edge * unit}::DOUBLE')}")
    said = f"{moment:%Y-%m-%d}" if unit == DAY_S else f"{moment:%Y-%m-%d %H}:00"
    name, many = seen.plan.name, "days" if unit == DAY_S else "hours"
    return scene.finding(
        dimension="timeliness",
        detector="stuck" if since else "came_alive",
        severity=severity_of(rows / seen.rows, FAIL_DAMAGE) if since else Severity.INFO,
        column=name,
        message=f"'{name}' is stuck: since {said} all {rows:,} rows hold one value."
        if since
        else f"'{name}' came alive: until {said} all {rows:,} rows hold one value.",
        measured=float(turn),
        limit=float(TIMES),
        limit_origin=f"{many} with one value: {TIMES} times as many as ever before, and so many by "
        "chance once in a million columns",
        where=where,
        rows_affected=rows,
        fix=f"Find out what fills '{seen.name}', and since when it does not."
        if since
        else f"Train on the rows after {said}, or without '{seen.name}'.",
    )
