"""What spellings have in common, and which known value an unknown one is a spelling of."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Sequence

__all__ = ["is_flag", "normal_form", "spellings", "weak_form"]

_MEANT = frozenset("#%@*")
_TRUE = frozenset(
    [
        "1",
        "t",
        "true",
        "y",
        "yes",
        "on",
        "x",
        "j",
        "ja",
        "o",
        "oui",
        "s",
        "si",
        "sí",
        "sim",
        "v",
        "vrai",
        "wahr",
        "tak",
        "da",
    ]
)
_FALSE = frozenset(
    [
        "0",
        "f",
        "false",
        "n",
        "no",
        "off",
        "nein",
        "non",
        "não",
        "nao",
        "falsch",
        "faux",
        "nie",
        "net",
    ]
)


def normal_form(text: str) -> str:
    """The letters, digits and signs of a text; case, accents and punctuation aside.

    What stands before or between digits is kept: 1.5 is not 15, -1 is not 1. So are signs
    that carry meaning: C++ is not C, >5 is not <5.

    >>> normal_form("D.H.L."), normal_form("Málaga "), normal_form("C++")
    ('dhl', 'malaga', 'c++')
    >>> normal_form("1.5 km"), normal_form("-1")
    ('1.5km', '-1')
    """
    plain = unicodedata.normalize("NFKD", text).casefold().strip()
    kept = []
    for k, c in enumerate(plain):
        before, after = plain[k - 1 : k], plain[k + 1 : k + 2]
        numeric = after.isdigit() and (before.isdigit() or (c in ".-" and not before.isalnum()))
        meant = c in _MEANT or unicodedata.category(c) in {"Sm", "Sc"}
        if c.isalnum() or meant or (numeric and not c.isspace()):
            kept.append(c)
    return "".join(kept)


def weak_form(text: str) -> str:
    """A text without outer and repeated white space, and without case.

    >>> weak_form(" North   west")
    'north west'
    """
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def spellings(unknown: Iterable[str], known: Iterable[str]) -> dict[str, str]:
    """Map unknown texts to the one known text that they are a spelling of.

    The strongest form decides under which no two known texts are alike; a text that could
    be a spelling of two is none. Where two known texts are yes and no, other words for them
    are spellings.

    >>> spellings(["dhl", "x-1"], ["DHL", "X1", "x 1"])
    {'dhl': 'DHL'}
    """
    listed = list(known)
    owners: list[tuple[Callable[[str], str], dict[str, list[str]]]] = []
    forms: tuple[Callable[[str], str], ...] = (normal_form, weak_form)
    for form in forms:
        alike: dict[str, list[str]] = {}
        for text in listed:
            alike.setdefault(form(text), []).append(text)
        owners.append((form, alike))
    flags = _flags(listed)
    found = {}
    for text in unknown:
        if flags and (truth := _truth(text)) is not None:
            found[text] = flags[truth]
            continue
        for form, alike in owners:
            own = alike.get(form(text), []) if form(text) else []
            if len(own) == 1:
                found[text] = own[0]
            if own:
                break
    return found


def is_flag(known: Iterable[str]) -> bool:
    """Whether two known texts are yes and no, in whatever spelling.

    >>> is_flag(["Y", "N"]), is_flag(["M", "F"])
    (True, False)
    """
    return bool(_flags(list(known)))


def _flags(known: Sequence[str]) -> dict[bool, str]:
    truths = {truth: text for text in known if (truth := _truth(text)) is not None}
    return truths if len(known) == len(truths) == 2 else {}


def _truth(text: str) -> bool | None:
    """What a word says of yes and no; None if nothing."""
    word = text.strip().casefold().removesuffix(".0")
    return True if word in _TRUE else False if word in _FALSE else None
