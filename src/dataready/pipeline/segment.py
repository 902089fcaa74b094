"""Count both sides by the groups of declared columns: about one profile for each column."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa

from dataready.compare.counts import BINS, Array, ColumnCounts, Counts
from dataready.compare.segment import CELLS, Group, Part, Segmentation, related
from dataready.model import TABLE
from dataready.pipeline.label import bin_labels, label
from dataready.profile.bins import binned_table
from dataready.profile.metric import part
from dataready.profile.metrics.completeness import Completeness
from dataready.profile.metrics.validity import Validity
from dataready.profile.profile import ColumnStates, Profile
from dataready.profile.relation import Relation, bin_expression, looks_personal
from dataready.profile.shape import shape
from dataready.readiness.segment import LEAST_GROUP
from dataready.sql import literal

__all__ = ["MOST_GROUPS", "Opened", "segmentations"]

Opened = tuple[duckdb.DuckDBPyConnection, Profile]
"""An open connection to an extract, and the extract's profile."""

MOST_GROUPS = 20
MISSING, OTHERS = "(missing)", "others"
_AXIS = "dataready_axis"
_PER_SELECT = 40


@dataclass(frozen=True, slots=True)
class _Cut:
    """How a column splits rows: an expression that numbers the groups, and what to call them.

    `name` is the number's column beside the bins.
    """

    column: str
    expression: str
    labels: tuple[str, ...]
    name: str


def segmentations(
    pilot: Opened, production: Opened, counts: Counts, columns: Iterable[str]
) -> tuple[Segmentation, ...]:
    """Count both sides by group, for each of the columns that production has.

    Groups are the 20 values of most rows in production and the others together, or the pilot's
    bins of a number or date that has more values there; and what has no value. A value of
    under five rows is one of the others. Of personal values the group's number alone is told.

    Args:
        pilot: The pilot's side.
        production: Production's; both profiles are of one plan.
        counts: The counts of all rows.
        columns: Pilot columns to split by.
    """
    here, there = pilot[1], production[1]
    present = [c for c in dict.fromkeys(columns) if c in there]
    cuts = [_cut(here[c], there[c], f"group_{k}") for k, c in enumerate(present)]
    if not cuts:
        return ()
    whole = related(counts)
    ours, theirs = (_parts(side, here, whole, cuts) for side in (pilot, production))
    return tuple(
        Segmentation(cut.column, whole, tuple(map(Group, cut.labels, left, right)))
        for cut, left, right in zip(cuts, ours, theirs, strict=True)
    )


def _cut(here: ColumnStates, there: ColumnStates, name: str) -> _Cut:
    plan = here.plan
    if plan.base != "text" and here.different > MOST_GROUPS:
        labels = bin_labels(plan)
        expression = f"coalesce({bin_expression(plan)}, {len(labels)})::UTINYINT"
        return _Cut(plan.name, expression, (*_shown(labels, here), MISSING), name)
    cell = part(plan.name, "value")
    values = [v for v, n in there.values.ranked()[:MOST_GROUPS] if n >= LEAST_GROUP]
    whens = [f"WHEN {cell} = {literal(v)} THEN {k}" for k, v in enumerate(values)]
    whens.append(f"WHEN {cell} IS NULL THEN {len(values) + 1}")
    expression = f"(CASE {' '.join(whens)} ELSE {len(values)} END)::UTINYINT"
    labels = tuple(label(v, plan) for v in values)
    return _Cut(plan.name, expression, (*_shown(labels, here), OTHERS, MISSING), name)


def _shown(labels: Sequence[str], column: ColumnStates) -> Iterator[str]:
    """Number what is personal, and quote values that read like our own words."""
    for k, text in enumerate(labels, start=1):
        if column.plan.personal or looks_personal(text):
            yield f"group {k}"
        else:
            yield f"'{text}'" if text in {MISSING, OTHERS} else text


def _parts(side: Opened, pilot: Profile, whole: Counts, cuts: Sequence[_Cut]) -> list[list[Part]]:
    """Count one side, by cut and group."""
    con, profile = side
    relation = Relation(TABLE, profile.plan, profile.schema, profile.names)
    more = {cut.name: (cut.column, cut.expression) for cut in cuts}
    with binned_table(con, relation, more) as bins:
        return [_Reader(con, relation, bins, pilot, whole, cut).parts() for cut in cuts]


