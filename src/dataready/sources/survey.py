"""What a source says of itself when it is only tried: can it be reached, and what is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

__all__ = ["Survey", "Surveyed", "TableFacts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableFacts:
    """A table: `rows` as the server estimates them, None where it does not; `bytes` on its disk."""

    name: str
    rows: int | None
    bytes: int
    readable: bool
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What was found; `notes` are sentences for whoever set the account up."""

    where: str
    server: str
    user: str
    tables: tuple[TableFacts, ...]
    notes: tuple[str, ...] = ()


@runtime_checkable
class Surveyed(Protocol):
    """A source that can be tried without being read."""

    def survey(self) -> Survey:
        """Connect, look, and try how fast rows come.

        Raises:
            SourceError: It cannot be reached.
        """
