"""Arithmetic and order between columns: a + b = c, a + b + c = d, a * b = c, first <= second.

A rule is looked for in a sample of the pilot's rows (of the table's own, without a pilot), held
against all of them, and its violations counted on all of production. It is one only if it says
something: in rows where no part is neutral (0 of a sum, 0 or 1 of a product), and where the
same numbers in another order break it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations

import numpy as np
from numpy.typing import NDArray

from dataready.compare.evidence import percent, rows_sql, severity_beyond, share_limit
from dataready.detect.scene import Scene
from dataready.model import ROW_COLUMN, TABLE, Finding
from dataready.profile.profile import ColumnStates
from dataready.sql import and_, ident

__all__ = ["Rule", "arithmetic_findings", "rules_of"]

Numbers = NDArray[np.float64]
SAMPLE = 2_000
SCREENED = 64
MOST_COLUMNS = 24
MOST_OF_THREE = 14
LEAST_ROWS = 50
LEAST_TELLING = 30
LEAST_VALUES = 10
HOLDS = 0.99
BY_CHANCE = 0.2
SLACK = 0.001
MOST_DECIMALS = 6
EXACT = 1e-6


@dataclass(frozen=True, slots=True)
class Rule:
    """What the columns named obey: `sum` or `product` of parts is a whole; or `order`.

    `tolerance` is in units of the whole: half of its last decimal, where it is rounded.
    """

    kind: str
    parts: tuple[str, ...]
    whole: str
    tolerance: float = 0.0

    def __str__(self) -> str:
        """Write the rule for people."""
        if self.kind == "order":
            return f"'{self.parts[0]}' <= '{self.whole}'"
        sign = " + " if self.kind == "sum" else " * "
        return sign.join(f"'{p}'" for p in self.parts) + f" = '{self.whole}'"

    def broken(self, cells: Mapping[str, str]) -> str:
        """Write the predicate for rows that break it; NULL where a cell is missing.

        Args:
            cells: Column -> the expression of its value.
        """
        whole = cells[self.whole]
        if self.kind == "order":
            return f"({cells[self.parts[0]]}) > ({whole})"
        sign = " + " if self.kind == "sum" else " * "
        made = sign.join(f"({cells[p]})" for p in self.parts)
        return f"abs(({whole}) - ({made})) > {self.tolerance!r} + {EXACT!r} * abs({whole})"


def arithmetic_findings(scene: Scene, explained: Mapping[str, str]) -> list[Finding]:
    """Rows that break what the pilot's rows obey, beyond the pilot's own share of such rows.

    Args:
        scene: The table.
        explained: Column -> the predicate of its cells that are judged wrong already.
    """
    side = scene.pilot_side or scene
    rules = [
        rule
        for rule in rules_of(side)
        if all(n in scene.production for n in (*rule.parts, rule.whole))
    ]
    # Without a pilot, what is explained already is as much evidence for the rule as the rest.
    here = _counted(side, rules, {})
    there = _counted(scene, rules, explained if scene.pilot else {})
    return [
        _finding(scene, rule, known, now, explained if scene.pilot else {})
        for rule, known, now in zip(rules, here, there, strict=True)
        if now[0] and known[1] and known[0] <= (1 - HOLDS) * known[1]
    ]


def rules_of(scene: Scene) -> Iterator[Rule]:
    """Look for rules in up to 2,000 evenly chosen rows of a scene's own table."""
    numbers = [s for s in _told(scene) if s.plan.kind == "number" and s.plan.base == "number"]
    numbers = numbers[:MOST_COLUMNS]
    dates = [s for s in _told(scene) if s.plan.base == "date" and s.usable >= LEAST_ROWS]
    dates = dates[:MOST_COLUMNS]
    if len(numbers) < 3 and len(dates) < 2:
        return
    sample = _sample(scene, [*numbers, *dates])
    yield from _calculations({s.plan.name: sample[s.plan.name] for s in numbers})
    yield from _orders({s.plan.name: sample[s.plan.name] for s in dates})


def _told(scene: Scene) -> Iterable[ColumnStates]:
    return (s for s, _ in scene.pairs() if s.plan.kind not in {"flat", "empty"} and s.usable)


def _sample(scene: Scene, columns: Sequence[ColumnStates]) -> dict[str, Numbers]:
    cells = ", ".join(f"({scene.cell(s)})::DOUBLE AS c{k}" for k, s in enumerate(columns))
    found = scene.con.execute(
        f"SELECT {cells} FROM {scene.some(SAMPLE)}"
        f" ORDER BY hash({ident(ROW_COLUMN)}) LIMIT {SAMPLE}"
    ).fetchnumpy()
    return {
        s.plan.name: np.ma.filled(np.ma.asarray(found[f"c{k}"], np.float64), np.nan)
        for k, s in enumerate(columns)
    }


def _calculations(sample: Mapping[str, Numbers]) -> Iterator[Rule]:
    """At most one calculation a whole, the shortest; no column is whole and part in turn."""
    decimals = {name: _decimals(v) for name, v in sample.items()}
    told: list[set[str]] = []
    sizes = (2, 3) if len(sample) <= MOST_OF_THREE else (2,)
    for size in sizes:
        for whole in sample:
            for parts in combinations((n for n in sample if n != whole), size):
                if any({whole, *parts} >= names for names in told):
                    continue
                for kind in ("sum", "product") if size == 2 else ("sum",):
                    rule = Rule(kind, parts, whole, _tolerance(kind, parts, whole, decimals))
                    if _holds(rule, sample):
                        told.append({whole, *parts})
                        yield rule
                        break


