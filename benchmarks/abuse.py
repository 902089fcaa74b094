"""A small table whose columns go together, and the ways to spoil cells of it.

The property tests and the crash test of scores start from the same ones.
"""

from __future__ import annotations

import numpy as np
import polars as pl

__all__ = ["KINDS", "WEIGHTS", "spoil", "table"]

WEIGHTS = {"a": 0.4, "b": 0.2, "c": 0.25, "k": 0.1, "u": 0.15}
"""What the columns of `table` may be declared to be worth."""

KINDS = {
    "missing": ("a", "b", "c", "u"),
    "blank": ("c",),
    "disguised": ("a", "c"),
    "a number for missing": ("b", "u"),
    "unreadable": ("a", "b"),
    "out of range": ("a", "u"),
    "never seen": ("c",),
    "shuffled": ("a", "c"),
}
"""Kind of bad cell -> the columns of `table` in which it can be met."""


def table(rows: int, seed: int, *, shift: float = 0.0) -> pl.DataFrame:
    """Draw a key, five features and an outcome.

    b, c and the outcome follow a; k and u go with nothing.

    Args:
        rows: How many.
        seed: The same seed gives the same rows.
        shift: How far the population has moved along a, in standard deviations.
    """
    rng = np.random.default_rng(seed)
    a = rng.normal(size=rows) + shift
    b = a + 0.7 * rng.normal(size=rows)
    c = np.where(a + rng.normal(size=rows) > 0.5, "high", np.where(b > 0, "middle", "low"))
    outcome = a + b + (c == "high") + 0.5 * rng.normal(size=rows) > 0.5
    return pl.DataFrame(
        {
            "id": np.arange(rows) + seed * 1_000_000,
            "a": np.round(a, 3),
            "b": np.round(b, 3),
            "c": c,
            "k": rng.integers(0, 4, rows),
            "u": np.round(50 * rng.exponential(size=rows), 1),
            "y": np.where(outcome, "yes", "no"),
        }
    )


def spoil(
    frame: pl.DataFrame, kind: str, column: str, share: float, *, seed: int = 0
) -> pl.DataFrame:
    """Spoil a share of a column's cells; those of a smaller share are among them.

    Args:
        frame: As `table` draws it.
        kind: One of `KINDS`.
        column: The column hit; it becomes text.
        share: Of the rows, in [0, 1].
        seed: Chooses the rows.
    """
    rng = np.random.default_rng(seed)
    hit = rng.permutation(frame.height)[: int(share * frame.height)]
    cells = np.array([str(v) for v in frame[column]], object)
    if kind == "shuffled":
        cells[hit] = cells[np.roll(hit, 1)]
    else:
        cells[hit] = _bad(kind, len(hit), rng)
    return frame.with_columns(pl.Series(column, cells.tolist(), pl.String))


def _bad(kind: str, size: int, rng: np.random.Generator) -> np.ndarray:
    if kind == "out of range":
        return np.array([f"{v:.3f}" for v in 1_000 + 500 * rng.random(size)], object)
    cell = {
        "missing": None,
        "blank": " ",
        "disguised": "N/A",
        "a number for missing": "-999",
        "unreadable": "12 kg?",
        "never seen": "brand new",
    }[kind]
    return np.full(size, cell, object)
