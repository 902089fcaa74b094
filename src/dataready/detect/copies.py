"""Rows, and keys, that occur more than once: letter by letter, or once case and signs are aside.

Chance repeats rows too: of few columns, of few values. Two rows of production agree as often as
two of the pilot: its pairs foretell how many copies are no news, however many rows there are.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dataready.compare.evidence import rows_sql, share_limit
from dataready.detect.formats import OtherDates, best_date
from dataready.detect.scene import Scene
from dataready.model import TABLE, Finding, Severity
from dataready.profile.profile import ColumnStates
from dataready.profile.relation import is_text
from dataready.sql import ident

__all__ = ["copied_limit", "copy_findings"]

MANY_COPIES = 0.01
LEAST_ROWS = 3
STANDARD_ERRORS = 3.0
_ORIGIN = "as often as two rows of the pilot agree, and three standard errors"
_SPELT = "once case, blanks, accents, signs and the format of dates and numbers are aside"


@dataclass(frozen=True, slots=True)
class _Copies:
    """Groups of equal rows: `extra` rows beyond each first, the `pairs` that they form."""

    extra: int
    pairs: int


def copy_findings(scene: Scene, others: OtherDates) -> list[Finding]:
    """Copied rows, rows that are copies but for their spelling, and keys that are."""
    if not scene.production.rows:
        return []
    own = [c.name for c in scene.production.schema if c.name not in _key_names(scene)]
    return [
        *_exact(scene, own),
        *_respelt(scene, own, others),
        *_keys(scene, others),
    ]


def copied_limit(copies: int, pairs: int, n: int, m: int) -> float:
    """The share of m rows that may be copies, where n rows of the pilot form some pairs.

    The number of pairs among rows drawn alike grows with their square; a pilot of no pairs may
    be one of four. Copies that are as frequent as in the pilot are no news either.

    >>> copied_limit(0, 0, 1000, 1000)
    0.004
    """
    if n < 2 or not m:
        return 1.0
    foretold = pairs + 1 + STANDARD_ERRORS * math.sqrt(pairs + 1)
    usual = share_limit(copies, n, m, slack=0.0) if copies else 0.0
    return min(1.0, max(usual, foretold * (m / n) ** 2 / m))


def _key_names(scene: Scene) -> set[str]:
    return {scene.production[k].name for k in scene.key if k in scene.production}


def _row(expressions: Sequence[str]) -> str:
    return f"hash(({', '.join(expressions)}))"


def _exact(scene: Scene, columns: Sequence[str]) -> Iterable[Finding]:
    """Rows that are equal in every column, or in all but the key: imported under a new one."""
    if not columns:
        return
    row, keys = [ident(c) for c in columns], [ident(k) for k in sorted(_key_names(scene))]
    here = _groups(row, [*row, *keys]) if keys else _repeated(row)
    side, before = scene.pilot_side, None
    if side is not None and {*columns, *_key_names(scene)} <= set(side.production.schema.names):
        before = _count(side, here)
    wanted = _groups(row, [*row, *keys], answer="plain") if keys else _repeated(row, answer="plain")
    yield from _finding(
        scene,
        _count(scene, here),
        before,
        detector="duplicate_rows",
        said="rows are exact copies of another row" + (", under another key" if keys else ""),
        where=f"{_row(row)} IN ({wanted})",
        fix="Remove rows that were imported twice."
        if keys
        else "Name the key in the settings, and remove rows that were imported twice.",
    )


def _repeated(row: Sequence[str], answer: str = "count(*) AS n") -> str:
    return (
        f"SELECT {answer} FROM (SELECT {_row(row)} AS plain FROM {ident(TABLE)})"
        " GROUP BY plain HAVING count(*) > 1"
    )


def _respelt(scene: Scene, columns: Sequence[str], others: OtherDates) -> Iterable[Finding]:
    """Rows that differ from another only in how their values are written."""
    spelt, raw = _plain(scene, columns, others), [ident(c) for c in columns]
    if spelt == raw:
        return
    before = None
    side = scene.pilot_side
    if side is not None and set(columns) <= set(side.production.schema.names):
        # Rows of few columns agree by chance: then it is their spelling alone that is new.
        before = _count(side, _repeated(_plain(side, columns, {})))
    yield from _finding(
        scene,
        _count(scene, _groups(spelt, raw)),
        before,
        detector="respelt_rows",
        said=f"rows are copies of another row, {_SPELT}",
        where=f"{_row(spelt)} IN ({_groups(spelt, raw, answer='plain')})",
        fix="Merge the rows, and agree on one way to write their values.",
    )


def _keys(scene: Scene, others: OtherDates) -> Iterable[Finding]:
    """Keys that differ from another only in how they are written."""
    names = [scene.production[k].name for k in scene.key if k in scene.production]
    texts = [c for c in names if is_text(scene.production.schema.type_of(c))]
    if not texts or len(names) < len(scene.key):
        return
    spelt, raw = _plain(scene, names, others), [ident(c) for c in names]
    before, side = None, scene.pilot_side
    if side is not None and set(scene.key) <= set(side.production.schema.names):
        theirs = [ident(k) for k in scene.key]
        before = _count(side, _groups(_plain(side, scene.key, {}), theirs))
    yield from _finding(
        scene,
        _count(scene, _groups(spelt, raw)),
        before,
        detector="respelt_keys",
        said=f"keys are the same as another, {_SPELT}",
        where=f"{_row(spelt)} IN ({_groups(spelt, raw, answer='plain')})",
        fix="Agree on one way to write the key, and merge what belongs together.",
        column=scene.key[0],
    )


def _groups(spelt: Sequence[str], raw: Sequence[str], answer: str = "count(*) AS n") -> str:
    """Write the SELECT of groups that are one when spelt plainly, and several as they stand."""
    return (
        f"SELECT {answer} FROM (SELECT DISTINCT {_row(spelt)} AS plain, {_row(raw)} AS row"
        f" FROM {ident(TABLE)}) GROUP BY plain HAVING count(*) > 1"
    )


def _count(scene: Scene, groups: str) -> _Copies:
    """Count the groups that a SELECT answers as `n`."""
    ((extra, pairs),) = scene.query(
        f"SELECT coalesce(sum(n - 1), 0), coalesce(sum(n * (n - 1) / 2), 0)\nFROM ({groups})"
    )
    return _Copies(int(extra), int(pairs))


def _plain(scene: Scene, columns: Sequence[str], others: OtherDates) -> list[str]:
    """Write columns' values as they compare: small letters and digits, dates and numbers read."""
    by_name = {seen.name: seen for seen in scene.production}
    found = []
    for name in columns:
        raw, seen = f"{ident(name)}::VARCHAR", by_name.get(name)
        if not is_text(scene.production.schema.type_of(name)) or (seen and _spelt_one_way(seen)):
            found.append(ident(name))
            continue
        letters = rf"regexp_replace(lower(strip_accents({raw})), '[^\pL\pN]+', ' ', 'g')"
        # Between two digits a sign tells 1-23 from 12-3; beside a letter it tells nothing.
        bare = rf"trim(regexp_replace({letters}, '(\pL) | (\pL)', '\1\2', 'g'))"
        # One word of plain letters and digits, as most codes are, needs no more than small letters.
        word = f"regexp_full_match(lower({raw}), '[a-z0-9]+')"
        text = f"CASE WHEN {word} THEN lower({raw}) ELSE coalesce(nullif({bare}, ''), {raw}) END"
        if seen is not None and seen.plan.base != "text":
            read = best_date(scene, seen, others) if seen.plan.base == "date" else scene.cell(seen)
            text = f"coalesce(({read})::VARCHAR, {text})"
        found.append(text)
    return found


