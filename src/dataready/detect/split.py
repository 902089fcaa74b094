"""Cells that hold their neighbour's value as well: the town with the state, the state empty.

Where a column is empty, the last or first words of another one are its values, far more often
than where it is filled.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from dataready.compare.evidence import FAIL_DAMAGE, severity_of, share_limit
from dataready.detect.scene import Scene
from dataready.model import TABLE, Finding, Severity
from dataready.profile.profile import ColumnStates
from dataready.profile.relation import is_one_of
from dataready.sql import and_, ident, literal

__all__ = ["split_findings"]

LEAST_ROWS = 5
LEAST_SHARE = 0.5
MOST_ELSEWHERE = 0.05
MOST_VALUES = 300
MOST_WORDS = 3
_BREAK = r"[\s,;/|]+"


def split_findings(scene: Scene) -> list[Finding]:
    """Values of an emptied column that stand at the end or the start of another's texts."""
    found: list[Finding] = []
    texts = [s for s, _ in scene.pairs() if s.plan.base == "text" and s.plan.role != "target"]
    divided = [s for s in texts if s.plan.kind != "flat" and _is_divided(s)]
    for empty in texts:
        if empty.missing >= LEAST_ROWS and (known := _domain(scene, empty)):
            others = [s for s in divided if s.name != empty.name]
            # Few rows lack a value as a rule: they are asked first, and mostly that is all.
            asked = _shares(scene, others, empty, known, scene.missing(empty))
            for seen, (rows, at_all) in zip(others, asked, strict=True):
                if rows >= max(LEAST_ROWS, LEAST_SHARE * at_all):
                    found += _column(scene, seen, empty, known, rows)
    return found


def _is_divided(seen: ColumnStates) -> bool:
    """Whether any text may hold two values: of few different ones that is known."""
    texts = seen.values.counts if seen.values.exact else None
    return texts is None or any(re.search(_BREAK, str(v)) for v in texts)


def _domain(scene: Scene, empty: ColumnStates) -> list[str]:
    """The values that a column may have: the pilot's, else those that it has more than once."""
    before = scene.pilot.get(empty.plan.name) if scene.pilot else None
    side, least = (empty, 2) if before is None else (before, 1)
    values = [str(v) for v, n in side.values.counts.items() if n >= least]
    few = side.values.exact and 2 <= len(values) <= min(MOST_VALUES, side.usable / 2)
    return [v for v in values if any(c.isalpha() for c in v)] if few else []


def _column(
    scene: Scene, seen: ColumnStates, empty: ColumnStates, known: Collection[str], rows: int
) -> Iterator[Finding]:
    holds = _holds(scene.cell(seen), known, empty)
    gone, there = scene.missing(empty), f"({scene.cell(seen)}) IS NOT NULL"
    ((elsewhere, others),) = _shares(scene, [seen], empty, known, f"NOT ({gone})")
    if elsewhere > MOST_ELSEWHERE * others:
        return
    where = and_(gone, there, holds)
    name, partner, share = seen.plan.name, empty.plan.name, rows / seen.rows
    limit = _usual(scene, seen, empty, known)
    if share <= limit:
        return
    yield scene.finding(
        dimension="consistency",
        detector="split_cells",
        severity=severity_of(share, FAIL_DAMAGE),
        column=name,
        message=f"{rows:,} values of '{name}' hold that of '{partner}' as well, which is empty "
        "there.",
        measured=share,
        limit=limit,
        limit_origin="the pilot's share, plus three standard errors"
        if limit
        else f"where '{partner}' is filled, {elsewhere:,} of {others:,} rows do so",
        where=where,
        rows_affected=rows,
        cells=True,
        fix=f"Split '{seen.name}' in these rows, and move its part to '{empty.name}'.",
        explains=(partner,),
    )
    yield scene.finding(
        dimension="completeness",
        detector="moved_value",
        severity=Severity.INFO,
        column=partner,
        message=f"{rows:,} values of '{partner}' stand in '{name}' instead.",
        measured=share,
        limit=0.0,
        limit_origin="a value belongs in its own column",
        where=where,
        rows_affected=rows,
        cells=True,
        fix=f"Split '{seen.name}' in these rows, and move its part to '{empty.name}'.",
    )


def _shares(
    scene: Scene,
    columns: Sequence[ColumnStates],
    empty: ColumnStates,
    known: Collection[str],
    where: str,
) -> list[tuple[int, int]]:
    """Per column how many cells of some rows hold a value of the empty one's, and how many are."""
    if not columns:
        return []
    cells = [f"({scene.cell(seen)})" for seen in columns]
    wheres = [p for c in cells for p in (_holds(c, known, empty), f"{c} IS NOT NULL")]
    counted = scene.counts(wheres, f"{ident(TABLE)} WHERE {where}")
    return list(zip(counted[::2], counted[1::2], strict=True))


def _usual(scene: Scene, seen: ColumnStates, empty: ColumnStates, known: Collection[str]) -> float:
    """How large a share the pilot foretells: 0 where it has none, or there is no pilot."""
    pilot = scene.pilot
    here = pilot.get(seen.plan.name) if pilot else None
    gone = pilot.get(empty.plan.name) if pilot else None
    if here is None or gone is None or scene.pilot_con is None or not gone.missing:
        return 0.0
    cell = scene.cell(here)
    where = and_(scene.missing(gone), f"({cell}) IS NOT NULL", _holds(cell, known, gone))
    (rows,) = scene.pilot_con.execute(
        f"SELECT count(*) FROM {ident(TABLE)} WHERE {where}"
    ).fetchone() or (0,)
    return share_limit(rows, here.rows, seen.rows, slack=0.0) if rows else 0.0


def _holds(cell: str, known: Collection[str], empty: ColumnStates) -> str:
    """Whether a text ends or begins with one of some values, and is more than that."""
    by_words: dict[int, list[str]] = {}
    for v in known:
        by_words.setdefault(len(v.split()), []).append(v)
    tests = []
    for many, values in sorted(by_words.items()):
        if 1 <= many <= MOST_WORDS:
            words = r"\S+" + r"\s+\S+" * (many - 1)
            for pattern in (rf"{_BREAK}({words})\s*$", rf"^\s*({words}){_BREAK}\S"):
                part = f"regexp_extract({cell}, {literal(pattern)}, 1)"
                tests.append(is_one_of(part, values, empty.plan))
    return "(" + " OR ".join(tests) + ")" if tests else "FALSE"
