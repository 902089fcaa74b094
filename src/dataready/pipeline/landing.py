"""Findings about the extracts themselves: what was refused, left out, or landed as text."""

from __future__ import annotations

from dataready.compare.evidence import FAIL_DAMAGE, severity_of
from dataready.config import Dataset
from dataready.errors import did_you_mean
from dataready.extract.manifest import Extract
from dataready.model import Finding, Severity
from dataready.pipeline.subject import join_findings

__all__ = ["landing_findings", "table_findings"]


def landing_findings(
    name: str, dataset: Dataset, pilot: Extract, production: Extract
) -> list[Finding]:
    """List what is to be said of two extracts before they are compared."""
    return [
        *table_findings(name, production),
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


def table_findings(name: str, extract: Extract) -> list[Finding]:
    """List what is to be said of one extract by itself."""
    return [
        *_rejected(name, extract),
        *_scope(name, extract),
        *_degraded(name, extract),
        *_states(name, extract),
        *_late(name, extract),
    ]


def _late(name: str, extract: Extract) -> list[Finding]:
    """Rows that changed below the watermark: by the watermark alone, nobody would know."""
    m = extract.manifest
    if not m.late:
        return []
    return [
        Finding(
            dimension="timeliness",
            detector="late_changes",
            severity=Severity.WARN,
            table=name,
            column=None,
            message=f"{m.side.capitalize()} changed below the watermark since it was read last: "
            f"{m.late}. All of it was read again.",
            limit_origin="counts and figures of the whole table",
            fix="Choose a longer 'look_back', a watermark that updates move, or 'mode: full'.",
        )
    ]


def _scope(name: str, extract: Extract) -> list[Finding]:
    """A scoped extract is no full one, and nobody may take it for one."""
    m = extract.manifest
    if not m.scope:
        return []
    return [
        Finding(
            dimension="volume",
            detector="scoped_extract",
            severity=Severity.WARN,
            table=name,
            column=None,
            message=f"Only a part of {m.side} was read: the rows where {m.scope}.",
            limit_origin="'where' in the settings",
            fix="Read all rows, unless this part is all that the pilot is about.",
        )
    ]


def _degraded(name: str, extract: Extract) -> list[Finding]:
    """Columns that landed as text: nothing of them is lost, but they are no numbers or dates."""
    return [
        Finding(
            dimension="schema",
            detector="type_degraded",
            severity=Severity.INFO if d.reason.startswith("its type") else Severity.WARN,
            table=name,
            column=d.column,
            message=f"'{d.column}' is {d.type} at the source and lands as text, with "
            f"{d.values:,} values: {d.reason}.",
            measured=float(d.values),
            limit_origin="the types that land exactly",
            fix="Mend the odd values, or read the column by a 'query' that casts it.",
        )
        for d in extract.manifest.degraded
    ]


def _states(name: str, extract: Extract) -> list[Finding]:
    """Tables that were not all read from one state of their server may contradict each other."""
    snapshots = extract.manifest.snapshots
    notes = [s.note for s in snapshots if s.note]
    if len({(s.server, s.id) for s in snapshots}) > 1:
        notes.append("its parts were read from different states of the server")
    return [
        Finding(
            dimension="consistency",
            detector="no_common_snapshot",
            severity=Severity.WARN,
            table=name,
            column=None,
            message=f"{extract.manifest.side.capitalize()} is not one state of its source: {note}.",
            limit_origin="one snapshot for all tables of a run",
            fix="Run again; references between tables may be broken only by the time between.",
        )
        for note in dict.fromkeys(notes)
    ]


def _rejected(name: str, extract: Extract) -> list[Finding]:
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
