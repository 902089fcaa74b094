"""Groups of rows judged by themselves, and the largest set of them that is ready.

A group is held against the same group of the pilot, by the score, interval, gates and verdict
of a dataset. Gates that counts alone decide are judged again; any other that the dataset fails,
every group fails too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from dataready.compare.counts import Counts
from dataready.compare.damage import Damage, column_damage
from dataready.compare.segment import Group, Segmentation, counts_between, union
from dataready.config import Gates, Policy
from dataready.importance.weight import Weights
from dataready.model import Finding, Severity, Verdict
from dataready.readiness.assessment import Gate, PredictedLoss, ReadyScope, Score, SegmentAssessment
from dataready.readiness.gate import gates_of_part
from dataready.readiness.score import Combined, forecast_of, score, score_of
from dataready.readiness.verdict import verdict

__all__ = ["LEAST_GROUP", "Basis", "judge_segments"]

LEAST_GROUP = 5
"""Of fewer rows nothing is shown."""
LEAST_PILOT = 200
"""With fewer pilot rows the relations between columns cannot be told from chance."""
MOST_EXACT = 10
MOST_SCORED = 40
"""Sets of groups whose interval is computed before the search goes on greedily."""

_ORDER = (Verdict.NO_GO, Verdict.NOT_ENOUGH_EVIDENCE, Verdict.CONDITIONAL, Verdict.GO)


Ask = Callable[[Counts, Mapping[str, Damage]], PredictedLoss | None]


def _nobody(_counts: Counts, _damage: Mapping[str, Damage]) -> None:
    """There is no model to ask."""


@dataclass(frozen=True, slots=True)
class Basis:
    """What every group is judged on: gates and findings of all rows, importances and limits."""

    gates: tuple[Gate, ...]
    findings: tuple[Finding, ...]
    weights: Weights
    policy: Policy
    own: Gates
    ask: Ask = _nobody
    """Asks the models what they lose to some counts and their damage."""


@dataclass(frozen=True, slots=True)
class _Judged:
    score: Score
    total: Combined
    verdict: Verdict
    predicted: PredictedLoss | None


def judge_segments(
    segmentations: Iterable[Segmentation], basis: Basis
) -> tuple[tuple[SegmentAssessment, ...], tuple[ReadyScope, ...]]:
    """Judge every group of at least five rows.

    A group of which the pilot has fewer than 200 rows is held against the whole pilot instead,
    and is never part of what is ready. With fewer than `policy.min_pilot_rows` of them, or
    `policy.min_production_rows` of production's, it is not enough evidence by itself.

    Returns:
        The groups, column by column, worst first; and for each column the largest set of groups,
        by rows, that taken together would be go. No set holds a group that is no-go alone, or
        scores as low: a mean over many rows must not hide it.
    """
    assessed: list[SegmentAssessment] = []
    scopes = []
    for segmentation in segmentations:
        shown = [g for g in segmentation.groups if g.production.rows >= LEAST_GROUP]
        if not shown:
            continue
        found = [_assessment(segmentation, group, basis) for group in shown]
        assessed += sorted(found, key=_worst_first)
        scopes.append(_scope(segmentation, shown, found, basis))
    return tuple(assessed), tuple(scopes)


def _worst_first(group: SegmentAssessment) -> tuple[int, float, int]:
    value = group.score.value
    return _ORDER.index(group.verdict), -1.0 if value is None else value, -group.rows


def _assessment(segmentation: Segmentation, group: Group, basis: Basis) -> SegmentAssessment:
    comparable = group.pilot.rows >= LEAST_PILOT
    pilot = group.pilot if comparable else segmentation.pilot
    # Beside the whole pilot, rows of one value have not shifted: they were chosen by it.
    chosen = segmentation.column if group.pilot.rows and not comparable else None
    counts = counts_between(segmentation.whole, pilot, group.production, settled=chosen)
    judged = _judge(counts, (group.pilot.rows, group.production.rows), basis)
    return SegmentAssessment(
        column=segmentation.column,
        value=group.label,
        rows=group.production.rows,
        pilot_rows=group.pilot.rows if group.pilot.rows >= LEAST_GROUP else 0,
        comparable=comparable,
        score=judged.score,
        verdict=judged.verdict,
        worst=_dearest(judged.total),
        predicted=judged.predicted,
    )


def _judge(counts: Counts, rows: tuple[int, int], basis: Basis) -> _Judged:
    damage = column_damage(counts)
    predicted = basis.ask(counts, damage)
    forecast = forecast_of(damage, basis.weights, predicted)
    published, total = score(counts, basis.weights, forecast=forecast)
    judged = gates_of_part(
        basis.gates, rows, counts, damage, basis.weights, basis.policy, basis.own
    )
    errors = [f for f in basis.findings if f.severity is Severity.ERROR]
    said = verdict(published, judged, errors, basis.policy)[0]
    return _Judged(published, total, said, predicted)


def _dearest(total: Combined) -> str:
    """Name the column that costs most, or none where none costs anything to speak of."""
    column, points = max(total.points.items(), key=lambda item: item[1], default=("", 0.0))
    return f"'{column}' -{points:.1f} points" if points >= 0.05 else ""


def _scope(
    segmentation: Segmentation,
    shown: Sequence[Group],
    assessed: Sequence[SegmentAssessment],
    basis: Basis,
) -> ReadyScope:
    candidates = [g for g, a in zip(shown, assessed, strict=True) if _may_be_ready(a, basis.policy)]
    found = _largest(candidates, segmentation.whole, basis)
    ready, judged = found or ((), None)
    rows = sum(g.production.rows for g in ready)
    return ReadyScope(
        column=segmentation.column,
        ready=tuple(g.label for g in shown if g in ready),
        not_ready=tuple(g.label for g in shown if g not in ready),
        rows_share=rows / segmentation.rows,
        value=judged.score.value if judged else None,
        low=judged.score.low if judged else None,
    )


def _may_be_ready(group: SegmentAssessment, policy: Policy) -> bool:
    value = group.score.value
    if not group.comparable or group.verdict is Verdict.NO_GO or value is None:
        return False
    return value >= policy.conditional_at


def _largest(
    candidates: Sequence[Group], whole: Counts, basis: Basis
) -> tuple[tuple[Group, ...], _Judged] | None:
    """Find the set of most rows that is go: of all sets where they are few, else greedily."""

    def value(groups: Sequence[Group]) -> float:
        """The score without the error of sampling; what cannot be measured lowers it."""
        damage = column_damage(_together(groups, whole)[0])
        return score_of(damage, (), basis.weights)[0].low or 0.0

    if len(candidates) <= MOST_EXACT:
        scored = 0
        for some in _by_rows(candidates):
            if value(some) < basis.policy.go_at:
                continue
            if scored == MOST_SCORED:
                break
            scored += 1
            judged = _go(some, whole, basis)
            if judged:
                return some, judged
        else:
            return None
    left = tuple(candidates)
    while left:
        judged = _go(left, whole, basis)
        if judged:
            return left, judged
        smaller = (left[:k] + left[k + 1 :] for k in range(len(left)))
        left = max(smaller, key=lambda some: value(some) if some else 0.0)
    return None


def _go(groups: Sequence[Group], whole: Counts, basis: Basis) -> _Judged | None:
    """Judge some groups together; None where it is not go. Models are asked last: it takes long."""
    counts, rows = _together(groups, whole)
    for ask in (_nobody, basis.ask):
        judged = _judge(counts, rows, replace(basis, ask=ask))
        if judged.verdict is not Verdict.GO:
            return None
    return judged


def _by_rows(candidates: Sequence[Group]) -> list[tuple[Group, ...]]:
    """All sets, that of most rows first."""
    sets = [s for k in range(len(candidates), 0, -1) for s in combinations(candidates, k)]
    return sorted(sets, key=lambda some: -sum(g.production.rows for g in some))


def _together(groups: Sequence[Group], whole: Counts) -> tuple[Counts, tuple[int, int]]:
    pilot, production = union([g.pilot for g in groups]), union([g.production for g in groups])
    return counts_between(whole, pilot, production), (pilot.rows, production.rows)
