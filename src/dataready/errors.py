"""Everything that dataready raises on purpose, and the exit codes of its commands.

* DatareadyError
  + ConfigError              exit 2   the settings or the arguments are wrong
  + ExpectationError         exit 2   a suite cannot be understood
  + SourceError              exit 3   a source cannot be reached or read
    - EmptySourceError                it was read, and holds no table
    - TransientSourceError            a failure that may pass: worth another try
  + WarehouseError           exit 3   DuckDB or the run folder refused
    - NoSuchColumnError
    - ReconciliationError             what landed is not what the source holds

A run that ends answers 0 (go), 10 (conditional), 11 (no-go) or 12 (not enough evidence);
1 is left for bugs of ours. A failed expectation is a `Finding`, never an exception.
Messages say what is wrong, what there is and what to do; they carry no values of data.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import ClassVar

__all__ = [
    "ConfigError",
    "DatareadyError",
    "EmptySourceError",
    "ExpectationError",
    "NoSuchColumnError",
    "ReconciliationError",
    "SourceError",
    "TransientSourceError",
    "WarehouseError",
    "did_you_mean",
]


def did_you_mean(name: str, available: Iterable[str]) -> str:
    """Answer " Did you mean 'x'?" for the nearest of the names there are, or "".

    >>> did_you_mean("targett", ["target", "key"])
    " Did you mean 'target'?"
    >>> did_you_mean("zzz", ["target"])
    ''
    """
    close = difflib.get_close_matches(name, list(available), n=1)
    return f" Did you mean '{close[0]}'?" if close else ""


class DatareadyError(Exception):
    """Base of every error that dataready raises on purpose."""

    exit_code: ClassVar[int] = 3


class ConfigError(DatareadyError):
    """The settings contradict each other, or name something that is not there."""

    exit_code: ClassVar[int] = 2


class ExpectationError(DatareadyError):
    """An expectation suite cannot be understood."""

    exit_code: ClassVar[int] = 2


class SourceError(DatareadyError):
    """A source cannot be reached or read."""

    exit_code: ClassVar[int] = 3


class EmptySourceError(SourceError):
    """A source was reached and read, and there is no table in it."""


class TransientSourceError(SourceError):
    """A source could not be read for a reason that may pass: worth another try."""


class WarehouseError(DatareadyError):
    """DuckDB refused a statement, or a run folder cannot be written."""

    exit_code: ClassVar[int] = 3


class ReconciliationError(WarehouseError):
    """What landed is not what the source holds: the extract is refused, the last one stays."""


class NoSuchColumnError(WarehouseError):
    """Something names a column that the table lacks."""

    exit_code: ClassVar[int] = 2

    def __init__(self, column: str, *, table: str, available: Sequence[str]) -> None:
        """Keep the parts, so that callers need not parse the message."""
        self.column, self.table, self.available = column, table, tuple(available)
        super().__init__(
            f"Table '{table}' has no column '{column}'."
            f"{did_you_mean(column, available)} It has: {', '.join(available)}."
        )
