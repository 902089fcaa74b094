"""Numbers written finer than the pilot ever writes them.

Prices of two decimals that suddenly have five were computed: converted to another unit, filled
with a mean, read through a binary fraction. Each is a number like any other, within the range.
"""

from __future__ import annotations

from collections.abc import Iterable

from dataready.compare.evidence import FAIL_DAMAGE, severity_of
from dataready.compare.findings import range_limit
from dataready.detect.identifier import text_of
from dataready.detect.scene import MOST_ROWS, Scene
from dataready.model import TABLE, Finding
from dataready.profile.profile import ColumnStates
from dataready.sql import and_, ident

__all__ = ["decimal_findings"]

MOST_DECIMALS = 4
LEAST_ROWS = 3


def decimal_findings(scene: Scene) -> list[Finding]:
    """One finding a number with decimals that the pilot has nowhere."""
    side = scene.pilot_side
    pairs = [
        (seen, before)
        for seen, before in scene.pairs()
        if before is not None and seen.plan.base == "number" and seen.plan.role != "target"
    ]
    if side is None or not pairs:
        return []
    finest = ", ".join(f"max({_decimals(before)})" for _, before in pairs)
    (most,) = side.query(f"SELECT {finest} FROM {ident(TABLE)}")
    told = [
        (seen, before, int(m), f"{_decimals(seen)} > {m}")
        for (seen, before), m in zip(pairs, most, strict=True)
        if m is not None and m <= MOST_DECIMALS
    ]
    # What is beyond its limit is at half of it in some rows too.
    few = scene.counts([finer for *_, finer in told], scene.some(MOST_ROWS))
    told = [
        one
        for one, n in zip(told, few, strict=True)
        if n * scene.step(MOST_ROWS) >= LEAST_ROWS
        and 2 * n * scene.step(MOST_ROWS) > range_limit(one[1], one[0]) * one[0].usable
    ]
    found: list[Finding] = []
    counted = scene.counts([finer for *_, finer in told])
    for (seen, before, finest_before, _), rows in zip(told, counted, strict=True):
        if rows >= LEAST_ROWS:
            found += _column(scene, seen, before, finest_before, rows)
    return found


def _decimals(seen: ColumnStates) -> str:
    """Write how many decimals a cell has, zeros at the end aside; NULL where it is no decimal."""
    text = f"trim({text_of(seen)})"
    digits = rf"regexp_extract({text}, '^[+-]?\d*\.(\d+)$', 1)"
    whole = rf"regexp_full_match({text}, '[+-]?\d+\.?\d*')"
    return f"CASE WHEN {whole} THEN length(rtrim({digits}, '0')) END"


def _column(
    scene: Scene, seen: ColumnStates, before: ColumnStates, most: int, rows: int
) -> Iterable[Finding]:
    limit, share = range_limit(before, seen), rows / max(1, seen.usable)
    if share <= limit:
        return
    where = and_(f"NOT ({scene.missing(seen)})", f"{_decimals(seen)} > {most}")
    yield scene.finding(
        dimension="consistency",
        detector="finer_numbers",
        severity=severity_of(share, FAIL_DAMAGE),
        column=seen.plan.name,
        message=f"{rows:,} numbers of '{seen.plan.name}' are written finer than any of the "
        f"pilot's, which have {most} decimals at most: were they converted, or filled in?",
        measured=share,
        limit=limit,
        limit_origin="an honest next row is finer than n others with chance 2/(n + 1), plus three "
        "standard errors and 0.2 points",
        where=where,
        cells=True,
        fix=f"Find out how these values of '{seen.name}' were computed; store what was measured.",
    )
