"""Numbers as people read them: 1,234,567; 12.3 %; 62.4; never 1e-05.

A score is never rounded up to a limit that it misses: 94.97 reads 94.9, not 95.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import ROUND_DOWN, Decimal

__all__ = ["NOTHING", "about", "amount", "count", "percent", "points", "score"]

NOTHING = "\u2013"
"""What stands where there is no number: an en dash."""

_SPACE = "\u00a0"
_SUPERSCRIPT = str.maketrans(
    "-0123456789", "\u207b\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079"
)
_TINIEST = 1e-6
_LARGEST = 1e15
_THOUSAND = 1000
_PER_MILLE = 0.001


def count(value: int | None) -> str:
    """Write a whole number with separators.

    >>> count(1234567)
    '1,234,567'
    """
    return NOTHING if value is None else f"{value:,}"


def percent(share: float | None) -> str:
    r"""Write a share in [0, 1] as percent; what is not 0 or 1 never reads as if it were.

    >>> percent(0.1234), percent(0.0), percent(1.0), percent(0.00001), percent(0.99999)
    ('12.3\xa0%', '0\xa0%', '100\xa0%', '<\xa00.1\xa0%', '>\xa099.9\xa0%')
    """
    if share is None or not math.isfinite(share):
        return NOTHING
    if 0 < share < _PER_MILLE:
        return f"<{_SPACE}0.1{_SPACE}%"
    if 1 - _PER_MILLE < share < 1:
        return f">{_SPACE}99.9{_SPACE}%"
    decimals = 0 if share in {0, 1} else 1
    return f"{share * 100:,.{decimals}f}{_SPACE}%"


def score(value: float | None) -> str:
    """Write a value on 0-100 with one decimal, rounded down.

    >>> score(94.97), score(62)
    ('94.9', '62.0')
    """
    if value is None or not math.isfinite(value):
        return NOTHING
    # Binary noise first: 62.3 must not read 62.2.
    return str(Decimal(str(round(value, 6))).quantize(Decimal("0.1"), rounding=ROUND_DOWN))


def about(value: float, limits: Sequence[float]) -> str:
    """Write a score without decimals, unless rounding would carry it over a limit.

    >>> about(62.4, (85, 95)), about(94.7, (85, 95)), about(99.7, (85, 95))
    ('62', '94.7', '99.7')
    """
    whole = round(value)
    crosses = any(value < limit <= whole for limit in (*limits, 100))
    return score(value) if crosses else str(whole)


def points(value: float | None) -> str:
    r"""Write points of the score; a loss that is not 0 never reads as 0.

    >>> points(16.32), points(0.004), points(0.0)
    ('16.3', '<\xa00.1', '0')
    """
    if value is None or not math.isfinite(value):
        return NOTHING
    if 0 < value < 0.05:
        return f"<{_SPACE}0.1"
    return f"{value:,.1f}" if value else "0"


def amount(value: float | None) -> str:
    """Write a number of unknown unit with about three digits, never as 1e-05.

    >>> amount(12345.678), amount(3.0), amount(0.012345), amount(0.00001), amount(1e-9)
    ('12,345.7', '3', '0.0123', '0.00001', 'under 0.000001')
    >>> amount(float("inf")), amount(-0.5)
    ('infinite', '-0.5')
    """
    if value is None:
        return NOTHING
    if not math.isfinite(value):
        return "not a number" if math.isnan(value) else "infinite"
    size = abs(value)
    if 0 < size < _TINIEST:
        return "under 0.000001"
    if size >= _LARGEST:
        exponent = math.floor(math.log10(size))
        power = str(exponent).translate(_SUPERSCRIPT)
        return f"{_plain(value / 10.0**exponent, 2)} \u00d7 10{power}"
    if size >= _THOUSAND:
        return _plain(value, 1)
    decimals = 3 if size >= 1 or not value else 2 - math.floor(math.log10(size))
    return _plain(value, decimals)


def _plain(value: float, decimals: int) -> str:
    """Fixed decimals with separators, without the zeros that say nothing."""
    text = f"{value:,.{decimals}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text
