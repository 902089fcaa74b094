"""Judge a measured dataset: score, gates, suites, verdict; one assessment."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from itertools import pairwise
from typing import Any

from dataready.compare.damage import column_damage
from dataready.compare.schema_drift import new_columns
from dataready.config import Dataset, Policy
from dataready.expectations.result import SuiteResult
from dataready.extract.manifest import Extract
from dataready.model import Finding
from dataready.pipeline.measure import Measured
from dataready.profile.plan import ColumnPlan
from dataready.profile.profile import ColumnStates, Profile
from dataready.profile.relation import looks_personal
from dataready.profile.state import Tally
from dataready.readiness.assessment import (
    Assessment,
    ColumnAssessment,
    ColumnSummary,
    Histogram,
    Score,
)
from dataready.readiness.gate import Evidence, gates
from dataready.readiness.score import Combined, combine, score
from dataready.readiness.verdict import LIMITS, verdict

__all__ = ["assess", "summary"]

MOST_SHOWN = 5
LEAST_GROUP = 5


def assess(
    name: str,
    dataset: Dataset,
    policy: Policy,
    measured: Measured,
    pilot: Extract,
    production: Extract,
    *,
    suites: tuple[SuiteResult, ...] = (),
    suite_findings: tuple[Finding, ...] = (),
) -> Assessment:
    """Judge one dataset.

    Args:
        name: The dataset's.
        dataset: Its settings.
        policy: The limits of the verdict.
        measured: What was measured.
        pilot: The pilot's extract, for the record.
        production: Production's extract, for the record.
        suites: What the libraries of expectations said.
        suite_findings: The same as findings.
    """
    if measured.counts is None or measured.pilot is None:
        msg = "A table measured alone has no score."
        raise ValueError(msg)
    published, total = score(measured.counts, measured.weights)
    findings = _ordered((*measured.findings, *suite_findings), total, dataset)
    evidence = Evidence(
        pilot=measured.pilot,
        production=measured.production,
        damage=measured.damage,
        weights=measured.weights,
        findings=findings,
        suites=suites,
        time=measured.time,
        clock=datetime.fromisoformat(production.manifest.clock),
    )
    judged = gates(evidence, policy, dataset.gates)
    decision, reasons = verdict(published, judged, findings, policy)
    return Assessment(
        dataset=name,
        verdict=decision,
        reasons=reasons,
        score=published,
        dimensions=total.dimensions,
        columns=_columns(measured, total, dataset),
        findings=findings,
        gates=judged,
        suites=suites,
        target=dataset.target,
        probe_skill=dict(measured.weights.skills),
        limits=_limits(measured, published),
        provenance=_provenance(measured, pilot, production, dataset, policy),
        owner=dataset.owner or "",
        mapping_proposed=dict(measured.proposed),
        score_if_mapped=_if_mapped(measured),
    )


def _if_mapped(measured: Measured) -> float | None:
    if measured.counts_if_mapped is None:
        return None
    damage = column_damage(measured.counts_if_mapped)
    return combine(damage, measured.weights.mean).value


def _ordered(
    findings: tuple[Finding, ...], total: Combined, dataset: Dataset
) -> tuple[Finding, ...]:
    """With points and owner, the gravest and dearest first."""
    known = [
        f.with_(
            points=max(0.0, total.points.get(f.column or "", 0.0)) if f.column else None,
            owner=f.owner or dataset.owners.get(f.column or "", "") or dataset.owner or "",
        )
        for f in findings
    ]
    key = lambda f: (-f.severity.rank, -(f.points or 0.0), f.column or "", f.detector, f.message)  # noqa: E731
    return tuple(sorted(known, key=key))


def _columns(measured: Measured, total: Combined, dataset: Dataset) -> tuple[ColumnAssessment, ...]:
    pilot, production = measured.pilot, measured.production
    if pilot is None:
        return ()
    out = []
    for plan in measured.plan:
        there = production.get(plan.name)
        out.append(
            ColumnAssessment(
                name=plan.name,
                role=plan.role,
                kind=plan.kind,
                personal=plan.personal,
                pilot_type=pilot.schema.type_of(plan.name),
                production_type=there.type if there else None,
                importance=(measured.weights.mean or {}).get(plan.name),
                points_lost=max(0.0, total.points.get(plan.name, 0.0)),
                damage=measured.damage.get(plan.name),
                pilot=summary(pilot[plan.name]),
                production=summary(there) if there else None,
                histogram=_histogram(pilot[plan.name], there),
                owner=dataset.owners.get(plan.name, "") or dataset.owner or "",
                mapped_from=production.names.get(plan.name),
            )
        )
    added = new_columns(pilot.schema, production.schema, production.names)
    return (*out, *(_new_column(name, production) for name in added))


def _new_column(name: str, production: Profile) -> ColumnAssessment:
    return ColumnAssessment(
        name=name,
        role="new",
        kind="",
        personal=False,
        pilot_type=None,
        production_type=production.schema.type_of(name),
        importance=None,
        points_lost=0.0,
        damage=None,
        pilot=None,
        production=None,
        histogram=None,
        new=True,
    )


def summary(seen: ColumnStates) -> ColumnSummary:
    """One side of a column; a personal one shows no value, and no group under five rows."""
    plan = seen.plan
    exact = seen.values.exact or seen.distinct.exact
    distinct = seen.different
    shown = not plan.personal
    low, high = (seen.range.low, seen.range.high) if seen.range and shown else (None, None)
    number = plan.base == "number" and shown and seen.moments is not None and seen.moments.n
    return ColumnSummary(
        rows=seen.rows,
        nulls=seen.counts["nulls"],
        blanks=seen.counts["blanks"],
        disguised=seen.counts["disguised"],
        distinct=distinct,
        distinct_exact=exact,
        minimum=_text(low, plan),
        maximum=_text(high, plan),
        mean=seen.moments.mean if number and seen.moments else None,
        std=seen.moments.std if number and seen.moments else None,
        shortest=None
        if seen.lengths is None or seen.lengths.low is None
        else int(seen.lengths.low),
        longest=None
        if seen.lengths is None or seen.lengths.high is None
        else int(seen.lengths.high),
        frequent=_most(seen.values, plan) if shown else (),
        formats=_most(seen.formats, plan) if shown and seen.formats else (),
    )


def _most(tally: Tally, plan: ColumnPlan) -> tuple[tuple[str, int], ...]:
    ranked = [
        (v, n)
        for v, n in tally.ranked()
        if n >= LEAST_GROUP and not (isinstance(v, str) and looks_personal(v))
    ][:MOST_SHOWN]
    return tuple((_text(v, plan) if isinstance(v, float) else str(v), n) for v, n in ranked)  # type: ignore[misc]


def _text(value: object, plan: ColumnPlan) -> str | None:
    if value is None:
        return None
    if plan.base == "date" and isinstance(value, (int, float)):
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=value)
        return moment.strftime("%Y-%m-%d" if value % 86_400 == 0 else "%Y-%m-%d %H:%M:%S")
    return f"{value:.9g}" if isinstance(value, float) else str(value)


def _histogram(here: ColumnStates, there: ColumnStates | None) -> Histogram | None:
    """Counts over the pilot's bins: numbers by range, categories by name, others together."""
    plan = here.plan
    if here.histogram is None or plan.personal:
        return None
    p = here.histogram.counts
    q = there.histogram.counts if there and there.histogram else {}
    if plan.base == "text":
        top = plan.categories[:10]
        if any(p.get(k, 0) < LEAST_GROUP for k in range(len(top))) and len(plan.categories) > 50:
            return None
        labels = list(top) + (["others known"] if len(plan.categories) > 10 else [])
        unseen = there.usable - sum(q.values()) if there else 0
        left = [p.get(k, 0) for k in range(len(labels))]
        right = [q.get(k, 0) for k in range(len(labels))]
        if unseen > 0:
            labels, left, right = [*labels, "not in the pilot"], [*left, 0], [*right, unseen]
        return Histogram(labels=tuple(labels), pilot=tuple(left), production=tuple(right))
    bins = range(plan.bins)
    return Histogram(
        labels=_bin_labels(plan),
        pilot=tuple(p.get(k, 0) for k in bins),
        production=tuple(q.get(k, 0) for k in bins),
    )


