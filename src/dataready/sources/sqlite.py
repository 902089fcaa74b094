"""SQLite: tables, views or a query of a file, from one read transaction, proven by figures."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import duckdb
import pyarrow as pa

from dataready.errors import SourceError
from dataready.model import SourceSpec
from dataready.sources.choice import chosen
from dataready.sources.file import Found, find
from dataready.sources.name import named
from dataready.sources.selection import check_names, is_read, refuse_server_settings
from dataready.sources.session import Session
from dataready.sources.source import Degraded, Part, Reading, Rejecter
from dataready.sources.sqlite_file import SqliteFile
from dataready.sources.sqlite_type import FileColumn, Travel, probes, travel
from dataready.sources.stream import NUMBER, streamed
from dataready.sources.survey import Survey, TableFacts
from dataready.sources.url import resolved, scheme_of, shown
from dataready.sql import ident, literal, select

__all__ = ["SqlitePart", "SqliteSource"]

_UNDERSTOOD = ("tables", "query", "where")
_TERMS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """A table or view of a file; there are no schemas."""

    table: str
    schema: str = ""
    partition: bool = False

    @property
    def full(self) -> str:
        """The name."""
        return self.table

    @property
    def name(self) -> str:
        """The name."""
        return self.table


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlitePart(Part):
    """One table, or one query, of a file; its columns decided upon."""

    spec: SourceSpec
    file: SqliteFile
    from_: str
    travels: tuple[Travel, ...]
    answer: tuple[object, ...]

    @contextmanager
    def read(
        self,
        con: duckdb.DuckDBPyConnection,
        scratch: Path,  # noqa: ARG002 - other kinds need it
        reject: Rejecter,  # noqa: ARG002 - a table has no records that can be refused
    ) -> Iterator[Reading]:
        """Stream the rows; what they must come to is known already."""
        sent = {f"c{i}": t.sends for i, t in enumerate(self.travels)}
        sql = select(sent, from_=self.from_, where=_where(self.spec))
        schema = pa.schema([(f"c{i}", t.arrow) for i, t in enumerate(self.travels)])
        whole = self._whole()
        rows = self.file.batches(sql, schema, self.header, whole.records)
        with streamed(con, schema, rows, self.spec.politeness.rows_per_second) as relation:
            casts = [f"CAST(c{i} AS {t.lands})" for i, t in enumerate(self.travels)]
            select_ = f"SELECT {', '.join([*casts, NUMBER])} FROM {relation}"
            yield replace(whole, select=select_, numbered=True)

    def _whole(self) -> Reading:
        """Answer what SQLite has computed of all rows."""
        checks = [(i, check) for i, t in enumerate(self.travels) for check in t.checks]
        return Reading(
            select="",
            records=int(str(self.answer[0])),
            counted="counted by SQLite in the same transaction",
            present=tuple(t.values for t in self.travels),
            figures=tuple(
                check.figure(i, value.decode() if isinstance(value, bytes) else value)
                for (i, check), value in zip(checks, self.answer[1:], strict=True)
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SqliteSource:
    """SQLite files, by path or by URL (`sqlite:///shop.db`)."""

    spec: SourceSpec
    found: Found
    session: Session
    kind: str = "sqlite"
    typed: bool = True

    @classmethod
    def at(cls, *, spec: SourceSpec, base: Path, session: Session) -> SqliteSource:
        """Find the file of a URL.

        Raises:
            SourceError: It is not there.
        """
        address = resolved(spec.path)
        path = address[len(f"{scheme_of(address)}://") :].partition("?")[0]
        if not path.startswith("/") or path == "/":
            msg = (
                f"'{shown(spec.path)}' names no file. Write 'sqlite:///shop.db' for one beside the "
                "settings, and 'sqlite:////data/shop.db' for any other."
            )
            raise SourceError(msg)
        found = find(SourceSpec(path=path[1:], format="sqlite"), base=base)
        return cls(spec=spec, found=found, session=session)

    def __post_init__(self) -> None:
        """Refuse settings that SQLite has no equal for."""
        refuse_server_settings(self.spec, self.kind, _UNDERSTOOD)

    @property
    def where(self) -> str:
        """The path as the settings give it."""
        return shown(self.spec.path)

    @property
    def options(self) -> tuple[str, ...]:
        """What is read."""
        said = {"table": self.spec.table, "tables": self.spec.tables, "query": self.spec.query}
        return tuple(f"{name}={value!r}" for name, value in said.items() if value)

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences about the source as a whole."""
        return self.found.notes

    def look(
        self,
        con: duckdb.DuckDBPyConnection,  # noqa: ARG002 - other kinds need it
        scratch: Path,  # noqa: ARG002 - other kinds need it
    ) -> tuple[Part, ...]:
        """Find the tables, see what their values are, and have their figures computed."""
        parts: list[Part] = []
        for name, path in self.found.files:
            make = partial(SqliteFile, path, name, self.spec.politeness)
            file = self.session.run.shared(f"sqlite {path}", make)
            parts += self._parts(file, name)
        return tuple(parts)

    def survey(self) -> Survey:
        """List the tables of the files; their rows are counted."""
        tables = []
        for name, path in self.found.files:
            file = SqliteFile(path, name, self.spec.politeness)
            try:
                for table in _tables(file):
                    ((rows,),) = file.rows(f"SELECT count(*) FROM {ident(table.table)}")
                    tables.append(TableFacts(name=table.table, rows=rows, bytes=0, readable=True))
                server = file.snapshot.server
            finally:
                file.close()
        return Survey(where=self.where, server=server, user="", tables=tuple(tables))

    def _parts(self, file: SqliteFile, name: str) -> list[Part]:
        """Look at what the settings name of one file."""
        if self.spec.query is not None:
            from_ = f"({self.spec.query.strip().rstrip(';')}\n) AS query"
            names = file.names(f"SELECT * FROM {from_} LIMIT 0")
            # SQLite itself calls the second of two columns "x" of a query "x:1".
            twice = next((n for n in names if f"{n}:1" in names), None)
            if twice is not None:
                msg = f"The query answers two columns '{twice}'. Give each a name of its own: AS."
                raise SourceError(msg)
            columns = [FileColumn(name=n, utf8=file.utf8) for n in names]
            return [self._part(file, f"{name}:query", from_, columns)]
        return [
            self._part(file, f"{name}:{t.table}", ident(t.table), _columns(file, t.table))
            for t in chosen(_tables(file), self.spec, self.where)
        ]

    def _part(
        self, file: SqliteFile, name: str, from_: str, there: Sequence[FileColumn]
    ) -> SqlitePart:
        """Decide how the columns travel, and have the figures computed."""
        check_names([c.name for c in there], self.spec, table=name)
        columns = [c for c in there if is_read(c.name, self.spec)]
        wanted = [probes(c) for c in columns]
        probed = _aggregate(file, [t for some in wanted for t in some], from_, self.spec)
        travels, at = [], 0
        for column, some in zip(columns, wanted, strict=True):
            travels.append(travel(column, probed[at : at + len(some)]))
            at += len(some)
        terms = ["count(*)", *(check.source for t in travels for check in t.checks)]
        answer = _aggregate(file, terms, from_, self.spec)
        landing, notes = named([c.name for c in columns], [t.lands for t in travels])
        if file.blocks:
            notes.append("Writers had to wait while it was read: the file is not in WAL mode.")
        return SqlitePart(
            name=name,
            columns=landing,
            bytes=file.path.stat().st_size,
            sha256=hashlib.sha256(repr(answer).encode()).hexdigest(),
            header=tuple(c.name for c in columns),
            notes=tuple(notes),
            degraded=tuple(
                Degraded(column=c.name, type=t.column.declared or "of any type",
                         values=t.values, reason=t.reason)
                for c, t in zip(landing, travels, strict=True)
                if t.reason
            ),
            snapshot=file.snapshot,
            chosen=True,
            spec=self.spec,
            file=file,
            from_=from_,
            travels=tuple(travels),
            answer=answer,
        )  # fmt: skip


