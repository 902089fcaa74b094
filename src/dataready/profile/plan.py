"""The bin plan: how the pilot says that cells are read and counted.

A plan is made once, from the pilot. Both sides are then profiled under it, so that their
counts can be compared bin by bin; its hash says whether two profiles may be.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import Literal

from dataready.model import Kind, Role

__all__ = ["Base", "ColumnPlan", "Plan"]

Base = Literal["number", "date", "text"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnPlan:
    """How one column is read and counted.

    `base` says how cells parse: a number (as DOUBLE), a date (seconds since the epoch,
    UTC) or text. `date_format` is a strptime format, None for ISO 8601 and native types.
    `values` are the pilot's usable cells, `low` ... `std` describe them; `cuts` are the inner
    edges of right-closed bins, `categories` the known values by falling count, `codes` the
    values of a column of few integers, `shapes` the known formats of an id. `words` and
    `sentinels` are disguised missing values: they are no part of what is compared.
    """

    name: str
    base: Base
    kind: Kind = "empty"
    role: Role = "feature"
    personal: bool = False
    date_format: str | None = None
    values: int = 0
    low: float | None = None
    high: float | None = None
    mean: float | None = None
    std: float | None = None
    cuts: tuple[float, ...] = ()
    categories: tuple[str, ...] = ()
    codes: tuple[float, ...] = ()
    shapes: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    sentinels: tuple[float, ...] = ()

    @property
    def binned(self) -> bool:
        """Whether the column has bins that both sides are counted in."""
        return self.kind in {"number", "date", "text"} and self.role in {"feature", "target"}

    @property
    def bins(self) -> int:
        """The number of bins in joint tables: 0 ... bins - 1."""
        return 11 if self.base == "text" else len(self.cuts) + 1

    @property
    def pad(self) -> float:
        """How far a number may lie outside the pilot's range: 2 % of it."""
        return 0.02 * ((self.high or 0.0) - (self.low or 0.0)) + 1e-9

    @property
    def extreme_z(self) -> float:
        """From which |z| on a number is absurd: beyond 8, and 1.5 times the pilot's."""
        if self.low is None or self.high is None or self.mean is None:
            return 8.0
        widest = max(self.high - self.mean, self.mean - self.low)
        return max(8.0, 1.5 * widest / ((self.std or 0.0) + 1e-12))


@dataclass(frozen=True, slots=True)
class Plan:
    """The plans of a table's columns, in the pilot's order, and the pairs to count."""

    columns: tuple[ColumnPlan, ...]
    pairs: tuple[tuple[str, str], ...] = ()
    _places: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Note where each column stands."""
        object.__setattr__(self, "_places", {c.name: k for k, c in enumerate(self.columns)})

    def __iter__(self) -> Iterator[ColumnPlan]:
        """Iterate over the columns."""
        return iter(self.columns)

    def __getitem__(self, name: str) -> ColumnPlan:
        """Answer the plan of a column.

        Raises:
            KeyError: There is no such column.
        """
        return self.columns[self._places[name]]

    def __contains__(self, name: object) -> bool:
        """Say whether the plan has a column of this name."""
        return name in self._places

    def part(self, names: Iterable[str]) -> Plan:
        """Answer the plan of some of its columns, in its own order, without pairs."""
        places = sorted({self._places[name] for name in names})
        return Plan(tuple(self.columns[k] for k in places))

    @property
    def hash(self) -> str:
        """A hash of all but the disguised values, which each side has of its own."""
        bare = [asdict(replace(c, words=(), sentinels=())) for c in self.columns]
        text = json.dumps([bare, self.pairs], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def with_columns(self, /, **changes: ColumnPlan) -> Plan:
        """Replace some columns' plans, by name."""
        return Plan(tuple(changes.get(c.name, c) for c in self.columns), self.pairs)
