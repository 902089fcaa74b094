"""Spread: where the numbers and dates of a column lie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dataready.profile.metric import (
    Aggregates,
    ColumnMetric,
    end,
    ends,
    moments,
    part,
    unfolded,
)
from dataready.profile.plan import ColumnPlan
from dataready.profile.state import Extremes, Moments, Tails

__all__ = ["Ends", "Range", "Spread"]

LARGEST = "1e140"


@dataclass(frozen=True, slots=True)
class Spread(ColumnMetric):
    """Mean and population standard deviation of a number or date, in its own unit.

    Values from 1e140 on, whose squares add up to more than a DOUBLE holds, are left out.
    """

    @property
    def id(self) -> str:
        """``spread(column)``."""
        return f"spread({self.column.name})"

    @property
    def empty(self) -> Moments:
        """No values."""
        return Moments()

    @staticmethod
    def applies(column: ColumnPlan) -> bool:
        """Text has no mean."""
        return column.base != "text"

    def query(self) -> Aggregates:
        """Count, mean and population variance."""
        cell = part(self.column.name, "value")
        return Aggregates(moments(cell, f"abs({cell}) < {LARGEST}", self.id))

    def state(self, answer: Mapping[str, Any]) -> Moments:
        """DuckDB answers NULL, not 0, for the mean of no values."""
        if not answer["n"]:
            return Moments()
        return Moments(answer["n"], answer["mean"], answer["var"] * answer["n"])


@dataclass(frozen=True, slots=True)
class Range(ColumnMetric):
    """Least and greatest value of a number or date."""

    @property
    def id(self) -> str:
        """``range(column)``."""
        return f"range({self.column.name})"

    @property
    def empty(self) -> Extremes:
        """No values."""
        return Extremes()

    @staticmethod
    def applies(column: ColumnPlan) -> bool:
        """Text has no order that means anything."""
        return column.base != "text"

    def query(self) -> Aggregates:
        """Both ends; the total is of no use for numbers and stays 0."""
        cell = part(self.column.name, "value")
        return Aggregates({"low": end("min", cell), "high": end("max", cell)})

    def state(self, answer: Mapping[str, Any]) -> Extremes:
        """None for no values."""
        return Extremes(answer["low"], answer["high"])


@dataclass(frozen=True, slots=True)
class Ends(ColumnMetric):
    """The hundred smallest and largest values, repeats included."""

    @property
    def id(self) -> str:
        """``ends(column)``."""
        return f"ends({self.column.name})"

    @property
    def empty(self) -> Tails:
        """No values."""
        return Tails()

    @staticmethod
    def applies(column: ColumnPlan) -> bool:
        """Sentinels of numbers and dates stand at their ends."""
        return column.base != "text"

    def query(self) -> Aggregates:
        """DuckDB's min and max of n keep repeats."""
        cell, size = part(self.column.name, "value"), self.empty.size
        return Aggregates({"low": ends("min", cell, size), "high": ends("max", cell, size)})

    def state(self, answer: Mapping[str, Any]) -> Tails:
        """DuckDB answers NULL for no values."""
        size = self.empty.size
        return Tails(unfolded(answer["low"], size), unfolded(answer["high"], size))
