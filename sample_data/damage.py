"""Changes: the ways in which a value, a row or a header goes wrong.

A change answers the rows as production would hold them, given which of them are hit; the
rows not hit keep their values. None of them knows where or how often it strikes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import polars as pl

__all__ = [
    "Change",
    "as_text",
    "blank",
    "both",
    "drop",
    "keep",
    "lose",
    "overwrite",
    "overwrite_one_of",
    "rename",
    "repeat",
    "respell",
    "swap",
]

Change = Callable[[pl.DataFrame, pl.Expr, np.random.Generator], pl.DataFrame]
"""Rows, which of them are hit, and a stream -> rows as production would hold them."""


def blank(column: str) -> Change:
    """Lose the value."""
    return overwrite(column, pl.lit(None))


def overwrite(column: str, value: pl.Expr) -> Change:
    """Put another value in its place."""
    return lambda rows, hit, _: rows.with_columns(_switch(column, hit, value))


def overwrite_one_of(column: str, values: tuple[object, ...]) -> Change:
    """Put one of these values in its place, each as often as the others."""

    def change(rows: pl.DataFrame, hit: pl.Expr, rng: np.random.Generator) -> pl.DataFrame:
        drawn = pl.Series(values).gather(rng.integers(0, len(values), rows.height))
        return rows.with_columns(_switch(column, hit, pl.lit(drawn)))

    return change


def respell(column: str, spellings: Mapping[str, tuple[str, ...]]) -> Change:
    """Write a known value in one of its other spellings."""

    def change(rows: pl.DataFrame, hit: pl.Expr, rng: np.random.Generator) -> pl.DataFrame:
        ways = len(next(iter(spellings.values())))
        way = pl.lit(pl.Series(rng.integers(0, ways, rows.height)))
        for i in range(ways):
            other = pl.col(column).replace({k: v[i] for k, v in spellings.items()})
            rows = rows.with_columns(_switch(column, hit & (way == i), other))
        return rows

    return change


def as_text(column: str, text: pl.Expr, plain: pl.Expr) -> Change:
    """Write the value as this text; the rows not hit become plain text."""
    return lambda rows, hit, _: rows.with_columns(
        pl.when(hit).then(text).otherwise(plain).alias(column)
    )


def swap(one: str, other: str) -> Change:
    """Exchange two fields of a row."""
    return lambda rows, hit, _: rows.with_columns(
        _switch(one, hit, pl.col(other)), _switch(other, hit, pl.col(one))
    )


def both(first: Change, second: Change) -> Change:
    """Change the same rows twice."""
    return lambda rows, hit, rng: second(first(rows, hit, rng), hit, rng)


def repeat(rows: pl.DataFrame, hit: pl.Expr, _: np.random.Generator) -> pl.DataFrame:
    """Import the rows again, after the others; only the copies stay marked."""
    return rows.with_columns(pl.lit(value=False).alias(hit.meta.output_name())).vstack(
        rows.filter(hit)
    )


def lose(rows: pl.DataFrame, hit: pl.Expr, _: np.random.Generator) -> pl.DataFrame:
    """Lose the rows."""
    return rows.filter(~hit)


def keep(rows: pl.DataFrame, _hit: pl.Expr, _: np.random.Generator) -> pl.DataFrame:
    """Change nothing here: the rows are wrong by what was done to another table."""
    return rows


def rename(column: str, name: str) -> Change:
    """Give the column another header."""
    return lambda rows, _hit, _: rows.rename({column: name})


def drop(column: str) -> Change:
    """Leave the column out."""
    return lambda rows, _hit, _: rows.drop(column)


def _switch(column: str, hit: pl.Expr, value: pl.Expr) -> pl.Expr:
    return pl.when(hit).then(value).otherwise(pl.col(column)).alias(column)
