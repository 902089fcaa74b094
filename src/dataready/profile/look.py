"""A first look at a table: which columns hold few different cells, and which hold many.

Cells of few kinds are tallied once, each with its number of rows, and every metric of the
column is then computed from the tally, under any plan; only columns of many different cells
are read again. What has been asked of the table is remembered: no statement runs twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import count, pairwise
from typing import Any

import duckdb

from dataready.model import ROW_COLUMN, TABLE, Schema
from dataready.profile.metric import ROWS
from dataready.profile.relation import one_in
from dataready.sql import ident

__all__ = ["LOOK_ROWS", "Facts", "Look", "looked", "tally_sql"]

LOOK_ROWS = 50_000
PART_CELLS = 200_000_000
REPEATED = 4
"""A cell that repeats this often on average is worth tallying."""
MOST_TALLIED = 250_000
"""More different cells are not worth it: grouping them costs more than reading the rows."""
_numbers = count()


@dataclass(frozen=True, slots=True)
class Facts:
    """What a first look at a table has shown.

    `rows` are all rows; `some` is a predicate for 50,000 of them, chosen evenly, "" where
    there are no more. `different` is, by column, about how many different cells there are, and
    `tallies` are temporary tables, by column: its cells and `ROWS`. `parts` are predicates for
    parts of the rows that are small enough to be sorted into bins at once.
    """

    rows: int
    some: str
    different: Mapping[str, float]
    tallies: Mapping[str, str]
    parts: tuple[str, ...]


class Look:
    """A look at a table that does not change meanwhile, taken when its facts are first needed.

    `answers` are those to statements that have been run.
    """

    def __init__(self, take: Callable[[], Facts]) -> None:
        """Note how it is taken."""
        self._take = take
        self.answers: dict[object, Any] = {}

    @cached_property
    def facts(self) -> Facts:
        """What there is to see."""
        return self._take()

    @property
    def tallies(self) -> Mapping[str, str]:
        """The tallies there are by now: none where nobody needed the facts."""
        return self.facts.tallies if "facts" in self.__dict__ else {}


@contextmanager
def looked(
    con: duckdb.DuckDBPyConnection,
    schema: Schema,
    *,
    table: str = TABLE,
    columns: Iterable[str] | None = None,
    tally: bool = True,
) -> Iterator[Look]:
    """Look at a table that does not change meanwhile; its tallies are dropped at the end.

    Args:
        con: An open connection; only temporary tables are made in it.
        schema: The table's.
        table: The bare name of the table.
        columns: Those to look at; None for all.
        tally: Whether to tally cells of few kinds; without, every metric reads the rows.
    """
    names = [c for c in (schema.names if columns is None else columns) if c in schema]
    made: list[str] = []

    def take() -> Facts:
        (rows,) = con.execute(f"SELECT count(*) FROM {ident(table)}").fetchone() or (0,)
        step = max(1, rows // LOOK_ROWS)
        some = one_in(step) if step > 1 else ""
        where = f"WHERE {some}" if some else ""
        found = {
            c: con.execute(_repeats_sql(c, table, where)).fetchone() or (0,) * 4 for c in names
        }
        different = {c: _estimate(*found[c][:3], rows=rows if step > 1 else None) for c in names}
        tallies: dict[str, str] = {}
        for name in names if tally else ():
            if different[name] > max(1, min(MOST_TALLIED, found[name][3] * step / REPEATED)):
                continue
            tallies[name] = f"dataready_tally_{next(_numbers)}"
            made.append(tallies[name])
            con.execute(tally_sql(name, table=table, into=tallies[name]))
        return Facts(rows, some, different, tallies, _parts(con, table, rows, len(names)))

    try:
        yield Look(take)
    finally:
        for name in made:
            con.execute(f"DROP TABLE IF EXISTS {name}")


def tally_sql(column: str, *, table: str, into: str) -> str:
    """Write the statement that counts a column's cells, as they landed."""
    return (
        f"CREATE TEMP TABLE {into} AS\nSELECT {ident(column)}, count(*) AS {ROWS}\n"
        f"FROM {ident(table)}\nGROUP BY ALL"
    )


def _parts(con: duckdb.DuckDBPyConnection, table: str, rows: int, columns: int) -> tuple[str, ...]:
    """Predicates that split the rows by their numbers, each for some 200 million cells."""
    if rows * columns <= PART_CELLS:
        return ("TRUE",)
    row = ident(ROW_COLUMN)
    ends = con.execute(f"SELECT min({row}), max({row}) + 1 FROM {ident(table)}").fetchone()
    low, high = ends or (0, 0)
    number = -(-rows * columns // PART_CELLS)
    cuts = [low + (high - low) * k // number for k in range(number + 1)]
    return tuple(f"{row} >= {a} AND {row} < {b}" for a, b in pairwise(cuts))


def _repeats_sql(column: str, table: str, where: str) -> str:
    """Write the SELECT of a column's different cells: all, met once, met twice; and its cells."""
    return (
        "SELECT count(*), count(*) FILTER (n = 1), count(*) FILTER (n = 2), coalesce(sum(n), 0)\n"
        f"FROM (SELECT count({ident(column)}) AS n FROM {ident(table)} {where}"
        f" GROUP BY {ident(column)})\nWHERE n > 0"
    )


def _estimate(seen: int, once: int, twice: int, *, rows: int | None) -> float:
    """How many different cells all rows have, of which some rows show `seen`: a lower bound.

    Source: Chao (1984), Nonparametric estimation of the number of classes in a population,
    Scandinavian Journal of Statistics 11. `rows` is None where all rows were seen.
    """
    if rows is None:
        return seen
    return min(rows, seen + once * (once - 1) / (2 * (twice + 1)))
