"""Land the parts of a source in one table, each in one statement, and reconcile each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import pyarrow as pa

from dataready.extract.manifest import SourceFile
from dataready.extract.reconcile import reconcile
from dataready.extract.treatment import HASHED, hash_parameters, keyed_hash
from dataready.model import FILE_COLUMN, ROW_COLUMN, TABLE, Column, SourceSpec
from dataready.sources import Part, Reading, Reject, Source
from dataready.sources.name import United, unite
from dataready.sources.selection import check_names, hashed, is_read
from dataready.sources.source import Degraded, Snapshot
from dataready.sql import ident
from dataready.warehouse.connection import refusals

__all__ = ["Landed", "land"]

Progress = Callable[[str, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Landed:
    """What arrived of a source, and how it was reconciled, a sentence for each part."""

    columns: tuple[Column, ...]
    files: tuple[SourceFile, ...]
    checks: tuple[str, ...]
    degraded: tuple[Degraded, ...]
    snapshots: tuple[Snapshot, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Door:
    """How values come in: which columns of each part, where to, and what is done to them."""

    spec: SourceSpec
    columns: tuple[Column, ...]
    kept: tuple[tuple[int, ...], ...]
    places: tuple[tuple[int, ...], ...]
    parameters: dict[str, bytes]

    @property
    def hashed(self) -> frozenset[str]:
        """Names of the columns that land as hashes."""
        return frozenset(c.name for c in self.columns if hashed(c.name, self.spec))

    @property
    def is_bare(self) -> bool:
        """Say whether whole records may be kept: nothing is left out or treated."""
        return not (self.spec.columns or self.spec.without or self.spec.treat)


def land(
    con: duckdb.DuckDBPyConnection,
    source: Source,
    spec: SourceSpec,
    scratch: Path,
    progress: Progress | None,
) -> Landed:
    """Land all parts of a source in a database that is empty.

    Raises:
        SourceError: The source cannot be read.
        WarehouseError: DuckDB refused, or what landed is not what the source holds.
    """
    parameters = hash_parameters(spec)
    with refusals(f"to look at '{source.where}'"):
        parts = source.look(con, scratch)
        door = _door(con, source, spec, parts, parameters)
        united = door[1]
        _make_tables(con, door[0].columns)
    return _parts(con, parts, door[0], united, scratch, progress)


def _door(
    con: duckdb.DuckDBPyConnection,
    source: Source,
    spec: SourceSpec,
    parts: Sequence[Part],
    parameters: dict[str, bytes],
) -> tuple[_Door, United]:
    """Unite the columns that are read, and say what becomes of each."""
    chosen = all(p.chosen for p in parts)
    if not chosen and (spec.columns or spec.without or spec.treat):
        check_names((c.name for p in parts for c in p.columns), spec, table=source.where)
    kept = tuple(
        tuple(i for i, c in enumerate(p.columns) if chosen or is_read(c.name, spec)) for p in parts
    )
    narrow = [
        replace(p, columns=tuple(p.columns[i] for i in k)) for p, k in zip(parts, kept, strict=True)
    ]
    united = unite(narrow, con)
    columns = tuple(replace(c, type=HASHED) if hashed(c.name, spec) else c for c in united.columns)
    door = _Door(
        spec=spec,
        columns=columns,
        kept=kept,
        places=tuple(tuple(p) for p in united.places),
        parameters=parameters,
    )
    return door, united


def _parts(
    con: duckdb.DuckDBPyConnection,
    parts: Sequence[Part],
    door: _Door,
    united: United,
    scratch: Path,
    progress: Progress | None,
) -> Landed:
    """Land part after part."""
    files, checks = [], []
    for i, part in enumerate(parts):
        reject = _rejecter(con, i, whole=door.is_bare)
        # What DuckDB raises goes to the part first, which knows what it means.
        with refusals(f"to read '{part.name}'"), part.read(con, scratch, reject) as read:
            landed = _insert(con, i, read, door, len(part.columns))
            _shift(con, i, read.rejected)
            names: list[str | None] = [None] * len(part.columns)
            for k, place in zip(door.kept[i], door.places[i], strict=True):
                names[k] = door.columns[place].name
            checks.append(reconcile(con, i, part.name, read, names, door.hashed))
            notes = (*part.notes, *united.notes[i], *read.notes)
        part.refuse_changed()
        files.append(_source_file(part, landed, read.rejected, notes))
        if progress is not None:
            progress(part.name, landed)
    return Landed(
        columns=door.columns,
        files=tuple(files),
        checks=tuple(checks),
        degraded=tuple(d for p in parts for d in p.degraded),
        snapshots=tuple(dict.fromkeys(p.snapshot for p in parts if p.snapshot is not None)),
    )


def _make_tables(con: duckdb.DuckDBPyConnection, columns: Sequence[Column]) -> None:
    """Make the table of rows, and that of refused records."""
    listed = [f"{ident(c.name)} {c.type}" for c in columns]
    listed += [f"{ident(FILE_COLUMN)} INTEGER", f"{ident(ROW_COLUMN)} BIGINT"]
    con.execute(f"CREATE TABLE {ident(TABLE)} ({', '.join(listed)})")
    con.execute(
        'CREATE TABLE rejects (file INTEGER, "row" BIGINT, line BIGINT, '
        "reason VARCHAR, text VARCHAR)"
    )


def _rejecter(
    con: duckdb.DuckDBPyConnection, file: int, *, whole: bool
) -> Callable[[Sequence[Reject]], None]:
    """Answer what keeps the refused records of one file, with their text or without."""

    def reject(rejects: Sequence[Reject]) -> None:
        batch = pa.table(
            {
                "row": pa.array([r.row for r in rejects], pa.int64()),
                "line": pa.array([r.line for r in rejects], pa.int64()),
                "reason": pa.array([r.reason for r in rejects], pa.string()),
                "text": pa.array([r.text if whole else None for r in rejects], pa.large_string()),
            }
        )
        con.register("refused", batch)
        con.execute(f"INSERT INTO rejects SELECT {file}, * FROM refused")
        con.unregister("refused")

    return reject


def _insert(
    con: duckdb.DuckDBPyConnection, file: int, reading: Reading, door: _Door, width: int
) -> int:
    """Land one part in one statement; answer the rows that landed."""
    of_place = dict(zip(door.places[file], door.kept[file], strict=True))
    values = []
    for i, column in enumerate(door.columns):
        value = f"c{of_place[i]}" if i in of_place else "NULL"
        treated = i in of_place and column.name in door.hashed
        values.append(keyed_hash(value) if treated else value)
    names = ", ".join(f"c{i}" for i in range(width))
    (row,) = con.execute(
        f"INSERT INTO {ident(TABLE)} "
        f"SELECT {', '.join([*values, str(file)])}, row_number() OVER () - 1 "
        f"FROM ({reading.select}) AS part({names})",
        door.parameters or None,
    ).fetchall()
    return int(row[0])


def _shift(con: duckdb.DuckDBPyConnection, file: int, rejected: int) -> None:
    """Count the refused records of a file in its rows' numbers."""
    if not rejected:
        return
    row = ident(ROW_COLUMN)
    # The k-th refused record pushes the rows from its place less k on by one more.
    con.execute(
        f"""
        UPDATE {ident(TABLE)} SET {row} = {row} + gap.pushed
        FROM (
          SELECT first, coalesce(lead(first) OVER (ORDER BY first), 9223372036854775807) AS next,
                 pushed
          FROM (
            SELECT r - k AS first, max(k) + 1 AS pushed
            FROM (SELECT "row" AS r, row_number() OVER (ORDER BY "row") - 1 AS k
                  FROM rejects WHERE file = {file})
            GROUP BY first
          )
        ) AS gap
        WHERE {ident(FILE_COLUMN)} = {file} AND {row} >= gap.first AND {row} < gap.next
        """
    )


def _source_file(part: Part, rows: int, rejected: int, notes: tuple[str, ...]) -> SourceFile:
    """Say of one file what it was and what came of it."""
    return SourceFile(
        name=part.name,
        bytes=part.bytes,
        sha256=part.sha256,
        rows=rows,
        rejected=rejected,
        header=part.header,
        encoding=part.encoding,
        delimiter=part.delimiter,
        header_found=part.header_found,
        notes=notes,
    )
