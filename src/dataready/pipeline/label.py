"""Values and bins of a column, as people read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from dataready.profile.plan import ColumnPlan

__all__ = ["bin_labels", "label"]


def label(value: object, plan: ColumnPlan) -> str:
    """Write a value of a column; dates are kept as seconds since the epoch.

    >>> label(86_400.0, ColumnPlan(name="t", base="date"))
    '1970-01-02'
    """
    if plan.base == "date" and isinstance(value, (int, float)):
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=value)
        return moment.strftime("%Y-%m-%d" if value % 86_400 == 0 else "%Y-%m-%d %H:%M:%S")
    return f"{value:.9g}" if isinstance(value, float) else str(value)


def bin_labels(plan: ColumnPlan) -> tuple[str, ...]:
    """Write the bins of a number or date.

    >>> bin_labels(ColumnPlan(name="x", base="number", cuts=(1.0, 2.5)))
    ('up to 1', '1 to 2.5', 'above 2.5')
    """
    edges = [label(c, plan) for c in plan.cuts]
    days = [edge[:10] for edge in edges]
    if plan.base == "date" and len(set(days)) == len(days):
        edges = days
    if not edges:
        return ("" if plan.low is None else label(plan.low, plan),)
    if plan.codes and len(plan.codes) <= 10:
        return tuple(label(c, plan) for c in plan.codes)
    middle = [f"{a} to {b}" for a, b in pairwise(edges)]
    return (f"up to {edges[0]}", *middle, f"above {edges[-1]}")
