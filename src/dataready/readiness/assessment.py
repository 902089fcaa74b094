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
from dataready.model import Finding, Verdict

__all__ = [
    "Assessment",
    "ColumnAssessment",
    "ColumnSummary",
    "Damage",
    "ExpectationResult",
    "Gate",
    "Histogram",
    "Score",
    "SuiteResult",
]

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The expected share of the pilot model's skill that survives, in percent.

    `kind` is "S" (weights from the labelled pilot or declared) or "A0" (no target: the
    mean share of undamaged cells, not calibrated to model loss). [low, high] is the 90 %
    interval from sampling, widened to the bounds where something could not be measured:
    `if_unknown_fail` and `if_unknown_pass` are the scores at both ends of the unknown.
    `coverage` is the share of the weight that was measured. `loss_mean` and `loss_p90`
    are the true losses seen in the score's band when the formula was calibrated.
    """

    value: float | None
    low: float | None
    high: float | None
    calibrated: bool
    kind: str
    if_unknown_fail: float | None
    if_unknown_pass: float | None
    coverage: float
    loss_mean: float | None = None
    loss_p90: float | None = None
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
class Assessment:
    """Everything said about one dataset.

    `mapping_proposed` leads from pilot columns that are gone to what they seem to be called
    now; `score_if_mapped` is the score if people accept all of it. Until then the columns
    count as absent.
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
    schema_version: int = SCHEMA_VERSION

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
