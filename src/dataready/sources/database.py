"""DuckDB files: one table of each, with its own types."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from dataready.errors import EmptySourceError, SourceError, did_you_mean
from dataready.model import SourceSpec
from dataready.sources.file import Found, facts
from dataready.sources.name import named
from dataready.sources.source import FilePart, Part, Reading, Rejecter
from dataready.sql import ident, literal

__all__ = ["DatabasePart", "DatabaseSource"]

_ALIAS = "dataready_source"


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabasePart(FilePart):
    """One table of a DuckDB file; `relation` is its quoted name while attached."""

    relation: str

    @contextmanager
    def read(
        self,
        con: duckdb.DuckDBPyConnection,
        scratch: Path,  # noqa: ARG002 - other kinds need it
        reject: Rejecter,  # noqa: ARG002 - a table has no records that can be refused
    ) -> Iterator[Reading]:
        """Attach the file, and count its table's rows and values there."""
        with _attached(con, self.path):
            columns = con.sql(f"FROM {self.relation}").columns
            counts = ", ".join(["count(*)", *(f"count({ident(c)})" for c in columns)])
            (row,) = con.execute(f"SELECT {counts} FROM {self.relation}").fetchall()
            yield Reading(
                select=f"SELECT * FROM {self.relation}",
                records=int(row[0]),
                counted="counted in the table itself",
                present=tuple(int(n) for n in row[1:]),
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseSource:
    """DuckDB files; each holds one table, or the one that the settings name."""

    spec: SourceSpec
    found: Found
    kind: str = "duckdb"
    typed: bool = True

    @property
    def where(self) -> str:
        """The path as the settings give it."""
        return self.spec.path

    @property
    def options(self) -> tuple[str, ...]:
        """The table, where the settings name it."""
        return (f"table={self.spec.table!r}",) if self.spec.table else ()

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences about the source as a whole."""
        return self.found.notes

    def look(
        self,
        con: duckdb.DuckDBPyConnection,
        scratch: Path,  # noqa: ARG002 - other kinds need it
    ) -> tuple[Part, ...]:
        """Find the table in every file."""
        parts = []
        for name, path in self.found.files:
            with _attached(con, path):
                parts.append(_part(con, name, path, self.spec.table))
        return tuple(parts)


def _part(
    con: duckdb.DuckDBPyConnection, name: str, path: Path, wanted: str | None
) -> DatabasePart:
    """Look at the table of one file that is attached."""
    schema, table = _table(con, name, wanted)
    relation = ".".join(map(ident, (_ALIAS, schema, table)))
    read = con.sql(f"FROM {relation}")
    file = facts(path)
    columns, notes = named(read.columns, [str(t) for t in read.types])
    return DatabasePart(
        name=f"{name}:{table}",
        path=path,
        bytes=file.bytes,
        modified_ns=file.modified_ns,
        sha256=file.sha256,
        columns=columns,
        header=tuple(read.columns),
        notes=tuple(notes),
        relation=relation,
    )


def _table(con: duckdb.DuckDBPyConnection, file: str, wanted: str | None) -> tuple[str, str]:
    """Choose the table of a file: the one that is wanted, or the only one.

    Views are left out: they are SQL that somebody else wrote.

    Raises:
        SourceError: There is no such table, or several and none is named.
        EmptySourceError: There is none at all.
    """
    tables = con.execute(
        "SELECT schema_name, table_name FROM duckdb_tables() "
        "WHERE database_name = ? AND NOT internal ORDER BY ALL",
        [_ALIAS],
    ).fetchall()
    spelt = {t if s == "main" else f"{s}.{t}": (str(s), str(t)) for s, t in tables}
    listed = ", ".join(f"'{n}'" for n in spelt)
    if not spelt:
        msg = f"The DuckDB file '{file}' holds no table (views are not read)."
        raise EmptySourceError(msg)
    if wanted is None and len(spelt) == 1:
        return next(iter(spelt.values()))
    if wanted is None:
        msg = f"The DuckDB file '{file}' holds {len(spelt)} tables: {listed}. Name one by 'table'."
        raise SourceError(msg)
    if wanted not in spelt:
        msg = (
            f"The DuckDB file '{file}' has no table '{wanted}'.{did_you_mean(wanted, spelt)} "
            f"It has: {listed}."
        )
        raise SourceError(msg)
    return spelt[wanted]


@contextmanager
def _attached(con: duckdb.DuckDBPyConnection, path: Path) -> Iterator[None]:
    """Attach a DuckDB file, to be read only.

    Raises:
        SourceError: It is locked, damaged, or of a version that cannot be read.
    """
    try:
        con.execute(f"ATTACH {literal(path)} AS {ident(_ALIAS)} (TYPE duckdb, READ_ONLY)")
    except duckdb.Error as e:
        why = (
            "another process is writing to it. Run again once that has closed it"
            if "lock" in str(e)
            else "it is damaged, or of another version of DuckDB. Fetch or export it again"
        )
        msg = f"The DuckDB file '{path.name}' cannot be read: {why}."
        raise SourceError(msg) from None
    try:
        yield
    finally:
        con.execute(f"DETACH {ident(_ALIAS)}")
