"""Rows on their way in: numbered, no faster than is polite, and their first error kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import duckdb
import numpy as np
import pyarrow as pa

from dataready.sql import ident

__all__ = ["NUMBER", "in_pieces", "numbered", "streamed"]

NUMBER = "dataready_number"
"""The name of the column that has the numbers of rows from 0."""
_STREAM = "dataready_stream"
_PIECE_BYTES = 128 << 20


@contextmanager
def streamed(
    con: duckdb.DuckDBPyConnection,
    schema: pa.Schema,
    batches: Iterable[pa.RecordBatch],
    rows_per_second: int = 0,
) -> Iterator[str]:
    """Let DuckDB read batches once, as a relation that has `NUMBER` as its last column.

    Args:
        con: Where they are read.
        schema: Of the batches.
        batches: As they arrive.
        rows_per_second: The most rows that are handed on in a second; 0 for no limit.

    Yields:
        The relation, quoted.

    Raises:
        BaseException: What the batches raised; DuckDB would raise something of its own.
    """
    failed: list[BaseException] = []

    def kept() -> Iterator[pa.RecordBatch]:
        try:
            yield from batches
        except BaseException as e:
            failed.append(e)
            raise

    reader = pa.RecordBatchReader.from_batches(schema, kept())
    con.register(_STREAM, numbered(reader, rows_per_second))
    try:
        yield ident(_STREAM)
    except BaseException:
        if failed:
            raise failed[0] from None
        raise
    finally:
        con.unregister(_STREAM)


def numbered(reader: pa.RecordBatchReader, rows_per_second: int) -> pa.RecordBatchReader:
    """Number the rows, and hand them on no faster than is polite: unasked, none is sent.

    Numbered as they arrive, they need no window function, which would let DuckDB use one
    thread only.
    """

    def batches() -> Iterator[pa.RecordBatch]:
        began, rows = time.monotonic(), 0
        for batch in reader:
            most = rows_per_second or max(1, len(batch))
            for k in range(0, len(batch), most):
                piece = batch.slice(k, most)
                numbers = pa.array(np.arange(rows, rows + len(piece)))
                yield pa.RecordBatch.from_arrays([*piece.columns, numbers], schema=schema)
                rows += len(piece)
                if rows_per_second:
                    time.sleep(max(0.0, began + rows / rows_per_second - time.monotonic()))

    schema = reader.schema.append(pa.field(NUMBER, pa.int64()))
    return pa.RecordBatchReader.from_batches(schema, batches())


def in_pieces(
    con: duckdb.DuckDBPyConnection, name: str, reader: pa.RecordBatchReader
) -> Callable[[], bool]:
    """Let DuckDB read rows in pieces, each by a statement of its own.

    What one statement has inserted stays in memory until it ends: in pieces, memory is
    bounded however many rows there are.

    Args:
        con: Where they are read.
        name: The relation that stands for the present piece; there is one at once.
        reader: All the rows.

    Returns:
        What puts the next piece in the place of the present one; it answers False, and
        does nothing, where there is none.
    """
    waiting: list[pa.RecordBatch] = []

    def piece() -> Iterator[pa.RecordBatch]:
        size = 0
        while size < _PIECE_BYTES:
            if not waiting and not fetch():
                return
            size += waiting[0].nbytes
            yield waiting.pop()

    def fetch() -> bool:
        try:
            waiting.append(reader.read_next_batch())
        except StopIteration:
            return False
        return True

    def register() -> None:
        con.register(name, pa.RecordBatchReader.from_batches(reader.schema, piece()))

    def more() -> bool:
        if not waiting and not fetch():
            return False
        con.unregister(name)
        register()
        return True

    register()
    return more
