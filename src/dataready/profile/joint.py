"""Joint counts of bins: many pairs of columns in few passes.

The bins of up to four columns make one number, and rows are counted by it; the counts of each
pair among them, and of each column alone, are its margins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import duckdb
import numpy as np
from numpy.typing import NDArray

from dataready.profile.bins import NONE
from dataready.profile.metric import part
from dataready.profile.state import Tally

__all__ = ["Columns", "block_sql", "blocks", "joint_counts"]

Columns = tuple[str, ...]
BASE = NONE + 1
MOST_TOGETHER = 4


def joint_counts(
    con: duckdb.DuckDBPyConnection,
    bins: str,
    wanted: Sequence[Columns],
    done: Callable[[], None] = lambda: None,
) -> dict[Columns, Tally]:
    """Count the rows of a table of bins by one or two columns' bins, where each has one.

    Args:
        con: The connection that has the table.
        bins: The table of bins, quoted (`dataready.profile.scan.binned_table`).
        wanted: Columns of one or two names each.
        done: Told of each pass that is over.
    """
    left = dict.fromkeys(wanted)
    found: dict[Columns, Tally] = {}
    for block in blocks(wanted):
        counts = _counts(con, bins, block)
        done()
        for some in [w for w in left if set(w) <= set(block)]:
            found[some] = _tally(counts, [block.index(name) for name in some])
            del left[some]
    return found


def coded_counts(
    codes: NDArray[np.uint8], names: Sequence[str], wanted: Sequence[Columns]
) -> dict[Columns, Tally]:
    """Count the same from bins in memory; shape (rows, columns) of `dataready.profile.bins`."""
    place = {name: k for k, name in enumerate(names)}
    found = {}
    for some in wanted:
        keys = np.zeros(len(codes), np.intp)
        for name in some:
            keys = keys * BASE + codes[:, place[name]]
        counts = np.bincount(keys, minlength=BASE ** len(some)).reshape((BASE,) * len(some))
        found[some] = _tally(counts, list(range(len(some))))
    return found


def blocks(wanted: Iterable[Columns]) -> list[Columns]:
    """Choose sets of up to four columns such that all that is wanted lies within one.

    Greedily: the first pair that is left, and then the columns that complete most others.
    """
    order = list(dict.fromkeys(wanted))
    partners: dict[str, set[str]] = {name: set() for some in order for name in some}
    for some in order:
        for name in some:
            partners[name] |= set(some) - {name}
    chosen: list[Columns] = []
    done: set[str] = set()
    for some in order:
        if len(some) > 1 and some[1] not in partners[some[0]]:
            continue
        if len(some) == 1 and some[0] in done:
            continue
        block = list(some)
        while len(block) < MOST_TOGETHER:
            near = {name for b in block for name in partners[b]} - set(block)
            gains = {name: len(partners[name] & set(block)) for name in near}
            if not gains:
                break
            block.append(max(sorted(near), key=lambda name: gains[name]))
        done |= set(block)
        for name in block:
            partners[name] -= set(block)
        chosen.append(tuple(block))
    return chosen


def block_sql(bins: str, block: Columns) -> str:
    """Write the SELECT that counts rows by the number that a block's bins make."""
    digits = (
        f"coalesce({part(name, 'bin')}, {NONE})::USMALLINT * {BASE**k}::USMALLINT"
        for k, name in enumerate(block)
    )
    return f"SELECT {' + '.join(digits)} AS k, count(*) AS n\nFROM {bins}\nGROUP BY k"


def _counts(con: duckdb.DuckDBPyConnection, bins: str, block: Columns) -> NDArray[np.int64]:
    """Rows by the bins of a block's columns; shape (12,) * columns."""
    found = con.execute(block_sql(bins, block)).fetchnumpy()
    counts = np.zeros(BASE ** len(block), np.int64)
    counts[np.asarray(found["k"], np.intp)] = found["n"]
    # The first column is the last digit, which is the last axis.
    return counts.reshape((BASE,) * len(block)).transpose()


def _tally(counts: NDArray[np.int64], places: list[int]) -> Tally:
    """The margin of some of the axes, without those that have no bin."""
    others = tuple(k for k in range(counts.ndim) if k not in places)
    margin = counts.sum(axis=others)
    if len(places) > 1 and places[0] > places[1]:
        margin = margin.transpose()
    margin = margin[(slice(NONE),) * margin.ndim]
    rows = (
        (int(at[0]) if len(at) == 1 else tuple(map(int, at)), int(margin[tuple(at)]))
        for at in np.argwhere(margin)
    )
    return Tally.of(rows)