@dataclass(frozen=True, slots=True)
class _Reader:
    """Counts one side by the groups of one cut; its arrays have the groups first."""

    con: duckdb.DuckDBPyConnection
    relation: Relation
    bins: str
    pilot: Profile
    whole: Counts
    cut: _Cut

    def parts(self) -> list[Part]:
        """Count everything that a comparison needs."""
        columns = self.whole.columns
        rows, cells = self._cells()
        bins = [self._bins(c) for c in columns]
        shapes = np.stack([self._shapes(c) for c in columns], axis=1)
        joint = self._joint()
        return [
            Part(int(rows[g]), cells[g], tuple(b[g] for b in bins), shapes[g], joint[g])
            for g in range(len(self.cut.labels))
        ]

    def _here(self, column: ColumnCounts) -> bool:
        return any(c.name == column.plan.name for c in self.relation.present)

    def _cells(self) -> tuple[Array, Array]:
        """Rows, and what `CELLS` counts of every column."""
        present = [(k, c) for k, c in enumerate(self.whole.columns) if self._here(c)]
        rows = np.zeros(len(self.cut.labels))
        cells = np.zeros((len(rows), len(self.whole.columns), len(CELLS)))
        for start in range(0, len(present) or 1, _PER_SELECT):
            asked = present[start : start + _PER_SELECT]
            wanted = [e for _, c in asked for e in _aggregates(c)]
            from_ = self.relation.select([self.cut.column, *(c.plan.name for _, c in asked)])
            sql = f"SELECT {', '.join([self.cut.expression, 'count(*)', *wanted])}"
            for g, n, *found in self.con.execute(
                f"{sql}\nFROM (\n{from_}\n)\nGROUP BY 1"
            ).fetchall():
                rows[g] = n
                cells[g, [k for k, _ in asked]] = np.reshape(found, (-1, len(CELLS)))
        return rows, cells

    def _bins(self, column: ColumnCounts) -> Array:
        """Rows per bin or category, and last of what is in none; shape (groups, bins + 1)."""
        if column.values:
            value = part(column.plan.name, "value")
            return self._tally(column.plan.name, value, column.values)
        found = np.zeros((len(self.cut.labels), len(column.pilot_bins) + 1))
        if len(column.pilot_bins) and self._here(column):
            bin_ = part(column.plan.name, "bin")
            self._fill(found, [self.cut.name, bin_], self.bins, f"{bin_} IS NOT NULL")
        return found

    def _shapes(self, column: ColumnCounts) -> Array:
        """Rows of an id, and those in a format that the pilot has; shape (groups, 2)."""
        formats = self.pilot[column.plan.name].formats
        if not len(column.shapes) or formats is None:
            return np.zeros((len(self.cut.labels), 2))
        text = shape(part(column.plan.name, "value"))
        found = self._tally(column.plan.name, text, [str(v) for v in formats.counts])
        return np.stack([found.sum(1), found[:, :-1].sum(1)], axis=1)

    def _joint(self) -> Array:
        """Rows per pair of bins; shape (groups, pairs, 11, 11)."""
        names = [c.plan.name for c in self.whole.columns]
        joint = np.zeros((len(self.cut.labels), len(self.whole.pairs), BINS, BINS))
        for k, pair in enumerate(self.whole.pairs):
            if not all(self._here(self.whole.columns[i]) for i in pair):
                continue
            a, b = (part(names[i], "bin") for i in pair)
            where = f"{a} IS NOT NULL AND {b} IS NOT NULL"
            self._fill(joint[:, k], [self.cut.name, a, b], self.bins, where)
        return joint

    def _tally(self, column: str, expression: str, axis: Sequence[str]) -> Array:
        """Rows per text of an axis, and last of all others; shape (groups, axis + 1)."""
        found = np.zeros((len(self.cut.labels), len(axis) + 1))
        texts = {"text": pa.array(axis, pa.string()), "place": pa.array(range(len(axis)))}
        cells = self.relation.select([self.cut.column, column])
        grouped = f"SELECT {self.cut.expression} AS g, {expression} AS cell FROM (\n{cells}\n)"
        self.con.register(_AXIS, pa.table(texts))
        try:
            from_ = f"({grouped}) LEFT JOIN {_AXIS} ON text = cell"
            keys = ["g", f"coalesce(place, {len(axis)})"]
            self._fill(found, keys, from_, "cell IS NOT NULL")
        finally:
            self.con.unregister(_AXIS)
        return found

    def _fill(self, found: Array, keys: Sequence[str], from_: str, where: str) -> None:
        """Count rows by key into the places of an array that the keys are."""
        named = ", ".join(f"{key} AS k{i}" for i, key in enumerate(keys))
        sql = f"SELECT {named}, count(*) AS n\nFROM {from_}\nWHERE {where}\nGROUP BY ALL"
        got = self.con.execute(sql).fetchnumpy()
        places = tuple(np.asarray(got[f"k{i}"], np.intp) for i in range(len(keys)))
        found[places] = np.asarray(got["n"], float)


def _aggregates(column: ColumnCounts) -> Iterator[str]:
    """Write what `CELLS` counts, in that order."""
    asked = Completeness(column.plan, "").query().expressions
    cells = {kind: aggregate.rows for kind, aggregate in asked.items()}
    yield " + ".join(cells[kind] for kind in ("nulls", "blanks", "disguised"))
    yield cells["unparsed"]
    valid = Validity(column.plan, "").query().expressions if Validity.applies(column.plan) else {}
    yield from (valid[kind].rows if kind in valid else "0" for kind in CELLS[2:])
