"""A metric: what to ask of DuckDB about a column, and the state that the answer makes.

Expressions speak of a *relation* (`dataready.profile.relation`) that offers names for every
column: `raw` (as it landed), `state` (usable, null, blank, disguised, unparsed), `value`
(parsed, NULL where it is not usable) and, in the table of bins, `bin`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Protocol, Self, TypeVar

from dataready.profile.plan import ColumnPlan
from dataready.profile.state import State
from dataready.sql import ident

__all__ = [
    "ROWS",
    "Aggregate",
    "Aggregates",
    "Asked",
    "ColumnMetric",
    "Groups",
    "Joint",
    "Metric",
    "count",
    "end",
    "ends",
    "form",
    "moments",
    "part",
    "total",
    "unfolded",
]

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


ROWS = "_dataready_rows"
"""In a tally of a column's cells, the column that says how many rows have the cell."""


@dataclass(frozen=True, slots=True)
class Aggregate:
    """One figure of all rows: as SQL over them, and over a tally of one column's cells.

    In a tally each distinct cell stands for `ROWS` rows. `window` is a column that `tallied`
    speaks of: its name, quoted, and what it is of the whole tally.
    """

    rows: str
    tallied: str
    window: tuple[str, str] | None = None


def count(where: str = "") -> Aggregate:
    """Rows that satisfy a predicate; all of them without one."""
    if not where:
        return Aggregate("count(*)", f"coalesce(sum({ROWS}), 0)::BIGINT")
    those = f"FILTER ({where})"
    return Aggregate(f"count(*) {those}", f"coalesce(sum({ROWS}) {those}, 0)::BIGINT")


def end(function: Literal["min", "max"], expression: str) -> Aggregate:
    """The least or the greatest value; repeats are the same."""
    return Aggregate(f"{function}({expression})", f"{function}({expression})")


def ends(function: Literal["min", "max"], expression: str, size: int) -> Aggregate:
    """The `size` least or greatest values, repeats included, as `unfolded` reads them."""
    pairs = f"{function}({{'v': {expression}, 'n': {ROWS}}}, {size})"
    return Aggregate(
        f"{function}({expression}, {size})", f"{pairs} FILTER ({expression} IS NOT NULL)"
    )


def unfolded(values: Sequence[Any] | None, size: int) -> tuple[float, ...]:
    """Read what `ends` answers: values, or values with how many rows have each."""
    found = (
        itertools.repeat(v["v"], v["n"]) if isinstance(v, dict) else (v,) for v in values or ()
    )
    return tuple(itertools.islice(itertools.chain.from_iterable(found), size))


def total(expression: str) -> Aggregate:
    """The sum; NULL for no values."""
    return Aggregate(f"sum({expression})", f"sum({expression} * {ROWS})")


def moments(value: str, where: str, name: str) -> dict[str, Aggregate]:
    """Count, mean and population variance of the values that satisfy a predicate.

    Over rows in one pass (Welford); over a tally from the distances to the mean, which is a
    column of that name.
    """
    those = f"FILTER ({where})"
    n = f"sum({ROWS}) {those}"
    over = f"FILTER (WHERE {where}) OVER ()"
    mean = ident(f"{name}·mean")
    window = (mean, f"fsum({ROWS} * {value}) {over} / sum({ROWS}) {over}")
    squares = f"fsum({ROWS} * ({value} - {mean}) * ({value} - {mean})) {those}"
    return {
        "n": Aggregate(f"count({value}) {those}", f"coalesce({n}, 0)::BIGINT"),
        "mean": Aggregate(f"favg({value}) {those}", f"any_value({mean})", window),
        "var": Aggregate(f"var_pop({value}) {those}", f"{squares} / {n}", window),
    }


@dataclass(frozen=True, slots=True)
class Aggregates:
    """Aggregates by name; those of all metrics share one SELECT."""

    expressions: Mapping[str, Aggregate]


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """Rows counted by keys. More than `cap` unknown groups are too many (`Tally`).

    With `smallest`, only that many groups of smallest key are wanted, however many rows.
    `drop` says which keys are not counted after all, and `kept` the same in SQL, for when they
    are too many to be looked at. `shaped` is the text of which the only key is the shape: many
    are shaped in columns of bytes (`dataready.profile.shape`), which is faster.
    """

    keys: tuple[str, ...]
    where: str = "TRUE"
    cap: int = 10_000
    known: tuple[Hashable, ...] = ()
    smallest: int | None = None
    drop: Callable[[Hashable], bool] | None = None
    kept: str = "TRUE"
    shaped: str | None = None


@dataclass(frozen=True, slots=True)
class Joint:
    """Rows by the bins of one or two columns, where each has a bin."""

    columns: tuple[str, ...]


class Asked:
    """What all metrics have in common: some need not be asked, once others are known."""

    __slots__ = ()

    waits: ClassVar[bool] = False
    """Whether `implied` is to be tried when the metrics that do not wait are known."""

    def implied(self, states: Mapping[str, State]) -> State | None:
        """Answer the state if other metrics' states leave no doubt, else None."""
        del states
        return None

    def narrowed(self, states: Mapping[str, State]) -> Self:
        """Answer the metric without what other metrics' states show to be of no account."""
        del states
        return self


@dataclass(frozen=True, slots=True)
class ColumnMetric(Asked):
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

    @property
    def waits(self) -> bool:
        """Whether `implied` is to be tried once the metrics that do not wait are known."""
        ...

    def implied(self, states: Mapping[str, State]) -> State | None:
        """Answer the state if other metrics' states leave no doubt, else None."""
        ...

    def narrowed(self, states: Mapping[str, State]) -> Self:
        """Answer the metric without what other metrics' states show to be of no account."""
        ...

    def query(self) -> Aggregates | Groups | Joint:
        """Say what to ask."""
        ...

    def state(self, answer: Any) -> S_co:  # noqa: ANN401
        """Build the state from the answer.

        Args:
            answer: For `Aggregates`, a mapping from name to value. For `Groups`, a `Tally`
                of the keys (a key alone, or a tuple of several); for `Joint` likewise.
        """
        ...
