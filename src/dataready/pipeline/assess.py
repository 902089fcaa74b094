"""Judge a measured dataset: score, gates, suites, verdict; one assessment."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from functools import partial
from importlib.metadata import version
from typing import Any

from dataready.compare.damage import column_damage
from dataready.compare.evidence import percent
from dataready.compare.schema_drift import new_columns
from dataready.config import Dataset, Policy
from dataready.detect.visible import visible
from dataready.expectations.result import SuiteResult
from dataready.extract.manifest import Extract
from dataready.model import Finding
from dataready.pipeline.label import bin_labels, label
from dataready.pipeline.measure import Measured
from dataready.pipeline.predict import predict, predicted_loss
from dataready.pipeline.subject import joins_told
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
from dataready.readiness.forecast import Forecast
from dataready.readiness.gate import Evidence, gates, real_loss
from dataready.readiness.score import Combined, Draws, combine, forecast_of, score
from dataready.readiness.segment import LEAST_GROUP, Basis, judge_segments
from dataready.readiness.verdict import LIMITS, verdict

__all__ = ["assess", "summary"]

MOST_SHOWN = 5


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
    draws: Draws | None = None,
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
        draws: The damage in resampled counts, where it is known already.
    """
    if measured.counts is None or measured.pilot is None:
        msg = "A table measured alone has no score."
        raise ValueError(msg)
    told = predict(name, measured)
    forecast = forecast_of(measured.damage, measured.weights, told.loss)
    published, total = score(measured.counts, measured.weights, draws=draws, forecast=forecast)
    findings = _ordered((*measured.findings, *told.findings, *suite_findings), total, dataset)
    evidence = _evidence(measured, measured.pilot, findings, suites, production)
    judged = (*gates(evidence, policy, dataset.gates), *real_loss(told.loss, policy))
    decision, reasons = verdict(published, judged, findings, policy)
    ask = partial(predicted_loss, measured)
    basis = Basis(judged, findings, measured.weights, policy, dataset.gates, ask)
    segments, ready = judge_segments(measured.segmentations, basis)
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
        limits=_limits(measured, published, dataset),
        provenance=_provenance(measured, pilot, production, dataset, policy),
        owner=dataset.owner or "",
        mapping_proposed=dict(measured.proposed),
        score_if_mapped=_if_mapped(measured, forecast),
        predicted=told.loss,
        segments=segments,
        ready_scope=ready,
        visible=visible(measured.pilot, measured.production, linked=_linked(measured, dataset)),
    )


def _linked(measured: Measured, dataset: Dataset) -> bool:
    """Whether rows refer to other datasets, as declared or as found."""
    return bool(dataset.references) or any(
        f.detector == "reference_found" for f in measured.findings
    )


def _evidence(
    measured: Measured,
    pilot: Profile,
    findings: tuple[Finding, ...],
    suites: tuple[SuiteResult, ...],
    production: Extract,
) -> Evidence:
    return Evidence(
        pilot=pilot,
        production=measured.production,
        damage=measured.damage,
        weights=measured.weights,
        findings=findings,
        suites=suites,
        time=measured.time,
        clock=datetime.fromisoformat(production.manifest.clock),
    )


def _if_mapped(measured: Measured, forecast: Forecast | None) -> float | None:
    if measured.counts_if_mapped is None:
        return None
    damage = column_damage(measured.counts_if_mapped)
    product = combine(damage, measured.weights.mean).value
    return forecast.together(product) if forecast else product


def _ordered(
    findings: tuple[Finding, ...], total: Combined, dataset: Dataset
) -> tuple[Finding, ...]:
    """With points and owner, the gravest and dearest first."""
    # A `missing` that is a mere note is the consequence of something.
    follow = {f.column for f in findings if f.detector == "missing" and f.severity.rank == 0}
    reach = {c: sum(f.rows_affected or 0 for f in findings if c in f.explains) for c in follow}
    known = [
        f.with_(
            points=_points(f, total, reach),
            owner=f.owner or dataset.owners.get(f.column or "", "") or dataset.owner or "",
        )
        for f in findings
    ]
    key = lambda f: (-f.severity.rank, -(f.points or 0.0), f.column or "", f.detector, f.message)  # noqa: E731
    return tuple(sorted(known, key=key))


def _points(f: Finding, total: Combined, reach: Mapping[str | None, int]) -> float | None:
    """What a finding's column costs, and its part of those where something follows from it.

    Args:
        f: The finding.
        total: Has the points of every column.
        reach: Column -> the rows of all findings that explain what is missing in it.
    """
    if f.column is None:
        return None
    cost = {c: max(0.0, points) for c, points in total.points.items()}
    # That a key finds no partner is no damage of the key.
    own = 0.0 if f.detector.startswith("join_") else cost.get(f.column, 0.0)
    rows = f.rows_affected or 0
    return own + math.fsum(cost.get(c, 0.0) * rows / reach[c] for c in f.explains if reach.get(c))


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
        minimum=None if low is None else label(low, plan),
        maximum=None if high is None else label(high, plan),
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
    return tuple((label(v, plan) if isinstance(v, float) else str(v), n) for v, n in ranked)


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
        labels=bin_labels(plan),
        pilot=tuple(p.get(k, 0) for k in bins),
        production=tuple(q.get(k, 0) for k in bins),
    )


def _limits(measured: Measured, published: Score, dataset: Dataset) -> tuple[str, ...]:
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
    if measured.counts is not None:
        sides = zip(("the pilot's", "production's"), measured.counts.distinct, strict=True)
        said += [
            f"{percent(1 - share)} of {side} rows are exact copies of others; as evidence, a row "
            "and its copies count once."
            for side, share in sides
            if share < 1
        ]
    split = {s.column for s in measured.segmentations}
    said += [
        f"'{c}' is not in production: none of its groups can be judged."
        for c in dataset.segments
        if c not in split
    ]
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
        "waivers": [waiver.model_dump(mode="json") for waiver in dataset.waivers],
        "joins": joins_told(pilot.manifest, production.manifest),
        "seeds": {"interval": 0, "probes": [0, 1, 2]},
        **(measured.learnt.record if measured.learnt else {}),
    }
