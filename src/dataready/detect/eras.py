"""Eras: months from which on a column is missing, foreign or of other categories than before.

Per month the share of missing cells, of cells that do not parse, and of each category is counted
in up to 400,000 evenly chosen rows. An era begins where a share jumps: by a fifth of the rows at
least (a category: from or to none), and four times as far as its months differ otherwise; seasons
and growth do not.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from dataready.compare.evidence import percent
from dataready.detect.formats import OtherDates, best_date, moment_of
from dataready.detect.periods import DAY_S
from dataready.detect.scene import MOST_ROWS, Scene, is_one_of
from dataready.model import Finding, Severity
from dataready.profile.profile import ColumnStates
from dataready.profile.relation import looks_personal
from dataready.sql import and_, literal

__all__ = ["era_findings"]

Numbers = NDArray[np.float64]
LEAST_MONTHS = 6
EACH_SIDE = 2
LEAST_ROWS = 30
JUMP = 0.2
WIDTH = 4.0
STANDARD_ERRORS = 6.0
NONE = 0.001
EXPECTED = 25
MOST_CATEGORIES = 12
MOST_TRAITS = 300
MOST_MONTHS = 1_200


@dataclass(frozen=True, slots=True)
class _Trait:
    """Something that a row may have: in words, as a predicate, and whether it is a category."""

    column: str
    words: str
    where: str
    category: bool


@dataclass(frozen=True, slots=True)
class _Era:
    """From a month on, another share of rows has a trait."""

    trait: _Trait
    since: date
    before: float
    after: float

    def __str__(self) -> str:
        """Say it: what, since when, and how much."""
        shares = f"{percent(self.before)} of rows before, {percent(self.after)} since"
        return f"{self.since:%Y-%m}: {self.trait.words} ({shares})"


def era_findings(scene: Scene, others: OtherDates) -> list[Finding]:
    """One note a column: a dated list of what changed in it, and the rows of the latest era."""
    when = scene.production.get(str(scene.time))
    if when is None or when.plan.base != "date" or not when.usable:
        return []
    traits = list(_traits(scene))[:MOST_TRAITS]
    month = f"date_trunc('month', {moment_of(best_date(scene, when, others))})::DATE"
    months, rows, hits = _by_month(scene, month, traits)
    if len(months) < LEAST_MONTHS:
        return []
    by_column: dict[str, list[_Era]] = {}
    for k, trait in enumerate(traits):
        era = _era(trait, months, rows, hits[:, k])
        if era:
            by_column.setdefault(trait.column, []).append(era)
    told = [(eras, *_last(month, eras)) for eras in by_column.values()]
    counts = scene.counts([where for _, _, where in told])
    return [_finding(scene, *own, rows) for own, rows in zip(told, counts, strict=True)]


def _traits(scene: Scene) -> Iterator[_Trait]:
    for seen, _ in scene.pairs():
        name = seen.plan.name
        if seen.missing:
            yield _Trait(name, f"'{name}' is missing", scene.missing(seen), category=False)
        if seen.counts["unparsed"]:
            words = f"'{name}' is no {seen.plan.base} as elsewhere"
            yield _Trait(name, words, scene.unparsed(seen), category=False)
        if seen.plan.base == "date":
            where = f"({scene.cell(seen)}) % {DAY_S} = 0"
            yield _Trait(name, f"'{name}' has no time of day", where, category=False)
        yield from _categories(scene, seen)


def _categories(scene: Scene, seen: ColumnStates) -> Iterator[_Trait]:
    """The values of a column of few, none of a person's."""
    plan, ranked = seen.plan, seen.values.ranked() if seen.values.exact else []
    if plan.base != "text" or plan.personal or not 2 <= len(ranked) <= MOST_CATEGORIES:
        return
    for value, _ in ranked:
        if not looks_personal(str(value)):
            where = is_one_of(scene.cell(seen), [str(value)], plan)
            yield _Trait(plan.name, f"'{plan.name}' = '{value}'", where, category=True)


