"""Tests for `dataready.pipeline.alone`: types met in the wild, and the plan that is told."""

import duckdb
import pytest

from dataready.extract.pull import pull
from dataready.model import SourceSpec
from dataready.pipeline.alone import explain, measure_alone

WILD = {
    "decimal": ("(i * 1.25)::DECIMAL(38, 6)", "number"),
    "hugeint": ("i::HUGEINT * 100000000000000000000", "number"),
    "bignum": ("(i % 5)::VARCHAR::BIGNUM", "text"),
    "list": ("[i % 3, NULL, i % 2]", "text"),
    "nested": ("[[i % 3], NULL]", "text"),
    "array": ("[i % 2, i % 3]::INTEGER[2]", "text"),
    "struct": ("{'a': i % 3, 'b': 'x' || i % 2}", "text"),
    "map": ("MAP {'k': i % 3}", "text"),
    "union": ("union_value(k := i % 3)", "text"),
    "json": ("('{\"a\": ' || i % 4 || '}')::JSON", "text"),
    "uuid": ("md5((i % 9)::VARCHAR)::UUID", "text"),
    "enum": ("(['a', 'b', 'c'][(1 + i % 3)::INTEGER])::ENUM('a', 'b', 'c')", "text"),
    "blob": ("('x' || i % 4)::BLOB", "text"),
    "bit": ("'0101'::BIT", "text"),
    "boolean": ("i % 2 = 0", "text"),
    "interval": ("to_days((i % 5)::INTEGER)", "text"),
    "time": ("TIME '10:00:00' + to_minutes((i % 60)::INTEGER)", "text"),
    "zoned": ("TIMESTAMPTZ '2020-01-01 00:00:00+02' + to_hours(i::INTEGER)", "date"),
    "nanoseconds": ("make_timestamp_ns(i * 1000000000000)", "date"),
    "not finite": (
        "CASE i % 4 WHEN 0 THEN 'inf'::DOUBLE WHEN 1 THEN 'nan'::DOUBLE ELSE i::DOUBLE END",
        "number",
    ),
    "for ever": (
        "CASE i % 4 WHEN 0 THEN 'infinity'::DATE ELSE DATE '2020-01-01' + i::INTEGER END",
        "date",
    ),
    "nothing": ("NULL::INTEGER", "number"),
}


@pytest.fixture
def table_of_types(tmp_path):
    """Make an extract of one table that has every type."""
    columns = ", ".join(f'{sql} AS "{name}"' for name, (sql, _) in WILD.items())
    path = tmp_path / "wild.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute(f"CREATE TABLE t AS SELECT {columns} FROM range(64) AS r(i)")
    spec = SourceSpec(path=str(path), table="t")
    return pull(
        spec, dataset="t", side="production", folder=tmp_path / "x", name="x", base=tmp_path
    )


def test_every_type_is_profiled(table_of_types):
    """Each is read as what it is, each cell is counted once, and nothing crashes."""
    seen = measure_alone("t", table_of_types).production

    for name, (_, base) in WILD.items():
        column = seen[name]
        assert (column.plan.base, column.rows) == (base, 64), name
        assert column.usable + column.missing + column.counts["unparsed"] == 64
    assert seen["nothing"].missing == 64
    assert seen["not finite"].usable == 32
    assert seen["hugeint"].range.high == 63e20
    assert seen["uuid"].different == 9


def test_the_plan_says_what_is_read_from_where(table_of_types):
    """Columns of few kinds are tallied, and each statement is told."""
    told = explain(table_of_types)

    tallied = {name for name, _, _, is_tallied in told.columns if is_tallied}
    assert {"enum", "bit", "map"} <= tallied
    assert not {"decimal", "zoned"} & tallied
    assert told.rows == 64
    assert sum(sql.startswith("CREATE TEMP TABLE") for sql in told.sql) == len(tallied)
