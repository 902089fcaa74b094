"""Columns that decide each other, and the rows that break it: a postcode has one town.

A dependency is looked for in up to 20,000 rows, and its violations are counted and located in
all of them. Column A decides B if two rows of the same A agree in B nine times in ten, and far
more often than any two rows do (Cohen's kappa of 0.45 at least); a pilot must not contradict it.
A violation is a value in whose group another one has a clear majority, four times as many rows.
Where the rule holds in a pilot without exception, at most one value of a group is right, however
many others say otherwise: there twice as many rows are enough, if the others scatter. Where the
decider is itself not what a third column decides, the row says nothing on what it decides. Nor is
a value wrong that came after the usual one, or went before it: things change with time.
Without a pilot it must also be a value that is nowhere the usual one: what is usual elsewhere may
be an honest exception here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dataready.compare.evidence import severity_beyond, share_limit
from dataready.detect.scene import ALL, Scene
from dataready.model import FILE_COLUMN, ROW_COLUMN, TABLE, Finding
from dataready.profile.profile import ColumnStates
from dataready.sql import and_, ident, or_

__all__ = ["dependency_findings"]

LOOK_ROWS = 20_000
LEAST_REPEATS = 3
LEAST_AGREEMENT = 0.9
LEAST_KAPPA = 0.45
HELD = 0.99
LEFT = 0.1
"""The kappa below which nothing is left of a rule: the usual value is no guide."""
CLEAR = 4
CLEAR_IF_PROVEN = 2
LEAST_ROWS = 50
MOST_COLUMNS = 40
MOST_FIRST = 3
BETTER = 0.05
TIMED_ROWS = 400_000
LARGE = 50
CHANGED = 0.1
BY, OWN = ident("_dataready_by"), ident("_dataready_own")

Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Agreement:
    """How often two rows of one A agree in B, how often by chance, from how many rows."""

    share: float
    chance: float
    rows: int

    @property
    def kappa(self) -> float:
        """Agreement beyond chance, 1 at most."""
        return (self.share - self.chance) / (1 - self.chance) if self.chance < 1 else 0.0


def dependency_findings(scene: Scene, explained: Mapping[str, str]) -> list[Finding]:
    """Rows in which a column is not what another one, or two together, decide.

    Args:
        scene: The table.
        explained: Column -> predicate of cells that another detector has explained already.
    """
    columns = [seen for seen, _ in scene.pairs() if _may_depend(seen)][:MOST_COLUMNS]
    deciders = [seen for seen in columns if _may_decide(seen)]
    if not deciders or len(columns) < 2:
        return []
    names = [d.plan.name for d in deciders]
    search = _Search(_codes(scene, columns), _pilot_codes(scene, columns))
    found: list[Finding] = []
    for seen in columns:
        best = search.best(seen.plan.name, names)
        if best is not None:
            found += _violations(scene, seen, best, search.behind(best, seen, names), explained)
    return found


@dataclass(frozen=True, slots=True)
class _Decider:
    """What decides a column: one column or two, how well, and the pilot's share of breaks."""

    by: tuple[str, ...]
    now: _Agreement
    was: float
    proven: bool

    @property
    def rank(self) -> tuple[float, int]:
        """The better, the higher: agreement in hundredths, then how many rows it is known of."""
        return round(self.now.share, 2), self.now.rows


