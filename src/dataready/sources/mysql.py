"""MySQL and MariaDB: tables, views or a query, all from one snapshot, proven by figures."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import pyarrow as pa

from dataready.errors import SourceError, TransientSourceError
from dataready.model import SourceSpec
from dataready.sources.choice import chosen
from dataready.sources.mysql_catalog import Relation, columns_of, query_columns, relations
from dataready.sources.mysql_fault import code_of
from dataready.sources.mysql_server import Connection, Server
from dataready.sources.mysql_type import ServerColumn, Travel, probes, travel
from dataready.sources.name import named
from dataready.sources.selection import check_names, is_read, table_options
from dataready.sources.session import Session, living
from dataready.sources.source import Degraded, Part, Reading, Rejecter, Snapshot
from dataready.sources.stream import NUMBER, streamed
from dataready.sources.survey import Survey, TableFacts
from dataready.sources.url import shown
from dataready.sql import and_, backticked

__all__ = ["MysqlPart", "MysqlSource"]

_CHANGED = 1412
_SAMPLE_ROWS, _SAMPLE_BYTES = 20_000, 16 << 20
_WRITES = ("ALL PRIVILEGES", "INSERT", "UPDATE", "DELETE", "SUPER")


@dataclass(frozen=True, slots=True, kw_only=True)
class MysqlPart(Part):
    """One table, or one query, of a server; its columns decided upon."""

    spec: SourceSpec
    server: Server
    connection: Connection
    from_: str
    condition: str
    travels: tuple[Travel, ...]
    answer: tuple[str | None, ...]

    @contextmanager
    def read(
        self,
        con: duckdb.DuckDBPyConnection,
        scratch: Path,  # noqa: ARG002 - other kinds need it
        reject: Rejecter,  # noqa: ARG002 - a table has no records that can be refused
    ) -> Iterator[Reading]:
        """Stream the rows; what they must come to is known already."""
        schema = pa.schema([(f"c{i}", t.arrow) for i, t in enumerate(self.travels)])
        sql = _select([t.sends for t in self.travels], self.from_, self.condition)
        rows = self.connection.stream(sql, self.name)
        limit = self.spec.politeness.rows_per_second
        with streamed(con, schema, _batches(rows, schema), limit) as relation:
            casts = [
                (t.cast or f"CAST({{}} AS {t.lands})").format(f"c{i}")
                for i, t in enumerate(self.travels)
            ]
            select = f"SELECT {', '.join([*casts, NUMBER])} FROM {relation}"
            # From here on, rows of this state may be in an extract.
            self.server.served = True
            yield replace(self.whole(), select=select, numbered=True)

    def whole(self) -> Reading:
        """Answer what the server has computed of all rows."""
        width = len(self.travels)
        checks = [(i, check) for i, t in enumerate(self.travels) for check in t.checks]
        values = self.answer[1 + width :]
        return Reading(
            select="",
            records=int(self.answer[0] or 0),
            counted="counted by the server in the same snapshot",
            present=tuple(int(n or 0) for n in self.answer[1 : 1 + width]),
            figures=tuple(
                check.figure(i, value) for (i, check), value in zip(checks, values, strict=True)
            ),
        )

    def above(self, column: str, cutoff: str) -> MysqlPart:
        """Have the figures of the rows from a value on computed."""
        c = backticked(column)
        newer = f"{c} >= {self.connection.quoted(cutoff.removesuffix('+00'))} OR {c} IS NULL"
        condition = and_(self.condition, newer)
        answer = _answer(self.connection, self.travels, self.from_, condition, self.name)
        return replace(self, condition=condition, answer=answer)


@dataclass(frozen=True, slots=True, kw_only=True)
class MysqlSource:
    """A MySQL or MariaDB server, and what the settings name of it."""

    spec: SourceSpec
    base: Path
    session: Session
    kind: str = "mysql"
    typed: bool = True
    notes: tuple[str, ...] = ()

    @property
    def where(self) -> str:
        """The address without any secret, and what is read there."""
        return shown(self.spec.path)

    @property
    def options(self) -> tuple[str, ...]:
        """What is read."""
        return table_options(self.spec)

    def look(
        self,
        con: duckdb.DuckDBPyConnection,  # noqa: ARG002 - other kinds need it
        scratch: Path,  # noqa: ARG002 - other kinds need it
    ) -> tuple[Part, ...]:
        """Find the tables, decide how their columns travel, and have their figures computed."""
        self.session.forget("follower")
        server = self._server()
        connection = self.session.shared("follower", server.follow).connection
        try:
            if self.spec.query is not None:
                from_ = f"({self.spec.query.strip().rstrip(';')}\n) AS query"
                columns = query_columns(connection, from_)
                return (self._part(server, connection, "query", from_, columns, ""),)
            found = chosen(relations(connection), self.spec, self.where)
            return tuple(self._table(server, connection, relation) for relation in found)
        except SourceError as e:
            server.spoilt = server.spoilt or code_of(e) == _CHANGED
            raise

    def survey(self) -> Survey:
        """Try the server, without reading more than the start of a table."""
        connection = Connection(self.spec.path, self.spec.politeness)
        try:
            ((user,),) = connection.rows("SELECT CURRENT_USER()")
            grants = " ".join(g for (g,) in connection.rows("SHOW GRANTS", "show its rights"))
            there = relations(connection)
            speed = _speed(connection, there)
        finally:
            connection.close()
        notes = []
        if any(word in grants for word in _WRITES):
            notes.append("The user may also write. Reading is enough: GRANT SELECT.")
        notes += [f"{r.note[0].upper()}{r.note[1:]}." for r in there if r.note]
        tables = tuple(
            TableFacts(
                name=r.name,
                rows=r.rows,
                bytes=r.bytes,
                readable=True,
                seconds=3 * r.bytes / speed if speed and r.bytes else None,
            )
            for r in there
        )
        server = connection.snapshot.server
        return Survey(where=self.where, server=server, user=user, tables=tables, notes=tuple(notes))

    def _server(self) -> Server:
        """Answer the server of this run; a new one where the old one's snapshot is lost."""
        return living(
            self.session.run,
            f"mysql {self.spec.path}",
            lambda note: Server(self.spec.path, self.spec.politeness, note),
        )

    def _table(self, server: Server, connection: Connection, relation: Relation) -> MysqlPart:
        """Look at one table; from the first answer on, nobody can alter it."""
        connection.rows(f"SELECT 1 FROM {relation.quoted} LIMIT 0", f"read '{relation.name}'")
        columns = columns_of(connection, relation)
        return self._part(
            server, connection, relation.name, relation.quoted, columns, relation.note
        )

    def _part(
        self,
        server: Server,
        connection: Connection,
        name: str,
        from_: str,
        there: Sequence[ServerColumn],
        note: str,
    ) -> MysqlPart:
        """Decide how the columns travel, and have the figures computed."""
        check_names([c.name for c in there], self.spec, table=name)
        columns = [c for c in there if is_read(c.name, self.spec)]
        condition = "" if self.spec.where is None else f"({self.spec.where}\n)"
        travels = _travels(connection, columns, from_, condition, name)
        answer = _answer(connection, travels, from_, condition, name)
        landing, notes = named([c.name for c in columns], [t.lands for t in travels])
        return MysqlPart(
            name=name,
            columns=landing,
            sha256=hashlib.sha256(repr(answer).encode()).hexdigest(),
            header=tuple(c.name for c in columns),
            notes=tuple(notes),
            degraded=tuple(
                Degraded(column=c.name, type=t.column.spelt, values=int(n or 0), reason=t.reason)
                for c, t, n in zip(landing, travels, answer[1:], strict=False)
                if t.reason
            ),
            snapshot=_state(server, connection, note),
            chosen=True,
            spec=self.spec,
            server=server,
            connection=connection,
            from_=from_,
            condition=condition,
            travels=travels,
            answer=answer,
        )


