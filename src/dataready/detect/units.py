"""Unit changes: a number that is a known factor of what the pilot has, in part of the rows.

Part of the rows means the whole table, some quarters, some source files or some categories.
A change of unit moves five quantiles by one factor, and leaves the other parts where they
were; growth and drift hardly ever do both. A category is compared with the pilot's own rows
of it, so that heavier goods are not taken for pounds.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from dataready.compare.evidence import FAIL_DAMAGE, severity_of
from dataready.detect.formats import OtherDates, best_date, moment_of
from dataready.detect.scene import Scene
from dataready.model import FILE_COLUMN, Finding
from dataready.profile.profile import ColumnStates
from dataready.sql import and_, ident, values_in

__all__ = ["FACTORS", "unit_findings"]

FACTORS = {
    2.204623: "pounds for kilograms",
    0.45359237: "kilograms for pounds",
    1.609344: "kilometres for miles",
    0.621371: "miles for kilometres",
    3.28084: "feet for metres",
    0.3048: "metres for feet",
    2.54: "centimetres for inches",
    0.393701: "inches for centimetres",
    28.349523: "grams for ounces",
    0.035274: "ounces for grams",
    3.785412: "litres for gallons",
    0.264172: "gallons for litres",
    60.0: "minutes for hours or seconds for minutes",
    1 / 60: "hours for minutes or minutes for seconds",
    1000.0: "a thousandth of the unit",
    0.001: "a thousand times the unit",
    100.0: "hundredths (cents, percent)",
    0.01: "a hundred times the unit",
    10.0: "a tenth of the unit",
    0.1: "ten times the unit",
}
"""Factor of production to pilot -> what was stored for what."""
TOLERANCE = 0.05
MOST_TOLERANCE = 0.2
STANDARD_ERRORS = 2.5
USUAL = math.log(1.25)
LEAST_USUAL = 0.8
LEAST_ROWS = 200
MOST_ROWS = 200_000
MOST_GROUPS = 1000
QUANTILES = (0.1, 0.3, 0.5, 0.7, 0.9)
_SAMPLE = "dataready_unit_sample"
_QUARTERS = "the quarter is"

Quantiles = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Grouping:
    """A way to split the table: its name, the expression over the bare table, the column."""

    name: str
    expression: str
    column: ColumnStates | None = None


@dataclass(frozen=True, slots=True)
class _Hit:
    """Groups of a grouping in which one factor explains a column; `rows` are of the sample."""

    grouping: Grouping
    factor: float
    groups: tuple[object, ...]
    rows: int
    when: str = ""


def unit_findings(scene: Scene, suspects: frozenset[str], others: OtherDates) -> list[Finding]:
    """Look for a factor in every suspect column.

    Args:
        scene: The table; without a pilot there is nothing to compare with.
        suspects: Columns whose distribution, range or relations moved; no others are read.
        others: The formats in which dates also occur.
    """
    columns = {
        seen.plan.name: (seen, usual)
        for seen, before in scene.pairs()
        if seen.plan.name in suspects
        and before
        and seen.plan.kind == "number"
        and (seen.plan.low or 0) >= 0
        and seen.usable >= LEAST_ROWS
        and (usual := _pilot_quantiles(before))
    }
    if not columns:
        return []
    groupings = list(_groupings(scene, others))
    _sample(scene, groupings, [seen for seen, _ in columns.values()])
    best: dict[str, _Hit] = {}
    for k, grouping in enumerate(groupings):
        parts = _parts(scene, k, len(columns))
        for c, (name, (seen, usual)) in enumerate(columns.items()):
            hit = _hit(scene, seen, usual, grouping, parts[c])
            if hit and (name not in best or hit.rows > 1.1 * best[name].rows):
                best[name] = hit
    scene.con.execute(f"DROP TABLE {_SAMPLE}")
    return [_finding(scene, columns[name][0], hit) for name, hit in best.items()]


def _pilot_quantiles(before: ColumnStates) -> Quantiles:
    """The pilot's quantiles, from its values where they are few, else from its deciles."""
    found: Sequence[float] = ()
    if before.values.exact and before.usable:
        values = sorted((float(str(v)), n) for v, n in before.values.counts.items())
        reached = np.cumsum([n for _, n in values]) / before.usable
        found = [values[int(np.searchsorted(reached, q - 1e-9))][0] for q in QUANTILES]
    elif len(before.plan.cuts) == 9:
        found = before.plan.cuts[::2]
    return tuple(found) if found and found[0] > 0 else ()


