"""What goes wrong with rows: kinds of corruption, each a function of columns, share and chance.

None reads the outcome of a row, and none changes the order of rows.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

__all__ = ["DAMAGE", "ROW", "Change", "Rng", "cells_hit", "numeric"]

Rng = np.random.Generator
Change = Callable[[pd.DataFrame, list[str], float, Rng], pd.DataFrame]

ROW = "_row"
"""The column that tells rows apart while they are changed; no kind touches it."""


def cells_hit(t: pd.DataFrame, share: float, rng: Rng) -> np.ndarray:
    """Choose rows with the probability `share`, shape (rows,)."""
    return rng.random(len(t)) < share


def _some(share: float, change: Callable[[pd.Series, Rng], pd.Series]) -> Change:
    """Make a change of the cells that are hit, in every column."""

    def apply(t: pd.DataFrame, columns: list[str], severity: float, rng: Rng) -> pd.DataFrame:
        out = t.copy()
        for c in columns:
            rows = cells_hit(t, severity * share, rng)
            new = change(t[c], rng)
            out[c] = t[c].astype(object).where(~rows, new).infer_objects()
        return out

    return apply


def numeric(t: pd.DataFrame, columns: list[str]) -> list[str]:
    """The columns of numbers."""
    return [c for c in columns if pd.api.types.is_numeric_dtype(t[c])]


def missing(t: pd.DataFrame, columns: list[str], severity: float, rng: Rng) -> pd.DataFrame:
    """Cells go missing at random."""
    return _some(1, lambda s, _: pd.Series(np.nan, s.index))(t, columns, severity, rng)


def missing_not_at_random(
    t: pd.DataFrame, columns: list[str], severity: float, rng: Rng
) -> pd.DataFrame:
    """The largest values (or most frequent categories) go missing first."""
    out = t.copy()
    for c in columns:
        rank = (
            t[c].rank(pct=True)
            if c in numeric(t, [c])
            else t[c].map(t[c].value_counts()).rank(pct=True)
        )
        gone = (rank.fillna(0) + rng.normal(0, 0.1, len(t))).rank(pct=True) > 1 - severity
        out[c] = t[c].where(~gone)
    return out


def missing_together(
    t: pd.DataFrame, columns: list[str], severity: float, rng: Rng
) -> pd.DataFrame:
    """A join fails: columns go missing in the same rows."""
    rows, out = cells_hit(t, severity, rng), t.copy()
    out.loc[rows, columns] = np.nan
    return out


def sentinel(t: pd.DataFrame, columns: list[str], severity: float, rng: Rng) -> pd.DataFrame:
    """A number or a word stands for "missing"."""

    def put(s: pd.Series, _: Rng) -> pd.Series:
        return pd.Series(-999.0 if pd.api.types.is_numeric_dtype(s) else "unknown", s.index)

    return _some(1, put)(t, columns, severity, rng)


def factor(t: pd.DataFrame, columns: list[str], severity: float, rng: Rng) -> pd.DataFrame:
    """Another unit in part of the rows."""
    by = float(rng.choice([2.2046, 0.3048, 1000.0, 0.01, 1.609]))
    return _some(1, lambda s, _: s * by)(t, numeric(t, columns), severity, rng)


def offset(t: pd.DataFrame, columns: list[str], severity: float, rng: Rng) -> pd.DataFrame:
    """A sensor is off by a constant, in every row."""
    out = t.copy()
    for c in numeric(t, columns):
        out[c] = t[c] + 2 * severity * t[c].std() * rng.choice([-1, 1])
    return out


def noise(t: pd.DataFrame, columns: list[str], severity: float, rng: Rng) -> pd.DataFrame:
    """A sensor gets noisy, in every row."""
    out = t.copy()
    for c in numeric(t, columns):
        out[c] = t[c] + rng.normal(0, 2 * severity * t[c].std(), len(t))
    return out


def outlier(t: pd.DataFrame, columns: list[str], severity: float, rng: Rng) -> pd.DataFrame:
    """Absurd magnitudes in a fifth of the severity's rows."""

    def far(s: pd.Series, r: Rng) -> pd.Series:
        return s.abs() * 10 ** r.uniform(2, 5, len(s)) + s.abs().max()

    return _some(0.2, far)(t, numeric(t, columns), severity, rng)


def clipped(t: pd.DataFrame, columns: list[str], severity: float, rng: Rng) -> pd.DataFrame:
    """Values above a quantile are cut to it."""
    out = t.copy()
    for c in numeric(t, columns):
        out[c] = t[c].clip(upper=t[c].quantile(1 - severity))
    return out


def rounded(t: pd.DataFrame, columns: list[str], severity: float, rng: Rng) -> pd.DataFrame:
    """Precision is lost: few steps remain."""
    out = t.copy()
    for c in numeric(t, columns):
        step = (t[c].quantile(0.95) - t[c].quantile(0.05)) * severity
        out[c] = (t[c] / step).round() * step if step else t[c]
    return out


def text_number(t: pd.DataFrame, columns: list[str], severity: float, rng: Rng) -> pd.DataFrame:
    """Numbers with a unit behind them."""
    return _some(1, lambda s, _: s.map(lambda v: f"{v:g} kg", na_action="ignore"))(
        t, numeric(t, columns), severity, rng
    )


