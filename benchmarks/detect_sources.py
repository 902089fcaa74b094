"""Sources that contradict each other: made-up reports of the same things, with their truth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.detect_cells import different, found_cells, looked, scored
from benchmarks.table import Table

__all__ = ["PARTS", "sources"]

SEEDS = range(1, 6)
THINGS, SOURCES = 100, 30
COLUMNS = ("source", "thing", "planned_start", "real_start", "planned_end", "real_end")
_PILOT = 0.1
_OFF = (-20, -9, -5, -3, -2, 2, 3, 4, 7, 10, 15, 30)
"""By how many minutes a source errs."""


def sources(_: Path) -> list[Table]:
    """Each source has its own share of wrong, missing and otherwise written times."""
    rows: list[dict[str, object]] = []
    for seed in SEEDS:
        told, true = _reports(np.random.default_rng(seed))
        chosen = np.random.default_rng(seed).random(len(told)) < _PILOT
        kept, right = (t[~chosen].reset_index(drop=True) for t in (told, true))
        for side, production, truth, pilot in (
            ("clean pilot, 10 % of other rows", kept, right, true[chosen]),
            ("no pilot", told, true, None),
        ):
            wrong = different(production, truth)
            found = found_cells(looked(production, pilot))
            share = len(wrong) / (len(production) * (len(COLUMNS) - 2))
            rows.append({"seed": seed, "side": side, "wrong cells": share, **scored(found, wrong)})
    title = f"{SOURCES} made-up sources on {THINGS} things: wrong cells of four times"
    return [Table("sources", title, pd.DataFrame(rows).sort_values(["side", "seed"]))]


def _reports(r: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What sources tell of things, and what is true, row by row."""
    errs, gaps = r.beta(1.2, 3, SOURCES), r.beta(0.6, 4, SOURCES)
    dated = r.random(SOURCES) < 0.12
    starts, takes = r.integers(300, 1300, THINGS), r.integers(60, 300, THINGS)
    late = r.normal(5, 13, (2, THINGS)).astype(int)
    times = np.stack([starts, starts + late[0], starts + takes, starts + takes + late[1]], axis=1)
    told, true = [], []
    for s in range(SOURCES):
        for k in np.flatnonzero(r.random(THINGS) < 0.7):
            about = [f"src{s:02d}.example", f"T{k * 37 % 997:03d}"]
            right = [_clock(int(m)) for m in times[k]]
            # What really happened is told wrong, or not at all, more often than plans.
            care = np.array([0.25, 1.0, 0.25, 1.0])
            chance = r.random(4)
            cells = []
            for c in range(4):
                if chance[c] < gaps[s] * care[c]:
                    cells.append("")
                elif chance[c] < (gaps[s] + errs[s]) * care[c]:
                    cells.append(_clock(int(times[k][c] + r.choice(_OFF))))
                else:
                    cells.append(f"12/02/2011 {right[c]}" if dated[s] else right[c])
            told.append([*about, *cells])
            true.append([*about, *right])
    return pd.DataFrame(told, columns=COLUMNS), pd.DataFrame(true, columns=COLUMNS)


def _clock(minute: int) -> str:
    hour, minutes = divmod(minute % 1440, 60)
    return f"{(hour - 1) % 12 + 1}:{minutes:02d} {'a.m.' if hour < 12 else 'p.m.'}"


PARTS = {"sources": sources}
