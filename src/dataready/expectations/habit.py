"""What a pilot's rows are in the habit of: their distribution, and what a data team forbids.

A table as a whole is asked by shares of its rows: so many of them below the pilot's lower
quarter, so many of the pilot's most common values. Whatever library judges rows can judge
that, in one pass. What is known of records as such (none is a test, none was made at the
beginning of a calendar) is a rule only where the pilot keeps it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import duckdb

from dataready.expectations.fast import count_rules
from dataready.expectations.limit import limit_of
from dataready.expectations.predicate import Reader
from dataready.expectations.rules import Rule
from dataready.expectations.whole import DAY_S
from dataready.model import Severity
from dataready.profile.profile import ColumnStates, Profile
from dataready.sql import ident

__all__ = ["habits"]

LEAST = 100
LEAST_SHARE = 0.05
"""A quarter, or the values that are not the most common, hold at least this share."""
COMMON = 0.5
MOST_COMMON = 20
NOISE = 0.02
"""What a share may differ by without meaning anything to anybody."""
HALF_CENTURY_S = 50 * 365.25 * DAY_S
WEEK = 7.0
REPEATING = 0.01
TESTS = 0.0001
TEST_ENTRY = (
    r"(?i)^\s*(test|testing|dummy|asdf|qwerty|lorem ipsum)"
    r"(\s+(entry|order|record|data|row|user|customer|account))?([^\pL\s].*|\s+[^\pL\s].*)?$"
)
"""A text that says as a whole, or before its first sign, that it is a test."""


def habits(
    con: duckdb.DuckDBPyConnection,
    pilot: Profile,
    reader: Reader,
    *,
    table: str,
    time: str | None = None,
    apart: frozenset[str] = frozenset(),
) -> Iterator[Rule]:
    """Learn what a table's rows as a whole keep.

    Args:
        con: An open connection to the pilot's extract.
        pilot: The profile of the table.
        reader: How the table's cells are read.
        table: Its bare name.
        time: The column that says when a row happened.
        apart: Columns whose values are another table's.
    """
    for seen in pilot:
        plan, name = seen.plan, seen.plan.name
        if seen.usable < LEAST or name in apart:
            continue
        if plan.role in {"feature", "time"} and plan.base == "date" and not plan.personal:
            yield from _calendar(seen)
        if plan.role not in {"feature", "text"}:
            continue
        if plan.kind == "number" and plan.role == "feature" and not plan.personal:
            yield from _quarters(con, seen, reader, table)
        if plan.kind == "text" and plan.role == "feature" and not plan.personal:
            yield from _common(seen)
        if plan.kind == "id":
            yield from _rare(con, seen, reader, table)
        if plan.base == "text" and seen.different > MOST_COMMON:
            yield from _no_tests(con, seen, reader, table)
    if time is not None and time in pilot and pilot.plan[time].base == "date":
        yield from _gapless(con, time, reader, table)


def _quarters(
    con: duckdb.DuckDBPyConnection, seen: ColumnStates, reader: Reader, table: str
) -> Iterator[Rule]:
    """What part of the values is below the lower quarter's end, and above the upper's."""
    name, n = seen.plan.name, seen.usable
    sql = f"SELECT quantile_disc({reader.value(name)}, [0.25, 0.75]) FROM {ident(table)}"
    ((ends,),) = con.execute(sql).fetchall()
    asked = [
        Rule(kind="lower_quarter", column=name, base="number", low=float(ends[0])),
        Rule(kind="upper_quarter", column=name, base="number", high=float(ends[1])),
    ]
    for rule, found in zip(asked, count_rules(con, asked, reader, table=table), strict=True):
        beyond = found.rows_failed or 0
        if beyond >= LEAST_SHARE * n:
            side = "below the lower" if rule.kind == "lower_quarter" else "above the upper"
            yield _of_share(rule, beyond, n, f"{side} quartile")


def _common(seen: ColumnStates) -> Iterator[Rule]:
    """What part of the values is among the fewest that hold half the pilot, and what is not."""
    ranked, n = seen.values.ranked() if seen.values.exact else [], seen.usable
    held, listed = 0, list[str]()
    for value, k in ranked[:MOST_COMMON]:
        if held >= COMMON * n:
            break
        held += k
        listed.append(str(value))
    if held < COMMON * n or n - held < LEAST_SHARE * n:
        return
    name, values = seen.plan.name, tuple(listed)
    usual = Rule(kind="usual", column=name, values=values)
    yield _of_share(usual, n - held, n, "none of the most common values")
    unusual = Rule(kind="unusual", column=name, values=values)
    yield _of_share(unusual, held, n, "of the most common values")


def _of_share(rule: Rule, hits: int, n: int, told: str) -> Rule:
    return replace(
        rule,
        # The comparison judges distributions too, against its own noise.
        severity=Severity.INFO,
        limit=limit_of(hits, n, slack=NOISE),
        limit_origin=f"{hits:,} of {n:,} pilot values are {told}, plus three standard errors and "
        "two points",
        evidence=f"{hits:,} of {n:,} values are {told}",
    )


def _calendar(seen: ColumnStates) -> Iterator[Rule]:
    """No date lies so far off that it can only be a calendar's beginning or end."""
    plan, n = seen.plan, seen.usable
    if plan.low is None or plan.high is None:
        return
    pad = max(plan.high - plan.low, HALF_CENTURY_S)
    # Whole days read better.
    low, high = ((end // DAY_S) * DAY_S for end in (plan.low - pad, plan.high + pad))
    yield Rule(
        kind="range",
        column=plan.name,
        base="date",
        low=low,
        high=high,
        limit=limit_of(0, n, slack=0.002),
        limit_origin=f"none of {n:,} pilot dates, plus three standard errors and 0.2 points; half "
        "a century, or as long as the pilot lasts, is allowed beyond its ends",
        evidence=f"the range of {n:,} dates",
    )


def _rare(
    con: duckdb.DuckDBPyConnection, seen: ColumnStates, reader: Reader, table: str
) -> Iterator[Rule]:
    """No value is that of many rows, in a column where hardly any repeats."""
    name, n = seen.plan.name, seen.usable
    cell = reader.value(name)
    sql = f"SELECT count(*) AS n FROM {ident(table)} WHERE ({cell}) IS NOT NULL GROUP BY {cell}"
    ((most,),) = con.execute(f"SELECT max(n) FROM ({sql})").fetchall()
    if most > REPEATING * n:
        return
    yield Rule(
        kind="rare",
        column=name,
        high=limit_of(most, n, slack=REPEATING),
        limit_origin=f"no value is that of more than {most:,} of {n:,} pilot rows, plus three "
        "standard errors and one point",
        evidence=f"the most common value is that of {most:,} of {n:,} rows",
    )


def _no_tests(
    con: duckdb.DuckDBPyConnection, seen: ColumnStates, reader: Reader, table: str
) -> Iterator[Rule]:
    """No text says that it is a test entry."""
    rule = Rule(kind="pattern", column=seen.plan.name, pattern=TEST_ENTRY, negated=True)
    (found,) = count_rules(con, [rule], reader, table=table)
    if not found.rows_failed:
        yield replace(
            rule,
            limit=TESTS,
            limit_origin="records are no tests; one in ten thousand is let pass",
            evidence=f"none of {seen.usable:,} texts says that it is a test entry",
        )


def _gapless(
    con: duckdb.DuckDBPyConnection, time: str, reader: Reader, table: str
) -> Iterator[Rule]:
    """No more days pass without a row than in the pilot, which has fewer rows and so wider gaps."""
    cell = reader.value(time)
    days = f"SELECT DISTINCT floor(({cell}) / {DAY_S!r}) AS d FROM {ident(table)}"
    ((n, first, gap),) = con.execute(
        "SELECT count(d), min(d), max(gap) FROM (SELECT d, d - lag(d) OVER (ORDER BY d) AS gap "
        f"FROM ({days}) WHERE d IS NOT NULL)"
    ).fetchall()
    if n < LEAST or gap is None:
        return
    yield Rule(
        kind="gapless",
        column=time,
        base="date",
        severity=Severity.INFO,
        low=float(first * DAY_S),
        high=max(WEEK, 2.0 * gap),
        limit_origin=f"the pilot's longest time without a row is {gap:g} days; twice that, and "
        "a week at least, is allowed",
        evidence=f"{n:,} days with rows, at most {gap:g} days apart",
    )
