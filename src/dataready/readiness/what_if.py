"""What-ifs: small sentences about columns, and what score and verdict would be then.

    fix COLUMN [missing|validity|drift|relations|absent|all]
    lose COLUMN SHARE

A name that holds blanks needs no quotes. SHARE is of the cells that are there now: 0.1 or 10%.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from dataready.errors import ConfigError, did_you_mean
from dataready.readiness.case import ALL, PARTS, Case, Change, Judgement

__all__ = ["WhatIf", "changes_of", "what_if"]

WORDS: Mapping[str, tuple[str, ...]] = {
    "missing": ("missing",),
    "validity": ("unparsed", "invalid"),
    "drift": ("drift",),
    "relations": ("relations",),
    "absent": ("absent",),
    "all": PARTS,
}
GRAMMAR = f"Write 'fix COLUMN [{'|'.join(WORDS)}]' or 'lose COLUMN SHARE'."
_SHARE = re.compile(r"(?P<column>.+?)\s+(?P<number>\d*\.?\d+)\s*(?P<percent>%?)")
_SHOWN = 12


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What was asked, and what is said of the dataset before and after."""

    asked: tuple[str, ...]
    before: Judgement
    after: Judgement


def what_if(case: Case, asked: Sequence[str]) -> WhatIf:
    """Judge a dataset as if all of some sentences were true.

    Raises:
        ConfigError: One is not understood.
    """
    changes = changes_of(asked, case.damage)
    return WhatIf(tuple(asked), case.judge({}), case.judge(changes))


def changes_of(asked: Sequence[str], columns: Collection[str]) -> dict[str, Change]:
    """Read sentences: what becomes of each column.

    Args:
        asked: The sentences; those of one column add up.
        columns: The names of the columns that are scored.

    Raises:
        ConfigError: One is not understood, or names no such column.

    >>> changes_of(["fix a missing", "lose b 10%"], ["a", "b"])["b"].lost
    0.1
    """
    out: dict[str, Change] = {}
    for text in asked:
        verb, _, rest = text.strip().partition(" ")
        if verb not in {"fix", "lose"} or not rest.strip():
            msg = f"'{text}' is no what-if. {GRAMMAR}"
            raise ConfigError(msg)
        read = _fix if verb == "fix" else _lose
        column, change = read(rest.strip(), columns)
        out[column] = _both(out[column], change) if column in out else change
    return out


def _fix(rest: str, columns: Collection[str]) -> tuple[str, Change]:
    if _bare(rest) in columns:
        return _bare(rest), ALL
    name, _, word = rest.rpartition(" ")
    if not name or word not in WORDS:
        known = _bare(name.strip()) in columns
        if known:
            msg = f"'{word}' is no part of a column's damage. It is one of: {', '.join(WORDS)}."
            raise ConfigError(msg)
        return _column(rest, columns), ALL
    change = ALL if word == "all" else Change(mended=dict.fromkeys(WORDS[word], 1.0))
    return _column(name.strip(), columns), change


def _lose(rest: str, columns: Collection[str]) -> tuple[str, Change]:
    match = _SHARE.fullmatch(rest)
    if match is None:
        msg = f"'lose {rest}' says no share. Write 'lose COLUMN 0.1' or 'lose COLUMN 10%'."
        raise ConfigError(msg)
    share = float(match["number"]) / (100 if match["percent"] else 1)
    if share > 1:
        msg = f"'{match['number']}{match['percent']}' is more than all. Write 0.1 or 10%."
        raise ConfigError(msg)
    return _column(match["column"], columns), Change(lost=share)


def _column(name: str, columns: Collection[str]) -> str:
    bare = _bare(name)
    if bare not in columns:
        there = sorted(columns)
        more = f" and {len(there) - _SHOWN} more" if len(there) > _SHOWN else ""
        msg = (
            f"There is no scored column '{bare}'.{did_you_mean(bare, there)} "
            f"There are: {', '.join(there[:_SHOWN])}{more}."
        )
        raise ConfigError(msg)
    return bare


def _bare(name: str) -> str:
    """A name without the quotes around it, where somebody typed some."""
    quoted = len(name) > 1 and name[0] == name[-1] and name[0] in "\"'"
    return name[1:-1] if quoted else name


def _both(first: Change, second: Change) -> Change:
    return replace(
        first,
        mended={**first.mended, **second.mended},
        lost=1 - (1 - first.lost) * (1 - second.lost),
        settled=first.settled | second.settled,
    )
