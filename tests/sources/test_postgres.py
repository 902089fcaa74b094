"""Tables of a real PostgreSQL: which are read, from which state, and what is refused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from dataready.errors import EmptySourceError, NoSuchColumnError, SourceError
from dataready.extract.pull import pull
from dataready.model import Politeness, SourceSpec
from dataready.sources import open_session, session_named

pytestmark = pytest.mark.database


@pytest.fixture
def pulled(postgres, land):
    """Pull what some settings name of the server."""
    return lambda **spec: land(postgres.url, **spec)


def test_a_table_lands_with_its_types_and_is_proven(postgres, pulled):
    """Rows, types, snapshot, and a sentence on how it was reconciled."""
    postgres.give(
        "CREATE TABLE orders AS SELECT i AS id, (i * 1.5)::numeric(12, 2) AS amount, "
        "'order ' || i AS note, timestamptz '2024-01-01 UTC' + i * interval '1 h' AS at, "
        "i % 2 = 0 AS late FROM generate_series(1, 5000) i"
    )
    got = pulled()

    assert got.names == ["id", "amount", "note", "at", "late"]
    assert got.types == [
        "INTEGER", "DECIMAL(12,2)", "VARCHAR", "TIMESTAMP WITH TIME ZONE", "BOOLEAN",
    ]  # fmt: skip
    assert len(got.rows) == 5000
    assert got.rows[1][2] == "order 2"
    m = got.manifest
    assert (m.kind, m.typed, m.rows, m.scope) == ("postgresql", True, 5000, "")
    assert "figures of their values agree" in m.reconciliation[0]
    assert m.snapshots[0].server.startswith("PostgreSQL ")
    assert m.snapshots[0].id
    assert m.source == postgres.url


def test_an_empty_table_lands_too(postgres, pulled):
    """No rows are no reason to refuse."""
    postgres.give("CREATE TABLE t (a int, b text, c numeric, d timestamp, e float8, f uuid)")
    got = pulled()
    assert (got.rows, len(got.names)) == ([], 6)


@pytest.mark.parametrize(
    ("spec", "rows"),
    [
        ({"table": "b"}, 2),
        ({"table": "other.a"}, 4),
        ({"tables": ("a", "b")}, 3),
        ({"tables": ("?",)}, 3),
        ({"tables": ("other.*",)}, 4),
        ({"schema": "public"}, 3),
        ({"schema": "other", "table": "a"}, 4),
        ({"query": "SELECT x FROM a UNION ALL SELECT x FROM b;"}, 3),
        ({"table": "b", "where": "x > 1 -- all"}, 1),
    ],
)
def test_what_is_named_is_read(postgres, pulled, spec, rows):
    """A table, a list, a pattern, a schema, a query, and a part of a table."""
    postgres.give(
        "CREATE TABLE a AS SELECT 1 AS x",
        "CREATE TABLE b AS SELECT generate_series(1, 2) AS x",
        "DROP SCHEMA IF EXISTS other CASCADE",
        "CREATE SCHEMA other",
        "CREATE TABLE other.a AS SELECT generate_series(1, 4) AS x",
        "GRANT USAGE ON SCHEMA other TO reader",
        "GRANT SELECT ON other.a TO reader",
    )
    try:
        got = pulled(**spec)
    finally:
        postgres.run("DROP SCHEMA other CASCADE")
    assert len(got.rows) == rows
    assert got.manifest.scope == spec.get("where", "")


def test_a_partitioned_table_is_one_table(postgres, pulled):
    """Its partitions are read through it, and once."""
    postgres.give(
        "CREATE TABLE m (k int, v text) PARTITION BY RANGE (k)",
        "CREATE TABLE m1 PARTITION OF m FOR VALUES FROM (0) TO (10)",
        "CREATE TABLE m2 PARTITION OF m FOR VALUES FROM (10) TO (20)",
        "INSERT INTO m SELECT i, 'v' FROM generate_series(0, 19) i",
    )
    assert len(pulled().rows) == len(pulled(schema="public").rows) == 20
    assert len(pulled(table="m2").rows) == 10


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({}, "holds 2 tables: 'orders', 'secrets'. Name one by 'table'"),
        ({"table": "ordres"}, "has no table 'ordres'. Did you mean 'orders'?"),
        ({"table": "secrets"}, 'GRANT SELECT ON "public"."secrets"'),
        ({"schema": "pubic"}, "Did you mean 'public'"),
        ({"query": "SELECT nonsense FROM"}, "does not understand the SQL"),
        ({"query": "SELECT x, x FROM orders"}, "answers a column 'x' that has no name of its own"),
        ({"query": "SELECT 1"}, "answers a column '?column?'"),
        ({"query": "DELETE FROM orders RETURNING x"}, "the SQL of 'query'"),
        ({"table": "orders", "where": "x = 'not-a-number'"}, "cannot be converted"),
    ],
)
def test_what_cannot_be_read_is_refused(postgres, pulled, spec, words):
    """Each message says what is wrong and what there is; none quotes the server."""
    postgres.give("CREATE TABLE orders AS SELECT 1 AS x", "CREATE TABLE secrets AS SELECT 1 AS x")
    postgres.run("REVOKE ALL ON secrets FROM reader")
    with pytest.raises(SourceError) as caught:
        pulled(**spec)
    assert words in str(caught.value)
    assert "not-a-number" not in str(caught.value)


def test_a_database_without_tables_is_empty(postgres, pulled):
    """It was reached, and there is nothing."""
    postgres.give()
    with pytest.raises(EmptySourceError, match="holds no table"):
        pulled()


def test_columns_left_out_are_never_asked_for(postgres, pulled):
    """The user need not even have the right to read them."""
    postgres.give("CREATE TABLE p AS SELECT 1 AS id, 'ann' AS name, 'x' AS note")
    postgres.run("REVOKE ALL ON p FROM reader", "GRANT SELECT (id, note) ON p TO reader")

    assert pulled(without=("name",)).names == ["id", "note"]
    assert pulled(treat={"name": "drop"}).names == ["id", "note"]
    with pytest.raises(SourceError, match="may not read it"):
        pulled()
    with pytest.raises(NoSuchColumnError, match="Did you mean 'name'"):
        pulled(without=("nmae",))


def test_rows_that_are_hidden_are_noticed(postgres, pulled):
    """Row-level security would make a part look like the whole."""
    postgres.give(
        "CREATE TABLE s AS SELECT generate_series(1, 9) AS x",
        "ALTER TABLE s ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY few ON s USING (x < 3)",
    )
    with pytest.raises(SourceError, match="row-level security hides rows"):
        pulled()


def test_names_are_quoted_wherever_they_go(postgres, pulled):
    """Names with quotes, blanks and capitals are names."""
    name = 'We"ird; DROP TABLE x'
    quoted = name.replace('"', '""')
    postgres.give(f'CREATE TABLE "{quoted}" AS SELECT 1 AS "a ""b""", 2 AS "SELECT"')
    got = pulled(table=name)
    assert (got.names, got.values) == (['a "b"', "SELECT"], [(1, 2)])


