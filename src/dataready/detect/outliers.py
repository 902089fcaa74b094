"""Numbers so far outside the pilot's range that no tail of its distribution leads there.

A few hundredfold amounts are too few for the limit of values out of range; people name them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dataready.compare.evidence import severity_beyond, share_limit
from dataready.compare.findings import range_limit
from dataready.detect.foreign_keys import Home, links_of
from dataready.detect.scene import Scene
from dataready.model import TABLE, Finding
from dataready.profile.profile import ColumnStates
from dataready.sql import ident, literal, or_

__all__ = ["may_have", "outlier_findings"]

LEAST_PILOT = 100
LEAST_DISTINCT = 20
_WORDS = {"<": "below", ">": "above"}


def outlier_findings(scene: Scene, homes: Mapping[str, Home]) -> list[Finding]:
    """One finding a column that has numbers a whole range away from the pilot's.

    Args:
        scene: The table.
        homes: What columns were found to refer to: the numbers of such columns are names.
    """
    names = links_of(scene, homes)
    found: list[Finding] = []
    for seen, before in scene.pairs():
        if before is not None and may_have(before) and seen.plan.name not in names:
            found += _column(scene, seen, before)
    return found


def may_have(before: ColumnStates) -> bool:
    """Whether a pilot's column is spread enough to say what lies far off; no key, no label."""
    plan, enough = before.plan, before.usable >= LEAST_PILOT and before.different >= LEAST_DISTINCT
    own = plan.kind == "number" and plan.role not in {"target", "key"}
    # The ends of a personal column's range are somebody's values.
    return own and enough and not plan.personal


def _column(scene: Scene, seen: ColumnStates, before: ColumnStates) -> Iterable[Finding]:
    out = seen.validity["outside"] / max(1, seen.usable) if seen.validity else 0.0
    # Beyond that limit all values out of range are told, these among them.
    far = _far(scene, seen, before) if out <= range_limit(before, seen) else {}
    cell = f"({scene.cell(seen)})"
    where = or_(*(f"{cell} {sign} {literal(end)}" for sign, end in far.items()))
    rows = scene.count(where) if far else 0
    if not rows:
        return
    said = " or ".join(f"{_WORDS[sign]} {end:,.6g}" for sign, end in far.items())
    limit = share_limit(0, before.usable, seen.usable, slack=0.0)
    yield scene.wrong_cells(
        seen,
        where,
        rows,
        dimension="validity",
        detector="outlier",
        severity=severity_beyond(rows / seen.rows, limit),
        message=f"{rows:,} values of '{seen.plan.name}' lie {said}: at least as far again from the "
        "pilot's range as that is wide.",
        limit=limit,
        limit_origin=f"none of {before.usable:,} pilot values, plus three standard errors",
        fix=f"Check unit, decimal point and entry of '{seen.name}' in these rows.",
    )


def _far(scene: Scene, seen: ColumnStates, before: ColumnStates) -> dict[str, float]:
    """The ends, by "<" or ">", beyond which production has something, and all of it is far off.

    As far again as the range is wide; of long tails, on either side of zero, as many times the
    farthest as that is the median: where logarithms are even, that is as far again too.
    """
    known, now, side = before.range, seen.range, scene.pilot_side
    if side is None or not known or not now:
        return {}
    if known.low is None or known.high is None or now.low is None or now.high is None:
        return {}
    low, high = 2 * known.low - known.high, 2 * known.high - known.low
    if now.low >= low and now.high <= high:
        return {}
    cells = f"SELECT {side.cell(before)} AS v FROM {ident(TABLE)}"
    medians = "median(v) FILTER (v < 0), median(v) FILTER (v > 0)"
    ((under, over),) = side.query(f"SELECT {medians} FROM ({cells})")
    low = min(low, known.low * (known.low / under)) if under else low
    high = max(high, known.high * (known.high / over)) if over else high
    return ({"<": low} if now.low < low else {}) | ({">": high} if now.high > high else {})
