"""As few passes over an extract as its metrics allow.

`plan_scan` is pure: it writes the SQL that tests read and reports quote. `scan` runs it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

import duckdb
import pyarrow as pa

from dataready.model import TABLE, Schema
from dataready.profile.metric import Aggregates, Groups, Metric, form, part
from dataready.profile.plan import Plan
from dataready.profile.relation import Relation, bin_expression
from dataready.profile.state import State, Tally
from dataready.sql import ident, select, values_in

__all__ = ["ScanPlan", "binned_table", "bins_sql", "group_sql", "plan_scan", "scan"]

_PER_SELECT = 40
_BINS, _CATEGORIES = "dataready_bins", "dataready_categories"
_VALUES, _ROWS = "dataready_values", "dataready_rows"


@dataclass(frozen=True, slots=True)
class ScanPlan:
    """The SQL of one scan: SELECTs of many aggregates each, and one query per grouping."""

    selects: tuple[str, ...]
    groups: Mapping[str, str]


def plan_scan(relation: Relation, metrics: Iterable[Metric[State]]) -> ScanPlan:
    """Write all the SQL that answers the metrics over a relation.

    A SELECT reads up to 40 columns: wider ones take longer to plan than to run.
    """
    chunks: list[tuple[dict[str, None], dict[str, str]]] = []
    groups: dict[str, str] = {}
    for metric in metrics:
        match metric.query():
            case Aggregates(expressions):
                wanted = {f"{metric.id}.{name}": e for name, e in expressions.items()}
            case Groups() as query:
                groups[metric.id] = group_sql(_from(relation, metric, query), query)
                wanted = _hint(metric, query)
        columns = dict.fromkeys(metric.columns)
        if not wanted:
            continue
        if not chunks or (
            chunks[-1][0] and len(chunks[-1][0] | columns) > max(_PER_SELECT, len(columns))
        ):
            chunks.append(({}, {}))
        chunks[-1][0].update(columns)
        chunks[-1][1].update(wanted)
    selects = (select(e, from_=f"(\n{relation.select(columns)}\n)") for columns, e in chunks)
    return ScanPlan(tuple(selects), groups)


def _hint(metric: Metric[State], query: Groups) -> dict[str, str]:
    """About how many groups there are: too many are not even asked for."""
    if query.binned or query.of_value is not None:
        return {}
    key = query.keys[0] if len(query.keys) == 1 else f"({', '.join(query.keys)})"
    return {f"{metric.id}.?": f"approx_count_distinct({key}) FILTER ({query.where})"}


def group_sql(from_: str, query: Groups, *, count: str = "count(*)") -> str:
    """Write the SELECT that counts rows by key, cut where there are too many groups."""
    keys = ", ".join(f"{key} AS k{i}" for i, key in enumerate(query.keys))
    sql = f"SELECT {keys}, {count} AS n\nFROM {from_}\nWHERE {query.where}\nGROUP BY ALL"
    if query.smallest is not None:
        return f"{sql}\nORDER BY k0\nLIMIT {query.smallest}"
    return f"{sql}\nLIMIT {query.cap + len(query.known) + 1}"


def _from(relation: Relation, metric: Metric[State], query: Groups) -> str:
    return ident(_BINS) if query.binned else f"(\n{relation.select(metric.columns)}\n)"


def bins_sql(cells: str, plan: Plan, more: Mapping[str, str] | None = None) -> str:
    """Write the SELECT of every column's bin, one UTINYINT each.

    Text is looked up among the pilot's categories: the ten most frequent are bins 0 to 9,
    other known ones are bin 10, unseen ones have none. `more` are columns beside the bins:
    name -> expression over the cells.
    """
    lines = [f"{expression} AS {ident(name)}" for name, expression in (more or {}).items()]
    joins = []
    for k, column in enumerate(plan):
        name = part(column.name, "bin")
        if column.base != "text":
            lines.append(f"{bin_expression(column)} AS {name}")
            continue
        cell = part(column.name, "value")
        joins.append(
            f"LEFT JOIN (SELECT value, bin FROM {_CATEGORIES} WHERE col = {k}) AS c{k}"
            f" ON c{k}.value = {cell}"
        )
        lines.append(f"c{k}.bin AS {name}")
    return "SELECT\n  " + ",\n  ".join(lines) + f"\nFROM (\n{cells}\n)\n" + "\n".join(joins)


def scan(
    con: duckdb.DuckDBPyConnection,
    plan: Plan,
    schema: Schema,
    metrics: Sequence[Metric[State]],
    *,
    table: str = TABLE,
    names: Mapping[str, str] | None = None,
    progress: Callable[[str], None] | None = None,
) -> dict[str, State]:
    """Compute the state of every metric.

    Args:
        con: An open connection; only temporary tables are made in it.
        plan: How cells are read.
        schema: The table's own; columns of the plan that it lacks must have no metric.
        metrics: Each is computed once.
        table: The bare name of the table.
        names: Pilot column -> the table's column, where they differ.
        progress: Told the name of each step.

    Returns:
        Metric id -> state. A table of no rows gives empty states.
    """
    relation = Relation(table, plan, schema, names or {})
    planned = plan_scan(relation, metrics)
    say = progress or (lambda _: None)
    answers: dict[str, Any] = {}
    for sql in planned.selects:
        say("counting")
        result = con.execute(sql)
        columns = [d[0] for d in result.description]
        answers |= dict(zip(columns, result.fetchone() or (), strict=True))
    binned = any(isinstance(q := m.query(), Groups) and q.binned for m in metrics)
    with binned_table(con, relation) if binned else nullcontext():
        return _states(con, relation, metrics, answers, say)


def _states(
    con: duckdb.DuckDBPyConnection,
    relation: Relation,
    metrics: Sequence[Metric[State]],
    answers: Mapping[str, Any],
    say: Callable[[str], None],
) -> dict[str, State]:
    """Build each metric's state from the aggregates' answers or from its own grouping."""
    states: dict[str, State] = {}
    tallied: dict[str, Tally] = {}
    for metric in metrics:
        query = metric.query()
        if isinstance(query, Aggregates):
            found = {name: answers[f"{metric.id}.{name}"] for name in query.expressions}
            states[metric.id] = metric.state(found)
            continue
        say(metric.id)
        known = tallied.get(query.of_value or "")
        if known is not None:
            tally = _from_values(con, query, known)
        else:
            from_ = _from(relation, metric, query)
            tally = _tally(con, from_, query, answers.get(f"{metric.id}.?"))
        states[metric.id] = metric.state(tally)
        if metric.id.startswith("values(") and tally.exact:
            tallied[metric.id[7:-1]] = tally
    return states


def _from_values(con: duckdb.DuckDBPyConnection, query: Groups, values: Tally) -> Tally:
    """Count the groups of a column's values instead of its rows."""
    counts = values.counts
    name = form(str(query.of_value), "value")
    table = pa.table({name: pa.array(list(counts)), _ROWS: pa.array(counts.values(), pa.int64())})
    if not counts:
        return Tally.of((), known=query.known, cap=query.cap)
    con.register(_VALUES, table)
    try:
        # Nothing is cut: there are no more groups than values.
        uncut = replace(query, cap=max(query.cap, len(counts)))
        sql = group_sql(_VALUES, uncut, count=f"sum({_ROWS})::BIGINT")
        found = con.execute(sql).fetchall()
    finally:
        con.unregister(_VALUES)
    return Tally.of(((_key(r[:-1]), r[-1]) for r in found), known=query.known, cap=query.cap)


