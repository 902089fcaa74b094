"""Columns told more coarsely, or more finely, than in the pilot: timestamps that became dates.

The grain of a column is the coarsest unit of which 99 in 100 of its values are whole multiples.
"""

from __future__ import annotations

from collections.abc import Mapping

from dataready.compare.evidence import percent
from dataready.detect.scene import Scene
from dataready.model import Finding, Severity
from dataready.profile.profile import ColumnStates

__all__ = ["granularity_findings"]

SECONDS: Mapping[float, str] = {86_400: "days", 3_600: "hours", 60: "minutes", 1: "seconds"}
DECIMALS: Mapping[float, str] = {
    1_000: "thousands",
    100: "hundreds",
    10: "tens",
    1: "whole numbers",
    0.1: "tenths",
    0.01: "hundredths",
}
WHOLE = 0.99
SELDOM = 0.5
LEAST_ROWS = 50
LEAST_DIFFERENT = 10
MOST_COLUMNS = 200
LOOK_ROWS = 100_000


def granularity_findings(scene: Scene) -> list[Finding]:
    """A warning for columns that lost detail since the pilot, a note for those that gained it.

    Detail is lost where 99 in 100 values lie on a grid on which half of the pilot's at most lay.
    """
    side = scene.pilot_side
    if side is None:
        return []
    pairs = [(s, b) for s, b in scene.pairs() if b is not None and _may(s) and _may(b)]
    pairs = pairs[:MOST_COLUMNS]
    here = _shares(side, [b for _, b in pairs])
    there = _shares(scene, [s for s, _ in pairs])
    found = []
    for (seen, before), old, new in zip(pairs, here, there, strict=True):
        units = SECONDS if seen.plan.base == "date" else DECIMALS
        was, is_ = _grain(old), _grain(new)
        if is_ is not None and is_ > (was or 0) and old[is_] <= SELDOM:
            found.append(_finding(scene, seen, units[is_], old[is_], new[is_], is_))
        elif was is not None and was > (is_ or 0) and new[was] <= SELDOM:
            found.append(_finer(scene, seen, before, units[was], old[was], new[was], was))
    return found


def _may(seen: ColumnStates) -> bool:
    return (
        seen.plan.base != "text"
        and seen.plan.role != "target"
        and seen.usable >= LEAST_ROWS
        and seen.different >= LEAST_DIFFERENT
    )


def _on_grid(cell: str, unit: float) -> str:
    """The predicate for a value that is a whole multiple of a unit."""
    parts = f"({cell}) / {unit!r}"
    return f"abs({parts} - round({parts})) < 1e-6"


def _shares(scene: Scene, columns: list[ColumnStates]) -> list[dict[float, float]]:
    """Per column the share of its values on each grid, in up to 100,000 evenly chosen rows."""
    if not columns:
        return []
    parts, wanted = [], []
    for k, seen in enumerate(columns):
        units = list(SECONDS if seen.plan.base == "date" else DECIMALS)
        wanted.append(units)
        parts += [f"count(c{k})", *(f"count(*) FILTER ({_on_grid(f'c{k}', u)})" for u in units)]
    cells = ", ".join(f"{scene.cell(seen)} AS c{k}" for k, seen in enumerate(columns))
    counted = list(
        scene.query(
            f"SELECT {', '.join(parts)} FROM (SELECT {cells} FROM {scene.some(LOOK_ROWS)})"
        )[0]
    )
    shares = []
    for units in wanted:
        values = max(1, counted.pop(0))
        shares.append({u: counted.pop(0) / values for u in units})
    return shares


def _grain(shares: Mapping[float, float]) -> float | None:
    return next((unit for unit, share in shares.items() if share >= WHOLE), None)


def _finding(
    scene: Scene, seen: ColumnStates, unit: str, old: float, new: float, grid: float
) -> Finding:
    name = seen.plan.name
    return scene.finding(
        dimension="consistency",
        detector="granularity",
        severity=Severity.WARN,
        column=name,
        message=f"'{name}' is told in {unit} only: {percent(new)} of its values are whole {unit}, "
        f"{percent(old)} in the pilot. Detail that a model may have learnt from is lost.",
        measured=new,
        limit=SELDOM,
        limit_origin=f"{percent(old)} of the pilot's values are whole {unit}",
        where=f"coalesce({_on_grid(scene.cell(seen), grid)}, FALSE)",
        fix=f"Find out where '{seen.name}' is rounded or cut, and load it in full.",
    )


def _finer(
    scene: Scene,
    seen: ColumnStates,
    before: ColumnStates,
    unit: str,
    old: float,
    new: float,
    grid: float,
) -> Finding:
    name = before.plan.name
    on_grid = f"coalesce({_on_grid(scene.cell(seen), grid)}, TRUE)"
    return scene.finding(
        dimension="consistency",
        detector="granularity",
        severity=Severity.INFO,
        column=name,
        message=f"'{name}' is told more finely than in {unit}, as {percent(old)} of the pilot's "
        "values are.",
        measured=1 - new,
        limit=1 - SELDOM,
        limit_origin=f"{percent(old)} of the pilot's values are whole {unit}",
        where=f"NOT {on_grid}",
        fix=f"Round '{seen.name}' as the pilot does, or train on the finer values.",
    )