def _tables(file: SqliteFile) -> list[_Table]:
    """List the tables and views, but not SQLite's own."""
    rows = file.rows(
        "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') "
        r"AND name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY name"
    )
    return [_Table(table=name.decode()) for (name,) in rows]


def _columns(file: SqliteFile, table: str) -> list[FileColumn]:
    """List the columns of a table in its order, generated ones too."""
    rows = file.rows(
        f"SELECT name, type FROM pragma_table_xinfo({literal(table)}) WHERE hidden <> 1"
    )
    return [
        FileColumn(name=n.decode(), declared=(t or b"").decode(), utf8=file.utf8) for n, t in rows
    ]


def _where(spec: SourceSpec) -> str | None:
    """The declared scope, if there is one; a line of its own ends a comment in it."""
    return None if spec.where is None else f"({spec.where}\n)"


def _aggregate(
    file: SqliteFile, terms: Sequence[str], from_: str, spec: SourceSpec
) -> tuple[object, ...]:
    """Compute aggregates, as many at a time as SQLite takes."""
    answer: list[object] = []
    for k in range(0, len(terms), _TERMS):
        some = {f"a{i}": term for i, term in enumerate(terms[k : k + _TERMS])}
        (row,) = file.rows(select(some, from_=from_, where=_where(spec)))
        answer += row
    return tuple(answer)
