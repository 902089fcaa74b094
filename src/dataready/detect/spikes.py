"""Zeros and other codes that became far more frequent, while the values beside them did not.

Within a column's range a zero that stands for nothing looks like any other. What gives it away
is a pilot that has fewer, and neighbours that stayed as they were: drift moves them together.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping

from dataready.compare.evidence import FAIL_DAMAGE, percent, severity_of
from dataready.detect.scene import Scene
from dataready.detect.sentinel import is_repdigit
from dataready.model import Finding
from dataready.profile.profile import ColumnStates
from dataready.sql import literal

__all__ = ["least_spike", "spike_findings"]

LEAST_DISTINCT = 20
LEAST_ROWS = 5
STANDARD_ERRORS = 5.0
SLACK = 0.005
BESIDE = 0.1
MOVED = 0.5


def spike_findings(scene: Scene) -> list[Finding]:
    """One finding a number of which a code jumped against the pilot."""
    found: list[Finding] = []
    for seen, before in scene.pairs():
        if before is None or seen.plan.kind != "number" or seen.plan.role in {"target", "key"}:
            continue
        # Where all values are known on both sides; of few values each is a category.
        if seen.values.exact and before.values.exact and before.different >= LEAST_DISTINCT:
            found += _column(scene, seen, before)
    return found


def least_spike(share: float, n: int, m: int) -> float:
    """The share of m rows from which a value that has a share of the pilot's n has jumped.

    Five standard errors, because every column has several such values, and half a point.
    """
    usual = (share * n + 1) / (n + 2)
    return share + STANDARD_ERRORS * math.sqrt(usual * (1 - usual) * (1 / n + 1 / m)) + SLACK


def _column(scene: Scene, seen: ColumnStates, before: ColumnStates) -> Iterable[Finding]:
    here, there = _numbers(before.values.counts), _numbers(seen.values.counts)
    n, m = sum(here.values()), sum(there.values())
    if not n or not m:
        return
    # Inside the range 99.99 is a price.
    codes = (v for v in there if v in {0.0, -1.0} or (v.is_integer() and is_repdigit(v)))
    for value in sorted(codes):
        p, q = here.get(value, 0) / n, there[value] / m
        limit = least_spike(p, n, m)
        if there[value] < LEAST_ROWS or q <= limit or _beside_too(value, here, there, q - p):
            continue
        yield scene.finding(
            dimension="validity",
            detector="value_jumped",
            severity=severity_of(q - p, FAIL_DAMAGE),
            column=seen.plan.name,
            message=f"{there[value]:,} values of '{seen.plan.name}' are {_said(value, seen)}, "
            f"{percent(q)} of them; in the pilot it is {percent(p)}, and the values beside "
            "it are as frequent as ever: does it stand for nothing?",
            measured=q,
            limit=limit,
            limit_origin="the pilot's share, plus five standard errors and half a point",
            where=f"({scene.cell(seen)}) = {literal(value)}",
            cells=p == 0,
            fix=f"Store nothing in '{seen.name}' where nothing is known.",
        )


def _beside_too(
    value: float, here: Mapping[float, int], there: Mapping[float, int], jump: float
) -> bool:
    """Whether the tenth of the pilot next to a value rose half as much: then all has moved."""
    near, total = 0.0, sum(here.values())
    others = sorted((abs(v - value), v) for v in here if v != value)
    reach = 0.0
    for far, v in others:
        near += here[v]
        reach = far
        if near >= BESIDE * total:
            break
    now = sum(k for v, k in there.items() if v != value and abs(v - value) <= reach)
    return now / sum(there.values()) - near / total > MOVED * jump


def _said(value: float, seen: ColumnStates) -> str:
    return "one value" if seen.plan.personal else f"{value:g}"


def _numbers(counts: Mapping[Hashable, int]) -> dict[float, int]:
    return {float(str(v)): n for v, n in counts.items() if n}
