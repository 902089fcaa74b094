"""A fault is a value: which table, where, how large a share of the rows, and the change.

`replace(FAULTS["missing_distance"], share=0.5, quarters=())` makes it another size and
place; `plant` draws its rows from a stream of its own, so that faults can be left out,
added and seeded again without moving each other.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from .damage import Change
from .population import stream

__all__ = ["KINDS", "MARK", "Fault", "Kind"]

MARK = "fault:"
"""A planted frame has one boolean column a fault, so named: the rows it hit."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a kind of fault should be found as: a dimension, and words to expect there."""

    dimension: str
    words: tuple[str, ...]


KINDS = {
    "missing": Kind("completeness", ("missing", "null")),
    "sentinel": Kind("completeness", ("sentinel", "disguised")),
    "placeholder word": Kind("completeness", ("placeholder", "disguised")),
    "placeholder email": Kind("completeness", ("placeholder", "repeated")),
    "test entry": Kind("validity", ("test", "placeholder")),
    "retype": Kind("schema", ("retyped", "type", "unit text")),
    "drop": Kind("schema", ("absent", "dropped")),
    "rename": Kind("schema", ("renamed",)),
    "date format": Kind("validity", ("format", "date")),
    "unit change": Kind("consistency", ("unit", "factor")),
    "variants": Kind("consistency", ("variant", "spelling")),
    "swap": Kind("consistency", ("swap", "unseen")),
    "new category": Kind("validity", ("new", "unseen", "category")),
    "duplicate": Kind("uniqueness", ("duplicate", "key")),
    "missing period": Kind("volume", ("gap", "missing period")),
    "orphan": Kind("integrity", ("orphan", "reference")),
    "future date": Kind("timeliness", ("future",)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong with one table.

    Attributes:
        id: Its name, in `FAULTS` and in FAULTS.toml.
        kind: One of `KINDS`.
        table: orders, customers or shipments.
        columns: Those that it changes, as the pilot names them.
        share: Share in [0, 1] of the eligible rows that it hits, in its quarters.
        change: What it does to the rows that it hits.
        sentence: What happened, for people.
        quarters: Where it strikes; empty: everywhere. Customers have no quarters.
        eligible: Which rows it can hit; null counts as no.
        follows: The fault without which this one does not exist.
    """

    id: str
    kind: str
    table: str
    columns: tuple[str, ...]
    share: float
    change: Change
    sentence: str
    quarters: tuple[str, ...] = ()
    eligible: pl.Expr | None = None
    follows: str = ""

    @property
    def mark(self) -> str:
        """The name of the boolean column that says which rows were hit."""
        return MARK + self.id

    def plant(self, frame: pl.DataFrame, *, seed: int, quarter: str = "") -> pl.DataFrame:
        """Answer the rows of a quarter with this fault in them, and its mark beside them.

        Args:
            frame: Clean rows, or rows that other faults have been planted in.
            seed: With the quarter and the fault's name, decides which rows are hit.
            quarter: The quarter of these rows; "" where a table has none.
        """
        if self.quarters and quarter not in self.quarters:
            return frame
        rng = stream(seed, self.id, quarter)
        drawn = pl.Series(rng.random(frame.height) < self.share)
        able = pl.lit(value=True) if self.eligible is None else self.eligible
        marked = frame.with_columns((drawn & able).fill_null(value=False).alias(self.mark))
        return self.change(marked, pl.col(self.mark), rng)
