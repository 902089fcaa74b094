"""A SQLite file within a run: one connection, in one read transaction, for all tables of it."""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import RLock
from typing import Any
from urllib.parse import quote

import pyarrow as pa

from dataready.errors import SourceError, TransientSourceError
from dataready.model import Politeness
from dataready.sources.checksum import short_md5
from dataready.sources.source import Snapshot

__all__ = ["SqliteFile"]

_BATCH_BYTES = 8 << 20
_BATCH_ROWS = 16_384
_MODULUS = 1 << 64


class SqliteFile:
    """A file that is read in one state; pulls of other threads wait for one another."""

    def __init__(self, path: Path, name: str, politeness: Politeness) -> None:
        """Open it to read only, and fix the state that is read.

        Args:
            path: Where it is.
            name: How messages call it.
            politeness: How long to wait for a lock.

        Raises:
            SourceError: It is no SQLite file, or damaged.
            TransientSourceError: Somebody has locked it.
        """
        self.path, self.name, self._lock = path, name, RLock()
        with self._translated():
            self._connection = sqlite3.connect(
                f"file:{quote(str(path))}?mode=ro",
                uri=True,
                timeout=politeness.lock_timeout_s,
                isolation_level=None,
                check_same_thread=False,
            )
        # Bytes, so that a text that is no UTF-8 can be spoken of.
        self._connection.text_factory = bytes
        make: Any = self._connection.create_aggregate
        for function, arguments, aggregate in _AGGREGATES:
            make(function, arguments, aggregate)
        self._connection.create_function("dataready_utf8", 1, _utf8, deterministic=True)
        try:
            self.rows("BEGIN")
            self.rows("SELECT count(*) FROM sqlite_master")
            ((mode,),) = self.rows("PRAGMA journal_mode")
            ((state,),) = self.rows("PRAGMA data_version")
            ((encoding,),) = self.rows("PRAGMA encoding")
        except BaseException:
            self.close()
            raise
        now = datetime.now(UTC)
        self.utf8 = encoding == b"UTF-8"
        self.blocks = mode != b"wal"
        self.snapshot = Snapshot(
            server=f"SQLite {sqlite3.sqlite_version}",
            id=f"{now.isoformat(timespec='microseconds')} {state}",
            clock=now.isoformat(timespec="seconds"),
        )

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Answer all rows of a small query; texts are bytes."""
        with self._lock, self._translated():
            return self._connection.execute(sql).fetchall()

    def names(self, sql: str) -> list[str]:
        """Answer the names of the columns of a query."""
        with self._lock, self._translated():
            return [d[0] for d in self._connection.execute(sql).description or ()]

    def batches(
        self, sql: str, schema: pa.Schema, names: Sequence[str], rows: int
    ) -> Iterator[pa.RecordBatch]:
        """Read the rows of a query, some at a time.

        Args:
            sql: The query.
            schema: What is made of its columns.
            names: What messages call them.
            rows: How many there are, to choose how many are read at a time.
        """
        each = max(1, self.path.stat().st_size // max(1, rows))
        some = max(1, min(_BATCH_ROWS, _BATCH_BYTES // each))
        with self._lock, self._translated():
            cursor = self._connection.execute(sql)
        while True:
            with self._lock, self._translated():
                found = cursor.fetchmany(some)
            if not found:
                return
            arrays = [
                self._array(values, field, name)
                for values, field, name in zip(zip(*found, strict=True), schema, names, strict=True)
            ]
            yield pa.RecordBatch.from_arrays(arrays, schema=schema)

    def _array(self, values: Sequence[object], field: pa.Field, name: str) -> pa.Array:
        """Make an array of values of one column.

        Raises:
            SourceError: A text is not in UTF-8.
        """
        if field.type != pa.string():
            return pa.array(values, field.type)
        try:
            return pa.array(values, pa.binary()).cast(pa.string())
        except pa.ArrowInvalid:
            msg = (
                f"A text in the column '{name}' of '{self.name}' is not UTF-8. Leave the column "
                "out, or read it by a 'query' that casts it: CAST(... AS BLOB)."
            )
            raise SourceError(msg) from None

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Turn what SQLite raises into a `SourceError`, without a word of its own."""
        try:
            yield
        except sqlite3.Error as e:
            raise _error(e, self.name) from None

    def close(self) -> None:
        """End the transaction."""
        with suppress(sqlite3.Error):
            self._connection.close()


def _error(e: sqlite3.Error, name: str) -> SourceError:
    """Find what a failure means by SQLite's code."""
    code = getattr(e, "sqlite_errorname", "") or ""
    kind: type[SourceError] = SourceError
    if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        kind, why = TransientSourceError, "another process is writing to it. Try again later"
    elif code.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")):
        why = "it is damaged, or no SQLite file. Fetch or export it again"
    elif code.startswith(("SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_READONLY")):
        why = "it may not be opened. Check the rights of the file and of its folder"
    elif code.startswith(("SQLITE_IOERR", "SQLITE_FULL")):
        why = "the disk cannot be read, or is full"
    elif code == "SQLITE_TOOBIG":
        why = "a value is too large"
    else:
        why = "SQLite refuses the SQL of 'query' or 'where', or a view of the file"
    return kind(f"'{name}' cannot be read: {why}.")


def _utf8(value: str | bytes | None) -> bytes | None:
    """Answer a text's UTF-8, whatever the encoding of its file."""
    return value.encode() if isinstance(value, str) else value


class _Md5:
    """Sums the first bits of the MD5 of values."""

    def __init__(self) -> None:
        self.total: int | None = None

    def step(self, value: bytes | None) -> None:
        """Take a value in."""
        if value is not None:
            self.total = (self.total or 0) + short_md5(value)

    def finalize(self) -> str | None:
        """Answer the sum as text, since SQLite's numbers end too early."""
        return None if self.total is None else str(self.total)


class _Sum:
    """Sums whole numbers, given as two halves, without an end."""

    def __init__(self) -> None:
        self.total: int | None = None

    def step(self, high: int | None, low: int | None) -> None:
        """Take a number in."""
        if high is not None and low is not None:
            self.total = (self.total or 0) + (high << 32) + low

    def finalize(self) -> str | None:
        """Answer the sum as text."""
        return None if self.total is None else str(self.total)


class _Bits:
    """Sums the bits of floating-point numbers."""

    def __init__(self) -> None:
        self.total = 0

    def step(self, value: float | None) -> None:
        """Take a number in."""
        if value is not None:
            self.total += int.from_bytes(struct.pack("<d", value), "little")

    def finalize(self) -> str:
        """Answer the sum as text."""
        return str(self.total % _MODULUS)


_AGGREGATES: tuple[tuple[str, int, type], ...] = (
    ("dataready_md5", 1, _Md5),
    ("dataready_sum", 2, _Sum),
    ("dataready_bits", 1, _Bits),
)
