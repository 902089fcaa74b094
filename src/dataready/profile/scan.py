"""As few passes over an extract as its metrics allow.

`plan_scan` is pure: it writes the SQL that tests read and reports quote. `scan` runs it.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace

import duckdb

from dataready.model import TABLE, Schema
from dataready.profile.bins import bin_codes, binned_table
from dataready.profile.groups import group_sql, grouped, smallest
from dataready.profile.joint import coded_counts, joint_counts
from dataready.profile.look import Look, looked
from dataready.profile.metric import Aggregates, Groups, Joint, Metric
from dataready.profile.plan import Plan
from dataready.profile.relation import Relation
from dataready.profile.state import State, Tally
from dataready.sql import select

__all__ = ["ScanPlan", "plan_scan", "scan"]

_PER_SELECT = 40
MOST_COLUMNS = 60
"""Beyond so many columns, bins are read some columns at a time, and counted in memory."""
LEAST_JOINED = 100_000
"""Below so many rows, sorting all cells into bins is faster than joining those of a tally."""
Key = tuple[str, str]
"""What was asked: of which cells (a SELECT), and which figure (an expression)."""


@dataclass(frozen=True, slots=True)
class ScanPlan:
    """The SQL of one scan: SELECTs of many aggregates each, and one query per grouping.

    `keys` say what the aggregates are, by the names that they have in the SELECTs.
    """

    selects: tuple[str, ...]
    groups: Mapping[str, str]
    keys: Mapping[str, Key] = field(default_factory=dict)


@dataclass(slots=True)
class _Select:
    """Aggregates that share a SELECT: what they read, and the expressions by name."""

    columns: dict[str, None] = field(default_factory=dict)
    windows: dict[str, str] = field(default_factory=dict)
    expressions: dict[str, str] = field(default_factory=dict)

    def sql(self, cells: str) -> str:
        """Write it; what is said of a whole tally is a column of its own."""
        if self.windows:
            windows = (f"{over} AS {name}" for name, over in self.windows.items())
            cells = f"SELECT *,\n  {', '.join(windows)}\nFROM (\n{cells}\n)"
        return select(self.expressions, from_=f"(\n{cells}\n)")


def plan_scan(
    relation: Relation,
    metrics: Iterable[Metric[State]],
    *,
    tallies: Mapping[str, str] | None = None,
    known: Container[object] = (),
) -> ScanPlan:
    """Write all the SQL that answers the metrics over a relation.

    A SELECT reads up to 40 columns: wider ones take longer to plan than to run. A column that
    has a tally is read from there, in a SELECT of its own.

    Args:
        relation: What is read.
        metrics: What is asked.
        tallies: Column of the table -> the table of its cells and their numbers of rows.
        known: What has been answered before.
    """
    wide: list[_Select] = []
    narrow: dict[str, _Select] = {}
    keys: dict[str, Key] = {}
    groups: dict[str, str] = {}
    for metric in metrics:
        tally = _tally_of(relation, metric, tallies or {})
        cells = _cells(relation, metric, tally)
        query = metric.query()
        if isinstance(query, Groups):
            groups[metric.id] = group_sql(f"(\n{cells}\n)", query, tallied=tally is not None)
        if not isinstance(query, Aggregates):
            continue
        asked = {
            f"{metric.id}.{name}": (cells, a.tallied if tally else a.rows)
            for name, a in query.expressions.items()
        }
        keys |= asked
        wanted = {name: key[1] for name, key in asked.items() if key not in known}
        if not wanted:
            continue
        if tally:
            into = narrow.setdefault(metric.columns[0], _Select())
            into.windows |= dict(a.window for a in query.expressions.values() if a.window)
        else:
            into = _room(wide, metric.columns)
        into.columns |= dict.fromkeys(metric.columns)
        into.expressions |= wanted
    selects = [s.sql(relation.select(s.columns)) for s in wide]
    selects += [
        s.sql(relation.select_tally(column, (tallies or {})[_own(relation, column)]))
        for column, s in narrow.items()
    ]
    return ScanPlan(tuple(selects), groups, keys)


def _room(selects: list[_Select], columns: Sequence[str]) -> _Select:
    """Answer the last SELECT, or a new one where these columns would be too many for it."""
    if selects:
        together = selects[-1].columns | dict.fromkeys(columns)
        if len(together) <= max(_PER_SELECT, len(columns)):
            return selects[-1]
    selects.append(_Select())
    return selects[-1]


def _own(relation: Relation, column: str) -> str:
    return relation.names.get(column, column)


def _tally_of(relation: Relation, metric: Metric[State], tallies: Mapping[str, str]) -> str | None:
    """Answer the tally that a metric of one column can be read from, if there is one."""
    alone = len(metric.columns) == 1 and not isinstance(metric.query(), Joint)
    return tallies.get(_own(relation, metric.columns[0])) if alone else None


def _cells(relation: Relation, metric: Metric[State], tally: str | None) -> str:
    if tally:
        return relation.select_tally(metric.columns[0], tally)
    return relation.select(metric.columns)


def scan(
    con: duckdb.DuckDBPyConnection,
    plan: Plan,
    schema: Schema,
    metrics: Sequence[Metric[State]],
    *,
    table: str = TABLE,
    names: Mapping[str, str] | None = None,
    look: Look | None = None,
    share: Callable[[float], None] | None = None,
) -> dict[str, State]:
    """Compute the state of every metric.

    Args:
        con: An open connection; only temporary tables are made in it.
        plan: How cells are read.
        schema: The table's own; columns of the plan that it lacks must have no metric.
        metrics: Each is computed once.
        table: The bare name of the table.
        names: Pilot column -> the table's column, where they differ.
        look: A first look at the table, if there has been one.
        share: Told which share of the questions is answered, in [0, 1].

    Returns:
        Metric id -> state, in the order of the metrics. A table of no rows gives empty states.
    """
    relation = Relation(table, plan, schema, names or {})
    asked = {_own(relation, c) for m in metrics for c in m.columns}
    opened = nullcontext(look) if look else looked(con, schema, table=table, columns=sorted(asked))
    with opened as seen:
        reader = _Reader(con, relation, seen, _Meter(len(metrics), share))
        states = reader.states([m for m in metrics if not m.waits])
        left = []
        for metric in metrics:
            if metric.waits:
                implied = metric.implied(states)
                if implied is None:
                    left.append(metric.narrowed(states))
                else:
                    states[metric.id] = implied
                    reader.meter.tick()
        states |= replace(reader, relation=relation.knowing(states)).states(left)
    return {m.id: states[m.id] for m in metrics}


@dataclass(slots=True)
class _Meter:
    """Tells which share of so many questions is answered."""

    questions: int
    share: Callable[[float], None] | None
    answered: int = 0

    def tick(self) -> None:
        """One more is."""
        self.answered += 1
        if self.share:
            self.share(self.answered / self.questions)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Asks a table, and never twice the same."""

    con: duckdb.DuckDBPyConnection
    relation: Relation
    look: Look
    meter: _Meter

    def states(self, metrics: Sequence[Metric[State]]) -> dict[str, State]:
        """Build each metric's state from the aggregates' answers, or from its own grouping."""
        answers, tallies = self.look.answers, self.look.facts.tallies
        planned = plan_scan(self.relation, metrics, tallies=tallies, known=answers)
        for sql in planned.selects:
            result = self.con.execute(sql)
            names = [d[0] for d in result.description]
            row = result.fetchone() or ()
            answers |= {planned.keys[n]: v for n, v in zip(names, row, strict=True)}
        states: dict[str, State] = {}
        for metric in metrics:
            if isinstance(query := metric.query(), Aggregates):
                found = {n: answers[planned.keys[f"{metric.id}.{n}"]] for n in query.expressions}
                states[metric.id] = metric.state(found)
                self.meter.tick()
        rest = replace(self, relation=self.relation.knowing(states))
        joint = rest.joint(metrics)
        for metric in metrics:
            match metric.query():
                case Groups() as query:
                    states[metric.id] = metric.state(rest.tally(metric, query))
                    self.meter.tick()
                case Joint(columns):
                    states[metric.id] = metric.state(joint[columns])
                    self.meter.tick()
        return states

    def joint(self, metrics: Sequence[Metric[State]]) -> Mapping[tuple[str, ...], Tally]:
        """Count what is asked of bins, all of it together."""
        wanted = [q.columns for m in metrics if isinstance(q := m.query(), Joint)]
        if not wanted:
            return {}
        names = list(dict.fromkeys(name for columns in wanted for name in columns))
        wide = len(names) > MOST_COLUMNS
        tallies = self.look.facts.tallies if self.look.facts.rows > LEAST_JOINED else {}
        found = dict.fromkeys(wanted, Tally())
        for rows in self.look.facts.parts:
            if wide:
                codes = bin_codes(self.con, self.relation, names, rows)
                counts = coded_counts(codes, names, wanted)
                found = {columns: found[columns] + counts[columns] for columns in found}
                continue
            with binned_table(self.con, self.relation, tallies=tallies, where=rows) as bins:
                counts = joint_counts(self.con, bins, wanted)
            found = {columns: found[columns] + counts[columns] for columns in found}
        return found

    def tally(self, metric: Metric[State], query: Groups) -> Tally:
        """Count a metric's groups."""
        tally = _tally_of(self.relation, metric, self.look.facts.tallies)
        from_ = f"(\n{_cells(self.relation, metric, tally)}\n)"
        asked = (from_, replace(query, known=(), drop=None))
        key = (asked, query.known)
        answers = self.look.answers
        if asked in answers:
            # All values are counted: which of them are known is only a matter of order.
            counts = answers[asked].counts
            return Tally.of(counts.items(), known=query.known, cap=query.cap)
        if key not in answers:
            own = _own(self.relation, metric.columns[0]) if len(metric.columns) == 1 else ""
            if tally:
                found = grouped(self.con, from_, query, tallied=True)
            elif query.smallest is not None:
                found = smallest(self.con, from_, query, self.look.facts.different.get(own, 0.0))
            else:
                found = grouped(self.con, from_, query, some=self.look.facts.some)
            answers[asked if found.exact else key] = found
        answer: Tally = answers[asked] if asked in answers else answers[key]
        return answer
