"""All detectors in order, and what is the consequence of what.

To add one: a file here, a line in `detect`, a test.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from dataready.detect.arithmetic import arithmetic_findings
from dataready.detect.categories import category_findings, variant_findings
from dataready.detect.contradictions import contradiction_findings
from dataready.detect.copies import copy_findings
from dataready.detect.curation import curation_findings
from dataready.detect.decimals import decimal_findings
from dataready.detect.dependencies import dependency_findings
from dataready.detect.disguised import Disguise
from dataready.detect.entries import entry_findings
from dataready.detect.eras import era_findings
from dataready.detect.foreign_keys import Home, foreign_homes, foreign_key_findings
from dataready.detect.formats import OtherDates, format_findings, other_dates
from dataready.detect.freshness import freshness_findings
from dataready.detect.garbled import garbled_findings, truncation_findings
from dataready.detect.granularity import granularity_findings
from dataready.detect.identifiers import identifier_findings
from dataready.detect.keys import key_findings, reference_findings
from dataready.detect.late_rows import closed_day_findings, late_arrival_findings
from dataready.detect.leakage import leakage_findings
from dataready.detect.missing_words import disguised_findings
from dataready.detect.missingness import missingness_findings
from dataready.detect.notation import notation_findings, scientific_findings
from dataready.detect.outliers import outlier_findings
from dataready.detect.periods import days_of, future_findings, gap_findings
from dataready.detect.recoded_parts import recoded_part_findings
from dataready.detect.recoding import recoding_findings
from dataready.detect.recut import recut_findings
from dataready.detect.renames import rename_findings
from dataready.detect.rhythm import rhythm_findings
from dataready.detect.scene import Scene
from dataready.detect.spikes import spike_findings
from dataready.detect.split import split_findings
from dataready.detect.stuck import constant_findings, stuck_findings
from dataready.detect.swaps import swap_findings
from dataready.detect.time_zones import time_zone_findings
from dataready.detect.totals import total_findings
from dataready.detect.turned_days import turned_findings
from dataready.detect.units import unit_findings
from dataready.model import Finding, Severity
from dataready.sql import and_, or_

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
    homes = foreign_homes(scene)
    found = _first(scene, homes, disguises, suspects, clock)
    turned = {f.column for f in found if f.detector == "day_month_swapped"}
    found += turned_findings(scene, turned)
    explained = _explained(found)
    found = [
        *(_respelt(scene, f, found) for f in found),
        *contradiction_findings(scene, homes, explained),
        *dependency_findings(scene, _explained(f for f in found if not _foretold(f))),
        *arithmetic_findings(scene, explained),
    ]
    for side in filter(None, (scene, scene.pilot_side)):
        side.forget()
    return found


def _first(
    scene: Scene,
    homes: Mapping[str, Home],
    disguises: Sequence[Disguise],
    suspects: frozenset[str],
    clock: datetime,
) -> list[Finding]:
    """What needs no other finding."""
    others = other_dates(scene)
    recut = recut_findings(scene)
    cut = {f.column for f in recut}
    recoded = recoding_findings(scene)
    return [
        *disguised_findings(scene, disguises),
        *entry_findings(scene),
        *format_findings(scene, others),
        *scientific_findings(scene),
        *notation_findings(scene),
        *garbled_findings(scene),
        *identifier_findings(scene),
        *truncation_findings(scene),
        *category_findings(scene),
        *variant_findings(scene),
        *recoded,
        *recoded_part_findings(scene, others, {str(f.column) for f in recoded}),
        *key_findings(scene),
        *copy_findings(scene, others),
        *reference_findings(scene),
        *foreign_key_findings(scene, homes),
        *total_findings(scene, homes),
        *_of_time(scene, others, clock),
        *spike_findings(scene),
        *outlier_findings(scene, homes),
        *decimal_findings(scene),
        *granularity_findings(scene),
        *unit_findings(scene, suspects, others),
        *recut,
        *(f for f in rename_findings(scene) if f.column not in cut),
        *split_findings(scene),
        *swap_findings(scene),
        *missingness_findings(scene),
        *curation_findings(scene),
        *leakage_findings(scene),
    ]


def _of_time(scene: Scene, others: OtherDates, clock: datetime) -> list[Finding]:
    """What times say, and what changed with them."""
    days = days_of(scene, others)
    return [
        *time_zone_findings(scene),
        *gap_findings(scene, others, days),
        *rhythm_findings(scene, others, days, clock),
        *freshness_findings(scene, others, days, clock),
        *future_findings(scene, others, clock),
        *late_arrival_findings(scene, others),
        *closed_day_findings(scene, others, clock),
        *stuck_findings(scene, others),
        *constant_findings(scene),
        *era_findings(scene, others),
    ]


def _explained(findings: Iterable[Finding]) -> dict[str, str]:
    """Column -> the predicate of its cells that findings judge wrong."""
    wheres: dict[str, list[str]] = {}
    for f in findings:
        if f.cells and f.where is not None and f.column is not None:
            wheres.setdefault(f.column, []).append(f.where)
    return {column: or_(*own) for column, own in wheres.items()}


def _foretold(f: Finding) -> bool:
    """Whether of new values as many as one in ten were to be expected: being new proves little."""
    return f.detector == "new_category" and (f.limit or 0.0) >= FORETOLD * (f.measured or 0.0)


def _respelt(scene: Scene, f: Finding, found: Sequence[Finding]) -> Finding:
    """Copies but for their spelling are a note where findings about that spelling cover them."""
    if f.detector != "respelt_rows" or f.where is None or f.measured is None:
        return f
    causes = [c for c in found if c.detector in SPELLING and c.severity.rank >= f.severity.rank]
    wheres = [c.where for c in causes if c.where]
    copies = EXPLAINED * f.measured * scene.production.rows
    if not wheres or scene.count(and_(f.where, or_(*wheres))) < copies:
        return f
    return _following(f, causes)


SPELLING = frozenset(
    {"category_variants", "misspelt", "date_format", "decimal_comma", "thousands_separator"}
)
"""Detectors of cells that are written otherwise than elsewhere."""
_UNREADABLE = frozenset({"unparsed"})
_BEYOND = frozenset({"out_of_range", "outlier"})
_STRANGE = frozenset({"new_category", "category_variants", "format", "rare_format", "misspelt"})
CONSEQUENCES: Mapping[str, frozenset[str]] = {
    "unit_change": _BEYOND | {"distribution", "relation", "finer_numbers"},
    "recoded": _STRANGE
    | _UNREADABLE
    | {"column_retyped", "distribution", "relation", "was_constant", "unit_text"},
    "recoded_part": _STRANGE
    | _UNREADABLE
    | {"column_retyped", "distribution", "relation", "was_constant", "unit_text", "era"},
    "column_renamed": frozenset({"column_removed", "column_respelt"}),
    "key_changed": frozenset({"key_duplicates"}),
    "columns_split": frozenset({"column_removed"}),
    "columns_merged": frozenset({"column_removed"}),
    "column_renamed_in_part": frozenset({"missing"}),
    "disguised_missing": frozenset({"missing"}),
    "missing": frozenset({"column_nullable"}),
    "value_jumped": _BEYOND | {"distribution", "relation"},
    "date_format": _UNREADABLE,
    "unit_text": _UNREADABLE,
    "decimal_comma": _UNREADABLE,
    "thousands_separator": _UNREADABLE,
    "number_range": _UNREADABLE,
    "swapped_columns": _STRANGE
    | _UNREADABLE
    | _BEYOND
    | {"column_retyped", "distribution", "relation", "unit_text", "finer_numbers"}
    | {"disguised_missing"},
    "day_month_swapped": frozenset(
        {"distribution", "relation", "out_of_range", "future_date", "missing_period", "date_order"}
    ),
    "time_zones": _UNREADABLE | {"future_date", "date_order"},
    "stuck": frozenset({"distribution", "relation"}),
    "constant": _STRANGE
    | _BEYOND
    | {"distribution", "relation", "granularity", "value_jumped", "unit_change"}
    | {"finer_numbers"},
    "granularity": frozenset({"distribution", "relation"}),
    "garbled_text": _STRANGE,
    "invalid_identifier": _STRANGE | _UNREADABLE,
    "leading_zeros_lost": _STRANGE,
    "rare_format": frozenset({"format", "new_category"}),
    "misspelt": frozenset({"was_constant"}),
    "split_cells": frozenset({"new_category", "format"}),
    "format": frozenset({"new_category"}),
    "dependency": frozenset({"new_category", "relation"}),
    "attribute_contradicts": frozenset({"dependency"}),
    "join_orphans": frozenset({"orphans"}),
}
"""Detector -> what follows from what it found, in the same column.

