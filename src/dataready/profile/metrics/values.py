"""Values: which there are, how often, and what they look like."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from dataready.profile.metric import Aggregates, ColumnMetric, Groups, end, part, total
from dataready.profile.plan import ColumnPlan
from dataready.profile.relation import UNPARSED, USABLE, is_blank
from dataready.profile.shape import shape
from dataready.profile.state import Counts, Extremes, Sketch, State, Tally

__all__ = ["Distinct", "Foreign", "Formats", "Lengths", "Values"]


@dataclass(frozen=True, slots=True)
class Values(ColumnMetric):
    """Rows per usable value; the pilot's categories are known values."""

    @property
    def id(self) -> str:
        """``values(column)``."""
        return f"values({self.column.name})"

    @property
    def empty(self) -> Tally:
        """No values."""
        return Tally.of((), known=self.column.categories)

    @staticmethod
    def applies(column: ColumnPlan) -> bool:
        """Every column has values."""
        return column is not None

    def query(self) -> Groups:
        """One group a value; text that is as it landed is grouped as such, which is cheapest."""
        cell, known = part(self.column.name, "value"), self.column.categories
        if self.column.base == "text" and self.type == "VARCHAR":
            raw = part(self.column.name, "raw")
            state = part(self.column.name, "state")
            usable = f"{state} = {USABLE}"
            return Groups(keys=(raw,), known=known, drop=self._is_missing, kept=usable)
        return Groups(keys=(cell,), where=f"{cell} IS NOT NULL", known=known)

    def _is_missing(self, value: Hashable) -> bool:
        return value is None or is_blank(str(value)) or value in self.column.words

    def state(self, answer: Tally) -> Tally:
        """The tally itself."""
        return answer


@dataclass(frozen=True, slots=True)
class Foreign(ColumnMetric):
    """Rows per cell that is there and does not parse as the column's base."""

    waits = True

    @property
    def id(self) -> str:
        """``foreign(column)``."""
        return f"foreign({self.column.name})"

    @property
    def empty(self) -> Tally:
        """No values."""
        return Tally()

    @staticmethod
    def applies(column: ColumnPlan) -> bool:
        """All text parses as text."""
        return column.base != "text"

    def implied(self, states: Mapping[str, State]) -> Tally | None:
        """Where every cell parses there are none."""
        counts = states.get(f"completeness({self.column.name})")
        return Tally() if isinstance(counts, Counts) and not counts["unparsed"] else None

    def query(self) -> Groups:
        """One group a text."""
        raw, state = part(self.column.name, "raw"), part(self.column.name, "state")
        return Groups(keys=(f"{raw}::VARCHAR",), where=f"{state} = {UNPARSED}")

    def state(self, answer: Tally) -> Tally:
        """The tally itself."""
        return answer


@dataclass(frozen=True, slots=True)
class Formats(ColumnMetric):
    """Rows per shape of a text; shapes of the pilot's ids are known."""

    @property
    def id(self) -> str:
        """``formats(column)``."""
        return f"formats({self.column.name})"

    @property
    def empty(self) -> Tally:
        """No values."""
        return Tally.of((), known=self.column.shapes)

    @staticmethod
    def applies(column: ColumnPlan) -> bool:
        """Numbers have been parsed; what they looked like is of no interest."""
        return column.base == "text"

    def query(self) -> Groups:
        """One group a shape."""
        cell = part(self.column.name, "value")
        return Groups(
            keys=(shape(cell),),
            where=f"{cell} IS NOT NULL",
            known=self.column.shapes,
            shaped=cell,
        )

    def state(self, answer: Tally) -> Tally:
        """The tally itself."""
        return answer


@dataclass(frozen=True, slots=True)
class Lengths(ColumnMetric):
    """Shortest, longest and total length of a text, in characters."""

    @property
    def id(self) -> str:
        """``lengths(column)``."""
        return f"lengths({self.column.name})"

    @property
    def empty(self) -> Extremes:
        """No values."""
        return Extremes()

    @staticmethod
    def applies(column: ColumnPlan) -> bool:
        """Only text has a length that means anything."""
        return column.base == "text"

    def query(self) -> Aggregates:
        """Both ends and the sum."""
        size = f"length({part(self.column.name, 'value')})"
        return Aggregates({"low": end("min", size), "high": end("max", size), "total": total(size)})

    def state(self, answer: Mapping[str, Any]) -> Extremes:
        """DuckDB answers NULL for the sum of no values."""
        return Extremes(answer["low"], answer["high"], int(answer["total"] or 0))


@dataclass(frozen=True, slots=True)
class Distinct(ColumnMetric):
    """How many different usable values: exact up to 8,191, else to about 1 %."""

    @property
    def id(self) -> str:
        """``distinct(column)``."""
        return f"distinct({self.column.name})"

    @property
    def empty(self) -> Sketch:
        """No values."""
        return Sketch()

    @staticmethod
    def applies(column: ColumnPlan) -> bool:
        """Every column has values."""
        return column is not None

    def query(self) -> Groups:
        """The smallest hashes."""
        cell = part(self.column.name, "value")
        return Groups(
            keys=(f"hash({cell})",),
            where=f"{cell} IS NOT NULL",
            smallest=self.empty.size,
        )

    def state(self, answer: Tally) -> Sketch:
        """Only which hashes there are matters, not how often."""
        return Sketch.of(int(str(h)) for h in answer.counts)
