"""Hold what landed against what the source computed: the proof that an extract is one."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import duckdb
import pyarrow as pa

from dataready.errors import ReconciliationError, WarehouseError
from dataready.model import FILE_COLUMN, TABLE
from dataready.sources import Reading
from dataready.sources.source import Figure
from dataready.sql import ident

__all__ = ["Compared", "compare", "reconcile"]

_ROWS = 1 << 15
_FEWEST_ROWS = 1 << 6
_BYTES = 16 << 20
_LENGTHS = {"VARCHAR": "strlen", "BLOB": "octet_length"}
_PLAIN_BYTES = 16
_MODULUS = 1 << 64
_LISTED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Rows that landed, how many counts and figures were compared, and which of them differ."""

    rows: int
    counts: int
    figures: int
    differences: tuple[str, ...]


def compare(
    con: duckdb.DuckDBPyConnection,
    relation: str,
    reading: Reading,
    columns: Sequence[str | None],
    hashed: frozenset[str] = frozenset(),
) -> Compared:
    """Compute of what landed what the source has computed, and compare the two.

    Args:
        con: The extract.
        relation: The rows, as SQL that can stand after FROM.
        reading: What the source says of them.
        columns: For each column of the part, what it is called in the extract; None where
            it did not land.
        hashed: Columns that landed as hashes: only their values can be counted.
    """
    known = [(c, n) for c, n in zip(columns, reading.present, strict=False) if c and n is not None]
    figures = [
        (c, f) for f in reading.figures if (c := columns[f.column]) is not None and c not in hashed
    ]
    plain = [(c, f) for c, f in figures if f.digest is None]
    terms = ["count(*)", *(f"count({ident(c)})" for c, _ in known)]
    terms += [f"CAST({f.sql.format(ident(c))} AS VARCHAR)" for c, f in plain]
    (row,) = con.execute(f"SELECT {', '.join(terms)} FROM {relation}").fetchall()
    differences = [
        f"column '{column}': {expected:,} values in the source, {got:,} landed"
        for (column, expected), got in zip(known, row[1:], strict=False)
        if expected != got
    ]
    computed = [(c, f, row[1 + len(known) + i]) for i, (c, f) in enumerate(plain)]
    digests = [(c, f) for c, f in figures if f.digest is not None]
    sums = _sums(con, relation, digests)
    computed += [(c, f, str(total)) for (c, f), total in zip(digests, sums, strict=True)]
    differences += [_difference(c, f, got) for c, f, got in computed if got != f.expected]
    return Compared(
        rows=int(row[0]),
        counts=len(known),
        figures=len(computed),
        differences=tuple(differences),
    )


def reconcile(
    con: duckdb.DuckDBPyConnection,
    file: int,
    name: str,
    reading: Reading,
    columns: Sequence[str | None],
    hashed: frozenset[str] = frozenset(),
) -> str:
    """Compare rows, values and figures of one part; answer a sentence that says so.

    Args:
        con: The extract.
        file: The index of the part.
        name: Its name, for the message.
        reading: What the source says of it.
        columns: As `compare` takes them; `hashed` likewise.
        hashed: Columns that landed as hashes.

    Raises:
        WarehouseError: Rows are missing, or too many, or refused ones do not add up.
        ReconciliationError: Values or figures of columns differ; each is listed.
    """
    relation = f"(FROM {ident(TABLE)} WHERE {ident(FILE_COLUMN)} = {file})"
    found = compare(con, relation, reading, columns, hashed)
    _refuse(name, reading, found)
    said = f"'{name}': {reading.records} records {reading.counted}, {found.rows} rows landed"
    said += f", {reading.rejected} refused" if reading.rejected else ""
    said += f"; the non-null counts of {found.counts} columns agree" if found.counts else ""
    said += f"; {found.figures} figures of their values agree" if found.figures else ""
    return said + "."


