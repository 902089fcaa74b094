"""Tables of a real MariaDB: types, one state, figures, faults, rights, secrets."""

from __future__ import annotations

import tracemalloc

import pytest
from tests.mariadb import PASSWORD, READER
from tests.proxy import Proxy
from tests.sources.mysql_types import CASES

from dataready.errors import (
    ConfigError,
    EmptySourceError,
    ReconciliationError,
    SourceError,
    TransientSourceError,
)
from dataready.extract.pull import pull
from dataready.model import Politeness, SourceSpec
from dataready.sources import Session, open_source
from dataready.sources import mysql_server as server_module
from dataready.sql import literal
from dataready.warehouse.connection import connect

pytestmark = pytest.mark.database

ONCE = Politeness(retries=0)
ORDERS = (
    "CREATE TABLE orders AS SELECT seq AS id, CONCAT('order ', seq) AS note, "
    "CAST(seq * 1.25 AS DECIMAL(10, 2)) AS amount, seq / 3e0 AS ratio, "
    "TIMESTAMP('2024-01-01') + INTERVAL seq SECOND AS at, DATE('2024-01-01') + INTERVAL seq % 99 "
    "DAY AS day, MAKETIME(0, seq % 60, 1) AS clock, UNHEX(MD5(seq)) AS raw FROM seq_1_to_6000"
)


def sql(value):
    """Write a value of a case: an expression as it is, all else as a literal."""
    plain = value.startswith(("b'", "x'", "CONCAT(", "POINT(")) or value == "''"
    return value if plain else literal(value)


@pytest.mark.parametrize("by_query", [False, True], ids=["table", "query"])
def test_values_land_as_the_table_says(mariadb, land, tmp_path, by_query):
    """Of every type: what it lands as, its values, and their number where it is degraded."""
    columns = ", ".join(f"v{k} {case.type}" for k, case in enumerate(CASES))
    inserts = [
        f"INSERT INTO t (i, v{k}) VALUES ({k * 100 + i}, {sql(v)})"
        for k, case in enumerate(CASES)
        for i, v in enumerate(case.values)
    ]
    mariadb.give(f"CREATE TABLE t (i int, {columns})", *inserts)
    got = land(mariadb.url, **({"query": "SELECT * FROM t"} if by_query else {"table": "t"}))

    types = dict(zip(got.names, got.types, strict=True))
    degraded = {d.column: d.values for d in got.manifest.degraded}
    with connect(tmp_path / "extracts" / "e.duckdb", read_only=True) as con:
        con.execute("SET TimeZone = 'UTC'")
        for k, case in enumerate(CASES):
            name = f"v{k}"
            landed = con.execute(
                f"SELECT CAST({name} AS VARCHAR) FROM data WHERE i // 100 = {k} ORDER BY i"
            ).fetchall()
            assert tuple(v for (v,) in landed) == case.landed, case
            if by_query and case.type in {"uuid", "inet4", "inet6"}:
                # The protocol calls them texts.
                assert types[name] == "VARCHAR"
                continue
            assert types[name] == case.lands, case
            assert degraded.get(name) == (len(case.values) if case.degraded else None), case
            others = con.execute(f"SELECT count({name}) FROM data WHERE i // 100 <> {k}").fetchall()
            assert others == [(0,)]


def test_a_table_lands_and_is_proven(mariadb, land):
    """Rows, snapshot, and a sentence on how it was reconciled."""
    mariadb.give(ORDERS)
    got = land(mariadb.address(scheme="mariadb"))
    assert len(got.rows) == 6000
    assert got.values[0][:4] == (1, "order 1", got.values[0][2], 1 / 3)
    (said,) = got.manifest.reconciliation
    assert "6000 records counted by the server in the same snapshot" in said
    assert "counts of 8 columns agree; 2" in said
    (state,) = got.manifest.snapshots
    assert state.server.startswith("MariaDB 1")
    assert (bool(state.id), state.note) == (True, "")


