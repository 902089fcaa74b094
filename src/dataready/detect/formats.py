"""Cells that do not parse, explained: other date formats, units, commas, mixed notations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from dataready.compare.evidence import severity_beyond, share_limit
from dataready.detect.scene import Scene
from dataready.model import FILE_COLUMN, TABLE, Finding, Severity
from dataready.profile.infer import DECIMAL, read_as
from dataready.profile.profile import ColumnStates
from dataready.profile.relation import is_text, parse_date
from dataready.sql import and_, ident, literal, or_, values_in

__all__ = ["OtherDates", "best_date", "format_findings", "moment_of", "other_dates"]

OtherDates = Mapping[str, tuple[str, ...]]
"""Date column -> the formats that it also occurs in; "" is ISO 8601."""
SAMPLE = 300
MOST_FORMATS = 3
LEAST_SHARE = 0.05
LEAST_TURNED = 3
FEW_USUAL = 0.01
LEAST_NUMBERS = 50
MOSTLY = 0.5
NEARLY_ALL = 0.95
_COMPACT = "%Y%m%d"
_NUMBER = r"[+-]?(\d[\d.,]*|[.,]\d+)"


@dataclass(frozen=True, slots=True)
class Notation:
    """A way to write numbers that does not parse: its name, pattern and what to do."""

    detector: str
    pattern: str
    what: str
    fix: str


DECIMAL_COMMA = Notation(
    "decimal_comma",
    r"[+-]?(\d{1,3}(\.\d{3})+|\d+),\d+",
    "are written with a decimal comma",
    "Write numbers with a decimal point.",
)
THOUSANDS = Notation(
    "thousands_separator",
    "[+-]?\\d{1,3}([, '\u00a0\u202f]\\d{3})+(\\.\\d+)?",
    "have thousands separators",
    "Write numbers without separators.",
)
OTHERS = (
    Notation(
        "number_range",
        f"{_NUMBER}\\s*(-|to|~|\u2013)\\s*{_NUMBER}\\s*\\D{{0,14}}",
        "are ranges, not numbers",
        "Store both ends, or one agreed number.",
    ),
    Notation(
        "unit_text",
        r"([€$£¥#]\s*" + _NUMBER + r"|" + _NUMBER + r"\s*[^\d\s.,][^\d]{0,14})",
        "carry a unit, currency or percent sign",
        "Store the number alone, and the unit in the column's name or its own column.",
    ),
)
_CERTAIN_COMMA = re.compile(r"[+-]?(\d{1,3}(\.\d{3})+,\d+|\d+,(\d{1,2}|\d{4,})|\d{4,},\d+)")


def other_dates(scene: Scene) -> OtherDates:
    """Find the formats in which the foreign cells of date columns read, most frequent first."""
    found = {}
    for seen, _ in scene.pairs():
        if seen.plan.base == "date" and seen.counts["unparsed"] and is_text(seen.type):
            formats = _formats(_foreign(scene, seen))
            if formats:
                found[seen.plan.name] = formats
    return found


def _foreign(scene: Scene, seen: ColumnStates) -> list[str]:
    """Up to 300 different cells that do not parse, chosen by hash: no order is preferred."""
    raw = f"{ident(seen.name)}::VARCHAR"
    rows = scene.query(
        f"SELECT t FROM (SELECT DISTINCT {raw} AS t FROM {ident(TABLE)}"
        f" WHERE {scene.unparsed(seen)})\nORDER BY hash(t), t LIMIT {SAMPLE}"
    )
    return [str(t) for (t,) in rows]


def _formats(texts: Sequence[str]) -> tuple[str, ...]:
    found: list[str] = []
    rest = list(texts)
    for _ in range(MOST_FORMATS):
        wanted = _commonest(rest, least=LEAST_SHARE * len(texts))
        if wanted is None:
            break
        found.append(wanted)
        rest = [t for t in rest if not _reads(t, wanted)]
    return tuple(found)


def _commonest(texts: Sequence[str], *, least: float) -> str | None:
    """The format that reads most of some texts; None where none reads enough."""
    numbers = [t for t in texts if DECIMAL.fullmatch(t)]
    compact = sum(_reads(t, _COMPACT) for t in numbers)
    others = [t for t in texts if not DECIMAL.fullmatch(t)]
    reading = read_as(others, least=0.2) if others else None
    if reading is not None and reading.base == "date":
        return reading.date_format or ""
    return _COMPACT if compact > max(least, 0.9 * len(numbers)) else None


def _reads(text: str, date_format: str) -> bool:
    """Whether a text is a date of a format; of eight digits, one of this century or the last."""
    text = text.strip()
    try:
        if not date_format:
            return bool(datetime.fromisoformat(text))
        moment = datetime.strptime(text, date_format)  # noqa: DTZ007
    except ValueError:
        return False
    return date_format != _COMPACT or (len(text) == 8 and 1900 <= moment.year < 2100)


def best_date(scene: Scene, seen: ColumnStates, others: OtherDates) -> str:
    """The expression that reads a date in the column's format or any other it occurs in."""
    reads = _expressions(seen, others.get(seen.plan.name, ()))
    return f"coalesce({', '.join([scene.cell(seen), *reads])})" if reads else scene.cell(seen)


