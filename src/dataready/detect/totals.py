"""Totals that do not reconcile: what another dataset says of its rows, and what their parts sum to.

Where rows refer to a key of another dataset (an order's lines to the order), a number there may be
the sum of a column here, of the product of two, or the number of rows. It is taken for one if it is
so for nine keys in ten; the rows of the others do not add up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from dataready.compare.evidence import percent, rows_sql
from dataready.detect.foreign_keys import Home, links_of
from dataready.detect.keys import home_of, text_of, type_in
from dataready.detect.scene import Scene
from dataready.model import TABLE, Finding, Severity
from dataready.profile.plan import ColumnPlan
from dataready.profile.profile import ColumnStates
from dataready.profile.relation import parse
from dataready.sql import and_, ident
from dataready.warehouse.connection import refusals

__all__ = ["total_findings"]

LOOK_KEYS = 5_000
LEAST_KEYS = 30
LEAST_SUMS = 10
HOLDS = 0.9
LAW = 0.98
CENT = 0.0051
MOST_LINKS = 10
MOST_HERE = 8
MOST_THERE = 12
_NUMBER = ColumnPlan(name="", base="number")


@dataclass(frozen=True, slots=True)
class _Sum:
    """What rows add up to: in words, and as an expression of one row."""

    words: str
    cell: str


def total_findings(scene: Scene, homes: Mapping[str, Home]) -> list[Finding]:
    """One finding a total of another dataset that rows of this one do not add up to."""
    found: list[Finding] = []
    links = list(links_of(scene, homes).items())[:MOST_LINKS]
    for column, (dataset, key, path) in links:
        with refusals(f"to add up totals of dataset '{dataset}'"):
            found += _link(scene, scene.production[column], dataset, key, path)
    return found


def _link(scene: Scene, seen: ColumnStates, dataset: str, key: str, path: str) -> Iterator[Finding]:
    there, attach = home_of(scene, dataset, path)
    sums = _sums(scene, seen)
    totals = _totals(scene, there, key)
    if not totals:
        return
    own, other = text_of(seen.name, seen.type), text_of(key, type_in(scene, there, key))
    for total, cell in totals:
        best = _best(scene, own, sums, (there, other, cell))
        if best is None:
            continue
        joined = _joined(own, [best], there, other, cell)
        off = f"SELECT k FROM (\n{joined}\n) WHERE {_differ('s0')}"
        where = and_(f"({own}) IS NOT NULL", f"{own} IN ({off})")
        ((wrong, keys),) = scene.query(
            f"SELECT count(*) FILTER ({_differ('s0')}), count(*) FROM (\n{joined}\n)"
        )
        if not wrong:
            continue
        share = int(wrong) / int(keys)
        name = seen.plan.name
        yield scene.finding(
            dimension="integrity",
            detector="total_differs",
            severity=Severity.WARN if share <= 1 - LAW else Severity.INFO,
            column=name,
            message=f"{int(wrong):,} of {int(keys):,} totals {dataset}.{total} are not what their "
            f"rows here add up to ({best.words}, by '{name}').",
            measured=share,
            limit=0.0,
            limit_origin=f"{percent(1 - share)} of the totals are just that, to the cent",
            where=where,
            sql=attach + rows_sql(where, seen.name),
            fix=f"Load the rows that are missing here, or correct {dataset}.{total}.",
        )


def _sums(scene: Scene, seen: ColumnStates) -> list[_Sum]:
    """What may be summed: the rows themselves, numbers, and products of two."""
    numbers = [
        s
        for s, _ in scene.pairs()
        if s.plan.base == "number" and s.plan.kind == "number" and s.plan.role == "feature"
    ]
    # What refers to something is no amount.
    numbers = [s for s in numbers if s.name != seen.name and s.plan.name not in scene.references]
    cells = {s.plan.name: f"({scene.cell(s)})" for s in numbers[:MOST_HERE]}
    products = combinations(cells, 2)
    return [
        _Sum("the number of rows", "1"),
        *(_Sum(f"the sum of '{n}'", c) for n, c in cells.items()),
        *(_Sum(f"the sum of '{a}' times '{b}'", f"{cells[a]} * {cells[b]}") for a, b in products),
    ]


def _totals(scene: Scene, there: str, key: str) -> list[tuple[str, str]]:
    """Columns of the other dataset that may be totals, and how their cells read as numbers."""
    described = [(str(d[0]), str(d[1])) for d in scene.query(f"DESCRIBE {there}")]
    found = []
    for name, type_ in described:
        if name == key or name.startswith("_dataready_"):
            continue
        cell = parse(ident(name), type_, _NUMBER)
        ((rows, read, different),) = scene.query(
            f"SELECT count({ident(name)}), count({cell}), approx_count_distinct({cell})"
            f" FROM {there}"
        )
        if rows and int(read) >= HOLDS * int(rows) and int(different) >= LEAST_SUMS:
            found.append((name, cell))
    return found[:MOST_THERE]


def _joined(
    own: str, sums: Sequence[_Sum], there: str, other: str, cell: str, every: str = "TRUE"
) -> str:
    """Keys with their total t, the rows n that refer to them, and what these add up to."""
    parts = ", ".join(f"sum({s.cell}) AS s{k}" for k, s in enumerate(sums))
    return (
        f"SELECT k, t, n, r.* EXCLUDE (k, n) FROM (SELECT {own} AS k, count(*) AS n, {parts}"
        f" FROM {ident(TABLE)} WHERE ({own}) IS NOT NULL AND {every} GROUP BY 1) AS r\n"
        f"JOIN (SELECT {other} AS k, {cell} AS t FROM {there}) AS h USING (k) WHERE t IS NOT NULL"
    )


def _differ(name: str) -> str:
    return f"coalesce(abs(t - {name}) > {CENT!r} + 1e-9 * abs(t), TRUE)"


def _best(scene: Scene, own: str, sums: Sequence[_Sum], home: tuple[str, str, str]) -> _Sum | None:
    """What a total is the sum of for nine keys in ten, in some thousand of them; or None."""
    there, other, cell = home
    ((keys,),) = scene.query(f"SELECT approx_count_distinct({own}) FROM {ident(TABLE)}")
    every = f"hash({own}) % {max(1, int(keys) // LOOK_KEYS)} = 0"
    holds = ", ".join(f"count(*) FILTER (NOT {_differ(f's{k}')})" for k in range(len(sums)))
    counted = scene.query(
        f"SELECT count(*), count(*) FILTER (n > 1), count(DISTINCT t), {holds}"
        f" FROM (\n{_joined(own, sums, there, other, cell, every)}\n)"
    )[0]
    of, several, different, *held = map(int, counted)
    if several < LEAST_KEYS or different < LEAST_SUMS or max(held) < HOLDS * of:
        return None
    return sums[held.index(max(held))]