@contextmanager
def binned_table(
    con: duckdb.DuckDBPyConnection,
    relation: Relation,
    more: Mapping[str, tuple[str, str]] | None = None,
) -> Iterator[str]:
    """Materialise the bins: read once, counted by every pair; answer the table, quoted.

    `more` are columns beside the bins: name -> the column that it is of, and an expression.
    """
    plan = Plan(tuple(c for c in relation.present if c.binned))
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
    others = more or {}
    cells = relation.select([*(c.name for c in plan), *(column for column, _ in others.values())])
    sql = bins_sql(cells, plan, {name: expression for name, (_, expression) in others.items()})
    con.execute(f"CREATE OR REPLACE TEMP TABLE {_BINS} AS {sql}")
    try:
        yield ident(_BINS)
    finally:
        con.execute(f"DROP TABLE IF EXISTS {_BINS}")


def _tally(con: duckdb.DuckDBPyConnection, from_: str, query: Groups, hint: int | None) -> Tally:
    """Count groups; when there are too many, the known ones alone."""
    many = query.cap + len(query.known)
    rows = None
    if hint is None or hint <= 4 * many:
        found = con.execute(group_sql(from_, query)).fetchall()
        if len(found) > many and query.drop:
            # Those to drop may have taken the place of others: leave them out from the start.
            kept = replace(query, where=f"{query.where} AND {query.kept}")
            found = con.execute(group_sql(from_, kept)).fetchall()
        if query.smallest is not None or len(found) <= many:
            rows = found
    if rows is not None:
        drop = query.drop or (lambda _: False)
        pairs = ((_key(row[:-1]), row[-1]) for row in rows if not drop(row[0]))
        return Tally.of(pairs, known=query.known, cap=query.cap)
    where = f"{query.where} AND {query.kept}"
    total = con.execute(f"SELECT count(*) FROM {from_} WHERE {where}").fetchone()
    counts: dict[Hashable, int] = {}
    if query.known:
        (key,) = query.keys
        known = values_in(key, query.known)
        where = f"{where} AND {known}"
        sql = f"SELECT {key} AS k0, count(*) FROM {from_} WHERE {where} GROUP BY k0"
        counts = dict(con.execute(sql).fetchall())
    return Tally.of(
        None, known=query.known, known_counts=counts, total=total[0] if total else 0, cap=query.cap
    )


def _key(row: tuple[Any, ...]) -> Hashable:
    return row[0] if len(row) == 1 else row
