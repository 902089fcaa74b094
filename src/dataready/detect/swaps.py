"""Rows in which two columns hold each other's values: told by what the pilot's columns hold.

A value fits a column that holds such a number (in its range, among its codes), date, category or
format in the pilot; a category that it met once is no habit. A row is swapped where two values fit
each other's column and not their own; two columns of categories are `categories`' to judge.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from dataready.compare.evidence import severity_beyond, share_limit
from dataready.detect.scene import ALL, Scene
from dataready.model import Finding
from dataready.profile.metrics.validity import outside, unknown_code
from dataready.profile.plan import ColumnPlan
from dataready.profile.profile import ColumnStates
from dataready.profile.relation import blank, is_one_of, is_text, parse
from dataready.profile.shape import shape
from dataready.sql import and_, ident, values_in

__all__ = ["swap_findings"]

LEAST_ROWS = 5
LOOK_ROWS = 100_000
LEAST_SHARE = 0.5
MOST_COLUMNS = 12
HABIT = 2
_SIGNS = frozenset("9a ")


def swap_findings(scene: Scene) -> list[Finding]:
    """Two findings a pair of columns: five rows at least, half of what does not fit in one.

    All rows are asked of pairs that 100,000 rows show to be swapped somewhere.
    """
    if scene.pilot is None:
        return []
    columns = [s for s, b in scene.pairs() if b is not None and _tells(s, b)]
    some = scene.some(LOOK_ROWS)
    near = _strays(scene, columns, some)
    columns = sorted((c for c in columns if near[c.name]), key=lambda c: (-near[c.name], c.name))
    pairs = [p for p in combinations(columns[:MOST_COLUMNS], 2) if not _categories(*p)]
    hits = _counted(scene, columns, pairs, some)
    pairs = [pair for pair, rows in zip(pairs, hits, strict=True) if rows]
    columns = [c for c in columns if any(c in pair for pair in pairs)]
    strays = _strays(scene, columns)
    found: list[Finding] = []
    for (a, b), rows in zip(pairs, _counted(scene, columns, pairs), strict=True):
        if rows >= max(LEAST_ROWS, LEAST_SHARE * min(strays[a.name], strays[b.name])):
            found += _findings(scene, a, b, rows)
    return found


def _tells(seen: ColumnStates, before: ColumnStates) -> bool:
    """Whether a column says what fits it, and holds anything that may not."""
    plan = seen.plan
    if plan.kind in {"flat", "empty"}:
        return False
    if plan.base == "text":
        known = before.values.exact and before.values.total > len(before.values.counts)
        return known if plan.kind == "text" else _has_form(plan)
    strange = seen.range is not None and plan.base == "number" and _leaves(seen, plan)
    return bool(seen.counts["unparsed"] + seen.counts["disguised"]) or strange


def _has_form(plan: ColumnPlan) -> bool:
    """Whether the formats of a column of many texts have signs or digits that tell them."""
    return bool(plan.shapes) and all(set(s) - _SIGNS or "9" in s for s in plan.shapes)


def _leaves(seen: ColumnStates, plan: ColumnPlan) -> bool:
    low, high = (seen.range.low, seen.range.high) if seen.range else (None, None)
    if plan.low is None or plan.high is None or low is None or high is None:
        return False
    return bool(plan.codes) or low < plan.low - plan.pad or high > plan.high + plan.pad


def _fits(scene: Scene, text: str, seen: ColumnStates) -> str:
    """Write whether a text could be a value of a column, as the pilot knows it."""
    plan = seen.plan
    if plan.base == "text":
        before = scene.pilot.get(plan.name) if scene.pilot else None
        if plan.kind == "text" and before is not None:
            known = [v for v, n in before.values.counts.items() if n >= HABIT]
            return f"coalesce({is_one_of(text, known, plan)}, FALSE)"
        return f"coalesce({values_in(shape(text), plan.shapes)}, FALSE)"
    read = f"({parse(text, 'VARCHAR', plan)})"
    inside = f"{read} IS NOT NULL"
    if plan.base == "number":
        inside = and_(inside, f"NOT {outside(read, plan)}", f"NOT ({unknown_code(read, plan)})")
    return f"coalesce({inside}, FALSE)"


def _stray(scene: Scene, seen: ColumnStates) -> str:
    """The predicate of a cell that is there and does not fit its own column.

    A word repeated among numbers may be another column's category: it is not taken as missing.
    """
    own = ident(seen.name)
    there = f"{own} IS NOT NULL"
    if is_text(seen.type):
        there = and_(there, f"NOT ({blank(own, seen.type)})")
    return and_(there, f"NOT {_fits(scene, f'{own}::VARCHAR', seen)}")


def _strays(scene: Scene, columns: Sequence[ColumnStates], rows: str = ALL) -> dict[str, int]:
    """How many cells do not fit, by column."""
    if len(columns) < 2:
        return dict.fromkeys((c.name for c in columns), 0)
    counts = ", ".join(f"count(*) FILTER ({_stray(scene, c)})" for c in columns)
    (found,) = scene.query(f"SELECT {counts} FROM {rows}")
    return {c.name: int(n) for c, n in zip(columns, found, strict=True)}


def _categories(a: ColumnStates, b: ColumnStates) -> bool:
    return all(c.plan.base == "text" and c.plan.kind == "text" for c in (a, b))


def _swapped(scene: Scene, a: ColumnStates, b: ColumnStates) -> str:
    """The predicate of rows in which two columns hold each other's values."""
    return and_(
        _stray(scene, a),
        _stray(scene, b),
        _fits(scene, f"{ident(a.name)}::VARCHAR", b),
        _fits(scene, f"{ident(b.name)}::VARCHAR", a),
    )


