"""Formats of texts as regular expressions: "AB-12 c" has the format "a-9 a"."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from itertools import pairwise

__all__ = ["of_formats"]


def of_formats(formats: Iterable[object]) -> str:
    """Write the regular expression of the texts in one of some formats: read once, not thrice."""
    possible = [text for text in map(str, formats) if _is_format(text)]
    each = ("".join(_RUNS.get(sign) or re.escape(sign) for sign in text) for text in possible)
    return "|".join(f"(?:{one})" for one in each) or r"[^\s\S]"


_RUNS = {"9": r"\p{Nd}+", "a": r"\pL+", " ": r"\s+"}
"""What stands for a run of characters in a format."""


def _is_format(text: str) -> bool:
    """Whether any text at all can have a format: each run is its sign, and stands alone.

    >>> _is_format("a-9 a"), _is_format("b-9"), _is_format("aa")
    (True, False, False)
    """
    runs = [_sign_of(character) for character in text]
    known = all(run in {"", own} for run, own in zip(runs, text, strict=True))
    return known and not any(run and run == then for run, then in pairwise(runs))


def _sign_of(character: str) -> str:
    kind = unicodedata.category(character)
    if character in "\t\n\f\r ":
        return " "
    return "9" if kind == "Nd" else "a" if kind.startswith("L") else ""
