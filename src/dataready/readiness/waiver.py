"""Waivers: gaps that somebody answers for, beside the score as it is.

A waiver gives points back and lifts what gates say of its column, until a day, up to a cap of
its own, and all of them together up to ten points. It adds no knowledge: the interval keeps
its width. It never makes go, and what it cannot lift is leakage, volume and whatever else is
not about one column.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from dataready.compare.evidence import percent
from dataready.config import Waiver
from dataready.model import Verdict
from dataready.readiness.assessment import Score, Waived
from dataready.readiness.case import ALL, PARTS, Case, Change
from dataready.readiness.verdict import verdict

__all__ = ["MOST_POINTS", "waived"]

MOST_POINTS = 10.0
"""What all waivers of a dataset give back together, at most."""


def waived(case: Case, waivers: Sequence[Waiver], today: date) -> Waived | None:
    """Judge with the waivers; None where there are none, or no score that they could change.

    Args:
        case: What was judged without them.
        waivers: Those of the settings.
        today: The day of the production extract.
    """
    score = case.assessment.score
    if not waivers or score.value is None:
        return None
    void = {w.column: why for w in waivers if (why := _void(case, w, today))}
    holding = [w for w in waivers if w.column not in void]
    back = [_points(case, w) for w in holding]
    given = min(MOST_POINTS, math.fsum(back))
    raised = _raised(score, given)
    changes = {w.column: Change(mended=dict.fromkeys(PARTS, 1.0)) for w in holding}
    said, _ = verdict(raised, case.gates_after(changes), case.assessment.findings, case.policy)
    best = Verdict.GO if case.assessment.verdict is Verdict.GO else Verdict.CONDITIONAL
    scale = given / math.fsum(back) if given else 0.0
    return Waived(
        value=raised.value or 0.0,
        low=raised.low or 0.0,
        high=raised.high or 0.0,
        verdict=best if said is Verdict.GO else said,
        applied=tuple(
            f"'{w.column}': {scale * own:.1f} points, for {w.owner} until {w.expires}: {w.reason}"
            for w, own in zip(holding, back, strict=True)
        ),
        void=tuple(f"'{column}': {why}" for column, why in void.items()),
    )


def _void(case: Case, waiver: Waiver, today: date) -> str:
    """Say why a waiver does not hold; nothing where it does."""
    loss = case.damage.get(waiver.column)
    if loss is None:
        return "no pilot column of that name is scored."
    if waiver.expires < today:
        return f"it expired on {waiver.expires}."
    if loss.d > waiver.up_to:
        return (
            f"{percent(loss.d)} of its cells are damaged, and it holds up to "
            f"{percent(waiver.up_to)}."
        )
    if not (loss.d or loss.x):
        return "there is nothing to waive; it is undamaged."
    return ""


def _points(case: Case, waiver: Waiver) -> float:
    """What the column alone would give back, up to the waiver's own cap."""
    now = case.assessment.score.value or 0.0
    after = case.judge({waiver.column: ALL}, quick=True).score.value or now
    return min(waiver.at_most, max(0.0, after - now))


def _raised(score: Score, points: float) -> Score:
    ends = (score.value, score.low, score.high)
    value, low, high = (None if v is None else min(100.0, v + points) for v in ends)
    return replace(score, value=value, low=low, high=high)
