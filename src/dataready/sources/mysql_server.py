"""A MySQL or MariaDB server within a run: one connection, in one read-only transaction.

The driver is imported here alone. What it raises is never passed on: it quotes values and
statements.
"""

from __future__ import annotations

import os
import ssl
import threading
from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from types import ModuleType
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from dataready.errors import ConfigError, SourceError
from dataready.model import Politeness
from dataready.sources.mysql_fault import translated
from dataready.sources.source import Snapshot
from dataready.sources.url import resolved, shown

__all__ = ["Connection", "Field", "Follower", "Server"]

_PORT = 3306
_BATCH_BYTES = 4 << 20
_FIRST_ROWS, _GROWTH = 16, 16
_MOST_ROWS = 8_192
_OPTIONS = ("socket", "ssl-mode", "ssl-ca")
_MODES = ("preferred", "disabled", "required", "verify-ca", "verify-identity")


@dataclass(frozen=True, slots=True)
class Field:
    """A column of an answer, as the protocol describes it."""

    name: str
    code: int
    length: int
    scale: int
    unsigned: bool
    binary: bool


def _driver() -> ModuleType:
    """Import the driver.

    Raises:
        SourceError: It is not installed.
    """
    try:
        import pymysql.cursors
    except ImportError:
        msg = (
            "The driver for MySQL and MariaDB is not installed. Install it: "
            "pip install 'dataready[mysql]'"
        )
        raise SourceError(msg) from None
    module: ModuleType = pymysql
    return module


