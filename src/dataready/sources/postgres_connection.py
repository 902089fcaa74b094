"""A connection to PostgreSQL, in one transaction that can only read.

The driver is imported here alone. What it raises is never passed on: it quotes values,
statements and addresses.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import ModuleType
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import pyarrow as pa

from dataready.errors import SourceError, TransientSourceError
from dataready.model import Politeness
from dataready.sources.postgres_fault import refused, translated
from dataready.sources.url import resolved, shown
from dataready.sql import literal

__all__ = ["Connection"]

BATCH_BYTES = 8 << 20
_BEGIN = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
_FOREVER = "'idle_in_transaction_session_timeout', 'idle_session_timeout', 'transaction_timeout'"


def _driver() -> ModuleType:
    """Import the driver.

    Raises:
        SourceError: It is not installed.
    """
    try:
        from adbc_driver_postgresql import dbapi
    except ImportError:
        msg = (
            "The driver for PostgreSQL is not installed. Install it: "
            "pip install 'dataready[postgres]'"
        )
        raise SourceError(msg) from None
    module: ModuleType = dbapi
    return module


class Connection:
    """One connection in one transaction that can only read, and sees one state for good."""

    def __init__(self, url: str, politeness: Politeness, snapshot: str | None = None) -> None:
        """Connect and begin.

        Args:
            url: As the settings say it; what is from the environment is put in here.
            politeness: Name, time-outs.
            snapshot: The id of the state to see; None for that of now.

        Raises:
            SourceError: The driver is missing, or the server refuses this user or database.
            TransientSourceError: The server cannot be reached, or has no room.
        """
        self.where = shown(url)
        driver = _driver()
        with translated(f"'{self.where}' cannot be reached"):
            self._connection = driver.connect(_completed(resolved(url), politeness))
        self._open, self._busy = True, None
        try:
            self.run(_BEGIN)
            if snapshot is not None:
                try:
                    self.run(f"SET TRANSACTION SNAPSHOT {literal(snapshot)}")
                except SourceError:
                    msg = f"'{self.where}': the state that is read was lost."
                    raise TransientSourceError(msg) from None
            self._settle(politeness)
        except BaseException:
            self.close()
            raise

    def _settle(self, politeness: Politeness) -> None:
        """Say how values are to be written, and how long anything may take."""
        settings = {
            "statement_timeout": f"{politeness.statement_timeout_s}s",
            "lock_timeout": f"{politeness.lock_timeout_s}s",
            "standard_conforming_strings": "on",
            "row_security": "off",
            "TimeZone": "UTC",
            "DateStyle": "ISO, YMD",
            "IntervalStyle": "iso_8601",
            "bytea_output": "hex",
            "extra_float_digits": "1",
        }
        for name, value in settings.items():
            self.run(f"SET {name} = {literal(value)}")
        self.rows(
            f"SELECT set_config(name, '0', false) FROM pg_settings WHERE name IN ({_FOREVER})"
        )

    def run(self, sql: str) -> None:
        """Run a statement that answers nothing."""
        with translated(f"'{self.where}' refused a setting"), self._cursor() as cursor:
            cursor.execute(sql)

    def rows(self, sql: str, doing: str = "be read") -> list[tuple[Any, ...]]:
        """Answer all rows of a small query.

        Args:
            sql: The query.
            doing: How the message goes on after the address and "cannot".

        Raises:
            SourceError: The server refused it.
            TransientSourceError: It did for a reason that may pass.
        """
        with translated(f"'{self.where}' cannot {doing}"), self._cursor() as cursor:
            cursor.execute(sql)
            found: list[tuple[Any, ...]] = cursor.fetchall()
            return found

    def fields(self, sql: str) -> pa.Schema:
        """Answer the Arrow fields of a query that has no rows to speak of."""
        with translated(f"'{self.where}' cannot run the query"), self._cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetch_arrow_table().schema

    @contextmanager
    def stream(self, sql: str, name: str, stall_s: int) -> Iterator[pa.RecordBatchReader]:
        """Answer the rows of a query as they arrive, a few MiB at a time.

        Args:
            sql: The query.
            name: What is read, for the message.
            stall_s: How long the server may send nothing.

        Raises:
            TransientSourceError: The connection was lost, or nothing came for too long.
            SourceError: The server refused to go on.
        """
        what = f"'{name}' cannot be read"
        with self._cursor() as cursor:
            cursor.adbc_statement.set_options(
                **{"adbc.postgresql.batch_size_hint_bytes": str(BATCH_BYTES)}
            )
            with translated(what), _watched(cursor, name, stall_s):
                cursor.execute(sql)
                # The public reader hides the server's codes behind an OSError.
                reader = cursor._results.reader  # noqa: SLF001
                schema = reader.schema
            failed: list[BaseException] = []

            def batches() -> Iterator[pa.RecordBatch]:
                try:
                    while True:
                        with _watched(cursor, name, stall_s):
                            batch = reader.read_next_batch()
                        yield batch
                except StopIteration:
                    return
                except BaseException as e:
                    failed.append(e)
                    raise

            try:
                yield pa.RecordBatchReader.from_batches(schema, batches())
            except BaseException:
                # DuckDB raises an error of its own where the stream broke; here is the cause.
                if failed:
                    with translated(what):
                        raise failed[0] from None
                raise
            finally:
                with suppress(Exception):
                    cursor.adbc_cancel()

    @contextmanager
    def _cursor(self) -> Iterator[Any]:
        """Open a cursor; a connection with an open one cannot be closed."""
        cursor = self._busy = self._connection.cursor()
        try:
            yield cursor
        finally:
            self._busy = None
            with suppress(Exception):
                cursor.close()

    def cancel(self) -> None:
        """End what another thread waits for on this connection."""
        cursor = self._busy
        if cursor is not None:
            with suppress(Exception):
                cursor.adbc_cancel()

    def close(self) -> None:
        """End the transaction and the connection, in whatever state they are."""
        if self._open:
            self._open = False
            with suppress(Exception):
                self._connection.rollback()
            with suppress(Exception):
                self._connection.close()


@contextmanager
def _watched(cursor: Any, name: str, stall_s: int) -> Iterator[None]:  # noqa: ANN401
    """Cancel what a cursor waits for if it takes too long.

    Raises:
        TransientSourceError: It did.
    """
    late = threading.Event()

    def give_up() -> None:
        late.set()
        with suppress(Exception):
            cursor.adbc_cancel()

    timer = threading.Timer(stall_s, give_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    except StopIteration:
        raise
    except Exception:
        if late.is_set():
            raise refused(name, stall_s) from None
        raise
    finally:
        timer.cancel()


def _completed(url: str, politeness: Politeness) -> str:
    """Add to a URL what it does not say: a name, time-outs, and signs of life."""
    bare, _, query = url.partition("?")
    given = dict(parse_qsl(query, keep_blank_values=True))
    defaults = {
        "application_name": politeness.application_name,
        "connect_timeout": str(politeness.connect_timeout_s),
        "keepalives": "1",
        "keepalives_idle": "30",
        "keepalives_interval": "10",
        "keepalives_count": "3",
        "tcp_user_timeout": "60000",
        "client_encoding": "UTF8",
    }
    return f"{bare}?{urlencode(defaults | given, quote_via=quote)}"
