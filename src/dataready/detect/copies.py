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
from dataready.sql import and_, ident

__all__ = ["copied_limit", "copy_findings"]

MANY_COPIES = 0.01
LEAST_ROWS = 3
STANDARD_ERRORS = 3.0
APART = 100
MOST_TELLING = 4
LEAST_TOLD = 50
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
    # Where a key tells all rows apart, equal rows of several keys are the copies.
    copies = _Groups(row, [*row, *keys] if keys else (), _telling(scene, columns))
    side, before = scene.pilot_side, None
    if side is not None and {*columns, *_key_names(scene)} <= set(side.production.schema.names):
        before = _count(side, copies)
    yield from _finding(
        scene,
        copies,
        before,
        detector="duplicate_rows",
        said="rows are exact copies of another row" + (", under another key" if keys else ""),
        fix="Remove rows that were imported twice."
        if keys
        else "Name the key in the settings, and remove rows that were imported twice.",
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
        before = _count(side, _Groups(_plain(side, columns, {})))
    yield from _finding(
        scene,
        _Groups(spelt, raw, _telling(scene, columns)),
        before,
        detector="respelt_rows",
        said=f"rows are copies of another row, {_SPELT}",
        fix="Merge the rows, and agree on one way to write their values.",
    )


def _keys(scene: Scene, others: OtherDates) -> Iterable[Finding]:
    """Keys that differ from another only in how they are written."""
    names = [scene.production[k].name for k in scene.key if k in scene.production]
    texts = [c for c in names if is_text(scene.production.schema.type_of(c))]
    if not texts or len(names) < len(scene.key):
        return
    before, side = None, scene.pilot_side
    if side is not None and set(scene.key) <= set(side.production.schema.names):
        theirs = [ident(k) for k in scene.key]
        before = _count(side, _Groups(_plain(side, scene.key, {}), theirs))
    yield from _finding(
        scene,
        _Groups(_plain(scene, names, others), [ident(c) for c in names]),
        before,
        detector="respelt_keys",
        said=f"keys are the same as another, {_SPELT}",
        fix="Agree on one way to write the key, and merge what belongs together.",
        column=scene.key[0],
    )


@dataclass(frozen=True, slots=True)
class _Groups:
    """Rows that agree in what `same` reads, and differ in `other`; alike in all if that is empty.

    `telling` are places in `same` of the few expressions that tell nearly all rows apart: only
    rows that agree in these are read in full.
    """

    same: Sequence[str]
    other: Sequence[str] = ()
    telling: Sequence[int] = ()

    def select(self, answer: str) -> str:
        """Write the SELECT of an aggregate, or `plain`, the hash of what is alike, per group."""
        columns = f"{_row(self.same)} AS plain"
        if self.other:
            columns = f"DISTINCT {columns}, {_row(self.other)} AS row"
        rows = f"SELECT {columns} FROM {ident(TABLE)}"
        if self.telling:
            rows += f" WHERE {self._may()}"
        return f"SELECT {answer} FROM ({rows}) GROUP BY plain HAVING count(*) > 1"

    def where(self) -> str:
        """Write the predicate of the rows that belong to a group."""
        own = f"{_row(self.same)} IN ({self.select('plain')})"
        return and_(self._may(), own) if self.telling else own

    def _may(self) -> str:
        few = _row([self.same[k] for k in self.telling])
        repeated = f"SELECT {few} AS few FROM {ident(TABLE)}"
        return f"{few} IN (SELECT few FROM ({repeated}) GROUP BY few HAVING count(*) > 1)"


def _telling(scene: Scene, columns: Sequence[str]) -> tuple[int, ...]:
    """Places of columns that, by how many values they have, tell rows apart; none if all do not.

    Numbers first, of which reading costs least, then dates, then texts.
    """
    known = {seen.name: seen for seen in scene.production}
    cost = {"number": 0, "date": 1, "text": 2}
    ranked = sorted(
        (cost[seen.plan.base], -seen.different, k)
        for k, seen in enumerate(map(known.get, columns))
        if seen is not None and seen.different >= LEAST_TOLD
    )
    apart = 1.0
    for many, (_, different, _) in enumerate(ranked[:MOST_TELLING], 1):
        apart *= -different
        if apart >= APART * scene.production.rows:
            return tuple(sorted(k for _, _, k in ranked[:many]))
    return ()


def _count(scene: Scene, groups: _Groups) -> _Copies:
    """Count the rows and pairs of groups."""
    ((extra, pairs),) = scene.query(
        "SELECT coalesce(sum(n - 1), 0), coalesce(sum(n * (n - 1) / 2), 0)\n"
        f"FROM ({groups.select('count(*) AS n')})"
    )
    return _Copies(int(extra), int(pairs))


def _plain(scene: Scene, columns: Sequence[str], others: OtherDates) -> list[str]:
    """Write columns' values as they compare: small letters and digits, dates and numbers read.

    One expression a column, or two: what was read, and the text where nothing was.
    """
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
            text = f"{read}, CASE WHEN ({read}) IS NULL THEN {text} END"
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
    groups: _Groups,
    before: _Copies | None,
    *,
    detector: str,
    said: str,
    fix: str,
    column: str | None = None,
) -> Iterable[Finding]:
    """A finding beyond the pilot's copies; without a pilot beyond one row in a hundred."""
    copies = _count(scene, groups)
    m, exact = scene.production.rows, detector == "duplicate_rows"
    share, limit = copies.extra / m, MANY_COPIES
    origin = "one row in a hundred"
    if before is not None and scene.pilot is not None:
        limit = copied_limit(before.extra, before.pairs, scene.pilot.rows, m)
        origin = _ORIGIN
    if copies.extra < LEAST_ROWS or share <= limit:
        return
    sure = before is not None or (exact and scene.pilot is None and not scene.key)
    where = groups.where()
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
