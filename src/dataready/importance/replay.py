"""Replay: what was counted in production, done to held-out rows of the pilot.

Every column is changed as its counts say: cells go missing, leave the range, lose their
relation to the others, or follow production's distribution, each at the measured share. What
is a change of population rather than damage enters as weights of the rows, raked to
production's marginals (Deming and Stephan 1940, Annals of Mathematical Statistics 11:427-444).
A cell is hit by the same random number whatever the share: more damage hits more cells.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dataready.compare.counts import ColumnCounts, Counts
from dataready.compare.damage import Damage
from dataready.importance.probe import Samples

__all__ = ["Replayed", "population", "replay"]

Array = NDArray[np.float64]
RAKING_STEPS = 20
WIDEST = (0.01, 20.0)
"""The least and the most that a row may weigh: no few rows speak for all."""
LEAST_EFFECTIVE = 0.2
STRAIGHT = 0.03
"""The total variation up to which a straight line explains production's histogram."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """Held-out rows as production would have them, and the weight of each, mean 1."""

    samples: Samples
    weight: Array


def replay(rows: Samples, counts: Counts, damage: Mapping[str, Damage], seed: int) -> Replayed:
    """Do to held-out pilot rows what was measured in production.

    Args:
        rows: Labelled rows of the pilot that the models have not seen.
        counts: The counts of both sides.
        damage: What was made of them, by column.
        seed: Of the choice of cells.
    """
    features = dict(rows.features)
    for column in counts.columns:
        name = column.plan.name
        if name in features and name in damage:
            words = (rows.words or {}).get(name)
            luck = _luck(seed, name, len(rows.labels))
            features[name] = _Cells(column, damage[name], features[name], words, luck).changed()
    return Replayed(replace(rows, features=features), population(rows, counts, damage))


class _Luck(NamedTuple):
    """Random numbers of every cell of a column, one array for each thing that may befall it."""

    relation: Array
    shift: Array
    bin: Array
    place: Array
    invalid: Array
    side: Array
    missing: Array


def _luck(seed: int, name: str, rows: int) -> _Luck:
    rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
    return _Luck(*rng.random((len(_Luck._fields), rows)))


def population(rows: Samples, counts: Counts, damage: Mapping[str, Damage]) -> Array:
    """Weigh rows so that they are distributed as production's population is.

    Only as much of a column's shift is followed as its relations to other columns explain:
    1 - kappa. Weights are evened out until at least a fifth of the rows count.

    Returns:
        Shape (rows,), mean 1; all 1 where nothing moved.
    """
    weight = np.ones(len(rows.labels))
    wanted = list(_wanted(rows, counts, damage))
    if not wanted:
        return weight
    for _ in range(RAKING_STEPS):
        for bins, target in wanted:
            inside = bins >= 0
            have = np.bincount(bins[inside], weights=weight[inside], minlength=len(target))
            ratio = np.where(have > 0, target * have.sum() / np.maximum(have, 1e-12), 1.0)
            weight[inside] *= ratio[bins[inside]]
        weight = np.clip(weight / weight.mean(), *WIDEST)
    while weight.sum() ** 2 / (weight**2).sum() < LEAST_EFFECTIVE * len(weight):
        weight = weight**0.8
    evened: Array = weight / weight.mean()
    return evened


def _wanted(
    rows: Samples, counts: Counts, damage: Mapping[str, Damage]
) -> Iterator[tuple[NDArray[np.int64], Array]]:
    """Of each column that moved: the bin of every row, and the share each bin is to have."""
    for column in counts.columns:
        name = column.plan.name
        found = damage.get(name)
        if name not in rows.features or found is None or found.absent or found.s <= 0:
            continue
        there = _production(column, (rows.words or {}).get(name))
        if there is None:
            continue
        bins = _bins(column, rows.features[name], len(there))
        here = np.bincount(bins[bins >= 0], minlength=len(there)).astype(float)
        if not here.sum():
            continue
        here /= here.sum()
        target = np.where(here > 0, here + (1 - found.kappa) * (there - here), 0.0)
        if target.sum():
            yield bins, target / target.sum()


def _production(column: ColumnCounts, words: Sequence[str] | None) -> Array | None:
    """Production's shares of the bins, in the order of the samples' numbers; None for none."""
    if not column.plan.binned or not column.production_bins.sum():
        return None
    if column.plan.base != "text":
        shares: Array = column.production_bins / column.production_bins.sum()
        return shares
    count = dict(zip(column.values, column.production_bins, strict=True))
    known = np.array([count.get(v, 0.0) for v in words or column.plan.categories[:200]])
    return known / known.sum() if known.sum() else None


def _bins(column: ColumnCounts, values: Array, size: int) -> NDArray[np.int64]:
    """The bin of every value; -1 for none."""
    there = ~np.isnan(values)
    if column.plan.base == "text":
        ranks = np.where(there, values, -1).astype(np.int64)
        return np.where(ranks < size, ranks, -1)
    return np.where(there, np.searchsorted(column.plan.cuts, values, side="left"), -1)


