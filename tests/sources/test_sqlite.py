"""Tables of real SQLite files: typed by their values, read in one state, proven by figures."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.sources.sqlite_types import CASES

from dataready.errors import (
    ConfigError,
    EmptySourceError,
    NoSuchColumnError,
    ReconciliationError,
    SourceError,
    TransientSourceError,
)
from dataready.extract.pull import pull
from dataready.model import Politeness, SourceSpec
from dataready.sources import Session
from dataready.sources.sqlite_file import SqliteFile
from dataready.warehouse.connection import connect


@pytest.fixture
def database(tmp_path):
    """Make a SQLite file in the source folder by some statements; answer a connection to it."""
    opened = []

    def make(*statements, name="shop.db"):
        (tmp_path / "source").mkdir(exist_ok=True)
        path = tmp_path / "source" / name
        con = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        opened.append(con)
        con.execute("PRAGMA synchronous = off")
        for statement in statements:
            con.execute(statement)
        return con

    yield make
    for con in opened:
        con.close()


@pytest.mark.parametrize("case", CASES, ids=[f"{c.type} {c.values[-1][:16]}" for c in CASES])
def test_values_land_as_the_table_says(database, land, tmp_path, case):
    """Type, values in their order, and the number of them where the type is degraded."""
    values = ", ".join(f"({i}, {v})" for i, v in enumerate(case.values))
    database(
        f"CREATE TABLE t (i INTEGER, v {case.type})", f"INSERT INTO t VALUES {values}, (99, NULL)"
    )
    got = land("sqlite:///shop.db")

    assert got.types[1] == case.lands
    with connect(tmp_path / "extracts" / "e.duckdb", read_only=True) as con:
        landed = con.execute("SELECT CAST(v AS VARCHAR) FROM data ORDER BY i").fetchall()
    assert [v for (v,) in landed] == [*case.landed, None]
    degraded = [(d.column, d.values) for d in got.manifest.degraded]
    assert degraded == ([("v", len(case.values))] if case.degraded else [])


@pytest.mark.parametrize("encoding", ["UTF-16le", "UTF-16be"])
def test_files_in_utf_16_land_as_others(database, land, encoding):
    """Texts, moments, mixtures and names; the figures are of their UTF-8, as everywhere."""
    database(
        f"PRAGMA encoding = '{encoding}'",
        "CREATE TABLE größe (t TEXT, m DATETIME, d DATE, x, b BLOB)",
        "INSERT INTO größe VALUES ('Größe 🙂' || char(0) || 'b', '2024-02-29 12:00:00.5', "
        "'2024-02-29', 'ü', x'00ff'), (NULL, NULL, NULL, 2.5, NULL), ('', NULL, NULL, x'61', x'')",
    )
    got = land("sqlite:///shop.db")
    assert got.types == ["VARCHAR", "TIMESTAMP", "DATE", "VARCHAR", "BLOB"]
    assert [(v[0], v[3], v[4]) for v in got.values] == [
        ("Größe 🙂\0b", "ü", b"\0\xff"), (None, "2.5", None), ("", "X'61'", b""),
    ]  # fmt: skip
    assert land("sqlite:///shop.db", query="SELECT t FROM größe LIMIT 1").values == [
        ("Größe 🙂\0b",)
    ]


def test_a_file_lands_by_its_path_too(database, land):
    """Its content says what it is, whatever it is called; figures and state are in the manifest."""
    database("CREATE TABLE t AS SELECT 1 AS a, 'x' AS b UNION ALL SELECT 2, NULL", name="shop.data")
    got = land("shop.data")
    assert got.values == [(1, "x"), (2, None)]
    assert got.manifest.kind == "sqlite"
    assert got.manifest.files[0].name == "shop.data:t"
    (said,) = got.manifest.reconciliation
    assert "2 records counted by SQLite in the same transaction" in said
    assert "counts of 2 columns agree; 5 figures" in said
    (state,) = got.manifest.snapshots
    assert state.server.startswith("SQLite 3")
    assert "not in WAL mode" in got.notes


def test_a_column_without_values_lands_as_it_is_declared(database, land):
    """The next night, when there are values, its type is the same."""
    database("CREATE TABLE t (a INTEGER, b REAL, c TEXT, d BLOB, e DATE, f DATETIME, g BOOL, h)")
    assert land("shop.db").types == [
        "BIGINT", "DOUBLE", "VARCHAR", "BLOB", "DATE", "TIMESTAMP", "BOOLEAN", "VARCHAR",
    ]  # fmt: skip


def test_a_mixture_says_of_what(database, land):
    """The reason counts the values of each kind."""
    database("CREATE TABLE t (v)", "INSERT INTO t VALUES (1), (2), ('x'), (x'00')")
    (degraded,) = land("shop.db").manifest.degraded
    assert degraded.reason == "its values are of several types: 2 integer, 1 text, 1 blob"
    assert (degraded.type, degraded.values) == ("of any type", 4)


def test_tables_are_chosen(database, land):
    """One by name, some by pattern, a query, a scope, some columns; what is not there is said."""
    database(
        "CREATE TABLE a_1 AS SELECT 1 AS x, 'p' AS y",
        "CREATE TABLE a_2 AS SELECT 2 AS x, 'q' AS y",
        'CREATE TABLE "o""d; d" AS SELECT 3 AS "x""y"',
        "CREATE VIEW seen AS SELECT x FROM a_1",
    )
    url = "sqlite:///shop.db"
    assert land(url, table='o"d; d').values == [(3,)]
    assert land(url, table="seen").values == [(1,)]
    assert land(url, tables=("a_*",), without=("y",)).values == [(1,), (2,)]
    got = land(url, query="SELECT x + 1 AS z FROM a_2; ")
    assert (got.names, got.values) == (["z"], [(3,)])
    got = land(url, table="a_1", where="x > 5 -- none")
    assert (got.values, got.manifest.scope) == ([], "x > 5 -- none")
    with pytest.raises(SourceError, match=r"no table 'a_3'\. Did you mean 'a_"):
        land(url, table="a_3")
    with pytest.raises(SourceError, match="holds 4 tables"):
        land(url)
    with pytest.raises(NoSuchColumnError):
        land(url, table="a_1", without=("z",))
    with pytest.raises(SourceError, match="two columns 'x'"):
        land(url, query="SELECT 1 AS x, 2 AS x")
    with pytest.raises(SourceError, match="refuses the SQL of 'query' or 'where'"):
        land(url, table="a_1", where="nonsense(")
    with pytest.raises(ConfigError, match="'schema' is for databases"):
        land(url, schema="main")


@pytest.mark.parametrize("statement", ["DELETE FROM t RETURNING *", "ATTACH 'other.db' AS o"])
def test_a_query_cannot_write(database, land, statement):
    """The file is opened to be read only, and a query is part of a SELECT."""
    con = database("CREATE TABLE t AS SELECT 1 AS x")
    with pytest.raises(SourceError):
        land("sqlite:///shop.db", query=statement)
    assert con.execute("SELECT * FROM t").fetchall() == [(1,)]


def test_what_is_no_database_is_said(database, land, tmp_path):
    """Missing, empty, damaged, locked, or a text that is no UTF-8."""
    with pytest.raises(SourceError, match=r"'shop\.db' is missing"):
        land("sqlite:///shop.db", {"other.db": ""})
    with pytest.raises(SourceError, match="names no file"):
        land("sqlite://shop.db")
    database(name="empty.db").execute("VACUUM")
    with pytest.raises(EmptySourceError, match="holds no table"):
        land("sqlite:///empty.db")
    with pytest.raises(SourceError, match="damaged, or no SQLite file"):
        land("sqlite:///x.db", {"x.db": "SQLite format 3\0" + "x" * 5000})
    con = database("CREATE TABLE t AS SELECT CAST(x'67fc' AS TEXT) AS word", name="odd.db")
    with pytest.raises(SourceError, match=r"in the column 'word' of 'odd\.db' is not UTF-8"):
        land("odd.db")
    con.execute("BEGIN EXCLUSIVE")
    with pytest.raises(TransientSourceError, match="another process is writing"):
        land("odd.db", politeness=Politeness(lock_timeout_s=0, retries=0))
    assert list((tmp_path / "extracts").iterdir()) == []


def test_all_tables_of_a_run_are_of_one_state(database, tmp_path):
    """What is written between two pulls is in neither; threads may pull at the same time."""
    con = database(
        "PRAGMA journal_mode = wal",
        "CREATE TABLE a AS WITH RECURSIVE s(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM s "
        "WHERE x < 30000) SELECT x FROM s",
        "CREATE TABLE b AS SELECT 1 AS y",
    )  # fmt: skip

    def one(session, table):
        spec = SourceSpec(path="sqlite:///shop.db", table=table)
        return pull(spec, dataset=table, side="production", folder=tmp_path / table, name="e",
                    base=tmp_path / "source", session=session).manifest  # fmt: skip

    with Session() as session, ThreadPoolExecutor(2) as pool:
        first = one(session, "a")
        con.execute("INSERT INTO b VALUES (2)")
        again, second = pool.map(lambda t: one(session, t), ("a", "b"))
        assert (first.rows, again.rows, second.rows) == (30_000, 30_000, 1)
        assert first.snapshots == again.snapshots == second.snapshots
    with Session() as session:
        later = one(session, "b")
    assert later.rows == 2
    assert later.snapshots != second.snapshots
    assert later.files[0].notes == ()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda rows: rows[:-1], "has 5000 records .* but 4999 rows"),
        (lambda rows: [*rows, rows[7]], "has 5000 records .* but 5001 rows"),
        (lambda rows: [*rows[:-1], rows[7]], r"column 'a': sum \d+ in the source"),
        (lambda rows: [(rows[0][0] + 1, *rows[0][1:]), *rows[1:]], "column 'a'"),
        (lambda rows: [(*rows[0][:1], b"order 9", *rows[0][2:]), *rows[1:]], "'b': checksum"),
        (lambda rows: [(*rows[0][:2], rows[0][2] * (1 + 1e-15), *rows[0][3:]), *rows[1:]], "'c'"),
        (lambda rows: [(*rows[0][:3], b"2024-01-09", *rows[0][4:]), *rows[1:]], "column 'd'"),
        (lambda rows: [(*rows[0][:4], b"2024-01-01 00:00:00.000002", *rows[0][5:]), *rows[1:]],
         "'e'"),
        (lambda rows: [(*rows[0][:5], 1 - rows[0][5], *rows[0][6:]), *rows[1:]], "'f'"),
        (lambda rows: [(*rows[0][:6], b"\0\1"), *rows[1:]], "column 'g': checksum"),
        (lambda rows: [(*rows[0][:5], None, *rows[0][6:]), *rows[1:]], "'f': 5,000 values in"),
    ],
)  # fmt: skip
def test_what_changes_on_the_way_is_refused(database, land, tmp_path, monkeypatch, change, words):
    """A row lost or doubled, a value altered in a column of any type: nothing of it is kept."""
    con = database("CREATE TABLE t (a INTEGER, b TEXT, c REAL, d DATE, e DATETIME, f BOOLEAN, g)")
    con.execute("BEGIN")
    con.executemany(
        "INSERT INTO t VALUES (?, ?, ?, '2024-01-01', '2024-01-01 00:00:00.000001', ?, ?)",
        [(i, f"order {i}", i / 3, i % 2, bytes([i % 256, 0])) for i in range(1, 5001)],
    )
    con.execute("COMMIT")
    good = land("shop.db")
    assert good.types == [
        "BIGINT", "VARCHAR", "DOUBLE", "DATE", "TIMESTAMP", "BOOLEAN", "BLOB",
    ]  # fmt: skip
    honest = SqliteFile.__init__

    class Cursor:
        """Hands rows on, but not as they are."""

        def __init__(self, cursor):
            self.rows = change(cursor.fetchall())

        def fetchmany(self, _):
            found, self.rows = self.rows, []
            return found

    class Connection:
        """Changes what the stream of the table answers."""

        def __init__(self, real):
            self.real = real

        def execute(self, sql):
            cursor = self.real.execute(sql)
            plain = '"c0"' in sql
            return Cursor(cursor) if plain else cursor

        def close(self):
            self.real.close()

    def init(self, *arguments):
        honest(self, *arguments)
        self._connection = Connection(self._connection)

    monkeypatch.setattr(SqliteFile, "__init__", init)
    before = (tmp_path / "extracts" / "e.duckdb").read_bytes()
    with pytest.raises(ReconciliationError, match=words) as caught:
        land("shop.db")
    assert "order 9" not in str(caught.value)
    assert (tmp_path / "extracts" / "e.duckdb").read_bytes() == before


def test_a_treated_column_is_hashed_and_a_dropped_one_never_read(database, land, monkeypatch):
    """As from any kind of source."""
    monkeypatch.setenv("DATAREADY_HASH_KEY", "k" * 16)
    database("CREATE TABLE t AS SELECT 1 AS id, 'a@b' AS mail, CAST(x'ff' AS TEXT) AS phone")
    got = land("shop.db", treat={"mail": "hash", "phone": "drop"})
    assert got.names == ["id", "mail"]
    assert len(got.values[0][1]) == 64
