"""Probable typing errors: a rare value a letter or two away from a frequent one.

Whole values are looked at, and words where a column's texts are made of few words. A column whose
frequent values are neighbours themselves (codes, sizes) has no typing errors to be seen, nor
has one of many rare values that are near to nothing (names): some are neighbours by chance.
A difference of digits alone is no slip: 12 is not meant to be 13.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["distance", "misspellings", "misspelt_words"]

LEAST_LETTERS = 4
MORE_FREQUENT = 5
LEAST_FREQUENT = 5
LETTERS_PER_SLIP = 8
MOST_SLIPS = 3
MOST_VALUES = 5_000
MOST_FREQUENT = 1_000
MOST_COMPARED = 50_000
DENSE = 0.1
AMONG_RARE = 0.25
CLOSED = 0.95
_WORD = re.compile(r"[^\W\d_]{4,}")
_DIGITS = re.compile(r"\d+")
_CHUNK = 256


class _TooAlikeError(Exception):
    """A column's values are so alike that slips cannot be told."""


def misspellings(counts: Mapping[str, int], known: Collection[str] | None = None) -> dict[str, str]:
    """Map probable typing errors to the frequent values that they stand for.

    Args:
        counts: Rows per value.
        known: The pilot's values, which are spelt as they should be; None without a pilot.

    >>> misspellings({"Hamburg": 40, "Hamburgh": 1, "Bremen": 30, "A-12": 20, "A-13": 1})
    {'Hamburgh': 'Hamburg'}
    """
    ranked = sorted((v for v in counts if counts[v]), key=lambda v: (-counts[v], v))
    right = [
        v for v in ranked if (v in known if known is not None else counts[v] >= LEAST_FREQUENT)
    ]
    right = right[:MOST_FREQUENT]
    strange = [
        v
        for v in ranked
        if (v not in known if known is not None else MORE_FREQUENT * counts[v] <= counts[ranked[0]])
    ]
    rare = [v for v in strange if len(v) >= LEAST_LETTERS][-MOST_VALUES:]
    if not right or not rare:
        return {}
    try:
        return _found(counts, known, right, strange, rare)
    except _TooAlikeError:
        return {}


def _found(
    counts: Mapping[str, int],
    known: Collection[str] | None,
    right: Sequence[str],
    strange: Sequence[str],
    rare: Sequence[str],
) -> dict[str, str]:
    """Map the rare values that are slips, unless slips cannot be told in this column."""
    found: dict[str, str] = {}
    for v, near in _neighbours(rare, right):
        # A slip that repeats needs more to be believed, where no pilot says that it is new.
        ratio = MORE_FREQUENT if known is not None or counts[v] <= 2 else 4 * MORE_FREQUENT
        best = [w for w in near if ratio * counts[v] <= counts[w]]
        if best:
            found[v] = min(best, key=lambda w: (distance(v, w), -counts[w], w))
    kept = [v for v in right if v not in found]
    usual = sum(1 for v in strange if counts[v] < LEAST_FREQUENT or known is not None)
    if _is_dense(kept) or len(found) < AMONG_RARE * usual:
        return {}
    return {v: _meant(w, found) for v, w in found.items()}


def _meant(value: str, slips: Mapping[str, str]) -> str:
    """The right value behind a slip of a slip; each is rarer than the next."""
    while value in slips:
        value = slips[value]
    return value


def misspelt_words(
    counts: Mapping[str, int], known: Collection[str] | None = None
) -> dict[str, str]:
    """Map texts that hold a misspelt word to the same text with the word corrected.

    Only where few words make up nearly all of a column's: the words of free text have no end.

    >>> misspelt_words({"12 patients": 19, "13 patients": 18, "14 patiens": 1})
    {'14 patiens': '14 patients'}
    """
    words: Counter[str] = Counter()
    for text, n in counts.items():
        words.update(dict.fromkeys(_WORD.findall(text), n))
    total = words.total()
    frequent = sum(n for n in words.values() if n >= LEAST_FREQUENT)
    if not total or frequent < CLOSED * total:
        return {}
    spelt = None if known is None else {w for text in known for w in _WORD.findall(text)}
    wrong = misspellings(words, spelt)
    found = {}
    for text in counts:
        if any(w in wrong for w in _WORD.findall(text)) and (known is None or text not in known):
            found[text] = _WORD.sub(lambda m: wrong.get(m[0], m[0]), text)
    return found


def _slips(a: str, b: str) -> int:
    """How many letters may differ: one, and another for every eight of the shorter text."""
    return min(MOST_SLIPS, 1 + min(len(a), len(b)) // LETTERS_PER_SLIP)


def _is_dense(values: Sequence[str]) -> bool:
    """Whether frequent values are each other's neighbours, more than one in ten."""
    long = [v for v in values if len(v) >= LEAST_LETTERS]
    most, near = max(1.0, DENSE * len(long)), 0
    for _, others in _neighbours(long, long):
        near += bool(others)
        if near > most:
            return True
    return False


def _neighbours(values: Sequence[str], others: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Each value with the others that it may be a slip of.

    Raises:
        _TooAlikeError: So many are alike that nothing could be told from it.
    """
    theirs, lengths = _signatures(others), np.array([len(w) for w in others])
    compared = 0
    for start in range(0, len(values), _CHUNK):
        part = values[start : start + _CHUNK]
        shorter = np.minimum(np.array([len(v) for v in part])[:, None], lengths[None, :])
        # Two texts d letters apart differ by 2 d letter counts at most: cheap, and never wrong.
        apart = np.abs(_signatures(part)[:, None, :] - theirs[None, :, :]).sum(axis=2)
        maybe = apart <= 2 * np.minimum(MOST_SLIPS, 1 + shorter // LETTERS_PER_SLIP)
        compared += int(maybe.sum())
        if compared > MOST_COMPARED:
            raise _TooAlikeError
        for k, v in enumerate(part):
            close = (others[int(j)] for j in np.flatnonzero(maybe[k]))
            yield v, [w for w in close if w != v and _is_slip(v, w)]


def _signatures(values: Sequence[str]) -> NDArray[np.int16]:
    """Counts of 32 classes of characters, a row a value."""
    counts = np.zeros((len(values), 32), np.int16)
    for k, v in enumerate(values):
        for c in v:
            counts[k, ord(c) % 32] += 1
    return counts


def _is_slip(a: str, b: str) -> bool:
    """Whether texts differ by a slip: few letters, and not in digits, case or signs alone."""
    if min(len(a), len(b)) < LEAST_LETTERS or abs(len(a) - len(b)) > MOST_SLIPS:
        return False
    if _DIGITS.sub("", a) == _DIGITS.sub("", b) or a.casefold() == b.casefold():
        return False
    return distance(a, b) <= _slips(a, b)


def distance(a: str, b: str) -> int:
    """Damerau's distance: letters inserted, left out, replaced, or swapped with a neighbour.

    >>> distance("Hamburg", "Hambrug"), distance("sitting", "kitten")
    (1, 3)
    """
    while a and b and a[0] == b[0]:
        a, b = a[1:], b[1:]
    while a and b and a[-1] == b[-1]:
        a, b = a[:-1], b[:-1]
    before: list[int] = []
    last = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            cost = min(row[j - 1] + 1, last[j] + 1, last[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and y == a[i - 2]:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]
