"""Does the sampling interval hold? The same production, drawn again and again.

A table is cut into disjoint pairs of a small pilot and a small production, and the same things
happen to every production. The score of each pair has an interval; it should hold, in nine cases
of ten, the mean score of the other pairs. Nothing is shared by two pairs but the source, so that
pilot, production and probes all vary as they would.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from benchmarks.ours import judge
from benchmarks.reading import learn, read
from benchmarks.task import Split, Task
from benchmarks.variant import Variant, variants

__all__ = ["NAMES", "covered", "repeated"]

ROWS = 1_000
PAIRS = 6
KINDS = ("missing", "noise", "factor", "shuffled", "clipped", "recent", "other_mix")
NAMES = frozenset({"clean 0"} | {f"{kind} middle" for kind in KINDS})
"""Variants that are the same thing whatever rows it happens to."""


def repeated(task: Task, worth: Mapping[str, float]) -> pd.DataFrame:
    """Score the same variants on every pair; no row where a table is too small for six pairs.

    Args:
        task: The table.
        worth: What each feature is worth to a model: decides which columns are hit.

    Returns:
        A row per pair and variant: task, pair, name, S, low, high.
    """
    order = np.random.default_rng(30).permutation(len(task.frame))
    if len(order) < 2 * ROWS * PAIRS:
        return pd.DataFrame()
    out = []
    for k in range(PAIRS):
        rows = task.frame.iloc[order[2 * ROWS * k : 2 * ROWS * (k + 1)]].reset_index(drop=True)
        pilot, pool = rows.iloc[:ROWS], rows.iloc[ROWS:].reset_index(drop=True)
        split = Split(task.name, "random", task.target, task.classes, pilot, pool, {})

        def productions(split: Split = split) -> Iterator[Variant]:
            return (v for v in variants(split, worth) if v.name in NAMES)

        # Chance goes by the task's name, what is kept by the pair's.
        own = replace(split, task=f"{task.name}-pair{k}")
        said = judge(own, read(own, productions), learn(own))
        out.append(said[["name", "S", "low", "high"]].assign(task=task.name, pair=k))
    return pd.concat(out, ignore_index=True)


def covered(pairs: pd.DataFrame) -> pd.Series:
    """Whether each interval holds the mean score of the other pairs of its task and variant."""
    groups = pairs.groupby(["task", "name"])["S"]
    size = groups.transform("count")
    others = (groups.transform("sum") - pairs["S"]) / (size - 1)
    return (others >= pairs["low"]) & (others <= pairs["high"])
