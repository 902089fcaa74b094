"""Servers that die, stall, refuse and change: a clear error, and the last good extract stays."""

from __future__ import annotations

import shutil
import signal
import subprocess
import threading
import time
from contextlib import suppress

import pytest
from tests.postgres import PASSWORD, Postgres
from tests.proxy import Proxy

from dataready.errors import SourceError, TransientSourceError, WarehouseError
from dataready.extract.manifest import Extract
from dataready.extract.pull import pull
from dataready.model import Politeness, SourceSpec
from dataready.sources import Session

pytestmark = pytest.mark.database

PLAIN = "?sslmode=disable&gssencmode=disable"
WIDE = (
    "CREATE TABLE t AS SELECT i AS id, repeat(md5(i::text), 40) AS v FROM generate_series(1, {}) i"
)
MANY = WIDE.format(20_000)
"""More than the sockets between server and client hold."""


@pytest.fixture(autouse=True)
def small_batches(monkeypatch):
    """Have rows handed on before many of them are here."""
    monkeypatch.setattr("dataready.sources.postgres_connection.BATCH_BYTES", 1 << 20)


@pytest.fixture
def attempt(postgres, tmp_path):
    """Pull table `t` after a good pull of it; answer the extract, or check what is left."""

    def run(url=None, *, fails=None, words=".", session=None, table="t", **polite):
        given = {"retries": 0, "retry_wait_s": 0.1, "stall_timeout_s": 20} | polite
        spec = SourceSpec(path=url or postgres.url, table=table, politeness=Politeness(**given))
        folder = tmp_path / "extracts"
        names = {"dataset": "t", "side": "production", "folder": folder, "base": tmp_path}
        if fails is None:
            return pull(spec, name="good", session=session, **names)
        with pytest.raises(fails, match=words) as caught:
            pull(spec, name="new", session=session, **names)
        assert not list(folder.glob(".tmp-*"))
        assert not list(folder.glob("new*"))
        return caught.value

    return run


def in_the_background(work):
    """Do something in a thread of its own."""
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def reading(postgres):
    """Wait until somebody streams the table; answer the backend's number."""
    for _ in range(300):
        found = postgres.run(
            "SELECT pid FROM pg_stat_activity WHERE application_name = 'dataready' "
            "AND state = 'active' AND query LIKE 'COPY%c0%'"
        )
        if found:
            return found[0][0]
        time.sleep(0.02)
    msg = "Nobody reads the table."
    raise AssertionError(msg)


def test_a_connection_that_is_cut_is_tried_again(postgres, attempt):
    """Cut once in the middle of the rows, the pull succeeds at the second try."""
    postgres.give(WIDE.format(4000))
    with Proxy(postgres.port) as proxy:
        proxy.cut_after, proxy.cuts = 1_000_000, 1
        extract = attempt(postgres.address(port=proxy.port) + PLAIN, retries=2)
        assert proxy.cuts == 0
    assert extract.manifest.rows == 4000


def test_a_connection_that_is_always_cut_is_an_error(postgres, attempt):
    """After so many tries it says so, and the last good extract is as it was."""
    postgres.give(WIDE.format(4000))
    good = attempt()
    with Proxy(postgres.port) as proxy:
        proxy.cut_after = 1_000_000
        error = attempt(
            postgres.address(port=proxy.port) + PLAIN,
            retries=2, fails=TransientSourceError, words="connection was lost.*Tried 3 times",
        )  # fmt: skip
    assert "127.0.0.1" in str(error) or "'t'" in str(error)
    assert Extract.open(good.path) == good


def test_a_server_that_sends_nothing_is_given_up(postgres, attempt):
    """A stream that stalls ends after `stall_timeout_s`, and not after hours."""
    postgres.give(WIDE.format(20_000))
    with Proxy(postgres.port) as proxy:
        proxy.hold_after = 1_000_000
        began = time.monotonic()
        timer = threading.Timer(6, proxy.cut)
        timer.start()
        attempt(
            postgres.address(port=proxy.port) + PLAIN,
            stall_timeout_s=1, fails=TransientSourceError, words="sent nothing for 1 s",
        )  # fmt: skip
        timer.cancel()
    assert time.monotonic() - began < 15