def _by_month(
    scene: Scene, month: str, traits: Sequence[_Trait]
) -> tuple[list[date], Numbers, Numbers]:
    """Months with enough rows, rows a month, and rows a month that have each trait."""
    counts = "".join(f", count(*) FILTER ({t.where})" for t in traits)
    found = scene.query(
        f"SELECT {month}, count(*){counts} FROM {scene.some(MOST_ROWS)} GROUP BY ALL"
        f" HAVING count(*) >= {LEAST_ROWS} ORDER BY 1 LIMIT {MOST_MONTHS}"
    )
    found = [row for row in found if row[0] is not None]
    counted = np.array([row[1:] for row in found], float).reshape(len(found), 1 + len(traits))
    return [row[0] for row in found], counted[:, 0], counted[:, 1:]


def _era(trait: _Trait, months: Sequence[date], rows: Numbers, hits: Numbers) -> _Era | None:
    """The split of the months that divides the shares best, if it is a jump."""
    left_rows, left_hits = np.cumsum(rows)[:-1], np.cumsum(hits)[:-1]
    right_rows, right_hits = rows.sum() - left_rows, hits.sum() - left_hits
    before, after = left_hits / left_rows, right_hits / right_rows
    gains = (after - before) ** 2 * left_rows * right_rows
    k = int(np.argmax(gains))
    if not EACH_SIDE <= k + 1 <= len(rows) - EACH_SIDE:
        return None
    p, q = float(before[k]), float(after[k])
    if abs(q - p) <= _least(trait, rows, hits / rows, k):
        return None
    if trait.category:
        low, seen_rows = (p, left_rows[k]) if p < q else (q, right_rows[k])
        if low > NONE or max(p, q) * seen_rows < EXPECTED:
            return None
    elif abs(q - p) < JUMP:
        return None
    return _Era(trait, months[k + 1], p, q)


def _least(trait: _Trait, rows: Numbers, shares: Numbers, k: int) -> float:
    """How far months differ by chance and habit on either side of a split: noise, and spread."""
    parts = (slice(0, k + 1), slice(k + 1, None))
    means = [float(np.average(shares[s], weights=rows[s])) for s in parts]
    spread = math.sqrt(
        float(
            np.mean(
                np.concatenate([(shares[s] - m) ** 2 for s, m in zip(parts, means, strict=True)])
            )
        )
    )
    pooled = float(np.average(shares, weights=rows))
    sides = 1 / rows[parts[0]].sum() + 1 / rows[parts[1]].sum()
    error = math.sqrt(pooled * (1 - pooled) * sides)
    # A category comes and goes whole: how much of it there is while it lasts may vary.
    width = 1.0 if trait.category else WIDTH
    return max(width * spread, STANDARD_ERRORS * error)


def _last(month: str, eras: Iterable[_Era]) -> tuple[_Era, str]:
    """The greatest change of a column, the latest of several, and the predicate of its rows."""
    last = max(eras, key=lambda e: (abs(e.after - e.before), e.since, e.trait.words))
    side = ">=" if last.after > last.before else "<"
    return last, and_(f"{month} {side} {literal(str(last.since))}::DATE", last.trait.where)


def _finding(scene: Scene, eras: Iterable[_Era], last: _Era, where: str, rows: int) -> Finding:
    listed = sorted(eras, key=lambda e: (e.since, e.trait.words))
    return scene.finding(
        dimension="timeliness",
        detector="era",
        severity=Severity.INFO,
        column=last.trait.column,
        message=f"'{last.trait.column}' changed with time: since "
        + "; since ".join(map(str, listed))
        + ".",
        measured=abs(last.after - last.before),
        limit=NONE if last.trait.category else JUMP,
        limit_origin="a jump between two months, wider than the months differ otherwise"
        " (four spreads, six standard errors)",
        where=where,
        rows_affected=rows,
        examples=tuple(str(e) for e in listed[:5]),
        fix="Find out what changed at the source then, and train on the era that goes on.",
    )
