"""Completeness: how much of a column is there, and how what is not there looks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dataready.profile.metric import Aggregates, ColumnMetric, count, part
from dataready.profile.plan import ColumnPlan
from dataready.profile.relation import BLANK, DISGUISED, NULL, UNPARSED
from dataready.profile.state import Counts

__all__ = ["Completeness"]


@dataclass(frozen=True, slots=True)
class Completeness(ColumnMetric):
    """Rows that are null, blank, disguised missing, or there but not parseable.

    The four exclude each other; what is left of `rows` are usable values.
    """

    @property
    def id(self) -> str:
        """``completeness(column)``."""
        return f"completeness({self.column.name})"

    @property
    def empty(self) -> Counts:
        """No rows."""
        return Counts({})

    @staticmethod
    def applies(column: ColumnPlan) -> bool:
        """Every column has cells."""
        return column is not None

    def query(self) -> Aggregates:
        """Counts of rows by the state of the cell."""
        state = part(self.column.name, "state")
        kinds = {"nulls": NULL, "blanks": BLANK, "disguised": DISGUISED, "unparsed": UNPARSED}
        counts = {name: count(f"{state} = {kind}") for name, kind in kinds.items()}
        return Aggregates({"rows": count(), **counts})

    def state(self, answer: Mapping[str, Any]) -> Counts:
        """All counts are integers for every table, an empty one included."""
        return Counts({k: int(v) for k, v in answer.items()})
