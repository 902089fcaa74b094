"""Rows in pieces: all of them, in their order, each once."""

from __future__ import annotations

import duckdb
import pyarrow as pa
import pytest

from dataready.sources import stream
from dataready.sources.stream import NUMBER, in_pieces, numbered


def reader(*sizes):
    """Answer batches of so many rows, counted from 0 through all of them."""
    schema, begun, batches = pa.schema({"x": pa.int64()}), 0, []
    for size in sizes:
        rows = pa.array(range(begun, begun + size), pa.int64())
        batches.append(pa.record_batch([rows], schema=schema))
        begun += size
    return pa.RecordBatchReader.from_batches(schema, batches)


@pytest.mark.parametrize("sizes", [(), (0,), (5,), (5, 7, 1, 0, 9)])
@pytest.mark.parametrize("piece_bytes", [1, 100, 1 << 20])
def test_all_rows_come_once_and_in_order(monkeypatch, sizes, piece_bytes):
    """However large a piece is, and where there is nothing at all."""
    monkeypatch.setattr(stream, "_PIECE_BYTES", piece_bytes)
    with duckdb.connect() as con:
        more = in_pieces(con, "rows", numbered(reader(*sizes), 0))
        con.execute("CREATE TABLE t AS FROM rows")
        pieces = 1
        while more():
            con.execute("INSERT INTO t FROM rows")
            pieces += 1
        found = con.execute(f"SELECT x, {NUMBER} FROM t").fetchall()
    assert found == [(i, i) for i in range(sum(sizes))]
    assert pieces > 1 or piece_bytes > 100 or len(sizes) < 2
