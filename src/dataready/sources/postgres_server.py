"""A PostgreSQL server within a run: one snapshot that a leader holds, and connections to it."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from datetime import UTC, datetime
from typing import Any

from dataready.errors import SourceError, TransientSourceError
from dataready.model import Politeness
from dataready.sources.postgres_connection import Connection
from dataready.sources.source import Snapshot

__all__ = ["Server"]

OLDEST = 120_000


class Server:
    """A server within a run: its leader holds the snapshot that all others see.

    `served` says that rows of this state are in an extract already, `spoilt` that some table
    cannot be read in this state any more.
    """

    def __init__(self, url: str, politeness: Politeness, note: str = "") -> None:
        """Connect, and fix the state that everybody sees; `note` goes to the snapshot.

        Raises:
            SourceError: It cannot be reached, or is too old.
        """
        self._url, self._politeness = url, politeness
        self.leader = Connection(url, politeness)
        self.spoilt = self.served = False
        # With a limit of one, the leader does the work itself.
        self._alone = politeness.connections == 1
        self._free = threading.Semaphore(max(1, politeness.connections - 1))
        self._leading = threading.Lock()
        self._asides: dict[Connection, list[_Aside]] = {}
        try:
            self.snapshot = self._fixed(note)
        except BaseException:
            self.leader.close()
            raise

    def _fixed(self, note: str) -> Snapshot:
        """Fix the state, and say which it is."""
        ((version, number),) = self.leader.rows(
            "SELECT current_setting('server_version'), current_setting('server_version_num')::int"
        )
        if number < OLDEST:
            msg = f"'{self.leader.where}' is PostgreSQL {version}; 12 is the oldest one read."
            raise SourceError(msg)
        ((snapshot, moment),) = self.leader.rows(
            "SELECT pg_export_snapshot(), now()", "fix a state to read"
        )
        return Snapshot(
            server=f"PostgreSQL {str(version).partition(' ')[0]}",
            id=str(snapshot),
            clock=_clock(moment),
            note=note,
        )

    @property
    def alive(self) -> bool:
        """Say whether the snapshot can still be had."""
        if self.spoilt:
            return False
        # A leader that is at work itself is alive, or its user will find out.
        if not self._leading.acquire(blocking=not self._alone):
            return True
        try:
            self.leader.rows("SELECT 1")
        except SourceError:
            return False
        finally:
            self._leading.release()
        return True

    def follow(self) -> Follower:
        """Answer a connection that sees the snapshot; waits while there are too many.

        Raises:
            SourceError: It cannot be opened.
        """
        self._free.acquire()
        try:
            if self._alone:
                self._leading.acquire()
                return Follower(self, self.leader, self._free, self._leading)
            connection = Connection(self._url, self._politeness, self.snapshot.id)
            return Follower(self, connection, self._free, None)
        except BaseException:
            self._free.release()
            raise

    def aside(self, connection: Connection, sql: str, doing: str) -> Future[tuple[Any, ...]]:
        """Have a query of one row answered while `connection` goes on with something else.

        Where no more connections may be opened, it is answered on that one, at once.

        Args:
            connection: What is to stay free.
            sql: The query.
            doing: As `Connection.rows` takes it.

        Returns:
            The row to come, or the error.

        Raises:
            SourceError: It was asked at once, and refused.
        """
        answer: Future[tuple[Any, ...]] = Future()
        if self._alone or not self._free.acquire(blocking=False):
            answer.set_result(connection.rows(sql, doing)[0])
            return answer
        try:
            aside = _Aside(self._url, self._politeness, self.snapshot.id, self._free)
        except TransientSourceError:
            # The server may have no room for another one.
            answer.set_result(connection.rows(sql, doing)[0])
            return answer
        self._asides.setdefault(connection, []).append(aside)
        aside.start(sql, doing, answer)
        return answer

    def close(self) -> None:
        """Give the snapshot up; who has it already goes on, and a leader at work is waited for."""
        with self._leading:
            self.leader.close()

    def end(self, connection: Connection) -> None:
        """Stop what is still being computed for whoever reads from a connection."""
        for aside in self._asides.pop(connection, []):
            aside.stop()


class _Aside:
    """A connection of its own, in a thread of its own, for one query."""

    def __init__(
        self, url: str, politeness: Politeness, snapshot: str, free: threading.Semaphore
    ) -> None:
        """Connect in the caller's thread; `free` is released in the end, in any case."""
        self._free = free
        self._thread: threading.Thread | None = None
        try:
            self._connection = Connection(url, politeness, snapshot)
        except BaseException:
            free.release()
            raise

    def start(self, sql: str, doing: str, answer: Future[tuple[Any, ...]]) -> None:
        """Begin; the answer, or the error, goes to `answer`."""

        def work() -> None:
            try:
                answer.set_result(self._connection.rows(sql, doing)[0])
            except BaseException as e:  # noqa: BLE001 - whoever waits raises it
                answer.set_exception(e)
            finally:
                self._connection.close()
                self._free.release()

        self._thread = threading.Thread(target=work, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End it, if it still works, and wait until it has ended."""
        if self._thread is None:
            return
        while self._thread.is_alive():
            self._connection.cancel()
            self._thread.join(0.2)


class Follower:
    """The use of a connection, which counts against the limit until it is closed."""

    def __init__(
        self,
        server: Server,
        connection: Connection,
        free: threading.Semaphore,
        leading: threading.Lock | None,
    ) -> None:
        """Hold a connection; a leader's, which `leading` guards, stays open afterwards."""
        self.server, self.connection = server, connection
        self._free, self._leading, self._open = free, leading, True

    def close(self) -> None:
        """Let the next one in."""
        if self._open:
            self._open = False
            self.server.end(self.connection)
            if self._leading is None:
                self.connection.close()
            else:
                self._leading.release()
            self._free.release()


def _clock(moment: object) -> str:
    """Write the server's time as ours is written."""
    if not isinstance(moment, datetime):
        return ""
    return moment.astimezone(UTC).isoformat(timespec="seconds")
