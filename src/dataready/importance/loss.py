"""How much of a model's skill goes from one set of labelled rows to another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from dataready.importance.metric import Array, Scorer, Yardstick, lost
from dataready.importance.model import Panel

__all__ = ["Heard", "Loss", "loss_between", "population_loss", "real_loss"]

DRAWS = 60
LEAST_SKILL = 0.05
"""A model of less has no skill to lose. A weak one counts: it stands for others of its kind."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What each model of a judge said of some labelled rows; and what each row weighs, or None."""

    labels: Array
    answers: tuple[Array, ...]
    weight: Array | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """The metric before and after, and the share of skill lost, each with a 90 % interval.

    [low, high] is about the metric after. Models are averaged; of the loss only those
    that had skill to lose (0.05), if any had.
    """

    before: float
    after: float
    low: float
    high: float
    loss: float
    loss_low: float
    loss_high: float


def loss_between(
    yardstick: Yardstick,
    before: Sequence[Heard],
    after: Sequence[Heard],
    *,
    paired: bool,
    seed: int = 0,
) -> Loss:
    """Measure a loss, its interval by a bootstrap of rows and sittings.

    Source: Efron and Tibshirani (1993), An Introduction to the Bootstrap, chapter 13;
    multinomial draws are replaced by Poisson weights of mean 1.

    Args:
        yardstick: How answers are scored.
        before: For each sitting, what was said of rows of the pilot.
        after: Likewise, of the others.
        paired: Whether row i of both is the same row, changed: it is drawn for both then.
        seed: Of the draws.
    """
    sittings = [_Sitting.of(yardstick, a, b) for a, b in zip(before, after, strict=True)]
    at = np.array([s.measured() for s in sittings]).mean(0)
    rng = np.random.default_rng(seed)
    drawn = np.array([s.measured(d) for s in sittings for d in s.draws(rng, paired=paired)])
    (low, loss_low), (high, loss_high) = np.nanpercentile(drawn[:, 1:], (5, 95), axis=0)
    first, then, gone = at.tolist()
    return Loss(
        before=first,
        after=then,
        low=min(then, float(low)),
        high=max(then, float(high)),
        loss=gone,
        loss_low=min(gone, float(loss_low)),
        loss_high=max(gone, float(loss_high)),
    )


def population_loss(
    yardstick: Yardstick, heard: Sequence[Heard], weights: Sequence[Array]
) -> float:
    """The share of skill that goes when rows weigh otherwise and nothing else changes.

    Args:
        yardstick: How answers are scored.
        heard: For each sitting, what was said of rows of the pilot.
        weights: For each sitting, what its rows weigh in production.
    """
    pairs = zip(heard, weights, strict=True)
    sittings = [_Sitting.of(yardstick, h, replace(h, weight=w)) for h, w in pairs]
    return float(np.mean([s.measured()[2] for s in sittings]))


def real_loss(panel: Panel, *, seed: int = 0) -> Loss | None:
    """Measure what a panel's models lose on production's labelled rows; None without any.

    Raises:
        ModelError: A model failed.
    """
    outcomes = panel.outcomes
    if outcomes is None:
        return None
    heard: dict[int, Heard] = {}
    for judge, _ in panel.sittings:
        if id(judge) not in heard:
            heard[id(judge)] = Heard(outcomes.labels, judge.ask(outcomes))
    before = [Heard(rows.labels, judge.ask(rows)) for judge, rows in panel.sittings]
    after = [heard[id(judge)] for judge, _ in panel.sittings]
    return loss_between(panel.yardstick, before, after, paired=False, seed=seed)


@dataclass(frozen=True, slots=True)
class _Sitting:
    """Of each model, how to score both of its answers."""

    before: Heard
    after: Heard
    metrics: tuple[tuple[Scorer, Scorer], ...]
    skills: tuple[tuple[Scorer, Scorer], ...]

    @classmethod
    def of(cls, yardstick: Yardstick, a: Heard, b: Heard) -> _Sitting:
        pairs = list(zip(a.answers, b.answers, strict=True))
        return cls(
            a,
            b,
            tuple((yardstick.scorer(a.labels, p), yardstick.scorer(b.labels, q)) for p, q in pairs),
            tuple((yardstick.skill(a.labels, p), yardstick.skill(b.labels, q)) for p, q in pairs),
        )

    def draws(self, rng: np.random.Generator, *, paired: bool) -> Iterator[tuple[Array, Array]]:
        """How often each row of both is drawn."""
        sizes = len(self.before.labels), len(self.after.labels)
        for _ in range(DRAWS):
            v, w = (rng.poisson(1.0, size).astype(float) for size in sizes)
            yield v, v if paired else w

    def measured(self, drawn: tuple[Array, Array] | None = None) -> tuple[float, float, float]:
        """The metric before and after, and the loss, of all rows or of those drawn."""
        v, w = (_weight(heard, k, drawn) for k, heard in enumerate((self.before, self.after)))
        first = float(np.mean([a(v) for a, _ in self.metrics]))
        then = float(np.mean([b(w) for _, b in self.metrics]))
        found = [(a(v), b(w)) for a, b in self.skills]
        able = [pair for pair in found if pair[0] >= LEAST_SKILL] or found
        return first, then, float(np.mean([lost(a, b) for a, b in able]))


def _weight(heard: Heard, k: int, drawn: tuple[Array, Array] | None) -> Array | None:
    if drawn is None or heard.weight is None:
        return heard.weight if drawn is None else drawn[k]
    return drawn[k] * heard.weight
