"""Tests for `dataready.sources.parquet`."""

import datetime as dt
import decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dataready.errors import EmptySourceError, SourceError


def parquet(columns, **options):
    """Write columns as the bytes of a Parquet file."""
    table = columns if isinstance(columns, pa.Table) else pa.table(columns)
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, **options)
    return sink.getvalue().to_pybytes()


def test_types_and_values_land_as_they_are(land):
    """Numbers, decimals, dates, lists and structs keep their types."""
    day, dec = dt.date(2020, 1, 2), decimal.Decimal("1.10")
    got = land(
        "a.parquet",
        {
            "a.parquet": parquet(
                {
                    "n": [1, None],
                    "d": [day, day],
                    "m": [dec, dec],
                    "l": [[1], []],
                    "s": [{"x": 1}] * 2,
                }
            )
        },
    )

    assert got.rows[0] == (1, day, dec, [1], {"x": 1}, 0, 0)
    assert got.types == ["BIGINT", "DATE", "DECIMAL(3,2)", "BIGINT[]", "STRUCT(x BIGINT)"]
    assert got.manifest.typed


def test_null_counts_are_reconciled_with_the_metadata(land):
    """The file's own counts say how many values there must be."""
    got = land("a.parquet", {"a.parquet": parquet({"n": [1, None, 3]}, row_group_size=1)})

    assert got.manifest.reconciliation == (
        "'a.parquet': 3 records by the file's metadata, 3 rows landed; "
        "the non-null counts of 1 columns agree.",
    )


def test_files_of_other_types_unite(land):
    """Whole numbers and fractions are fractions; numbers and text are text; both are said."""
    got = land(
        "*.parquet",
        {
            "1.parquet": parquet({"n": [1], "s": [1], "only": [True]}),
            "2.parquet": parquet({"n": [1.5], "s": ["x"]}),
        },
    )

    assert got.types == ["DOUBLE", "VARCHAR", "BOOLEAN"]
    assert got.values == [(1.0, "1", True), (1.5, "x", None)]
    assert "'n' is DOUBLE here and BIGINT before; it lands as DOUBLE" in got.notes


def test_names_twice_and_hostile(land):
    """Columns are read by place, so that no name can mislead."""
    table = pa.table([[1], [2], [3]], names=['x"; drop', "X", "X"])
    got = land("a.parquet", {"a.parquet": parquet(table)})

    assert got.names == ['x"; drop', "X", "X_2"]
    assert got.values == [(1, 2, 3)]


def test_rows_are_numbered_over_row_groups(land):
    """The number of a row is its place in its file."""
    got = land("a.pq", {"a.pq": parquet({"n": list(range(5000))}, row_group_size=700)})

    assert all(n == row for n, _, row in got.rows)


@pytest.mark.parametrize("cut", [4, 200, -1, -9])
def test_a_truncated_file_is_no_source(land, tmp_path, cut):
    """Half a Parquet file is an error with its name, and nothing is kept."""
    raw = parquet({"n": list(range(500))})
    with pytest.raises(SourceError, match=r"'a\.parquet' is not a whole Parquet file"):
        land("a.parquet", {"a.parquet": raw[:cut]})
    assert not list((tmp_path / "extracts").iterdir())


def test_damage_in_the_middle_is_found(land):
    """A block that cannot be unpacked is the source's fault, not ours."""
    raw = bytearray(parquet({"n": [f"value {i * 7919 % 1000}" for i in range(5000)]}))
    raw[200:2000] = bytes(1800)
    with pytest.raises(SourceError, match="cut short or damaged"):
        land("a.parquet", {"a.parquet": bytes(raw)})


def test_an_empty_file_is_an_empty_source(land):
    """0 bytes are no Parquet file."""
    with pytest.raises(EmptySourceError, match="0 bytes"):
        land("a.parquet", {"a.parquet": b""})


def test_no_rows_is_a_table(land):
    """A schema without rows lands as such."""
    got = land("a.parquet", {"a.parquet": parquet(pa.table({"n": pa.array([], pa.int32())}))})

    assert (got.types, got.rows) == (["INTEGER"], [])
