"""Renames: a pilot column that is gone, and a new one that holds the same.

Told by content (how alike the values are, under the pilot's bins), by the name, by the place in
the table, and by how much better a pair is than the next best: log odds, assigned one to one by
the Hungarian method. Their weights are a logistic regression's over public tables with columns
renamed, dropped and put elsewhere, rounded; `python -m benchmarks.detect renames` measures them.
Content is judged on up to 10,000 rows chosen evenly; what follows from an accepted mapping is then
measured on all of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from dataready.compare.evidence import FAIL_DAMAGE, percent, rows_sql, severity_of
from dataready.compare.schema_drift import new_columns
from dataready.detect.content import Sample, content, may_hold, telling
from dataready.detect.names import name_similarity
from dataready.detect.scene import Scene
from dataready.model import Finding, Severity
from dataready.profile.profile import ColumnStates
from dataready.sql import and_, ident

__all__ = ["Rename", "propose_renames", "rename_findings"]

Matrix = NDArray[np.float64]
ACCEPT = 0.6
ACCEPT_PART = 0.55
CONTENT, NAME, PLACE, CLEAR, NONE = 2.0, 1.0, 3.5, 6.0, -1.0
"""Log odds that a pair is one column: by each evidence, by how much better it is than the next."""
LINE = 1.0
"""Log odds of a pair that only its place tells, in a line of others that hold the same."""
LEAST_FITTING = 2
ANY_CONTENT, ANY_NAME = 0.5, 0.3
"""How alike two columns that have nothing to do with each other may well be."""
KNOWN = 0.4
WORST = -3.0
LEAST_CONTENT = 0.2
ALIKE = 0.6
MOST_KEPT = 40
LEAST_ROWS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Rename:
    """A proposed mapping; confidence, content and name similarity are in [0, 1].

    `place` says whether both columns stand between the same neighbours.
    """

    pilot: str
    production: str
    confidence: float
    content: float
    name: float
    place: bool


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
    places = _places(scene, [old.plan.name for old in gone], added)
    rivals = np.maximum(_rivals(contents), _kept(scene, sample, gone, added))
    clear = (
        contents - np.maximum(rivals, ANY_CONTENT) + names - np.maximum(_rivals(names), ANY_NAME)
    )
    odds = CONTENT * contents + NAME * names + PLACE * places + CLEAR * clear + NONE
    # A flag looks like any other: its name or its place must speak for it as well.
    tells = np.array([[telling(old)] for old in gone]) | (names >= KNOWN) | (places > 0)
    likely = (contents >= LEAST_CONTENT) & tells
    # What a column holds may have changed wholly; then name and place must both say it.
    filled = np.array([sample.is_filled(new) for new in added])
    likely |= (places > 0) & (names >= ALIKE) & filled
    odds = np.where(likely, odds, -np.inf)
    odds = np.where(_in_line(gone, added, sample, contents, places), np.maximum(odds, LINE), odds)
    rows, columns = linear_sum_assignment(-np.maximum(odds, WORST))
    sure = 1 / (1 + np.exp(-odds))
    return tuple(
        Rename(
            pilot=gone[i].plan.name,
            production=added[j],
            confidence=float(sure[i, j]),
            content=float(contents[i, j]),
            name=float(names[i, j]),
            place=bool(places[i, j]),
        )
        for i, j in zip(rows, columns, strict=True)
        if sure[i, j] >= ACCEPT
    )


def _in_line(
    gone: Sequence[ColumnStates],
    added: Sequence[str],
    sample: Sample,
    contents: Matrix,
    places: Matrix,
) -> NDArray[np.bool_]:
    """Pairs in one place, where most others of such pairs hold the same: a header written anew.

    What cannot hold the same again, as numbers that count on, or holds nothing, is known by its
    place then; not what reads as another type, or as a category or measure of other values.
    """
    aligned = places > 0
    fit = aligned & (contents >= ALIKE)
    others, fitting = aligned.sum() - 1, fit.sum() - fit
    line = aligned & (fitting >= LEAST_FITTING) & (2 * fitting >= others)
    for i, j in np.argwhere(line):
        line[i, j] = may_hold(gone[i], sample, added[j], contents[i, j])
    return np.asarray(line)


def _rivals(alike: Matrix) -> Matrix:
    """How alike the best other pair of the same row or column is; 0 where there is none."""
    best: Matrix = np.zeros(alike.shape)
    for axis in (0, 1):
        if alike.shape[axis] > 1:
            first, second = (np.sort(alike, axis).take([-k], axis) for k in (1, 2))
            best[:] = np.maximum(best, np.where(alike < first, first, second))
    return best


def _kept(
    scene: Scene, sample: Sample, gone: Sequence[ColumnStates], added: Sequence[str]
) -> Matrix:
    """How alike each pair's columns are to those that kept their names: a rename is more so."""
    stayed = [here for here in scene.pilot or () if here.plan.name in scene.production][:MOST_KEPT]
    if not stayed:
        return np.zeros((len(gone), len(added)))
    own = [scene.production[here.plan.name].name for here in stayed]
    old = np.array([max(content(here, sample, name) for name in own) for here in gone])
    new = np.array([max(content(here, sample, name) for here in stayed) for name in added])
    return np.asarray(np.maximum(old[:, None], new[None, :]))


def _places(scene: Scene, gone: Sequence[str], added: Sequence[str]) -> Matrix:
    """1 where both stand between the same columns, as the same one of as many, else 0."""
    pilot = scene.pilot
    names = [c.name for c in pilot.schema] if pilot else []
    read = {scene.production.names.get(name, name): name for name in names}
    there = [read.get(c.name, c.name) for c in scene.production.schema]
    here, now = _slots(names, set(gone)), _slots(there, set(added))
    return np.array([[float(here[a] == now[b]) for b in added] for a in gone])


def _slots(names: Sequence[str], moving: Collection[str]) -> dict[str, tuple[str, int, int]]:
    """Column -> the one that stays before it, its place after that one, and of how many."""
    runs: list[tuple[str, list[str]]] = [("", [])]
    for name in names:
        if name in moving:
            runs[-1][1].append(name)
        else:
            runs.append((name, []))
    return {name: (before, k, len(run)) for before, run in runs for k, name in enumerate(run)}


def _finding(scene: Scene, r: Rename) -> Finding:
    return scene.finding(
        dimension="schema",
        detector="column_renamed",
        severity=Severity.FAIL,
        column=r.pilot,
        message=f"'{r.pilot}' seems to be renamed to '{r.production}': {percent(r.content)} of the "
        f"content agrees, the names {percent(r.name)}"
        + (", and both stand in the same place" if r.place else "")
        + f" (confidence {percent(r.confidence)}). It breaks a model that reads it, and counts as "
        "absent until the mapping is accepted.",
        measured=r.confidence,
        limit=ACCEPT,
        limit_origin="the confidence, from content, name and place, from which a rename is "
        "proposed",
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
            if (agrees * alike) ** 0.5 >= ACCEPT_PART and scene.count(where) >= 0.99 * rows:
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
