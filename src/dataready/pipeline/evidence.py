"""What a run keeps of a dataset: its assessment, and everything that proves it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from dataready.extract.manifest import Extract
from dataready.pipeline.evidence_file import write_cells, write_findings, write_rows
from dataready.pipeline.failing import write_failing
from dataready.pipeline.measure import Measured
from dataready.pipeline.sample import write_sample
from dataready.readiness.assessment import Assessment
from dataready.readiness.case import Case

__all__ = ["write_evidence"]


def write_evidence(
    folder: Path,
    case: Case,
    measured: Measured,
    production: Extract,
    told: Assessment,
    others: Mapping[str, str],
    secret: str,
) -> Path:
    """Write an assessment and its evidence into a run; answer the assessment's path.

    Args:
        folder: The dataset's, in the run.
        case: What the verdict was made of.
        measured: What was measured.
        production: Production's extract.
        told: The assessment.
        others: Name -> path of other extracts that findings' predicates speak of.
        secret: What hashes of personal keys are made with.

    Raises:
        WarehouseError: DuckDB refused, or a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    names, found = measured.production.names, told.findings
    write_sample(folder, case.sample, case.weights)
    write_findings(folder / "findings.parquet", found)
    write_rows(folder / "rows.parquet", production, found, others)
    write_cells(folder / "cells.parquet", production, found, names, others)
    key = [names.get(c, c) for c in measured.key]
    together = write_failing(
        folder / "failing.parquet",
        production,
        found,
        key=key if all(c in production.manifest.schema for c in key) else (),
        personal={names.get(c.name, c.name) for c in measured.plan if c.personal},
        secret=secret,
        attached=others,
    )
    plain = told.to_dict()
    plain["provenance"] |= {"together": [asdict(one) for one in together]} if together else {}
    path = folder / "assessment.json"
    path.write_text(json.dumps(plain, indent=2, sort_keys=True) + "\n")
    path.chmod(0o600)
    return path
