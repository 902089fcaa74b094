"""Pull a source into an extract: all of it or nothing, and every record accounted for."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from dataready.errors import SourceError, WarehouseError
from dataready.extract.draft import draft, keep
from dataready.extract.manifest import Extract, Manifest, SourceFile
from dataready.model import FILE_COLUMN, ROW_COLUMN, TABLE, Column, SourceSpec
from dataready.sources import Part, Reading, Reject, Source, open_source
from dataready.sources.file import reading
from dataready.sources.name import unite
from dataready.sql import ident
from dataready.warehouse.connection import connect, refusals

__all__ = ["pull"]

Progress = Callable[[str, int], None]


def pull(
    spec: SourceSpec,
    *,
    dataset: str,
    side: str,
    folder: Path,
    name: str,
    base: Path,
    progress: Progress | None = None,
) -> Extract:
    """Land every record of a source, as it stands, in `folder/name.duckdb`.

    Args:
        spec: Where the source is and how to read it.
        dataset: What the settings call the table.
        side: `pilot` or `production`.
        folder: Made where it is missing. Left-overs of killed pulls in it are removed.
        name: The extract's; one that is there is replaced.
        base: The folder that relative paths start from.
        progress: Told each file's name and its records once it has landed.

    Returns:
        The extract, reconciled: rows and refused records are those of the source.

    Raises:
        SourceError: The source cannot be read; nothing is kept.
        WarehouseError: DuckDB refused, or rows are missing; nothing is kept.
    """
    source = open_source(spec, base=base)
    with draft(folder, name) as scratch:
        kept = scratch / f"{name}.duckdb"
        with connect(kept, temp=scratch / "spill") as con:
            columns, files, checks = _land(con, source, scratch, progress)
        manifest = Manifest(
            dataset=dataset,
            side=side,
            source=source.where,
            kind=source.kind,
            columns=columns,
            files=files,
            rows=sum(f.rows for f in files),
            rejected=sum(f.rejected for f in files),
            typed=source.typed,
            reconciled=True,
            reconciliation=checks,
            fingerprint=_fingerprint(source, files),
            clock=datetime.now(UTC).isoformat(timespec="seconds"),
            notes=source.notes,
        )
        return keep(kept, Extract(folder / f"{name}.duckdb", manifest))


def _land(
    con: duckdb.DuckDBPyConnection, source: Source, scratch: Path, progress: Progress | None
) -> tuple[tuple[Column, ...], tuple[SourceFile, ...], tuple[str, ...]]:
    """Land all parts of a source in a database that is empty.

    Returns:
        The columns, the files, and for each file a sentence on how it was reconciled.
    """
    with refusals(f"to look at '{source.where}'"):
        parts = source.look(con, scratch)
        united = unite(parts, con)
        _make_tables(con, united.columns)
    files, checks = [], []
    for i, part in enumerate(parts):
        # What DuckDB raises goes to the part first, which knows what it means.
        with refusals(f"to read '{part.name}'"), part.read(con, scratch, _rejecter(con, i)) as read:
            landed = _insert(con, i, read, united.places[i], len(united.columns))
            _shift(con, i, read.rejected)
            names = [united.columns[place].name for place in united.places[i]]
            checks.append(_reconcile(con, i, part.name, read, names))
            notes = (*part.notes, *united.notes[i], *read.notes)
        _refuse_changed(part)
        files.append(_source_file(part, landed, read.rejected, notes))
        if progress is not None:
            progress(part.name, landed)
    return tuple(united.columns), tuple(files), tuple(checks)


def _make_tables(con: duckdb.DuckDBPyConnection, columns: Sequence[Column]) -> None:
    """Make the table of rows, and that of refused records."""
    listed = [f"{ident(c.name)} {c.type}" for c in columns]
    listed += [f"{ident(FILE_COLUMN)} INTEGER", f"{ident(ROW_COLUMN)} BIGINT"]
    con.execute(f"CREATE TABLE {ident(TABLE)} ({', '.join(listed)})")
    con.execute(
        'CREATE TABLE rejects (file INTEGER, "row" BIGINT, line BIGINT, '
        "reason VARCHAR, text VARCHAR)"
    )


def _rejecter(con: duckdb.DuckDBPyConnection, file: int) -> Callable[[Sequence[Reject]], None]:
    """Answer what keeps the refused records of one file."""

    def reject(rejects: Sequence[Reject]) -> None:
        batch = pa.table(
            {
                "row": pa.array([r.row for r in rejects], pa.int64()),
                "line": pa.array([r.line for r in rejects], pa.int64()),
                "reason": pa.array([r.reason for r in rejects], pa.string()),
                "text": pa.array([r.text for r in rejects], pa.large_string()),
            }
        )
        con.register("refused", batch)
        con.execute(f"INSERT INTO rejects SELECT {file}, * FROM refused")
        con.unregister("refused")

    return reject


def _insert(
    con: duckdb.DuckDBPyConnection, file: int, reading: Reading, places: Sequence[int], width: int
) -> int:
    """Land one part in one statement; answer the rows that landed."""
    of_place = {place: i for i, place in enumerate(places)}
    values = [f"c{of_place[i]}" if i in of_place else "NULL" for i in range(width)]
    names = ", ".join(f"c{i}" for i in range(len(places)))
    (row,) = con.execute(
        f"INSERT INTO {ident(TABLE)} "
        f"SELECT {', '.join([*values, str(file)])}, row_number() OVER () - 1 "
        f"FROM ({reading.select}) AS part({names})"
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


def _reconcile(
    con: duckdb.DuckDBPyConnection, file: int, name: str, reading: Reading, columns: Sequence[str]
) -> str:
    """Hold what landed of a file against what the source was counted to have.

    Raises:
        WarehouseError: Rows are missing, or too many, or values are.
    """
    known = [(c, n) for c, n in zip(columns, reading.present, strict=False) if n is not None]
    counts = ", ".join(["count(*)", *(f"count({ident(c)})" for c, _ in known)])
    (row,) = con.execute(
        f"SELECT {counts} FROM {ident(TABLE)} WHERE {ident(FILE_COLUMN)} = {file}"
    ).fetchall()
    landed = int(row[0])
    if landed + reading.rejected != reading.records:
        msg = (
            f"'{name}' has {reading.records} records ({reading.counted}), but {landed} rows "
            f"landed and {reading.rejected} records were refused. Nothing is kept. "
            "Say delimiter, quote and encoding in the settings, or report this file."
        )
        raise WarehouseError(msg)
    for (column, expected), got in zip(known, row[1:], strict=True):
        if expected != got:
            msg = (
                f"Column '{column}' of '{name}' has {expected} values, but {got} landed. "
                "Nothing is kept. Report this file."
            )
            raise WarehouseError(msg)
    said = f"'{name}': {reading.records} records {reading.counted}, {landed} rows landed"
    said += f", {reading.rejected} refused" if reading.rejected else ""
    return said + (f"; the non-null counts of {len(known)} columns agree." if known else ".")


def _refuse_changed(part: Part) -> None:
    """Refuse a file that was written to while it was read.

    Raises:
        SourceError: It was.
    """
    with reading(part.name):
        stat = part.path.stat()
    if (stat.st_size, stat.st_mtime_ns) != (part.bytes, part.modified_ns):
        msg = f"'{part.name}' changed while it was read. Run again once it is complete."
        raise SourceError(msg)


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


def _fingerprint(source: Source, files: Sequence[SourceFile]) -> str:
    """Hash the contents of a source and how it was read."""
    said = [source.kind, *source.options]
    said += [repr((f.name, f.sha256, f.encoding, f.delimiter, f.header_found)) for f in files]
    return hashlib.sha256("\0".join(said).encode()).hexdigest()
