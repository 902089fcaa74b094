"""What people measure a model in, and the skill that every score here speaks of.

Answers to several classes are probabilities, shape (rows, classes); to numbers, the numbers.
Source of the rank form of AUC, ties counted half: Hanley and McNeil (1982), The meaning and
use of the area under a ROC curve, Radiology 143:29-36.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from dataready.config import Metric
from dataready.errors import ConfigError
from dataready.profile.profile import ColumnStates

__all__ = ["METRICS", "Measure", "Scorer", "Yardstick", "chosen", "classed", "lost"]

Array = NDArray[np.float64]
Scorer = Callable[[Array | None], float]
"""Scores answers under weights per row, shape (rows,), or with all rows alike; NaN if undefined."""

LEAST_SKILL = 0.05
LEAST_RANKED = 5
MOST_CLASSES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A metric: what it is called, what it is for, which way is better, how it is written."""

    name: str
    classes: bool
    higher: bool
    format: str

    def written(self, value: float) -> str:
        """Write a value as people read it.

        >>> METRICS["auc"].written(0.8136), METRICS["mae"].written(1234.4)
        ('AUC 0.81', 'MAE 1,234')
        """
        small = not self.classes and abs(value) < 100
        return f"{self.name} {value:{'.3g' if small else self.format}}"


METRICS: Mapping[Metric, Measure] = MappingProxyType(
    {
        "auc": Measure(name="AUC", classes=True, higher=True, format=".2f"),
        "accuracy": Measure(name="accuracy", classes=True, higher=True, format=".2f"),
        "f1": Measure(name="F1", classes=True, higher=True, format=".2f"),
        "mae": Measure(name="MAE", classes=False, higher=False, format=",.0f"),
        "rmse": Measure(name="RMSE", classes=False, higher=False, format=",.0f"),
    }
)


def classed(target: ColumnStates) -> bool:
    """Whether a target has classes: text, or at most ten distinct numbers or dates."""
    few = target.values.exact and len(target.values.counts) <= MOST_CLASSES
    return target.plan.base == "text" or few


def chosen(named: Metric | None, *, classes: bool, target: str) -> Metric:
    """Answer the metric named, or AUC for classes and MAE for numbers.

    Raises:
        ConfigError: The one named does not fit the target.
    """
    fitting: dict[bool, Metric] = {True: "auc", False: "mae"}
    if named is None:
        return fitting[classes]
    if METRICS[named].classes is not classes:
        has, needs = ("classes", "numbers") if classes else ("numbers", "classes")
        there = ", ".join(m for m, measure in METRICS.items() if measure.classes is classes)
        msg = (
            f"The metric '{named}' is for {needs}, and the target '{target}' has {has}. "
            f"Choose one of: {there}."
        )
        raise ConfigError(msg)
    return named


@dataclass(frozen=True, slots=True, kw_only=True)
class Yardstick:
    """How answers about one target are scored, whichever rows they are about.

    `size` is the number of classes, 0 for numbers; `rarer` the class that F1 of two classes is
    about, `middle` the median that numbers are guessed by: both are the pilot's.
    """

    metric: Metric
    size: int
    rarer: int = 1
    middle: float = 0.0

    @classmethod
    def of(cls, metric: Metric, labels: Array, size: int) -> Yardstick:
        """Take the rarer class and the median from the pilot's labels."""
        if not size:
            return cls(metric=metric, size=0, middle=float(np.median(labels)))
        rarer = int((labels == 1).sum() <= (labels == 0).sum())
        return cls(metric=metric, size=size, rarer=rarer)

    def scorer(self, labels: Array, answer: Array) -> Scorer:
        """Prepare to score some answers in the metric, again and again.

        Args:
            labels: Class numbers or numbers, shape (rows,).
            answer: What a model said.
        """
        if self.metric == "auc":
            return _auc(labels, answer)
        if self.metric in {"mae", "rmse"}:
            return _error(labels, answer, square=self.metric == "rmse")
        said = answer.argmax(1)
        if self.metric == "accuracy":
            return lambda weights: _mean((said == labels).astype(float), weights)
        asked = [self.rarer] if self.size == 2 else range(self.size)
        return _f1(labels, said, [k for k in asked if (labels == k).any() or (said == k).any()])

    def skill(self, labels: Array, answer: Array) -> Scorer:
        """Prepare to score the skill of answers: 2·AUC - 1, or 1 - MAE/MAE of the median."""
        if self.size:
            auc = _auc(labels, answer)
            return lambda weights: 2 * auc(weights) - 1
        error, guessed = np.abs(labels - answer), np.abs(labels - self.middle)
        return lambda weights: 1 - _mean(error, weights) / max(_mean(guessed, weights), 1e-12)


def lost(before: float, after: float) -> float:
    """The share of a skill that is gone, in [0, 1].

    >>> lost(0.5, 0.375), lost(0.8, 0.9), lost(0.8, -0.2)
    (0.25, 0.0, 1.0)
    """
    return float(np.clip(1 - after / max(before, LEAST_SKILL), 0, 1))


def _mean(values: Array, weights: Array | None) -> float:
    return float(values.mean() if weights is None else values @ weights / weights.sum())


def _error(labels: Array, answer: Array, *, square: bool) -> Scorer:
    errors = (labels - answer) ** 2 if square else np.abs(labels - answer)
    power = 0.5 if square else 1.0
    return lambda weights: _mean(errors, weights) ** power


def _auc(labels: Array, answer: Array) -> Scorer:
    """Each class against the rest, mean; of two classes the second."""
    size = answer.shape[1]
    least = 1 if size == 2 else LEAST_RANKED
    scorers = []
    for k in [1] if size == 2 else range(size):
        mine = labels == k
        if least <= mine.sum() <= len(mine) - least:
            scorers.append(_ranked(mine.astype(float), answer[:, k]))
    return lambda weights: float(np.mean([s(weights) for s in scorers])) if scorers else 0.5


def _ranked(mine: Array, said: Array) -> Scorer:
    levels, place = np.unique(said, return_inverse=True)

    def auc(weights: Array | None) -> float:
        weights = np.ones(len(mine)) if weights is None else weights
        yes = np.bincount(place, weights * mine, len(levels))
        no = np.bincount(place, weights * (1 - mine), len(levels))
        pairs = yes.sum() * no.sum()
        return float(yes @ (np.cumsum(no) - no / 2) / pairs) if pairs else float("nan")

    return auc


def _f1(labels: Array, said: NDArray[np.intp], asked: list[int]) -> Scorer:
    def f1(weights: Array | None) -> float:
        w = np.ones(len(labels)) if weights is None else weights
        found = []
        for k in asked:
            real, named = labels == k, said == k
            hits, both = w[real & named].sum(), w[real].sum() + w[named].sum()
            found.append(2 * hits / both if both else 0.0)
        return float(np.mean(found)) if found else 0.0

    return f1
