"""A profile: the schema and the states of one table, taken under one plan."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, cast

import duckdb

from dataready.extract.manifest import Extract
from dataready.model import TABLE, Schema
from dataready.profile.look import Look
from dataready.profile.metric import Metric
from dataready.profile.metrics import METRICS, MissingTogether, Pair, RowHashes
from dataready.profile.plan import ColumnPlan, Plan
from dataready.profile.scan import scan
from dataready.profile.state import Counts, Extremes, Moments, Sketch, State, Tails, Tally
from dataready.profile.stored import scan_grown
from dataready.sql import ident

__all__ = ["ColumnStates", "Profile", "metrics_of", "take"]

S = TypeVar("S", bound=State)
SAMPLED_ROWS = 2048
ROOM = 100
LEAST_TOLD_APART = 250


@dataclass(frozen=True, slots=True)
class ColumnStates:
    """The states of one column, by what they say; None where they do not apply."""

    plan: ColumnPlan
    type: str
    name: str
    counts: Counts
    moments: Moments | None
    range: Extremes | None
    ends: Tails | None
    validity: Counts | None
    below: Moments | None
    above: Moments | None
    values: Tally
    foreign: Tally | None
    formats: Tally | None
    lengths: Extremes | None
    distinct: Sketch
    periods: Tally | None
    histogram: Tally | None

    @property
    def rows(self) -> int:
        """All rows of the table."""
        return self.counts["rows"]

    @property
    def missing(self) -> int:
        """Rows that are null, blank or disguised missing."""
        return self.counts["nulls"] + self.counts["blanks"] + self.counts["disguised"]

    @property
    def different(self) -> int:
        """How many different usable values: exact where they are few, else estimated."""
        if self.values.exact:
            return len(self.values.counts)
        return min(self.distinct.distinct, self.usable)

    @property
    def usable(self) -> int:
        """Rows that have a value of the column's base."""
        return self.rows - self.missing - self.counts["unparsed"]


@dataclass(frozen=True, slots=True)
class Profile:
    """A table's observed schema and states. `names` maps pilot columns to the table's own."""

    schema: Schema
    plan: Plan
    rows: int
    states: Mapping[str, State]
    names: Mapping[str, str]

    def __contains__(self, column: object) -> bool:
        """Say whether the table has a column of the plan."""
        return isinstance(column, str) and f"completeness({column})" in self.states

    def __getitem__(self, column: str) -> ColumnStates:
        """Answer the states of a column of the plan.

        Raises:
            KeyError: The table lacks it.
        """

        def get(name: str) -> State | None:
            return self.states.get(f"{name}({column})")

        own = self.names.get(column, column)
        return ColumnStates(
            plan=self.plan[column],
            type=self.schema.type_of(own),
            name=own,
            counts=cast("Counts", self.states[f"completeness({column})"]),
            moments=cast("Moments | None", get("spread")),
            range=cast("Extremes | None", get("range")),
            ends=cast("Tails | None", get("ends")),
            validity=cast("Counts | None", get("validity")),
            below=cast("Moments | None", get("below")),
            above=cast("Moments | None", get("above")),
            values=cast("Tally", get("values")),
            foreign=cast("Tally | None", get("foreign")),
            formats=cast("Tally | None", get("formats")),
            lengths=cast("Extremes | None", get("lengths")),
            distinct=cast("Sketch", get("distinct")),
            periods=cast("Tally | None", get("periods")),
            histogram=cast("Tally | None", get("histogram")),
        )

    def get(self, column: str) -> ColumnStates | None:
        """Answer the states of a column of the plan, or None where the table lacks it."""
        return self[column] if column in self else None  # noqa: SIM401

    def __iter__(self) -> Iterator[ColumnStates]:
        """Iterate over the columns that the table has, in the plan's order."""
        return (self[c.name] for c in self.plan if c.name in self)

    def pair(self, first: str, second: str) -> Tally | None:
        """Answer the joint counts of two columns' bins, in the plan's order, or None."""
        return cast("Tally | None", self.states.get(Pair(first, second).id))

    @property
    def distinct_share(self) -> float:
        """The share of rows, in (0, 1], that are evidence: a row and its exact copies are one.

        It is 1 where repeats are chance: where the values of all columns together allow fewer
        than a hundred times as many rows as are distinct, and no column alone tells half of
        these apart.
        """
        hashes = cast("Tails | None", self.states.get("row_hashes"))
        if hashes is None or not hashes.low:
            return 1.0
        distinct = _distinct_rows(hashes, self.rows)
        different = [max(1, c.different + (c.missing > 0)) for c in self]
        most = max(different, default=1)
        alone = most >= max(LEAST_TOLD_APART, distinct / 2)
        room = math.fsum(map(math.log, different)) - math.log(distinct)
        return distinct / self.rows if alone or room >= math.log(ROOM) else 1.0

    @property
    def missing_together(self) -> Tally:
        """Rows per set of missing columns."""
        return cast("Tally", self.states["missing_together"])


