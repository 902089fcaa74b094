"""Damage of every column, from counts alone: M, V, x, s, b and kappa of docs/score.md.

Equal to `tests/oracle/score_reference.py` where that is defined; all pairs of columns are
computed at once, so that resampling the counts a hundred times costs a second.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from dataready.compare.counts import Array, ColumnCounts, Counts
from dataready.profile.plan import ColumnPlan

__all__ = ["Damage", "Pairs", "column_damage", "noise", "pair_table", "shift"]

IPF_STEPS = 15
PARTNERS = 6
LEAST_STRENGTH = 0.02
NO_PARTNERS, SURE_PARTNERS = 0.02, 0.08
"""The strengths of three partners, added up, that say nothing, and that say all."""
LOST_EVIDENCE = 0.5
"""The share of what partners said in the pilot from which its loss leaves a column unmeasured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """Losses of one column, as shares of its production cells (`docs/score.md`).

    M missing beyond the pilot, of which `stand_in` hold a number that stands for it, and that a
    model reads as one; V not valid, of which `unparsed`; x absurd magnitudes; s in-domain shift;
    b broken relations; kappa the part of s that is damage rather than population change; d the
    damaged share that enters the score.
    """

    M: float = 0.0
    stand_in: float = 0.0
    V: float = 0.0
    unparsed: float = 0.0
    x: float = 0.0
    s: float = 0.0
    b: float = 0.0
    kappa: float = 0.0
    absent: bool = False
    measurable: bool = True

    @property
    def R(self) -> float:
        """Consistency loss: broken relations, or the shift that is damage."""
        return max(self.b, self.kappa * self.s)

    @property
    def d(self) -> float:
        """Damaged share of the column's cells."""
        return 1 - (1 - self.M) * (1 - self.V) * (1 - self.R)


@dataclass(frozen=True, slots=True)
class Pairs:
    """What joint tables say of each pair: strength, broken share f, unexplained change c.

    `moved` is the share of all rows that would have to change for the relation to be the
    pilot's again: a weak relation can be wholly broken and yet move few rows. Each is a
    symmetric (columns, columns) array, NaN where not measurable (strength: 0).
    """

    strength: Array
    broken: Array
    change: Array
    moved: Array


def noise(shares: Array, n: float, m: float) -> float:
    """E0, the total variation to expect between n and m rows of one distribution.

    Args:
        shares: The distribution, over its bins.
        n: Rows of one sample, > 0; `m` likewise, infinite for a known distribution.
        m: Rows of the other.
    """
    spread = np.sqrt(np.clip(shares * (1 - shares), 0, None) * (1 / n + 1 / m))
    return float(math.sqrt(2 / math.pi) / 2 * spread.sum())


def shift(column: ColumnCounts) -> tuple[float, bool]:
    """The noise-corrected total variation in [0, 1], and whether n and m can show any.

    Returns:
        s = clip((TV - 2·E0)/(1 - 2·E0), 0, 1), 0 where 2·E0 >= 1; and 2·E0 < 1/2.
    """
    p, q = column.pilot_bins, column.production_bins
    rest = column.unseen_values
    n, m = p.sum(), q.sum() + rest
    if not n or not m:
        return 0.0, False
    shares = (p + q) / (n + m) if column.plan.base == "text" else p / n
    expected = 2 * noise(shares, n, m)
    if rest:
        # Too many unseen values to keep: each is taken as met once, the most noise there is.
        expected += math.sqrt(2 / math.pi) * rest * math.sqrt((1 / n + 1 / m) / (n + m))
    distance = (np.abs(p / n - q / m).sum() + rest / m) / 2
    if expected >= 1:
        return 0.0, False
    return float(np.clip((distance - expected) / (1 - expected), 0, 1)), expected < 0.5