def test_tables_are_chosen(mariadb, land):
    """By name, pattern, database, query and scope; what is not there is said."""
    mariadb.give(
        "CREATE TABLE a_1 AS SELECT 1 AS x, 'p' AS y",
        "CREATE TABLE a_2 AS SELECT 2 AS x, 'q' AS y",
        'CREATE TABLE `o``d"d` AS SELECT 3 AS `x``y"`',
        "CREATE VIEW seen AS SELECT x FROM a_1",
    )
    url = mariadb.url
    assert land(url, table='o`d"d').values == [(3,)]
    assert land(url, table="seen").values == [(1,)]
    assert land(url, tables=("a_*",), without=("y",)).values == [(1,), (2,)]
    assert land(url, table="shop.a_2", columns=("y",)).values == [("q",)]
    assert land(url, query='SELECT x + 1 AS z FROM a_2 WHERE y = "q" -- so').values == [(3,)]
    assert land(url, table="a_1", where='y = "z" -- none').values == []
    with pytest.raises(SourceError, match=r"no table 'a_3'\. Did you mean 'a_"):
        land(url, table="a_3")
    with pytest.raises(SourceError, match="holds 4 tables"):
        land(url)
    with pytest.raises(SourceError, match="two columns of one name"):
        land(url, query="SELECT 1 AS x, 2 AS x")
    with pytest.raises(SourceError, match="names none"):
        land(url, table="a_1", where="nothing = 1")
    with pytest.raises(SourceError, match=r"writes, and only reading|does not understand"):
        land(url, query="DELETE FROM a_1 RETURNING x")
    mariadb.give()
    with pytest.raises(EmptySourceError, match="no table that this user can see"):
        land(url)


def test_all_tables_of_a_run_are_of_one_state(mariadb, tmp_path):
    """What is written between two pulls is in neither; writers do not wait."""
    mariadb.give("CREATE TABLE a AS SELECT 1 AS x", "CREATE TABLE b AS SELECT 1 AS y")

    def one(session, table):
        spec = SourceSpec(path=mariadb.url, table=table)
        return pull(spec, dataset=table, side="production", folder=tmp_path / table, name="e",
                    base=tmp_path, session=session).manifest  # fmt: skip

    with Session() as session:
        first = one(session, "a")
        mariadb.run("INSERT INTO a VALUES (2)", "INSERT INTO b VALUES (2)")
        second = one(session, "b")
        assert (first.rows, second.rows) == (1, 1)
        assert first.snapshots == second.snapshots
        ((connections,),) = mariadb.run(
            f"SELECT COUNT(*) FROM information_schema.processlist WHERE user = '{READER}'"
        )
        assert connections == 1
        mariadb.run(f"KILL {first.snapshots[0].id.partition(' ')[0]}")
        third = one(session, "b")
    assert third.rows == 2
    assert third.snapshots[0].note.startswith("the state that tables before it")


def test_a_table_without_snapshots_says_so(mariadb, land):
    """Other engines know no transactions; the manifest has the reason."""
    mariadb.give("CREATE TABLE t ENGINE = MyISAM AS SELECT 1 AS x")
    (state,) = land(mariadb.url).manifest.snapshots
    assert (state.id, "engine MyISAM, which has no snapshots" in state.note) == ("", True)


def test_a_table_that_is_altered_is_read_in_a_new_state(mariadb, land, monkeypatch):
    """It cannot be read in the state that was fixed before; the second try sees it whole."""
    mariadb.give("CREATE TABLE t AS SELECT 1 AS x")
    honest, altered = server_module.Server.follow, []

    def follow(self):
        if not altered:
            altered.append(mariadb.run("ALTER TABLE t ADD COLUMN y INT DEFAULT 7, FORCE"))
        return honest(self)

    monkeypatch.setattr(server_module.Server, "follow", follow)
    got = land(mariadb.url, politeness=Politeness(retry_wait_s=0))
    assert (got.names, got.values) == (["x", "y"], [(1, 7)])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda rows: [r for r in rows if r[0] != "42"], "has 6000 records .* but 5999 rows"),
        (lambda rows: rows + [r for r in rows if r[0] == "42"], "but 6001 rows"),
        *((k, f"column '{name}'") for k, name in enumerate(
            ("id", "note", "amount", "ratio", "at", "day", "clock", "raw"))),
    ],
)  # fmt: skip
def test_what_changes_on_the_way_is_refused(mariadb, land, tmp_path, monkeypatch, change, words):
    """A row lost or doubled, a value altered in a column of any type: nothing of it is kept."""
    mariadb.give(ORDERS)
    honest = server_module.Connection.stream

    def altered(row):
        value = row[change]
        last = value[-1:]
        other = {"0": "1"}.get(last, "0") if isinstance(last, str) else bytes([last[0] ^ 1])
        return (*row[:change], value[:-1] + other, *row[change + 1 :])

    def stream(self, sql, name):
        for rows in honest(self, sql, name):
            if callable(change):
                yield change(rows)
            else:
                yield [altered(r) if r[0] == "42" else r for r in rows]

    monkeypatch.setattr(server_module.Connection, "stream", stream)
    with pytest.raises(ReconciliationError, match=words) as caught:
        land(mariadb.url)
    assert "order 4" not in str(caught.value)
    assert list((tmp_path / "extracts").iterdir()) == []