def _distinct_rows(hashes: Tails, rows: int) -> float:
    """How many rows are no copies of others: exact up to 2,048, else estimated.

    From the distinct rows of smallest hash: by how many copies each has, exact if all have as
    many; or, where a few rows of very many copies make that unsteady, by how close the hashes
    lie (`Sketch`, to about 2 %). Copying the table as a whole changes neither.
    """
    copies = Counter(hashes.low)
    if len(hashes.low) == hashes.size and len(copies) > 1:
        del copies[max(copies)]  # some of its copies may not be among the smallest
    sampled = sorted(copies)[:SAMPLED_ROWS]
    by_copies = rows * len(sampled) / sum(copies[h] for h in sampled)
    by_hashes = Sketch.of(map(int, sampled), SAMPLED_ROWS).distinct
    steady = abs(by_copies / by_hashes - 1) <= 5 / math.sqrt(SAMPLED_ROWS)
    return by_copies if steady or len(sampled) < SAMPLED_ROWS else float(by_hashes)


def metrics_of(
    plan: Plan,
    schema: Schema,
    *,
    names: Mapping[str, str] | None = None,
    only: tuple[Callable[..., Metric[State]], ...] = METRICS,
    columns: frozenset[str] | None = None,
) -> list[Metric[State]]:
    """Answer what is asked of a table under a plan; the arguments are those of `take`."""
    present = [c for c in plan if (names or {}).get(c.name, c.name) in schema]
    metrics: list[Metric[State]] = [
        metric(column, schema.type_of((names or {}).get(column.name, column.name)))
        for column in present
        if columns is None or column.name in columns
        for metric in only
        if metric.applies(column)  # type: ignore[attr-defined]
    ]
    if only is METRICS:
        here = {c.name for c in present}
        pairs = [(a, b) for a, b in plan.pairs if a in here and b in here]
        wanted = here if columns is None else columns
        metrics += [Pair(a, b) for a, b in pairs if a in wanted or b in wanted]
        metrics += [MissingTogether.of(Plan(tuple(present))), RowHashes.of(Plan(tuple(present)))]
    return metrics


def take(
    con: duckdb.DuckDBPyConnection,
    plan: Plan,
    schema: Schema,
    *,
    names: Mapping[str, str] | None = None,
    table: str = TABLE,
    only: tuple[Callable[..., Metric[State]], ...] = METRICS,
    columns: frozenset[str] | None = None,
    look: Look | None = None,
    store: tuple[Extract, Path] | None = None,
    share: Callable[[float], None] | None = None,
) -> Profile:
    """Profile a table under a plan.

    Args:
        con: An open connection; only temporary tables are made in it.
        plan: How cells are read; its columns that the table lacks are left out.
        schema: The table's own.
        names: Pilot column -> the table's column, where they differ.
        table: The bare name of the table.
        only: The metrics wanted, of those that apply to a column; all of them by default,
            and only then the pairs and what is missing together.
        columns: Those whose metrics, and pairs with any other, are wanted; None for all.
        look: A first look at the table, if there has been one.
        store: The extract that the table is, and a file of states that have been computed
            before: of what is there, only new rows are read. It is replaced.
        share: Told which share of the questions is answered, in [0, 1].
    """
    metrics = metrics_of(plan, schema, names=names, only=only, columns=columns)
    if store:
        extract, path = store
        states = scan_grown(
            con, plan, extract, metrics, store=path, names=names, look=look, share=share
        )
    else:
        states = scan(con, plan, schema, metrics, table=table, names=names, look=look, share=share)
    (rows,) = con.execute(f"SELECT count(*) FROM {ident(table)}").fetchone() or (0,)
    return Profile(schema, plan, rows, states, dict(names or {}))