In the columns that a finding `explains`, what is missing follows."""
FORETOLD = 0.1
EXPLAINED = 0.9
"""The share of a finding's rows that its causes must explain, where both have rows."""


def without_consequences(findings: Iterable[Finding]) -> list[Finding]:
    """Report a cause once: its consequences become `info` and name it.

    Nothing is the consequence of something less severe in its column, nor of causes that
    explain less than nine in ten of its rows. Of new categories all is explained if a warning's
    causes leave no more than their limit. A cause in another column is as grave as what
    follows from it.
    """
    told = list(findings)
    causes = [_causes(f, told) for f in told]
    return [
        _following(f, found) if found else f.with_(severity=_gravest(f, told, causes))
        for f, found in zip(told, causes, strict=True)
    ]


def _causes(f: Finding, told: Sequence[Finding]) -> list[Finding]:
    """What a finding follows from; none if they explain too little of it."""
    here = [c for c in told if f.detector in CONSEQUENCES.get(c.detector, ()) and _same(c, f)]
    there = [c for c in told if f.detector == "missing" and f.column in c.explains]
    rows, share = float(f.rows_affected or 0), EXPLAINED
    explained = sum(c.rows_affected or 0 for c in (*here, *there))
    least = f.severity.rank
    if f.detector == "new_category" and f.measured and f.limit:
        # To a pilot that has not met all, new values are no news up to the limit.
        share = min(share, 1 - f.limit / f.measured)
        least = min(least, Severity.WARN.rank)
    if here and max(c.severity.rank for c in here) < least:
        return []
    if not here and f.measured and f.limit:
        # What comes from another column adds to what was missing in the pilot already.
        rows *= 1 - f.limit / f.measured
    return [*here, *there] if f.rows_affected is None or explained >= share * rows else []


def _same(cause: Finding, f: Finding) -> bool:
    return cause.column == f.column


def _gravest(f: Finding, told: Sequence[Finding], causes: Sequence[Sequence[Finding]]) -> Severity:
    """The severity of a finding, or of what follows from it in another column."""
    follow = [g.severity for g, found in zip(told, causes, strict=True) if f in found]
    return max((f.severity, *follow), key=lambda severity: severity.rank)


def _following(f: Finding, causes: Sequence[Finding]) -> Finding:
    """A finding as the note that it is, once its causes are told."""
    said = {c.detector + ("" if _same(c, f) else f" of '{c.column}'") for c in causes}
    message = f"{f.message} A consequence of: {' and '.join(sorted(said))}."
    return f.with_(severity=Severity.INFO, message=message, cells=False)