def _groupings(scene: Scene, others: OtherDates) -> Iterator[Grouping]:
    yield Grouping("all rows", "'all'")
    when = scene.production.get(str(scene.time))
    if when is not None and when.plan.base == "date":
        moment = moment_of(best_date(scene, when, others))
        # The moment stands there once: reading a date is what takes time.
        quarter = f"list_transform([{moment}], lambda m: year(m) || '-Q' || quarter(m))[1]"
        yield Grouping(_QUARTERS, quarter)
    yield Grouping("the source file is number", ident(FILE_COLUMN))
    for seen in scene.production:
        few = seen.values.exact and 2 <= len(seen.values.counts) <= 30
        if few and seen.plan.kind == "text" and seen.plan.binned and not seen.plan.personal:
            yield Grouping(f"'{seen.plan.name}' is", scene.cell(seen), seen)


def _sample(scene: Scene, groupings: Sequence[Grouping], columns: Sequence[ColumnStates]) -> None:
    """Keep the groups and numbers of up to 200,000 evenly chosen rows."""
    lines = [
        *(f"{g.expression} AS g{k}" for k, g in enumerate(groupings)),
        *(f"{scene.cell(seen)} AS v{k}" for k, seen in enumerate(columns)),
    ]
    scene.con.execute(
        f"CREATE OR REPLACE TEMP TABLE {_SAMPLE} AS SELECT {', '.join(lines)}"
        f" FROM {scene.some(MOST_ROWS)}"
    )


def _parts(scene: Scene, k: int, columns: int) -> list[dict[object, tuple[int, Quantiles]]]:
    """Per column: group -> its rows with a value, and their quantiles; large groups only."""
    wanted = list(QUANTILES)
    parts = ", ".join(f"count(v{c}), quantile_disc(v{c}, {wanted})" for c in range(columns))
    rows = scene.query(
        f"SELECT g{k}, {parts} FROM {_SAMPLE} WHERE g{k} IS NOT NULL\n"
        f"GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT {MOST_GROUPS}"
    )
    return [
        {row[0]: (row[1 + 2 * c], tuple(row[2 + 2 * c])) for row in rows if row[1 + 2 * c]}
        for c in range(columns)
    ]


def _hit(
    scene: Scene,
    seen: ColumnStates,
    usual: Quantiles,
    grouping: Grouping,
    parts: Mapping[object, tuple[int, Quantiles]],
) -> _Hit | None:
    own = _quantiles_by_category(scene, seen, grouping)
    hits: dict[float, list[object]] = {}
    like_pilot = total = 0
    for group, (n, found) in parts.items():
        expected = usual if grouping.column is None else own.get(str(group), ())
        if n < LEAST_ROWS or not expected or min(*found, *expected) <= 0:
            continue
        total += n
        logs = [math.log(q / p) for q, p in zip(found, expected, strict=True)]
        factor = _factor(logs, _tolerances(found, n))
        if factor:
            hits.setdefault(factor, []).append(group)
        elif abs(logs[2]) < USUAL:
            like_pilot += n
    if not hits:
        return None
    factor, groups = max(hits.items(), key=lambda item: sum(parts[g][0] for g in item[1]))
    rows = sum(parts[g][0] for g in groups)
    # A change of unit is a jump: what it does not touch stays where the pilot was.
    if like_pilot < LEAST_USUAL * (total - rows):
        return None
    # Where nothing stayed, growth by two thirds looks like kilometres for miles.
    if not like_pilot and not _beyond_growth(factor, [parts[g][1] for g in groups], usual):
        return None
    when = _when(groups, parts) if grouping.name == _QUARTERS else ""
    return _Hit(grouping, factor, tuple(sorted(groups, key=str)), rows, when)


