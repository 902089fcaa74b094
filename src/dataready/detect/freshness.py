"""Freshness: how old the newest row is, against how long the table has ever been without rows.

The next gap of a table that goes on as before is longer than the longest of n gaps with chance
1/(n + 1), and twice as long far more rarely. A table that has been silent for a quarter of a year
is more likely a closed period than a late one: that is worth a note.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from dataready.compare.gap import GRACE_DAYS, LEAST_GAPS, longest_gap, oldest
from dataready.detect.formats import OtherDates, best_date, moment_of
from dataready.detect.periods import date_of, today_of
from dataready.detect.scene import Scene
from dataready.model import TABLE, Finding, Severity
from dataready.sql import ident

__all__ = ["freshness_findings"]

CLOSED = 92


def freshness_findings(
    scene: Scene, others: OtherDates, counts: Mapping[int, int], clock: datetime
) -> list[Finding]:
    """One finding where the newest row is older than the table's own gaps explain.

    It is a warning where production has gone on after the pilot and then stopped. Else, and after a
    quarter of a year, the table may as well be a period that is closed: a note.
    """
    today = today_of(clock)
    days = sorted(d for d in counts if d <= today + GRACE_DAYS)
    # Where one row in a hundred lies ahead, the newest does not say when rows stopped.
    ahead = sum(n for d, n in counts.items() if d > today + GRACE_DAYS)
    if len(days) <= LEAST_GAPS or ahead > 0.01 * sum(counts.values()):
        return []
    newest, age, longest = days[-1], today - days[-1], longest_gap(days)
    limit = oldest(longest)
    if age <= limit:
        return []
    late = age <= CLOSED and _went_on(scene, newest, longest)
    moment = moment_of(best_date(scene, scene.production[str(scene.time)], others))
    return [
        scene.finding(
            dimension="timeliness",
            detector="stale",
            severity=Severity.WARN if late else Severity.INFO,
            column=scene.time,
            message=f"The newest row is of {date_of(newest)}, {age:,} days before the extract; "
            f"the table was never without rows for longer than {longest:,} days."
            + (" Rows are late." if late else " It is a closed period, or rows stopped coming."),
            measured=float(age),
            limit=float(limit),
            limit_origin=f"days: twice the longest of the table's own {len(days) - 1:,} gaps, "
            f"and {GRACE_DAYS} of grace",
            sql=f"SELECT {moment}::DATE AS day, count(*) AS n\nFROM {ident(TABLE)}\n"
            "GROUP BY 1\nORDER BY 1 DESC",
            fix="Find out why no rows came since, and load them; or set gates.max_age_days.",
        )
    ]


def _went_on(scene: Scene, newest: int, longest: int) -> bool:
    """Whether production has rows that are newer than the pilot's newest by more than a gap."""
    before = scene.pilot.get(str(scene.time)) if scene.pilot else None
    known = before.periods if before else None
    days: Mapping[object, int] = known.counts if known and known.exact else {}
    return bool(days) and newest - max(int(str(d)) for d in days) > longest
