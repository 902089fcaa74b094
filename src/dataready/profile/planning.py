"""How a plan is made: what a table's text means, and the bins that its values suggest."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import duckdb
import numpy as np

from dataready.model import TABLE, Kind, Role, Schema
from dataready.profile.infer import Reading, read_as
from dataready.profile.look import Look
from dataready.profile.metric import ROWS, part
from dataready.profile.partners import pairs_to_count
from dataready.profile.plan import ColumnPlan, Plan
from dataready.profile.profile import ColumnStates, Profile
from dataready.profile.relation import Relation, is_date, is_number, is_text, one_in
from dataready.sql import ident, literal

__all__ = ["first_plan", "full_plan", "weighted_quantiles"]

LOOK_ROWS = 20_000
MOST_CODES = 50
MOST_EXACT_BINS = 10
MOST_CATEGORIES = 10_000
MOST_ID_CATEGORIES = 200
EVEN_ROWS = 1_000_000
PER_SELECT = 40


def first_plan(
    con: duckdb.DuckDBPyConnection,
    schema: Schema,
    *,
    typed: bool | Collection[str],
    roles: Mapping[str, Role] | None = None,
    personal: frozenset[str] = frozenset(),
    least: float = 0.95,
    table: str = TABLE,
) -> Plan:
    """Say how each column is read, before anything has been counted.

    Args:
        con: An open connection to the extract.
        schema: The extract's.
        typed: Whether the source had types, or the columns that had. Where not, numbers and
            dates are looked for in the text of up to 20,000 rows.
        roles: Declared roles, by column.
        personal: Columns of personal data.
        least: The share of a column's texts that must parse as numbers or dates.
        table: The bare name of the table.
    """
    known = () if typed is False else schema.names if typed is True else typed
    texts = [c.name for c in schema if is_text(c.type) and c.name not in known]
    readings = _look(con, texts, table, least) if texts else {}
    columns = []
    for column in schema:
        reading = readings.get(column.name) or Reading(
            "number" if is_number(column.type) else "date" if is_date(column.type) else "text"
        )
        role = (roles or {}).get(column.name, "time" if reading.base == "date" else "feature")
        columns.append(
            ColumnPlan(
                name=column.name,
                base=reading.base,
                date_format=reading.date_format,
                role=role,
                personal=column.name in personal,
            )
        )
    return Plan(tuple(columns))


def _look(
    con: duckdb.DuckDBPyConnection, columns: list[str], table: str, least: float
) -> dict[str, Reading]:
    (rows,) = con.execute(f"SELECT count(*) FROM {ident(table)}").fetchone() or (0,)
    step = max(1, rows // LOOK_ROWS)
    names = ", ".join(ident(c) for c in columns)
    every = f"WHERE {one_in(step)}" if step > 1 else ""
    sample = con.execute(f"SELECT {names} FROM {ident(table)} {every}").to_arrow_table()
    return {
        name: read_as([t for t in sample.column(k).to_pylist() if t is not None], least=least)
        for k, name in enumerate(columns)
    }


def full_plan(
    con: duckdb.DuckDBPyConnection,
    bare: Profile,
    *,
    table: str = TABLE,
    look: Look | None = None,
) -> Plan:
    """Learn the bins, ranges and categories of a table from a profile under a bare plan."""
    numbers = [c.plan for c in bare if c.plan.base != "text" and c.usable]
    cuts = _cuts(con, bare, numbers, table, look.facts.tallies if look else {})
    share = bare.distinct_share
    columns = [_full_column(bare[c.name], cuts.get(c.name, ()), share) for c in bare.plan]
    plan = Plan(tuple(columns))
    return Plan(plan.columns, pairs_to_count(con, plan, bare.schema, table=table))


def _full_column(seen: ColumnStates, cuts: tuple[float, ...], share: float) -> ColumnPlan:
    """Complete a column's plan; `share` of the rows are no copies of others."""
    plan, n = seen.plan, seen.usable
    distinct = seen.different
    if n == 0:
        return replace(plan, kind="empty")
    role = plan.role
    if plan.base == "text":
        is_id = not seen.values.exact or distinct > max(MOST_CODES, share * n / 2)
        kind: Kind = "flat" if distinct == 1 else "id" if is_id else "text"
        shapes = seen.formats.ranked() if kind == "id" and seen.formats else []
        ranked = seen.values.ranked() if seen.values.exact else []
        most = MOST_ID_CATEGORIES if kind == "id" else MOST_CATEGORIES
        return replace(
            plan,
            kind=kind,
            role="text" if kind == "id" and role == "feature" else role,
            values=n,
            categories=tuple(str(v) for v, _ in ranked[:most]),
            shapes=tuple(str(v) for v, _ in shapes),
        )
    if seen.range is None or seen.moments is None:
        return plan
    few = seen.values.exact and distinct <= MOST_CODES
    values = sorted(float(str(v)) for v in seen.values.counts) if few else []
    if few and distinct <= MOST_EXACT_BINS:
        cuts = tuple(values[:-1])
    whole = plan.base == "number" and all(v == round(v) for v in values)
    return replace(
        plan,
        kind="flat" if distinct == 1 else plan.base,
        values=n,
        low=seen.range.low,
        high=seen.range.high,
        mean=seen.moments.mean,
        std=seen.moments.std,
        cuts=cuts,
        codes=tuple(values) if few and whole else (),
    )


