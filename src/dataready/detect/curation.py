"""Is the pilot a fair picture: short rules that tell production's rows from the pilot's.

A rule is a value, an empty cell, an end of a range, or two values together, that production has
at least five times as often as the pilot, beyond what five standard errors allow. All of them are
one note with the rows that they cover: what is wrong in a column, its own findings say.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast

from dataready.compare.evidence import percent
from dataready.detect.scene import MOST_ROWS, Scene, is_one_of
from dataready.model import Finding, Severity
from dataready.profile.profile import ColumnStates
from dataready.profile.relation import looks_personal
from dataready.sql import and_, or_

__all__ = ["curation_findings"]

TIMES = 5.0
STANDARD_ERRORS = 5.0
LEAST_SHARE = 0.005
LEAST_SHOWN = 5
MOST_RULES = 20
MOST_SAID = 6
MOST_NAMED = 10
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Rule:
    """What sets rows apart: in words, as a predicate, and its share on both sides."""

    columns: tuple[str, ...]
    words: str
    where: str
    pilot: float
    production: float

    def __str__(self) -> str:
        """Say it: the pilot has no ... (12 % of production)."""
        rare = "no" if self.pilot == 0 else f"hardly any ({percent(self.pilot)})"
        return f"the pilot has {rare} {self.words} ({percent(self.production)} of production)"


def curation_findings(scene: Scene) -> list[Finding]:
    """One note of all rules, those that cover most of production first."""
    if scene.pilot is None or not scene.pilot.rows or not scene.production.rows:
        return []
    rules = [*_empty(scene), *_values(scene), *_beyond(scene)]
    told = {column for rule in rules for column in rule.columns}
    rules += [r for r in _together(scene) if not told & {*r.columns}]
    rules.sort(key=lambda r: (-r.production, r.words))
    rules = rules[:MOST_RULES]
    if not rules:
        return []
    said = [str(r) for r in rules[:MOST_SAID]]
    more = f", and {len(rules) - len(said)} more" if len(rules) > len(said) else ""
    where = or_(*(f"coalesce({r.where}, FALSE)" for r in rules))
    rows = scene.count(where)
    share = rows / scene.production.rows
    return [
        scene.finding(
            dimension="drift",
            detector="pilot_unlike_production",
            severity=Severity.INFO,
            column=None,
            message=f"{percent(share)} of production is of kinds that the pilot lacks: "
            + "; ".join(said)
            + f"{more}.",
            measured=share,
            limit=0.0,
            limit_origin=f"{TIMES:.0f} times the pilot's share, and five standard errors of "
            f"{scene.pilot.rows:,} and {scene.production.rows:,} rows",
            where=where,
            rows_affected=rows,
            examples=tuple(said),
            fix="Add such rows to the pilot, or declare them out of its scope.",
        )
    ]


def _tells(scene: Scene, here: float, there: float) -> bool:
    """Whether so many rows of production, and so few of the pilot, are no chance."""
    n, m = cast("int", scene.pilot and scene.pilot.rows), scene.production.rows
    p, q, both = here / n, there / m, (here + there) / (n + m)
    error = math.sqrt(both * (1 - both) * (1 / n + 1 / m))
    # A fraction of a row stands for the pilot's zero: few rows cannot show an absence.
    least = max(p, 1 / n)
    return q >= LEAST_SHARE and q >= TIMES * least and q - p > STANDARD_ERRORS * error


def _compared(scene: Scene) -> Iterator[tuple[ColumnStates, ColumnStates]]:
    for seen, before in scene.pairs():
        if before and before.usable:
            yield seen, before


def _rule(
    scene: Scene, columns: tuple[str, ...], words: str, where: str, here: float, there: float
) -> Iterable[_Rule]:
    if scene.pilot is not None and _tells(scene, here, there):
        shares = here / scene.pilot.rows, there / scene.production.rows
        yield _Rule(columns, words, where, *shares)


def _empty(scene: Scene) -> Iterator[_Rule]:
    for seen, before in _compared(scene):
        name = seen.plan.name
        words, where = f"empty '{name}'", scene.missing(seen)
        yield from _rule(scene, (name,), words, where, before.missing, seen.missing)


def _values(scene: Scene) -> Iterator[_Rule]:
    """Categories, of no person and not of a few rows only."""
    for seen, before in _compared(scene):
        if seen.plan.base != "text" or not seen.values.exact or not before.values.exact:
            continue
        for value, n in seen.values.ranked():
            text, name = str(value), seen.plan.name
            if n < max(LEAST_SHOWN, LEAST_SHARE * seen.rows):
                break
            if seen.plan.personal or looks_personal(text):
                continue
            where = is_one_of(scene.cell(seen), [text], seen.plan)
            was = before.values.counts.get(value, 0)
            yield from _rule(scene, (name,), f"'{name}' = '{text}'", where, was, n)


def _beyond(scene: Scene) -> Iterator[_Rule]:
    """Numbers and dates below the pilot's least and above its greatest."""
    ends = [
        (seen, sign, end)
        for seen, before in _compared(scene)
        if seen.plan.base != "text" and seen.plan.kind != "flat" and before.range
        for sign, end in (("<", before.range.low), (">", before.range.high))
        if end is not None and not seen.plan.personal and seen.plan.role != "key"
    ]
    if not ends:
        return
    wheres = [f"({scene.cell(seen)}) {sign} {end!r}" for seen, sign, end in ends]
    some = scene.counts(wheres, scene.some(MOST_ROWS))
    # What tells in all rows is at half its least share in some of them too.
    least = LEAST_SHARE / 2 * scene.production.rows / scene.step(MOST_ROWS)
    near = [k for k, n in enumerate(some) if n >= least]
    counted = scene.counts([wheres[k] for k in near])
    for k, n in zip(near, counted, strict=True):
        (seen, sign, end), where = ends[k], wheres[k]
        name, shown = seen.plan.name, f"{end:,.6g}"
        if seen.plan.base == "date":
            shown = str((_EPOCH + timedelta(seconds=end)).date())
        yield from _rule(scene, (name,), f"'{name}' {sign} {shown}", where, 0, int(n))


def _together(scene: Scene) -> Iterator[_Rule]:
    """Two categories that the pilot has, each, and hardly ever in one row."""
    pilot = scene.pilot
    for first, second in pilot.plan.pairs if pilot else ():
        a, b = (scene.production.get(c) for c in (first, second))
        if pilot is None or a is None or b is None or a.plan.personal or b.plan.personal:
            continue
        here, there = pilot.pair(first, second), scene.production.pair(first, second)
        if here is None or there is None or {a.plan.base, b.plan.base} != {"text"}:
            continue
        for key, n in there.counts.items():
            i, j = cast("tuple[int, int]", key)
            if max(i, j) >= MOST_NAMED or n < LEAST_SHOWN:
                continue
            texts = a.plan.categories[i], b.plan.categories[j]
            if any(looks_personal(t) for t in texts):
                continue
            words = " and ".join(
                f"'{s.plan.name}' = '{t}'" for s, t in zip((a, b), texts, strict=True)
            )
            where = and_(
                *(is_one_of(scene.cell(s), [t], s.plan) for s, t in zip((a, b), texts, strict=True))
            )
            was = here.counts.get(key, 0)
            yield from _rule(scene, (first, second), words, where, was, n)
