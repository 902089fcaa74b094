"""All detectors in order, and what is the consequence of what.

To add one: a file here, a line in `detect`, a test.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from dataready.detect.categories import category_findings, variant_findings
from dataready.detect.disguised import Disguise
from dataready.detect.entries import entry_findings
from dataready.detect.formats import format_findings, other_dates
from dataready.detect.keys import duplicate_row_findings, key_findings, reference_findings
from dataready.detect.missing_words import disguised_findings
from dataready.detect.periods import future_findings, gap_findings
from dataready.detect.renames import rename_findings
from dataready.detect.scene import Scene
from dataready.detect.units import unit_findings
from dataready.model import Finding, Severity

__all__ = ["detect", "without_consequences"]


def detect(
    scene: Scene, disguises: Sequence[Disguise], suspects: frozenset[str], clock: datetime
) -> list[Finding]:
    """Run every detector on a table.

    Args:
        scene: The table, and the pilot's profile if there is one.
        disguises: What `disguised.propose` found; the profile already reads it as missing.
        suspects: Columns whose values moved; only they are searched for changed units.
        clock: When production was extracted: what is later lies in the future.
    """
    others = other_dates(scene)
    return [
        *disguised_findings(scene, disguises),
        *entry_findings(scene),
        *format_findings(scene, others),
        *category_findings(scene),
        *variant_findings(scene),
        *key_findings(scene),
        *duplicate_row_findings(scene),
        *reference_findings(scene),
        *gap_findings(scene, others),
        *future_findings(scene, others, clock),
        *unit_findings(scene, suspects, others),
        *rename_findings(scene),
    ]


_UNREADABLE = frozenset({"unparsed"})
CONSEQUENCES: Mapping[str, frozenset[str]] = {
    "unit_change": frozenset({"out_of_range", "distribution", "relation"}),
    "column_renamed": frozenset({"column_removed", "column_respelt"}),
    "column_renamed_in_part": frozenset({"missing"}),
    "disguised_missing": frozenset({"missing"}),
    "date_format": _UNREADABLE,
    "unit_text": _UNREADABLE,
    "decimal_comma": _UNREADABLE,
    "thousands_separator": _UNREADABLE,
    "number_range": _UNREADABLE,
    "swapped_columns": frozenset({"relation"}),
}
"""Detector -> what follows from what it found, in the same column."""
EXPLAINED = 0.9
"""The share of a finding's rows that its causes must explain, where both have rows."""


def without_consequences(findings: Iterable[Finding]) -> list[Finding]:
    """Report a cause once: its consequences become `info` and name it.

    Nothing is the consequence of something less severe, nor of causes that explain less than
    nine in ten of its rows.
    """
    all_of_them = list(findings)
    out = []
    for f in all_of_them:
        causes = [
            c
            for c in all_of_them
            if c.column == f.column and f.detector in CONSEQUENCES.get(c.detector, ())
        ]
        if not causes or not _explain(causes, f):
            out.append(f)
            continue
        names = " and ".join(sorted({c.detector for c in causes}))
        message = f"{f.message} A consequence of: {names}."
        out.append(f.with_(severity=Severity.INFO, message=message, cells=False))
    return out


def _explain(causes: Sequence[Finding], f: Finding) -> bool:
    if max(c.severity.rank for c in causes) < f.severity.rank:
        return False
    explained = sum(c.rows_affected or 0 for c in causes)
    return f.rows_affected is None or explained >= EXPLAINED * f.rows_affected
