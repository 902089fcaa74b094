"""The score: damage weighed by importance, its interval, and what it has meant so far.

S  = 100 · Π_j (1 - I_j·d_j)(1 - x_j/2)     expected share of the model's skill that survives
A0 = 100 · (1 - mean_j d_j)                  without a target: not calibrated to model loss
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from dataready.compare.counts import Counts
from dataready.compare.damage import Damage, column_damage, pair_table
from dataready.compare.damage import noise as tv_noise
from dataready.importance.weight import Weights
from dataready.readiness.assessment import Score

__all__ = ["BANDS", "Combined", "combine", "score"]

LEAST_FACTOR = 0.001
DRAWS = 100
Z_90 = 1.645

BANDS = (
    (99.5, 0.7, 1.5),
    (98.0, 2.8, 7.8),
    (95.0, 5.6, 15.0),
    (90.0, 8.4, 21.0),
    (80.0, 16.5, 40.0),
    (60.0, 30.5, 56.0),
    (0.0, 54.0, 86.0),
)
"""Score from which the band holds, mean and 90th percentile of the true loss (% of skill).

Measured on 2,784 production sets made from 16 public tabular tasks (docs/score.md)."""


@dataclass(frozen=True, slots=True)
class Combined:
    """A value on 0-100, the points each column costs, and the value of each dimension."""

    value: float
    points: dict[str, float]
    dimensions: dict[str, float]


def combine(damage: Mapping[str, Damage], weights: Mapping[str, float] | None) -> Combined:
    """Weigh the damage: S with weights, A0 without.

    A column's factor (1 - I·d)(1 - x/2) is at least 0.001; the points lost share 100 - S by
    the factors' logarithms. A dimension is the same formula with d replaced: completeness M;
    validity V and x; drift kappa·s; consistency what R has beyond drift; schema the absent
    and the retyped (more than half unparsed). Dimensions may overlap.
    """
    value, points = _total(damage, weights, lambda v: v.d, x=True)
    views: dict[str, Callable[[Damage], float]] = {
        "completeness": lambda v: v.M,
        "validity": lambda v: v.V,
        "consistency": _beyond_drift,
        "drift": lambda v: v.kappa * v.s,
        "schema": lambda v: 1.0 if v.absent else v.unparsed * (v.unparsed > 0.5),
    }
    dimensions = {
        name: _total(damage, weights, view, x=name == "validity")[0] for name, view in views.items()
    }
    return Combined(value, points, dimensions)


def _beyond_drift(v: Damage) -> float:
    drift = v.kappa * v.s
    return 1 - (1 - v.R) / (1 - drift) if drift < 1 else 0.0


def _total(
    damage: Mapping[str, Damage],
    weights: Mapping[str, float] | None,
    loss: Callable[[Damage], float],
    *,
    x: bool,
) -> tuple[float, dict[str, float]]:
    if weights is None:
        lost = {c: 100 * loss(v) / len(damage) for c, v in damage.items()}
        return 100 - math.fsum(lost.values()), lost
    logs = {
        c: math.log(
            max(LEAST_FACTOR, (1 - weights.get(c, 0.0) * loss(v)) * (1 - (v.x / 2 if x else 0)))
        )
        for c, v in damage.items()
    }
    everything = math.fsum(logs.values())
    value = 100 * math.exp(everything)
    return value, {c: (100 - value) * v / (everything or 1) for c, v in logs.items()}


def score(counts: Counts, weights: Weights, *, seed: int = 0) -> tuple[Score, Combined]:
    """Compute the score with its 90 % interval from Poisson-resampled counts.

    Each draw takes the importances of one of the probes' splits, so that their error is in
    the interval too. Columns that cannot be measured enter its ends as undamaged and as
    wholly damaged: what is not known lowers the floor, it does not disappear.

    Returns:
        The published score, and the value with its points and dimensions. Where no column
        has any weight there is no score: nothing to lose is not the same as nothing lost.
    """
    damage = column_damage(counts)
    weight = dict.fromkeys(damage, 1.0) if weights.mean is None else weights.mean
    everything = math.fsum(weight.get(c, 0.0) for c in damage)
    if not everything:
        return _unscored(weights), Combined(0.0, dict.fromkeys(damage, 0.0), {})
    total = combine(damage, weights.mean)
    spread = _spread(counts, weights, seed)
    unknown = [c for c, v in damage.items() if not v.measurable and not v.absent]
    worst = combine({c: _lost(v) if c in unknown else v for c, v in damage.items()}, weights.mean)
    best = combine({c: Damage() if c in unknown else v for c, v in damage.items()}, weights.mean)
    known = math.fsum(weight.get(c, 0.0) for c in damage if c not in unknown)
    if not known:
        return _unscored(weights), Combined(0.0, dict.fromkeys(damage, 0.0), {})
    band = next((b for b in BANDS if total.value >= b[0]), BANDS[-1])
    calibrated = weights.mean is not None
    published = Score(
        value=total.value,
        low=max(0.0, min(total.value - Z_90 * spread, worst.value)),
        high=min(100.0, max(total.value + Z_90 * spread, best.value)),
        calibrated=calibrated,
        kind="S" if calibrated else "A0",
        if_unknown_fail=worst.value,
        if_unknown_pass=best.value,
        coverage=known / everything,
        loss_mean=band[1] / 100 if calibrated else None,
        loss_high=band[2] / 100 if calibrated else None,
        smallest_visible_shift=_smallest_shift(counts),
    )
    return published, total


def _unscored(weights: Weights) -> Score:
    calibrated = weights.mean is not None
    return Score(
        value=None,
        low=None,
        high=None,
        calibrated=calibrated,
        kind="S" if calibrated else "A0",
        if_unknown_fail=None,
        if_unknown_pass=None,
        coverage=0.0,
    )


def _lost(v: Damage) -> Damage:
    return Damage(M=1.0, V=v.V, x=v.x, absent=v.absent, measurable=False)


def _spread(counts: Counts, weights: Weights, seed: int) -> float:
    rng = np.random.default_rng(seed)
    counts = replace(counts, strength=pair_table(counts.pilot_joint, counts.production_joint)[0])
    values = []
    for draw in range(DRAWS):
        split = weights.splits[draw % len(weights.splits)] if weights.splits else weights.mean
        values.append(combine(column_damage(counts.resampled(rng)), split).value)
    return float(np.std(values))


def _smallest_shift(counts: Counts) -> float | None:
    """The median over columns of the shift (total variation) that these row counts can show."""
    floors = []
    for c in counts.columns:
        n, m = c.pilot_bins.sum(), c.production_bins.sum()
        if n and m and len(c.pilot_bins) > 1:
            floors.append(2 * tv_noise(c.pilot_bins / n, n, m))
    return min(1.0, float(np.median(floors))) if floors else None
