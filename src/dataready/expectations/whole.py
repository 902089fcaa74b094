"""What only a whole table says of a row: how often its value occurs, which days it lacks.

Each query names the values, days or weeks that are odd. These are few, so that rows are held
against them as they are read, once.
"""

from __future__ import annotations

from collections.abc import Callable

from dataready.sql import literal

__all__ = ["DAYS", "DAY_S", "late_days", "odd_periods", "period_of", "repeated"]

DAY_S = 86_400.0
DAYS = {"daily": 1, "weekly": 7}
BUCKETS = 4096
MONDAY_S = 3 * DAY_S
"""From a Monday to the Thursday that 1970 began with: weeks begin on Mondays."""


def repeated(cell: str, table: str, most: float) -> str:
    """Write the query of the values that more than this share of a table's values equal.

    Values are counted each only where so many share a bucket of hashes: hardly ever.
    """
    bucket = f"hash({cell}) % {BUCKETS}"
    many = f"count(*) > {literal(most)} * (SELECT count({cell}) FROM {table})"
    full = f"SELECT {bucket} FROM {table} WHERE {cell} IS NOT NULL GROUP BY 1 HAVING {many}"
    return (
        f"SELECT {cell} AS v FROM {table} WHERE {cell} IS NOT NULL AND {bucket} IN ({full}) "
        f"GROUP BY 1 HAVING {many}"
    )


def late_days(cell: str, table: str, days: float, since: float, until: float | None) -> str:
    """Write the query of the days with rows that follow none of so many days before.

    Args:
        cell: The expression of a date, in seconds.
        table: The table's quoted name.
        days: How many days may pass.
        since: Dates before are passed over, in seconds.
        until: Dates after are passed over, in seconds; None for none.
    """
    past = "" if until is None else f" AND {cell} <= {literal(until)}"
    held = (
        f"SELECT DISTINCT floor({cell} / {literal(DAY_S)}) AS d FROM {table} "
        f"WHERE {cell} >= {literal(since)}{past}"
    )
    gaps = f"SELECT d, d - lag(d) OVER (ORDER BY d) AS gap FROM ({held})"
    return f"SELECT d FROM ({gaps}) WHERE gap > {literal(days)}"


def period_of(cell: str, days: int) -> str:
    """Write the expression of a date's day or week, as their number since 1970."""
    return f"floor(({cell} + {literal(MONDAY_S)}) / {literal(days * DAY_S)})"


def odd_periods(
    cell: str, table: str, days: int, until: float | None, is_odd: Callable[[str], str]
) -> str:
    """Write the query of the whole days or weeks that have an odd number of rows.

    Whole are those with rows before and after them that ended a day before `until`: the first
    and the last may be cut, and rows of the last days may still arrive.

    Args:
        cell: The expression of a date, in seconds.
        table: The table's quoted name.
        days: 1 or 7.
        until: The extract's clock in seconds; None where nobody knows.
        is_odd: Number of rows -> the predicate that it is odd.
    """
    part = period_of(cell, days)
    done = "" if until is None else f" AND p < {period_of(literal(until - DAY_S), days)}"
    counts = f"SELECT {part} AS p, count(*) AS n FROM {table} WHERE {cell} IS NOT NULL GROUP BY 1"
    beside = f"SELECT p, n, p - lag(p) OVER w AS b, lead(p) OVER w - p AS a FROM ({counts})"
    return (
        f"SELECT p FROM ({beside} WINDOW w AS (ORDER BY p)) "
        f"WHERE b = 1 AND a = 1{done} AND ({is_odd('n')})"
    )
