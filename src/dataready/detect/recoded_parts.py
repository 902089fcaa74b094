"""Recoding of a part of the rows: a file, a segment, or the time since a day has other codes.

The codes of a column fall into two lists that (nearly) never meet: one in the part, one elsewhere.
That alone would as well be said of towns and their regions; so each code of the part must stand for
one elsewhere, by the words or by how frequent it is and what it goes with (as `recoding` has it).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dataready.compare.evidence import FAIL_DAMAGE, percent, severity_of
from dataready.detect.formats import OtherDates, best_date
from dataready.detect.periods import DAY_S, date_of
from dataready.detect.recoding import Values, mapping, may_be_recoded, partners, values_of
from dataready.detect.scene import Scene
from dataready.detect.spelling import spellings
from dataready.model import FILE_COLUMN, Finding, Severity
from dataready.profile.profile import ColumnStates
from dataready.profile.relation import is_one_of, looks_personal
from dataready.sql import and_, ident, values_in

__all__ = ["recoded_part_findings"]

Codes = NDArray[np.int64]
Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]
LOOK_ROWS = 100_000
MOST_COLUMNS = 40
MOST_SEGMENTS = 12
MOST_GROUPS = 2_000
LEAST_ROWS = 20
MISFIT = 0.02
RARE = 0.01
MIXED = (0.3, 0.7)
MOST_SAID = 6


@dataclass(frozen=True, slots=True)
class _Segmentation:
    """What rows may be parted by: of each row looked at its group, -1 for none; groups' values.

    `cell` is the expression of a row's group: a file, a category of the column `seen`, or the
    seconds of which `days` since 1970 are the groups.
    """

    groups: Codes
    values: Sequence[object]
    cell: str
    seen: ColumnStates | None = None
    days: bool = False


@dataclass(frozen=True, slots=True)
class _Part:
    """Rows that have codes of their own: in words, as a predicate; and how many do not fit."""

    words: str
    where: str
    new: Flags
    misfit: float


def recoded_part_findings(
    scene: Scene, others: OtherDates, recoded: Collection[str]
) -> list[Finding]:
    """One finding a column of which a part of the rows has other codes for the same categories.

    With a pilot the part is what has codes that the pilot has not, a warning; without one a note.

    Args:
        scene: The table.
        others: The formats of its dates.
        recoded: Columns that are recoded throughout.
    """
    columns: dict[str, tuple[ColumnStates, Values, frozenset[str] | None]] = {}
    for seen, before in scene.pairs():
        told = None if seen.plan.name in recoded else _codes_of(scene, seen, before)
        if told is not None and len(columns) < MOST_COLUMNS:
            columns[seen.plan.name] = (seen, *told)
    if not columns:
        return []
    segments = [
        s
        for s, _ in scene.pairs()
        if s.plan.base == "text" and s.plan.kind == "text" and s.values.exact
    ]
    segments = [s for s in segments if 2 <= s.different <= MOST_SEGMENTS][:MOST_SEGMENTS]
    read, cells = _read(scene, {n: v.cell for n, (_, v, _) in columns.items()}, segments, others)
    found = []
    for name, (seen, held, strange) in columns.items():
        best = _best(scene, name, cells[name], read, (held, strange))
        if best is not None:
            found.append(_finding(scene, seen, held, *best))
    return found


def _codes_of(
    scene: Scene, seen: ColumnStates, before: ColumnStates | None
) -> tuple[Values, frozenset[str] | None] | None:
    """A column's codes, and those that the pilot has not; None where no part can be recoded."""
    side = scene.pilot_side
    if (side is not None and before is None) or not may_be_recoded(before or seen):
        return None
    held = values_of(scene, seen)
    if held is None or sum(n >= LEAST_ROWS for n in held.rows.values()) < 4:
        return None
    if side is None or before is None:
        return held, None
    known = values_of(side, before)
    strange = frozenset(held.rows) - frozenset(known.rows if known else held.rows)
    return (held, strange) if sum(held.rows[v] >= LEAST_ROWS for v in strange) >= 2 else None


