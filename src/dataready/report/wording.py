"""What verdicts, scores and dimensions mean, in the sentences that people are shown."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dataready.model import Verdict
from dataready.readiness.assessment import (
    Assessment,
    ColumnAssessment,
    Damage,
    Fix,
    FixPlan,
    ReadyScope,
    Score,
)
from dataready.readiness.calibration import Band, bands, expected_loss
from dataready.report.data import ReportData
from dataready.report.number import about, amount, percent, points, score
from dataready.report.text import clip

__all__ = [
    "DAMAGE_PARTS",
    "DIMENSIONS",
    "NOT_CALIBRATED",
    "VERDICTS",
    "Limits",
    "attribution",
    "attributions",
    "by_chance",
    "damage_parts",
    "days",
    "interval",
    "meaning",
    "plan_line",
    "project",
    "ready",
    "shown_fixes",
    "verdict_line",
    "waived_line",
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

_LEAST_POINTS = 0.05
"""Less reads as 0.0."""
_AGREE = 2.0
"""Points by which two estimates may differ and still say the same."""
_FIXES = 25
_GROUPS = 8
"""Names of groups that a sentence lists."""

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
            _estimates(assessment, limits),
            _record(value, limits),
            _mapped(assessment),
            _unknown(value),
            _sight(value),
        )
        if sentence
    )


def project(data: ReportData) -> tuple[str, ...]:
    """Say which of several datasets gives the project its score, and which cannot be compared."""
    if len(data.datasets) == 1:
        return ()
    low, name = data.lowest.score.value, clip(data.lowest.dataset, 40)
    said = [
        f"The project has no score, since {name} has none."
        if low is None
        else f"The project's score is the lowest of its datasets': {score(low)}, of {name}."
    ]
    known = [a for a in data.datasets if a.score.value is not None]
    shares = tuple(a.dataset for a in known if a.score.kind == "A0")
    if 0 < len(shares) < len(known):
        many = "scores are" if len(shares) > 1 else "score is"
        said.append(
            f"Without a usable target ({_listed(shares)}) the {many} about undamaged cells (A0), "
            "of the others about the skill that survives (S): the two are no measure of each other."
        )
    return tuple(said)


def ready(scope: ReadyScope) -> str:
    r"""Say for which groups of a column production is ready, and for which it is not.

    >>> scope = ReadyScope(column="region", ready=("DE", "FR"), not_ready=("LATAM",),
    ...                    rows_share=0.62, value=97.0, low=95.8)
    >>> ready(scope)
    'By region: ready for DE, FR (62.0\xa0% of rows); not for LATAM.'
    """
    by = f"By {clip(scope.column, 40)}:"
    if not scope.ready:
        return f"{by} ready for no group."
    if not scope.not_ready:
        return f"{by} ready for every group."
    share = f"{percent(scope.rows_share)} of rows"
    return f"{by} ready for {_listed(scope.ready)} ({share}); not for {_listed(scope.not_ready)}."


def _listed(names: tuple[str, ...]) -> str:
    more = len(names) - _GROUPS
    shown = ", ".join(clip(name, 40) for name in names[:_GROUPS])
    return f"{shown} and {more:,} more" if more > 0 else shown


def attribution(column: ColumnAssessment, plan: FixPlan | None) -> str:
    """Say what a column costs and why; its dearest repair knows the defect in a few words.

    For example: "-6.1 points: 'ship_weight', 12.0 % of rows in pounds since 2021-Q2".
    """
    cost = f"-{points(column.points_lost)} points: '{clip(column.name, 40)}'"
    own = [f for f in plan.fixes if column.name in (f.column, *f.also)] if plan else []
    if own:
        rest = len(own) - 1
        more = f", and {rest} more gap{'' if rest == 1 else 's'}" if rest else ""
        return f"{cost}, {own[0].why}{more}"
    parts = damage_parts(column.damage) if column.damage else ()
    said = ", ".join(f"{percent(share)} {name}" for name, share in parts)
    return f"{cost}, {said}" if said else cost


def attributions(assessment: Assessment, at_most: int = 5) -> tuple[str, ...]:
    """Say where the points go, dearest first: to columns, and to a change of population."""
    told = {
        attribution(c, assessment.fix_plan): c.points_lost
        for c in assessment.columns
        if c.points_lost >= _LEAST_POINTS
    }
    moved = assessment.score.population_points
    if moved >= _LEAST_POINTS:
        told[f"-{points(moved)} points: a change of population, which no repair undoes"] = moved
    return tuple(sorted(told, key=lambda said: (-told[said], said))[:at_most])


def days(effort: float) -> str:
    """Write an effort.

    >>> days(1.0), days(2.5)
    ('1 day', '2.5 days')
    """
    return f"{amount(effort)} day{'' if effort == 1 else 's'}"


def plan_line(plan: FixPlan) -> str:
    """Say what the repairs of the plan lead to, and what they cost."""
    chosen = [f for f in plan.fixes if f.in_plan]
    then = f"{VERDICTS[plan.verdict].lower()}, score {score(plan.value)}"
    then += "" if plan.low is None else f", 90\u00a0% interval from {score(plan.low)}"
    if not chosen:
        lead = "is needed" if plan.verdict is Verdict.GO else "that is known leads to go"
        return f"No repair {lead}: {then}."
    many = "1 repair" if len(chosen) == 1 else f"{len(chosen)} repairs"
    cost = days(math.fsum(f.effort for f in chosen))
    if plan.verdict is Verdict.GO:
        return f"The cheapest way to go: {many}, {cost}; then {then}."
    return f"No set of repairs leads to go. After {many}, {cost}: {then}."


def shown_fixes(plan: FixPlan) -> tuple[Fix, ...]:
    """Answer the repairs that a page has room for: those worth a point or in the plan."""
    told = [f for f in plan.fixes if f.points >= _LEAST_POINTS or f.in_plan]
    return tuple(told[:_FIXES])


def waived_line(assessment: Assessment) -> str:
    """Set the verdict with the waivers beside the one without; nothing where there are none."""
    w, own = assessment.waived, assessment.score
    if w is None:
        return ""
    if not w.applied:
        why = f" {clip(w.void[0], 160)}" if w.void else ""
        more = f" And {len(w.void) - 1} more." if len(w.void) > 1 else ""
        return f"No waiver holds.{why}{more}"
    many = f"{len(w.applied)} waiver{'' if len(w.applied) == 1 else 's'}"
    best = " at best" if w.verdict is Verdict.CONDITIONAL else ""
    with_ = f"{VERDICTS[w.verdict].lower()}{best}, score {score(w.value)}"
    without = f"{VERDICTS[assessment.verdict].lower()}, score {score(own.value)}"
    spread = f"90\u00a0% interval {score(w.low)} to {score(w.high)}"
    return f"With {many}: {with_} ({spread}). Without: {without}."


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
            f"About {shown}\u00a0% of production's cells are undamaged, the worst columns counting "
            f"most; {spread}{needs}. Without a usable target the score is {NOT_CALIBRATED}."
        )
    return (
        f"About {shown}\u00a0% of the pilot model's skill would survive on production; "
        f"{spread}{needs}."
    )


def _range(value: Score, limits: Limits) -> str:
    low, high = value.low or 0.0, value.high if value.high is not None else 100.0
    return f"{about(low, tuple(limits))} to {about(high, tuple(limits))}"


def _estimates(assessment: Assessment, limits: Limits) -> str:
    """Set both estimates side by side where they disagree."""
    value = assessment.score
    if value.replay is None and value.kind == "S" and assessment.predicted is not None:
        return "The weights were declared: what models lose is no part of the score."
    if value.product is None or value.replay is None:
        return ""
    if abs(value.product - value.replay) <= _AGREE:
        return ""
    counted, replayed = (about(v, tuple(limits)) for v in (value.product, value.replay))
    return (
        f"It is the mean of two estimates that differ: counted {counted}, column by column; "
        f"replayed {replayed}, with the damage done to rows of the pilot and models asked."
    )


def _record(value: Score, limits: Limits) -> str:
    """Say what scores like it have meant, and for how many sets, where the record knows it."""
    if value.value is None or value.loss_mean is None:
        return ""
    known = bands(replayed=value.replay is not None)
    band = expected_loss(value.value, replayed=value.replay is not None)
    better = known[known.index(band) - 1].at_least if band is not known[0] else None
    who = f"Of {band.sets:,} production sets of known loss that scored {_reach(band, better)}"
    if band.mean != value.loss_mean:
        # The run was judged by another edition of the record.
        who = "Of production sets of known loss that scored like it"
    said = f"{who}, models lost {percent(value.loss_mean)} of their skill on average"
    if value.loss_nine_in_ten is not None:
        said += (
            f", and nine in ten at most {percent(value.loss_nine_in_ten)} "
            f"(go allows {amount(100 - limits.go_at)}\u00a0%)"
        )
    if value.loss_low is None or value.loss_high is None:
        return f"{said}."
    spread = f"{percent(value.loss_low)} to {percent(value.loss_high)}"
    return (
        f"{said}; since sets that score alike differ, the 90\u00a0% interval of the real loss is "
        f"{spread}."
    )


def _reach(band: Band, better: float | None) -> str:
    if better is None:
        return f"{band.at_least:g} or more"
    return f"{band.at_least:g} to {better:g}" if band.at_least else f"under {better:g}"


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


def by_chance(chance: float) -> str:
    """How often a detector warns where nothing changed.

    >>> by_chance(0.00135), by_chance(0.0)
    ('1 in 740', 'none')
    """
    return f"1 in {float(f'{1 / chance:.2g}'):,.0f}" if chance else "none"
