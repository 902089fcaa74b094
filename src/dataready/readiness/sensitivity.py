"""How much of a verdict hangs on the weights: the same verdict with other ones, or another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from dataready.importance.weight import Weights
from dataready.model import Verdict
from dataready.readiness.case import Case
from dataready.readiness.gate import gates_with_weights
from dataready.readiness.score import combine, score_of
from dataready.readiness.verdict import verdict

__all__ = ["sensitivity"]

CHANGE = 0.25
MOST_COLUMNS = 10
"""The dearest columns, whose weights are changed one by one; an undamaged one's changes nothing."""


def sensitivity(case: Case) -> tuple[str, ...]:
    """Say how often the verdict would be the same with other weights; nothing without weights.

    They are those of each split of the probes; each dear column's, 25 % up and down; and all
    columns' together, 25 % up and down, which are the ends of every mix of such changes.
    """
    if case.weights.mean is None or case.assessment.score.value is None:
        return ()
    found = [_judged(case, weights) for weights in _others(case)]
    now = case.assessment.verdict
    same = sum(said is now for said, _ in found)
    other = sorted({said.value.replace("_", " ") for said, _ in found if said is not now})
    splits = "those of each probe split; " if len(case.weights.splits) > 1 else ""
    values = [value for _, value in found]
    return (
        f"The verdict is the same with {same} of {len(found)} other sets of weights ({splits}each "
        "of the dearest columns', and all columns', 25 % up and down)"
        + (f", else {' or '.join(other)}" if other else "")
        + f"; the score is {min(values):.1f} to {max(values):.1f} over them.",
    )


def _others(case: Case) -> Iterator[Weights]:
    weights = case.weights
    if len(weights.splits) > 1:
        yield from (replace(weights, mean=split, splits=(split,)) for split in weights.splits)
    cost = {c.name: c.points_lost for c in case.assessment.columns if c.points_lost > 0}
    dearest = sorted(cost, key=lambda c: (-cost[c], c))[:MOST_COLUMNS]
    for factor in (1 - CHANGE, 1 + CHANGE):
        for columns in (*((c,) for c in dearest), tuple(weights.mean or ())):
            yield _scaled(weights, dict.fromkeys(columns, factor))


def _scaled(weights: Weights, factors: Mapping[str, float]) -> Weights:
    def scaled(given: Mapping[str, float]) -> dict[str, float]:
        return {c: min(1.0, w * factors.get(c, 1.0)) for c, w in given.items()}

    return replace(
        weights,
        mean=scaled(weights.mean or {}),
        splits=tuple(scaled(split) for split in weights.splits),
    )


def _judged(case: Case, weights: Weights) -> tuple[Verdict, float]:
    forecast = case.forecast
    if forecast is not None:
        # Models that were asked do not know our weights: what they said stays.
        forecast = replace(forecast, product=combine(case.damage, weights.mean).value)
    score, _ = score_of(case.damage, case.sample.draws, weights, forecast=forecast)
    gates = gates_with_weights(case.assessment.gates, weights, case.damage)
    said, _ = verdict(score, gates, case.assessment.findings, case.policy)
    return said, score.value or 0.0