@dataclass(frozen=True, slots=True)
class _Cells:
    """The cells of one column, and what is to be done to them."""

    column: ColumnCounts
    damage: Damage
    values: Array
    words: Sequence[str] | None
    luck: _Luck

    def changed(self) -> Array:
        """The cells as production would have them."""
        c, damage = self.column, self.damage
        if damage.absent or (c.rows and not c.usable):
            return np.full(len(self.values), np.nan)
        moved, straight = self._moved()
        return self._missing(self._invalid(moved, straight=straight))

    def _moved(self) -> tuple[Array, bool]:
        """Values moved, then relations broken; and whether values moved along a straight line."""
        damage, values = self.damage, self.values
        there = _production(self.column, self.words)
        if there is None or not damage.R:
            return values, False
        known, line = ~np.isnan(values), None
        if damage.s and self.column.plan.base == "text":
            hit = self.luck.shift < damage.kappa * damage.s
            values = np.where(hit & known, self._drawn(self._more(there)), values)
        elif damage.s:
            line = self._line(there)
            moved = self._coupled(there) if line is None else line
            values = np.where(self.luck.shift < damage.kappa, moved, values)
        if damage.b:
            hit = self.luck.relation < damage.b
            values = np.where(hit & known, self._drawn(there), values)
        return values, line is not None

    def _more(self, there: Array) -> Array:
        """The shares of categories that production has more of, of all that it has more."""
        bins = _bins(self.column, self.values, len(there))
        here = np.bincount(bins[bins >= 0], minlength=len(there))
        more = np.clip(there - here / max(1, here.sum()), 0, None)
        shares: Array = more / more.sum() if more.sum() else there
        return shares

    def _drawn(self, shares: Array) -> Array:
        """Values drawn as the shares of bins say, from the values that each bin holds."""
        size = len(shares)
        bins = _bins(self.column, self.values, size)
        upto = np.cumsum(shares)
        chosen = np.minimum(np.searchsorted(upto, self.luck.bin * upto[-1], "right"), size - 1)
        drawn: Array = self._middles(size)[chosen]
        for k in np.unique(chosen):
            pool = self.values[bins == k]
            if len(pool):
                mine = chosen == k
                drawn[mine] = pool[(self.luck.place[mine] * len(pool)).astype(int)]
        return drawn

    def _middles(self, size: int) -> Array:
        plan = self.column.plan
        if plan.base == "text":
            return np.arange(size, dtype=float)
        edges = np.array([plan.low, *plan.cuts, plan.high], float)
        middles: Array = (edges[1:] + edges[:-1]) / 2
        return middles

    def _line(self, there: Array) -> Array | None:
        """Values in another unit, or off by a constant, where that explains the histogram."""
        plan, seen = self.column.plan, self.column.spread
        if plan.mean is None or not plan.std or not seen.std:
            return None
        wider = seen.std / plan.std
        slopes = (1.0, wider, -wider, seen.mean / plan.mean if plan.mean else 1.0)
        lines = [seen.mean + slope * (self.values - plan.mean) for slope in slopes]
        apart = [self._apart(line, there) for line in lines]
        best = int(np.argmin(apart))
        near = apart[best] < max(STRAIGHT, self._apart(self.values, there) / 4)
        return lines[best] if near else None

    def _apart(self, values: Array, there: Array) -> float:
        bins = _bins(self.column, values, len(there))
        here = np.bincount(bins[bins >= 0], minlength=len(there))
        return float(np.abs(here / max(1, here.sum()) - there).sum() / 2)

    def _coupled(self, there: Array) -> Array:
        """Each value's quantile among the pilot's, read off production's histogram."""
        plan, values = self.column.plan, self.values
        edges = np.array([plan.low, *plan.cuts, plan.high], float)
        if len(edges) < 3:
            return values
        upto = np.concatenate([[0.0], np.cumsum(there)])
        known = ~np.isnan(values)
        rank = np.full(len(values), np.nan)
        order = np.argsort(values[known], kind="stable")
        rank[np.flatnonzero(known)[order]] = (np.arange(known.sum()) + 0.5) / max(1, known.sum())
        if plan.codes and len(plan.codes) == len(there):
            places = np.clip(np.searchsorted(upto[1:-1], rank), 0, len(there) - 1)
            return np.where(known, np.array(plan.codes)[places], np.nan)
        coupled: Array = np.interp(rank, upto, edges)
        return coupled

    def _invalid(self, values: Array, *, straight: bool) -> Array:
        """Cells that do not parse, are unknown words or codes, or lie outside the range."""
        c, luck = self.column, self.luck.invalid
        if c.plan.base == "text":
            nobody = float(len(self.words)) if self.words is not None else np.nan
            return np.where(luck < self.damage.V, nobody, values)
        share = max(0.0, c.outside / c.rows - 2 / (c.pilot_usable + 1)) if c.rows else 0.0
        inside = self.damage.V - share
        out = np.where(luck < inside, np.nan, values)
        if straight or c.plan.role == "time" or not share:
            # A straight line leads out of the range by itself; time goes on.
            return out
        low, high = self._beyond()
        far = (luck >= inside) & (luck < self.damage.V)
        under = self.luck.side < c.below.n / max(1, c.below.n + c.above.n)
        out[far & under], out[far & ~under] = low, high
        return out

    def _beyond(self) -> tuple[float, float]:
        """What cells below and above the range hold; far out where nothing finite is known."""
        c, plan = self.column, self.column.plan
        away = 1e3 * (plan.std or 1.0)
        low = c.below.mean if c.below.n else (plan.low or 0.0) - away
        return low, c.above.mean if c.above.n else (plan.high or 0.0) + away

    def _missing(self, values: Array) -> Array:
        """Cells that are missing, or hold a number that stands for it and that a model reads."""
        luck = self.luck.missing
        out = np.where(luck < self.damage.M, np.nan, values)
        if self.damage.stand_in:
            out[luck < self.damage.stand_in] = self.column.plan.sentinels[0]
        return out