def moment_of(seconds: str) -> str:
    """The expression of a TIMESTAMP, whatever the session's time zone, from epoch seconds."""
    return f"make_timestamp((({seconds}) * 1000000)::BIGINT)"


def _expressions(seen: ColumnStates, formats: Iterable[str]) -> list[str]:
    return [parse_date(f"{ident(seen.name)}::VARCHAR", f or None) for f in formats]


def format_findings(scene: Scene, others: OtherDates) -> list[Finding]:
    """Explain the cells that do not parse, column by column, each cell once."""
    found: list[Finding] = []
    for seen, before in scene.pairs():
        if seen.plan.role == "target":
            continue
        if seen.plan.base == "text":
            found += _numbers_as_text(scene, seen)
        if not seen.counts["unparsed"]:
            continue
        if before is None:
            found += _unreadable(scene, seen)
        limit = 0.0
        if before is not None:
            limit = share_limit(before.counts["unparsed"], before.rows, seen.rows, slack=0.0)
        if seen.plan.base == "date":
            found += _dates(scene, seen, others.get(seen.plan.name, ()), limit)
        else:
            found += _numbers(scene, seen, limit)
    return found


def _unreadable(scene: Scene, seen: ColumnStates) -> Iterable[Finding]:
    """Without a pilot: whatever does not parse, whatever it may be; with one, compare says so."""
    where = Notation("unparsed", "", f"do not read as {seen.plan.base}s", "Use one notation.")
    yield from _finding(scene, seen, scene.unparsed(seen), where, 0.0)


def _numbers_as_text(scene: Scene, seen: ColumnStates) -> Iterable[Finding]:
    """A note where a whole column's numbers are written so that they are read as text."""
    texts = {str(t).strip(): n for t, n in seen.values.counts.items() if n}
    known = sum(texts.values())
    if seen.usable < LEAST_NUMBERS or known < LEAST_NUMBERS:
        return
    signs = any(_CERTAIN_COMMA.fullmatch(t) for t in texts)
    notation = DECIMAL_COMMA if signs else THOUSANDS
    numbers = {t: n for t, n in texts.items() if re.fullmatch(notation.pattern, t)}
    if notation is THOUSANDS and len({len(t) for t in numbers}) < 2:
        return  # Groups of digits, always as many, are a code.
    written = sum(numbers.values())
    plain = sum(n for t, n in texts.items() if DECIMAL.fullmatch(t))
    if written < MOSTLY * known or written + plain < NEARLY_ALL * known:
        return
    raw = f"trim({ident(seen.name)}::VARCHAR)"
    where = f"regexp_full_match({raw}, {literal(notation.pattern)})"
    rows = scene.count(where)
    yield scene.finding(
        dimension="validity",
        detector=notation.detector,
        severity=Severity.INFO,
        column=seen.plan.name,
        message=f"'{seen.plan.name}' holds numbers that {notation.what}, {rows:,} of them: read "
        "as text, no range, unit or distribution of it is judged.",
        measured=rows / seen.rows,
        limit=MOSTLY,
        limit_origin="half of the values are written so, and nineteen in twenty are numbers",
        where=where,
        rows_affected=rows,
        fix=notation.fix,
    )


