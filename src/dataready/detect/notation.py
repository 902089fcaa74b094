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
from dataready.compare.findings import foretold
from dataready.detect.scene import Scene
from dataready.model import TABLE, Finding, Severity
from dataready.profile.profile import ColumnStates
from dataready.profile.relation import is_text
from dataready.profile.shape import shape
from dataready.sql import and_, ident, literal, values_in

__all__ = ["code_width", "notation_findings", "scientific_findings", "usual_formats"]

USUAL = 0.05
COVERED = 0.95
RARE = 0.02
UNSETTLED = 0.05
LEAST_ROWS = 50
LEAST_UNIT = 0.01
LEAST_EXPONENTS = 3
_EXPONENT = r"[+-]?[0-9](\.[0-9]+)?[eE]\+?[0-9]+"
_GROUPED = re.compile(r"9(,9)*(\.9)?")
_WITH_UNIT = re.compile(r"\s*[+-]?\d[\d.,]*\s*([^\W\d_][^\d]{0,19}?)\s*")


def notation_findings(scene: Scene) -> list[Finding]:
    """Cells of a rare shape, and numbers with several units, in columns of text."""
    found: list[Finding] = []
    for seen, before in scene.pairs():
        if seen.plan.base != "text" or seen.plan.role in {"target", "key"}:
            continue
        if seen.usable < LEAST_ROWS:
            continue
        found += _zeros(scene, seen, before)
        units = _units(seen)
        if units and (before is None or not _units(before)):
            found += _mixed(scene, seen, units)
        else:
            found += _rare(scene, seen, before)
    return found


def _rare(scene: Scene, seen: ColumnStates, before: ColumnStates | None) -> Iterator[Finding]:
    own = _shapes(before if before is not None else seen)
    usual = usual_formats(before if before is not None else seen)
    if not usual:
        return
    few = RARE * seen.usable
    # Where known values are the rule, a new one is told as that, and so are codes' formats.
    many = (
        before is not None
        and seen.plan.kind != "id"
        and foretold(before.values, seen.rows) >= UNSETTLED
    )
    strange = {
        s: n
        for s, n in _shapes(seen).items()
        if (n <= few or many) and (s not in own or before is None)
    }
    rows = sum(strange.values())
    if not rows or seen.formats is None:
        return
    limit = 0.0
    if before is not None:
        once = sum(1 for n in own.values() if n == 1)
        limit = share_limit(2 * once, before.usable, seen.usable, slack=0.002)
    loud = before is not None and rows > limit * seen.usable
    cell = scene.cell(seen)
    written = [str(s) for s in seen.formats.counts if _form(str(s)) in strange]
    where = and_(f"({cell}) IS NOT NULL", values_in(shape(cell), sorted(written)))
    yield scene.wrong_cells(
        seen,
        where,
        rows,
        dimension="validity",
        detector="rare_format" if max(strange.values()) <= few else "format",
        severity=severity_of(rows / seen.rows, FAIL_DAMAGE) if loud else Severity.INFO,
        message=f"{rows:,} values of '{seen.plan.name}' are written unlike the others"
        + (f", which read like {_listed(usual)}." if not seen.plan.personal else "."),
        limit=limit,
        limit_origin="formats met once in the pilot foretell as many new ones (Good-Turing)"
        if before is not None
        else "a format of at most two rows in a hundred, where few formats cover nearly all",
        fix=f"Bring '{seen.name}' to one format.",
    )


def usual_formats(seen: ColumnStates) -> list[str]:
    """The few formats with digits that cover nearly all of a column; none where they do not."""
    own = _shapes(seen)
    total = sum(own.values())
    usual = [s for s, n in own.items() if n >= USUAL * total]
    covered = sum(own[s] for s in usual) >= COVERED * total
    return usual if covered and all("9" in s for s in usual) else []


def _shapes(seen: ColumnStates) -> Mapping[str, int]:
    """Rows per shape; a number has one, however many groups of digits it is written in."""
    tally = seen.formats
    shapes: Counter[str] = Counter()
    for s, n in tally.counts.items() if tally and tally.exact else ():
        shapes[_form(str(s))] += n
    return +shapes


