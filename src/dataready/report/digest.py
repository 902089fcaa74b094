"""An assessment arranged for reading: what costs most first, findings beside their column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dataready.model import Finding, Severity
from dataready.readiness.assessment import (
    Assessment,
    ColumnAssessment,
    ExpectationResult,
    SuiteResult,
)
from dataready.report.data import ReportData, TrendPoint

__all__ = [
    "ColumnDigest",
    "DatasetDigest",
    "Gap",
    "SchemaChange",
    "SuiteDigest",
    "digest",
    "gaps",
    "schema_changes",
    "trend_of",
]

RUNS_SHOWN = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A finding worth a decision: who owns it, what it costs, how much of the rows it is."""

    finding: Finding
    owner: str
    points: float | None
    share: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaChange:
    """One difference in what the tables look like."""

    column: str
    change: str
    pilot: str
    production: str


@dataclass(frozen=True, slots=True)
class ColumnDigest:
    """A column with its own findings, worst first."""

    column: ColumnAssessment
    findings: tuple[Finding, ...]

    @property
    def severity(self) -> Severity | None:
        """The worst severity among the findings, or None where there is no finding."""
        return max((f.severity for f in self.findings), key=lambda s: s.rank, default=None)


@dataclass(frozen=True, slots=True)
class SuiteDigest:
    """A suite with its results counted, and those that did not pass."""

    suite: SuiteResult
    counts: Mapping[str, int]
    failing: tuple[ExpectationResult, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetDigest:
    """Everything that a view shows of one dataset, in reading order."""

    assessment: Assessment
    gaps: tuple[Gap, ...]
    columns: tuple[ColumnDigest, ...]
    other_findings: tuple[Finding, ...]
    changes: tuple[SchemaChange, ...]
    suites: tuple[SuiteDigest, ...]
    trend: tuple[TrendPoint, ...]


def digest(data: ReportData) -> tuple[DatasetDigest, ...]:
    """Arrange every dataset of a run, in the run's order: worst first."""
    return tuple(_dataset(data, assessment) for assessment in data.datasets)


def gaps(assessment: Assessment, at_most: int = 3) -> tuple[Gap, ...]:
    """Answer the findings that cost most, one per column, dearest first."""
    columns = {c.name: c for c in assessment.columns}
    found: dict[tuple[str, str], Gap] = {}
    candidates = (f for f in assessment.findings if f.severity is not Severity.INFO)
    for finding in sorted(candidates, key=lambda f: _rank(f, columns)):
        column = columns.get(finding.column or "")
        key = (finding.table, finding.column or finding.id)
        if key not in found:
            found[key] = Gap(
                finding=finding,
                owner=finding.owner or (column.owner if column else "") or assessment.owner,
                points=_points(finding, columns),
                share=_share(finding, column, assessment),
            )
    return tuple(found.values())[:at_most]


def schema_changes(columns: Iterable[ColumnAssessment]) -> tuple[SchemaChange, ...]:
    """Answer what differs in names and types, in the columns' order."""
    changes: list[SchemaChange] = []
    for column in columns:
        before, after = column.pilot_type or "", column.production_type or ""
        if column.new:
            change = "new in production"
        elif column.mapped_from:
            change = f"read from '{column.mapped_from}'"
        elif column.damage is not None and column.damage.absent:
            change = "absent from production"
        elif before and after and before != after:
            change = "type changed"
        else:
            continue
        changes.append(
            SchemaChange(column=column.name, change=change, pilot=before, production=after)
        )
    return tuple(changes)


def trend_of(data: ReportData, assessment: Assessment) -> tuple[TrendPoint, ...]:
    """Answer the scores of a dataset over the runs, oldest first, this run last."""
    earlier = (p for p in data.trend if p.dataset == assessment.dataset and p.run_id != data.run_id)
    now = TrendPoint(
        run_id=data.run_id,
        clock=data.clock,
        dataset=assessment.dataset,
        value=assessment.score.value,
        low=assessment.score.low,
        high=assessment.score.high,
        verdict=assessment.verdict,
    )
    return (*earlier, now)[-RUNS_SHOWN:]


def _dataset(data: ReportData, assessment: Assessment) -> DatasetDigest:
    known = {c.name for c in assessment.columns}
    by_column: dict[str | None, list[Finding]] = {}
    for finding in sorted(assessment.findings, key=_severest):
        by_column.setdefault(finding.column if finding.column in known else None, []).append(
            finding
        )
    columns = tuple(ColumnDigest(c, tuple(by_column.get(c.name, ()))) for c in assessment.columns)
    return DatasetDigest(
        assessment=assessment,
        gaps=gaps(assessment),
        columns=tuple(sorted(columns, key=lambda c: -c.column.points_lost)),
        other_findings=tuple(by_column.get(None, ())),
        changes=schema_changes(assessment.columns),
        suites=tuple(_suite(s) for s in assessment.suites),
        trend=trend_of(data, assessment),
    )


def _suite(suite: SuiteResult) -> SuiteDigest:
    failing = tuple(r for r in suite.results if r.result in {"fail", "error"})
    return SuiteDigest(suite, Counter(r.result for r in suite.results), failing)


def _severest(finding: Finding) -> tuple[int, float]:
    return -finding.severity.rank, -(finding.points or 0.0)


def _points(finding: Finding, columns: Mapping[str, ColumnAssessment]) -> float | None:
    if finding.points is not None:
        return finding.points
    column = columns.get(finding.column or "")
    return column.points_lost if column else None


def _rank(
    finding: Finding, columns: Mapping[str, ColumnAssessment]
) -> tuple[float, bool, int, int]:
    """Dearest first; a detector says more of a cause than an expectation does."""
    cost = _points(finding, columns) or 0.0
    expected = finding.dimension == "expectation"
    return -cost, expected, -finding.severity.rank, -(finding.rows_affected or 0)


def _share(
    finding: Finding, column: ColumnAssessment | None, assessment: Assessment
) -> float | None:
    production = assessment.provenance.get("production") or {}
    rows = column.production.rows if column and column.production else production.get("rows")
    if finding.rows_affected is None or not rows:
        return None
    return min(1.0, finding.rows_affected / int(rows))
