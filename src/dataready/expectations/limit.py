"""How far a rule may be broken by chance: limits that honest new data keeps."""

from __future__ import annotations

import math
from typing import Literal

__all__ = ["limit_of", "outward"]

STANDARD_ERRORS = 3.0


def limit_of(hits: float, n: float, *, slack: float) -> float:
    """The share that may break a rule in a further table of n rows, rounded up to 0.01 %.

    >>> limit_of(0, 10_000, slack=0.005)
    0.0055
    """
    share = (hits + 1) / (n + 2)
    error = math.sqrt(share * (1 - share) * 2 / n)
    return min(1.0, math.ceil(1e4 * (hits / n + STANDARD_ERRORS * error + slack)) / 1e4)


def outward(number: float, side: Literal[-1, 1]) -> float:
    """Round to four significant digits, away from the values inside.

    >>> outward(1234.56, 1), outward(-0.0600000001, -1)
    (1235.0, -0.06001)
    """
    if not number or not math.isfinite(number):
        return number
    digits = 3 - math.floor(math.log10(abs(number)))
    rounded = round(number, digits)
    if side * (rounded - number) < 0:
        rounded = round(rounded + side * 10.0**-digits, digits)
    return rounded