def _bin_labels(plan: ColumnPlan) -> tuple[str, ...]:
    edges = [_text(c, plan) or "" for c in plan.cuts]
    if not edges:
        return (_text(plan.low, plan) or "",)
    if plan.codes and len(plan.codes) <= 10:
        return tuple(_text(c, plan) or "" for c in plan.codes)
    middle = [f"{a} to {b}" for a, b in pairwise(edges)]
    return (f"up to {edges[0]}", *middle, f"above {edges[-1]}")


def _limits(measured: Measured, published: Score) -> tuple[str, ...]:
    said = list(LIMITS)
    if not published.calibrated:
        why = measured.weights.origin
        said.insert(0, f"The score is A0, not calibrated to model loss: {why}.")
    if published.smallest_visible_shift is not None and measured.pilot is not None:
        said.append(
            f"{measured.pilot.rows:,} pilot rows cannot show shifts below "
            f"{published.smallest_visible_shift:.2f} (total variation, median column)."
        )
    unknown = [c for c, d in measured.damage.items() if not d.measurable and not d.absent]
    if unknown:
        listed = ", ".join(f"'{c}'" for c in unknown[:5])
        more = f" and {len(unknown) - 5} more" if len(unknown) > 5 else ""
        said.append(
            f"Not measurable with these row counts: {listed}{more}; they widen the interval."
        )
    return tuple(said + list(measured.guesses))


def _provenance(
    measured: Measured, pilot: Extract, production: Extract, dataset: Dataset, policy: Policy
) -> dict[str, Any]:
    return {
        "version": version("dataready"),
        "pilot": asdict(pilot.manifest),
        "production": asdict(production.manifest),
        "hashes": {
            "pilot": pilot.manifest.fingerprint,
            "production": production.manifest.fingerprint,
            "plan": measured.plan.hash,
        },
        "policy": policy.model_dump(),
        "weights": measured.weights.origin,
        "mapping": dict(dataset.mapping),
        "seeds": {"interval": 0, "probes": [0, 1, 2]},
    }
