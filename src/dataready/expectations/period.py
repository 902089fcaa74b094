"""What a table's past promises: how many rows it has, in all and a period, and how late they are.

A pilot may be any part of a table, so that it says little of volume: a week of production has no
fewer rows than one of the pilot, no more. How many rows there are is told by the nights before,
and how many a day or week by the rows that the last of them left.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import duckdb
import numpy as np

from dataready.compare.gap import GRACE_DAYS, LEAST_GAPS, longest_gap, oldest
from dataready.expectations.predicate import Reader
from dataready.expectations.proposal import LEAST_CHANCE, Proposal
from dataready.expectations.result import ExpectationResult
from dataready.expectations.rules import Rule
from dataready.expectations.whole import DAY_S, DAYS
from dataready.model import TABLE, Severity
from dataready.sql import ident

__all__ = [
    "LEAST_NIGHTS",
    "MOST_NIGHTS",
    "Night",
    "Seen",
    "of_nights",
    "of_rows",
    "seen_in",
    "whole_periods",
]

LEAST_NIGHTS = 8
MOST_NIGHTS = 30
LEAST_PERIODS = 10
MOST_PERIODS = 20_000
HELD_OUT = 5
"""One night or period in so many is held out from learning."""
SLACK = 1.5
"""No number of rows is odd that is less than so many times off all those known."""
SHRUNK = 1.1
"""The same, of a table that has never lost a row."""
RHYTHM = 4.0
"""Without rhythm is what has more than so many times the rows of another night or period."""
LEAST_USUAL = 30
MONDAY = 3


@dataclass(frozen=True, slots=True)
class Night:
    """What one run found: the day of its extract since 1970, its rows, and its newest row's age."""

    day: int
    rows: int
    age: int | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """The rows a day of a table, by days since 1970, when it was extracted.

    `production` says whether it is production itself rather than its pilot.
    """

    counts: Mapping[int, int]
    today: int
    production: bool = False


def seen_in(
    con: duckdb.DuckDBPyConnection, reader: Reader, time: str, *, production: bool
) -> Seen | None:
    """Count the rows a day of a connection's table; None where its time is none."""
    if time not in reader or reader.planned(time).base != "date" or not reader.clock:
        return None
    day = f"floor(({reader.value(time)}) / {DAY_S!r})::BIGINT"
    sql = f"SELECT {day} AS d, count(*) FROM {ident(TABLE)} GROUP BY 1 HAVING d IS NOT NULL"
    return Seen(dict(con.execute(sql).fetchall()), reader.today, production)


