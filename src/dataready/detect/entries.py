"""Test entries: rows that somebody typed to try the system, not records of anything."""

from __future__ import annotations

import re
from collections.abc import Iterable

from dataready.detect.scene import Scene
from dataready.model import Finding, Severity
from dataready.profile.profile import ColumnStates
from dataready.sql import literal

__all__ = ["TEST_ENTRY", "entry_findings"]

TEST_ENTRY = (
    r"(^\s*(test|testing|dummy|placeholder|(asd|qwe|qsd){2,}|asdf\w*"
    r"|qwert\w*|azert\w*|[zy]xcv\w*|lorem ipsum)([^a-z].*)?$)"
    r"|(^\s*(please )?(ignore|delete) (this|me|test)\b.*$)|(\b(test (entry|order|record|data))\b)"
)
"""A lower-case text that says that it is a test: as its first word, or in a common phrase."""
RARE = 0.01
LEAST_ROWS = 3
_SAYS_SO = re.compile(TEST_ENTRY, re.ASCII | re.DOTALL)


def entry_findings(scene: Scene) -> list[Finding]:
    """Rare texts that say that they are tests, where the pilot has none; one or two are a note.

    Without a pilot, or with one of too many texts to remember, they are worth a note only:
    among product names and reviews "test" is an honest word.
    """
    found: list[Finding] = []
    for seen, before in scene.pairs():
        if seen.plan.base != "text" or seen.plan.role in {"target", "key"} or not _may(seen):
            continue
        known = before is not None and before.values.exact
        if before is None or not known or not _may(before):
            found += _column(scene, seen, known=known)
    return found


def _may(seen: ColumnStates) -> bool:
    """Whether a column may hold test entries: certain where all its values are known."""
    values = seen.values
    return not values.exact or any(says_test(str(v)) for v in values.counts)


def says_test(text: str) -> bool:
    """Whether a text says that it is a test entry.

    >>> says_test("TEST - please ignore"), says_test("contest"), says_test("attest to it")
    (True, False, False)
    """
    return bool(_SAYS_SO.search(text.lower()))


def _column(scene: Scene, seen: ColumnStates, *, known: bool) -> Iterable[Finding]:
    cell = scene.cell(seen)
    where = f"regexp_matches(lower({cell}), {literal('(?s)' + TEST_ENTRY)})"
    rows = scene.count(where)
    if not rows or rows > RARE * seen.rows:
        return
    yield scene.wrong_cells(
        seen,
        where,
        rows,
        dimension="validity",
        detector="test_entries",
        severity=Severity.WARN if known and rows >= LEAST_ROWS else Severity.INFO,
        message=f"{rows:,} values of '{seen.plan.name}' say that they are test entries.",
        limit_origin="the pilot has none" if known else "records are no tests",
        fix="Remove the rows, and keep tests out of production.",
    )