def pair_table(
    pilot: Array, production: Array, known: Array | None = None
) -> tuple[Array, Array, Array, Array]:
    """Strength, broken share, unexplained change and moved share of pairs of columns.

    Args:
        pilot: Joint counts, shape (pairs, bins, bins).
        production: Likewise.
        known: The strengths, shape (pairs,), where they are not to be measured here.

    Returns:
        Four arrays of shape (pairs,); all but the strength are NaN where the strength is below
        0.02 or production has fewer than 100 rows.
    """
    n, m = pilot.sum((1, 2)), production.sum((1, 2))
    p = pilot / np.maximum(n, 1)[:, None, None]
    q = production / np.maximum(m, 1)[:, None, None]
    free = p.sum(2, keepdims=True) * p.sum(1, keepdims=True)
    measured = np.where(
        n >= 200, np.maximum(0, _tv(p, free) - _noise(free, np.maximum(n, 1), np.inf)), 0.0
    )
    strength = measured if known is None else known
    usable = (strength >= LEAST_STRENGTH) & (m >= 100)
    f, c, moved = (np.full(len(n), np.nan) for _ in range(3))
    if usable.any():
        found = _relations(p[usable], q[usable], n[usable], m[usable])
        f[usable], c[usable], moved[usable] = found
    return strength, f, c, moved


def _relations(p: Array, q: Array, n: Array, m: Array) -> tuple[Array, Array, Array]:
    e0 = _noise((p + q) / 2, n, m)
    qi, qj = q.sum(2, keepdims=True), q.sum(1, keepdims=True)
    free = qi * qj
    p = p + 1e-6
    raked = p
    for _ in range(IPF_STEPS):
        raked = raked * qi / np.maximum(raked.sum(2, keepdims=True), 1e-12)
        raked = raked * qj / np.maximum(raked.sum(1, keepdims=True), 1e-12)
    room, moved = _tv(raked, free), _tv(q, raked) - e0
    with np.errstate(divide="ignore", invalid="ignore"):
        f = np.where(room > 0.02, np.clip(moved / room, 0, 1), np.nan)
    change = np.ones(len(n))
    for given in (p / p.sum(2, keepdims=True) * qi, p / p.sum(1, keepdims=True) * qj):
        broken = np.maximum(0, _tv(q, given) - e0) / np.maximum(_tv(given, free), 0.02)
        change = np.minimum(change, broken)
    return f, change, np.maximum(0, moved)


def _tv(p: Array, q: Array) -> Array:
    distance: Array = np.abs(p - q).sum((1, 2)) / 2
    return distance


def _noise(shares: Array, n: Array, m: Array | float) -> Array:
    per_row = (1 / n + 1 / np.asarray(m, float))[:, None, None]
    spread: Array = np.sqrt(shares * (1 - shares) * per_row).sum((1, 2))
    return math.sqrt(2 / math.pi) / 2 * spread


def _median(values: Array, weights: Array) -> float:
    """Of the six strongest partners, the first value at which the weights reach half."""
    order = np.argsort(-weights, kind="stable")
    top = order[~np.isnan(values[order])][:PARTNERS]
    top = top[np.argsort(values[top], kind="stable")]
    if not len(top):
        return 0.0
    share = np.cumsum(weights[top]) / weights[top].sum()
    return float(values[top][np.searchsorted(share, 0.5)])


def relations(counts: Counts) -> Pairs:
    """Compute what joint tables say of all pairs of columns."""
    size = len(counts.columns)
    out = Pairs(*(np.full((size, size), v) for v in (0.0, np.nan, np.nan, np.nan)))
    if counts.pairs:
        i, j = np.array(counts.pairs).T
        found = pair_table(counts.pilot_joint, counts.production_joint, counts.strength)
        for matrix, values in zip(
            (out.strength, out.broken, out.change, out.moved), found, strict=True
        ):
            matrix[i, j] = matrix[j, i] = values
    return out


def column_damage(counts: Counts) -> dict[str, Damage]:
    """Compute the damage of every column, by name."""
    pairs = relations(counts)
    here = [c.plan.binned and not c.absent and bool(c.rows) for c in counts.columns]
    weights = np.where(np.array(here, bool), pairs.strength, 0.0)
    found = {}
    for k, c in enumerate(counts.columns):
        damage = _damage(c, pairs.broken[k], pairs.change[k], weights[k])
        seen = np.where(np.isnan(pairs.change[k]), 0.0, weights[k])
        # What went together with columns that are gone cannot be told from what does not.
        lost = _evidence(pairs.strength[k]) - _evidence(seen)
        if lost >= LOST_EVIDENCE and c.plan.binned and c.usable:
            damage = replace(damage, measurable=False)
        found[c.plan.name] = damage
    return found