def test_a_connection_that_is_cut_is_tried_again(mariadb, land):
    """Through a proxy that cuts once in the middle; the second try lands all rows."""
    mariadb.give(ORDERS)
    with Proxy(mariadb.port) as proxy:
        proxy.cut_after, proxy.cuts = 200_000, 1
        got = land(mariadb.address(port=proxy.port), politeness=Politeness(retry_wait_s=0))
        assert proxy.connections == 2
    assert len(got.rows) == 6000


def test_a_server_that_sends_nothing_is_given_up(mariadb, land, tmp_path):
    """After 'stall_timeout_s', and nothing is kept."""
    mariadb.give(ORDERS)
    with Proxy(mariadb.port) as proxy:
        proxy.hold_after = 200_000
        with pytest.raises(TransientSourceError, match="connection was lost"):
            land(
                mariadb.address(port=proxy.port),
                politeness=Politeness(retries=0, stall_timeout_s=1),
            )
    assert list((tmp_path / "extracts").iterdir()) == []


@pytest.mark.parametrize(
    ("url", "kind", "words"),
    [
        ("mysql://reader@127.0.0.1:1/shop", TransientSourceError, "nobody answers"),
        ("mysql://nobody@{at}/shop", SourceError, "refuses this user"),
        ("mysql://reader@{at}/shopp", SourceError, "no such database"),
        ("mysql://reader@{at}/shop?ssl-mode=verify-identity", SourceError, "cannot be reached"),
        ("mysql://reader@{at}/shop?charset=x", ConfigError, "an option 'charset'"),
        ("mysql://reader@{at}/shop?ssl-mode=x", ConfigError, "There are: preferred"),
    ],
)
def test_what_cannot_be_reached_says_why(mariadb, land, url, kind, words):
    """Nobody there, wrong user, wrong database, no encryption, options that do not exist."""
    with pytest.raises(kind, match=words) as caught:
        land(url.format(at=f"127.0.0.1:{mariadb.port}"), politeness=ONCE)
    assert PASSWORD not in str(caught.value)


def test_a_table_that_may_not_be_read(mariadb, land):
    """The message says what to grant."""
    mariadb.give("CREATE TABLE t AS SELECT 1 AS x")
    mariadb.run(f"REVOKE SELECT ON *.* FROM {READER}@'%'",
                f"GRANT INSERT ON shop.t TO {READER}@'%'")  # fmt: skip
    try:
        with pytest.raises(SourceError, match=r"may not read it.*GRANT SELECT"):
            land(mariadb.url)
    finally:
        mariadb.run(f"REVOKE INSERT ON shop.t FROM {READER}@'%'",
                    f"GRANT SELECT ON *.* TO {READER}@'%'")  # fmt: skip


def test_new_rows_are_a_new_part(mariadb, land):
    """Incremental: rows above the watermark are added, and the whole is held against the server."""
    mariadb.give("CREATE TABLE t (id INT, at TIMESTAMP NULL)",
                 "INSERT INTO t SELECT seq, '2024-01-01' FROM seq_1_to_50")  # fmt: skip
    asked = {"table": "t", "mode": "incremental", "watermark": "id"}
    assert land(mariadb.url, **asked).manifest.rows == 50
    mariadb.run("INSERT INTO t SELECT seq, '2024-01-02' FROM seq_51_to_60")
    got = land(mariadb.url, **asked)
    assert [f.rows for f in got.manifest.files] == [49, 11]
    mariadb.run("DELETE FROM t WHERE id = 7")
    got = land(mariadb.url, **asked)
    assert (got.manifest.rows, bool(got.manifest.late)) == (59, True)


def test_a_trial_of_heavy_rows_ends_early(mariadb, tmp_path):
    """Only some MiB of the largest table are read to see how fast rows come."""
    mariadb.give(
        "CREATE TABLE t (id int, b longblob)",
        "INSERT INTO t SELECT seq, REPEAT('x', 200000) FROM seq_1_to_500",
        "ANALYZE TABLE t",
    )
    source = open_source(SourceSpec(path=mariadb.url), base=tmp_path)
    tracemalloc.start()
    try:
        found = source.survey()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    (table,) = found.tables
    assert table.seconds > 0
    assert peak < 40 << 20
