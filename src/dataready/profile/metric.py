"""A metric: what to ask of DuckDB about a column, and the state that the answer makes.

Expressions speak of a *relation* (`dataready.profile.relation`) that offers names for every
column: `raw` (as it landed), `state` (usable, null, blank, disguised, unparsed), `value`
(parsed, NULL where it is not usable) and, in the table of bins, `bin`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeVar

from dataready.profile.plan import ColumnPlan
from dataready.profile.state import State
from dataready.sql import ident

__all__ = ["Aggregates", "ColumnMetric", "Groups", "Metric", "form", "part"]

S_co = TypeVar("S_co", bound=State, covariant=True)


def part(column: str, what: Literal["raw", "parsed", "state", "value", "bin", "there"]) -> str:
    """Name one of a column's forms in a relation, quoted.

    >>> part("amount", "value")
    '"amount·value"'
    """
    return ident(form(column, what))


def form(column: str, what: str) -> str:
    """Name one of a column's forms in a relation, unquoted."""
    return f"{column}·{what}"


@dataclass(frozen=True, slots=True)
class Aggregates:
    """Aggregate expressions by name; those of all metrics share one SELECT."""

    expressions: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """Rows counted by keys. More than `cap` unknown groups are too many (`Tally`).

    With `smallest`, only that many groups of smallest key are wanted, however many rows.
    `drop` says which keys are not counted after all, and `kept` the same in SQL, for when they
    are too many to be looked at. With `of_value`, keys depend on one
    column's value alone: where its values have been tallied, rows need not be read again.
    """

    keys: tuple[str, ...]
    where: str = "TRUE"
    cap: int = 10_000
    known: tuple[Hashable, ...] = ()
    binned: bool = False
    smallest: int | None = None
    drop: Callable[[Hashable], bool] | None = None
    kept: str = "TRUE"
    of_value: str | None = None


@dataclass(frozen=True, slots=True)
class ColumnMetric:
    """What metrics of one column have in common: its plan, and its type in the table."""

    column: ColumnPlan
    type: str

    @property
    def columns(self) -> tuple[str, ...]:
        """Only the column itself."""
        return (self.column.name,)


class Metric(Protocol[S_co]):
    """A frozen, hashable value object. It holds no connection and no data."""

    @property
    def id(self) -> str:
        """A stable key for history, such as ``completeness(email)``."""
        ...

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns read, by their names in the plan, so that no others are."""
        ...

    @property
    def empty(self) -> S_co:
        """The state of no rows."""
        ...

    def query(self) -> Aggregates | Groups:
        """Say what to ask."""
        ...

    def state(self, answer: Any) -> S_co:  # noqa: ANN401
        """Build the state from the answer.

        Args:
            answer: For `Aggregates`, a mapping from name to value. For `Groups`, a `Tally`
                of the keys (a key alone, or a tuple of several).
        """
        ...
