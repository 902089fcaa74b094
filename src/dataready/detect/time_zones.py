"""Times that say their zone among times that do not, or that say another: hours lie between them.

A time without a zone is read as UTC. Where some cells name a zone and others do not, or name one
that the pilot never does, the same wall clock means two moments. Summer time is no other zone, and
a table that says UTC throughout, where the pilot says nothing, is read as that is: a note.
"""

from __future__ import annotations

from collections.abc import Mapping

from dataready.compare.evidence import FAIL_DAMAGE, severity_of, share_limit
from dataready.detect.scene import Scene
from dataready.model import TABLE, Finding, Severity
from dataready.profile.profile import ColumnStates
from dataready.profile.relation import is_text
from dataready.sql import and_, ident, literal, values_in

__all__ = ["time_zone_findings"]

LOOK_ROWS = 100_000
LEAST_ROWS = 3
FEW = 0.01
MOST_ZONES = 2
_HOUR_MIN = 60
_UTC = "+0000"
_TIME = r"\d{1,2}:\d{2}(:\d{2})?(\.\d+)?"
_ZONE = rf"{_TIME}\s*(Z|[+-]\d{{2}}(:?\d{{2}})?)\s*$"


def time_zone_findings(scene: Scene) -> list[Finding]:
    """One finding a column of times in several zones: those that are unlike the pilot's.

    Without a pilot a note on the fewer ones, where some times name a zone and others do not. All
    rows are asked of columns of which 100,000 rows show as much.
    """
    side = scene.pilot_side
    found = []
    for seen, before in scene.pairs():
        if seen.plan.base != "date" or not is_text(seen.type) or seen.plan.role == "target":
            continue
        there = _zones(side, before) if side and before and is_text(before.type) else None
        if not _strange(_zones(scene, seen, scene.some(LOOK_ROWS)), there):
            continue
        here = _zones(scene, seen)
        strange, limit = _strange(here, there), 0.0
        rows = sum(here[z] for z in strange)
        if there and before is not None and (few := sum(there.get(z, 0) for z in strange)):
            limit = share_limit(few, before.rows, seen.rows, slack=0.0)
        if rows >= LEAST_ROWS:
            alike = len(here) == 1 and {*here, *(there or ())} == {"", _UTC}
            loud = bool(there) and rows > limit * seen.rows and not alike
            found.append(_finding(scene, seen, (here, strange), limit, loud=loud))
    return found


def _zone(seen: ColumnStates) -> str:
    """The zone that a cell names as +00:00, '' for none; NULL where it has no time of day."""
    raw = f"{ident(seen.name)}::VARCHAR"
    named = f"regexp_extract({raw}, {literal(_ZONE)}, 3)"
    full = f"left(replace({named}, ':', '') || '00', 5)"
    spelt = f"CASE {named} WHEN '' THEN '' WHEN 'Z' THEN {literal(_UTC)} ELSE {full} END"
    return f"CASE WHEN regexp_matches({raw}, {literal(_TIME)}) THEN {spelt} END"


def _zones(scene: Scene, seen: ColumnStates, rows: str = ident(TABLE)) -> dict[str, int]:
    """Rows per zone, '' for none, of cells with a time of day."""
    counted = scene.query(
        f"SELECT z, count(*) FROM (SELECT {_zone(seen)} AS z FROM {rows})"
        " WHERE z IS NOT NULL GROUP BY z ORDER BY z"
    )
    return {str(z): int(n) for z, n in counted}


def _strange(here: Mapping[str, int], there: Mapping[str, int] | None) -> list[str]:
    """Zones that are none of the pilot's, or without a pilot those of the fewer rows."""
    return _fewer(here) if there is None else _unlike(here, there)


def _fewer(zones: Mapping[str, int]) -> list[str]:
    """The fewer of times with a zone, and times without."""
    bare, named = zones.get("", 0), [z for z in zones if z]
    if not bare or not named:
        return []
    return [""] if 2 * bare <= sum(zones.values()) else named


def _unlike(here: Mapping[str, int], there: Mapping[str, int]) -> list[str]:
    """The zones that are none of the pilot's usual ones, an hour of summer time aside."""
    usual = [z for z, n in there.items() if n >= FEW * sum(there.values())]
    if not usual:
        return []
    named = [z for z in usual if z]
    strange = [z for z in here if bool(z) not in {bool(u) for u in usual}]
    # A table of many zones has one more.
    if len(named) <= MOST_ZONES and not strange and named:
        strange = [z for z in here if z and all(_apart(z, u) > _HOUR_MIN for u in named)]
    return strange


def _apart(a: str, b: str) -> int:
    """Minutes between two zones.

    >>> _apart("+0200", "-0130")
    210
    """
    first, second = ((1 if z[0] == "+" else -1) * (60 * int(z[1:3]) + int(z[3:5])) for z in (a, b))
    return abs(first - second)


def _finding(
    scene: Scene,
    seen: ColumnStates,
    zones: tuple[Mapping[str, int], list[str]],
    limit: float,
    *,
    loud: bool,
) -> Finding:
    here, strange = zones
    rows = sum(here[z] for z in strange)
    said = ", ".join(
        f"{_said(z)} ({n:,})" for z, n in sorted(here.items(), key=lambda i: -i[1])[:5]
    )
    return scene.finding(
        dimension="validity",
        detector="time_zones",
        severity=severity_of(rows / seen.rows, FAIL_DAMAGE) if loud else Severity.INFO,
        column=seen.plan.name,
        message=f"{rows:,} times of '{seen.plan.name}' are in another zone than the "
        f"{'pilot is' if scene.pilot else 'others'}: {said}.",
        measured=rows / seen.rows,
        limit=limit,
        limit_origin="the zones of the pilot, an hour of summer time aside"
        if scene.pilot
        else "one zone, named by all times or by none",
        where=and_(f"({_zone(seen)}) IS NOT NULL", values_in(_zone(seen), strange)),
        cells=loud,
        fix=f"Write all times of '{seen.name}' in UTC, and say so in each of them.",
    )


def _said(zone: str) -> str:
    return f"{zone[:3]}:{zone[3:]}" if zone else "no zone"
