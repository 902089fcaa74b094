"""The kinds of files, and what reads each."""

from __future__ import annotations

from collections.abc import Callable

from dataready.model import SourceSpec
from dataready.sources.csv import CsvSource
from dataready.sources.database import DatabaseSource
from dataready.sources.excel import ExcelSource
from dataready.sources.file import Found
from dataready.sources.json import JsonSource
from dataready.sources.parquet import ParquetSource
from dataready.sources.selection import refuse_server_settings
from dataready.sources.session import Session
from dataready.sources.source import Source
from dataready.sources.sqlite import SqliteSource

__all__ = ["open_files"]

_KINDS: dict[str, Callable[..., Source]] = {
    "csv": CsvSource,
    "duckdb": DatabaseSource,
    "excel": ExcelSource,
    "json": JsonSource,
    "parquet": ParquetSource,
}


_UNDERSTOOD = {"duckdb": ("tables", "schema", "query", "where")}
"""What kinds of files can do of what databases can."""


def open_files(spec: SourceSpec, found: Found, session: Session) -> Source:
    """Answer what reads files that were found.

    Raises:
        ConfigError: A setting is for databases.
    """
    if found.kind == "sqlite":
        return SqliteSource(spec=spec, found=found, session=session)
    refuse_server_settings(spec, found.kind, _UNDERSTOOD.get(found.kind, ()))
    return _KINDS[found.kind](spec=spec, found=found)