def _read(
    scene: Scene,
    cells: Mapping[str, str],
    segments: Sequence[ColumnStates],
    others: OtherDates,
) -> tuple[list[_Segmentation], dict[str, tuple[Codes, list[str]]]]:
    """Some rows: what they may be parted by, and the codes of the columns asked for."""
    when = scene.production.get(str(scene.time))
    moment = best_date(scene, when, others) if when and when.plan.base == "date" else None
    day = f"floor(({moment}) / {DAY_S})::BIGINT" if moment else "NULL::BIGINT"
    lines = [
        f"{ident(FILE_COLUMN)} AS file",
        f"{day} AS day",
        *(f"{scene.cell(s)} AS g{k}" for k, s in enumerate(segments)),
        *(f"{cell} AS c{k}" for k, cell in enumerate(cells.values())),
    ]
    table = scene.con.execute(
        f"SELECT {', '.join(lines)} FROM {scene.some(LOOK_ROWS)}"
    ).to_arrow_table()
    coded = {name: _coded(table.column(name)) for name in table.column_names}
    found = [
        _Segmentation(*coded["day"], moment or "", days=True),
        _Segmentation(*coded["file"], ident(FILE_COLUMN)),
        *(_Segmentation(*coded[f"g{k}"], scene.cell(s), seen=s) for k, s in enumerate(segments)),
    ]
    found = [s for s in found if len(s.values) >= 2 and (s.days or len(s.values) <= MOST_GROUPS)]
    return found, {
        name: (coded[f"c{k}"][0], [str(v) for v in coded[f"c{k}"][1]])
        for k, name in enumerate(cells)
    }


def _coded(column: pa.ChunkedArray) -> tuple[Codes, list[object]]:
    """Cells as numbers in the order of their values, -1 for none; and the values."""
    coded = column.combine_chunks().dictionary_encode()
    values = coded.dictionary.to_pylist()
    order = sorted(range(len(values)), key=lambda k: values[k])
    rank = np.empty(len(values) + 1, np.int64)
    rank[order], rank[-1] = np.arange(len(values)), -1
    return rank[np.asarray(coded.indices.fill_null(-1), np.int64)], [values[k] for k in order]


def _best(
    scene: Scene,
    name: str,
    column: tuple[Codes, list[str]],
    segmentations: Sequence[_Segmentation],
    known: tuple[Values, frozenset[str] | None],
) -> tuple[_Part, dict[str, tuple[str, float]]] | None:
    """The part of the rows with codes of its own, and what these stand for; None without one."""
    cells, values = column
    held, strange = known
    tried = []
    for s in segmentations:
        if s.seen is not None and s.seen.plan.name == name:
            continue
        both = (cells >= 0) & (s.groups >= 0)
        table = np.zeros((len(s.values), len(values)), np.int64)
        np.add.at(table, (s.groups[both], cells[both]), 1)
        new = None if strange is None else np.array([v in strange for v in values])
        part = _since(s, table, new) if s.days else _among(s, table, new)
        if part is not None and (s.days or new is not None or _is_shared(table, part)):
            tried.append((part, s))
    for part, s in sorted(tried, key=lambda t: t[0].misfit):
        said = _stands_for(scene, name, (held, values), part, s, alone=strange is None)
        if said:
            return part, said
    return None


def _since(s: _Segmentation, table: Counts, new: Flags | None) -> _Part | None:
    """The rows since (or until) the day that parts two lists of codes best."""
    days = np.array([int(str(d)) for d in s.values])
    if new is not None:
        lists = [new]
    else:
        reached = np.cumsum(table, 0) >= table.sum(0) / 2
        order = np.argsort(np.argmax(reached, 0), kind="stable")
        lists = [np.isin(np.arange(table.shape[1]), order[k:]) for k in range(2, len(order) - 1)]
    best = None
    for own in lists:
        fresh, old = table[:, own].sum(1), table[:, ~own].sum(1)
        late = (
            np.concatenate([[0], np.cumsum(fresh)])
            + old.sum()
            - np.concatenate([[0], np.cumsum(old)])
        )
        k = int(np.argmin(late))
        later = bool(late[k] <= fresh.sum() + old.sum() - late.max())
        if not later:
            k = int(np.argmax(late))
        off = int(late[k]) if later else int(fresh.sum() + old.sum() - late[k])
        least = min(fresh.sum(), old.sum())
        if not 0 < k < len(days) or least < LEAST_ROWS or off > MISFIT * least:
            continue
        if not (_mixed(table[:, own]) and _mixed(table[:, ~own])):
            continue
        edge, side, said = int(days[k]), ">=" if later else "<", "since" if later else "before"
        words = f"{said} {date_of(edge)}"
        part = _Part(words, f"({s.cell}) {side} {edge * DAY_S}", own, off / least)
        best = part if best is None or part.misfit < best.misfit else best
    return best


def _mixed(table: Counts) -> bool:
    """Whether codes are used side by side: those that follow each other are a calendar."""
    rows = table.sum(1)
    middle = (np.cumsum(rows) - rows / 2) / max(1, rows.sum())
    own = table.sum(0)
    large = own >= RARE * own.sum()
    halves = np.argmax(np.cumsum(table[:, large], 0) >= own[large] / 2, 0)
    return bool(np.all((middle[halves] >= MIXED[0]) & (middle[halves] <= MIXED[1])))