def _cuts(
    con: duckdb.DuckDBPyConnection,
    bare: Profile,
    columns: list[ColumnPlan],
    table: str,
    tallies: Mapping[str, str],
) -> dict[str, tuple[float, ...]]:
    """Inner edges of ten bins of equal mass: distinct deciles without their ends.

    Of a column without a tally, in a table of more than two million rows, those of a million
    rows and more chosen evenly: an edge's share of rows is then right to 0.1 points.
    """
    relation = Relation(table, bare.plan, bare.schema, bare.names)
    counted = {c.name: tallies.get(bare.names.get(c.name, c.name)) for c in columns}
    found = {
        name: _weighted_deciles(con, relation.select_tally(name, tally), name)
        for name, tally in counted.items()
        if tally
    }
    step = max(1, bare.rows // EVEN_ROWS)
    every = f"\nWHERE {one_in(step)}" if step > 1 else ""
    # As numpy.linspace spells them: 0.3 and 0.30000000000000004 find edges on two sides of a row.
    deciles = "[" + ", ".join(literal(k * 0.1) for k in range(11)) + "]"
    rest = [name for name, tally in counted.items() if not tally]
    for start in range(0, len(rest), PER_SELECT):
        some = rest[start : start + PER_SELECT]
        wanted = ", ".join(f"quantile_cont({part(name, 'value')}, {deciles})" for name in some)
        sql = f"SELECT {wanted} FROM (\n{relation.select(some)}\n){every}"
        found |= dict(zip(some, con.execute(sql).fetchone() or (), strict=True))
    return {name: tuple(sorted(set(q))[1:-1]) if q else () for name, q in found.items()}


def _weighted_deciles(con: duckdb.DuckDBPyConnection, cells: str, column: str) -> list[float]:
    """Answer the deciles of a tallied column."""
    value = part(column, "value")
    sql = f"SELECT {value}, sum({ROWS}) FROM (\n{cells}\n) WHERE {value} IS NOT NULL GROUP BY 1"
    values, rows = zip(*con.execute(f"{sql} ORDER BY 1").fetchall(), strict=True)
    return weighted_quantiles(values, rows, [k * 0.1 for k in range(11)])


def weighted_quantiles(
    values: Sequence[float], rows: Sequence[int], wanted: Sequence[float]
) -> list[float]:
    """Answer the quantiles of ascending values with how many rows each, as quantile_cont does.

    >>> weighted_quantiles([1.0, 5.0], [3, 1], [0.5, 1.0])
    [1.0, 5.0]
    """
    held, reached = np.asarray(values, float), np.cumsum(np.asarray(rows, float))
    places = (reached[-1] - 1) * np.asarray(wanted)
    below, above = (
        held[np.searchsorted(reached, end(places), side="right")] for end in (np.floor, np.ceil)
    )
    quantiles: list[float] = (below + (above - below) * (places - np.floor(places))).tolist()
    return quantiles
