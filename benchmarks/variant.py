"""What happens to production: kinds of corruption and of population change, at three severities.

Every kind is a function of (rows, columns hit, share, random numbers) that never reads the target.
Columns are hit at random, one time in two in proportion to what they are worth to a
model, so that harmless columns are damaged as often as vital ones.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmarks.corruption import DAMAGE, ROW, Change, Rng, cells_hit, numeric
from benchmarks.task import Split

__all__ = ["BENIGN", "KINDS", "SEVERITIES", "Variant", "variants"]

SEVERITIES = {"light": 0.05, "middle": 0.25, "heavy": 0.7}
DRAWS = 10
MIXES = 12


@dataclass(frozen=True, slots=True)
class Variant:
    """One production set: what kind, how severe, the rows, and the columns that were hit.

    `before` are the same rows as they were, where only cells were changed.
    """

    name: str
    kind: str
    severity: str
    frame: pd.DataFrame
    columns: tuple[str, ...]
    before: pd.DataFrame | None = None


def duplicated(t: pd.DataFrame, columns: list[str], severity: float, rng: Rng) -> pd.DataFrame:
    """Rows come several times."""
    more = t[cells_hit(t, severity, rng)]
    return pd.concat([t, more, more], ignore_index=True)


def recent(t: pd.DataFrame, columns: list[str], severity: float, rng: Rng) -> pd.DataFrame:
    """The population moves along one column: rows are drawn by its rank."""
    return _drawn(t, columns[:1], severity, rng)


def other_mix(t: pd.DataFrame, columns: list[str], severity: float, rng: Rng) -> pd.DataFrame:
    """The population moves along three columns at once."""
    return _drawn(t, columns[:3], severity, rng)


def one_group(t: pd.DataFrame, columns: list[str], severity: float, rng: Rng) -> pd.DataFrame:
    """One group of rows grows, be it a category or a range."""
    c = columns[0]
    values = t[c].fillna(t[c].mode().iloc[0])
    if c in numeric(t, [c]) and values.nunique() > 10:
        values = pd.qcut(values, 5, labels=False, duplicates="drop")
    grown = (values == rng.choice(values.unique())).to_numpy()
    weight = np.where(grown, 1.0, 1 - severity)
    return _sampled(t, weight, rng)


def _drawn(t: pd.DataFrame, columns: list[str], severity: float, rng: Rng) -> pd.DataFrame:
    tilt = np.zeros(len(t))
    for c in columns:
        codes = t[c] if c in numeric(t, [c]) else t[c].astype("category").cat.codes
        tilt += rng.choice([-1, 1]) * (codes.rank(pct=True).fillna(0.5).to_numpy() - 0.5)
    return _sampled(t, np.exp(6 * severity * tilt), rng)


def _sampled(t: pd.DataFrame, weight: np.ndarray, rng: Rng) -> pd.DataFrame:
    """Half of the rows, none twice."""
    size = min(len(t) // 2, int((weight > 0).sum()))
    rows = rng.choice(len(t), size, replace=False, p=weight / weight.sum())
    return t.iloc[rows].reset_index(drop=True)


BENIGN: dict[str, Change] = {f.__name__: f for f in (duplicated, recent, other_mix, one_group)}
KINDS: Mapping[str, Change] = DAMAGE | BENIGN


def variants(split: Split, worth: Mapping[str, float]) -> Iterator[Variant]:
    """Make all production sets of a split.

    A random split: clean draws of several sizes, every kind at three severities, mixes of three
    kinds. A natural split: clean draws, and the other times or places.

    Args:
        split: The task's pilot and pool.
        worth: Importance of each feature to a model, by which half of the hits are chosen.
    """
    features = sorted(c for c in split.pilot.columns if c != split.target)
    draws = DRAWS if split.kind == "random" else 4
    for k in range(draws):
        rng = _rng(split, "clean", str(k))
        yield Variant(f"clean {k}", "clean", "", _rows(split.pool, rng), ())
    for name, frame in split.natural.items():
        yield Variant(f"natural {name}", "natural", "", frame, ())
    if split.kind != "random":
        return
    for kind, change in KINDS.items():
        for severity, share in SEVERITIES.items():
            rng = _rng(split, kind, severity)
            base, hit = _rows(split.pool, rng), _chosen(features, worth, rng, split.pool, kind)
            frame = _features_only(change, base, split.target, hit, share, rng)
            before = base if kind in DAMAGE else None
            yield Variant(f"{kind} {severity}", kind, severity, frame, tuple(hit), before)
    for k in range(MIXES):
        rng = _rng(split, "mix", str(k))
        frame, columns = _rows(split.pool, rng), []
        for kind in rng.choice(sorted(KINDS), 3, replace=False):
            present = [c for c in features if c in frame]
            hit = _chosen(present, worth, rng, frame, str(kind))
            share = float(rng.choice(list(SEVERITIES.values())))
            frame = _features_only(KINDS[str(kind)], frame, split.target, hit, share, rng)
            columns += hit
        yield Variant(f"mix {k}", "mix", "", frame, tuple(columns))


def _rng(split: Split, *what: str) -> Rng:
    return np.random.default_rng(zlib.crc32("|".join((split.task, split.kind, *what)).encode()))


def _rows(pool: pd.DataFrame, rng: Rng) -> pd.DataFrame:
    """Between a quarter and all of the pool, at least 600 rows where there are as many."""
    least = min(len(pool), max(600, len(pool) // 4))
    size = int(rng.integers(least, len(pool) + 1))
    return pool.iloc[rng.permutation(len(pool))[:size]].reset_index(drop=True)


TEXT_KINDS = {"respelt", "typo", "unseen_category"}
NUMBER_KINDS = {
    "factor",
    "offset",
    "noise",
    "outlier",
    "clipped",
    "rounded",
    "text_number",
    "decimal_comma",
    "swapped",
    "negated",
}


def _chosen(
    features: list[str], worth: Mapping[str, float], rng: Rng, pool: pd.DataFrame, kind: str
) -> list[str]:
    """One to three columns that the kind can hit."""
    able = features
    if kind in TEXT_KINDS:
        able = [c for c in features if not pd.api.types.is_numeric_dtype(pool[c])]
    elif kind in NUMBER_KINDS:
        able = numeric(pool, features)
    elif kind == "recoded":
        able = [c for c in features if 2 <= pool[c].nunique() <= 50]
    able = able or features
    weight = np.array([worth.get(c, 0.0) + 1e-3 for c in able])
    if rng.random() < 0.5:
        weight = np.ones(len(able))
    size = min(len(able), int(rng.integers(1, 4)))
    return [str(c) for c in rng.choice(able, size, replace=False, p=weight / weight.sum())]


def _features_only(
    change: Change, t: pd.DataFrame, target: str, hit: list[str], share: float, rng: Rng
) -> pd.DataFrame:
    """Apply a change and see that the outcome of every row stays its own."""
    marked = t.drop(columns=target).assign(**{ROW: np.arange(len(t))})
    out = change(marked, [c for c in hit if c in marked], share, rng)
    rows = out.pop(ROW).astype(int).to_numpy()
    return out.assign(**{target: t[target].to_numpy()[rows]})
