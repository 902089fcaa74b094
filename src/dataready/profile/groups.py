"""Rows counted by keys: as many statements as it takes to know that groups are too many."""

from __future__ import annotations

import os
from collections import Counter, deque
from collections.abc import Callable, Hashable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any, TypeVar

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from dataready.profile.metric import ROWS, Groups
from dataready.profile.shape import shapes
from dataready.profile.state import Tally
from dataready.sql import values_in

__all__ = ["group_sql", "grouped", "smallest"]

A = TypeVar("A")
B = TypeVar("B")
_PER_BATCH = 50_000
_SPARE = 4


def group_sql(from_: str, query: Groups, *, tallied: bool = False) -> str:
    """Write the SELECT that counts rows by key, cut where there are too many groups."""
    keys = ", ".join(f"{key} AS k{i}" for i, key in enumerate(query.keys))
    rows = f"sum({ROWS})::BIGINT" if tallied else "count(*)"
    sql = f"SELECT {keys}, {rows} AS n\nFROM {from_}\nWHERE {query.where}\nGROUP BY ALL"
    if query.smallest is not None:
        return f"{sql}\nORDER BY k0\nLIMIT {query.smallest}"
    return f"{sql}\nLIMIT {query.cap + len(query.known) + 1}"


def smallest(con: duckdb.DuckDBPyConnection, from_: str, query: Groups, different: float) -> Tally:
    """Count the groups of smallest key, of keys that are hashes: only low ones are grouped."""
    (key,) = query.keys
    wanted = query.smallest or 0
    share = _SPARE * wanted / different if different else 1.0
    while True:
        low = f"{key} < {int(share * 2**64)}::UBIGINT" if share < 1 else "TRUE"
        sql = group_sql(from_, replace(query, where=f"{query.where} AND {low}"))
        found = con.execute(sql).fetchall()
        if share >= 1 or len(found) >= wanted:
            return Tally.of(found, cap=wanted)
        share *= 16


def grouped(
    con: duckdb.DuckDBPyConnection,
    from_: str,
    query: Groups,
    *,
    tallied: bool = False,
    some: str = "",
) -> Tally:
    """Count groups; when there are too many, the known ones alone.

    Args:
        con: An open connection.
        from_: The cells: of rows, or of a tally.
        query: What is grouped.
        tallied: Whether the cells are of a tally.
        some: A predicate for some of the rows, if they are many: these may show that there
            are too many groups before all rows are grouped.
    """
    many = query.cap + len(query.known)
    if query.shaped is not None and not tallied:
        return _shaped(con, from_, query)
    rows = None
    if not some or _group_count(con, from_, query, some) <= many:
        found = con.execute(group_sql(from_, query, tallied=tallied)).fetchall()
        if len(found) > many and query.drop:
            # Those to drop may have taken the place of others: leave them out from the start.
            kept = replace(query, where=f"{query.where} AND {query.kept}")
            found = con.execute(group_sql(from_, kept, tallied=tallied)).fetchall()
        if query.smallest is not None or len(found) <= many:
            rows = found
    if rows is not None:
        drop = query.drop or (lambda _: False)
        pairs = ((_key(row[:-1]), row[-1]) for row in rows if not drop(row[0]))
        return Tally.of(pairs, known=query.known, cap=query.cap)
    where = f"{query.where} AND {query.kept}"
    count = f"sum({ROWS})::BIGINT" if tallied else "count(*)"
    total = con.execute(f"SELECT {count} FROM {from_} WHERE {where}").fetchone()
    counts: dict[Hashable, int] = {}
    if query.known:
        (key,) = query.keys
        known = values_in(key, query.known)
        where = f"{where} AND {known}"
        sql = f"SELECT {key} AS k0, {count} FROM {from_} WHERE {where} GROUP BY k0"
        counts = dict(con.execute(sql).fetchall())
    return Tally.of(
        None, known=query.known, known_counts=counts, total=total[0] if total else 0, cap=query.cap
    )


def _group_count(con: duckdb.DuckDBPyConnection, from_: str, query: Groups, some: str) -> int:
    keys = ", ".join(query.keys)
    where = f"{query.where} AND {query.kept} AND {some}"
    sql = f"SELECT count(*) FROM (SELECT DISTINCT {keys} FROM {from_} WHERE {where})"
    (groups,) = con.execute(sql).fetchone() or (0,)
    return int(groups)


def _shaped(con: duckdb.DuckDBPyConnection, from_: str, query: Groups) -> Tally:
    """Count the shapes of texts batch by batch; once there are too many, the known ones alone."""
    sql = f"SELECT {query.shaped} AS v FROM {from_} WHERE {query.where}"
    counts: Counter[Hashable] = Counter(dict.fromkeys(query.known, 0))
    many, total = False, 0
    for new in _each(_shape_counts, con.execute(sql).to_arrow_reader(_PER_BATCH)):
        total += sum(new.values())
        counts.update({s: n for s, n in new.items() if s in counts} if many else new)
        if not many and len(counts) > query.cap + len(query.known):
            many = True
            counts = Counter({s: counts[s] for s in query.known})
    if many:
        return Tally.of(None, known=query.known, known_counts=counts, total=total, cap=query.cap)
    return Tally.of(counts.items(), known=query.known, cap=query.cap)


def _shape_counts(batch: pa.RecordBatch) -> dict[str, int]:
    found = pc.value_counts(shapes(batch.column(0)))
    return dict(zip(found.field(0).to_pylist(), found.field(1).to_pylist(), strict=True))


def _each(function: Callable[[A], B], items: Iterable[A]) -> Iterator[B]:
    """Call a function that releases Python's lock with each item, in as many threads as CPUs."""
    threads = os.cpu_count() or 1
    with ThreadPoolExecutor(threads) as pool:
        ahead: deque[Future[B]] = deque()
        for item in items:
            ahead.append(pool.submit(function, item))
            if len(ahead) > 2 * threads:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()


def _key(row: tuple[Any, ...]) -> Hashable:
    return row[0] if len(row) == 1 else row
