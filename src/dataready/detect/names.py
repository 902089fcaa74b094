"""How alike two column names are."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

__all__ = ["name_similarity"]


def name_similarity(a: str, b: str) -> float:
    """How alike two column names are, in [0.1, 1]: letters, words, prefixes, abbreviations.

    >>> name_similarity("ship_weight", "ShipWeight")
    1.0
    >>> name_similarity("customer_id", "cust_id") > 0.8
    True
    """
    x, y = _tokens(a), _tokens(b)
    left, right = "".join(x), "".join(y)
    if left == right:
        return 1.0
    if not left or not right:
        return 0.1
    trigrams = _jaccard(_grams(left), _grams(right))
    words = _jaccard(set(x), set(y))
    ratio = difflib.SequenceMatcher(None, left, right, autojunk=False).ratio()
    prefix = 0.9 if _abbreviates(x, y) or _abbreviates(y, x) else 0.0
    inside = 0.75 if min(len(left), len(right)) >= 3 and (left in right or right in left) else 0.0
    return max(0.1, trigrams, words, ratio, prefix, inside)


def _tokens(name: str) -> list[str]:
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return [t for t in re.split(r"[^0-9a-zA-Z]+", spaced.casefold()) if t]


def _grams(text: str) -> set[str]:
    padded = f"  {text} "
    return {padded[k : k + 3] for k in range(len(padded) - 2)}


def _jaccard(a: set[str], b: set[str]) -> float:
    return len(a & b) / len(a | b) if a | b else 0.0


def _abbreviates(short: Sequence[str], long: Sequence[str]) -> bool:
    """Whether each word begins the other's word, or the letters are its initials."""
    if len(short) == len(long) and all(
        len(s) >= 2 and (w.startswith(s) or s.startswith(w))
        for s, w in zip(short, long, strict=True)
    ):
        return True
    return len(short) == 1 and len(long) > 1 and short[0] == "".join(w[0] for w in long)
