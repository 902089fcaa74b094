"""Findings about the extracts themselves: refused records, mapped names, mistyped paths."""

from __future__ import annotations

from dataready.compare.evidence import FAIL_DAMAGE, severity_of
from dataready.config import Dataset
from dataready.errors import did_you_mean
from dataready.extract.manifest import Extract
from dataready.model import Finding, Severity
from dataready.pipeline.subject import join_findings

__all__ = ["landing_findings", "rejected_findings"]


def landing_findings(
    name: str, dataset: Dataset, pilot: Extract, production: Extract
) -> list[Finding]:
    """List what is to be said of two extracts before they are compared."""
    return [
        *rejected_findings(name, production),
        *_unmapped(name, dataset, production),
        *_same_files(name, pilot, production),
        *join_findings(name, pilot.manifest, production.manifest),
    ]


def _unmapped(name: str, dataset: Dataset, production: Extract) -> list[Finding]:
    """Accepted names that production does not have (any more): the mapping is out of date."""
    there = production.manifest.schema
    return [
        Finding(
            dimension="schema",
            detector="mapping_unknown",
            severity=Severity.ERROR,
            table=name,
            column=column,
            message=f"'{column}' is mapped to '{new}', which production does not have."
            f"{did_you_mean(new, there.names)}",
            limit_origin="the accepted mapping",
            fix="Correct the mapping.",
        )
        for column, new in dataset.mapping.items()
        if new not in there
    ]


def _same_files(name: str, pilot: Extract, production: Extract) -> list[Finding]:
    """A pilot compared with itself is a mistyped path more often than good news."""
    here, there = pilot.manifest, production.manifest
    if (here.fingerprint, here.rows) != (there.fingerprint, there.rows):
        return []
    return [
        Finding(
            dimension="volume",
            detector="same_files",
            severity=Severity.WARN,
            table=name,
            column=None,
            message="The pilot and production are the same, byte for byte.",
            limit_origin="the fingerprints of the extracts",
            fix="Check the paths: a pilot says nothing about itself.",
        )
    ]


def rejected_findings(name: str, extract: Extract) -> list[Finding]:
    """What the reader had to say of the files: refused records."""
    m = extract.manifest
    if not m.rejected:
        return []
    share = m.rejected / (m.rows + m.rejected)
    return [
        Finding(
            dimension="validity",
            detector="rejected_records",
            severity=severity_of(share, FAIL_DAMAGE),
            table=name,
            column=None,
            message=f"{m.rejected:,} records of {m.side} could not be read and are kept apart.",
            measured=share,
            limit=0.0,
            limit_origin="every record can be read",
            rows_affected=m.rejected,
            sql='SELECT * FROM "rejects"',
            fix="Mend the records at the source; the table 'rejects' has their lines and reasons.",
        )
    ]
