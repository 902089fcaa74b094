"""Tests for `dataready.sources.database`."""

import subprocess
import sys

import duckdb
import pytest

from dataready.errors import EmptySourceError, SourceError, WarehouseError
from dataready.extract import land as landing


@pytest.fixture
def database(tmp_path):
    """Make a DuckDB file in the source folder by some statements."""

    def make(name, *statements):
        (tmp_path / "source").mkdir(exist_ok=True)
        path = tmp_path / "source" / name
        with duckdb.connect(str(path)) as con:
            for statement in statements:
                con.execute(statement)
        return path

    return make


def test_the_only_table_lands(land, database):
    """Types, values and odd names are those of the table."""
    database(
        "s.duckdb",
        """CREATE TABLE "t""; x" AS SELECT 1::TINYINT AS "a""b", 'x'::ENUM('x', 'y') AS e,
           NULL::VARCHAR AS n, [1, 2] AS l """,
        """INSERT INTO "t""; x" VALUES (2, 'y', '', [])""",
        """CREATE VIEW v AS SELECT * FROM "t""; x" """,
    )
    got = land("s.duckdb")

    assert got.names == ['a"b', "e", "n", "l"]
    assert got.types == ["TINYINT", "ENUM('x', 'y')", "VARCHAR", "INTEGER[]"]
    assert got.rows == [(1, "x", None, [1, 2], 0, 0), (2, "y", "", [], 0, 1)]
    assert got.manifest.files[0].name == 's.duckdb:t"; x'
    assert "the non-null counts of 4 columns agree" in got.manifest.reconciliation[0]


def test_a_table_is_named(land, database):
    """Of several tables one is named, in another schema as schema.table."""
    database(
        "s.ddb",
        "CREATE TABLE a AS SELECT 1 AS x",
        "CREATE SCHEMA k",
        "CREATE TABLE k.b AS SELECT 2 AS x",
    )

    assert land("s.ddb", table="a").values == [(1,)]
    assert land("s.ddb", table="k.b").values == [(2,)]
    with pytest.raises(SourceError, match=r"holds 2 tables: 'k\.b', 'a'|'a', 'k\.b'"):
        land("s.ddb")
    with pytest.raises(SourceError, match=r"no table 'k\.c'\. Did you mean 'k\.b'\?"):
        land("s.ddb", table="k.c")


def test_a_file_of_views_is_empty(land, database):
    """SQL of somebody else is not run."""
    database("s.duckdb", "CREATE VIEW v AS SELECT 1 AS x")

    with pytest.raises(EmptySourceError, match="no table"):
        land("s.duckdb")


def test_a_damaged_file_is_no_source(land, database):
    """A file that is cut short is said to be damaged."""
    path = database("s.duckdb", "CREATE TABLE t AS SELECT * FROM range(100000)")
    path.write_bytes(path.read_bytes()[:5000])

    with pytest.raises(SourceError, match=r"'s\.duckdb' cannot be read: it is damaged"):
        land("s.duckdb")


def test_a_locked_file_is_no_source(land, database):
    """While another process writes, the message says to wait for it."""
    path = database("s.duckdb", "CREATE TABLE t AS SELECT 1 AS x")
    code = f"import duckdb; c = duckdb.connect({str(path)!r}); print('open', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        other.stdout.readline()
        with pytest.raises(SourceError, match="another process is writing"):
            land("s.duckdb")
        other.communicate(b"\n")


def test_what_databases_can_these_can_too(land, database):
    """Several tables, a schema, a query in its own names, a scope, columns left out."""
    database(
        "s.duckdb",
        "CREATE TABLE a_1 AS SELECT 1 AS x, 'p' AS y",
        "CREATE TABLE a_2 AS SELECT 2::BIGINT AS x, 'q' AS y",
        "CREATE SCHEMA k",
        "CREATE TABLE k.b AS SELECT 2.5 AS x, 'r' AS y",
    )
    got = land("s.duckdb", tables=("a_*", "k.b"), without=("y",))
    assert [float(x) for (x,) in got.values] == [1, 2, 2.5]
    assert land("s.duckdb", schema="k", columns=("y",)).values == [("r",)]
    got = land("s.duckdb", query="SELECT a.x + b.x AS z FROM a_1 AS a, k.b AS b; ")
    assert (got.names, [float(z) for (z,) in got.values]) == (["z"], [3.5])
    assert got.manifest.files[0].name == "s.duckdb:query"
    got = land("s.duckdb", table="a_1", where="x > 7 -- none")
    assert (got.values, got.manifest.scope) == ([], "x > 7 -- none")
    for wrong in ({"query": "SELECT nothing"}, {"table": "a_1", "where": "nothing = 1"}):
        with pytest.raises(SourceError, match="refuses the SQL of 'query' or 'where'"):
            land("s.duckdb", **wrong)


@pytest.mark.parametrize(
    "change",
    ["DELETE FROM data WHERE i = 7", "INSERT INTO data FROM data WHERE i = 7",
     "UPDATE data SET v = 'other' WHERE i = 7", "UPDATE data SET d = d + 1e-9 WHERE i = 7",
     "UPDATE data SET l = [i, NULL] WHERE i = 7", "UPDATE data SET e = 'y' WHERE i = 7"],
)  # fmt: skip
def test_what_lands_otherwise_is_refused(land, database, tmp_path, monkeypatch, change):
    """A row lost or doubled, a value altered in a column of any type: nothing of it is kept."""
    database(
        "s.duckdb",
        "CREATE TABLE t AS SELECT range AS i, 'v' || range AS v, range / 3 AS d, "
        "[range, range] AS l, 'x'::ENUM('x', 'y', '{}') AS e FROM range(100)",
    )
    honest = landing.reconcile

    def altered(con, *arguments):
        con.execute(change)
        return honest(con, *arguments)

    assert len(land("s.duckdb").rows) == 100
    before = (tmp_path / "extracts" / "e.duckdb").read_bytes()
    monkeypatch.setattr(landing, "reconcile", altered)
    with pytest.raises(WarehouseError, match=r"column '|100 records"):
        land("s.duckdb")
    assert (tmp_path / "extracts" / "e.duckdb").read_bytes() == before
