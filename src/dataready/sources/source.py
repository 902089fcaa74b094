"""What a source is: parts to look at first, and then to read one after the other.

A kind of source is one file beside this one. Looking says which columns each part has,
so that the parts can be united before the first row is read; reading hands over one
SELECT, and what must come of it: a count of records that was not taken by that SELECT, and
figures of the values where the source can compute them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import duckdb
import pyarrow as pa

from dataready.errors import ConfigError, SourceError
from dataready.model import Column
from dataready.sources.file import reading

__all__ = [
    "NULL_TYPE",
    "Degraded",
    "Figure",
    "FilePart",
    "Part",
    "Reading",
    "Reject",
    "Rejecter",
    "Snapshot",
    "Source",
]

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
class Figure:
    """A number or text that the source computed of a column; what landed must have the same.

    Attributes:
        column: The place of the column among those of the part.
        what: Its name for readers: "sum", "smallest", "checksum of the text".
        expected: What the source computed, as text; None where it is NULL there.
        sql: How DuckDB computes the same of what landed, `{}` standing for the column: an
            aggregate that yields text or NULL, or, with `digest`, the value of one row.
        digest: Maps the values of some rows, without NULL, to a whole number; the sum of
            them all, modulo 2**64, is held against `expected`.
        shown: Whether the two may stand in messages; never those that are values of data.
    """

    column: int
    what: str
    expected: str | None
    sql: str
    digest: Callable[[pa.Array], int] | None = None
    shown: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Degraded:
    """A column that lands as text, since DuckDB or what reads it has no type for it."""

    column: str
    type: str
    values: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The state of a server that rows were read from.

    Two parts with one `id` were read from one state of their server; "" says that the
    source has no such thing, or that it could not be had, and `note` says why.
    """

    server: str
    id: str
    clock: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How to read a part, and what must come of it.

    `select` yields one column per column of the part, in its order, whatever their names,
    and the records that are not rejected, in their order; where `numbered`, one column more,
    last, has their numbers from 0. Where there is `more`, `select` yields a piece of them;
    `more` has it yield the next one, and answers False when there is none. `present` are
    the non-null counts of its columns where the source knows them (None for a column it
    does not), and `figures` what else it knows of them. Where the source computes all this
    while the rows are on their way, `settle` answers the reading that has it, once they are here.
    """

    select: str
    records: int
    counted: str
    rejected: int = 0
    numbered: bool = False
    more: Callable[[], bool] | None = None
    settle: Callable[[], Reading] | None = None
    present: tuple[int | None, ...] = ()
    figures: tuple[Figure, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Part(ABC):
    """One file or table of a source, looked at and not yet read.

    `name` is relative to the source; `columns` are as the part has them, their names
    unique whatever their case; the other fields are those of a `SourceFile`. `sha256`
    identifies the contents: of a file its hash, of a table the hash of its figures. Unless
    `chosen`, columns that the settings leave out are still to be left out.
    """

    name: str
    columns: tuple[Column, ...]
    bytes: int = 0
    sha256: str = ""
    header: tuple[str, ...] = ()
    encoding: str | None = None
    delimiter: str | None = None
    header_found: bool | None = None
    notes: tuple[str, ...] = ()
    degraded: tuple[Degraded, ...] = ()
    snapshot: Snapshot | None = None
    chosen: bool = False

    @abstractmethod
    def read(
        self, con: duckdb.DuckDBPyConnection, scratch: Path, reject: Rejecter
    ) -> AbstractContextManager[Reading]:
        """Prepare to read; what it needs (files in `scratch`) is gone afterwards.

        Raises:
            SourceError: The part cannot be read.
            TransientSourceError: It could not be read now; another try may succeed.
        """

    def above(self, column: str, cutoff: str) -> Part:
        """Answer the rows from a value of a column on, and those without one, as a part.

        Args:
            column: Its name at the source.
            cutoff: The value, as DuckDB writes it.

        Raises:
            ConfigError: This kind of source cannot tell them apart.
        """
        del column, cutoff
        msg = f"'{self.name}' cannot be read incrementally. Say 'mode: full'."
        raise ConfigError(msg)

    def settled(self) -> Part:
        """Answer the part with all that is known of it once its rows are here."""
        return self

    def whole(self) -> Reading:
        """Answer what must have landed of all rows, and read none.

        Raises:
            ConfigError: This kind of source does not know it before it is read.
        """
        msg = f"'{self.name}' cannot be read incrementally. Say 'mode: full'."
        raise ConfigError(msg)

    def refuse_changed(self) -> None:  # noqa: B027 - right for whatever is read in a snapshot
        """Refuse what was written to while it was read; a snapshot cannot be.

        Raises:
            SourceError: It was.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePart(Part):
    """One file: where it is, and when it was last written to."""

    path: Path
    modified_ns: int

    def refuse_changed(self) -> None:
        """Refuse a file that was written to while it was read.

        Raises:
            SourceError: It was.
        """
        with reading(self.name):
            stat = self.path.stat()
        if (stat.st_size, stat.st_mtime_ns) != (self.bytes, self.modified_ns):
            msg = f"'{self.name}' changed while it was read. Run again once it is complete."
            raise SourceError(msg)


class Source(Protocol):
    """Where a table lives. `typed` is False where values have no types of their own."""

    @property
    def kind(self) -> str:
        """What it is, in a word: csv, parquet, json, duckdb, postgresql."""

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