def _counted(
    scene: Scene,
    columns: Sequence[ColumnStates],
    pairs: Sequence[tuple[ColumnStates, ColumnStates]],
    rows: str = ALL,
) -> Iterator[int]:
    """Swapped rows per pair: of the rows with two strays, few, the rest is asked."""
    if not pairs:
        return
    strays = " + ".join(f"({_stray(scene, c)})::INTEGER" for c in columns)
    counts = ", ".join(f"count(*) FILTER ({_swapped(scene, a, b)})" for a, b in pairs)
    (found,) = scene.query(f"SELECT {counts} FROM (SELECT * FROM {rows} AND {strays} >= 2)")
    yield from map(int, found)


def _findings(scene: Scene, a: ColumnStates, b: ColumnStates, rows: int) -> Iterator[Finding]:
    where, share = _swapped(scene, a, b), rows / a.rows
    limit = _pilot_limit(scene, a, b)
    for seen, other in ((a, b), (b, a)):
        name, partner = seen.plan.name, other.plan.name
        yield scene.finding(
            dimension="consistency",
            detector="swapped_columns",
            severity=severity_beyond(share, limit),
            column=name,
            message=f"{rows:,} values of '{name}' belong to '{partner}': the two columns are "
            "swapped there. Each value fits the other column in the pilot, and not its own.",
            measured=share,
            limit=limit,
            limit_origin="the pilot's ranges, categories and formats of both columns"
            + (", and its own such rows" if limit else ""),
            where=where,
            rows_affected=rows,
            cells=True,
            fix=f"Swap '{seen.name}' and '{other.name}' back in these rows.",
        )


def _pilot_limit(scene: Scene, a: ColumnStates, b: ColumnStates) -> float:
    """How large a share is no news: what the pilot's own such rows foretell; 0 for none."""
    side = scene.pilot_side
    if side is None:
        return 0.0
    here = [side.production[c.plan.name] for c in (a, b)]
    of_pilot = Scene(table=scene.table, con=side.con, production=side.production, pilot=scene.pilot)
    hits = of_pilot.count(_swapped(of_pilot, here[0], here[1]))
    return share_limit(hits, here[0].rows, a.rows, slack=0.0) if hits else 0.0