def _decimals(values: Numbers) -> int:
    """How many decimals all of a column's numbers need; one more than six for most fractions."""
    known = values[np.isfinite(values)]
    scale = np.maximum(1.0, np.abs(known))
    for d in range(MOST_DECIMALS + 1):
        if np.all(np.abs(np.round(known, d) - known) <= 1e-9 * scale):
            return d
    return MOST_DECIMALS + 1


def _tolerance(kind: str, parts: Iterable[str], whole: str, decimals: Mapping[str, int]) -> float:
    """Half of the whole's last decimal, where its parts are finer than it."""
    needed = [decimals[p] for p in parts]
    finest = max(needed) if kind == "sum" else sum(needed)
    if decimals[whole] >= finest or decimals[whole] > MOST_DECIMALS:
        return 0.0
    return 0.5000001 * 10.0 ** -decimals[whole]


def _holds(rule: Rule, sample: Mapping[str, Numbers]) -> bool:
    """Whether a calculation holds in nearly all telling rows, and not in shuffled ones."""
    parts, whole = np.array([sample[p] for p in rule.parts]), sample[rule.whole]
    if not _obeyed(rule, parts[:, :SCREENED], whole[:SCREENED]) >= HOLDS - 0.05:
        return False
    neutral = (0.0,) if rule.kind == "sum" else (0.0, 1.0)
    telling = np.isfinite(whole) & np.isfinite(parts).all(0) & ~np.isin(parts, neutral).any(0)
    parts, whole = parts[:, telling], whole[telling]
    if len(whole) < LEAST_TELLING or len(np.unique(whole)) < LEAST_VALUES:
        return False
    turned = np.array([np.roll(p, 7 * (k + 1)) for k, p in enumerate(parts)])
    return _obeyed(rule, parts, whole) >= HOLDS and _obeyed(rule, turned, whole) <= BY_CHANCE


def _obeyed(rule: Rule, parts: Numbers, whole: Numbers) -> float:
    """The share of complete rows that obey; not a number where there is none."""
    made = parts.sum(0) if rule.kind == "sum" else parts.prod(0)
    off = np.abs(whole - made)
    known = np.isfinite(off)
    if not known.any():
        return float("nan")
    return float((off <= rule.tolerance + EXACT * np.abs(whole))[known].mean())


def _orders(sample: Mapping[str, Numbers]) -> Iterator[Rule]:
    """Dates that come before others; what follows from two orders is no third."""
    ordered = set()
    for first, second in permutations(sample, 2):
        apart = sample[second] - sample[first]
        apart = apart[np.isfinite(apart)]
        if len(apart) >= LEAST_ROWS and (apart >= 0).mean() >= HOLDS and (apart > 0).mean() > 0.1:
            ordered.add((first, second))
    for first, second in sorted(ordered):
        between = (m for m in sample if {(first, m), (m, second)} <= ordered)
        if not any(between):
            yield Rule("order", (first,), second)


def _where(scene: Scene, rule: Rule, explained: Mapping[str, str]) -> str:
    names = (*rule.parts, rule.whole)
    cells = {n: scene.cell(scene.production[n]) for n in names}
    wrong = [f"NOT coalesce({explained[n]}, FALSE)" for n in names if n in explained]
    return and_(rule.broken(cells), *wrong)


def _counted(
    scene: Scene, rules: Sequence[Rule], explained: Mapping[str, str]
) -> list[tuple[int, int]]:
    """Per rule the rows that break it, and the rows that could; all in one scan."""
    if not rules:
        return []
    counts = []
    for rule in rules:
        names = (*rule.parts, rule.whole)
        whole = and_(*(f"({scene.cell(scene.production[n])}) IS NOT NULL" for n in names))
        wheres = (_where(scene, rule, explained), whole)
        counts += [f"count(*) FILTER ({where})" for where in wheres]
    (row,) = scene.query(f"SELECT {', '.join(counts)} FROM {ident(TABLE)}")
    return list(zip(row[::2], row[1::2], strict=True))


def _finding(
    scene: Scene,
    rule: Rule,
    here: tuple[int, int],
    there: tuple[int, int],
    explained: Mapping[str, str],
) -> Finding:
    share = there[0] / there[1]
    limit = share_limit(*here, there[1], slack=SLACK) if scene.pilot else 0.0
    where = _where(scene, rule, explained)
    columns = [scene.production[n].name for n in (*rule.parts, rule.whole)]
    origin = f"it holds in {percent(1 - here[0] / here[1])} of {here[1]:,} "
    if scene.pilot:
        origin += f"pilot rows; plus three standard errors and {percent(SLACK)}"
    else:
        origin += "rows of the table itself"
    return scene.finding(
        dimension="consistency",
        detector="date_order" if rule.kind == "order" else "arithmetic",
        severity=severity_beyond(share, limit),
        column=rule.whole,
        message=f"{there[0]:,} rows ({percent(share)}) break a rule that the "
        f"{'pilot' if scene.pilot else 'other rows'} keep{'s' if scene.pilot else ''}: {rule}.",
        measured=share,
        limit=limit,
        limit_origin=origin,
        where=where,
        rows_affected=there[0],
        sql=rows_sql(where, *columns),
        fix="Look which of these columns is wrong there, and correct it at its source.",
        brief=f"of which {rule} does not hold",
    )
