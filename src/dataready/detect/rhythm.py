"""Days with far fewer or far more rows than the table's own rhythm foretells.

A day is held against the same weekday of the four weeks before and after it, so that weekends,
seasons and growth are no news.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from dataready.detect.formats import OtherDates, best_date
from dataready.detect.periods import DAY_S, date_of, today_of
from dataready.detect.scene import Scene
from dataready.model import Finding, Severity
from dataready.sql import values_in

__all__ = ["rhythm_findings"]

Numbers = NDArray[np.float64]
LEAST_DAYS = 56
MOST_DAYS = 20_000
APART = 60
WEEKS = 4
LEAST_NEIGHBOURS = 4
LEAST_USUAL = 30
FACTOR = 1.6
SPREADS = 3.0
STANDARD_ERRORS = 6.0
MOST_ODD = 0.05
MOST_SAID = 5


def rhythm_findings(
    scene: Scene, others: OtherDates, counts: Mapping[int, int], clock: datetime
) -> list[Finding]:
    """One warning of the days whose rows are out of the rhythm, none where it has none.

    A day counts if it has 1.6 times as few or as many rows as usual, three times as far off as
    95 in 100 days are, and six standard errors; days that the pilot has alike are no news. The
    first day may be cut, and the day of the extract, and the one before, may go on.
    """
    today = today_of(clock)
    days, rows, usual = _usual({d: n for d, n in counts.items() if d < today - 1})
    if not len(days):
        return []
    off = np.log((rows + 1) / (usual + 1))
    least = max(math.log(FACTOR), SPREADS * float(np.quantile(np.abs(off), 0.95)))
    far = np.abs(rows - usual) > STANDARD_ERRORS * np.sqrt(usual)
    odd = [int(k) for k in np.flatnonzero((np.abs(off) > least) & far)]
    odd = [k for k in odd if not _in_pilot(scene, int(days[k]), float(off[k]))]
    if not odd or len(odd) > MOST_ODD * len(days):
        return []
    odd.sort(key=lambda k: (-abs(off[k]), k))
    said = [
        f"{date_of(int(days[k]))}: {rows[k]:,.0f} where {usual[k]:,.0f} are usual"
        for k in odd[:MOST_SAID]
    ]
    more = f"; and {len(odd) - len(said)} more" if len(odd) > len(said) else ""
    late = len(days) - 1 in odd and off[-1] < 0
    moment = best_date(scene, scene.production[str(scene.time)], others)
    where = values_in(f"floor(({moment}) / {DAY_S})::BIGINT", [int(days[k]) for k in odd])
    return [
        scene.finding(
            dimension="volume",
            detector="volume_of_day",
            severity=Severity.WARN,
            column=scene.time,
            message=f"{len(odd):,} days have far fewer or more rows than the same weekday around "
            f"them: {'; '.join(said)}{more}."
            + (" The last day is among them: rows may still arrive." if late else ""),
            measured=math.exp(abs(float(off[odd[0]]))),
            limit=math.exp(least),
            limit_origin="times as few or as many rows as usual: three times as far off as 95 in "
            f"100 days of the table, {FACTOR} times at least",
            where=f"coalesce({where}, FALSE)",
            rows_affected=int(rows[odd].sum()),
            examples=tuple(said),
            fix="Load these days again, or remove what was loaded twice.",
        )
    ]


def _usual(counts: Mapping[int, int]) -> tuple[Numbers, Numbers, Numbers]:
    """Days that have a rhythm, their rows, and how many would be usual."""
    none = np.zeros(0)
    if len(counts) < LEAST_DAYS:
        return none, none, none
    numbers, rows = np.array(sorted(counts)), np.array([counts[d] for d in sorted(counts)])
    # A few wrong years are not the table's ends: of stretches far apart the fullest counts.
    stretches = np.concatenate([[0], np.cumsum(np.diff(numbers) > APART)])
    fullest = stretches == int(np.argmax(np.bincount(stretches, rows)))
    first, last = int(numbers[fullest][0]), int(numbers[fullest][-1])
    span = np.arange(first + 1, last + 1)
    if not LEAST_DAYS <= len(span) <= MOST_DAYS:
        return none, none, none
    held = np.array([counts.get(int(d), 0) for d in span], float)
    shifts = [7 * w for w in range(-WEEKS, WEEKS + 1) if w]
    around = np.full((len(shifts), len(span)), np.nan)
    for k, shift in enumerate(shifts):
        target = np.arange(len(span)) + shift
        ok = (target >= 0) & (target < len(span))
        around[k, ok] = held[target[ok]]
    enough = (~np.isnan(around)).sum(0) >= LEAST_NEIGHBOURS
    usual = np.zeros(len(span))
    usual[enough] = np.nanmedian(around[:, enough], axis=0)
    kept = usual >= LEAST_USUAL
    if 2 * kept.sum() < len(span):
        return none, none, none
    return span[kept].astype(float), held[kept], usual[kept]


def _in_pilot(scene: Scene, day: int, off: float) -> bool:
    """Whether the pilot's rows of a day are as far out of its own rhythm, or half as far."""
    before = scene.pilot.get(str(scene.time)) if scene.pilot else None
    if before is None or before.periods is None or not before.periods.exact:
        return False
    counts = {int(str(d)): n for d, n in before.periods.counts.items()}
    shifts = [7 * w for w in range(-WEEKS, WEEKS + 1) if w]
    around = [counts[day + s] for s in shifts if day + s in counts]
    if len(around) < LEAST_NEIGHBOURS:
        return False
    theirs = math.log((counts.get(day, 0) + 1) / (float(np.median(around)) + 1))
    return theirs * off > 0 and abs(theirs) >= abs(off) / 2
