"""PostgreSQL: tables, views or a query, all from one snapshot, each proven by its figures."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from dataready.errors import SourceError, TransientSourceError
from dataready.model import SourceSpec
from dataready.sources.choice import chosen
from dataready.sources.name import named
from dataready.sources.postgres_catalog import (
    Relation,
    columns_of,
    query_columns,
    relations,
    underneath,
)
from dataready.sources.postgres_connection import Connection
from dataready.sources.postgres_fault import code_of
from dataready.sources.postgres_figure import Proof, proof
from dataready.sources.postgres_server import Server
from dataready.sources.postgres_survey import survey
from dataready.sources.postgres_type import ServerColumn, Travel, probes, travel
from dataready.sources.selection import check_names, is_read, table_options
from dataready.sources.session import Session, living
from dataready.sources.source import Degraded, Part, Reading, Rejecter
from dataready.sources.stream import NUMBER, in_pieces, numbered
from dataready.sources.survey import Survey
from dataready.sources.url import shown
from dataready.sql import and_, ident, literal, select

__all__ = ["PostgresPart", "PostgresSource"]

_STREAM = "dataready_stream"
_FOREIGN = "it leads to foreign tables, whose rows are of no state of this server"
_CHANGED = ("42703", "42P01", "42804", "XX000")
"""What a statement of ours meets where a table changed after the snapshot was taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresPart(Part):
    """One table, or one query, of a server; its columns decided upon."""

    spec: SourceSpec
    connection: Connection
    server: Server
    from_: str
    condition: str | None
    travels: tuple[Travel, ...]
    proof: Proof
    answer: Future[tuple[object, ...]]

    @contextmanager
    def read(
        self,
        con: duckdb.DuckDBPyConnection,
        scratch: Path,  # noqa: ARG002 - other kinds need it
        reject: Rejecter,  # noqa: ARG002 - a table has no records that can be refused
    ) -> Iterator[Reading]:
        """Stream the rows, while the server computes what they must come to."""
        polite = self.spec.politeness
        sent = {f"c{i}": t.sends for i, t in enumerate(self.travels)}
        sql = select(sent, from_=self.from_, where=self.condition)
        casts = ", ".join(t.cast.format(f"c{i}") for i, t in enumerate(self.travels))
        with self.connection.stream(sql, self.name, polite.stall_timeout_s) as reader:
            more = in_pieces(con, _STREAM, numbered(reader, polite.rows_per_second))
            try:
                # From here on, rows of this state may be in an extract.
                self.server.served = True
                select_ = f"SELECT {casts}, {NUMBER} FROM {ident(_STREAM)}"
                yield Reading(
                    select=select_,
                    records=0,
                    counted="",
                    numbered=True,
                    more=more,
                    settle=self.whole,
                )
            finally:
                con.unregister(_STREAM)

    def settled(self) -> PostgresPart:
        """Identify the contents by their figures, and count the values that land as text."""
        answer = self.answer.result()
        present = self.proof.present(answer)
        return replace(
            self,
            sha256=hashlib.sha256(repr(answer).encode()).hexdigest(),
            degraded=tuple(
                Degraded(column=c.name, type=t.column.spelt, values=n, reason=t.reason)
                for c, t, n in zip(self.columns, self.travels, present, strict=True)
                if t.reason
            ),
        )

    def whole(self) -> Reading:
        """Answer what the server has computed of all rows."""
        answer = self.answer.result()
        return Reading(
            select="",
            records=self.proof.rows(answer),
            counted="counted by the server in the same snapshot",
            present=self.proof.present(answer),
            figures=self.proof.figures(answer),
        )

    def above(self, column: str, cutoff: str) -> PostgresPart:
        """Have the figures of the rows from a value on computed."""
        c = ident(column)
        newer = and_(self.condition or "", f"{c} >= {literal(cutoff)} OR {c} IS NULL")
        sql = _aggregate(self.proof.terms, self.from_, newer)
        answer = self.server.aside(self.connection, sql, f"compute figures of '{self.name}'")
        return replace(self, condition=newer, answer=answer)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresSource:
    """A PostgreSQL server, and what the settings name of it."""

    spec: SourceSpec
    base: Path
    session: Session
    kind: str = "postgresql"
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

    def survey(self) -> Survey:
        """Try the server, without reading more than the start of a table."""
        return survey(self.spec)

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
                return (self._query(server, connection),)
            return self._tables(server, connection)
        except TransientSourceError:
            raise
        except SourceError as e:
            if self.spec.query is None and code_of(e) in _CHANGED and not self.spec.where:
                raise _spoilt(server, f"A table of '{self.where}' changed") from None
            raise

    def _server(self) -> Server:
        """Answer the server of this run; a new one where the old one's snapshot is lost."""
        return living(
            self.session.run,
            f"postgresql {self.spec.path}",
            lambda note: Server(self.spec.path, self.spec.politeness, note),
        )

    def _tables(self, server: Server, connection: Connection) -> tuple[Part, ...]:
        """Look at every table that the settings name."""
        there = relations(connection)
        try:
            found = chosen([r for r in there if not r.gone], self.spec, self.where)
        except SourceError:
            if any(r.gone for r in there):
                raise _spoilt(server, f"A table of '{self.where}' was dropped") from None
            raise
        return tuple(self._table(server, connection, relation) for relation in found)

    def _table(self, server: Server, connection: Connection, relation: Relation) -> PostgresPart:
        """Look at one table, and hold it against being altered from here on."""
        if not relation.readable:
            msg = (
                f"This user may not read '{relation.name}' of '{self.where}'. "
                f"Have somebody run: GRANT SELECT ON {relation.quoted} TO the user."
            )
            raise SourceError(msg)
        # Takes the lock that an ALTER or a DROP waits for; writers do not.
        connection.rows(f"SELECT FROM {relation.quoted} LIMIT 0", f"read '{relation.name}'")
        columns = columns_of(connection, relation)
        return self._part(server, connection, relation.name, relation.quoted, columns)

    def _query(self, server: Server, connection: Connection) -> PostgresPart:
        """Look at what a query answers."""
        from_ = f"({(self.spec.query or '').strip().rstrip(';')}\n) AS query"
        columns = query_columns(connection, from_)
        return self._part(server, connection, "query", from_, columns)

    def _part(
        self,
        server: Server,
        connection: Connection,
        name: str,
        from_: str,
        there: Sequence[ServerColumn],
    ) -> PostgresPart:
        """Decide how the columns travel, and have the figures computed meanwhile."""
        check_names([c.name for c in there], self.spec, table=name)
        columns = [c for c in there if is_read(c.name, self.spec)]
        condition = _where(self.spec)
        travels = _travels(connection, columns, from_, condition, name)
        wanted = proof(travels)
        # What has changed since the state was fixed is met here, and not among the rows.
        sends = select({f"c{i}": t.sends for i, t in enumerate(travels)}, from_=from_)
        connection.rows(f"{sends} LIMIT 0", f"read '{name}'")
        gone, foreign = underneath(connection)
        if gone:
            raise _spoilt(server, f"'{name}' was emptied or rewritten")
        sql = _aggregate(wanted.terms, from_, condition)
        answer = server.aside(connection, sql, f"compute the figures of '{name}'")
        landing, notes = named([c.name for c in columns], [t.lands for t in travels])
        return PostgresPart(
            name=name,
            columns=landing,
            header=tuple(c.name for c in columns),
            notes=tuple(notes),
            snapshot=replace(server.snapshot, id="", note=_FOREIGN) if foreign else server.snapshot,
            chosen=True,
            spec=self.spec,
            connection=connection,
            server=server,
            from_=from_,
            condition=condition,
            travels=tuple(travels),
            proof=wanted,
            answer=answer,
        )


def _spoilt(server: Server, what: str) -> TransientSourceError:
    """Give a state up; the next try fixes a new one."""
    server.spoilt = True
    return TransientSourceError(f"{what} after its state was fixed. A new state is needed.")


def _travels(
    connection: Connection,
    columns: Sequence[ServerColumn],
    from_: str,
    condition: str | None,
    name: str,
) -> list[Travel]:
    """Count the values that have no place in their column's type, and decide."""
    wanted = [probes(c) for c in columns]
    terms = [term for some in wanted for term in some]
    answer: list[int | None] = []
    if terms:
        (row,) = connection.rows(_aggregate(terms, from_, condition), f"look at '{name}'")
        answer = [None if n is None else int(n) for n in row]
    travels = []
    for column, some in zip(columns, wanted, strict=True):
        travels.append(travel(column, answer[: len(some)]))
        answer = answer[len(some) :]
    return travels


def _where(spec: SourceSpec) -> str | None:
    """The declared scope, if there is one; a line of its own ends a comment in it."""
    return None if spec.where is None else f"({spec.where}\n)"


def _aggregate(terms: Sequence[str], from_: str, condition: str | None) -> str:
    return select({f"a{i}": term for i, term in enumerate(terms)}, from_=from_, where=condition)
