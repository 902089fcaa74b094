"""Where tables live: one file per kind of source, drivers imported inside it only."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from dataready.model import SourceSpec
from dataready.sources.csv import CsvSource
from dataready.sources.database import DatabaseSource
from dataready.sources.file import find
from dataready.sources.json import JsonSource
from dataready.sources.parquet import ParquetSource
from dataready.sources.source import Part, Reading, Reject, Source

__all__ = ["Part", "Reading", "Reject", "Source", "open_source"]

_KINDS: dict[str, Callable[..., Source]] = {
    "csv": CsvSource,
    "duckdb": DatabaseSource,
    "json": JsonSource,
    "parquet": ParquetSource,
}


def open_source(spec: SourceSpec, *, base: Path) -> Source:
    """Find a source's files and decide their kind; nothing is read beyond their start.

    Args:
        spec: What the settings say.
        base: The folder that relative paths start from.

    Raises:
        SourceError: The path is missing or not readable, or mixes kinds.
        EmptySourceError: There is no file with data.
    """
    found = find(spec, base=base)
    return _KINDS[found.kind](spec=spec, found=found)
