"""A DuckDB connection: bounded memory, nothing fetched, nothing said about values."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from dataready.errors import ConfigError, WarehouseError

__all__ = ["connect", "locked", "refusals"]

MEMORY_LIMIT = "DATAREADY_MEMORY_LIMIT"
_GIB = 1 << 30
_FULL = "No space left on device"
_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (duckdb.OutOfMemoryException, "it ran out of memory"),
    (duckdb.IOException, "a file cannot be read, written or locked"),
    (duckdb.InterruptException, "it was interrupted"),
    (duckdb.PermissionException, "this connection is not allowed to do that"),
    (duckdb.CatalogException, "a table, column or function is not there"),
    (duckdb.BinderException, "a column or type does not fit the statement"),
    (duckdb.ParserException, "the statement is not SQL that it understands"),
    (duckdb.ConversionException, "a value does not fit its type"),
    (duckdb.OutOfRangeException, "a value is outside the range of its type"),
    (duckdb.ConstraintException, "a constraint is broken"),
)


@contextmanager
def refusals(doing: str) -> Iterator[None]:
    """Turn what DuckDB raises into a `WarehouseError` that carries no value of the data.

    Args:
        doing: What was being done, as the message ends: "while reading 'orders.csv'".

    Raises:
        WarehouseError: DuckDB raised; only the kind of its failure is passed on.

    >>> with refusals("while trying it"):
    ...     _ = duckdb.sql("SELECT 'secret'::INTEGER").fetchall()
    Traceback (most recent call last):
    dataready.errors.WarehouseError: DuckDB refused while trying it: a value does not fit its type.
    """
    try:
        yield
    except duckdb.Error as e:
        reason = next((text for kind, text in _REASONS if isinstance(e, kind)), type(e).__name__)
        if _FULL in str(e):
            reason = "the disk is full. Make room; what was there before is as it was"
        msg = f"DuckDB refused {doing}: {reason}."
        raise WarehouseError(msg) from None


@contextmanager
def connect(
    path: Path | None,
    *,
    read_only: bool = False,
    memory_limit: str | None = None,
    temp: Path | None = None,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a DuckDB file (or a database in memory) and close it at the end.

    Args:
        path: The file, created where it is missing unless `read_only`; None for memory.
        read_only: Do not write, so that other processes can read at the same time.
        memory_limit: Such as "2GB"; None for what the environment variable
            DATAREADY_MEMORY_LIMIT says, else for a quarter of the memory, at most 4 GiB.
        temp: Where to spill what does not fit; None for the folder of the file.

    Raises:
        WarehouseError: The file is missing, locked, damaged, or of another version.
        ConfigError: The environment variable is no amount of memory.
    """
    spill = temp or (path.parent / f"{path.name}.spill" if path else None)
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "python_enable_replacements": False,
        "memory_limit": memory_limit or _memory_limit(),
        "threads": os.cpu_count() or 1,
    }
    if spill is not None:
        config["temp_directory"] = str(spill)
    name = path.name if path else ":memory:"
    with refusals(f"to open '{name}'"):
        con = duckdb.connect(str(path) if path else ":memory:", read_only=read_only, config=config)
        # Standard output is for results.
        con.execute("SET enable_progress_bar = false")
        # What a moment reads like must not depend on the machine.
        con.execute("SET TimeZone = 'UTC'")
    try:
        yield con
    finally:
        con.close()


def locked(con: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Take from a connection, for good, every way to reach files, and its settings.

    For SQL that dataready did not write: it can read the tables that are attached, and
    nothing else.
    """
    con.execute("SET enable_external_access = false")
    con.execute("SET lock_configuration = true")
    return con


def _memory_limit() -> str:
    """Answer what the environment says, else a quarter of the memory."""
    said = os.environ.get(MEMORY_LIMIT, "").strip()
    if not said:
        return f"{_memory_bytes() // (1 << 20)}MiB"
    if not re.fullmatch(r"\d+(\.\d+)?\s*([KMGT]i?B)", said, re.IGNORECASE):
        msg = f"The environment variable {MEMORY_LIMIT} is '{said}'. Say an amount such as 2GiB."
        raise ConfigError(msg)
    return said


def _memory_bytes() -> int:
    """Answer a quarter of the machine's memory, at most 4 GiB."""
    quarter = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 4
    return min(quarter, 4 * _GIB)
