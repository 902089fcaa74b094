"""Validity: cells that the pilot never saw the like of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dataready.profile.metric import Aggregates, ColumnMetric, count, moments, part
from dataready.profile.plan import ColumnPlan
from dataready.profile.state import Counts, Extremes, Moments, State
from dataready.sql import literal, values_in

__all__ = ["Above", "Below", "Validity", "absurd", "outside", "unknown_code"]


def outside(cell: str, column: ColumnPlan) -> str:
    """Write the predicate for a number beyond the pilot's range by more than 2 % of it."""
    if column.low is None or column.high is None:
        return "FALSE"
    low, high = literal(column.low - column.pad), literal(column.high + column.pad)
    return f"({cell} < {low} OR {cell} > {high})"


def absurd(cell: str, column: ColumnPlan) -> str:
    """Write the predicate for a number whose |z| is beyond 8 and 1.5 times the pilot's."""
    if column.mean is None or column.std is None:
        return "FALSE"
    distance = f"abs({cell} - {literal(column.mean)})"
    return f"{distance} / {literal(column.std + 1e-12)} > {literal(column.extreme_z)}"


def unknown_code(cell: str, column: ColumnPlan) -> str:
    """Write the predicate for an integer inside the range that the pilot never held.

    A fraction is no code but a number between two of them, and models read it so.
    """
    if not column.codes:
        return "FALSE"
    known = values_in(cell, column.codes)
    return f"{cell} = round({cell}) AND NOT {outside(cell, column)} AND NOT {known}"


def beyond(cell: str, column: ColumnPlan, *, above: bool) -> str:
    """Write the predicate for a number beyond one end of the pilot's range, by 2 % of it."""
    if column.low is None or column.high is None:
        return "FALSE"
    if above:
        return f"{cell} > {literal(column.high + column.pad)}"
    return f"{cell} < {literal(column.low - column.pad)}"


def _inside(states: Mapping[str, State], column: ColumnPlan) -> bool:
    """Whether a column's values are all in the pilot's range, none of them a code or absurd."""
    seen = states.get(f"range({column.name})")
    if not isinstance(seen, Extremes) or column.low is None or column.high is None:
        return False
    if seen.low is None or seen.high is None:
        return True
    # Inside the range itself, without the 2 % around it, no value of the pilot is absurd.
    return not column.codes and column.low <= seen.low and seen.high <= column.high


@dataclass(frozen=True, slots=True)
class Validity(ColumnMetric):
    """Values outside the pilot's range, codes it does not know, absurd magnitudes."""

    waits = True

    @property
    def id(self) -> str:
        """``validity(column)``."""
        return f"validity({self.column.name})"

    @property
    def empty(self) -> Counts:
        """No rows."""
        return Counts({})

    @staticmethod
    def applies(column: ColumnPlan) -> bool:
        """Only numbers and dates with a known range have a range to leave."""
        return column.base != "text" and column.low is not None

    def implied(self, states: Mapping[str, State]) -> Counts | None:
        """Where all values lie inside the range, and no code could be unknown, nothing counts."""
        inside = _inside(states, self.column)
        return Counts({"outside": 0, "unknown": 0, "absurd": 0}) if inside else None

    def query(self) -> Aggregates:
        """Counts under the pilot's constants."""
        cell = part(self.column.name, "value")
        return Aggregates(
            {
                "outside": count(outside(cell, self.column)),
                "unknown": count(unknown_code(cell, self.column)),
                "absurd": count(absurd(cell, self.column)),
            }
        )

    def state(self, answer: Mapping[str, Any]) -> Counts:
        """All are counts."""
        return Counts({k: int(v) for k, v in answer.items()})


@dataclass(frozen=True, slots=True)
class Below(ColumnMetric):
    """How many values lie below the pilot's range, and where: their mean, in their own unit.

    Values from 1e140 on are left out, as of `Spread`.
    """

    above = False
    waits = True

    @property
    def id(self) -> str:
        """``below(column)``."""
        return f"{type(self).__name__.lower()}({self.column.name})"

    @property
    def empty(self) -> Moments:
        """No values."""
        return Moments()

    @staticmethod
    def applies(column: ColumnPlan) -> bool:
        """Only numbers and dates with a known range have ends to lie beyond."""
        return column.base != "text" and column.low is not None

    def implied(self, states: Mapping[str, State]) -> Moments | None:
        """Where all values lie inside the range, there are none."""
        return Moments() if _inside(states, self.column) else None

    def query(self) -> Aggregates:
        """Count, mean and population variance."""
        cell = part(self.column.name, "value")
        those = f"{beyond(cell, self.column, above=self.above)} AND abs({cell}) < 1e140"
        return Aggregates(moments(cell, those, self.id))

    def state(self, answer: Mapping[str, Any]) -> Moments:
        """DuckDB answers NULL, not 0, for the mean of no values."""
        if not answer["n"]:
            return Moments()
        return Moments(answer["n"], answer["mean"], answer["var"] * answer["n"])


@dataclass(frozen=True, slots=True)
class Above(Below):
    """The same above the pilot's range."""

    above = True