def test_a_slow_server_is_waited_for(postgres, attempt):
    """Slow is not stalled: as long as something comes, the pull goes on."""
    postgres.give(WIDE.format(2000))
    with Proxy(postgres.port) as proxy:
        proxy.pause_s = 0.02
        extract = attempt(postgres.address(port=proxy.port) + PLAIN, stall_timeout_s=15)
    assert extract.manifest.rows == 2000


def test_a_backend_that_is_terminated_is_tried_again(postgres, attempt):
    """The administrator ends the connection; the next one succeeds, in the same state."""
    postgres.give(MANY)
    with Session() as session:
        first = attempt(session=session, rows_per_second=0)
        killer = in_the_background(
            lambda: postgres.run(f"SELECT pg_terminate_backend({reading(postgres)})")
        )
        second = attempt(session=session, retries=2, rows_per_second=10_000)
        killer.join()
    assert second.manifest.snapshots == first.manifest.snapshots
    assert second.manifest.rows == 20_000


def test_a_server_that_is_killed_is_an_error(attempt, monkeypatch):
    """It crashes while rows are read: the error says so, nothing is kept."""
    assert monkeypatch
    server = Postgres()
    try:
        server.start()
        server.run("CREATE ROLE reader LOGIN PASSWORD 'canary-7f3a'")
        server.give(MANY)
        good = attempt(server.url)
        killer = in_the_background(lambda: (reading(server), server.stop(signal.SIGQUIT)))
        attempt(server.url, rows_per_second=10_000, retries=1, fails=TransientSourceError)
        killer.join()
        assert Extract.open(good.path) == good
        server.start()
        assert attempt(server.url).manifest.rows == 20_000
    finally:
        server.remove()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://reader@127.0.0.1:1/postgres", "cannot be reached: the connection was lost"),
        ("postgresql://reader@nowhere.invalid/postgres", "cannot be reached"),
    ],
)
def test_a_server_that_is_not_there(attempt, url, words):
    """It is tried again, since it may come back, and then said."""
    attempt(url, retries=1, fails=TransientSourceError, words=f"{words}.*Tried 2 times")


def test_a_wrong_password_is_not_tried_again(postgres, attempt, monkeypatch):
    """Accounts are locked by that; the password is not in the message."""
    postgres.give(WIDE.format(1))
    monkeypatch.setenv("PGPASSWORD", "wrong-canary")
    with Proxy(postgres.port) as proxy:
        error = attempt(
            postgres.address(port=proxy.port) + PLAIN,
            retries=3, fails=SourceError, words="refuses this user",
        )  # fmt: skip
        assert proxy.connections == 1
    assert not isinstance(error, TransientSourceError)
    assert "canary" not in str(error)


def test_a_database_that_is_not_there(postgres, attempt):
    """It is said, and not tried again."""
    attempt(postgres.address(database="shpo"), retries=3, fails=SourceError, words="no such datab")


def test_a_table_that_somebody_locks(postgres, attempt):
    """An exclusive lock is waited for as long as `lock_timeout_s`, and no longer."""
    postgres.give(WIDE.format(10))
    held = threading.Event()

    def hold():
        with postgres.connect() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
            held.set()
            time.sleep(4)
            cursor.execute("ROLLBACK")

    holder = in_the_background(hold)
    held.wait(5)
    attempt(lock_timeout_s=1, fails=TransientSourceError, words="holds a lock on it")
    holder.join()
    assert attempt().manifest.rows == 10


def test_a_statement_that_takes_too_long(postgres, attempt):
    """`statement_timeout_s` ends it, and it is not tried again: it would take as long."""
    postgres.give(
        "CREATE FUNCTION slow() RETURNS int LANGUAGE sql AS 'SELECT 1 FROM pg_sleep(5)'",
        "CREATE VIEW t AS SELECT slow() AS x",
    )
    attempt(statement_timeout_s=1, retries=3, fails=SourceError, words="statement_timeout_s")


