"""A profile: the schema and the states of one table, taken under one plan."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar, cast

import duckdb

from dataready.model import ROW_COLUMN, TABLE, Kind, Role, Schema
from dataready.profile.infer import Reading, read_as
from dataready.profile.metric import Metric, part
from dataready.profile.metrics import METRICS, MissingTogether, Pair, RowHashes
from dataready.profile.partners import pairs_to_count
from dataready.profile.plan import ColumnPlan, Plan
from dataready.profile.relation import cells, is_date, is_number, is_text
from dataready.profile.scan import scan
from dataready.profile.state import Counts, Extremes, Moments, Sketch, State, Tails, Tally
from dataready.sql import ident, literal

__all__ = ["ColumnStates", "Profile", "first_plan", "full_plan", "take"]

S = TypeVar("S", bound=State)
LOOK_ROWS = 20_000
MOST_CODES = 50
MOST_EXACT_BINS = 10
MOST_CATEGORIES = 10_000
MOST_ID_CATEGORIES = 200
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
    by_hashes = Sketch(tuple(int(h) for h in sampled), SAMPLED_ROWS).distinct
    steady = abs(by_copies / by_hashes - 1) <= 5 / math.sqrt(SAMPLED_ROWS)
    return by_copies if steady or len(sampled) < SAMPLED_ROWS else float(by_hashes)


def first_plan(
    con: duckdb.DuckDBPyConnection,
    schema: Schema,
    *,
    typed: bool | Collection[str],
    roles: Mapping[str, Role] | None = None,
    personal: frozenset[str] = frozenset(),
    least: float = 0.95,
    table: str = TABLE,
) -> Plan:
    """Say how each column is read, before anything has been counted.

    Args:
        con: An open connection to the extract.
        schema: The extract's.
        typed: Whether the source had types, or the columns that had. Where not, numbers and
            dates are looked for in the text of up to 20,000 rows.
        roles: Declared roles, by column.
        personal: Columns of personal data.
        least: The share of a column's texts that must parse as numbers or dates.
        table: The bare name of the table.
    """
    known = () if typed is False else schema.names if typed is True else typed
    texts = [c.name for c in schema if is_text(c.type) and c.name not in known]
    readings = _look(con, texts, table, least) if texts else {}
    columns = []
    for column in schema:
        reading = readings.get(column.name) or Reading(
            "number" if is_number(column.type) else "date" if is_date(column.type) else "text"
        )
        role = (roles or {}).get(column.name, "time" if reading.base == "date" else "feature")
        columns.append(
            ColumnPlan(
                name=column.name,
                base=reading.base,
                date_format=reading.date_format,
                role=role,
                personal=column.name in personal,
            )
        )
    return Plan(tuple(columns))


def _look(
    con: duckdb.DuckDBPyConnection, columns: list[str], table: str, least: float
) -> dict[str, Reading]:
    (rows,) = con.execute(f"SELECT count(*) FROM {ident(table)}").fetchone() or (0,)
    step = max(1, rows // LOOK_ROWS)
    names = ", ".join(ident(c) for c in columns)
    every = f"WHERE {ident(ROW_COLUMN)} % {step} = 0" if step > 1 else ""
    sample = con.execute(f"SELECT {names} FROM {ident(table)} {every}").to_arrow_table()
    return {
        name: read_as([t for t in sample.column(k).to_pylist() if t is not None], least=least)
        for k, name in enumerate(columns)
    }


def take(
    con: duckdb.DuckDBPyConnection,
    plan: Plan,
    schema: Schema,
    *,
    names: Mapping[str, str] | None = None,
    table: str = TABLE,
    only: tuple[Callable[..., Metric[State]], ...] = METRICS,
    columns: frozenset[str] | None = None,
    progress: Callable[[str], None] | None = None,
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
        progress: Told the name of each step.
    """
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
    states = scan(con, plan, schema, metrics, table=table, names=names, progress=progress)
    (rows,) = con.execute(f"SELECT count(*) FROM {ident(table)}").fetchone() or (0,)
    return Profile(schema, plan, rows, states, dict(names or {}))


def full_plan(con: duckdb.DuckDBPyConnection, look: Profile, *, table: str = TABLE) -> Plan:
    """Learn the bins, ranges and categories of a table from a profile under a bare plan."""
    numbers = [c.plan for c in look if c.plan.base != "text" and c.usable]
    cuts = _quantiles(con, look, numbers, table)
    share = look.distinct_share
    columns = [_full_column(look[c.name], cuts.get(c.name, ()), share) for c in look.plan]
    plan = Plan(tuple(columns))
    return Plan(plan.columns, pairs_to_count(con, plan, look.schema, table=table))


def _full_column(seen: ColumnStates, cuts: tuple[float, ...], share: float) -> ColumnPlan:
    """Complete a column's plan; `share` of the rows are no copies of others."""
    plan, n = seen.plan, seen.usable
    distinct = seen.different
    if n == 0:
        return replace(plan, kind="empty")
    role = plan.role
    if plan.base == "text":
        is_id = not seen.values.exact or distinct > max(MOST_CODES, share * n / 2)
        kind: Kind = "flat" if distinct == 1 else "id" if is_id else "text"
        shapes = seen.formats.ranked() if kind == "id" and seen.formats else []
        ranked = seen.values.ranked() if seen.values.exact else []
        most = MOST_ID_CATEGORIES if kind == "id" else MOST_CATEGORIES
        return replace(
            plan,
            kind=kind,
            role="text" if kind == "id" and role == "feature" else role,
            values=n,
            categories=tuple(str(v) for v, _ in ranked[:most]),
            shapes=tuple(str(v) for v, _ in shapes),
        )
    if seen.range is None or seen.moments is None:
        return plan
    few = seen.values.exact and distinct <= MOST_CODES
    values = sorted(float(str(v)) for v in seen.values.counts) if few else []
    if few and distinct <= MOST_EXACT_BINS:
        cuts = tuple(values[:-1])
    whole = plan.base == "number" and all(v == round(v) for v in values)
    return replace(
        plan,
        kind="flat" if distinct == 1 else plan.base,
        values=n,
        low=seen.range.low,
        high=seen.range.high,
        mean=seen.moments.mean,
        std=seen.moments.std,
        cuts=cuts,
        codes=tuple(values) if few and whole else (),
    )


def _quantiles(
    con: duckdb.DuckDBPyConnection, look: Profile, columns: list[ColumnPlan], table: str
) -> dict[str, tuple[float, ...]]:
    """Inner edges of ten bins of equal mass: distinct deciles without their ends."""
    if not columns:
        return {}
    relation = cells(ident(table), look.plan, look.schema, look.names)
    # As numpy.linspace spells them: 0.3 and 0.30000000000000004 find edges on two sides of a row.
    deciles = "[" + ", ".join(literal(k * 0.1) for k in range(11)) + "]"
    wanted = ", ".join(f"quantile_cont({part(c.name, 'value')}, {deciles})" for c in columns)
    found = con.execute(f"SELECT {wanted} FROM (\n{relation}\n)").fetchone() or ()
    return {
        c.name: tuple(sorted(set(q))[1:-1]) if q else ()
        for c, q in zip(columns, found, strict=True)
    }
