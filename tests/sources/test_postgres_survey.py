"""Trying a PostgreSQL server: no more is read than says how fast rows come."""

from __future__ import annotations

from contextlib import contextmanager

import pyarrow as pa
import pytest

from dataready.model import SourceSpec
from dataready.sources.postgres_connection import Connection
from dataready.sources.postgres_survey import survey

pytestmark = pytest.mark.database


def test_a_trial_of_heavy_rows_ends_early(postgres, monkeypatch):
    """Only some MiB of the largest table are read, whatever its rows weigh."""
    postgres.give(
        "CREATE TABLE t AS SELECT i, repeat('x', 40000) AS b FROM generate_series(1, 2000) i"
    )
    postgres.run("ANALYZE t")
    read = []
    honest = Connection.stream

    @contextmanager
    def counted(self, sql, name, stall_s):
        with honest(self, sql, name, stall_s) as reader:

            def batches():
                for batch in reader:
                    read.append(batch.nbytes)
                    yield batch

            yield pa.RecordBatchReader.from_batches(reader.schema, batches())

    monkeypatch.setattr(Connection, "stream", counted)
    (table,) = survey(SourceSpec(path=postgres.url)).tables
    assert table.seconds > 0
    assert sum(read) < 40 << 20