def test_several_hosts_are_tried_in_turn(postgres, land):
    """As with every client of PostgreSQL: the first that answers and is wanted."""
    postgres.give("CREATE TABLE t AS SELECT 1 AS x")
    url = f"postgresql://reader@127.0.0.1:1,127.0.0.1:{postgres.port}/postgres"
    assert land(f"{url}?target_session_attrs=prefer-standby").values == [(1,)]


@pytest.mark.parametrize("connections", [1, 2, 4])
def test_threads_of_one_run_share_one_state(postgres, tmp_path, connections):
    """Parallel pulls wait for a connection where they must, and see the same rows."""
    postgres.give(*(f"CREATE TABLE t{i} AS SELECT generate_series(1, 500) AS x" for i in range(4)))
    polite = Politeness(connections=connections)

    def one(i):
        return pull(
            SourceSpec(path=postgres.url, table=f"t{i}", politeness=polite),
            dataset=f"t{i}", side="production", folder=tmp_path / str(i), name="e",
            base=tmp_path, session=session_named("run"),
        )  # fmt: skip

    with open_session("run"), ThreadPoolExecutor(4) as pool:
        found = [e.manifest for e in pool.map(one, range(4))]
    assert [m.rows for m in found] == [500] * 4
    assert len({s.id for m in found for s in m.snapshots}) == 1
    assert postgres.run(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'dataready'"
    ) == [(0,)]
