"""What a pilot promises, proven on rows that took no part in learning it.

`rules.learn` reads a profile; here rows are read as well: whether a key of several columns is
one, which date never comes after which, and whether a rule that most of the pilot teaches is
kept by the rest of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import permutations

import duckdb

from dataready.expectations.fast import count_rules
from dataready.expectations.habit import habits
from dataready.expectations.limit import limit_of
from dataready.expectations.predicate import ROW, Reader
from dataready.expectations.proposal import LEAST_CHANCE, Proposal
from dataready.expectations.result import ExpectationResult
from dataready.expectations.rules import Rule, learn
from dataready.model import TABLE, Severity
from dataready.profile.profile import Profile
from dataready.sql import ident

__all__ = ["Declared", "Found", "learn_rows", "propose"]

HELD_OUT = 5
"""One row in so many is held out from learning."""
LEAST_ORDERED = 100
MOST_DATES = 8
MOST_LOST = 0.3
"""A reference that more rows do not keep is none that anybody would look at."""
Learn = Callable[[str], tuple[Rule, ...]]
"""Learns the rules of a table, by its bare name."""


@dataclass(frozen=True, slots=True)
class Found:
    """A column of another dataset that one seems to refer to ("customers.id"), and why."""

    target: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Declared:
    """What the settings say of a table's columns, by their pilot names.

    `references` lead to a column of another dataset: column -> "customers.id". They grow as
    that does, so that neither their ends nor their values are known from a pilot; the same
    goes for those that were `found`. `time` says when a row happened.
    """

    key: tuple[str, ...] = ()
    references: Mapping[str, str] = field(default_factory=dict)
    time: str | None = None
    found: Mapping[str, Found] = field(default_factory=dict)

    @property
    def referring(self) -> frozenset[str]:
        """The columns whose values are another table's."""
        return frozenset(self.references) | frozenset(self.found)


def propose(con: duckdb.DuckDBPyConnection, learnt: Learn, reader: Reader) -> list[Proposal]:
    """Learn rules from all of a pilot, and keep those that hold-out rows do not refute.

    Args:
        con: An open connection to the pilot's extract; temporary views are made in it.
        learnt: Learns from a table or view of that connection.
        reader: How the cells of that connection's tables are read.

    A rule is proposed if most rows teach it, and the rest keep it; the limits proposed are
    those that all rows teach.
    """
    for name, where in ((_PART, f"{ROW} % {HELD_OUT} <> 0"), (_REST, f"{ROW} % {HELD_OUT} = 0")):
        sql = f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT * FROM {ident(TABLE)} WHERE {where}"
        con.execute(sql)
    taught = {rule.id: rule for rule in learnt(_PART)}
    rules = [rule for rule in learnt(TABLE) if rule.id in taught]
    first = count_rules(con, [taught[r.id] for r in rules], reader, table=_REST)
    final = count_rules(con, rules, reader, table=_REST)
    whole = count_rules(con, rules, reader)
    return [
        Proposal(rule, held, _false_alarm(rule, all_rows))
        for rule, before, held, all_rows in zip(rules, first, final, whole, strict=True)
        if "fail" not in {before.result, held.result, all_rows.result}
    ]


_PART, _REST = "dataready_part", "dataready_rest"


def learn_rows(
    con: duckdb.DuckDBPyConnection,
    pilot: Profile,
    *,
    reader: Reader,
    dataset: str,
    declared: Declared,
    table: str = TABLE,
) -> tuple[Rule, ...]:
    """Learn what a profile teaches, and what only rows do.

    Args:
        con: An open connection to the pilot's extract.
        pilot: The profile of the table.
        reader: How the cells of the table are read, and the pilots that references lead to.
        dataset: Whose pilot it is.
        declared: What the settings say of its columns.
        table: The table's bare name.
    """
    taught = [
        rule
        for rule in learn(pilot, dataset=dataset)
        if rule.column not in declared.referring or rule.kind not in _OF_VALUES
    ]
    more = [
        *_whole_key(con, pilot, reader, declared.key, table),
        *_orders(con, pilot, reader, table),
        *_kept(con, _declared_rules(declared), reader, table),
        *_found_rules(con, declared.found, reader, table),
        *habits(
            con,
            pilot,
            reader,
            table=table,
            time=declared.time,
            apart=declared.referring,
        ),
    ]
    return (*taught, *(replace(r, dataset=dataset) for r in more))


_OF_VALUES = {"range", "categories", "length"}


def _whole_key(
    con: duckdb.DuckDBPyConnection,
    pilot: Profile,
    reader: Reader,
    key: Sequence[str],
    table: str,
) -> Iterator[Rule]:
    if len(key) < 2 or any(c not in pilot for c in key):
        return
    rule = Rule(
        kind="unique",
        column=key[0],
        also=tuple(key[1:]),
        severity=Severity.FAIL,
        limit_origin="it is the key, and the pilot's is unique",
    )
    (found,) = count_rules(con, [rule], reader, table=table)
    if found.result == "pass":
        evidence = f"{found.rows_checked or 0:,} rows, and no two have the same key"
        yield replace(rule, evidence=evidence)