def test_writers_are_never_blocked(postgres, attempt):
    """While rows are read, others insert, update and delete; the extract has none of it."""
    postgres.give(MANY)
    done = []

    def write():
        reading(postgres)
        postgres.run(
            "SET lock_timeout = '1s'", "INSERT INTO t VALUES (0, 'x')",
            "UPDATE t SET v = 'y' WHERE id < 100", "DELETE FROM t WHERE id > 15000",
        )  # fmt: skip
        done.append(True)

    writer = in_the_background(write)
    extract = attempt(rows_per_second=10_000)
    writer.join()
    assert done
    assert extract.manifest.rows == 20_000


def test_a_table_cannot_be_altered_while_it_is_read(postgres, attempt):
    """An ALTER waits for its turn; the extract is of the table as it was."""
    postgres.give(MANY)
    said = []

    def alter():
        reading(postgres)
        with suppress(Exception):
            postgres.run("SET lock_timeout = '500ms'", "ALTER TABLE t DROP COLUMN v")
            said.append("altered")

    thread = in_the_background(alter)
    extract = attempt(rows_per_second=10_000)
    thread.join()
    assert said == []
    assert extract.manifest.schema.names == ("id", "v")


@pytest.mark.parametrize(
    "change",
    [
        "TRUNCATE t",
        "ALTER TABLE t ALTER COLUMN id TYPE text",
        "ALTER TABLE t DROP COLUMN v",
        "ALTER TABLE t RENAME COLUMN v TO w",
        "DROP TABLE t; CREATE TABLE t AS SELECT 1 AS id, 'x' AS v",
    ],
)
def test_a_table_that_changed_after_the_state_was_fixed(postgres, attempt, change):
    """Under the old state it would look empty, or not fit: a new state is taken, and said."""
    postgres.give(WIDE.format(50), "CREATE TABLE other AS SELECT 1 AS x")
    with Session() as session:
        first = attempt(session=session, table="other")
        postgres.run(*change.split("; "), "GRANT SELECT ON t TO reader")
        second = attempt(session=session, retries=1)
    assert second.manifest.snapshots[0].id != first.manifest.snapshots[0].id
    assert second.manifest.rows == postgres.run("SELECT count(*) FROM t")[0][0]
    assert "before" in second.manifest.snapshots[0].note


@pytest.mark.parametrize(
    ("make", "change", "table"),
    [
        ("CREATE TABLE t AS SELECT 1 AS a; CREATE VIEW v AS SELECT * FROM t",
         "TRUNCATE t; INSERT INTO t VALUES (2)", "v"),
        ("CREATE TABLE p (a int); CREATE TABLE c () INHERITS (p); INSERT INTO c VALUES (1)",
         "TRUNCATE c; INSERT INTO c VALUES (2)", "p"),
        ("CREATE TABLE r (a int) PARTITION BY RANGE (a); "
         "CREATE TABLE r1 PARTITION OF r FOR VALUES FROM (0) TO (9); INSERT INTO r VALUES (1); "
         "CREATE TABLE r2 PARTITION OF r FOR VALUES FROM (9) TO (20); INSERT INTO r VALUES (9)",
         "DROP TABLE r1", "r"),
    ],
)  # fmt: skip
def test_what_stands_behind_a_table_that_changed_after_the_state_was_fixed(
    postgres, attempt, make, change, table
):
    """Under the old state it would look empty, and prove so: a new one is taken."""
    postgres.give("CREATE TABLE other AS SELECT 1 AS a", *make.split("; "))
    with Session() as session:
        first = attempt(session=session, table="other")
        postgres.run(*change.split("; "))
        second = attempt(session=session, retries=1, table=table)
    assert second.manifest.rows == 1
    assert second.manifest.snapshots[0].id != first.manifest.snapshots[0].id
    assert "before" in second.manifest.snapshots[0].note


