"""The score: damage weighed by importance, its interval, and what it has meant so far.

product = 100 · Π_j (1 - I_j·d_j)(1 - x_j/2)   counted: the share of skill that survives
S       = (product + replay) / 2               where models could be asked (readiness/forecast.py)
A0      = 100 · (1 - √mean_j d_j²)             without a target: not calibrated to model loss
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from dataready.compare.counts import Counts
from dataready.compare.damage import Damage, column_damage, pair_table
from dataready.compare.damage import noise as tv_noise
from dataready.importance.weight import Weights
from dataready.readiness.assessment import PredictedLoss, Score
from dataready.readiness.calibration import expected_loss
from dataready.readiness.forecast import Forecast

__all__ = ["Combined", "Draws", "combine", "forecast_of", "resample", "score", "score_of"]

Draws = Sequence[Mapping[str, Damage]]
"""The damage of every column in each set of resampled counts."""

LEAST_FACTOR = 0.001
DRAWS = 100
Z_90 = 1.645


@dataclass(frozen=True, slots=True)
class Combined:
    """A value on 0-100, the points each column costs, and the value of each dimension."""

    value: float
    points: dict[str, float]
    dimensions: dict[str, float]


def combine(damage: Mapping[str, Damage], weights: Mapping[str, float] | None) -> Combined:
    """Weigh the damage: the product of S with weights, A0 without.

    A column's factor (1 - I·d)(1 - x/2) is at least 0.001; the points lost share 100 - S by
    the factors' logarithms, or 100 - A0 by the squares of d. A dimension is the same formula
    with d replaced: completeness M; validity V and x; drift kappa·s; consistency what R has
    beyond drift; schema the absent and the retyped (more than half unparsed). Dimensions may
    overlap.
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
        # The root of the mean square: a dead column is not averaged away by many sound ones.
        squares = {c: loss(v) ** 2 for c, v in damage.items()}
        everything = math.fsum(squares.values())
        gone = 100 * math.sqrt(everything / len(damage))
        return 100 - gone, {c: gone * v / (everything or 1) for c, v in squares.items()}
    logs = {
        c: math.log(
            max(LEAST_FACTOR, (1 - weights.get(c, 0.0) * loss(v)) * (1 - (v.x / 2 if x else 0)))
        )
        for c, v in damage.items()
    }
    everything = math.fsum(logs.values())
    value = 100 * math.exp(everything)
    return value, {c: (100 - value) * v / (everything or 1) for c, v in logs.items()}


def score(
    counts: Counts,
    weights: Weights,
    *,
    seed: int = 0,
    draws: Draws | None = None,
    forecast: Forecast | None = None,
) -> tuple[Score, Combined]:
    """Compute the score with its 90 % interval from Poisson-resampled counts.

    The draws may be given where they are known already, and the forecast where models could
    be asked.
    """
    draws = resample(counts, seed) if draws is None else draws
    shown = _smallest_shift(counts)
    return score_of(column_damage(counts), draws, weights, shown, forecast=forecast)


def forecast_of(
    damage: Mapping[str, Damage], weights: Weights, predicted: PredictedLoss | None
) -> Forecast | None:
    """Answer the second estimate of the score, if models could be asked.

    There is none beside weights that people declared: those are to decide alone.
    """
    if predicted is None or weights.mean is None or weights.declared:
        return None
    return Forecast.of(combine(damage, weights.mean).value, predicted)


def resample(counts: Counts, seed: int = 0) -> Draws:
    """Compute the damage in a hundred sets of Poisson-resampled counts."""
    rng = np.random.default_rng(seed)
    counts = replace(counts, strength=pair_table(counts.pilot_joint, counts.production_joint)[0])
    return tuple(column_damage(counts.resampled(rng)) for _ in range(DRAWS))


