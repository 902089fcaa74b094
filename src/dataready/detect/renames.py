"""Renames: a pilot column that is gone, and a new one that holds the same.

Content (how alike the values are, under the pilot's bins) times name similarity, assigned
one to one by the Hungarian method. Content is judged on up to 10,000 rows chosen evenly;
what follows from an accepted mapping is then measured on all of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from dataready.compare.evidence import FAIL_DAMAGE, percent, rows_sql, severity_of
from dataready.compare.schema_drift import new_columns
from dataready.detect.content import Sample, content, telling
from dataready.detect.names import name_similarity
from dataready.detect.scene import Scene
from dataready.model import Finding, Severity
from dataready.profile.profile import ColumnStates
from dataready.sql import and_, ident

__all__ = ["Rename", "propose_renames", "rename_findings"]

Matrix = NDArray[np.float64]
ACCEPT = 0.55
ALONE = 0.93
LEAST_CONTENT = 0.2
LEAST_ROWS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Rename:
    """A proposed mapping; confidence, content and name similarity are in [0, 1]."""

    pilot: str
    production: str
    confidence: float
    content: float
    name: float


def rename_findings(scene: Scene) -> list[Finding]:
    """One finding a proposed mapping, and one a column renamed in some rows only."""
    added = _added(scene)
    if scene.pilot is None or not added or not scene.production.rows:
        return []
    with Sample(scene) as sample:
        renames = propose_renames(scene, sample)
        taken = {r.production for r in renames}
        found = [_finding(scene, r) for r in renames]
        return found + _in_part(scene, sample, [a for a in added if a not in taken])


def _added(scene: Scene) -> tuple[str, ...]:
    if scene.pilot is None:
        return ()
    production = scene.production
    return new_columns(scene.pilot.schema, production.schema, production.names)


def propose_renames(scene: Scene, sample: Sample) -> tuple[Rename, ...]:
    """Propose a mapping for pilot columns that production lacks, in the pilot's order."""
    gone = [
        here
        for here in scene.pilot or ()
        if here.plan.name not in scene.production and here.plan.role not in {"target", "ignore"}
    ]
    added = _added(scene)
    if not gone or not added:
        return ()
    contents = np.array([[content(old, sample, new) for new in added] for old in gone])
    names = np.array([[name_similarity(old.plan.name, new) for new in added] for old in gone])
    joint = np.sqrt(contents * names)
    tells = np.array([[telling(old)] for old in gone])
    lone = (contents >= ALONE) & tells & _clear(contents)
    best = np.where(lone, np.maximum(joint, contents), joint)
    best = np.where(contents < LEAST_CONTENT, 0.0, best)
    rows, columns = linear_sum_assignment(-best)
    return tuple(
        Rename(
            pilot=gone[i].plan.name,
            production=added[j],
            confidence=float(best[i, j]),
            content=float(contents[i, j]),
            name=float(names[i, j]),
        )
        for i, j in zip(rows, columns, strict=True)
        if best[i, j] >= ACCEPT
    )


def _clear(contents: Matrix) -> NDArray[np.bool_]:
    """Where a pair's content is better than any other of its row and column by 0.02."""
    clear = np.ones(contents.shape, bool)
    for axis in (0, 1):
        if contents.shape[axis] > 1:
            clear &= contents >= np.sort(contents, axis).take([-2], axis) + 0.02
    return clear


def _finding(scene: Scene, r: Rename) -> Finding:
    return scene.finding(
        dimension="schema",
        detector="column_renamed",
        severity=Severity.FAIL,
        column=r.pilot,
        message=f"'{r.pilot}' seems to be renamed to '{r.production}': {percent(r.content)} of the "
        f"content agrees, the names {percent(r.name)}. It counts as absent until the mapping is "
        "accepted.",
        measured=r.confidence,
        limit=ACCEPT,
        limit_origin="content times name similarity, geometric mean",
        rows_affected=scene.production.rows,
        sql=rows_sql("TRUE", r.production),
        examples=(r.production,),
        fix=f"If it is so, add to the settings: mapping: {{{r.pilot}: {r.production}}}.",
    )


def _in_part(scene: Scene, sample: Sample, added: Iterable[str]) -> list[Finding]:
    """Columns that go by another name in some rows: there one is filled, elsewhere the other."""
    holed = [
        (seen, before)
        for seen, before in scene.pairs()
        if before
        and before.rows
        and seen.counts["nulls"] / seen.rows > before.counts["nulls"] / before.rows
    ]
    found = []
    for new in added:
        filled = f"{ident(new)} IS NOT NULL"
        rows = scene.count(filled) if holed else 0
        candidates = [(name_similarity(b.plan.name, new), s, b) for s, b in holed]
        for alike, seen, before in sorted(candidates, key=lambda c: (-c[0], c[1].plan.name)):
            if rows < LEAST_ROWS or seen.counts["nulls"] < 0.9 * rows:
                continue
            agrees = content(before, sample, new)
            where = and_(filled, f"{ident(seen.name)} IS NULL")
            if (agrees * alike) ** 0.5 >= ACCEPT and scene.count(where) >= 0.99 * rows:
                found.append(_part_finding(scene, seen, new, where))
                break
    return found


def _part_finding(scene: Scene, seen: ColumnStates, new: str, where: str) -> Finding:
    name, rows = seen.plan.name, scene.count(where)
    return scene.finding(
        dimension="schema",
        detector="column_renamed_in_part",
        severity=severity_of(rows / seen.rows, FAIL_DAMAGE),
        column=name,
        message=f"'{name}' seems to be renamed to '{new}' in {rows:,} rows: the one is filled "
        "where the other is not, and they hold the same.",
        measured=rows / seen.rows,
        limit=0.0,
        limit_origin="a column has one name",
        where=where,
        rows_affected=rows,
        fix=f"Read '{seen.name}' from '{new}' in these rows, as coalesce does.",
    )
