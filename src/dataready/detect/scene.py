"""What a detector is given: production's profile and rows, and the pilot's if there is one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import duckdb

from dataready.compare.evidence import FAIL_DAMAGE, rows_sql, severity_of
from dataready.model import TABLE, Finding
from dataready.profile.profile import ColumnStates, Profile
from dataready.profile.relation import is_one_of, missing, one_in, parse, unparsed
from dataready.sql import and_, ident, or_, values_in

__all__ = ["ALL", "MOST_ROWS", "Scene", "is_one_of", "step_of"]

MOST_ROWS = 400_000
MOST_CELLS = 20_000_000
ALL = f"{ident(TABLE)} WHERE TRUE"
"""A FROM clause of all rows, as `Scene.some` writes that of some."""
_SOME = "dataready_some"


def step_of(table: Profile, most: int) -> int:
    """One row in how many `Scene.some` answers of a table, asked for so many rows."""
    kept = _kept(table)
    return kept * max(1, table.rows // most // kept)


def _kept(table: Profile) -> int:
    most = min(MOST_ROWS, MOST_CELLS // max(1, len(table.schema.names)))
    return max(1, table.rows // most)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One table under inspection.

    Attributes:
        table: The dataset's name, for findings.
        con: An open connection to production's extract.
        production: Its profile.
        pilot: The pilot's profile under the same plan, or None.
        key: The columns that identify a row, by pilot name; empty where unknown.
        time: The column that says when a row happened, or None.
        references: Column -> (dataset, column, extract path) that must hold its values.
        pilot_con: An open connection to the pilot's extract, if there is a pilot.
        neighbours: Other dataset -> the path of its production extract.
        private: Their columns, (dataset, column), that the settings declare as personal.
        joined: Columns that came from other datasets by a join.
    """

    table: str
    con: duckdb.DuckDBPyConnection
    production: Profile
    pilot: Profile | None = None
    key: tuple[str, ...] = ()
    time: str | None = None
    references: Mapping[str, tuple[str, str, str]] = field(default_factory=dict)
    pilot_con: duckdb.DuckDBPyConnection | None = None
    neighbours: Mapping[str, str] = field(default_factory=dict)
    private: frozenset[tuple[str, str]] = frozenset()
    joined: frozenset[str] = frozenset()

    @property
    def pilot_side(self) -> Scene | None:
        """The pilot as a table under inspection by itself, or None."""
        if self.pilot is None or self.pilot_con is None:
            return None
        return Scene(table=self.table, con=self.pilot_con, production=self.pilot)

    def pairs(self) -> Iterator[tuple[ColumnStates, ColumnStates | None]]:
        """Iterate over production's columns, each with the pilot's, ignored ones left out."""
        for seen in self.production:
            if seen.plan.role != "ignore":
                yield seen, self.pilot.get(seen.plan.name) if self.pilot else None

    def missing(self, seen: ColumnStates) -> str:
        """The predicate over the bare table for a cell that is null, blank or disguised."""
        bare = replace(seen.plan, words=(), sentinels=())
        return or_(missing(ident(seen.name), seen.type, bare), self.disguised(seen))

    def disguised(self, seen: ColumnStates) -> str:
        """The predicate over the bare table for a cell whose value stands for "missing"."""
        raw, plan = ident(seen.name), seen.plan
        number = parse(raw, seen.type, plan)
        if plan.personal and plan.sentinels:
            # DuckDB writes the numbers that it hashes, so that both sides write them alike.
            numbers = [f"{s!r}::DOUBLE" for s in plan.sentinels]
            written = self.con.execute(f"SELECT [{', '.join(numbers)}]::VARCHAR[]").fetchone()
            sentinels = is_one_of(f"({number})::VARCHAR", written[0] if written else [], plan)
        else:
            sentinels = values_in(number, plan.sentinels) if plan.sentinels else ""
        words = is_one_of(f"{raw}::VARCHAR", plan.words, plan) if plan.words else ""
        # A number's sentinel is NULL where the cell does not parse: that is no "yes".
        return f"coalesce({or_(words, sentinels)}, FALSE)" if words or sentinels else ""

    def cell(self, seen: ColumnStates) -> str:
        """The expression of a column's usable value over the bare table, as evidence has it."""
        read = parse(ident(seen.name), seen.type, seen.plan)
        return f"CASE WHEN NOT ({self.missing(seen)}) THEN {read} END"

    def unparsed(self, seen: ColumnStates) -> str:
        """The predicate over the bare table for a cell that is there and does not parse."""
        bare = replace(seen.plan, words=(), sentinels=())
        foreign = unparsed(ident(seen.name), seen.type, bare)
        disguised = self.disguised(seen)
        return and_(foreign, f"NOT {disguised}") if disguised else foreign

    def step(self, most: int) -> int:
        """One row in how many `some` answers."""
        return step_of(self.production, most)

    def some(self, most: int) -> str:
        """Write a FROM clause, as far as its WHERE, of about `most` evenly chosen rows.

        Of a large table they are kept once, for all who ask, until `forget`.
        """
        kept = _kept(self.production)
        if kept > 1:
            self.con.execute(
                f"CREATE TEMP TABLE IF NOT EXISTS {_SOME} AS"
                f" SELECT * FROM {ident(TABLE)} WHERE {one_in(kept)}"
            )
        return f"{_SOME if kept > 1 else ident(TABLE)} WHERE {one_in(self.step(most))}"

    def forget(self) -> None:
        """Drop the rows that `some` has kept."""
        self.con.execute(f"DROP TABLE IF EXISTS {_SOME}")

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Run a query and answer its rows."""
        return self.con.execute(sql).fetchall()

    def count(self, where: str) -> int:
        """Count the bare table's rows under a predicate."""
        return self.counts([where])[0]

    def counts(self, wheres: Sequence[str], rows: str = ident(TABLE)) -> list[int]:
        """Count the bare table's rows, or `some`, under each of several predicates, in one scan.

        As aggregates, since DuckDB reads what predicates share once there, and not in WHERE.
        """
        if not wheres:
            return []
        (found,) = self.query(
            f"SELECT {', '.join(f'count(*) FILTER ({w})' for w in wheres)} FROM {rows}"
        )
        return [int(n) for n in found]

    def finding(self, **parts: Any) -> Finding:  # noqa: ANN401
        """Make a finding of this table; with `where`, its rows are counted and its SQL written.

        `rows_affected` is counted here unless given, so that it is the number of rows that
        the quoted SQL lists.
        """
        where, column = parts.get("where"), str(parts.get("column"))
        if where is not None:
            names = [self.production[column].name] if column in self.production else []
            if "rows_affected" not in parts:
                parts["rows_affected"] = self.count(where)
            parts.setdefault("sql", rows_sql(where, *names))
        return Finding(table=self.table, **parts)

    def wrong_cells(self, seen: ColumnStates, where: str, rows: int, **parts: Any) -> Finding:  # noqa: ANN401
        """Make a finding of the cells of one column that a predicate judges wrong.

        What is not given: none may be wrong, and the severity follows from their share.
        """
        share = rows / seen.rows
        usual = {"severity": severity_of(share, FAIL_DAMAGE), "limit": 0.0}
        return self.finding(
            **{**usual, **parts},
            column=seen.plan.name,
            measured=share,
            where=where,
            rows_affected=rows,
            cells=True,
        )