def score_of(
    damage: Mapping[str, Damage],
    draws: Draws,
    weights: Weights,
    smallest_visible_shift: float | None = None,
    *,
    forecast: Forecast | None = None,
) -> tuple[Score, Combined]:
    """Compute the score of some damage, with the 90 % interval that the draws say.

    The damage may be as measured or as it would be after repairs; then it is in the draws too.
    Each draw takes the importances of one of the probes' splits, so that their error is in
    the interval too. Columns that cannot be measured enter its ends as undamaged and as
    wholly damaged: what is not known lowers the floor, it does not disappear.

    Returns:
        The published score, and the value with its points and dimensions. Where no column
        has any weight there is no score: nothing to lose is not the same as nothing lost.
    """
    weight = dict.fromkeys(damage, 1.0) if weights.mean is None else weights.mean
    everything = math.fsum(weight.get(c, 0.0) for c in damage)
    if not everything:
        return _unscored(weights), Combined(0.0, dict.fromkeys(damage, 0.0), {})
    total = combine(damage, weights.mean)
    together = forecast.together if forecast else float
    # Production's counts and the replay's hold-out rows are different rows: their errors add up
    # as independent ones do.
    replayed = forecast.spread / 2 * 100 if forecast else 0.0
    spread = math.hypot(_spread(draws, weights, together), replayed)
    unknown = [c for c, v in damage.items() if not v.measurable and not v.absent]
    worst = combine({c: _lost(v) if c in unknown else v for c, v in damage.items()}, weights.mean)
    best = combine({c: Damage() if c in unknown else v for c, v in damage.items()}, weights.mean)
    known = math.fsum(weight.get(c, 0.0) for c in damage if c not in unknown)
    if not known:
        return _unscored(weights), Combined(0.0, dict.fromkeys(damage, 0.0), {})
    value, floor, ceiling = (together(c.value) for c in (total, worst, best))
    calibrated = weights.mean is not None
    band = expected_loss(value, replayed=forecast is not None) if calibrated else None
    published = Score(
        value=value,
        low=max(0.0, min(value - Z_90 * spread, floor)),
        high=min(100.0, max(value + Z_90 * spread, ceiling)),
        calibrated=calibrated,
        kind="S" if calibrated else "A0",
        if_unknown_fail=floor,
        if_unknown_pass=ceiling,
        coverage=known / everything,
        product=total.value,
        replay=forecast.replayed(total.value) if forecast else None,
        population_points=forecast.points if forecast else 0.0,
        loss_low=band.low if band else None,
        loss_mean=band.mean if band else None,
        loss_high=band.high if band else None,
        loss_nine_in_ten=band.nine_in_ten if band else None,
        smallest_visible_shift=smallest_visible_shift,
    )
    return published, _published(total, value, forecast)


def _published(total: Combined, value: float, forecast: Forecast | None) -> Combined:
    """Points and dimensions as shares of the published value rather than of the product."""
    if forecast is None:
        return total
    lost = math.fsum(total.points.values())
    scale = max(0.0, 100 - value - forecast.points) / lost if lost else 0.0
    points = {c: v * scale for c, v in total.points.items()}
    # A change of population is drift, and no other dimension's.
    whole = forecast.points
    dimensions = {
        name: min(100.0, forecast.together(v) + (0.0 if name == "drift" else whole))
        for name, v in total.dimensions.items()
    }
    return Combined(value, points, dimensions)


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


def _spread(draws: Draws, weights: Weights, together: Callable[[float], float]) -> float:
    splits = weights.splits or (weights.mean,)
    values = [
        together(_total(damage, splits[k % len(splits)], lambda v: v.d, x=True)[0])
        for k, damage in enumerate(draws)
    ]
    return float(np.std(values)) if values else 0.0


def _smallest_shift(counts: Counts) -> float | None:
    """The median over columns of the shift (total variation) that these row counts can show."""
    floors = []
    for c in counts.columns:
        n, m = c.pilot_bins.sum(), c.production_bins.sum()
        if n and m and len(c.pilot_bins) > 1:
            floors.append(2 * tv_noise(c.pilot_bins / n, n, m))
    return min(1.0, float(np.median(floors))) if floors else None