def _dates(
    scene: Scene, seen: ColumnStates, formats: Sequence[str], limit: float
) -> Iterable[Finding]:
    if not formats:
        return
    reads = or_(*(f"({e}) IS NOT NULL" for e in _expressions(seen, formats)))
    shown = ", ".join(f or "ISO 8601" for f in formats)
    usual = seen.plan.date_format or "ISO 8601"
    said = Notation(
        "date_format",
        "",
        f"are dates in another format ({shown}) than {usual}",
        f"Write all dates of '{seen.name}' as {usual}.",
    )
    yield from _finding(scene, seen, and_(scene.unparsed(seen), reads), said, limit)
    yield from _turned(scene, seen, formats)


def _turned(scene: Scene, seen: ColumnStates, formats: Sequence[str]) -> Iterable[Finding]:
    """Dates that read both ways, in files where no other date has the day where it was.

    03/04 reads as the third of April without a complaint: what gives it away are its neighbours.
    """
    own = seen.plan.date_format or ""
    other = own.translate(str.maketrans("dm", "md"))
    if other == own or other not in formats:
        return
    usual, turned = _expressions(seen, (own, other))
    file = ident(FILE_COLUMN)
    files = scene.query(
        f"SELECT {file} FROM (SELECT {file}, {usual} AS u, {turned} AS t FROM {ident(TABLE)})\n"
        f"GROUP BY {file} HAVING count(*) FILTER (u IS NULL AND t IS NOT NULL) >= {LEAST_TURNED}\n"
        f"AND {FEW_USUAL} * count(*) FILTER (u IS NULL AND t IS NOT NULL)"
        " >= count(*) FILTER (u IS NOT NULL AND t IS NULL)\n"
        f"ORDER BY {file}"
    )
    both = and_(f"({usual}) IS NOT NULL", f"({turned}) IS NOT NULL", f"({usual}) <> ({turned})")
    where = and_(both, values_in(file, [f for (f,) in files]))
    said = Notation(
        "day_month_swapped",
        "",
        f"are read with day and month in each other's place: their file is written as {other}",
        f"Write all dates of '{seen.name}' as {own}.",
    )
    if files:
        yield from _finding(scene, seen, where, said, 0.0)


def _numbers(scene: Scene, seen: ColumnStates, limit: float) -> Iterable[Finding]:
    """Each cell by the first notation that fits; "1,234" is a thousand unless a comma is not."""
    tally = seen.foreign
    known = [str(t).strip() for t in tally.counts] if tally and tally.exact else None
    some = _foreign(scene, seen) if known is None else known
    certain = any(_CERTAIN_COMMA.fullmatch(t.strip()) for t in some)
    commas = (DECIMAL_COMMA, THOUSANDS) if certain else (THOUSANDS, DECIMAL_COMMA)
    raw = f"trim({ident(seen.name)}::VARCHAR)"
    before: list[str] = []
    for notation in (*commas, *OTHERS):
        if known is not None and not any(re.fullmatch(notation.pattern, t) for t in known):
            continue
        matches = f"regexp_full_match({raw}, {literal(notation.pattern)})"
        where = and_(scene.unparsed(seen), matches, *before)
        yield from _finding(scene, seen, where, notation, limit)
        before.append(f"NOT {matches}")


def _finding(
    scene: Scene, seen: ColumnStates, where: str, notation: Notation, limit: float
) -> Iterable[Finding]:
    rows, examples = _examples(scene, seen, where)
    if not rows:
        return
    share = rows / seen.rows
    yield scene.finding(
        dimension="validity",
        detector=notation.detector,
        severity=severity_beyond(share, limit),
        column=seen.plan.name,
        message=f"{rows:,} cells of '{seen.plan.name}' {notation.what}.",
        measured=share,
        limit=limit,
        limit_origin=f"the column holds {seen.plan.base}s"
        if not limit
        else "the pilot's share of unreadable cells, plus three standard errors",
        where=where,
        rows_affected=rows,
        cells=True,
        examples=() if seen.plan.personal else examples,
        fix=notation.fix,
    )


def _examples(scene: Scene, seen: ColumnStates, where: str) -> tuple[int, tuple[str, ...]]:
    """Count the rows of a predicate, and answer their three commonest cells, in one pass."""
    raw = f"{ident(seen.name)}::VARCHAR"
    rows = scene.query(
        f"SELECT t, n, sum(n) OVER () FROM (SELECT {raw} AS t, count(*) AS n FROM {ident(TABLE)}"
        f" WHERE {where} GROUP BY 1)\nORDER BY n DESC, t LIMIT 3"
    )
    return int(rows[0][2]) if rows else 0, tuple(str(t) for t, _, _ in rows)