def _damage(column: ColumnCounts, broken: Array, change: Array, weights: Array) -> Damage:
    plan = column.plan
    if column.absent:
        return Damage(M=1.0, absent=True, measurable=column.pilot_usable > 0)
    had = column.pilot_usable / column.pilot_rows if column.pilot_rows else 0.0
    if not column.rows:
        return Damage(M=1.0, measurable=had > 0)
    present = 1 - column.missing / column.rows
    missing = max(0.0, 1 - present / had) if had else 0.0
    if plan.kind == "empty":
        return Damage(M=missing, measurable=False)
    if not had:
        # A group of rows may have no value on either side, as it always had: nothing is lost.
        return Damage(measurable=not column.usable)
    unparsed = column.unparsed / column.rows
    if plan.kind == "flat" or plan.role in {"key", "time"}:
        parses = plan.role == "time"
        return Damage(M=missing, V=unparsed if parses else 0.0, unparsed=unparsed * parses)
    invalid, absurd = _validity(column)
    stand_in = missing * column.stand_in
    cells = Damage(
        M=missing,
        stand_in=stand_in,
        V=invalid,
        unparsed=unparsed,
        x=min(1.0, absurd + stand_in * _far_out(plan)),
    )
    if not column.usable:
        return replace(cells, s=1.0, kappa=1.0)
    if not plan.binned:
        return cells
    moved, measurable = shift(column)
    return replace(
        cells,
        s=moved,
        b=max(0.0, _median(broken, weights) - 0.03) * _evidence(weights),
        kappa=_kappa(change, weights),
        measurable=measurable,
    )


def _far_out(plan: ColumnPlan) -> bool:
    """Whether a number that stands for "missing" is of an absurd magnitude."""
    if plan.mean is None or plan.std is None:
        return False
    return any(abs(v - plan.mean) / (plan.std + 1e-12) > plan.extreme_z for v in plan.sentinels)


def _evidence(weights: Array) -> float:
    """How far a column's three strongest partners can be believed, in [0, 1].

    Where others hardly say anything of a column, nothing jumps at the strength from which
    they count.
    """
    together = float(np.sort(weights)[-3:].sum())
    return float(np.clip((together - NO_PARTNERS) / (SURE_PARTNERS - NO_PARTNERS), 0, 1))


def _kappa(change: Array, weights: Array) -> float:
    """How much of a shift is damage: what the partners do not explain; 1/2 without any."""
    if np.isnan(change).all():
        return 0.5
    said = float(np.clip((_median(change, weights) - 0.03) / 0.4, 0, 1))
    sure = _evidence(weights)
    return sure * said + (1 - sure) / 2


def _validity(column: ColumnCounts) -> tuple[float, float]:
    """V and x, as shares of all production cells."""
    plan, rows = column.plan, column.rows
    if plan.kind == "id":
        return _unseen_shapes(column), 0.0
    if plan.base == "text":
        unseen = column.production_bins[~column.known].sum() + column.unseen_values
        n = column.pilot_bins.sum()
        singles = column.pilot_bins[column.known & (column.pilot_bins <= 1)].sum()
        return max(0.0, float(unseen / rows - 2 * singles / n - 0.002)) if n else 0.0, 0.0
    unknown = column.unknown / rows
    # The next row lies beyond either end of n others by chance, once in n + 1 times each.
    outside = max(0.0, column.outside / rows - 2 / (column.pilot_usable + 1))
    bad = column.unparsed / rows + outside
    return min(1.0, bad + unknown * (unknown > 0.02)), column.absurd / rows


def _unseen_shapes(column: ColumnCounts) -> float:
    """Formats that the pilot's ids never had, where they follow a few."""
    if not len(column.shapes):
        return 0.0
    total, top, singles, production, known = column.shapes
    if top < 0.95 * total:
        return 0.0
    return max(0.0, float((production - known) / column.rows - 2 * singles / total - 0.002))
