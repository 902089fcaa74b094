"""Grow an extract by the rows above its watermark, and prove that the rest is as it was."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import duckdb

from dataready.errors import ConfigError, WarehouseError
from dataready.extract.land import Landed, Progress, land_part, look
from dataready.extract.manifest import Extract
from dataready.extract.reconcile import compare
from dataready.model import FILE_COLUMN, TABLE, SourceSpec
from dataready.sources import Source
from dataready.sources.selection import request_of
from dataready.sql import ident, literal
from dataready.warehouse.connection import refusals

__all__ = ["LateChangesError", "grow", "previous_extract"]

_LISTED = 5


class LateChangesError(Exception):
    """The rows below the watermark are not what they were: only a full pull will do."""


def previous_extract(folder: Path, spec: SourceSpec) -> Extract | None:
    """Answer the newest extract that was asked for by the same settings, or None."""
    request = request_of(spec)
    paths = sorted(folder.glob("*.duckdb"), key=lambda p: p.stat().st_mtime_ns, reverse=True)
    for path in paths:
        try:
            extract = Extract.open(path)
        except WarehouseError:
            continue
        if extract.manifest.request == request:
            return extract
    return None


def grow(
    con: duckdb.DuckDBPyConnection,
    source: Source,
    spec: SourceSpec,
    previous: Extract,
    scratch: Path,
    progress: Progress | None,
) -> Landed:
    """Replace the rows from the watermark on, less the look-back, and compare the whole.

    Args:
        con: A copy of the previous extract.
        source: The same that it was pulled from.
        spec: What is asked for.
        previous: The extract, for its manifest.
        scratch: A folder to write in.
        progress: Told the name and the rows of the new part.

    Raises:
        LateChangesError: Columns, or rows below the watermark, have changed.
        ConfigError: The settings do not fit the table.
        SourceError: The source cannot be read.
        WarehouseError: DuckDB refused, or what landed is not what the source holds.
    """
    wanted = look(con, source, spec, scratch)
    watermark = spec.watermark or ""
    if wanted.columns != previous.manifest.columns:
        raise LateChangesError("its columns are others than before")  # noqa: EM101, TRY003
    cutoff = _cutoff(con, watermark, spec.look_back)
    if cutoff is None:
        raise LateChangesError("there was no watermark before")  # noqa: EM101, TRY003
    w = ident(watermark)
    with refusals("to make room for newer rows"):
        con.execute(f"DELETE FROM {ident(TABLE)} WHERE {w} >= {literal(cutoff)} OR {w} IS NULL")
    number = len(previous.manifest.files)
    (part,) = wanted.parts
    newer = replace(wanted, parts=(part.above(watermark, cutoff),))
    file, check = land_part(con, newer, 0, scratch, progress, file=number)
    with refusals(f"to prove '{part.name}'"):
        found = compare(con, ident(TABLE), part.whole(), wanted.names(0), wanted.hashed)
    expected = part.whole().records
    if found.rows != expected:
        msg = f"there are {expected:,} rows, where {found.rows:,} were to be expected"
        raise LateChangesError(msg)
    if found.differences:
        raise LateChangesError("; ".join(found.differences[:_LISTED]))
    said = (
        f"'{part.name}': all {found.rows} rows were held against the source, the older ones too: "
        f"{found.counts} counts and {found.figures} figures agree."
    )
    rows = _rows(con)
    files = (*previous.manifest.files, replace(file, name=f"{file.name}, part {number + 1}"))
    return Landed(
        columns=wanted.columns,
        files=tuple(replace(f, rows=rows.get(i, 0)) for i, f in enumerate(files)),
        checks=(check, said),
        degraded=wanted.degraded,
        snapshots=wanted.snapshots,
    )


def _cutoff(con: duckdb.DuckDBPyConnection, watermark: str, look_back: str | None) -> str | None:
    """Answer the value from which rows are read again, as text; None where there is none.

    Raises:
        ConfigError: The look-back cannot be taken from such a value.
    """
    w = ident(watermark)
    (kind,) = con.sql(f"SELECT {w} FROM {ident(TABLE)} LIMIT 0").types
    back = ""
    if look_back is not None:
        timely = str(kind).startswith(("DATE", "TIME"))
        back = f" - CAST({literal(look_back)} AS {'INTERVAL' if timely else kind})"
    try:
        (row,) = con.execute(
            f"SELECT CAST(max({w}){back} AS VARCHAR) FROM {ident(TABLE)}"
        ).fetchall()
    except duckdb.Error:
        msg = (
            f"'{look_back}' cannot be taken from '{watermark}', which is {kind}. "
            "Write 'look_back' as a number for numbers, and like '3 days' for times."
        )
        raise ConfigError(msg) from None
    return None if row[0] is None else str(row[0])


def _rows(con: duckdb.DuckDBPyConnection) -> dict[int, int]:
    """Count the rows of every part."""
    f = ident(FILE_COLUMN)
    found = con.execute(f"SELECT {f}, count(*) FROM {ident(TABLE)} GROUP BY {f}").fetchall()
    return {int(file): int(n) for file, n in found}
