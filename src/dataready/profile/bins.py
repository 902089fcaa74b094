"""The bins of a table's cells, one small integer each: what joint counts are made from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dataready.model import ROW_COLUMN
from dataready.profile.metric import part
from dataready.profile.plan import ColumnPlan, Plan
from dataready.profile.relation import Relation, bin_expression
from dataready.sql import ident

__all__ = ["NONE", "bin_codes", "binned_table", "bins_sql"]

NONE = 11
"""Stands for no bin; bins are 0 to 10."""
_AT_ONCE = 40

_BINS, _CATEGORIES = "dataready_bins", "dataready_categories"


def bins_sql(
    cells: str,
    plan: Plan,
    more: Mapping[str, str] | None = None,
    maps: Mapping[str, str] | None = None,
    where: str = "TRUE",
) -> str:
    """Write the SELECT of every column's bin, one UTINYINT each.

    Text is looked up among the pilot's categories: the ten most frequent are bins 0 to 9,
    other known ones are bin 10, unseen ones have none. `more` are columns beside the bins:
    name -> expression over the cells. `maps` are tables that say the bin of a column's cells,
    and `where` is a predicate for the rows wanted.
    """
    lines = [f"{expression} AS {ident(name)}" for name, expression in (more or {}).items()]
    joins = []
    for k, column in enumerate(plan):
        name = part(column.name, "bin")
        if column.name in (maps or {}):
            joins.append(
                f"LEFT JOIN {(maps or {})[column.name]} AS m{k}"
                f" ON m{k}.cell = {part(column.name, 'raw')}"
            )
            lines.append(f"m{k}.bin AS {name}")
        elif column.base != "text":
            lines.append(f"{bin_expression(column)} AS {name}")
        else:
            cell = part(column.name, "value")
            joins.append(
                f"LEFT JOIN (SELECT value, bin FROM {_CATEGORIES} WHERE col = {k}) AS c{k}"
                f" ON c{k}.value = {cell}"
            )
            lines.append(f"c{k}.bin AS {name}")
    sql = "SELECT\n  " + ",\n  ".join(lines) + f"\nFROM (\n{cells}\n)\n" + "\n".join(joins)
    return sql if where == "TRUE" else f"{sql}\nWHERE {where}"


@contextmanager
def binned_table(
    con: duckdb.DuckDBPyConnection,
    relation: Relation,
    more: Mapping[str, tuple[str, str]] | None = None,
    tallies: Mapping[str, str] | None = None,
    where: str = "TRUE",
) -> Iterator[str]:
    """Materialise the bins: read once, counted by every pair; answer the table, quoted.

    `more` are columns beside the bins: name -> the column that it is of, and an expression.
    Of columns that have a tally, only the tally's cells are sorted into bins. `where` is a
    predicate for the rows wanted.
    """
    plan = Plan(tuple(c for c in relation.present if c.binned))
    _categories(con, plan)
    maps = {
        column.name: _map(con, relation, column, k, tally)
        for k, column in enumerate(plan)
        if (tally := (tallies or {}).get(relation.names.get(column.name, column.name)))
    }
    others = more or {}
    cells = relation.select([*(c.name for c in plan), *(column for column, _ in others.values())])
    wanted = {name: expression for name, (_, expression) in others.items()}
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {_BINS} AS {bins_sql(cells, plan, wanted, maps, where)}"
    )
    try:
        yield ident(_BINS)
    finally:
        for made in (_BINS, *maps.values()):
            con.execute(f"DROP TABLE IF EXISTS {made}")


def bin_codes(
    con: duckdb.DuckDBPyConnection, relation: Relation, names: Sequence[str], where: str = "TRUE"
) -> NDArray[np.uint8]:
    """Read the bins of many columns, some columns at a time: no statement is too wide.

    Args:
        con: An open connection.
        relation: What is read.
        names: Columns of the plan that have bins.
        where: A predicate for the rows wanted; all of them are held, one byte a cell.

    Returns:
        Shape (rows, columns), by the number of the row; `NONE` where there is no bin.
    """
    (rows,) = con.execute(
        f"SELECT count(*) FROM {ident(relation.table)} WHERE {where}"
    ).fetchone() or (0,)
    codes = np.full((len(names), rows), NONE, np.uint8)
    for start in range(0, len(names), _AT_ONCE):
        plan = Plan(tuple(relation.plan[name] for name in names[start : start + _AT_ONCE]))
        _categories(con, plan)
        sql = bins_sql(relation.select([c.name for c in plan]), plan, where=where)
        found = con.execute(f"{sql}\nORDER BY {ident(ROW_COLUMN)}").fetchnumpy()
        for k, values in enumerate(found.values(), start):
            codes[k] = np.ma.filled(np.ma.asarray(values), NONE)
    return codes.T


def _categories(con: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    """Make the table of the categories of the plan's texts and their bins."""
    rows = [
        (k, value, min(rank, 10))
        for k, column in enumerate(plan)
        if column.base == "text"
        for rank, value in enumerate(column.categories)
    ]
    col, value, bin_ = zip(*rows, strict=True) if rows else ((), (), ())
    categories = pa.table(
        {
            "col": pa.array(col, pa.int32()),
            "value": pa.array(value, pa.string()),
            "bin": pa.array(bin_, pa.uint8()),
        }
    )
    con.register("dataready_categories_arrow", categories)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {_CATEGORIES} AS SELECT * FROM dataready_categories_arrow"
    )
    con.unregister("dataready_categories_arrow")


def _map(
    con: duckdb.DuckDBPyConnection, relation: Relation, column: ColumnPlan, k: int, tally: str
) -> str:
    """Make the table of a tallied column's cells and their bins."""
    made = f"{_BINS}_{k}"
    cell = part(column.name, "raw")
    cells = relation.select_tally(column.name, tally)
    if column.base != "text":
        sql = f"SELECT {cell} AS cell, {bin_expression(column)} AS bin FROM (\n{cells}\n)"
    else:
        sql = (
            f"SELECT {cell} AS cell, c.bin FROM (\n{cells}\n) JOIN {_CATEGORIES} AS c"
            f" ON c.col = {k} AND c.value = {part(column.name, 'value')}"
        )
    con.execute(f"CREATE OR REPLACE TEMP TABLE {made} AS {sql}")
    return made
