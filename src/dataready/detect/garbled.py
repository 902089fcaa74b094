"""Text that a program has mangled: read in the wrong encoding, escaped twice, cut, marked.

Each kind has a signature that people do not type: "Ã©" for "é", "&amp;amp;" for "&", an
invisible mark, half of all long texts ending at one length. What the pilot has as often is how
the table is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import duckdb

from dataready.compare.evidence import FAIL_DAMAGE, severity_of, share_limit
from dataready.detect.scene import Scene
from dataready.model import TABLE, Finding, Severity
from dataready.profile.profile import ColumnStates
from dataready.profile.relation import is_text
from dataready.sql import and_, ident, literal

__all__ = ["garbled_findings", "truncation_findings"]

_CONTINUED = r"[\x{80}-\x{BF}\x{152}\x{153}\x{160}\x{161}\x{178}\x{17D}\x{17E}\x{192}\x{2C6}\x{2DC}"
_CONTINUED += r"\x{2013}-\x{203A}\x{20AC}\x{2122}]"
SIGNATURES: Mapping[str, str] = {
    "read in the wrong encoding": rf"[\x{{C2}}-\x{{C5}}]{_CONTINUED}|\x{{E2}}\x{{20AC}}|\x{{FFFD}}",
    "escaped, once or twice too often": r"&(amp|lt|gt|quot|apos|nbsp|#\d{2,5}|#x[0-9a-fA-F]{2,5});"
    r"|\\u00[0-9a-fA-F]{2}|%C[23]%[89AB][0-9A-F]",
    "holding invisible marks": r"[\x{FEFF}\x{200B}\x{2060}\x00-\x08\x0B\x0C\x0E-\x1F\x7F]",
}
"""What has happened to a text -> the pattern that shows it."""
LEAST_ROWS = 3
LEAST_CUT = 10
LEAST_LENGTH = 8
CUT_SHARE = 0.01
CUT_SPIKE = 5
MOST_CUT = 0.9
NEAR = 5
END = 3
LOOK_ROWS = 100_000
_PYTHON = {kind: re.compile(re.sub(r"\\x\{(\w+)\}", lambda m: re.escape(chr(int(m[1], 16))), p))
           for kind, p in SIGNATURES.items()}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Lengths:
    """Per length of the texts: rows, different values, and what tells cuts from other texts.

    Different beginnings and ends, all digits alike, and rows of several words: of a look only,
    since they cost twenty times as much.
    """

    rows: Mapping[int, int]
    values: Mapping[int, int]
    starts: Mapping[int, int] = field(default_factory=dict)
    ends: Mapping[int, int] = field(default_factory=dict)
    words: Mapping[int, int] = field(default_factory=dict)


def garbled_findings(scene: Scene) -> list[Finding]:
    """One finding a column of text that a program has mangled."""
    found: list[Finding] = []
    for seen, before in scene.pairs():
        if seen.plan.base == "text" and is_text(seen.type) and seen.plan.role != "target":
            kinds = _kinds(scene.con, seen)
            if kinds:
                found += _garbled(scene, seen, before, kinds)
    return found


def _kinds(con: duckdb.DuckDBPyConnection, seen: ColumnStates) -> dict[str, int]:
    """Rows per kind: from the values where all are known, else from the table."""
    if seen.values.exact:
        texts = {str(v): n for v, n in seen.values.counts.items() if n}
        counted = {
            kind: sum(n for t, n in texts.items() if pattern.search(t))
            for kind, pattern in _PYTHON.items()
        }
    else:
        tests = ", ".join(f"count(*) FILTER ({_matches(seen, p)})" for p in SIGNATURES.values())
        row = con.execute(f"SELECT {tests} FROM {ident(TABLE)}").fetchone() or ()
        counted = dict(zip(SIGNATURES, map(int, row), strict=True))
    return {kind: n for kind, n in counted.items() if n}


def _matches(seen: ColumnStates, pattern: str) -> str:
    return f"regexp_matches({ident(seen.name)}::VARCHAR, {literal(pattern)})"


def _garbled(
    scene: Scene, seen: ColumnStates, before: ColumnStates | None, kinds: Mapping[str, int]
) -> Iterator[Finding]:
    where = _matches(seen, "|".join(SIGNATURES[kind] for kind in kinds))
    rows, limit = scene.count(where), 0.0
    if not rows:
        return
    if before is not None and scene.pilot_con is not None:
        was = _kinds(scene.pilot_con, before)
        limit = share_limit(sum(was.values()), before.rows, seen.rows, slack=0.0) if was else 0.0
    share = rows / seen.rows
    said = "; ".join(f"{n:,} {kind}" for kind, n in kinds.items())
    loud = share > limit and rows >= LEAST_ROWS
    yield scene.finding(
        dimension="validity",
        detector="garbled_text",
        severity=severity_of(share, FAIL_DAMAGE) if loud else Severity.INFO,
        column=seen.plan.name,
        message=f"{rows:,} texts of '{seen.plan.name}' have been mangled by a program: {said}.",
        measured=share,
        limit=limit,
        limit_origin="the pilot's share, plus three standard errors"
        if limit
        else "people do not type such characters",
        where=where,
        rows_affected=rows,
        cells=share > limit,
        fix=f"Read and write '{seen.name}' as UTF-8 throughout, and escape it once.",
    )


def truncation_findings(scene: Scene) -> list[Finding]:
    """Columns whose longest texts pile up at one length, as if cut there."""
    found: list[Finding] = []
    for seen, before in scene.pairs():
        free = seen.plan.base == "text" and is_text(seen.type) and seen.plan.role != "target"
        if free and seen.lengths and seen.usable >= 10 * LEAST_CUT:
            found += _cut(scene, seen, before)
    return found


def _cut(scene: Scene, seen: ColumnStates, before: ColumnStates | None) -> Iterable[Finding]:
    longest = before.lengths.high if before and before.lengths else None
    most = int(seen.lengths.high or 0) if seen.lengths else 0
    if longest is None or longest > most:
        varied = before is not None and before.lengths is not None and longest != before.lengths.low
        if _is_cut(_lengths(scene, seen), most, seen.usable, varied=varied):
            yield _cut_at(scene, seen, most, "which none exceeds", "the pilot has longer ones")
            return
    found = _cut_in_part(scene, seen, before) if before is not None else None
    if found is not None:
        length, limit = found
        said = "far more than of any length near"
        also = f"{CUT_SPIKE} times the pilot's share, and that plus three standard errors"
        yield _cut_at(scene, seen, length, said, also, limit)


def _cut_at(
    scene: Scene, seen: ColumnStates, length: int, said: str, also: str, limit: float = CUT_SHARE
) -> Finding:
    cell, pilot = scene.cell(seen), scene.pilot is not None
    where = and_(f"({cell}) IS NOT NULL", f"length({cell}) = {length}")
    rows = scene.count(where)
    loud = pilot and rows >= limit * seen.usable
    return scene.finding(
        dimension="validity",
        detector="truncated",
        severity=severity_of(rows / seen.rows, FAIL_DAMAGE) if loud else Severity.INFO,
        column=seen.plan.name,
        message=f"{rows:,} texts of '{seen.plan.name}' end at {length:,} characters, {said}: "
        "they seem to have been cut there.",
        measured=rows / seen.usable,
        limit=limit,
        limit_origin=f"one text in a hundred, and {CUT_SPIKE} times as many as of the lengths next "
        "to it" + (f"; {also}" if pilot else ""),
        where=where,
        rows_affected=rows,
        cells=pilot,
        fix=f"Widen the field that '{seen.name}' passes through, and load these rows again.",
    )


def _cut_in_part(
    scene: Scene, seen: ColumnStates, before: ColumnStates
) -> tuple[int, float] | None:
    """The length at which some texts were cut, others being longer, and the share that is no news.

    Only of texts of several words: codes of another length are another format. Of one phrase with
    another number or code in it all begin, or end, alike: what was cut does neither.
    """
    side = scene.pilot_side
    spread = before.lengths and (before.lengths.high or 0) - (before.lengths.low or 0)
    if side is None or not spread or spread <= 2 * NEAR:
        return None
    here, there = _lengths(scene, seen, look=True), _lengths(side, before)
    rows, known = sum(here.rows.values()), sum(there.rows.values())
    for length in sorted(here.rows, key=lambda k: (-here.rows[k], k)):
        n, had = here.rows[length], there.rows.get(length, 0)
        piled = all(
            of[length] >= CUT_SPIKE * max(1.0, _near(of, length)) for of in (here.rows, here.starts)
        )
        several = n >= max(LEAST_CUT, CUT_SHARE * rows, CUT_SPIKE * had / known * rows)
        cut = here.ends[length] >= LEAST_CUT and 2 * here.words[length] >= n
        if length >= LEAST_LENGTH and several and piled and cut:
            return length, max(CUT_SHARE, share_limit(had, known, rows, slack=0.0))
    return None


def _near(of: Mapping[int, int], length: int) -> float:
    """The mean over the lengths on either side."""
    return sum(of.get(length + k, 0) for k in range(-NEAR, NEAR + 1) if k) / (2 * NEAR)


def _is_cut(lengths: _Lengths, most: int, usable: int, *, varied: bool) -> bool:
    """Whether different texts pile up at the greatest length, far above the lengths below.

    Codes of one length are as they should be, unless lengths have `varied` in the pilot.
    """
    rows, values = lengths.rows.get(most, 0), lengths.values.get(most, 0)
    below = [lengths.rows.get(k, 0) for k in range(max(1, most - NEAR), most)]
    if not below or rows < max(LEAST_CUT, CUT_SHARE * usable) or values < LEAST_CUT:
        return False
    long = most >= LEAST_LENGTH and (varied or rows <= MOST_CUT * usable)
    return long and rows >= CUT_SPIKE * max(1.0, sum(below) / len(below))


def _lengths(scene: Scene, seen: ColumnStates, *, look: bool = False) -> _Lengths:
    cell, rows = scene.cell(seen), scene.some(LOOK_ROWS) if look else ident(TABLE)
    bare = "translate(text, '0123456789', '9999999999')"
    figures = ["count(*)", "approx_count_distinct(text)"]
    if look:
        figures += [
            f"approx_count_distinct(left({bare}, length(text) // 2))",
            f"approx_count_distinct(right({bare}, {END}))",
            "count(*) FILTER (contains(text, ' '))",
        ]
    found = scene.query(
        f"SELECT length(text), {', '.join(figures)}\n"
        f"FROM (SELECT {cell} AS text FROM {rows}) WHERE text IS NOT NULL GROUP BY 1"
    )
    return _Lengths(*({row[0]: row[k + 1] for row in found} for k in range(len(figures))))
