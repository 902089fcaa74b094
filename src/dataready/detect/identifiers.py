"""Identifiers whose check digit does not fit, and telephone numbers that nobody can have."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

import duckdb

from dataready.compare.evidence import FAIL_DAMAGE, severity_of, share_limit
from dataready.detect.identifier import SIGNS, Identifier, compact, identify, text_of
from dataready.detect.scene import Scene
from dataready.model import TABLE, Finding, Severity
from dataready.profile.profile import ColumnStates
from dataready.sql import and_, ident, values_in

__all__ = ["identifier_findings"]

LEAST_ROWS = 3
MOST_READ = 500_000
MOST_LISTED = 10_000
_BATCH = 10_000


@dataclass(frozen=True, slots=True)
class _Wrong:
    """The predicate of wrong cells, and how much of the column it speaks of: all, or a part."""

    where: str
    said: str = ""


def identifier_findings(scene: Scene) -> list[Finding]:
    """One finding a column of identifiers of which some do not satisfy their own check."""
    found: list[Finding] = []
    for seen, before in scene.pairs():
        if seen.plan.role == "target" or seen.plan.base == "date":
            continue
        side = scene.pilot_side
        decides = (scene.con, seen) if before is None or side is None else (side.con, before)
        kind = identify(*decides)
        if kind is not None:
            found += _column(scene, seen, before, kind)
    return found


def _column(
    scene: Scene, seen: ColumnStates, before: ColumnStates | None, kind: Identifier
) -> Iterable[Finding]:
    wrong = _wrong(scene, seen, kind)
    rows, limit = scene.count(wrong.where), 0.0
    if not rows:
        return
    side = scene.pilot_side
    if side is not None and before is not None:
        was = side.count(_wrong(side, before, kind).where)
        limit = share_limit(was, before.rows, seen.rows, slack=0.0) if was else 0.0
    share = rows / seen.rows
    # Numbering plans change, and a table without a pilot may hold a country's newest.
    sure = kind.sql is not None or before is not None
    loud = share > limit and rows >= LEAST_ROWS and sure
    yield scene.finding(
        dimension="validity",
        detector="invalid_identifier",
        severity=severity_of(share, FAIL_DAMAGE) if loud else Severity.INFO,
        column=seen.plan.name,
        message=f"{rows:,} values of '{seen.plan.name}', which holds {kind.name}, cannot be such: "
        f"their check does not fit.{wrong.said}",
        measured=share,
        limit=limit,
        limit_origin="the pilot's share, plus three standard errors"
        if limit
        else f"nine in ten values satisfy the check of {kind.name}, which one in "
        f"{1 / kind.chance:.0f} does by chance",
        where=wrong.where,
        rows_affected=rows,
        cells=share > limit,
        fix=f"Look '{seen.name}' up again in these rows: a digit is wrong, missing or swapped.",
    )


def _wrong(scene: Scene, seen: ColumnStates, kind: Identifier) -> _Wrong:
    text = text_of(seen)
    there = and_(f"NOT ({scene.missing(seen)})", f"{text} IS NOT NULL")
    right = kind.predicate(compact(text))
    if right is not None:
        return _Wrong(and_(there, f"NOT {right}"))
    return _by_value(scene.con, seen, kind, there)


def _by_value(
    con: duckdb.DuckDBPyConnection, seen: ColumnStates, kind: Identifier, there: str
) -> _Wrong:
    """The wrong values by their hashes, so that none of them is shown.

    Different values are read in batches; of very many, an even part.
    """
    text = text_of(seen)
    parts = -(-seen.different // MOST_READ)
    chosen = f"hash({text}) % {parts} = 0" if parts > 1 else ""
    reader = con.sql(
        f"SELECT DISTINCT {text} AS t FROM {ident(TABLE)} WHERE {and_(there, chosen)}"
    ).to_arrow_reader(_BATCH)
    values = (value for batch in reader for value in batch.column(0).to_pylist())
    hashes = [
        hashlib.md5(value.encode(), usedforsecurity=False).hexdigest()
        for value in values
        if not kind.holds(re.sub(SIGNS, "", value).upper())
    ]
    listed = sorted(hashes)[:MOST_LISTED]
    said = f" One value in {parts} was looked at." if parts > 1 else ""
    if len(hashes) > MOST_LISTED:
        said += f" The rows of {MOST_LISTED:,} of {len(hashes):,} such values are listed."
    return _Wrong(and_(there, values_in(f"md5({text})", listed)), said)
