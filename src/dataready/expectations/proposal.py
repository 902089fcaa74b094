"""A rule that somebody may accept, and what is known of it."""

from __future__ import annotations

from dataclasses import dataclass

from dataready.expectations.result import ExpectationResult
from dataready.expectations.rules import Rule

__all__ = ["LEAST_CHANCE", "Proposal"]

LEAST_CHANCE = 1e-6
"""No smaller chance is told: it would claim more than a model of rows can know."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A rule, how it fared on what was held out, and how often it will fail for nothing.

    Both are None for a rule that was not learnt from rows.

    `false_alarm` is the chance, in [0, 1], that a large table of which the pilot is a random
    part breaks the rule: the posterior of its share of failing rows above the limit. Of a rule
    learnt from nights, days or weeks it is the chance that the next one breaks it. `unit` is
    what `held_out` counts.
    """

    rule: Rule
    held_out: ExpectationResult | None = None
    false_alarm: float | None = None
    unit: str = "rows"
