"""What is altered, lost or doubled on its way from the server is noticed, and never kept."""

from __future__ import annotations

import struct

import pytest
from tests.proxy import Proxy

from dataready.errors import ReconciliationError
from dataready.extract.manifest import Extract
from dataready.extract.pull import pull
from dataready.model import Politeness, SourceSpec

pytestmark = pytest.mark.database

MARK = 4240
"""The row that is altered; its amount is whole, so that a change of its last digit is one."""
TABLE = (
    "CREATE TABLE orders AS SELECT i AS id, 'order ' || i AS note, (i * 1.25)::numeric(10, 2) "
    "AS amount, i::float8 / 3 AS ratio, timestamp '2024-01-01' + i * interval '1 s' AS at, "
    "date '2024-01-01' + i % 99 AS day, i % 2 = 0 AS late, to_jsonb(i) AS j, "
    "md5(i::text)::uuid AS u, ARRAY[i, i + 1] AS pair, i::numeric / 7 AS free, "
    "'10.0.0.1'::inet + i AS address, decode(md5(i::text), 'hex') AS raw, "
    "time '00:00' + i * interval '1 s' AS clock, 'c'::char(9) AS code "
    "FROM generate_series(1, 6000) i"
)
COLUMNS = 15
COPY_ROW = b"d"


@pytest.fixture
def through(postgres, tmp_path):
    """Pull through a proxy that changes messages; answer what came of it."""

    def run(change=None, **spec):
        with Proxy(postgres.port) as proxy:
            proxy.change = change
            url = postgres.address(port=proxy.port) + "?sslmode=disable&gssencmode=disable"
            return pull(
                SourceSpec(path=url, politeness=Politeness(retries=0), **spec),
                dataset="orders",
                side="production",
                folder=tmp_path / "extracts",
                name="new" if change else "good",
                base=tmp_path,
            )

    return run


def rows_of(change):
    """Make a change of messages from a change of the table's rows, which are known by their id."""

    def each(kind, content):
        # Other queries run meanwhile: only the table has so many columns, an int4 the first.
        if kind != COPY_ROW or content[:6] != struct.pack("!hi", COLUMNS, 4):
            return [(kind, content)]
        (row,) = struct.unpack_from("!i", content, 6)
        return [(kind, c) for c in change(row, content)]

    return each


def test_all_columns_are_proven_when_nothing_happens(postgres, through):
    """Through the same proxy, untouched rows are accepted."""
    postgres.give(TABLE)
    extract = through()
    assert extract.manifest.rows == 6000
    assert "counts of 15 columns agree; 26 figures" in extract.manifest.reconciliation[0]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda i, c: [] if i == MARK else [c], r"has 6000 records .* but 5999 rows"),
        (lambda i, c: [c, c] if i == MARK else [c], r"has 6000 records .* but 6001 rows"),
        (lambda _, c: [c.replace(b"order 4240", b"order 4243")],
         r"column 'note': checksum of the values"),
        (lambda i, c: [c] if i not in (MARK, 17) else ([] if i == 17 else [c, c]),
         r"column 'id': sum \d+ in the source, \d+ landed"),
    ],
    ids=["one row dropped", "one row doubled", "one value altered", "one dropped, one doubled"],
)  # fmt: skip
def test_what_changes_on_the_way_is_refused(postgres, through, tmp_path, change, words):
    """The difference is shown per column, nothing new is kept, the last good extract stays."""
    postgres.give(TABLE)
    good = through()
    with pytest.raises(ReconciliationError, match=words) as caught:
        through(rows_of(change))

    assert "order 424" not in str(caught.value)
    assert sorted(p.name for p in (tmp_path / "extracts").iterdir()) == ["good.duckdb", "good.json"]
    assert Extract.open(good.path) == good


@pytest.mark.parametrize("column", range(COLUMNS))
def test_a_change_in_any_column_is_noticed(postgres, through, column):
    """One bit of one value, whatever its type, changes a figure of that column."""
    postgres.give(TABLE)
    names = postgres.run("SELECT attname FROM pg_attribute WHERE attrelid = 'orders'::regclass "
                         "AND attnum > 0 ORDER BY attnum")  # fmt: skip

    def flip(i, content):
        if i != MARK:
            return [content]
        at = 2
        for _ in range(column):
            at += 4 + int.from_bytes(content[at : at + 4])
        size = int.from_bytes(content[at : at + 4])
        raw = bytearray(content)
        # The last byte of a number of the server's is its least; an array ends in an element.
        raw[at + 4 + size - 1] ^= 1
        return [bytes(raw)]

    with pytest.raises(ReconciliationError, match=f"column '{names[column][0]}'"):
        through(rows_of(flip))
