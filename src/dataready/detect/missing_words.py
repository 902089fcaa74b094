"""Findings of disguised missing values, from what `disguised` proposed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from dataready.compare.evidence import FAIL_DAMAGE, severity_of, share_limit
from dataready.detect.disguised import Disguise
from dataready.detect.scene import Scene
from dataready.model import Finding, Severity
from dataready.profile.profile import ColumnStates

__all__ = ["disguised_findings"]


def disguised_findings(scene: Scene, disguises: Iterable[Disguise]) -> list[Finding]:
    """One finding a column whose disguised values are more than the pilot's.

    Without a pilot every disguised value is one; with one, a share within three standard
    errors of the pilot's is what the model was trained on, and no news. A few where the pilot
    has none are a note.
    """
    # The same word may have been proposed of either side; production's comes first.
    by_column: dict[str, dict[tuple[str | None, float | None], Disguise]] = {}
    for d in disguises:
        by_column.setdefault(d.column, {}).setdefault((d.word, d.sentinel), d)
    found = []
    for seen, before in scene.pairs():
        own = list(by_column.get(seen.plan.name, {}).values())
        rows = seen.counts["disguised"]
        if not own or not rows:
            continue
        share, was, limit = rows / seen.rows, 0.0, 0.0
        if before is not None and before.rows:
            was = before.counts["disguised"] / before.rows
            limit = share_limit(before.counts["disguised"], before.rows, seen.rows, slack=0.0)
        if share > limit or not was:
            found.append(_finding(scene, seen, own, was=was, limit=limit))
    return found


def _finding(
    scene: Scene, seen: ColumnStates, own: Sequence[Disguise], *, was: float, limit: float
) -> Finding:
    rows = seen.counts["disguised"]
    share = rows / seen.rows
    reasons = "; ".join(_shown(d, seen) for d in own[:5])
    return scene.finding(
        dimension="completeness",
        detector="disguised_missing",
        severity=severity_of(share - was, FAIL_DAMAGE) if share > limit else Severity.INFO,
        column=seen.plan.name,
        message=f"{rows:,} values of '{seen.plan.name}' stand for 'missing': {reasons}.",
        measured=share,
        limit=limit,
        limit_origin="the pilot's share, plus three standard errors"
        if limit
        else "a value that says 'missing' is missing",
        where=scene.disguised(seen),
        cells=True,
        fix=f"Store NULL instead of these values in '{seen.name}'.",
    )


def _shown(d: Disguise, seen: ColumnStates) -> str:
    if seen.plan.personal:
        return f"one value {d.rows:,} times ({d.reason})"
    if d.sentinel is None:
        return f"'{d.word}' {d.rows:,} times ({d.reason})"
    if seen.plan.base == "date":
        day = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=d.sentinel)
        return f"{day:%Y-%m-%d} {d.rows:,} times ({d.reason})"
    return f"{d.sentinel:g} {d.rows:,} times ({d.reason})"
