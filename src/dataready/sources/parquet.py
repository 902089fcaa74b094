"""Parquet: one file or many, each with its own schema and its own counts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from dataready.errors import EmptySourceError, SourceError
from dataready.model import SourceSpec
from dataready.sources.file import Found, facts, reading
from dataready.sources.name import named
from dataready.sources.source import FilePart, Part, Reading, Rejecter
from dataready.sql import literal

__all__ = ["ParquetPart", "ParquetSource"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParquetPart(FilePart):
    """One Parquet file."""

    @contextmanager
    def read(
        self,
        con: duckdb.DuckDBPyConnection,
        scratch: Path,  # noqa: ARG002 - other kinds need it
        reject: Rejecter,  # noqa: ARG002 - Parquet has no records that can be refused
    ) -> Iterator[Reading]:
        """Take row and null counts from the file's own metadata."""
        path = literal(self.path)
        with _readable(self.name, self.path):
            (row,) = con.execute(f"SELECT num_rows FROM parquet_file_metadata({path})").fetchall()
            present = _present(con, self.path)
            yield Reading(
                select=_select(self.path),
                records=int(row[0]),
                counted="by the file's metadata",
                present=present,
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class ParquetSource:
    """Parquet files; values land with their own types."""

    spec: SourceSpec
    found: Found
    kind: str = "parquet"
    typed: bool = True
    options: tuple[str, ...] = ()

    @property
    def where(self) -> str:
        """The path as the settings give it."""
        return self.spec.path

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences about the source as a whole."""
        return self.found.notes

    def look(
        self,
        con: duckdb.DuckDBPyConnection,
        scratch: Path,  # noqa: ARG002 - other kinds need it
    ) -> tuple[Part, ...]:
        """Read the schema of every file."""
        return tuple(_part(con, name, path) for name, path in self.found.files)


def _part(con: duckdb.DuckDBPyConnection, name: str, path: Path) -> ParquetPart:
    """Read the schema of one file."""
    if path.stat().st_size == 0:
        msg = f"'{name}' is empty (0 bytes). Fetch the file again, or leave it out."
        raise EmptySourceError(msg)
    with _readable(name, path):
        header = _header(con, path)
        types = [str(t) for t in con.sql(_select(path)).types]
    file = facts(path)
    columns, notes = named(header, types)
    return ParquetPart(
        name=name,
        path=path,
        bytes=file.bytes,
        modified_ns=file.modified_ns,
        sha256=file.sha256,
        columns=columns,
        header=header,
        notes=tuple(notes),
    )


def _select(path: Path) -> str:
    """Write the SELECT of all columns; nothing is read into the names of folders."""
    return f"SELECT * FROM read_parquet({literal(path)}, hive_partitioning = false)"


def _header(con: duckdb.DuckDBPyConnection, path: Path) -> tuple[str, ...]:
    """Answer the names of the top-level columns as the file has them."""
    rows = con.execute(f"SELECT name, num_children FROM parquet_schema({literal(path)})").fetchall()
    names = []
    below = 0
    for name, children in rows[1:]:
        if below == 0:
            names.append(str(name))
        below += int(children or 0) - (below > 0)
    return tuple(names)


def _present(con: duckdb.DuckDBPyConnection, path: Path) -> tuple[int | None, ...]:
    """Answer the non-null counts of columns, None where the metadata does not say.

    Only files of flat columns are asked: the leaves of nested ones count other things.
    """
    (nested,) = con.execute(
        "SELECT count(*) FILTER (num_children > 0 OR repetition_type = 'REPEATED') > 1 "
        f"FROM parquet_schema({literal(path)})"
    ).fetchall()
    if nested[0]:
        return ()
    rows = con.execute(
        "SELECT column_id, CASE WHEN count(*) = count(stats_null_count) "
        "THEN sum(num_values - stats_null_count)::BIGINT END "
        f"FROM parquet_metadata({literal(path)}) GROUP BY column_id ORDER BY column_id"
    ).fetchall()
    return tuple(n for _, n in rows)


@contextmanager
def _readable(name: str, path: Path) -> Iterator[None]:
    """Say that a file is no whole Parquet file, if that is what DuckDB finds.

    Raises:
        SourceError: It is not.
    """
    with reading(name):
        path.open("rb").close()
    try:
        yield
    except duckdb.InvalidInputException:
        msg = (
            f"'{name}' is not a whole Parquet file: it is cut short or damaged. "
            "Fetch the file again."
        )
        raise SourceError(msg) from None