def _state(server: Server, connection: Connection, note: str) -> Snapshot:
    """Answer the state that a table is read from; some have none."""
    if note:
        return replace(connection.snapshot, id="", note=note)
    return replace(connection.snapshot, note=server.note)


def _travels(
    connection: Connection, columns: Sequence[ServerColumn], from_: str, condition: str, name: str
) -> tuple[Travel, ...]:
    """Count the values that have no place in their column's type, and decide."""
    wanted = [probes(c) for c in columns]
    terms = [term for some in wanted for term in some]
    answer: tuple[str | None, ...] = ()
    if terms:
        (answer,) = connection.rows(_select(terms, from_, condition), f"look at '{name}'")
    travels = []
    for column, some in zip(columns, wanted, strict=True):
        travels.append(travel(column, answer[: len(some)]))
        answer = answer[len(some) :]
    return tuple(travels)


def _answer(
    connection: Connection, travels: Sequence[Travel], from_: str, condition: str, name: str
) -> tuple[str | None, ...]:
    """Have the rows, the values and the figures computed."""
    terms = ["COUNT(*)", *(f"COUNT({backticked(t.column.name)})" for t in travels)]
    terms += [check.server for t in travels for check in t.checks]
    (answer,) = connection.rows(
        _select(terms, from_, condition), f"compute the figures of '{name}'"
    )
    return tuple(None if v is None else str(v) for v in answer)


def _select(terms: Sequence[str], from_: str, condition: str) -> str:
    """Write a SELECT in the server's SQL."""
    listed = ",\n".join(f"  {term} AS a{i}" for i, term in enumerate(terms))
    return f"SELECT\n{listed}\nFROM {from_}" + (f"\nWHERE {condition}" if condition else "")


def _batches(
    rows: Iterator[list[tuple[str | bytes | None, ...]]], schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    """Make batches of what the driver answers."""
    for some in rows:
        columns = zip(*some, strict=True)
        arrays = [pa.array(v, field.type) for v, field in zip(columns, schema, strict=True)]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def _speed(connection: Connection, there: Sequence[Relation]) -> float | None:
    """Read the start of the largest table; answer bytes of the server's disk a second."""
    largest = max(there, key=lambda r: r.bytes, default=None)
    if largest is None or not largest.rows:
        return None
    began, rows, weight = time.monotonic(), 0, 0
    sql = f"SELECT * FROM {largest.quoted} LIMIT {_SAMPLE_ROWS}"
    try:
        # What is not wanted any more costs the connection, which is used for nothing else.
        with closing(connection.stream(sql, largest.name)) as stream:
            for some in stream:
                rows += len(some)
                weight += sum(len(v) for row in some for v in row if v is not None)
                if weight >= _SAMPLE_BYTES:
                    break
    except TransientSourceError:
        return None
    elapsed = max(time.monotonic() - began, 1e-3)
    return rows / elapsed * (largest.bytes / max(largest.rows, rows)) if rows else None
