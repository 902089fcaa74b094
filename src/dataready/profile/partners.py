"""Which pairs of columns to count: all of them, or the strongest where columns are many.

A table of a thousand columns has half a million pairs. Beyond 60 columns each keeps its ten
strongest partners, judged on up to 2,000 pilot rows chosen evenly: the score takes six.
"""

from __future__ import annotations

from itertools import combinations

import duckdb
import numpy as np
from numpy.typing import NDArray

from dataready.model import TABLE, Schema
from dataready.profile.bins import bin_codes
from dataready.profile.plan import Plan
from dataready.profile.relation import Relation, one_in
from dataready.sql import ident

__all__ = ["pairs_to_count"]

MOST_COLUMNS = 60
PARTNERS = 10
LOOK_ROWS = 2000
BINS = 11
BLOCK = 50


def pairs_to_count(
    con: duckdb.DuckDBPyConnection, plan: Plan, schema: Schema, *, table: str = TABLE
) -> tuple[tuple[str, str], ...]:
    """Choose the pairs of binned features, each in the plan's order.

    Args:
        con: An open connection to the pilot's extract.
        plan: The full plan, without pairs.
        schema: The pilot's.
        table: The bare name of the table.
    """
    names = [c.name for c in plan if c.binned and c.role == "feature"]
    if len(names) <= MOST_COLUMNS:
        return tuple(combinations(names, 2))
    (rows,) = con.execute(f"SELECT count(*) FROM {ident(table)}").fetchone() or (0,)
    some = one_in(max(1, rows // LOOK_ROWS))
    codes = bin_codes(con, Relation(table, plan, schema), names, some)
    strengths = _strengths(codes)
    chosen = set()
    for i, row in enumerate(strengths):
        for j in np.argsort(-row, kind="stable")[:PARTNERS]:
            if row[j] > 0:
                chosen.add((min(i, int(j)), max(i, int(j))))
    return tuple((names[i], names[j]) for i, j in sorted(chosen))


def _strengths(codes: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Total variation of each pair's joint shares from independence, less its noise.

    Args:
        codes: Bins, shape (rows, columns); 11 where there is none.

    Returns:
        Shape (columns, columns), 0 on the diagonal, not below 0.
    """
    rows, columns = codes.shape
    hot = np.zeros((rows, columns, BINS), np.float32)
    r, c = np.nonzero(codes < BINS)
    hot[r, c, codes[r, c]] = 1
    flat = hot.reshape(rows, columns * BINS)
    out = np.zeros((columns, columns))
    for start in range(0, columns, BLOCK):
        block = hot[:, start : start + BLOCK].reshape(rows, -1)
        joint = (block.T @ flat).reshape(-1, BINS, columns, BINS).transpose(0, 2, 1, 3)
        out[start : start + BLOCK] = _strength(joint.astype(float))
    np.fill_diagonal(out, 0)
    return out


def _strength(joint: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of tables of shape (..., bins, bins); as `compare.damage.pair_table` has it."""
    n = np.maximum(joint.sum((-2, -1), keepdims=True), 1)
    p = joint / n
    free = p.sum(-1, keepdims=True) * p.sum(-2, keepdims=True)
    distance = np.abs(p - free).sum((-2, -1)) / 2
    expected = np.sqrt(p * (1 - p) / n).sum((-2, -1)) * np.sqrt(2 / np.pi) / 2
    strength: NDArray[np.float64] = np.maximum(0, distance - expected)
    return strength
