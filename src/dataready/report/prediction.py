"""What a model is predicted to lose on production, and what it really lost, in words.

A metric is written as people of its field write it, "AUC 0.81 → 0.74 [0.71, 0.77]", and said
again for those who are not: so many of a hundred rightly, or off by so much.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import cast

from dataready.config import Metric
from dataready.importance.metric import METRICS, Measure
from dataready.readiness.assessment import Assessment, PredictedLoss
from dataready.report.number import about, amount, count, percent
from dataready.report.text import clip

__all__ = ["change", "in_words", "lines", "outcome", "skill_lost", "source", "written"]

_SAID: Mapping[Metric, str] = {
    "auc": "ranks {} of 100 pairs rightly",
    "accuracy": "is right on {} of 100 rows",
    "f1": "reaches {} of 100 in F1",
    "mae": "is off by {} on average",
    "rmse": "is off by {}, large errors counting more",
}
_ASIDE: Mapping[Metric, str] = {
    "auc": "A pair is two rows of different outcomes; guessing ranks 50 of 100 rightly.",
    "f1": "F1 counts false alarms and misses alike.",
}
_MODELS: Mapping[str, str] = {
    "the probes": "two models of ours (boosting and a linear one, fitted on the rest of the pilot)",
}
_LEAST_SHARE = 0.001
"""Less reads as under 0.1 %."""
_LARGE = 100
_NEARLY, _NEAREST = 0.995, 0.9995
_SPACE = "\u00a0"


def written(loss: PredictedLoss, value: float) -> str:
    """Write a value of the metric; what is not perfect never reads as if it were."""
    if _measure(loss).classes:
        if _NEARLY < value < 1:
            return f"{value:.3f}" if value < _NEAREST else f">{_SPACE}0.999"
        return f"{value:.2f}"
    if not math.isfinite(value) or abs(value) < _LARGE:
        return amount(float(f"{value:.3g}"))
    return f"{value:,.0f}"


def change(loss: PredictedLoss) -> str:
    """Write the metric on the pilot and what is expected of it: "AUC 0.81 → 0.74 [0.71, 0.77]"."""
    name = _measure(loss).name
    pilot, expected, low, high = (
        written(loss, v) for v in (loss.pilot, loss.expected, loss.low, loss.high)
    )
    return f"{name} {pilot} \u2192 {expected} [{low}, {high}]"


def in_words(loss: PredictedLoss, target: str | None) -> str:
    """Say the same to somebody who knows no metric; numbers are in units of the target."""
    metric = _metric(loss)
    pilot, expected, low, high = (
        _of_hundred(loss, v) for v in (loss.pilot, loss.expected, loss.low, loss.high)
    )
    then = f"still be {expected}" if expected == pilot else f"be {expected}"
    aside = _ASIDE.get(metric, "")
    if target and not METRICS[metric].classes:
        aside = f"Numbers are in units of '{clip(target, 40)}'."
    return (
        f"A model trained on the pilot {_SAID[metric].format(pilot)}; on production it would "
        f"{then} (90\u00a0% interval {low} to {high}). {aside}"
    ).rstrip()


def skill_lost(loss: PredictedLoss) -> str:
    """Say what share of its skill a model loses, and what of it no repair of data gives back."""
    said = (
        f"Of its skill, which is what it has over guessing, {percent(loss.loss)} is lost "
        f"(90\u00a0% interval {_spread(loss.loss_low, loss.loss_high)})"
    )
    moved = min(loss.population_loss, loss.loss)
    if moved < _LEAST_SHARE:
        return f"{said}."
    return (
        f"{said}; {percent(moved)} would be lost without any damage, since "
        "production has another mix of rows."
    )


def source(loss: PredictedLoss) -> str:
    """Say whose model was asked, and how."""
    who = _MODELS.get(loss.model, clip(loss.model, 60))
    return (
        f"{who[:1].upper()}{who[1:]} answered labelled rows of the pilot twice: as they are, and "
        "with the damage and the mix of rows that production has."
    )


def outcome(loss: PredictedLoss) -> str:
    """Set what labels of production say beside the prediction; nothing where there are none."""
    if loss.real is None or loss.real_loss is None:
        return ""
    name = _measure(loss).name
    low, high = loss.real_loss_low, loss.real_loss_high
    known = low is not None and high is not None
    spread = f" (90\u00a0% interval {_spread(low, high)})" if known else ""
    return (
        f"Labels of {count(loss.labelled_rows)} production rows say {name} "
        f"{written(loss, loss.real)}: {percent(loss.real_loss)} of the skill is really "
        f"gone{spread}. {_judged(loss, loss.real_loss)}"
    )


def lines(assessment: Assessment) -> tuple[str, ...]:
    """Say in a line each what loss is predicted and, where labels tell, what it really is."""
    loss = assessment.predicted
    if loss is None:
        return ()
    predicted = (
        f"Predicted loss: {change(loss)}, {percent(loss.loss)} of the skill "
        f"({clip(loss.model, 60)})."
    )
    if loss.real is None or loss.real_loss is None:
        return (predicted,)
    place = "inside" if _inside(loss, loss.real_loss) else "outside"
    real = (
        f"Real loss: {_measure(loss).name} {written(loss, loss.real)}, "
        f"{percent(loss.real_loss)} of the skill ({count(loss.labelled_rows)} labelled rows); "
        f"{place} the predicted interval of {_spread(loss.loss_low, loss.loss_high)}."
    )
    return (predicted, real)


def _metric(loss: PredictedLoss) -> Metric:
    return cast("Metric", loss.metric)


def _measure(loss: PredictedLoss) -> Measure:
    return METRICS[_metric(loss)]


def _judged(loss: PredictedLoss, real: float) -> str:
    """Whether it came true; and if not, whether chance alone may be why."""
    if _inside(loss, real):
        return "That is inside the predicted interval."
    more = real > loss.loss_high
    said = f"That is {'more' if more else 'less'} than the predicted interval holds"
    low, high = loss.real_loss_low, loss.real_loss_high
    ends = (real if low is None else low, real if high is None else high)
    if ends[0] <= loss.loss_high and ends[1] >= loss.loss_low:
        return f"{said}, though both intervals overlap: it may be chance."
    if more:
        return (
            f"{said}: what was measured does not explain all of it, and the same inputs may have "
            "come to mean another outcome."
        )
    return f"{said}: the damage costs this model less than it seemed."


def _inside(loss: PredictedLoss, real: float) -> bool:
    return loss.loss_low <= real <= loss.loss_high


def _spread(low: float | None, high: float | None) -> str:
    return f"{percent(low)} to {percent(high)}"


def _of_hundred(loss: PredictedLoss, value: float) -> str:
    if _measure(loss).classes and math.isfinite(value):
        return about(100 * value, ())
    return written(loss, value)
