"""How well a score tells what models really lose: the numbers of the tables, from plain arrays.

Scores are given as alarms: the higher, the worse production is said to be. Losses are shares of
skill in [0, 1]. A number that its rows cannot tell (one class only, no interval) is NaN.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import kendalltau, spearmanr
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import roc_auc_score

__all__ = [
    "FIGURES",
    "Array",
    "auroc",
    "best_accuracy",
    "coverage",
    "figures",
    "kendall",
    "leave_out",
    "mean_over",
    "spearman",
]

Array = NDArray[np.float64]
LOST = 0.05
SEVERE = 0.2
FIGURES = {
    "n": "n",
    "rho": "rho",
    "tau": "tau",
    "auroc": "AUROC",
    "accuracy": "acc.",
    "best": "best",
    "false_alarms": "false",
    "missed": "missed",
    "error": "error",
    "benign": "benign",
}
"""Figure -> head of its column in the tables."""


def spearman(alarm: Array, loss: Array) -> float:
    """Spearman's rank correlation; NaN where either does not vary."""
    return float(spearmanr(alarm, loss)[0]) if _varies(alarm) and _varies(loss) else np.nan


def kendall(alarm: Array, loss: Array) -> float:
    """Kendall's rank correlation, tau-b; NaN where either does not vary."""
    return float(kendalltau(alarm, loss)[0]) if _varies(alarm) and _varies(loss) else np.nan


def _varies(values: Array) -> bool:
    return len(values) > 1 and bool(np.ptp(values) > 0)


def auroc(alarm: Array, bad: NDArray[np.bool_]) -> float:
    """The chance that a bad set has the higher alarm of two; NaN without sets of both kinds."""
    return float(roc_auc_score(bad, alarm)) if 0 < bad.sum() < len(bad) else np.nan


def best_accuracy(alarm: Array, bad: NDArray[np.bool_]) -> float:
    """The accuracy at the threshold that suits these very sets best."""
    order = np.argsort(alarm, kind="stable")
    values, sorted_bad = alarm[order], bad[order]
    # Below place k all is called good, from k on bad; equal alarms are called alike.
    right = np.r_[0, np.cumsum(~sorted_bad)] + np.r_[np.cumsum(sorted_bad[::-1])[::-1], 0]
    apart = np.r_[True, values[1:] != values[:-1], True]
    return float(right[apart].max() / len(bad)) if len(bad) else np.nan


def coverage(loss: Array, low: Array, high: Array) -> float:
    """The share of losses inside their intervals, ends included; sets without one are left out."""
    known = ~(np.isnan(low) | np.isnan(high))
    inside = (loss[known] >= low[known] - 1e-9) & (loss[known] <= high[known] + 1e-9)
    return float(inside.mean()) if len(inside) else np.nan


def figures(sets: pd.DataFrame, score: str, limit: float, predicted: str) -> dict[str, float]:
    """All figures of a score on some production sets.

    Args:
        sets: A row per set, with `loss`, `kind`, `benign`, and the two columns named next.
        score: The column of alarms; sets where it is NaN are left out.
        limit: An alarm above it says "loss above 5 %".
        predicted: The column of predicted losses.

    Returns:
        Figure -> value: `accuracy` at the limit, `best` at the threshold that suits the sets
        best; `false_alarms` among clean draws; `missed` among losses above 20 %; `error` mean
        absolute error of the predicted loss; `benign` AUROC among clean draws and changes of
        population.
    """
    sets = sets[sets[score].notna()]
    alarm, loss = sets[score].to_numpy(float), sets["loss"].to_numpy(float)
    bad, alarmed = loss > LOST, alarm > limit
    clean, severe = (sets["kind"] == "clean").to_numpy(), loss > SEVERE
    soft = sets["benign"].to_numpy(bool) | clean
    miss = np.abs(sets[predicted].to_numpy(float) - loss)
    return {
        "n": float(len(sets)),
        "rho": spearman(alarm, loss),
        "tau": kendall(alarm, loss),
        "auroc": auroc(alarm, bad),
        "accuracy": _mean(alarmed == bad),
        "best": best_accuracy(alarm, bad),
        "false_alarms": _mean(alarmed[clean]),
        "missed": _mean(~alarmed[severe]),
        "error": _mean(miss[~np.isnan(miss)]),
        "benign": auroc(alarm[soft], bad[soft]),
    }


def _mean(values: Array | NDArray[np.bool_]) -> float:
    return float(values.mean()) if len(values) else np.nan


def mean_over(
    groups: pd.Series, figure: Callable[[pd.Index], dict[str, float]]
) -> dict[str, float]:
    """The mean over groups of each figure, where it can be told.

    Args:
        groups: The group of each set.
        figure: The figures of the sets with these labels of the index.
    """
    found = pd.DataFrame([figure(rows) for rows in groups.groupby(groups).groups.values()])
    return {str(k): float(v) for k, v in found.mean().items()}


def leave_out(alarm: Array, loss: Array, groups: NDArray[np.object_]) -> Array:
    """The loss that an isotonic map says, made without the group that it is asked about.

    Answers NaN where the alarm is NaN.
    """
    out = np.full(len(alarm), np.nan)
    known = ~np.isnan(alarm)
    for group in np.unique(groups):
        asked, taught = known & (groups == group), known & (groups != group)
        if asked.any() and taught.any():
            line = IsotonicRegression(out_of_bounds="clip").fit(alarm[taught], loss[taught])
            out[asked] = line.predict(alarm[asked])
    return out
