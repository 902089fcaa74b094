"""Metrics of several columns together: bins, pairs, periods, whole rows."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from dataready.profile.metric import (
    Aggregate,
    Aggregates,
    Asked,
    ColumnMetric,
    Groups,
    Joint,
    part,
)
from dataready.profile.plan import ColumnPlan, Plan
from dataready.profile.state import Counts, State, Tails, Tally

__all__ = ["Histogram", "MissingTogether", "Pair", "Periods", "RowHashes"]


MOST_SETS = 1000
MOST_HASHES = 16_384
WORD = 60


@dataclass(frozen=True, slots=True)
class Histogram(ColumnMetric):
    """Rows per pilot bin (numbers, dates) or rank of category (text: the top ten, others)."""

    waits = True

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

    def query(self) -> Joint:
        """One group a bin; counted with the pairs."""
        return Joint(self.columns)

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
class Pair(Asked):
    """Rows per pair of bins of two columns, where both have a bin."""

    waits = True

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

    def query(self) -> Joint:
        """One group a pair of bins."""
        return Joint(self.columns)

    def state(self, answer: Tally) -> Tally:
        """The tally itself."""
        return answer


@dataclass(frozen=True, slots=True)
class MissingTogether(Asked):
    """Rows per set of columns that are missing together, as their positions in the plan.

    Of columns that are never missing nothing is read; `watched` are the others.
    """

    waits = True

    columns: tuple[str, ...]
    watched: frozenset[str] | None = None

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

    def implied(self, states: Mapping[str, State]) -> Tally | None:
        """Where nothing is missing, or in one column alone, its counts say it all."""
        counts = {c: states.get(f"completeness({c})") for c in self.columns}
        gone = {k: missing(n) for k, n in enumerate(counts.values()) if isinstance(n, Counts)}
        some = {k: n for k, n in gone.items() if n}
        if not counts or len(gone) < len(counts) or len(some) > 1:
            return None
        rows = next(n["rows"] for n in counts.values() if isinstance(n, Counts))
        sets: dict[Hashable, int] = {(): rows - sum(some.values())}
        sets |= {(k,): n for k, n in some.items()}
        return Tally({}, {k: n for k, n in sets.items() if n}, rows, MOST_SETS)

    def narrowed(self, states: Mapping[str, State]) -> MissingTogether:
        """Watch only columns that are missing somewhere, as far as is known."""
        full = {
            c
            for c in self.columns
            if isinstance(n := states.get(f"completeness({c})"), Counts) and not missing(n)
        }
        return replace(self, watched=frozenset(self.columns) - full)

    def query(self) -> Groups:
        """One group a set of columns: a bit a column, a word for every sixty of them."""
        words = []
        for start in range(0, len(self.columns), WORD):
            bits = (
                f"(({part(name, 'state')} % 4 > 0)::UBIGINT << {k})"
                for k, name in enumerate(self.columns[start : start + WORD])
                if self.watched is None or name in self.watched
            )
            words.append(" + ".join(bits) or "0::UBIGINT")
        return Groups(keys=tuple(words) or ("0",), cap=MOST_SETS)

    def state(self, answer: Tally) -> Tally:
        """Bits as positions."""
        if answer.other is None:
            return answer
        sets: dict[Hashable, int] = {_positions(key): n for key, n in answer.other.items()}
        return Tally({}, sets, answer.total, answer.cap)


@dataclass(frozen=True, slots=True)
class RowHashes(Asked):
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
        low = f"min(hash({cells}), {MOST_HASHES})"
        return Aggregates({"low": Aggregate(low, low)})

    def state(self, answer: Mapping[str, Any]) -> Tails:
        """DuckDB answers NULL for no rows."""
        return Tails(tuple(answer["low"] or ()), (), MOST_HASHES)


def missing(counts: Counts) -> int:
    """Rows of a column that are null, blank or disguised missing."""
    return counts["nulls"] + counts["blanks"] + counts["disguised"]


def _positions(key: Hashable) -> tuple[int, ...]:
    words = key if isinstance(key, tuple) else (key,)
    return tuple(
        WORD * w + k for w, word in enumerate(words) for k in range(WORD) if int(str(word)) >> k & 1
    )
