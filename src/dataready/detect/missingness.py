"""How cells are missing: together with others, and where; what is not applicable apart from lost.

Looked at are up to 100,000 evenly chosen rows. That a column is missing more than in the pilot is
said by the comparison; here is said how.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dataready.compare.evidence import percent, rows_sql
from dataready.detect.scene import Scene
from dataready.model import TABLE, Finding, Severity
from dataready.profile.profile import ColumnStates
from dataready.profile.relation import is_one_of, looks_personal
from dataready.sql import and_, ident

__all__ = ["missingness_findings"]

Matrix = NDArray[np.float64]
LOOK_ROWS = 100_000
LEAST_CELLS = 30
MOST_COLUMNS = 60
TOGETHER = 0.95
MOST_SEGMENTS = 12
MOST_GROUPS = 50
LEAST_GROUP = 10
EFFECT = 0.5
MOSTLY = 0.5
ALL = 0.98
NONE = 0.02
LEAST_SHOWN = 5
MOST_SAID = 4


@dataclass(frozen=True, slots=True)
class _Where:
    """The groups of a column in which another one is missing, and how closely they tell it."""

    by: ColumnStates
    groups: tuple[str, ...]
    inside: float
    outside: float
    effect: float


def missingness_findings(scene: Scene) -> list[Finding]:
    """Notes: columns that are missing in the same rows, and columns that are missing by another.

    With a pilot that has the same rule, what is missing by it is not applicable, and only the
    rest is lost; where the pilot fills it, it is lost there. What is mostly missing there in the
    pilot too is no news.
    """
    columns = [
        s
        for s, _ in scene.pairs()
        if s.missing >= LEAST_CELLS and s.rows - s.missing >= LEAST_CELLS
    ][:MOST_COLUMNS]
    if not columns:
        return []
    blocks = list(_blocks(scene, columns))
    # Of columns that are missing together one speaks for all.
    told = {s.name for block in blocks for s in block[1:]}
    single = [s for s in columns if s.name not in told]
    return [*(_together(scene, b) for b in blocks), *_by_others(scene, single)]


def _blocks(scene: Scene, columns: Sequence[ColumnStates]) -> Iterator[list[ColumnStates]]:
    """Columns that are missing in the same rows but for one row in twenty that lack either."""
    flags = ", ".join(f"({scene.missing(s)})::UTINYINT AS c{k}" for k, s in enumerate(columns))
    read = scene.con.execute(f"SELECT {flags} FROM {scene.some(LOOK_ROWS)}").fetchnumpy()
    gone: Matrix = np.array([np.asarray(read[f"c{k}"], float) for k in range(len(columns))])
    both = gone @ gone.T
    either = both.diagonal()[:, None] + both.diagonal()[None, :] - both
    left = list(range(len(columns)))
    while left:
        first = left[0]
        block = [k for k in left if both[first, k] >= TOGETHER * max(1.0, either[first, k])]
        left = [k for k in left if k not in block and k != first]
        if len(block) > 1:
            yield [columns[k] for k in block]


def _together(scene: Scene, block: Sequence[ColumnStates]) -> Finding:
    names = [s.plan.name for s in block]
    where = and_(*(scene.missing(s) for s in block))
    rows = scene.count(where)
    before, side = "", scene.pilot_side
    known = [side.production[n] for n in names if n in side.production] if side else []
    if side is not None and len(known) == len(block):
        share = side.count(and_(*(side.missing(s) for s in known))) / max(1, side.production.rows)
        before = f"; in the pilot {percent(share)}"
    listed = ", ".join(f"'{n}'" for n in names[:MOST_SAID])
    more = f" and {len(names) - MOST_SAID} more" if len(names) > MOST_SAID else ""
    return scene.finding(
        dimension="completeness",
        detector="missing_together",
        severity=Severity.INFO,
        column=names[0],
        message=f"{listed}{more} are missing together: all of them in {rows:,} rows "
        f"({percent(rows / scene.production.rows)}{before}).",
        measured=rows / scene.production.rows,
        limit=TOGETHER,
        limit_origin="of the rows that lack one of two columns so many lack both",
        where=where,
        rows_affected=rows,
        sql=rows_sql(where, *(s.name for s in block)),
        examples=tuple(names[:5]),
        fix="Look for the one source, join or release that fills all of them.",
    )


def _by_others(scene: Scene, columns: Sequence[ColumnStates]) -> Iterator[Finding]:
    segments = [
        s
        for s, _ in scene.pairs()
        if s.plan.base == "text"
        and s.plan.kind == "text"
        and s.values.exact
        and 2 <= s.different <= MOST_GROUPS
    ][:MOST_SEGMENTS]
    best: dict[str, _Where] = {}
    for by in segments:
        others = [s for s in columns if s.name != by.name]
        for seen, found in _told_by(scene, by, others):
            if seen.name not in best or found.effect > best[seen.name].effect:
                best[seen.name] = found
    for seen in columns:
        if seen.name in best:
            yield from _by(scene, seen, best[seen.name])


def _told_by(
    scene: Scene, by: ColumnStates, columns: Sequence[ColumnStates]
) -> Iterator[tuple[ColumnStates, _Where]]:
    """Columns whose missing cells the groups of one column tell well: Cramér's V of 0.5 or more."""
    if not columns:
        return
    counts = ", ".join(f"count(*) FILTER ({scene.missing(s)})" for s in columns)
    rows = scene.query(
        f"SELECT {scene.cell(by)} AS g, count(*) AS n, {counts} FROM {scene.some(LOOK_ROWS)}"
        f" GROUP BY 1 HAVING g IS NOT NULL AND n >= {LEAST_GROUP} ORDER BY 1"
    )
    if len(rows) < 2:
        return
    groups, sizes = [str(r[0]) for r in rows], np.array([float(r[1]) for r in rows])
    for k, seen in enumerate(columns):
        gone = np.array([float(r[2 + k]) for r in rows])
        whole = gone.sum() / sizes.sum()
        if not 0 < whole < 1:
            continue
        spread = float((sizes * (gone / sizes - whole) ** 2).sum())
        effect = math.sqrt(spread / (sizes.sum() * whole * (1 - whole)))
        inside = gone / sizes > MOSTLY
        if effect < EFFECT or not inside.any() or inside.all():
            continue
        yield (
            seen,
            _Where(
                by,
                tuple(g for g, own in zip(groups, inside, strict=True) if own),
                float(gone[inside].sum() / sizes[inside].sum()),
                float(gone[~inside].sum() / sizes[~inside].sum()),
                effect,
            ),
        )