def _among(s: _Segmentation, table: Counts, new: Flags | None) -> _Part | None:
    """The groups of rows that have codes of their own, where the others share theirs."""
    rows = table.sum(1)
    if new is None:
        most = table[int(np.argmax(rows))]
        new = most < max(1.0, RARE * most.sum())
        # The codes of fewer rows are those of a part.
        new = ~new if 2 * table[:, new].sum() > table.sum() else new
    fresh, old = table[:, new].sum(1), table[:, ~new].sum(1)
    inside = fresh > old
    least = min(fresh.sum(), old.sum())
    off = fresh[~inside].sum() + old[inside].sum()
    if least < LEAST_ROWS or off > MISFIT * least or not inside.any() or inside.all():
        return None
    kept = [v for v, own in zip(s.values, inside, strict=True) if own]
    if s.seen is None:
        words = f"in the source files of number {', '.join(map(str, kept[:MOST_SAID]))}"
        where = values_in(s.cell, kept)
    else:
        hidden = s.seen.plan.personal or any(looks_personal(str(v)) for v in kept)
        named = ", ".join(f"'{v}'" for v in kept[:MOST_SAID])
        words = f"where '{s.seen.plan.name}' is " + ("one of some values" if hidden else named)
        where = is_one_of(s.cell, kept, s.seen.plan)
    return _Part(words, where, new, off / least)


def _is_shared(table: Counts, part: _Part) -> bool:
    """Whether two groups elsewhere use half of the codes there: else each may have its own."""
    used = (table[:, ~part.new] > 0).sum(1)
    return int((2 * used >= (~part.new).sum()).sum()) >= 2


def _stands_for(
    scene: Scene,
    name: str,
    values: tuple[Values, Sequence[str]],
    part: _Part,
    s: _Segmentation,
    *,
    alone: bool,
) -> dict[str, tuple[str, float]]:
    """Code of the part -> the one elsewhere that it stands for, and how sure; {} if unclear."""
    held, listed = values
    names = {own: [v for v, n in zip(listed, part.new, strict=True) if n == own] for own in (0, 1)}
    old = [v for v in names[0] if held.rows.get(v, 0) >= LEAST_ROWS]
    strange = [v for v in names[1] if held.rows.get(v, 0) >= LEAST_ROWS]
    mass = sum(held.rows[v] for v in strange)
    respelt = sum(held.rows[v] for v in strange if _holds_one(v, old))
    if not 2 <= len(strange) <= len(old) or 2 * respelt >= mass:
        return {}
    spelt = len(set(spellings(strange, old).values())) == len(strange)
    # By how frequent they are alone, codes of one place may pass for those of another.
    but = s.seen.plan.name if s.seen else str(scene.time) if s.days else ""
    told = spelt or any(partners(scene, scene, name, but=but))
    if not told and (alone or s.seen is not None):
        return {}
    said = mapping(scene, scene, name, (held, held), (old, strange), but=but)
    enough = len(said) == len(strange) if alone else 2 * sum(held.rows[v] for v in said) >= mass
    return said if len(said) >= 2 and enough else {}


def _holds_one(text: str, codes: Sequence[str]) -> bool:
    """Whether a text holds a code as one of its words: '3 days' for '3' is another notation."""
    return any(re.search(rf"\b{re.escape(c)}\b", text) for c in codes)


def _finding(
    scene: Scene,
    seen: ColumnStates,
    held: Values,
    part: _Part,
    said: Mapping[str, tuple[str, float]],
) -> Finding:
    name = seen.plan.name
    most = sorted(said, key=lambda u: (-held.rows[u], u))
    where = and_(part.where, values_in(held.cell, most))
    rows = scene.count(where)
    plain = [u for u in most if not looks_personal(u) and not looks_personal(said[u][0])]
    shown = [f"'{said[u][0]}' is '{u}' there" for u in plain[:MOST_SAID]]
    pairs = ", ".join(f"'{u}' -> '{said[u][0]}'" for u in plain)
    sure = min(s for _, s in said.values())
    return scene.finding(
        dimension="consistency",
        detector="recoded_part",
        severity=severity_of(rows / seen.rows, FAIL_DAMAGE) if scene.pilot else Severity.INFO,
        column=name,
        message=f"'{name}' has other codes in {rows:,} rows, {part.words}: {', '.join(shown)} "
        f"(confidence {percent(sure)}).",
        measured=rows / seen.rows,
        limit=0.0,
        limit_origin="the codes of the "
        + ("pilot" if scene.pilot else "other rows")
        + f": at most {percent(MISFIT)} of the rows on either side have the other's",
        where=where,
        rows_affected=rows,
        cells=True,
        examples=tuple(shown[:5]),
        fix=f"If it is so, map '{seen.name}' back in these rows: {pairs}.",
    )