def _when(groups: Iterable[object], parts: Iterable[object]) -> str:
    """Say from which quarter on, or up to which too; with gaps between them, nothing.

    >>> _when(["2021-Q3", "2021-Q2"], ["2021-Q1", "2021-Q2", "2021-Q3"])
    ' since 2021-Q2'
    """
    hit, times = sorted(map(str, groups)), sorted(map(str, parts))
    first = times.index(hit[0])
    if times[first : first + len(hit)] != hit:
        return ""
    if hit[-1] == times[-1]:
        return f" since {hit[0]}"
    return f" in {hit[0]}" if len(hit) == 1 else f" from {hit[0]} to {hit[-1]}"


def _beyond_growth(factor: float, found: Sequence[Quantiles], usual: Quantiles) -> bool:
    """Whether all quantiles moved by the factor, two or more, exactly: populations do not."""
    if abs(math.log(factor)) < math.log(2):
        return False
    logs = [math.log(q / p / factor) for part in found for q, p in zip(part, usual, strict=True)]
    return max(map(abs, logs)) <= TOLERANCE


def _quantiles_by_category(
    scene: Scene, seen: ColumnStates, grouping: Grouping
) -> Mapping[str, Quantiles]:
    """The pilot's quantiles of a number within each category, from their joint counts."""
    if grouping.column is None or scene.pilot is None or not seen.plan.cuts:
        return {}
    first, second = grouping.column.plan, seen.plan
    joint = scene.pilot.pair(first.name, second.name)
    turned = joint is None
    joint = scene.pilot.pair(second.name, first.name) if turned else joint
    table = np.zeros((11, second.bins))
    for key, n in (joint.counts if joint else {}).items():
        a, b = cast("tuple[int, int]", key)
        table[(b, a) if turned else (a, b)] += n
    edges = [second.low or 0.0, *second.cuts, second.high or 0.0]
    found = {}
    # The eleventh row is of all other categories together.
    for rank, category in enumerate(first.categories[:10]):
        reached = np.concatenate([[0.0], np.cumsum(table[rank])])
        if reached[-1] >= 30:
            found[category] = tuple(np.interp(np.array(QUANTILES) * reached[-1], reached, edges))
    return found


def _tolerances(quantiles: Quantiles, n: int) -> NDArray[np.float64]:
    """How far each log quantile of n rows may be off: 0.05, and its sampling error.

    The error of a quantile is sqrt(q(1 - q)/n) over the density, here from its neighbours.
    """
    q, logs = np.array(QUANTILES), np.log(quantiles)
    error = np.sqrt(q * (1 - q) / n) * np.gradient(logs, q)
    tolerances: NDArray[np.float64] = TOLERANCE + STANDARD_ERRORS * error
    return np.minimum(MOST_TOLERANCE, tolerances)


def _factor(logs: Sequence[float], tolerances: NDArray[np.float64]) -> float | None:
    """The known factor that all quantiles moved by, or None."""
    middle = sum(logs) / len(logs)
    factor = min(FACTORS, key=lambda f: abs(math.log(f) - middle))
    moved = math.log(factor)
    near = all(abs(x - moved) <= far for x, far in zip(logs, tolerances, strict=True))
    return factor if near else None


def _finding(scene: Scene, seen: ColumnStates, hit: _Hit) -> Finding:
    cell, factor, name = scene.cell(seen), hit.factor, seen.plan.name
    everywhere = hit.grouping.expression == "'all'"
    there = "" if everywhere else values_in(hit.grouping.expression, hit.groups)
    where = and_(f"({cell}) IS NOT NULL", there)
    shown = ", ".join(str(g) for g in hit.groups[:8]) + (" ..." if len(hit.groups) > 8 else "")
    place = "in all rows" if everywhere else f"where {hit.grouping.name} {shown}"
    rows = scene.count(where)
    return scene.finding(
        dimension="consistency",
        detector="unit_change",
        severity=severity_of(rows / seen.rows, FAIL_DAMAGE),
        column=name,
        message=f"The unit of '{name}' seems to have changed: {rows:,} values are by a factor of "
        f"{factor:.6g} what the pilot holds, {place}: {FACTORS[factor]}?",
        measured=factor,
        limit=1.0,
        limit_origin="the pilot's quantiles; five moved by one known factor, within 5 % and noise",
        where=where,
        rows_affected=rows,
        cells=True,
        fix=f"Divide '{seen.name}' by {factor:.6g} in these rows.",
        brief=f"in {FACTORS[factor].replace(' for ', ' instead of ')}{hit.when}",
    )
