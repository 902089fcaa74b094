"""Metrics of several columns together: bins, pairs, periods, whole rows."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from dataready.profile.metric import Aggregates, ColumnMetric, Groups, part
from dataready.profile.plan import ColumnPlan, Plan
from dataready.profile.state import Tails, Tally

__all__ = ["Histogram", "MissingTogether", "Pair", "Periods", "RowHashes"]


MOST_SETS = 1000
MOST_HASHES = 16_384
WORD = 60


@dataclass(frozen=True, slots=True)
class Histogram(ColumnMetric):
    """Rows per pilot bin (numbers, dates) or rank of category (text: the top ten, others)."""

    @property
    def id(self) -> str:
        """``histogram(column)``."""
        return f"histogram({self.column.name})"

    @property
    def empty(self) -> Tally:
        """No rows."""
        return Tally()

    @staticmethod
    def applies(column: ColumnPlan) -> bool:
        """Only binned columns have bins."""
        return column.binned

    def query(self) -> Groups:
        """One group a bin."""
        bin_ = part(self.column.name, "bin")
        return Groups(keys=(bin_,), where=f"{bin_} IS NOT NULL", binned=True)

    def state(self, answer: Tally) -> Tally:
        """The tally itself."""
        return answer


@dataclass(frozen=True, slots=True)
class Periods(ColumnMetric):
    """Rows per day (0 is 1970-01-01) of a date."""

    @property
    def id(self) -> str:
        """``periods(column)``."""
        return f"periods({self.column.name})"

    @property
    def empty(self) -> Tally:
        """No rows."""
        return Tally()

    @staticmethod
    def applies(column: ColumnPlan) -> bool:
        """Only dates pass."""
        return column.base == "date"

    def query(self) -> Groups:
        """One group a day."""
        cell = part(self.column.name, "value")
        return Groups(keys=(f"floor({cell} / 86400)::BIGINT",), where=f"{cell} IS NOT NULL")

    def state(self, answer: Tally) -> Tally:
        """The tally itself."""
        return answer


@dataclass(frozen=True, slots=True)
class Pair:
    """Rows per pair of bins of two columns, where both have a bin."""

    first: str
    second: str

    @property
    def id(self) -> str:
        """``pair(first, second)``."""
        # A comma inside a name is doubled: "a, b" with "c" is not "a" with "b, c".
        first, second = (name.replace(",", ",,") for name in (self.first, self.second))
        return f"pair({first}, {second})"

    @property
    def columns(self) -> tuple[str, ...]:
        """Both."""
        return (self.first, self.second)

    @property
    def empty(self) -> Tally:
        """No rows."""
        return Tally()

    def query(self) -> Groups:
        """One group a pair of bins."""
        a, b = part(self.first, "bin"), part(self.second, "bin")
        where = f"{a} IS NOT NULL AND {b} IS NOT NULL"
        return Groups(keys=(a, b), where=where, binned=True)

    def state(self, answer: Tally) -> Tally:
        """The tally itself."""
        return answer


@dataclass(frozen=True, slots=True)
class MissingTogether:
    """Rows per set of columns that are missing together, as their positions in the plan."""

    columns: tuple[str, ...]

    @property
    def id(self) -> str:
        """``missing_together``: one a table."""
        return "missing_together"

    @property
    def empty(self) -> Tally:
        """No rows."""
        return Tally(cap=MOST_SETS)

    @classmethod
    def of(cls, plan: Plan) -> MissingTogether:
        """Watch all the columns of a plan."""
        return cls(tuple(c.name for c in plan))

    def query(self) -> Groups:
        """One group a set of columns: a bit a column, a word for every sixty of them."""
        words = []
        for start in range(0, len(self.columns), WORD):
            bits = (
                f"(({part(name, 'state')} BETWEEN 1 AND 3)::UBIGINT << {k})"
                for k, name in enumerate(self.columns[start : start + WORD])
            )
            words.append(" + ".join(bits))
        return Groups(keys=tuple(words) or ("0",), cap=MOST_SETS)

    def state(self, answer: Tally) -> Tally:
        """Bits as positions."""
        if answer.other is None:
            return answer
        sets: dict[Hashable, int] = {_positions(key): n for key, n in answer.other.items()}
        return Tally({}, sets, answer.total, answer.cap)


@dataclass(frozen=True, slots=True)
class RowHashes:
    """The smallest hashes of whole rows, repeats included: they tell copies from distinct rows.

    Of columns that the plan has; all copies of a row have its hash, so that a row is there with
    all of them or, but for the greatest hash, not at all.
    """

    columns: tuple[str, ...]

    @property
    def id(self) -> str:
        """``row_hashes``: one a table."""
        return "row_hashes"

    @property
    def empty(self) -> Tails:
        """No rows."""
        return Tails(size=MOST_HASHES)

    @classmethod
    def of(cls, plan: Plan) -> RowHashes:
        """Look at all the columns of a plan."""
        return cls(tuple(c.name for c in plan))

    def query(self) -> Aggregates:
        """DuckDB's min of n keeps repeats, in one pass and little memory."""
        cells = ", ".join(part(name, "raw") for name in self.columns) or "0"
        return Aggregates({"low": f"min(hash({cells}), {MOST_HASHES})"})

    def state(self, answer: Mapping[str, Any]) -> Tails:
        """DuckDB answers NULL for no rows."""
        return Tails(tuple(answer["low"] or ()), (), MOST_HASHES)


def _positions(key: Hashable) -> tuple[int, ...]:
    words = key if isinstance(key, tuple) else (key,)
    return tuple(
        WORD * w + k for w, word in enumerate(words) for k in range(WORD) if int(str(word)) >> k & 1
    )