class Connection:
    """One connection; every value arrives as the text that the server writes, or as bytes."""

    def __init__(self, url: str, politeness: Politeness) -> None:
        """Connect, settle how values are written, and fix the state that is read.

        Raises:
            SourceError: The driver is missing, or the server refuses this user or database.
            TransientSourceError: The server cannot be reached, or has no room.
        """
        self.where = shown(url)
        self._politeness = politeness
        self.dead = False
        self._driver = _driver()
        arguments = _arguments(url, self.where, politeness)
        with translated(f"'{self.where}' cannot be reached"):
            # Without converters, whatever they would make of zero dates and the like.
            self._connection = self._driver.connect(conv={}, **arguments)
        try:
            self._settle()
        except BaseException:
            self.close()
            raise

    def _settle(self) -> None:
        """Say how values are to be written, how long anything may take, and begin."""
        p = self._politeness
        ((version,),) = self.rows("SELECT VERSION()")
        self.is_mariadb = "mariadb" in version.lower()
        limit = p.statement_timeout_s
        longest = (
            f"max_statement_time = {limit}"
            if self.is_mariadb
            else f"max_execution_time = {limit * 1000}"
        )
        for setting in (
            "sql_mode = ''",
            "time_zone = '+00:00'",
            f"lock_wait_timeout = {max(1, p.lock_timeout_s)}",
            f"net_write_timeout = {max(600, p.stall_timeout_s)}",
            "group_concat_max_len = 1048576",
            longest,
        ):
            self.run(f"SET SESSION {setting}")
        self.run("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        self.run("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
        ((number, moment),) = self.rows("SELECT CONNECTION_ID(), UTC_TIMESTAMP(6)")
        clock = datetime.fromisoformat(moment).replace(tzinfo=UTC)
        name = "MariaDB" if self.is_mariadb else "MySQL"
        self.snapshot = Snapshot(
            server=f"{name} {version.partition('-')[0]}",
            id=f"{number} at {moment}",
            clock=clock.isoformat(timespec="seconds"),
        )

    def run(self, sql: str) -> None:
        """Run a statement that answers nothing."""
        with translated(f"'{self.where}' refused a setting"), self._connection.cursor() as cursor:
            cursor.execute(sql)

    def rows(
        self, sql: str, doing: str = "be read", given: tuple[str, ...] = ()
    ) -> list[tuple[Any, ...]]:
        """Answer all rows of a small query, as texts.

        Args:
            sql: The query; `%s` stands for what is given, if anything is.
            doing: How the message goes on after the address and "cannot".
            given: Texts.

        Raises:
            SourceError: The server refused it.
            TransientSourceError: It did for a reason that may pass.
        """
        self._patience(self._politeness.statement_timeout_s)
        with translated(f"'{self.where}' cannot {doing}"), self._connection.cursor() as cursor:
            cursor.execute(sql, given or None)
            return list(cursor.fetchall())

    def fields(self, sql: str) -> list[Field]:
        """Answer what a query answers, without its rows."""
        what = f"'{self.where}' cannot run the query"
        with translated(what), self._connection.cursor() as cursor:
            cursor.execute(sql)
            # The public description does not say whether a number has a sign.
            fields = cursor._result.fields  # noqa: SLF001
            return [
                Field(f.name, f.type_code, f.length, f.scale, bool(f.flags & 32),
                      f.charsetnr == 63)
                for f in fields
            ]  # fmt: skip

    def stream(self, sql: str, name: str) -> Generator[list[tuple[Any, ...]]]:
        """Read the rows of a query as they arrive, some at a time.

        Raises:
            TransientSourceError: The connection was lost, or nothing came for too long.
            SourceError: The server refused to go on.
        """
        what = f"'{name}' cannot be read"
        self._patience(self._politeness.stall_timeout_s)
        cursor = self._connection.cursor(self._driver.cursors.SSCursor)
        done, some = False, _FIRST_ROWS
        try:
            with translated(what):
                cursor.execute(sql)
            while not done:
                try:
                    with translated(what):
                        found = cursor.fetchmany(some)
                except UnicodeDecodeError:
                    msg = f"{what}: a text is not in the encoding that its column declares."
                    raise SourceError(msg) from None
                done = not found
                if found:
                    yield found
                    size = sum(len(v) for row in found[:16] for v in row if v is not None)
                    each = max(1, size // min(16, len(found)))
                    some = max(1, min(_MOST_ROWS, some * _GROWTH, _BATCH_BYTES // each))
        finally:
            if not done:
                # Closing politely would read all the rest.
                self._drop(cursor)
            with suppress(Exception):
                cursor.close()

    def _drop(self, cursor: Any) -> None:  # noqa: ANN401
        """Give a connection up in the middle of an answer."""
        self.dead = True
        result = getattr(cursor, "_result", None)
        if result is not None:
            result.unbuffered_active = False
            result.connection = None
        cursor._result = None  # noqa: SLF001
        with suppress(Exception):
            self._connection._force_close()  # noqa: SLF001

    def _patience(self, seconds: int) -> None:
        """Say how long the server may send nothing."""
        self._connection._read_timeout = seconds or None  # noqa: SLF001

    def quoted(self, text: str) -> str:
        """Write a text as a literal of this connection."""
        return str(self._connection.escape(text))

    @property
    def alive(self) -> bool:
        """Say whether the transaction goes on."""
        if self.dead:
            return False
        try:
            self.rows("SELECT 1")
        except SourceError:
            return False
        return True

    def close(self) -> None:
        """End the transaction and the connection, in whatever state they are."""
        self.dead = True
        with suppress(Exception):
            self._connection.close()


class Server:
    """A server within a run; pulls of other threads wait, since a snapshot has one connection.

    `served` says that rows of this state are in an extract already, `spoilt` that some table
    cannot be read in this state any more; `note` goes to the snapshot.
    """

    def __init__(self, url: str, politeness: Politeness, note: str = "") -> None:
        """Connect, and fix the state that everybody sees."""
        self.connection = Connection(url, politeness)
        self.note, self.spoilt, self.served = note, False, False
        self._free = threading.Lock()

    @property
    def alive(self) -> bool:
        """Say whether its state can still be had; one that is at work will say so itself."""
        if self.spoilt or self.connection.dead:
            return False
        if not self._free.acquire(blocking=False):
            return True
        try:
            return self.connection.alive
        finally:
            self._free.release()

    def follow(self) -> Follower:
        """Answer the use of the connection; waits until it is free."""
        self._free.acquire()
        return Follower(self.connection, self._free)

    def close(self) -> None:
        """Give the state up."""
        self.connection.close()


class Follower:
    """The use of a connection until it is closed."""

    def __init__(self, connection: Connection, free: threading.Lock) -> None:
        """Hold it."""
        self.connection, self._free, self._open = connection, free, True

    def close(self) -> None:
        """Let the next one in."""
        if self._open:
            self._open = False
            self._free.release()


def _arguments(url: str, where: str, politeness: Politeness) -> dict[str, Any]:
    """Take a URL apart into what the driver takes.

    Raises:
        ConfigError: It has an option that is not known.
    """
    parts = urlsplit(resolved(url))
    options = dict(parse_qsl(parts.query))
    unknown = next((name for name in options if name not in _OPTIONS), None)
    if unknown is not None:
        msg = f"'{where}' has an option '{unknown}'. There are: {', '.join(_OPTIONS)}."
        raise ConfigError(msg)
    arguments: dict[str, Any] = {
        "host": parts.hostname or "localhost",
        "port": parts.port or _PORT,
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or "") or os.environ.get("MYSQL_PWD", ""),
        "database": unquote(parts.path.strip("/")) or None,
        "charset": "utf8mb4",
        "connect_timeout": politeness.connect_timeout_s,
        "read_timeout": politeness.connect_timeout_s,
        "write_timeout": politeness.stall_timeout_s,
        "program_name": politeness.application_name,
        "autocommit": True,
        "local_infile": False,
    }
    if "socket" in options:
        arguments["unix_socket"] = options["socket"]
    return arguments | _encryption(options, where)


def _encryption(options: dict[str, str], where: str) -> dict[str, Any]:
    """Say how the connection is encrypted.

    Raises:
        ConfigError: The mode is not known.
    """
    mode = options.get("ssl-mode", "verify-ca" if "ssl-ca" in options else "preferred")
    if mode not in _MODES:
        msg = f"'{where}' has 'ssl-mode={mode}'. There are: {', '.join(_MODES)}."
        raise ConfigError(msg)
    if mode == "disabled":
        return {"ssl_disabled": True}
    if mode == "preferred":
        return {}
    context = ssl.create_default_context(cafile=options.get("ssl-ca"))
    context.check_hostname = mode == "verify-identity"
    if mode == "required":
        context.verify_mode = ssl.CERT_NONE
    return {"ssl": context}
