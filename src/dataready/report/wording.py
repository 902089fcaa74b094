"""What verdicts, scores and dimensions mean, in the sentences that people are shown."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dataready.model import Verdict
from dataready.readiness.assessment import Assessment, Damage, Score
from dataready.report.number import about, percent, score

__all__ = [
    "DAMAGE_PARTS",
    "DIMENSIONS",
    "NOT_CALIBRATED",
    "VERDICTS",
    "Limits",
    "damage_parts",
    "interval",
    "meaning",
    "verdict_line",
]

VERDICTS: Mapping[Verdict, str] = {
    Verdict.GO: "Go",
    Verdict.CONDITIONAL: "Conditional",
    Verdict.NO_GO: "No-go",
    Verdict.NOT_ENOUGH_EVIDENCE: "Not enough evidence",
}

DIMENSIONS: Mapping[str, str] = {
    "completeness": "values missing beyond what the pilot had",
    "validity": "values that do not parse, lie out of range or were never seen",
    "consistency": "relations between columns that no longer hold",
    "drift": "shifts that the other columns do not explain",
    "schema": "columns absent, renamed or of another type",
}

DAMAGE_PARTS: Mapping[str, str] = {
    "M": "missing beyond the pilot",
    "V": "not valid",
    "unparsed": "of which unparseable",
    "x": "absurd magnitude",
    "s": "in-domain shift",
    "b": "broken relations",
    "kappa": "share of the shift that is damage",
    "R": "inconsistent: broken relations, or shift that is damage",
    "d": "damaged, all taken together",
}

NOT_CALIBRATED = "not calibrated to model loss"

_VERDICT_LINES: Mapping[Verdict, str] = {
    Verdict.GO: "Production is ready for this pilot.",
    Verdict.CONDITIONAL: "Production is nearly ready: go ahead once the gaps below are settled.",
    Verdict.NO_GO: "Production is not ready for this pilot.",
    Verdict.NOT_ENOUGH_EVIDENCE: "There is too little evidence for a verdict.",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """Where the policy draws the lines, on 0-100."""

    go_at: float = 95.0
    conditional_at: float = 85.0

    @classmethod
    def of(cls, provenance: Mapping[str, Any]) -> Limits:
        """Read the frozen policy that stands in an assessment's provenance."""
        policy = provenance.get("policy") or {}
        return cls(
            float(policy.get("go_at", cls().go_at)),
            float(policy.get("conditional_at", cls().conditional_at)),
        )

    def __iter__(self) -> Iterator[float]:
        """Iterate over both limits, the lower one first."""
        return iter((self.conditional_at, self.go_at))


def verdict_line(verdict: Verdict) -> str:
    """Say the verdict as one sentence.

    >>> verdict_line(Verdict.GO)
    'Production is ready for this pilot.'
    """
    return _VERDICT_LINES[verdict]


def interval(value: Score) -> str:
    """Write the 90 % interval as "58.0 to 66.1", or "not known"."""
    if value.low is None or value.high is None:
        return "not known"
    return f"{score(value.low)} to {score(value.high)}"


def meaning(assessment: Assessment) -> tuple[str, ...]:
    """Say what the score means, the most important sentence first."""
    value, limits = assessment.score, Limits.of(assessment.provenance)
    return tuple(
        sentence
        for sentence in (
            _headline(value, limits),
            _mapped(assessment),
            _calibration(value),
            _unknown(value),
            _sight(value),
        )
        if sentence
    )


def damage_parts(damage: Damage) -> tuple[tuple[str, float], ...]:
    """Answer the parts that make up a column's damage and are not nil, with their names.

    >>> damage_parts(Damage(M=0.1, b=0.2))
    (('missing', 0.1), ('inconsistent', 0.2))
    """
    parts = (
        ("missing", damage.M),
        ("invalid", damage.V),
        ("absurd", damage.x),
        ("inconsistent", damage.R),
    )
    return tuple((name, share) for name, share in parts if share > 0)


def _headline(value: Score, limits: Limits) -> str:
    needs = f"go needs {limits.go_at:g}, and below {limits.conditional_at:g} is no-go"
    if value.value is None or not math.isfinite(value.value):
        return f"No score could be computed; {needs}."
    shown = about(value.value, tuple(limits))
    spread = f"90\u00a0% interval {_range(value, limits)}; " if value.low is not None else ""
    if value.kind == "A0":
        return (
            f"About {shown}\u00a0% of production's cells are undamaged, averaged over the columns; "
            f"{spread}{needs}. Without a usable target the score is {NOT_CALIBRATED}."
        )
    return (
        f"About {shown}\u00a0% of the pilot model's skill would survive on production; "
        f"{spread}{needs}."
    )


def _range(value: Score, limits: Limits) -> str:
    low, high = value.low or 0.0, value.high if value.high is not None else 100.0
    return f"{about(low, tuple(limits))} to {about(high, tuple(limits))}"


def _calibration(value: Score) -> str:
    if value.kind == "A0":
        return ""
    if value.loss_mean is None:
        return "" if value.calibrated else "The value is the formula's own, not yet calibrated."
    worst = f", and {percent(value.loss_high)} or more in one case of ten" if value.loss_high else ""
    return (
        "Where scores like this one were checked against real models, "
        f"{percent(value.loss_mean)} of the skill was lost on average{worst}."
    )


def _unknown(value: Score) -> str:
    low, high = value.if_unknown_fail, value.if_unknown_pass
    if value.coverage >= 1 or low is None or high is None:
        return ""
    return (
        f"{percent(value.coverage)} of the weight could be measured: if all that is unknown "
        f"failed, the score would be {score(low)}; if it passed, {score(high)}."
    )


def _mapped(assessment: Assessment) -> str:
    if assessment.score_if_mapped is None:
        return ""
    many = len(assessment.mapping_proposed)
    names = "the rename that was found" if many == 1 else f"all {many} renames that were found"
    return f"If people accept {names}, the score is {score(assessment.score_if_mapped)}."


def _sight(value: Score) -> str:
    if value.smallest_visible_shift is None:
        return ""
    return (
        f"Shifts that move less than {percent(value.smallest_visible_shift)} of a column's rows "
        "cannot be told from chance with this many rows."
    )