@dataclass(frozen=True, slots=True)
class _Search:
    """Both sides' values as numbers; `before` is None where there is no pilot to ask."""

    here: Mapping[str, Codes]
    before: Mapping[str, Codes] | None

    def best(self, name: str, deciders: Sequence[str]) -> _Decider | None:
        """The column, or else the two columns, that decide one best; None where none does."""
        tried = self._single(name, deciders)
        found = self._held(tried, name)
        if found is not None and (found.proven or found.now.share >= HELD):
            return found
        tried = [t for t in tried if t[0].kappa >= LEAST_KAPPA and t[0].rows >= LEAST_ROWS]
        tried.sort(key=lambda t: (-t[0].share, t[1]))
        pairs = {
            tuple(sorted((first, second)))
            for _, (first,) in tried[:MOST_FIRST]
            for second in deciders
            if second not in {first, name}
        }
        both = self._held([(self._together(pair, name), pair) for pair in sorted(pairs)], name)
        if found is None or both is None:
            return found or both
        return both if both.now.share >= found.now.share + BETTER else found

    def behind(
        self, best: _Decider, seen: ColumnStates, deciders: Sequence[str]
    ) -> _Decider | None:
        """What decides a column's only decider, the column itself aside."""
        if len(best.by) > 1:
            return None
        others = [by for by in deciders if by != seen.plan.name]
        return self._held(self._single(best.by[0], others), best.by[0])

    def _single(
        self, name: str, deciders: Sequence[str]
    ) -> list[tuple[_Agreement, tuple[str, ...]]]:
        here = self.here
        return [(_agreement(here[by], here[name]), (by,)) for by in deciders if by != name]

    def _together(self, pair: tuple[str, ...], name: str) -> _Agreement:
        return _agreement(_joined([self.here[c] for c in pair]), self.here[name])

    def _held(
        self, tried: Iterable[tuple[_Agreement, tuple[str, ...]]], name: str
    ) -> _Decider | None:
        """The best of those that decide enough and that the pilot does not contradict."""
        held = []
        for now, by in tried:
            if now.rows < LEAST_ROWS or now.kappa < LEFT:
                continue
            was = self._before(by, name)
            if was is None and now.share >= LEAST_AGREEMENT and now.kappa >= LEAST_KAPPA:
                held.append(_Decider(by, now, 0.0, proven=False))
            elif was is not None and was.share >= HELD and was.kappa >= LEAST_KAPPA:
                # What the pilot proves is judged however often production breaks it.
                held.append(_Decider(by, now, 1 - was.share, proven=was.share == 1.0))
        return max(held, key=lambda d: d.rank, default=None)

    def _before(self, by: tuple[str, ...], name: str) -> _Agreement | None:
        """How well it holds in the pilot; None where the pilot's values hardly repeat."""
        if self.before is None or any(c not in self.before for c in (*by, name)):
            return None
        was = _agreement(_joined([self.before[c] for c in by]), self.before[name])
        return was if was.rows >= LEAST_ROWS else None


def _joined(codes: Sequence[Codes]) -> Codes:
    """Columns' values together as numbers, -1 where one has none."""
    if len(codes) == 1:
        return codes[0]
    first, second = codes
    both = first * (second.max(initial=0) + 1) + second
    _, numbers = np.unique(both, return_inverse=True)
    return np.where((first >= 0) & (second >= 0), numbers, -1)


def _may_depend(seen: ColumnStates) -> bool:
    """Categories and codes; measures agree by chance, keys never repeat."""
    plan = seen.plan
    if plan.role in {"key", "target", "time"} or plan.base == "date" or seen.usable < LEAST_ROWS:
        return False
    whole = plan.base == "text" or _is_whole(seen)
    return whole and 2 <= seen.different <= seen.usable / 2


def _is_whole(seen: ColumnStates) -> bool:
    return seen.values.exact and all(float(str(v)).is_integer() for v in seen.values.counts)


def _may_decide(seen: ColumnStates) -> bool:
    return seen.different * LEAST_REPEATS <= seen.usable


def _codes(scene: Scene, columns: list[ColumnStates]) -> dict[str, Codes]:
    """Each column's values as numbers, -1 for none, of evenly chosen rows."""
    cells = ", ".join(f"{scene.cell(c)} AS {ident(c.plan.name)}" for c in columns)
    table = scene.con.execute(f"SELECT {cells} FROM {scene.some(LOOK_ROWS)}").to_arrow_table()
    return {c.plan.name: _coded(table.column(k)) for k, c in enumerate(columns)}


def _coded(column: pa.ChunkedArray) -> Codes:
    indices = column.combine_chunks().dictionary_encode().indices
    return np.asarray(indices.fill_null(-1), np.int64)


def _pilot_codes(scene: Scene, columns: list[ColumnStates]) -> Mapping[str, Codes] | None:
    """The pilot's likewise; None where there is no pilot to ask."""
    side = scene.pilot_side
    if side is None:
        return None
    known = [s for c in columns if (s := side.production.get(c.plan.name)) and s.usable]
    return _codes(side, known) if known else {}


