"""The verdict: gates first, then the score; what was not evaluated is never a pass."""

from __future__ import annotations

import math
from collections.abc import Sequence

from dataready.config import Policy
from dataready.model import Finding, Severity, Verdict
from dataready.readiness.assessment import Gate, Score

__all__ = ["LIMITS", "verdict"]

LIMITS = (
    "Pure concept shift cannot be seen without labels from production: if the same inputs have "
    "come to mean another outcome, every number here stays as it is.",
    "A column whose values are stale or shuffled, and that goes with no other column, looks like "
    "a healthy one.",
    "A real change of time or place is often taken for damage and its loss overstated: columns "
    "that go together differently are not told from columns that are broken.",
)
"""What no comparison of data can see; part of every report."""


def verdict(
    score: Score, gates: Sequence[Gate], findings: Sequence[Finding], policy: Policy
) -> tuple[Verdict, tuple[str, ...]]:
    """Decide, with the reasons in the order in which they count.

    Too few rows, or nothing that could be scored: not enough evidence. A failed gate or a score
    below `policy.conditional_at`: no-go. Else go where the lower end of the interval reaches
    `policy.go_at`, nine in ten production sets that scored like it lost no more than that leaves
    (docs/score.md), nothing is in error, no gate asks for a condition, and the score is
    calibrated (or the policy allows one that is not). Else conditional.
    """
    failed = [g for g in gates if g.result in {"fail", "error"}]
    reasons = [f"{g.message.removesuffix('.')} ({g.origin})." for g in failed]
    errors = [f for f in findings if f.severity is Severity.ERROR]
    reasons += [f"Not evaluated: {f.message}" for f in errors[:3]]
    reasons += _gaps(findings)
    if any(g.verdict_if_failed is Verdict.NOT_ENOUGH_EVIDENCE for g in failed):
        return Verdict.NOT_ENOUGH_EVIDENCE, tuple(reasons)
    if score.value is None or score.low is None or not score.coverage:
        return Verdict.NOT_ENOUGH_EVIDENCE, ("Nothing could be scored.", *reasons)
    shown = [f"{_down(v):.1f}" for v in (score.value, score.low, score.high or score.value)]
    line = "The score is {} (90 % interval {} to {})".format(*shown)
    if any(g.verdict_if_failed is Verdict.NO_GO for g in failed):
        return Verdict.NO_GO, (*reasons, f"{line}; gates decide before it.")
    if score.value < policy.conditional_at:
        return Verdict.NO_GO, (f"{line}; below {policy.conditional_at:g} is no-go.", *reasons)
    if score.low < policy.go_at:
        needs = f"{line}; go needs its lower end at {policy.go_at:g}."
        return Verdict.CONDITIONAL, (needs, *reasons)
    if (score.loss_nine_in_ten or 0) > 1 - policy.go_at / 100:
        why = (
            f"{line}; of production sets that scored like it, one in ten lost more than "
            f"{100 * (score.loss_nine_in_ten or 0):.0f} % of the skill, and go allows "
            f"{100 - policy.go_at:g} %."
        )
        return Verdict.CONDITIONAL, (why, *reasons)
    if errors:
        return Verdict.CONDITIONAL, (f"{line}; something could not be evaluated.", *reasons)
    if not score.calibrated and not policy.allow_go_without_target:
        why = f"{line}; without weights from a target it is not calibrated, and never go."
        return Verdict.CONDITIONAL, (why, *reasons)
    if failed:
        return Verdict.CONDITIONAL, (*reasons, f"{line}; gates decide before it.")
    return Verdict.GO, (f"{line}; at least {policy.go_at:g} is go.", *reasons)


def _down(value: float) -> float:
    """Rounded down to a tenth: no score seems to reach a limit that it misses."""
    return math.floor(value * 10 + 1e-6) / 10


def _gaps(findings: Sequence[Finding]) -> list[str]:
    """The three findings that cost most, once a column."""
    worth = [f for f in findings if f.severity is Severity.FAIL and (f.points or 0) >= 0.05]
    # A detector says more of a cause than an expectation does.
    worth.sort(key=lambda f: (-(f.points or 0), f.dimension == "expectation", f.id))
    seen: set[str | None] = set()
    out = []
    for f in worth:
        if f.column not in seen:
            seen.add(f.column)
            out.append(f"{f.message} It costs {f.points:.1f} points.")
    return out[:3]
