"""The suites of a dataset: learnt from its pilot, and those that its settings name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

from dataready.config import Config
from dataready.expectations.bridge import Suite, run_suites
from dataready.expectations.findings import suite_findings
from dataready.expectations.gx_suite import write_gx
from dataready.expectations.pandera_module import write_pandera
from dataready.expectations.result import SuiteResult
from dataready.expectations.rules import learn
from dataready.extract.manifest import Extract
from dataready.model import Finding, Severity
from dataready.pipeline.measure import Measured

__all__ = ["run_dataset_suites"]

_WARN = Severity.WARN.rank


def run_dataset_suites(
    config: Config,
    folder: Path,
    dataset: str,
    measured: Measured,
    production: Extract,
    own: Extract,
) -> tuple[tuple[SuiteResult, ...], tuple[Finding, ...]]:
    """Run all suites of a dataset on the full production extract, each by its own library.

    Args:
        config: The settings.
        folder: The run's; suites learnt now are kept in its `datasets/<name>/suites`.
        dataset: The dataset's name.
        measured: What was measured of it; no connection to its extracts is open any more.
        production: Production's extract, with what was joined to it.
        own: Production's extract by itself: what people wrote is about their own table.

    Returns:
        What the libraries said, and the failed and broken expectations as findings.
    """
    wanted = config.datasets[dataset].suites
    suites: list[Suite] = []
    if wanted.learn and measured.pilot is not None:
        learnt = _learnt(folder / "datasets" / dataset / "suites", dataset, measured)
        # One engine need not judge the same rules twice.
        suites += learnt[:1] if wanted.engine == "fast" else learnt
    named: tuple[tuple[Literal["pandera", "great_expectations"], tuple[str, ...]], ...] = (
        ("pandera", wanted.pandera),
        ("great_expectations", wanted.great_expectations),
    )
    for library, paths in named:
        suites += [Suite(library, config.resolve(path), wanted.trust, table=own) for path in paths]
    plan, names = measured.plan, measured.production.names
    results = run_suites(suites, production, plan, names, engine=wanted.engine)
    ours = sum(bool(suite.rules) for suite in suites)
    found = _said_once(suite_findings(results[:ours], table=dataset), measured.findings)
    return results, (*found, *suite_findings(results[ours:], table=dataset))


def _said_once(learnt: Iterable[Finding], findings: Sequence[Finding]) -> list[Finding]:
    """What a learnt expectation repeats of the findings on its column becomes `info`.

    It repeats them if they name nine in ten of its rows; what people wrote themselves
    keeps the severity that they gave it. A `missing` that is a mere note follows from a cause
    that is told in another column.
    """
    told = [g for g in findings if g.severity.rank >= _WARN or g.detector == "missing"]
    out = []
    for f in learnt:
        same = [g for g in told if g.column == f.column]
        rows = sum(g.rows_affected or 0 for g in same)
        if f.rows_affected is None:
            same = [g for g in same if g.dimension == "schema"]
        repeats = bool(same) and rows >= 0.9 * (f.rows_affected or 0)
        if f.severity is Severity.ERROR or not repeats:
            out.append(f)
            continue
        said = " and ".join(sorted({g.detector for g in same}))
        message = f"{f.message} Said already by: {said}."
        out.append(f.with_(severity=Severity.INFO, message=message))
    return out


def _learnt(folder: Path, dataset: str, measured: Measured) -> list[Suite]:
    """What the pilot teaches, in both formats; code that we wrote is trusted."""
    if measured.pilot is None:
        return []
    rules = learn(measured.pilot, dataset=dataset)
    folder.mkdir(parents=True, exist_ok=True)
    module, suite = folder / f"{dataset}.py", folder / f"{dataset}.json"
    write_pandera(rules, module)
    write_gx(rules, suite)
    return [
        Suite("pandera", module, trust=True, rules=rules),
        Suite("great_expectations", suite, trust=True, rules=rules),
    ]
