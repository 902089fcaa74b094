"""How a delimited text is written, found by looking at its start.

What is found here is checked by every record of the file afterwards: the scan refuses
those that do not fit, and counts them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from dataready.sources.record import Dialect, split

__all__ = ["find_dialect", "header_is_likely"]

_DELIMITERS = (",", ";", "\t", "|", "^", "~", "\x01", "\x1f")
_ROWS = 1000
_MISSING = frozenset({"", "?", "-", "\\n", "na", "n/a", "nan", "null", "none", "."})
_NUMBER = re.compile(r"[-+]?[£$€]?\d[\d,. ]*(?:[eE][-+]?\d+)?%?")
_DATE = re.compile(r"\d{1,4}([-/.])\d{1,2}\1\d{1,4}(?:[ T].*)?")
_MOST = 0.9
_ALIKE = 0.8
_CODE = 5
_YEARS = range(1900, 2101)


def find_dialect(text: bytes, *, delimiter: str | None = None, quote: str | None = None) -> Dialect:
    """Find delimiter, quote, escape and line end.

    Args:
        text: The start of a file, in UTF-8, as whole lines.
        delimiter: What the settings say; None to find it.
        quote: What the settings say, "" for none; None to find it.

    Returns:
        A dialect with the width of most records; header undecided.

    >>> find_dialect(b"a;b;c" + chr(10).encode() + b"1,5;2,5;3,5").delimiter
    ';'
    """
    newline = b"\r" if b"\r" in text and b"\n" not in text else b"\n"
    known = Dialect(delimiter or ",", newline=newline)
    quotes = _quotes(text) if quote is None else [quote]
    delimiters = _DELIMITERS if delimiter is None else [delimiter]
    best, best_score = None, (0.0, 0, 0)
    for delimiter_ in (d for d in delimiters if d.encode() in text):
        for quote_ in quotes:
            for escape in _escapes(text, quote_):
                found = replace(known, delimiter=delimiter_, quote=quote_, escape=escape)
                score, width = _score(split(text, found, most=_ROWS))
                if score > best_score:
                    best, best_score = replace(found, width=width), score
    return best or replace(known, quote=quotes[0], escape=_escapes(text, quotes[0])[0])


def _quotes(text: bytes) -> list[str]:
    """Answer the quotes that a text may use, the likelier first."""
    if b'"' not in text and re.search(rb"(?m)(?:^|[,;\t|])'[^'\n]*'(?:[,;\t|]|\r?$)", text):
        return ["'", '"']
    return ['"']


def _escapes(text: bytes, quote: str) -> list[str]:
    """Answer what may make a quote literal: itself, or a backslash."""
    if quote and b"\\" + quote.encode() in text:
        return [quote, "\\"]
    return [quote]


def _score(rows: Sequence[Sequence[bytes]]) -> tuple[tuple[float, int, int], int]:
    """Say how well a text splits: records of one width, whether the header is too, width."""
    body = Counter(len(row) for row in (rows[1:] or rows))
    if not body:
        return (0.0, 0, 0), 1
    width, count = max(body.items(), key=lambda item: (item[1], item[0]))
    share = count / body.total()
    head_fits = len(rows[0]) in (width, width - 1)
    wide = min(width, len(rows[0])) > 1 or (width > 1 and head_fits)
    if not wide or share < 0.5:
        return (0.0, 0, 0), 1
    return (round(share, 2) if head_fits else share / 2, int(head_fits), width), width


def header_is_likely(rows: Sequence[Sequence[str]]) -> tuple[bool, bool]:
    """Say whether the first row is names, and whether that is certain.

    Names are not numbers above a column of numbers. Where all is text, the first row is
    taken for names unless its values are like those below: repeated there, or short
    codes of the very same shape.

    Args:
        rows: The first record and some of the others.

    >>> header_is_likely([["id", "name"], ["1", "x"]])
    (True, True)
    >>> header_is_likely([["7.4", "0.7"], ["7.8", "0.88"]])
    (False, True)
    """
    first, body = rows[0], rows[1:]
    if not body:
        return not any(_kind(v) for v in first), False
    numeric, like, texts = [], 0, 0
    named = False
    for i, name in enumerate(first):
        values = [r[i] for r in body if i < len(r) and r[i].strip().lower() not in _MISSING]
        if name.strip().lower() in _MISSING or not values:
            continue
        kind, count = Counter(map(_kind, values)).most_common(1)[0]
        if kind and count >= _MOST * len(values):
            named |= _kind(name) != kind
            numeric += [name] if _kind(name) == kind else []
        else:
            texts += 1
            others = {r[i] for r in body if i < len(r) and list(r) != list(first)}
            like += name in others or _is_code_like(name, values)
    if numeric:
        return _is_pivot(numeric), True
    return named or not like or like * 2 < texts, named


def _kind(value: str) -> str:
    """Answer "date", "number", or "" for anything else."""
    value = value.strip()
    if _DATE.fullmatch(value):
        return "date"
    return "number" if _NUMBER.fullmatch(value) else ""


def _is_code_like(name: str, values: Sequence[str]) -> bool:
    """Say whether a text is a short code, and those below it are codes as long."""
    alike = sum(len(v) == len(name) and v == v.upper() for v in values)
    return len(name) <= _CODE and name == name.upper() and alike >= _ALIKE * len(values)


def _is_pivot(numbers: Sequence[str]) -> bool:
    """Say whether numbers above columns are years in a row: names after all."""
    if len(numbers) < 2 or not all(n.strip().isdecimal() for n in numbers):
        return False
    years = [int(n) for n in numbers]
    steps = {b - a for a, b in pairwise(years)}
    return len(steps) == 1 and 0 not in steps and all(y in _YEARS for y in years)
