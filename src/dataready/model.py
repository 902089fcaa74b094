"""The nouns that every room shares: frozen values, no I/O.

A `Schema` is what a table looks like; a `Finding` is one fact about production, judged
against the pilot, a suite or itself, with the evidence that lets a reader check it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Literal, get_args

__all__ = [
    "FILE_COLUMN",
    "ROW_COLUMN",
    "TABLE",
    "Column",
    "Dimension",
    "Engine",
    "Finding",
    "Format",
    "Kind",
    "Politeness",
    "Role",
    "Schema",
    "Severity",
    "SourceSpec",
    "Treatment",
    "Verdict",
    "Visible",
]

TABLE = "data"
"""The table's name inside the DuckDB file of an extract."""
FILE_COLUMN = "_dataready_file"
"""Of a row in an extract: the index of its file in the manifest's list of files."""
ROW_COLUMN = "_dataready_row"
"""Of a row in an extract: its record in that file from 0, rejected records counted."""

Kind = Literal["number", "date", "text", "id", "flat", "empty"]
"""What a pilot column's values are; `id` is text that hardly repeats."""
Role = Literal["feature", "target", "key", "time", "text", "ignore"]
"""What a column is for. S is over features; keys, times and texts are gated."""
Format = Literal["auto", "csv", "parquet", "json", "duckdb", "sqlite", "excel"]
"""What files are; `auto`: what they look like."""
Engine = Literal["native", "fast", "both"]
"""Who judges expectations: the suites' own libraries, our SQL, or both held together."""
Treatment = Literal["drop", "hash"]
"""What is done to a column before it lands: it never leaves the source, or as a keyed hash."""
Dimension = Literal[
    "completeness",
    "validity",
    "consistency",
    "drift",
    "schema",
    "uniqueness",
    "timeliness",
    "volume",
    "integrity",
    "leakage",
    "governance",
    "expectation",
]


class Severity(StrEnum):
    """How much a finding matters, least first; `error`: it could not be evaluated."""

    INFO = "info"
    WARN = "warn"
    FAIL = "fail"
    ERROR = "error"

    @property
    def rank(self) -> int:
        """0 for `info` to 3 for `error`."""
        return list(Severity).index(self)


class Verdict(StrEnum):
    """What the go/no-go meeting is told, with the exit code of a command."""

    GO = "go"
    CONDITIONAL = "conditional"
    NO_GO = "no-go"
    NOT_ENOUGH_EVIDENCE = "not-enough-evidence"

    @property
    def exit_code(self) -> int:
        """0 go, 10 conditional, 11 no-go, 12 not enough evidence."""
        return {"go": 0, "conditional": 10, "no-go": 11}.get(self.value, 12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Politeness:
    """What a server is spared; times are in seconds, 0 is no limit."""

    application_name: str = "dataready"
    connections: int = 4
    rows_per_second: int = 0
    connect_timeout_s: int = 10
    lock_timeout_s: int = 10
    statement_timeout_s: int = 14_400
    stall_timeout_s: int = 300
    retries: int = 3
    retry_wait_s: float = 1.0
    resume_within_s: int = 21_600


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSpec:
    """Where a table lives and how to read it; what is None is found out, and said.

    `path` is a file, a folder, a glob, a DuckDB file, or the URL of a server; then `table`,
    `tables` (names or patterns, united into one), `schema` or `query` say what of it, and
    None of them where it holds one table. Relative paths are relative to the settings file.
    """

    path: str
    format: Format = "auto"
    table: str | None = None
    tables: tuple[str, ...] = ()
    schema: str | None = None
    query: str | None = None
    where: str | None = None
    columns: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    treat: Mapping[str, Treatment] = field(default_factory=dict)
    mode: Literal["full", "incremental"] = "full"
    watermark: str | None = None
    look_back: str | None = None
    politeness: Politeness = Politeness()
    delimiter: str | None = None
    quote: str | None = None
    encoding: str | None = None
    header: bool | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """A column as it landed: its name, its DuckDB type, and its name at the source."""

    name: str
    type: str
    source_name: str | None = None


@dataclass(frozen=True, slots=True)
class Schema:
    """Columns in the table's order; those that dataready adds are not among them."""

    columns: tuple[Column, ...]
    _types: dict[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Note each column's type; the first of two of one name counts."""
        types = {c.name: c.type for c in reversed(self.columns)}
        object.__setattr__(self, "_types", types)

    def __iter__(self) -> Iterator[Column]:
        """Iterate over the columns in order."""
        return iter(self.columns)

    def __contains__(self, name: object) -> bool:
        """Say whether a column has exactly this name."""
        return name in self._types

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in order."""
        return tuple(c.name for c in self.columns)

    def type_of(self, name: str) -> str:
        """Answer the DuckDB type of a column.

        Raises:
            KeyError: There is no such column.
        """
        return self._types[name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A fact about production (or about the one table looked at), with its evidence.

    `where` is a SQL predicate over the extract's table that is true for exactly the rows
    affected; `sql` is the whole query that lists them. Both are None where a finding is
    not about rows. `cells` says that each such row's value in `column` is judged wrong
    (and so goes to the cells file). Examples are masked by whoever makes the finding. `brief`
    is the defect in a few words, to be read after "12 % of rows", where the detector knows
    more than its name says. `explains` names other columns, whose missing values follow from it.
    """

    dimension: Dimension
    detector: str
    severity: Severity
    table: str
    column: str | None
    message: str
    measured: float | None = None
    limit: float | None = None
    limit_origin: str = ""
    rows_affected: int | None = None
    where: str | None = None
    sql: str | None = None
    cells: bool = False
    examples: tuple[str, ...] = ()
    fix: str = ""
    owner: str = ""
    points: float | None = None
    error: str = ""
    brief: str = ""
    explains: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a dimension that no report would show."""
        if self.dimension not in get_args(Dimension):
            msg = f"'{self.dimension}' is no dimension; one of {get_args(Dimension)}."
            raise ValueError(msg)

    @property
    def id(self) -> str:
        """A short stable name: the same finding has the same one every night."""
        key = "\0".join((self.table, self.column or "", self.dimension, self.detector))
        detail = self.message if self.detector == "expectation" else "".join(self.explains[:1])
        return hashlib.sha256((key + "\0" + detail).encode()).hexdigest()[:12]

    def with_(self, **changes: object) -> Finding:
        """Copy with some fields changed."""
        return replace(self, **changes)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visible:
    """The smallest defect that a detector would have warned of in a table of this size.

    `columns` is how many it looks at, 0 for one that looks at rows. `rows_least` is how many wrong
    rows it takes in the column where fewest are needed, and `rows_most` in `hardest`, where most
    are. `by_chance` is how likely it warns of one column in which nothing changed, in [0, 1].
    """

    detector: str
    columns: int
    rows_least: int
    rows_most: int
    hardest: str = ""
    by_chance: float