def _declared_rules(declared: Declared) -> Iterator[Rule]:
    """What the settings make probable: references, and rows that have happened."""
    for column, target in declared.references.items():
        origin = f"the settings: it refers to {target}"
        yield Rule(kind="reference", column=column, refers_to=target, limit_origin=origin)
    if declared.time is not None:
        origin = "the settings: it says when a row happened"
        yield Rule(kind="past", column=declared.time, base="date", limit_origin=origin)


def _found_rules(
    con: duckdb.DuckDBPyConnection, found: Mapping[str, Found], reader: Reader, table: str
) -> Iterator[Rule]:
    """References that nobody declared, as far as the pilot's own rows find their partners."""
    rules = [Rule(kind="reference", column=c, refers_to=f.target) for c, f in found.items()]
    rules = [rule for rule in rules if reader.judges(rule)]
    for rule, seen in zip(rules, count_rules(con, rules, reader, table=table), strict=True):
        n, lost = seen.rows_checked or 0, seen.rows_failed or 0
        if n < LEAST_ORDERED or lost > MOST_LOST * n:
            continue
        yield replace(
            rule,
            limit=limit_of(lost, n, slack=0.002),
            limit_origin=f"{lost:,} of {n:,} pilot rows find no partner, plus three standard "
            "errors and 0.2 points; nobody declared the reference",
            evidence=f"{found[rule.column].evidence}; {n - lost:,} of {n:,} rows find theirs",
        )


def _kept(
    con: duckdb.DuckDBPyConnection, rules: Iterable[Rule], reader: Reader, table: str
) -> Iterator[Rule]:
    """Those rules that every row of the pilot keeps, as far as that says it of further rows."""
    listed = [
        rule
        for rule in rules
        if reader.judges(rule) and (rule.refers_to or reader.planned(rule.column).base == "date")
    ]
    for rule, seen in zip(listed, count_rules(con, listed, reader, table=table), strict=True):
        n = seen.rows_checked or 0
        if seen.rows_failed or n < LEAST_ORDERED:
            continue
        yield replace(
            rule,
            limit=limit_of(0, n, slack=0.0),
            limit_origin=f"{rule.limit_origin}; none of {n:,} pilot rows has it otherwise, plus "
            "three standard errors",
            evidence=f"all of {n:,} values are {rule.demand}",
        )


def _orders(
    con: duckdb.DuckDBPyConnection, pilot: Profile, reader: Reader, table: str
) -> Iterator[Rule]:
    """Pairs of dates of which the first is never the later one, and mostly the earlier one."""
    dates = [c.plan.name for c in pilot if c.plan.base == "date" and c.plan.role != "ignore"]
    pairs = list(permutations(dates[:MOST_DATES], 2))
    rules = [Rule(kind="order", column=a, also=(b,)) for a, b in pairs]
    by_pair = dict(zip(pairs, count_rules(con, rules, reader, table=table), strict=True))
    for rule in rules:
        first, second = rule.columns
        kept, turned = by_pair[first, second], by_pair[second, first]
        n, later = kept.rows_checked or 0, turned.rows_failed or 0
        if kept.rows_failed or n < LEAST_ORDERED or later < n / 2:
            continue
        yield replace(
            rule,
            limit=limit_of(0, n, slack=0.002),
            limit_origin=f"none of {n:,} pilot rows has it otherwise, plus three standard errors "
            "and 0.2 points",
            evidence=f"in {later:,} of {n:,} rows '{first}' is before '{second}', in none after",
        )


def _false_alarm(rule: Rule, seen: ExpectationResult) -> float | None:
    """The chance that a large table like the pilot breaks a rule, by Beta(h + 1, n - h + 1)."""
    n, h = seen.rows_checked, seen.rows_failed
    if not n or h is None:
        return None
    if not 0 < rule.limit < 1:
        return None
    # P(Beta(h + 1, n - h + 1) > x) = P(Binomial(n + 1, x) <= h), summed from its largest term.
    log_odds = math.log(rule.limit) - math.log1p(-rule.limit)
    log_term = math.lgamma(n + 2) - math.lgamma(h + 1) - math.lgamma(n - h + 2)
    log_term += h * log_odds + (n + 1) * math.log1p(-rule.limit)
    term = total = math.exp(log_term)
    for k in range(h, 0, -1):
        term *= k / (n + 2 - k) / math.exp(log_odds)
        total += term
        if term < 1e-12 * total:
            break
    return float(f"{min(1.0, max(LEAST_CHANCE, total)):.2g}")
