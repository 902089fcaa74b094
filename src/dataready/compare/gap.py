"""How long a table is without rows, and how old its newest row may be.

The next gap of a table that goes on as before is longer than the longest of n gaps with chance
1/(n + 1), and twice as long far more rarely.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["GRACE_DAYS", "LEAST_GAPS", "longest_gap", "oldest"]

LEAST_GAPS = 30
GRACE_DAYS = 1
TIMES = 2
OUTAGE = 10
WEEK = 7


def longest_gap(days: Sequence[int]) -> int:
    """The longest gap between two days with rows, outages aside, in days; 1 is no gap at all.

    Args:
        days: Days with rows, each once, in order; two at least.

    >>> longest_gap([1, 2, 3, 6, 7])
    3
    """
    gaps = np.diff(days)
    usual = max(float(np.quantile(gaps, 0.99)), WEEK / OUTAGE)
    return int(gaps[gaps <= OUTAGE * usual].max())


def oldest(longest: int) -> int:
    """How many days old the newest row may be, of a table with so long a gap.

    >>> oldest(3)
    7
    """
    return TIMES * longest + GRACE_DAYS