def _by(scene: Scene, seen: ColumnStates, told: _Where) -> Iterator[Finding]:
    name, by = seen.plan.name, told.by.plan.name
    group = f"coalesce({is_one_of(scene.cell(told.by), told.groups, told.by.plan)}, FALSE)"
    before = _in_pilot(scene, seen, told)
    rule = told.inside >= ALL and told.outside <= NONE
    apart = rule and (before is None or (before[0] >= ALL and before[1] <= NONE))
    if before is not None and before[0] > MOSTLY and not apart:
        return
    # What is missing by a rule that always held is not applicable: lost is the rest.
    where = and_(scene.missing(seen), f"NOT {group}" if apart else group)
    rows = scene.count(where)
    said = (
        f"{percent(told.inside)} where {_groups(told)}, {percent(told.outside)} elsewhere "
        f"(Cramér's V {told.effect:.2f})"
    )
    was = f"; in the pilot {percent(before[0])} and {percent(before[1])}" if before else ""
    if apart:
        ends = f"not applicable there, it seems; lost in {rows:,} rows elsewhere"
    else:
        ends = f"'{by}' tells it well" if before is None else "lost there"
    yield scene.finding(
        dimension="completeness",
        detector="not_applicable" if apart else "missing_by",
        severity=Severity.INFO,
        column=name,
        message=f"'{name}' is missing by '{by}': {said}{was}: {ends}.",
        measured=told.effect,
        limit=EFFECT,
        limit_origin="Cramér's V between being missing and the groups",
        where=where if rows else None,
        rows_affected=rows,
        fix=f"Leave '{name}' empty there, and let a model know that it does not apply."
        if apart
        else f"Find out since when, and why, '{name}' is not filled there.",
    )


def _groups(told: _Where) -> str:
    plan, counts = told.by.plan, told.by.values.counts
    shown = [
        f"'{g}'"
        for g in told.groups
        if not plan.personal and not looks_personal(g) and counts.get(g, 0) >= LEAST_SHOWN
    ]
    more = len(told.groups) - len(shown[:MOST_SAID])
    listed = ", ".join(shown[:MOST_SAID]) + (f" and {more} more" if more and shown else "")
    return f"'{plan.name}' is {listed or f'one of {len(told.groups)} values'}"


def _in_pilot(scene: Scene, seen: ColumnStates, told: _Where) -> tuple[float, float] | None:
    """The pilot's share of missing cells in the same groups, and elsewhere; None if unknown."""
    side = scene.pilot_side
    if side is None or not {seen.plan.name, told.by.plan.name} <= {
        c.plan.name for c in side.production
    }:
        return None
    by = side.production[told.by.plan.name]
    group = f"coalesce({is_one_of(side.cell(by), told.groups, by.plan)}, FALSE)"
    gone = side.missing(side.production[seen.plan.name])
    ((inside, there, outside, rest),) = side.query(
        f"SELECT count(*) FILTER ({group} AND ({gone})), count(*) FILTER ({group}),"
        f" count(*) FILTER (NOT {group} AND ({gone})), count(*) FILTER (NOT {group})"
        f" FROM {ident(TABLE)}"
    )
    return (inside / there, outside / rest) if there and rest else None