def decimal_comma(t: pd.DataFrame, columns: list[str], severity: float, rng: Rng) -> pd.DataFrame:
    """Numbers with a decimal comma."""

    def comma(s: pd.Series, _: Rng) -> pd.Series:
        return s.map(lambda v: f"{v:.2f}".replace(".", ","), na_action="ignore")

    return _some(1, comma)(t, numeric(t, columns), severity, rng)


def respelt(t: pd.DataFrame, columns: list[str], severity: float, rng: Rng) -> pd.DataFrame:
    """Categories in another case, with blanks."""
    texts = [c for c in columns if c not in numeric(t, columns)]
    return _some(1, lambda s, _: s.str.upper() + " ")(t, texts, severity, rng)


def typo(t: pd.DataFrame, columns: list[str], severity: float, rng: Rng) -> pd.DataFrame:
    """A letter is replaced."""
    texts = [c for c in columns if c not in numeric(t, columns)]

    def slip(s: pd.Series, r: Rng) -> pd.Series:
        at, letters = r.random(len(s)), r.choice(list("qxzjk"), len(s))
        pairs = zip(s, at, letters, strict=True)
        return pd.Series(
            [
                v
                if not isinstance(v, str) or not v
                else v[: int(p * len(v))] + x + v[int(p * len(v)) + 1 :]
                for v, p, x in pairs
            ],
            s.index,
        )

    return _some(1, slip)(t, texts, severity, rng)


def unseen_category(t: pd.DataFrame, columns: list[str], severity: float, rng: Rng) -> pd.DataFrame:
    """Categories that the pilot never had."""
    texts = [c for c in columns if c not in numeric(t, columns)]
    return _some(1, lambda s, r: pd.Series(r.choice(["new A", "new B", "new C"], len(s)), s.index))(
        t, texts, severity, rng
    )


def recoded(t: pd.DataFrame, columns: list[str], severity: float, rng: Rng) -> pd.DataFrame:
    """Category codes are exchanged for one another."""
    out = t.copy()
    for c in columns:
        values = t[c].dropna().unique()
        if len(values) > 50 or len(values) < 2:
            continue
        mapping = dict(zip(values, np.roll(rng.permutation(values), 1), strict=True))
        rows = cells_hit(t, severity, rng)
        out[c] = t[c].where(~rows, t[c].map(mapping))
    return out


def shuffled(t: pd.DataFrame, columns: list[str], severity: float, rng: Rng) -> pd.DataFrame:
    """Values belong to other rows (a wrong join)."""
    out = t.copy()
    for c in columns:
        rows = np.flatnonzero(cells_hit(t, severity, rng))
        out.loc[rows, c] = t[c].to_numpy()[rng.permutation(rows)]
    return out


def swapped(t: pd.DataFrame, columns: list[str], severity: float, rng: Rng) -> pd.DataFrame:
    """Two columns of numbers change places."""
    every = numeric(t, [c for c in t if c != ROW])
    numbers = numeric(t, list(columns)) or every
    others = [c for c in every if c not in numbers[:1]]
    if not numbers or not others:
        return t
    a, b = numbers[0], str(rng.choice(others))
    rows, out = cells_hit(t, severity, rng), t.copy()
    out[a], out[b] = t[a].where(~rows, t[b]), t[b].where(~rows, t[a])
    return out


def stuck(t: pd.DataFrame, columns: list[str], severity: float, rng: Rng) -> pd.DataFrame:
    """The last value is repeated from a row on."""
    start, out = int(len(t) * (1 - severity)), t.copy()
    for c in columns:
        out.loc[start:, c] = t[c].iloc[start - 1 if start else 0]
    return out


def defaulted(t: pd.DataFrame, columns: list[str], severity: float, rng: Rng) -> pd.DataFrame:
    """The most common value is filled in."""
    return _some(1, lambda s, _: pd.Series(s.mode().iloc[0], s.index))(t, columns, severity, rng)


def negated(t: pd.DataFrame, columns: list[str], severity: float, rng: Rng) -> pd.DataFrame:
    """The sign is lost or turned."""
    return _some(1, lambda s, _: -s)(t, numeric(t, columns), severity, rng)


def truncated(t: pd.DataFrame, columns: list[str], severity: float, rng: Rng) -> pd.DataFrame:
    """Decimals, and letters after the fourth, are cut off."""

    def cut(s: pd.Series, _: Rng) -> pd.Series:
        return s.str[:4] if not pd.api.types.is_numeric_dtype(s) else np.trunc(s / 10) * 10

    return _some(1, cut)(t, columns, severity, rng)


def absent(t: pd.DataFrame, columns: list[str], severity: float, rng: Rng) -> pd.DataFrame:
    """Columns are gone: one, two or three."""
    return t.drop(columns=columns[: 1 + (severity > 0.1) + (severity > 0.5)])


DAMAGE: dict[str, Change] = {
    f.__name__: f
    for f in (
        missing,
        missing_not_at_random,
        missing_together,
        sentinel,
        factor,
        offset,
        noise,
        outlier,
        clipped,
        rounded,
        text_number,
        decimal_comma,
        respelt,
        typo,
        unseen_category,
        recoded,
        shuffled,
        swapped,
        stuck,
        defaulted,
        negated,
        truncated,
        absent,
    )
}