def _spelt_one_way(seen: ColumnStates) -> bool:
    """Whether all of a column's values are known, and none is another's spelling: costs nothing."""
    if seen.plan.base != "text" or not seen.values.exact:
        return False
    values = [str(v) for v, n in seen.values.counts.items() if n]
    return len({_letters(v) for v in values}) == len(values)


def _letters(text: str) -> str:
    """Letters and digits alone: what SQL calls equal is equal here, and more."""
    bare = (c for c in unicodedata.normalize("NFKD", text) if c.isalnum())
    return "".join(bare).casefold() or text


def _finding(
    scene: Scene,
    copies: _Copies,
    before: _Copies | None,
    *,
    detector: str,
    said: str,
    where: str,
    fix: str,
    column: str | None = None,
) -> Iterable[Finding]:
    """A finding beyond the pilot's copies; without a pilot beyond one row in a hundred."""
    m, exact = scene.production.rows, detector == "duplicate_rows"
    share, limit = copies.extra / m, MANY_COPIES
    origin = "one row in a hundred"
    if before is not None and scene.pilot is not None:
        limit = copied_limit(before.extra, before.pairs, scene.pilot.rows, m)
        origin = _ORIGIN
    if copies.extra < LEAST_ROWS or share <= limit:
        return
    sure = before is not None or (exact and scene.pilot is None and not scene.key)
    yield scene.finding(
        dimension="uniqueness",
        detector=detector,
        severity=Severity.WARN if sure else Severity.INFO,
        column=column,
        message=f"{copies.extra:,} {said}.",
        measured=share,
        limit=limit,
        limit_origin=origin,
        where=where,
        sql=rows_sql(where, *([scene.production[column].name] if column else [])),
        fix=fix,
    )
