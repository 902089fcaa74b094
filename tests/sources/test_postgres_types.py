"""Each type lands exactly, or as text and reported; proven against a real PostgreSQL."""

from __future__ import annotations

import pytest
from tests.sources.postgres_types import CASES

from dataready.errors import SourceError
from dataready.sql import literal
from dataready.warehouse.connection import connect


@pytest.mark.database
@pytest.mark.parametrize("case", CASES, ids=[f"{c.type} {c.values[-1][:12]}" for c in CASES])
@pytest.mark.parametrize("by_query", [False, True], ids=["table", "query"])
def test_values_land_as_the_table_says(postgres, land, tmp_path, case, by_query):
    """Type, values in their order, and the number of them where the type is degraded."""
    values = [f"({i}, {literal(v)}::{case.type})" for i, v in enumerate(case.values)]
    postgres.give(
        "CREATE EXTENSION hstore",
        "CREATE EXTENSION citext",
        *(s for s in case.setup.split("; ") if s),
        f"CREATE TABLE t (i int, v {case.type})",
        f"INSERT INTO t VALUES {', '.join(values)}, ({len(values)}, NULL)",
    )
    got = land(postgres.url, **({"query": "SELECT * FROM t"} if by_query else {"table": "t"}))

    assert got.types[1] == case.lands
    with connect(tmp_path / "extracts" / "e.duckdb", read_only=True) as con:
        con.execute("SET TimeZone = 'UTC'")
        landed = con.execute("SELECT CAST(v AS VARCHAR) FROM data ORDER BY i").fetchall()
    assert [v for (v,) in landed] == [*case.landed, None]
    degraded = [(d.column, d.values) for d in got.manifest.degraded]
    assert degraded == ([("v", len(case.values))] if case.degraded else [])


@pytest.mark.database
def test_an_exotic_type_in_a_dropped_column_is_not_looked_at(postgres, land):
    """What is left out cannot be degraded."""
    postgres.give("CREATE TABLE t AS SELECT 1 AS a, '10.0.0.1'::inet AS b")
    got = land(postgres.url, without=("b",))
    assert got.manifest.degraded == ()


@pytest.mark.database
def test_tables_of_two_types_are_united_and_proven(postgres, land):
    """Part by part, each in its own type, though the column that holds both is wider."""
    postgres.give(
        "CREATE TABLE a AS SELECT 9 AS x, date '2024-01-01' AS d",
        "CREATE TABLE b AS SELECT 10::bigint AS x, 'later'::text AS d",
        "CREATE TABLE c AS SELECT 1.5::numeric(4, 2) AS x, 'x'::text AS d",
    )
    got = land(postgres.url, tables=("a", "b", "c"))
    assert got.types == ["DECIMAL(21,2)", "VARCHAR"]
    assert [d for _, d in got.values] == ["2024-01-01", "later", "x"]


@pytest.mark.database
def test_texts_that_are_not_in_any_encoding_are_refused(postgres, land):
    """A database without an encoding holds bytes; those that are no UTF-8 are not guessed."""
    postgres.run("DROP DATABASE IF EXISTS ascii")
    postgres.run("CREATE DATABASE ascii ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0")
    postgres.run(
        r"CREATE TABLE t AS SELECT E'gr\xfc\xdfe' AS v UNION ALL SELECT 'plain'",
        "GRANT SELECT ON t TO reader",
        database="ascii",
    )
    with pytest.raises(SourceError, match="not in the database's encoding"):
        land(postgres.address(database="ascii"))
    spelt = "SELECT encode(convert_to(v, 'SQL_ASCII'), 'escape') AS v FROM t"
    got = land(postgres.address(database="ascii"), query=spelt)
    assert sorted(v for (v,) in got.values) == ["gr\\374\\337e", "plain"]
