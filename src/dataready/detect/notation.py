"""Texts that are written in one way nearly everywhere, and the cells that are written otherwise.

What a column's texts have in common is their shape: "95 %" reads "9 a". Only shapes with digits
are judged: names and free text have as many shapes as people have ideas. Numbers kept as text
with units are judged where there are several units: "12 oz" beside "12 ounces".
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from dataready.compare.evidence import FAIL_DAMAGE, severity_of, share_limit
from dataready.detect.scene import Scene
from dataready.model import Finding, Severity
from dataready.profile.metrics.values import shape
from dataready.profile.profile import ColumnStates
from dataready.sql import and_, literal, values_in

__all__ = ["notation_findings"]

USUAL = 0.05
COVERED = 0.95
RARE = 0.02
LEAST_ROWS = 50
LEAST_UNIT = 0.01
_WITH_UNIT = re.compile(r"\s*[+-]?\d[\d.,]*\s*([^\W\d_][^\d]{0,19}?)\s*")


def notation_findings(scene: Scene) -> list[Finding]:
    """Cells of a rare shape, and numbers with several units, in columns of text."""
    found: list[Finding] = []
    for seen, before in scene.pairs():
        if seen.plan.base != "text" or seen.plan.role in {"target", "key"}:
            continue
        if seen.usable < LEAST_ROWS:
            continue
        units = _units(seen)
        if units and (before is None or not _units(before)):
            found += _mixed(scene, seen, units)
        elif before is None or seen.plan.kind != "id":
            # Against a pilot, what is no category is compared shape by shape already.
            found += _rare(scene, seen, before)
    return found


def _rare(scene: Scene, seen: ColumnStates, before: ColumnStates | None) -> Iterator[Finding]:
    own = _shapes(before if before is not None else seen)
    total = sum(own.values())
    usual = [s for s, n in own.items() if n >= USUAL * total]
    if not usual or not all("9" in s for s in usual):
        return
    if sum(own[s] for s in usual) < COVERED * total:
        return
    here = _shapes(seen)
    strange = {
        s: n for s, n in here.items() if n <= RARE * seen.usable and (s not in own or not before)
    }
    rows = sum(strange.values())
    if not rows:
        return
    limit = 0.0
    if before is not None:
        once = sum(1 for n in own.values() if n == 1)
        limit = share_limit(2 * once, before.usable, seen.usable, slack=0.002)
    loud = before is not None and rows > limit * seen.usable
    cell = scene.cell(seen)
    where = and_(f"({cell}) IS NOT NULL", values_in(shape(cell), sorted(strange)))
    yield scene.finding(
        dimension="validity",
        detector="rare_format",
        severity=severity_of(rows / seen.rows, FAIL_DAMAGE) if loud else Severity.INFO,
        column=seen.plan.name,
        message=f"{rows:,} values of '{seen.plan.name}' are written unlike the others"
        + (f", which read like {_listed(usual)}." if not seen.plan.personal else "."),
        measured=rows / seen.rows,
        limit=limit,
        limit_origin="formats met once in the pilot foretell as many new ones (Good-Turing)"
        if before is not None
        else "a format of at most two rows in a hundred, where few formats cover nearly all",
        where=where,
        rows_affected=rows,
        cells=True,
        fix=f"Bring '{seen.name}' to one format.",
    )


def _shapes(seen: ColumnStates) -> Mapping[str, int]:
    tally = seen.formats
    return {str(s): n for s, n in tally.counts.items() if n} if tally and tally.exact else {}


def _listed(shapes: list[str]) -> str:
    return ", ".join(f"'{s}'" for s in shapes[:3])


def _units(seen: ColumnStates) -> Counter[str]:
    """Rows per unit where nearly all texts are a number with one, and there are several."""
    units: Counter[str] = Counter()
    for text, n in seen.values.counts.items() if seen.values.exact else ():
        match = _WITH_UNIT.fullmatch(str(text))
        if match:
            units[match[1]] += n
    least = LEAST_UNIT * seen.usable
    several = sum(1 for n in units.values() if n >= least) >= 2
    return units if several and units.total() >= COVERED * seen.usable else Counter()


def _mixed(scene: Scene, seen: ColumnStates, units: Counter[str]) -> Iterator[Finding]:
    cell = scene.cell(seen)
    pattern = "(?i)" + _WITH_UNIT.pattern.replace(r"[^\W\d_]", r"\pL")
    where = and_(f"({cell}) IS NOT NULL", f"regexp_full_match({cell}, {literal(pattern)})")
    rows = scene.count(where)
    if not rows:
        return
    most = [u for u, n in units.most_common(4) if n >= 5]
    shown = "" if seen.plan.personal else ": " + ", ".join(f"'{u}'" for u in most)
    yield scene.finding(
        dimension="validity",
        detector="unit_text",
        severity=severity_of(rows / seen.rows, FAIL_DAMAGE),
        column=seen.plan.name,
        message=f"'{seen.plan.name}' holds numbers as text, with units in {len(units)} "
        f"spellings{shown}.",
        measured=rows / seen.rows,
        limit=0.0,
        limit_origin="numbers are stored as numbers, in one unit",
        where=where,
        rows_affected=rows,
        cells=True,
        fix=f"Store the number alone in '{seen.name}', and the unit in its own column.",
    )