def _agreement(a: Codes, b: Codes) -> _Agreement:
    """Over rows whose A repeats: the share of its other rows that have the same B."""
    there = (a >= 0) & (b >= 0)
    a, b = a[there], b[there]
    if len(a) < 2:
        return _Agreement(0.0, 1.0, 0)
    groups = np.bincount(a)
    keep = groups[a] >= 2
    a, b = a[keep], b[keep]
    if len(a) < 2:
        return _Agreement(0.0, 1.0, 0)
    pairs, n = np.unique(a * (b.max() + 1) + b, return_counts=True)
    of = groups[pairs // (b.max() + 1)]
    share = float((n * (n - 1) / (of - 1)).sum() / len(a))
    values = np.bincount(b)
    chance = float((values * (values - 1.0)).sum() / (len(b) * (len(b) - 1.0)))
    return _Agreement(share, chance, len(a))


def _violations(
    scene: Scene,
    seen: ColumnStates,
    best: _Decider,
    behind: _Decider | None,
    explained: Mapping[str, str],
) -> Iterator[Finding]:
    by = [scene.production[name] for name in best.by]
    rule = _timed(scene, _rule(scene, by, seen, best), by)
    but = explained.get(seen.plan.name, "")
    if behind is not None:
        other = _rule(scene, [scene.production[n] for n in behind.by], by[0], behind)
        but = or_(but, f"coalesce({other.broken()}, FALSE)")
    where = and_(rule.broken(), f"NOT ({but})" if but else "")
    rows = scene.count(where)
    if not rows or (scene.pilot is None and not _is_odd(scene, rule, seen)):
        return
    share = rows / seen.rows
    said = " and ".join(f"'{c.plan.name}'" for c in by)
    before = scene.pilot.get(seen.plan.name) if scene.pilot else None
    limit = 0.0
    if before is not None:
        limit = share_limit(best.was * before.usable, before.usable, seen.usable, slack=0.002)
    yield scene.finding(
        dimension="consistency",
        detector="dependency",
        severity=severity_beyond(share, limit),
        column=seen.plan.name,
        message=f"{rows:,} values of '{seen.plan.name}' are not what {said} decide"
        + ("" if len(by) > 1 else "s")
        + " in the other rows.",
        measured=share,
        limit=limit,
        limit_origin=f"{said} decide{'' if len(by) > 1 else 's'} '{seen.plan.name}' in "
        + ("the pilot" if before is not None else "nine rows of ten")
        + (", plus three standard errors and 0.2 points" if limit else ""),
        where=where,
        rows_affected=rows,
        cells=True,
        sql=_rows_sql(seen, rule, but),
        fix=f"Take '{seen.name}' from a list by {said}, or correct {said} in these rows.",
    )


def _rows_sql(seen: ColumnStates, rule: _Rule, but: str) -> str:
    """The query of a finding's rows, each with the value that was expected.

    Columns of the table may have any name, a and expected among them.
    """
    names = [ident(c) for c in (FILE_COLUMN, ROW_COLUMN, seen.name)]
    own = f"SELECT {', '.join(names)}, {rule.a} AS {BY}, {rule.b} AS {OWN}\nFROM {ident(TABLE)}"
    return (
        f"SELECT {', '.join(f'own.{name}' for name in names)}, broken.expected\n"
        f"FROM ({own}{f' WHERE NOT ({but})' if but else ''}) AS own\n"
        f"JOIN ({rule.pairs()}) AS broken\nON own.{BY} = broken.a AND own.{OWN} = broken.b"
    )


@dataclass(frozen=True, slots=True)
class _Rule:
    """SQL of a dependency: the expressions of what decides and what is decided.

    Attributes:
        a: What decides; `b` what is decided.
        b: The decided column's.
        proven: Whether the rule holds in the pilot without exception.
        everywhere: Whether only values that are nowhere the usual one break it.
        when: When a row happened; where it is given, what changed with time breaks nothing.
    """

    a: str
    b: str
    proven: bool
    everywhere: bool
    when: str = ""

    def broken(self) -> str:
        """Write the predicate of the rows that break it."""
        return f"({self.a}, {self.b}) IN (SELECT a, b FROM ({self.pairs()}))"

    def pairs(self) -> str:
        """Write the SELECT of pairs that break it, each with the value that was expected."""
        but = f"\n  AND NOT coalesce({_MOVED}, FALSE)" if self.when else ""
        return f"SELECT a, b, expected FROM ({self._ranked(ALL)})\nWHERE {self._wrong()}{but}"

    def moved(self, rows: str) -> str:
        """Write the SELECT of how many of some rows break it, and how many have but changed."""
        return (
            f"SELECT coalesce(sum(n), 0), coalesce(sum(n) FILTER ({_MOVED}), 0)\n"
            f"FROM ({self._ranked(rows)})\nWHERE {self._wrong()}"
        )

    def _ranked(self, rows: str) -> str:
        """The SELECT of pairs with what is most frequent in their group."""
        time = f", {self.when} AS t" if self.when else ""
        counted = (
            f"SELECT a, b, count(*) AS n{', min(t) AS since, max(t) AS until' if time else ''}\n"
            f"FROM (SELECT {self.a} AS a, {self.b} AS b{time} FROM {rows})\n"
            "WHERE a IS NOT NULL AND b IS NOT NULL GROUP BY a, b"
        )
        usual = "  arg_max(since, n) OVER own AS came, arg_max(until, n) OVER own AS went,\n"
        ranked = (
            "SELECT *, max(n) OVER own AS most, sum(n) OVER own AS all_rows,\n"
            f"  arg_max(b, n) OVER own AS expected,\n{usual if time else ''}"
            f"  max(n) OVER own = n AND n > 1 AS usual\nFROM ({counted})\n"
            "WINDOW own AS (PARTITION BY a)"
        )
        if not self.everywhere:
            return ranked
        return f"SELECT *, bool_or(usual) OVER (PARTITION BY b) AS elsewhere FROM ({ranked})"

    def _wrong(self) -> str:
        clear = f"{CLEAR} * n <= most"
        if self.proven:
            # Errors scatter; one other value that most others have may be right as well.
            return f"({clear} OR {CLEAR_IF_PROVEN} * n <= least(most, all_rows - most))"
        often = f"{clear} AND most >= {1 - 1 / CLEAR} * all_rows"
        return f"{often} AND NOT elsewhere" if self.everywhere else often


_MOVED = "(n > 1 AND (since >= went AND until > went OR until <= came AND since < came))"
"""What came after all of the usual value's rows, or went before them, has changed with time."""


def _rule(scene: Scene, by: Sequence[ColumnStates], seen: ColumnStates, best: _Decider) -> _Rule:
    """Write a dependency; a row of values is never NULL itself, even where one of them is."""
    cells = [f"({scene.cell(c)})" for c in by]
    there = and_(*(f"{cell} IS NOT NULL" for cell in cells))
    a = cells[0] if len(cells) == 1 else f"CASE WHEN {there} THEN row({', '.join(cells)}) END"
    return _Rule(a, scene.cell(seen), proven=best.proven, everywhere=scene.pilot is None)


def _timed(scene: Scene, rule: _Rule, by: Sequence[ColumnStates]) -> _Rule:
    """Heed when rows happened where a tenth of what breaks a rule has but changed with time.

    In some rows of all groups where groups are large, else in all rows of some groups.
    """
    time = scene.production.get(scene.time) if scene.time else None
    if time is None or time.plan.base != "date":
        return rule
    timed = replace(rule, when=scene.cell(time))
    step, groups = scene.step(TIMED_ROWS), math.prod(c.different for c in by)
    rows = scene.some(TIMED_ROWS)
    if step > 1 and groups * LARGE > TIMED_ROWS:
        rows = f"{ident(TABLE)} WHERE hash({rule.a}) % {step} = 0"
    ((broken, moved),) = scene.query(timed.moved(rows))
    return timed if moved > CHANGED * broken else rule


def _is_odd(scene: Scene, rule: _Rule, seen: ColumnStates) -> bool:
    """Whether breaking values are out of the ordinary: where many occur once, none is."""
    once = sum(1 for n in seen.values.counts.values() if n == 1)
    return 2 * scene.count(rule.broken()) >= once
