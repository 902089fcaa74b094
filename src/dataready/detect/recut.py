"""Columns that were split into two, or merged into one: 'Ada Lovelace' into 'Ada' and 'Lovelace'.

A pilot column is gone, and two new ones hold the parts of its texts; or the other way round. That
parts are the same is told by their values, or by their formats where these are telling.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import permutations

from dataready.compare.evidence import rows_sql
from dataready.compare.schema_drift import new_columns
from dataready.detect.scene import Scene
from dataready.model import Finding, Severity
from dataready.sql import ident

__all__ = ["recut_findings"]

LOOK_ROWS = 5_000
LEAST_ROWS = 30
SEPARATORS = (", ", "; ", " | ", " - ", " / ", ",", ";", "|", "/", "_", ":", "T", " ", "-")
WHOLE = 0.9
HELD = 0.5
SAME_SHAPE = 0.9
LEAST_VALUES = 5
MOST_COLUMNS = 12


def recut_findings(scene: Scene) -> list[Finding]:
    """One finding per pilot column that went into others."""
    side = scene.pilot_side
    if side is None or scene.pilot is None or not scene.production.rows:
        return []
    production = scene.production
    added = new_columns(scene.pilot.schema, production.schema, production.names)
    gone = [
        c.plan.name
        for c in scene.pilot
        if c.plan.name not in production and c.plan.role not in {"target", "ignore"}
    ]
    gone, added = gone[:MOST_COLUMNS], added[:MOST_COLUMNS]
    found = []
    for whole, first, second in _cuts(side, gone, scene, added):
        found.append(_finding(scene, "columns_split", whole, (whole,), (first, second)))
    for whole, first, second in _cuts(scene, added, side, gone):
        found += [
            _finding(scene, "columns_merged", name, (first, second), (whole,))
            for name in (first, second)
        ]
    return found


def _cuts(
    side: Scene, wholes: Sequence[str], other: Scene, parts: Sequence[str]
) -> Iterator[tuple[str, str, str]]:
    """Columns of one side, each with the two of the other that hold its parts in this order."""
    if not wholes or len(parts) < 2:
        return
    known = {name: Counter(_cells(other, name)) for name in parts}
    for whole in wholes:
        cells = _cells(side, whole)
        for separator in SEPARATORS:
            cut = [c.partition(separator) for c in cells if separator in c]
            if len(cut) < max(LEAST_ROWS, WHOLE * len(cells)):
                continue
            left, right = (Counter(c[k].strip() for c in cut) for k in (0, 2))
            fits = [
                (a, b)
                for a, b in permutations(known, 2)
                if _same(left, known[a]) and _same(right, known[b])
            ]
            if len(fits) == 1:
                yield whole, *fits[0]
                break


def _cells(scene: Scene, name: str) -> list[str]:
    """Up to 5,000 evenly chosen cells that are not empty, as text."""
    text = f"trim({ident(name)}::VARCHAR)"
    rows = scene.query(f"SELECT {text} FROM {scene.some(LOOK_ROWS)} AND length({text}) > 0")
    return [str(t) for (t,) in rows]


def _same(part: Mapping[str, int], column: Mapping[str, int]) -> bool:
    """Whether parts and a column's cells are the same: their values, or a format that tells."""
    if len(part) >= LEAST_VALUES and min(_held(part, column), _held(column, part)) >= HELD:
        return True
    (a, of_a), (b, of_b) = _commonest(part), _commonest(column)
    return a == b and min(of_a, of_b) >= SAME_SHAPE and bool(set(a) - set("a9 "))


def _held(these: Mapping[str, int], others: Iterable[str]) -> float:
    """The share of rows whose value is among others."""
    known = set(others)
    return sum(n for v, n in these.items() if v in known) / max(1, sum(these.values()))


def _commonest(texts: Mapping[str, int]) -> tuple[str, float]:
    """The commonest format, digits as 9 and letters as a, and its share of rows."""
    shapes: Counter[str] = Counter()
    for text, n in texts.items():
        shapes[re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "9", text))] += n
    ((shape, rows),) = shapes.most_common(1) or [("", 0)]
    return shape, rows / max(1, sum(texts.values()))


def _finding(
    scene: Scene, detector: str, column: str, before: Sequence[str], now: Sequence[str]
) -> Finding:
    old, new = (" and ".join(f"'{name}'" for name in names) for names in (before, now))
    what = "split into" if detector == "columns_split" else "merged into"
    return scene.finding(
        dimension="schema",
        detector=detector,
        severity=Severity.FAIL,
        column=column,
        message=f"{old} seems to be {what} {new}: the parts hold the same. It breaks a model that "
        f"reads '{column}', and counts as absent.",
        measured=1.0,
        limit=0.0,
        limit_origin="every pilot column must be in production",
        rows_affected=scene.production.rows,
        sql=rows_sql("TRUE", *now),
        examples=tuple(now),
        fix=f"Make '{column}' of {new} again on the way, or retrain the pilot.",
    )
