"""Land the parts of a source in one table, each in one statement, and reconcile each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import pyarrow as pa

from dataready.errors import ConfigError, NoSuchColumnError
from dataready.extract.manifest import SourceFile
from dataready.extract.reconcile import reconcile
from dataready.extract.treatment import HASHED, hash_parameters, keyed_hash
from dataready.model import FILE_COLUMN, ROW_COLUMN, TABLE, Column, SourceSpec
from dataready.sources import Part, Reading, Reject, Source
from dataready.sources.name import unite
from dataready.sources.selection import check_names, hashed, is_read
from dataready.sources.source import Degraded, Snapshot
from dataready.sql import ident
from dataready.warehouse.connection import refusals

__all__ = ["Landed", "Wanted", "land", "land_part", "look"]

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
class Wanted:
    """How values come in: which columns of each part, where to, and what is done to them."""

    spec: SourceSpec
    parts: tuple[Part, ...]
    columns: tuple[Column, ...]
    kept: tuple[tuple[int, ...], ...]
    places: tuple[tuple[int, ...], ...]
    notes: tuple[tuple[str, ...], ...]
    parameters: dict[str, bytes]

    def names(self, index: int) -> list[str | None]:
        """Answer what the columns of a part are called here; None for those left out."""
        names: list[str | None] = [None] * len(self.parts[index].columns)
        for k, place in zip(self.kept[index], self.places[index], strict=True):
            names[k] = self.columns[place].name
        return names

    @property
    def degraded(self) -> tuple[Degraded, ...]:
        """Columns that land as text; known once all rows are here."""
        return tuple(d for p in self.parts for d in p.settled().degraded)

    @property
    def snapshots(self) -> tuple[Snapshot, ...]:
        """The states that are read, each once."""
        return tuple(dict.fromkeys(p.snapshot for p in self.parts if p.snapshot is not None))

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
    wanted = look(con, source, spec, scratch)
    with refusals("to make a table"):
        _make_tables(con, wanted.columns)
    files, checks = [], []
    for i in range(len(wanted.parts)):
        file, check = land_part(con, wanted, i, scratch, progress)
        files.append(file)
        checks.append(check)
    return Landed(
        columns=wanted.columns,
        files=tuple(files),
        checks=tuple(checks),
        degraded=wanted.degraded,
        snapshots=wanted.snapshots,
    )


def look(con: duckdb.DuckDBPyConnection, source: Source, spec: SourceSpec, scratch: Path) -> Wanted:
    """Look at all parts, unite the columns that are read, and say what becomes of each.

    Raises:
        SourceError: The source cannot be read.
        ConfigError: The settings name a column that is not there.
    """
    parameters = hash_parameters(spec)
    with refusals(f"to look at '{source.where}'"):
        parts = source.look(con, scratch)
        chosen = all(p.chosen for p in parts)
        if not chosen and (spec.columns or spec.without or spec.treat):
            check_names((c.name for p in parts for c in p.columns), spec, table=source.where)
        kept = tuple(
            tuple(i for i, c in enumerate(p.columns) if chosen or is_read(c.name, spec))
            for p in parts
        )
        narrow = [
            replace(p, columns=tuple(p.columns[i] for i in k))
            for p, k in zip(parts, kept, strict=True)
        ]
        united = unite(narrow, con)
    wanted = Wanted(
        spec=spec,
        parts=parts,
        columns=tuple(
            replace(c, type=HASHED) if hashed(c.name, spec) else c for c in united.columns
        ),
        kept=kept,
        places=tuple(tuple(p) for p in united.places),
        notes=tuple(tuple(n) for n in united.notes),
        parameters=parameters,
    )
    if spec.mode == "incremental":
        _check_watermark(wanted)
    return wanted


def _check_watermark(wanted: Wanted) -> None:
    """Check that a table can be read by its watermark, before a night depends on it.

    Raises:
        ConfigError: It cannot: there are several tables, or the watermark is hashed.
        NoSuchColumnError: There is no such column.
    """
    names, watermark = tuple(c.name for c in wanted.columns), wanted.spec.watermark or ""
    if len(wanted.parts) != 1:
        msg = "Only one table can be read incrementally. Name it by 'table', or say 'mode: full'."
        raise ConfigError(msg)
    if watermark not in names:
        raise NoSuchColumnError(watermark, table=wanted.parts[0].name, available=names)
    if watermark in wanted.hashed:
        msg = f"The watermark '{watermark}' lands as a hash, which does not grow. Name another."
        raise ConfigError(msg)


def land_part(
    con: duckdb.DuckDBPyConnection,
    wanted: Wanted,
    index: int,
    scratch: Path,
    progress: Progress | None,
    *,
    file: int | None = None,
) -> tuple[SourceFile, str]:
    """Land one part and reconcile it.

    Args:
        con: A database with the table.
        wanted: What is read, and how.
        index: Which of the parts.
        scratch: A folder to write in.
        progress: Told the name and the rows.
        file: The number its rows get; None for the part's own.

    Returns:
        What is said of it, and how it was reconciled.

    Raises:
        SourceError: The part cannot be read.
        WarehouseError: DuckDB refused, or what landed is not what the source holds.
    """
    part, number = wanted.parts[index], index if file is None else file
    reject = _rejecter(con, number, whole=wanted.is_bare)
    # What DuckDB raises goes to the part first, which knows what it means.
    with refusals(f"to read '{part.name}'"), part.read(con, scratch, reject) as read:
        landed = _insert(con, number, read, wanted, index)
        while read.more is not None and read.more():
            landed += _insert(con, number, read, wanted, index)
        _shift(con, number, read.rejected)
        known = read.settle() if read.settle is not None else read
        names = wanted.names(index)
        check = reconcile(con, number, part.name, known, names, wanted.hashed)
        notes = (*part.notes, *wanted.notes[index], *read.notes)
    part.refuse_changed()
    if progress is not None:
        progress(part.name, landed)
    return _source_file(part.settled(), landed, read.rejected, notes), check


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
    con: duckdb.DuckDBPyConnection, file: int, reading: Reading, wanted: Wanted, index: int
) -> int:
    """Land one part in one statement; answer the rows that landed."""
    of_place = dict(zip(wanted.places[index], wanted.kept[index], strict=True))
    width = len(wanted.parts[index].columns)
    values = []
    for i, column in enumerate(wanted.columns):
        value = f"c{of_place[i]}" if i in of_place else "NULL"
        treated = i in of_place and column.name in wanted.hashed
        values.append(keyed_hash(value) if treated else value)
    names = ", ".join([*(f"c{i}" for i in range(width)), *(["n"] if reading.numbered else [])])
    number = "n" if reading.numbered else "row_number() OVER () - 1"
    (row,) = con.execute(
        f"INSERT INTO {ident(TABLE)} "
        f"SELECT {', '.join([*values, str(file)])}, {number} "
        f"FROM ({reading.select}) AS part({names})",
        wanted.parameters or None,
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
