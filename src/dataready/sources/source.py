"""What a source is: parts to look at first, and then to read one after the other.

A kind of source is one file beside this one. Looking says which columns each part has,
so that the parts can be united before the first row is read; reading hands over one
SELECT, and a count of records that was not taken by that SELECT.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import duckdb

from dataready.model import Column

__all__ = ["NULL_TYPE", "Part", "Reading", "Reject", "Rejecter", "Source"]

NULL_TYPE = '"NULL"'
"""The type of a column that no value speaks for: it takes the type of other parts."""


@dataclass(frozen=True, slots=True)
class Reject:
    """A record that was refused: its number from 0, its first line from 1 if known, and why."""

    row: int
    line: int | None
    reason: str
    text: str


Rejecter = Callable[[Sequence[Reject]], None]
"""Takes refused records as they are met, in order, so that none must be remembered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How to read a part, and what must come of it.

    `select` yields one column per column of the part, in its order, whatever their names,
    and the records that are not rejected, in their order. `present` are the non-null
    counts of its columns where the source knows them (None for a column it does not).
    """

    select: str
    records: int
    counted: str
    rejected: int = 0
    present: tuple[int | None, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Part(ABC):
    """One file or table of a source, looked at and not yet read.

    `name` is relative to the source; `columns` are as the part has them, their names
    unique whatever their case; the other fields are those of a `SourceFile`, and when the
    file was last written to.
    """

    name: str
    path: Path
    bytes: int
    sha256: str
    modified_ns: int
    columns: tuple[Column, ...]
    header: tuple[str, ...] = ()
    encoding: str | None = None
    delimiter: str | None = None
    header_found: bool | None = None
    notes: tuple[str, ...] = ()

    @abstractmethod
    def read(
        self, con: duckdb.DuckDBPyConnection, scratch: Path, reject: Rejecter
    ) -> AbstractContextManager[Reading]:
        """Prepare to read; what it needs (files in `scratch`) is gone afterwards.

        Raises:
            SourceError: The part cannot be read.
        """


class Source(Protocol):
    """Where a table lives. `typed` is False where values have no types of their own."""

    @property
    def kind(self) -> str:
        """What it is, in a word: csv, parquet, json, duckdb."""

    @property
    def where(self) -> str:
        """The path (or address, without any secret) as the settings give it."""

    @property
    def typed(self) -> bool:
        """Say whether values land with types of their own."""

    @property
    def options(self) -> tuple[str, ...]:
        """How it is read, as far as the settings say it; goes into the fingerprint."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences about the source as a whole."""

    def look(self, con: duckdb.DuckDBPyConnection, scratch: Path) -> tuple[Part, ...]:
        """Look at every part, in the order in which they will be read.

        Raises:
            SourceError: A part cannot be read.
            EmptySourceError: There is no table in it.
        """
