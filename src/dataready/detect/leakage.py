"""Leakage: columns of the pilot that are filled only once the answer is known.

The date of a cancellation is there where an order was cancelled. A model that learns from it looks
perfect on the pilot, and finds it empty when it is asked before the event.
"""

from __future__ import annotations

from collections.abc import Mapping

from dataready.compare.evidence import percent
from dataready.detect.scene import Scene
from dataready.model import TABLE, Finding, Severity
from dataready.profile.profile import ColumnStates
from dataready.profile.relation import looks_personal
from dataready.sql import ident

__all__ = ["leakage_findings"]

MOST_CLASSES = 20
LEAST_FILLED = 50
ALONE = 0.99
COVERED = 0.5
LEAST_OTHERS = 0.2
LEAST_EMPTY = 0.02


def leakage_findings(scene: Scene) -> list[Finding]:
    """Columns whose filled cells go with one answer: 99 in 100 of them, half of its rows at least.

    The other answers must be a fifth of the rows at least, so that 50 filled cells go with one by
    chance less than once in a thousand tables.
    """
    side = scene.pilot_side
    target = next((s for s in side.production if s.plan.role == "target"), None) if side else None
    if side is None or target is None or not target.values.exact:
        return []
    columns = [
        seen
        for seen, _ in side.pairs()
        if seen.plan.role not in {"target", "key"}
        and seen.rows - seen.missing >= LEAST_FILLED
        and seen.missing >= LEAST_EMPTY * seen.rows
    ]
    if not columns or not 2 <= len(target.values.counts) <= MOST_CLASSES:
        return []
    filled = ", ".join(f"count(*) FILTER (NOT ({side.missing(s)}))" for s in columns)
    rows = side.query(
        f"SELECT {side.cell(target)}, count(*), {filled} FROM {ident(TABLE)} GROUP BY 1 ORDER BY 1"
    )
    answers = {row[0]: row[1] for row in rows if row[0] is not None}
    found = []
    for k, seen in enumerate(columns):
        own = {row[0]: row[2 + k] for row in rows if row[0] is not None}
        best = max(own, key=lambda answer: own[answer])
        if _leaks(own, answers, best):
            found.append(_finding(scene, seen, target, best, own[best] / sum(own.values())))
    return found


def _leaks(own: Mapping[object, int], answers: Mapping[object, int], best: object) -> bool:
    """Whether a column's filled cells go with one answer, beyond how frequent it is."""
    return (
        sum(own.values()) >= LEAST_FILLED
        and own[best] >= ALONE * sum(own.values())
        and own[best] >= COVERED * answers[best]
        and sum(answers.values()) - answers[best] >= LEAST_OTHERS * sum(answers.values())
    )


def _finding(
    scene: Scene, seen: ColumnStates, target: ColumnStates, answer: object, share: float
) -> Finding:
    name, label = seen.plan.name, f"{answer:g}" if isinstance(answer, float) else str(answer)
    said = "one answer" if target.plan.personal or looks_personal(label) else f"'{label}'"
    raw = ident(seen.name)
    return scene.finding(
        dimension="leakage",
        detector="filled_after_the_event",
        severity=Severity.WARN,
        column=name,
        message=f"'{name}' is filled in the pilot only where '{target.plan.name}' is {said} "
        f"({percent(share)} of its filled cells): it seems to be known after the event only.",
        measured=share,
        limit=ALONE,
        limit_origin="filled cells that go with one answer, at least half of that answer's rows",
        sql=f"SELECT {ident(target.name)}, {raw} IS NOT NULL AS filled, count(*) AS n\n"
        f"FROM {ident(TABLE)}\nGROUP BY ALL\nORDER BY ALL",
        fix=f"Train without '{name}', unless it is known when the model is asked.",
    )