def _refuse(name: str, reading: Reading, found: Compared) -> None:
    """Raise what is wrong, if anything is."""
    landed, differences, exact = found.rows, found.differences, bool(found.figures)
    if landed + reading.rejected != reading.records:
        advice = (
            "Pull again; if it stays so, report this table."
            if exact or (not reading.rejected and reading.present)
            else "Say delimiter, quote and encoding in the settings, or report this file."
        )
        msg = (
            f"'{name}' has {reading.records} records ({reading.counted}), but {landed} rows "
            f"landed and {reading.rejected} records were refused. Nothing is kept. {advice}"
        )
        if differences:
            msg += _listed(differences)
        raise ReconciliationError(msg) if exact else WarehouseError(msg)
    if differences:
        msg = (
            f"What landed of '{name}' is not what the source holds. Nothing is kept; the last good "
            f"extract stays. Pull again; if it stays so, report this.{_listed(differences)}"
        )
        raise ReconciliationError(msg)


def _listed(differences: Sequence[str]) -> str:
    """Write the differences, one a line."""
    more = len(differences) - _LISTED
    lines = [*differences[:_LISTED], *([f"and {more} more"] if more > 0 else [])]
    return "".join(f"\n  {line}" for line in lines)


def _difference(column: str, figure: Figure, got: str | None) -> str:
    """Say that a figure differs; the smallest and largest values are data, and are not shown."""
    if not figure.shown:
        return f"column '{column}': another {figure.what}"
    return f"column '{column}': {figure.what} {figure.expected} in the source, {got} landed"


def _sums(
    con: duckdb.DuckDBPyConnection, relation: str, figures: Sequence[tuple[str, Figure]]
) -> list[int]:
    """Sum the digests of what landed, a batch of rows at a time."""
    totals = [0] * len(figures)
    if not figures:
        return totals
    terms = [f"{f.sql.format(ident(c))} AS d{i}" for i, (c, f) in enumerate(figures)]
    rows = f"SELECT {', '.join(terms)} FROM {relation}"

    def digest(batch: pa.RecordBatch, i: int) -> int:
        values, compute = batch.column(i).drop_null(), figures[i][1].digest
        return compute(values) if compute is not None and len(values) else 0

    # NumPy lets go of the interpreter, so that columns can be computed side by side.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for batch in _batches(con, rows):
            found = pool.map(partial(digest, batch), range(len(figures)))
            totals = [(t + n) % _MODULUS for t, n in zip(totals, found, strict=True)]
    return totals


def _batches(con: duckdb.DuckDBPyConnection, rows: str) -> Iterator[pa.RecordBatch]:
    """Read rows of whatever weight, about 32 MiB at a time.

    Arrow's texts end at 2 GiB a batch, and memory before that: the heaviest row says how many
    are fetched at once, and what is fetched is put together up to the limit.
    """
    fetched: list[pa.RecordBatch] = []
    weight = count = 0
    for batch in con.sql(rows).to_arrow_reader(_fetched(con, rows)):
        fetched.append(batch)
        weight, count = weight + batch.nbytes, count + len(batch)
        if weight >= _BYTES or count >= _ROWS:
            yield _together(fetched)
            fetched, weight, count = [], 0, 0
    if fetched:
        yield _together(fetched)


def _fetched(con: duckdb.DuckDBPyConnection, rows: str) -> int:
    """Answer how many rows are fetched at once, given the heaviest of them."""
    relation = con.sql(rows)
    lengths = [
        f"coalesce({length}({ident(name)}), 0)" if length else str(_PLAIN_BYTES)
        for name, type_ in zip(relation.columns, relation.types, strict=True)
        for length in (_LENGTHS.get(str(type_)),)
    ]
    ((heaviest,),) = con.execute(f"SELECT max({' + '.join(lengths)}) FROM ({rows})").fetchall()
    return max(_FEWEST_ROWS, min(_ROWS, _BYTES // max(1, heaviest or 0)))


def _together(batches: Sequence[pa.RecordBatch]) -> pa.RecordBatch:
    """Make one batch of some."""
    if len(batches) == 1:
        return batches[0]
    return pa.Table.from_batches(batches).combine_chunks().to_batches()[0]