def test_a_lock_on_another_table_is_no_matter(postgres, attempt):
    """Its size is not asked for."""
    postgres.give(WIDE.format(50), "CREATE TABLE other AS SELECT 1 AS a")
    with postgres.connect() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("LOCK TABLE other IN ACCESS EXCLUSIVE MODE")
        assert attempt(lock_timeout_s=1).manifest.rows == 50
        cursor.execute("ROLLBACK")


def test_an_account_of_two_connections_is_enough(postgres, attempt):
    """What would be computed aside is then computed on the connection that reads."""
    postgres.give(WIDE.format(50))
    postgres.run("ALTER ROLE reader CONNECTION LIMIT 2")
    try:
        assert attempt().manifest.rows == 50
    finally:
        postgres.run("ALTER ROLE reader CONNECTION LIMIT -1")


def test_foreign_tables_are_of_no_state(postgres, attempt):
    """The extract says so, since their rows come from elsewhere."""
    postgres.give(
        "CREATE TABLE t AS SELECT 1 AS a",
        "CREATE EXTENSION IF NOT EXISTS postgres_fdw SCHEMA pg_catalog",
        "CREATE SERVER IF NOT EXISTS elsewhere FOREIGN DATA WRAPPER postgres_fdw "
        f"OPTIONS (host '127.0.0.1', port '{postgres.port}', dbname 'postgres')",
        "CREATE USER MAPPING IF NOT EXISTS FOR reader SERVER elsewhere "
        f"OPTIONS (user 'reader', password '{PASSWORD}')",
        "CREATE FOREIGN TABLE f (a int) SERVER elsewhere OPTIONS (table_name 't')",
    )
    (snapshot,) = attempt(table="f").manifest.snapshots
    assert snapshot.id == ""
    assert "foreign tables" in snapshot.note


def test_an_option_that_is_wrong_is_not_tried_again(postgres, attempt):
    """It would be wrong again."""
    error = attempt(postgres.url + "?colour=red", retries=3, fails=SourceError, words="an option")
    assert not isinstance(error, TransientSourceError)


def test_a_table_that_is_dropped(postgres, attempt):
    """It was there, and is not any more."""
    postgres.give(WIDE.format(50))
    with Session() as session:
        good = attempt(session=session)
        postgres.run("DROP TABLE t")
        attempt(session=session, retries=1, fails=SourceError, words="t")
    assert Extract.open(good.path) == good


@pytest.fixture
def small_disk(tmp_path):
    """Have the folder of extracts on a disk of 8 MiB."""
    folder = tmp_path / "extracts"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(mount, check=False).returncode:
        pytest.skip("A small disk needs the right to mount a tmpfs: run the tests as root.")
    yield
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.usefixtures("small_disk")
def test_a_disk_that_is_full(postgres, attempt):
    """The error says so; the last good extract stays as it is."""
    postgres.give(WIDE.format(300))
    good = attempt()
    postgres.give(
        "CREATE TABLE t AS SELECT i AS id, (SELECT string_agg(md5((i * 100 + j)::text), '') "
        "FROM generate_series(1, 40) j) AS v FROM generate_series(1, 30000) i"
    )
    attempt(fails=WarehouseError, words="the disk is full. Make room")
    assert Extract.open(good.path) == good


def test_no_more_connections_than_are_allowed(postgres, attempt):
    """A leader and one follower are two; with a limit of one, the same connection does it."""
    postgres.give(MANY)
    seen = []

    def count():
        with suppress(AssertionError):
            reading(postgres)
        seen.append(
            postgres.run(
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'dataready'"
            )[0][0]
        )

    for limit in (1, 2):
        counter = in_the_background(count)
        attempt(connections=limit, rows_per_second=10_000)
        counter.join()
    assert seen == [1, 2]


def test_rows_come_no_faster_than_is_polite(postgres, attempt):
    """3,000 rows at 2,000 a second take more than a second."""
    postgres.give(WIDE.format(3000))
    began = time.monotonic()
    attempt(rows_per_second=2000)
    assert time.monotonic() - began > 1
