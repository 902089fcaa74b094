"""What every finding of a comparison needs: limits that follow from n and m, and SQL."""

from __future__ import annotations

import math

from dataready.model import FILE_COLUMN, ROW_COLUMN, TABLE, Severity
from dataready.sql import ident

__all__ = [
    "FAIL_DAMAGE",
    "FAIL_SHIFT",
    "percent",
    "rows_sql",
    "severity_beyond",
    "severity_of",
    "share_limit",
]

FAIL_DAMAGE = 0.10
"""From this share of a column's cells on, missing or invalid ones are a `fail`."""
FAIL_SHIFT = 0.25
"""From this share of a column's rows on, shifted or unrelated ones are a `fail`."""
STANDARD_ERRORS = 3.0


def rows_sql(where: str, *columns: str, table: str = TABLE) -> str:
    """Write the query that lists a finding's rows.

    >>> print(rows_sql('"x" IS NULL', "x"))
    SELECT "_dataready_file", "_dataready_row", "x"
    FROM "data"
    WHERE "x" IS NULL
    """
    names = ", ".join(ident(c) for c in (FILE_COLUMN, ROW_COLUMN, *columns))
    return f"SELECT {names}\nFROM {ident(table)}\nWHERE {where}"


def share_limit(hits: float, n: float, m: float, *, slack: float) -> float:
    """How large a share may be in m production rows, given `hits` in n pilot rows.

    The pilot's share plus three standard errors of the difference and a slack that no
    meeting would argue about. A share of 0 in the pilot is taken as one row in n + 2.

    >>> round(share_limit(20, 1000, 100_000, slack=0.005), 3)
    0.039
    """
    if not n or not m:
        return 1.0
    share = min(1.0, (hits + 1) / (n + 2))
    error = math.sqrt(share * (1 - share) * (1 / n + 1 / m))
    return min(1.0, hits / n + STANDARD_ERRORS * error + slack)


def severity_of(loss: float, fail_at: float) -> Severity:
    """A loss beyond its limit: `warn`, or `fail` from `fail_at` on."""
    return Severity.FAIL if loss >= fail_at else Severity.WARN


def severity_beyond(share: float, limit: float | None) -> Severity:
    """Wrong cells beyond their limit: `warn` or `fail`; within it, or without a limit, `info`.

    >>> [str(severity_beyond(share, 0.01)) for share in (0.005, 0.05, 0.5)]
    ['info', 'warn', 'fail']
    """
    if limit is None or share <= limit:
        return Severity.INFO
    return severity_of(share, FAIL_DAMAGE)


def percent(share: float) -> str:
    """Write a share for people.

    >>> percent(0.123), percent(0.0004), percent(1.0)
    ('12.3 %', '0.04 %', '100 %')
    """
    value = 100 * share
    if value >= 99.95 or value == 0:
        return f"{value:.0f} %"
    return f"{value:.1f} %" if value >= 0.1 else f"{value:.2g} %"