def of_nights(nights: Iterable[Night]) -> Iterator[Proposal]:
    """Propose how many rows the table has, where eight nights at least say so.

    The nights' own range, without one in eight at either end, and as far again beyond it, half as
    many or as few at least. A table that has never lost a row grows: it has no upper end.
    Not more than one in eight nights may break it, of all and of those held out.
    """
    known = sorted({n.day: n for n in nights}.values(), key=lambda n: n.day)[-MOST_NIGHTS:]
    rows = [n.rows for n in known]
    if len(rows) < LEAST_NIGHTS or min(rows) <= 0:
        return
    taught = [n for k, n in enumerate(rows) if k % HELD_OUT]
    held = [n for k, n in enumerate(rows) if not k % HELD_OUT]
    first, final = _ends_of(taught), _ends_of(rows)
    kept = (_beyond(s, e) <= len(s) // LEAST_NIGHTS for s, e in ((held, first), (rows, final)))
    usual = _usual(rows)
    if usual[-1] > RHYTHM * usual[0] or not all(kept):
        return
    low, high = final
    counted = f"{len(rows)} nights had from {min(rows):,} to {max(rows):,} rows"
    yield Proposal(
        Rule(
            kind="rows",
            low=low,
            high=high,
            limit_origin=f"{counted}; " + _slack(high),
            evidence=counted,
        ),
        _said(held, final),
        _next(len(rows)),
        unit="nights",
    )


def _slack(high: float | None) -> str:
    if high is None:
        return "never fewer than the night before; a tenth fewer is allowed"
    return "without the outermost, as far again, a third fewer and half more at least, are allowed"


def _ends_of(rows: Sequence[int]) -> tuple[float, float | None]:
    if all(b >= a for a, b in pairwise(rows)) and rows[-1] > rows[0]:
        return _rounded(rows[-1] / SHRUNK, down=True), None
    usual = _usual(rows)
    return _around(usual[0], usual[-1])


def _usual(rows: Sequence[int]) -> list[int]:
    outer = len(rows) // LEAST_NIGHTS
    return sorted(rows)[outer : len(rows) - outer]


def _around(low: float, high: float) -> tuple[float, float]:
    times = max(high / low, SLACK, 1 + 6 / math.sqrt(low))
    return _rounded(low / times, down=True), _rounded(high * times, down=False)


def _rounded(rows: float, *, down: bool) -> float:
    """Round to two digits, away from what is allowed: a limit that moves every night is none."""
    step = 10.0 ** max(0, math.floor(math.log10(max(rows, 1))) - 1)
    return float(step * (math.floor(rows / step) if down else math.ceil(rows / step)))


def _beyond(rows: Iterable[int], ends: tuple[float | None, float | None]) -> int:
    low, high = ends
    return sum((low is not None and n < low) or (high is not None and n > high) for n in rows)


def _said(held: Sequence[int], ends: tuple[float | None, float | None]) -> ExpectationResult:
    """How those held out fared."""
    failed = _beyond(held, ends)
    return ExpectationResult(
        expectation="rows",
        column=None,
        result="pass",
        message="",
        rows_failed=failed,
        rows_checked=len(held),
    )


def _next(n: int) -> float:
    """The chance that the next is beyond: of n the outermost by 2/(n + 1), as far again its square.

    >>> _next(9)
    0.04
    """
    return float(f"{max(LEAST_CHANCE, (2 / (n + 1)) ** 2):.2g}")


def of_rows(seen: Seen, time: str, nights: Sequence[Night]) -> Iterator[Proposal]:
    """Propose how late rows may be and how many a day or week has.

    Args:
        seen: Production as it was last, or else the pilot.
        time: The column that says when a row happened.
        nights: What the runs before found.
    """
    yield from _fresh(seen, time, nights)
    yield from _steady(seen, time)


def _fresh(seen: Seen, time: str, nights: Sequence[Night]) -> Iterator[Proposal]:
    """The newest row is no older than twice the table's longest gap, and a day.

    Only of a table that has kept it: when it was extracted, or all nights since.
    """
    days = sorted(d for d in seen.counts if d <= seen.today + GRACE_DAYS)
    ages = [n.age for n in nights if n.age is not None]
    if len(days) <= LEAST_GAPS:
        return
    gaps = np.diff(days)
    held = np.arange(len(gaps)) % HELD_OUT == 0
    longest = longest_gap(days)
    limit, n = oldest(longest), len(gaps)
    proven = len(ages) >= LEAST_NIGHTS
    kept = max(ages) <= limit if proven else seen.today - days[-1] <= limit
    beyond = int((gaps[held] > oldest(int(gaps[~held].max()))).sum())
    if not kept or beyond:
        return
    nightly = f"; {len(ages)} nights' newest rows were up to {max(ages)} days old" if proven else ""
    rule = Rule(
        kind="fresh",
        column=time,
        base="date",
        # Of a pilot nobody knows whether its table goes on.
        severity=Severity.WARN if proven else Severity.INFO,
        high=float(limit),
        limit_origin=f"twice the longest of the {_whose(seen)} {n:,} gaps, {longest} days, and a "
        "day of grace, before the extract",
        evidence=f"{n + 1:,} days with rows, never more than {longest} days apart{nightly}",
    )
    said = _said([0] * int(held.sum()), (None, None))
    yield Proposal(rule, said, _next(n), unit="gaps")


def _whose(seen: Seen) -> str:
    return "table's own" if seen.production else "pilot's"


def _steady(seen: Seen, time: str) -> Iterator[Proposal]:
    """Days have so many rows where all have about as many, else weeks, else nobody knows."""
    for days in DAYS.values():
        rows = whole_periods(seen, days)
        taught = [n for k, n in enumerate(rows) if k % HELD_OUT]
        held = [n for k, n in enumerate(rows) if not k % HELD_OUT]
        if len(rows) < LEAST_PERIODS or np.median(rows) < LEAST_USUAL:
            continue
        if max(rows) > RHYTHM * min(rows) or _beyond(held, _around(min(taught), max(taught))):
            continue
        low, high = _around(min(rows), max(rows))
        counted = f"{len(rows):,} whole {'days' if days == 1 else 'weeks'} had from"
        evidence = f"the {_whose(seen)} {counted} {min(rows):,} to {max(rows):,} rows"
        rule = Rule(
            kind="daily" if days == 1 else "weekly",
            column=time,
            base="date",
            severity=Severity.WARN if seen.production else Severity.INFO,
            low=low,
            high=high if seen.production else None,
            limit_origin=f"{evidence}; as far again, a third fewer at least, is allowed"
            + ("" if seen.production else "; a pilot is a part, so that more is no news"),
            evidence=evidence,
        )
        yield Proposal(rule, _said(held, (low, high)), _next(len(rows)), unit="periods")
        return


def whole_periods(seen: Seen, days: int) -> list[int]:
    """Rows of the days or weeks that have neighbours and are past for a day, in order."""
    counts: dict[int, int] = {}
    for day, n in seen.counts.items():
        part = (day + MONDAY) // days
        counts[part] = counts.get(part, 0) + n
    until = (seen.today - 1 + MONDAY) // days
    whole = [p for p in sorted(counts) if p < until and p - 1 in counts and p + 1 in counts]
    return [counts[p] for p in whole][-MOST_PERIODS:]
