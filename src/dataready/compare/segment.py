"""Groups of rows: what each side counts in them, on the axes of the whole table's counts.

A `Part` is a state: parts of disjoint rows add up, and those of all groups are the whole. So
any set of groups can be judged without reading a row again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from operator import add

import numpy as np

from dataready.compare.counts import Array, ColumnCounts, Counts
from dataready.compare.damage import LEAST_STRENGTH, pair_table

__all__ = ["CELLS", "Group", "Part", "Segmentation", "counts_between", "related", "union"]

CELLS = ("missing", "unparsed", "outside", "unknown", "absurd")
"""What is counted of a column's cells, in the order in which `Part.cells` has it."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """What one side counts in some of its rows.

    `cells` has shape (columns, 5), in the order of `CELLS`; `bins` one array a column: rows per
    bin or category of the whole, and last those that are in none of them; `shapes` has shape
    (columns, 2): rows of an id, and those in a format that the pilot knows; `joint` (pairs, 11,
    11).
    """

    rows: int
    cells: Array
    bins: tuple[Array, ...]
    shapes: Array
    joint: Array

    def __add__(self, other: Part) -> Part:
        """Add the counts of other, disjoint rows."""
        return Part(
            self.rows + other.rows,
            self.cells + other.cells,
            tuple(map(add, self.bins, other.bins)),
            self.shapes + other.shapes,
            self.joint + other.joint,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """The rows of one value, of one bin, or of the rest of a column, and what they are called."""

    label: str
    pilot: Part
    production: Part


@dataclass(frozen=True, slots=True, eq=False)
class Segmentation:
    """All groups of a column, together all rows of both sides; `whole` counts those at once."""

    column: str
    whole: Counts
    groups: tuple[Group, ...]

    @property
    def pilot(self) -> Part:
        """The whole pilot."""
        return union([g.pilot for g in self.groups])

    @property
    def rows(self) -> int:
        """The rows of production."""
        return sum(g.production.rows for g in self.groups)


def union(parts: list[Part]) -> Part:
    """Add up at least one part."""
    return reduce(add, parts)


def related(counts: Counts) -> Counts:
    """Leave out the pairs of columns that do not go together in the pilot.

    The score looks at no others, and there may be thousands of them, a table for every group.
    """
    strength = pair_table(counts.pilot_joint, counts.pilot_joint)[0]
    keep = strength >= LEAST_STRENGTH
    return replace(
        counts,
        pairs=tuple(pair for pair, kept in zip(counts.pairs, keep, strict=True) if kept),
        pilot_joint=counts.pilot_joint[keep],
        production_joint=counts.production_joint[keep],
    )


def counts_between(
    whole: Counts, pilot: Part, production: Part, *, settled: str | None = None
) -> Counts:
    """Answer the counts of a comparison of some pilot rows with some production rows.

    Args:
        whole: The counts of all rows, whose axes the parts have.
        pilot: Some rows of the pilot.
        production: Some rows of production.
        settled: A column whose values were chosen: that they are distributed otherwise than
            the pilot's is no shift.
    """
    columns = tuple(
        _column(c, k, pilot, production, whole.distinct[0], settled=c.plan.name == settled)
        for k, c in enumerate(whole.columns)
    )
    raw = Counts(columns, whole.pairs, pilot.joint, production.joint)
    return raw.scaled(*whole.distinct)


def _column(
    column: ColumnCounts,
    k: int,
    pilot: Part,
    production: Part,
    distinct: float,
    *,
    settled: bool,
) -> ColumnCounts:
    ours = dict(zip(CELLS, pilot.cells[k].tolist(), strict=True))
    known = replace(column, pilot_rows=pilot.rows, pilot_missing=ours["missing"] + ours["unparsed"])
    if column.absent:
        return known
    left, right = pilot.bins[k][:-1], production.bins[k][:-1]
    if settled and left.sum():
        right = np.where(left > 0, left * right[left > 0].sum() / left.sum(), right)
    return replace(
        known,
        rows=production.rows,
        **dict(zip(CELLS, production.cells[k].tolist(), strict=True)),
        pilot_bins=left,
        production_bins=right,
        known=left > 0 if column.values else column.known,
        unseen_values=float(production.bins[k][-1]) if column.values else 0.0,
        # What formats ids have is known from the whole pilot, whose copies are counted out.
        shapes=np.array([*column.shapes[:3] / distinct, *production.shapes[k]])
        if len(column.shapes)
        else column.shapes,
    )
