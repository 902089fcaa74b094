"""Judge a dataset for good: its score, how stable it is, waivers, and the plan of repairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from dataready.config import Dataset, Policy
from dataready.expectations.result import SuiteResult
from dataready.extract.manifest import Extract
from dataready.model import Finding, Verdict
from dataready.pipeline.assess import assess
from dataready.pipeline.measure import Measured
from dataready.pipeline.sample import sampled
from dataready.readiness.assessment import Assessment
from dataready.readiness.case import Case
from dataready.readiness.fix_plan import fix_plan
from dataready.readiness.gate import stability
from dataready.readiness.repair import repairs
from dataready.readiness.sensitivity import sensitivity
from dataready.readiness.verdict import verdict
from dataready.readiness.waiver import waived
from dataready.warehouse.run_entry import Broken, read_entry
from dataready.warehouse.run_folder import list_runs

__all__ = ["earned_before", "settle"]


def settle(
    name: str,
    dataset: Dataset,
    policy: Policy,
    measured: Measured,
    pilot: Extract,
    production: Extract,
    *,
    suites: tuple[SuiteResult, ...] = (),
    suite_findings: tuple[Finding, ...] = (),
    earlier: Sequence[Verdict] = (),
) -> tuple[Assessment, Case]:
    """Judge one dataset, and answer what it was judged on as well.

    Args:
        name: The dataset's.
        dataset: Its settings.
        policy: The limits of the verdict.
        measured: What was measured.
        pilot: The pilot's extract.
        production: Production's; waivers must hold on its day.
        suites: What the libraries of expectations said.
        suite_findings: The same as findings.
        earlier: The verdicts that the dataset's runs before earned, the newest first.
    """
    sample = sampled(measured)
    assessment = assess(
        name,
        dataset,
        policy,
        measured,
        pilot,
        production,
        suites=suites,
        suite_findings=suite_findings,
        draws=sample.draws,
    )
    assessment = _with_stability(assessment, earlier, policy)
    case = Case(
        assessment=assessment,
        damage=measured.damage,
        weights=measured.weights,
        policy=policy,
        sample=sample,
    )
    today = datetime.fromisoformat(production.manifest.clock).date()
    settled = replace(
        assessment,
        limits=(*assessment.limits, *sensitivity(case)),
        fix_plan=fix_plan(case, repairs(case, dataset.effort)),
        waived=waived(case, dataset.waivers, today),
    )
    return settled, case


def _with_stability(
    assessment: Assessment, earlier: Sequence[Verdict], policy: Policy
) -> Assessment:
    asked = stability(assessment.verdict, earlier, policy)
    if not asked:
        return assessment
    gates = (*assessment.gates, *asked)
    said, reasons = verdict(assessment.score, gates, assessment.findings, policy)
    return replace(
        assessment, gates=gates, verdict=said, reasons=reasons, earned=assessment.verdict
    )


def earned_before(
    runs: Path, dataset: str, policy: Policy, *, fingerprint: str
) -> tuple[Verdict, ...]:
    """Answer the verdicts that a dataset's runs before earned, the newest first.

    As many as the policy asks for. A run that cannot be read ends the row, as it proves
    nothing. Production that was looked at again, unchanged, is no further run in a row.

    Args:
        runs: The folder of runs.
        dataset: The dataset's name.
        policy: Says how many are asked for.
        fingerprint: That of the production extract that is looked at now.
    """
    found: dict[str, Verdict] = {}
    for folder in reversed(list_runs(runs)):
        if len(found) >= policy.go_after_runs - 1:
            break
        entry = read_entry(folder)
        if isinstance(entry, Broken):
            break
        for known in entry.datasets:
            if known.dataset == dataset and known.production != fingerprint:
                found.setdefault(known.production, known.earned or known.verdict)
    return tuple(found.values())