def _form(shape: str) -> str:
    """A shape; numbers have one, in however many groups their digits stand."""
    return "9" if _GROUPED.fullmatch(shape) else shape


def _listed(shapes: list[str]) -> str:
    return ", ".join(f"'{s}'" for s in shapes[:3])


def _zeros(scene: Scene, seen: ColumnStates, before: ColumnStates | None) -> Iterator[Finding]:
    """Codes of one length, zeros in front, that have become shorter: a program read numbers."""
    width = code_width(before if before is not None else seen)
    if not width or not seen.lengths or (seen.lengths.low or width) >= width:
        return
    cell = scene.cell(seen)
    where = and_(
        f"({cell}) IS NOT NULL",
        f"regexp_full_match({cell}, {literal(f'[1-9][0-9]{{0,{width - 2}}}')})",
    )
    rows = scene.count(where)
    if not rows:
        return
    yield scene.wrong_cells(
        seen,
        where,
        rows,
        dimension="validity",
        detector="leading_zeros_lost",
        message=f"{rows:,} codes of '{seen.plan.name}' have fewer than {width} digits: zeros in "
        "front were lost.",
        limit_origin=f"all codes of the pilot have {width} digits"
        if before is not None
        else f"nineteen codes in twenty have {width} digits, some with zeros in front",
        fix=f"Read '{seen.name}' as text, and fill up with zeros to {width} digits.",
    )


def code_width(seen: ColumnStates) -> int:
    """The length of a column's codes of digits, of which some begin with zero; else 0."""
    texts = {str(v): n for v, n in seen.values.counts.items() if n} if seen.values.exact else {}
    if not texts or not any(t[:1] == "0" and len(t) > 1 for t in texts):
        return 0
    widths: Counter[int] = Counter()
    for t, n in texts.items():
        widths[len(t) if t.isdigit() else 0] += n
    width, rows = widths.most_common(1)[0]
    return width if width > 1 and rows >= COVERED * seen.usable else 0


def scientific_findings(scene: Scene) -> list[Finding]:
    """Numbers that a spreadsheet has written with an exponent, where the pilot has none."""
    found: list[Finding] = []
    for seen, before in scene.pairs():
        if (
            seen.plan.base != "number"
            or not is_text(seen.type)
            or not is_text(before.type if before else "")
        ):
            continue
        where = _exponent(seen)
        rows = scene.count(where)
        if not rows or before is None or scene.pilot_con is None or _has_exponents(scene, before):
            continue
        found.append(
            scene.wrong_cells(
                seen,
                where,
                rows,
                dimension="validity",
                detector="scientific_notation",
                severity=Severity.WARN if rows >= LEAST_EXPONENTS else Severity.INFO,
                message=f"{rows:,} numbers of '{seen.plan.name}' are written with an exponent: "
                "their last digits may be lost.",
                limit_origin="the pilot has none",
                fix=f"Export '{seen.name}' as text, not through a spreadsheet.",
            )
        )
    return found


def _exponent(seen: ColumnStates) -> str:
    """Write whether a cell is a number with an exponent; few hold the letter at all."""
    cell = f"{ident(seen.name)}::VARCHAR"
    held = f"contains({cell}, 'e') OR contains({cell}, 'E')"
    return and_(held, f"regexp_full_match(trim({cell}), {literal(_EXPONENT)})")


def _has_exponents(scene: Scene, before: ColumnStates) -> bool:
    where = _exponent(before)
    con = scene.pilot_con or scene.con
    return con.execute(f"SELECT 1 FROM {ident(TABLE)} WHERE {where} LIMIT 1").fetchone() is not None


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
    yield scene.wrong_cells(
        seen,
        where,
        rows,
        dimension="validity",
        detector="unit_text",
        message=f"'{seen.plan.name}' holds numbers as text, with units in {len(units)} "
        f"spellings{shown}.",
        limit_origin="numbers are stored as numbers, in one unit",
        fix=f"Store the number alone in '{seen.name}', and the unit in its own column.",
    )
