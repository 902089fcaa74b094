"""The assessment: everything said about one dataset, as one frozen value.

It is what `compare` prints as JSON and what a run keeps per dataset; every report is a
view of it. Shares are in [0, 1]; scores and points are on 0-100.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter

from dataready.compare.damage import Damage
from dataready.expectations.result import ExpectationResult, SuiteResult
from dataready.model import Finding, Verdict, Visible

__all__ = [
    "Assessment",
    "ColumnAssessment",
    "ColumnSummary",
    "Damage",
    "ExpectationResult",
    "Fix",
    "FixPlan",
    "Gate",
    "Histogram",
    "PredictedLoss",
    "ReadyScope",
    "Score",
    "SegmentAssessment",
    "SuiteResult",
    "Visible",
    "Waived",
]

SCHEMA_VERSION = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The expected share of the pilot model's skill that survives, in percent.

    `kind` is "S" (weights from the labelled pilot or declared) or "A0" (no target: the
    quadratic mean of damage, off 100; not calibrated to model loss). [low, high] is the 90 %
    interval from sampling, widened to the bounds where something could not be measured:
    `if_unknown_fail` and `if_unknown_pass` are the scores at both ends of the unknown.
    `coverage` is the share of the weight that was measured. `product` is what was counted and
    `replay` what models lost when the same was done to rows of the pilot, where they could be
    asked: the value is the mean of both. `population_points` are lost to a change of population
    that no repair undoes. `loss_mean`, `loss_low` and `loss_high` are the true loss that scores
    like this have meant, as a share of the model's skill: mean and 90 % interval (docs/score.md);
    nine in ten lost `loss_nine_in_ten` at most.
    """

    value: float | None
    low: float | None
    high: float | None
    calibrated: bool
    kind: str
    if_unknown_fail: float | None
    if_unknown_pass: float | None
    coverage: float
    product: float | None = None
    replay: float | None = None
    population_points: float = 0.0
    loss_mean: float | None = None
    loss_low: float | None = None
    loss_high: float | None = None
    loss_nine_in_ten: float | None = None
    smallest_visible_shift: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnSummary:
    """One side of a column. Texts are empty for personal columns.

    `missing` counts nulls, blanks and disguised missing values together.
    """

    rows: int
    nulls: int
    blanks: int
    disguised: int
    distinct: int | None
    distinct_exact: bool = True
    minimum: str | None = None
    maximum: str | None = None
    mean: float | None = None
    std: float | None = None
    shortest: int | None = None
    longest: int | None = None
    frequent: tuple[tuple[str, int], ...] = ()
    formats: tuple[tuple[str, int], ...] = ()

    @property
    def missing_share(self) -> float | None:
        """Missing of all rows, or None for no rows."""
        return (self.nulls + self.blanks + self.disguised) / self.rows if self.rows else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """Counts of both sides over the pilot's bins; missing cells are in none."""

    labels: tuple[str, ...]
    pilot: tuple[int, ...]
    production: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnAssessment:
    """One pilot column (or a new production column, with `new`), judged."""

    name: str
    role: str
    kind: str
    personal: bool
    pilot_type: str | None
    production_type: str | None
    importance: float | None
    points_lost: float
    damage: Damage | None
    pilot: ColumnSummary | None
    production: ColumnSummary | None
    histogram: Histogram | None
    owner: str = ""
    mapped_from: str | None = None
    new: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """A limit fixed beforehand and what it says: pass, fail, not_applicable or error."""

    name: str
    result: str
    message: str
    measured: float | None
    limit: float | None
    origin: str
    verdict_if_failed: Verdict = Verdict.NO_GO


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictedLoss:
    """What production's damage does to a model, in the metric that people named.

    `pilot` is the metric on held-out pilot rows, `expected` the same after the measured
    damage was replayed on them, in the 90 % interval [low, high]. `loss` is the share of skill
    that goes, `population_loss` the part of it that a change of population causes by itself.
    `model` says whose: the probes', or the pilot's own. `real` and `real_loss`
    are the same from labels of production, over `labelled_rows` rows, where there are any;
    [real_loss_low, real_loss_high] is the 90 % interval of the latter.
    """

    metric: str
    model: str
    pilot: float
    expected: float
    low: float
    high: float
    loss: float
    loss_low: float
    loss_high: float
    population_loss: float = 0.0
    real: float | None = None
    real_loss: float | None = None
    real_loss_low: float | None = None
    real_loss_high: float | None = None
    labelled_rows: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentAssessment:
    """One group of production rows, judged by itself against the same group of the pilot.

    `value` is what the group is called; groups of personal values have numbers instead. Where the
    pilot has too few rows of the group, the whole pilot stands in, and `comparable` is False: the
    group cannot be ready. `pilot_rows` under five are told as 0; `worst` names the column that
    costs most.
    """

    column: str
    value: str
    rows: int
    pilot_rows: int
    comparable: bool
    score: Score
    verdict: Verdict
    worst: str = ""
    predicted: PredictedLoss | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyScope:
    """The largest set of groups of a column for which the verdict would be go."""

    column: str
    ready: tuple[str, ...]
    not_ready: tuple[str, ...]
    rows_share: float
    value: float | None
    low: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """One repair: what of a column is mended, and what that gives back.

    `also` are other columns that it mends, where the cause is one and followed in several.
    `why` is the defect in a few words, with its share of the rows; `what` is what to do.
    `points` are its share of what all repairs together give back, whatever their order
    (Shapley value); `alone` what it gives if it is the only one. `in_plan` marks the cheapest
    set that turns the verdict into go, and `after` is the score once they are done, those
    listed before it included; `sql` lists the rows to start from.
    """

    column: str
    parts: tuple[str, ...]
    why: str
    what: str
    points: float
    alone: float
    rows: int | None
    owner: str
    effort: float
    also: tuple[str, ...] = ()
    in_plan: bool = False
    after: float | None = None
    sql: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FixPlan:
    """All repairs, dearest gap first, and what the cheapest sufficient set leads to.

    `verdict`, `value` and `low` are those after the repairs marked `in_plan`; where no set leads
    to go, the plan is all that are worth a tenth of a point, and `reasons` say what stands in
    the way still.
    """

    fixes: tuple[Fix, ...]
    verdict: Verdict
    value: float | None
    low: float | None
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Waived:
    """The score and verdict as they are with the waivers; the others are without."""

    value: float
    low: float
    high: float
    verdict: Verdict
    applied: tuple[str, ...]
    void: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """Everything said about one dataset.

    `mapping_proposed` leads from pilot columns that are gone to what they seem to be called
    now; `score_if_mapped` is the score if people accept all of it. Until then the columns
    count as absent. `visible` says how small a defect each detector would have warned of.
    `earned` is the verdict of this run by itself, where the policy asks for go
    in several runs in a row.
    """

    dataset: str
    verdict: Verdict
    reasons: tuple[str, ...]
    score: Score
    dimensions: dict[str, float]
    columns: tuple[ColumnAssessment, ...]
    findings: tuple[Finding, ...]
    gates: tuple[Gate, ...]
    suites: tuple[SuiteResult, ...]
    target: str | None
    probe_skill: dict[str, float]
    limits: tuple[str, ...]
    provenance: dict[str, Any]
    owner: str = ""
    mapping_proposed: dict[str, str] = field(default_factory=dict)
    score_if_mapped: float | None = None
    predicted: PredictedLoss | None = None
    segments: tuple[SegmentAssessment, ...] = ()
    ready_scope: tuple[ReadyScope, ...] = ()
    fix_plan: FixPlan | None = None
    waived: Waived | None = None
    earned: Verdict | None = None
    visible: tuple[Visible, ...] = ()
    schema_version: int = SCHEMA_VERSION

    @property
    def decided(self) -> Verdict:
        """The verdict that counts: with the waivers, where there are any that hold."""
        return self.waived.verdict if self.waived else self.verdict

    def to_dict(self) -> dict[str, Any]:
        """Answer plain JSON types, numbers rounded to 9 significant digits."""
        plain = TypeAdapter(Assessment).dump_python(self, mode="json")
        for finding, value in zip(plain["findings"], self.findings, strict=True):
            finding["id"] = value.id
        for column, seen in zip(plain["columns"], self.columns, strict=True):
            if seen.damage is not None:
                column["damage"] |= {"R": seen.damage.R, "d": seen.damage.d}
        rounded: dict[str, Any] = round_numbers(plain)
        return rounded

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> Assessment:
        """Read what `to_dict` wrote; fields it does not know are ignored."""
        return TypeAdapter(cls).validate_python(plain)


def round_numbers(value: Any) -> Any:  # noqa: ANN401
    """Round every float inside plain JSON types to 9 significant digits; infinite is null.

    >>> round_numbers({"a": [1 / 3, 2, None]})
    {'a': [0.333333333, 2, None]}
    """
    if isinstance(value, float):
        return float(f"{value:.9g}") if math.isfinite(value) else None
    if isinstance(value, dict):
        return {k: round_numbers(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [round_numbers(v) for v in value]
    return value
