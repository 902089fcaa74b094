"""Rules: what the pilot promises of every further row, said without any library.

A rule is learnt from the pilot's profile alone. Its limit is the share of the rows checked
that may break it: what n pilot rows say about rows still to come, three standard errors,
and a slack that no meeting would argue about. So honest new data does not fail by a hair.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

from dataready.expectations.limit import limit_of, outward
from dataready.model import Severity
from dataready.profile.plan import Base
from dataready.profile.profile import ColumnStates, Profile

__all__ = ["MEASURED", "OF_TABLE", "WRITTEN", "Rule", "RuleKind", "learn"]

WRITTEN = "the suite as it stands"
"""Where the limit of a rule is from that nobody learnt."""

RuleKind = Literal[
    "present",
    "type",
    "not_null",
    "range",
    "categories",
    "format",
    "length",
    "unique",
    "order",
    "pattern",
    "reference",
    "past",
    "lower_quarter",
    "upper_quarter",
    "usual",
    "unusual",
    "rare",
    "gapless",
    "rows",
    "fresh",
    "daily",
    "weekly",
]
MEASURED = frozenset({"rows", "fresh"})
"""Kinds that hold one number of the table between two ends: no row keeps or breaks them."""
OF_TABLE = MEASURED | {
    "lower_quarter",
    "upper_quarter",
    "usual",
    "unusual",
    "gapless",
    "daily",
    "weekly",
}
"""Kinds that say something of the table: the rows that break one are not wrong themselves."""
MOST_CATEGORIES = 100
MOST_FORMATS = 20
LEAST_COVERED = 0.95
"""A list of categories or formats is a rule only where it covers this share of the values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One promise about one column, by its pilot name.

    `limit` is the share, in [0, 1], of the rows checked that may break it. Checked are all
    rows (present, not_null), the cells that are there (type), or the usable values (the
    rest). `low` and `high` bound a range or a length, None where an end is open; `values`
    are known categories or formats; `base` and `date_format` are how a type reads;
    `dataset` is whose pilot the rule was learnt from. `also` are the other columns of a key,
    or the one that must not be below `column`; `whole` asks for numbers without fractions,
    `open_low` and `open_high` leave an end of the range out, `negated` turns a list or a
    pattern (a regular expression, found anywhere in the text) into what must not be.
    `refers_to` names the dataset and column ("customers.id") that must hold each value.
    `high` of a rare value is the share of the rows that may have it, of a table without gaps
    the days that may pass without a row, since `low`, of a fresh one the days since the newest
    row. `low` and `high` bound the rows of a table, a day or a week too. `column` is "" of a rule
    about the number of a table's rows.
    """

    kind: RuleKind
    column: str = ""
    dataset: str = ""
    limit: float = 0.0
    limit_origin: str = ""
    severity: Severity = Severity.WARN
    evidence: str = ""
    low: float | None = None
    high: float | None = None
    values: tuple[str | float, ...] = ()
    base: Base = "text"
    date_format: str | None = None
    also: tuple[str, ...] = ()
    whole: bool = False
    open_low: bool = False
    open_high: bool = False
    negated: bool = False
    pattern: str = ""
    refers_to: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that the rule is about."""
        return (self.column, *self.also) if self.column else ()

    @property
    def id(self) -> str:
        """``kind(column)``, the same in every suite that holds the rule."""
        return f"{'not_' * self.negated}{self.kind}({', '.join(self.columns)})"

    @property
    def mostly(self) -> float:
        """The share of the rows checked that must keep the rule.

        >>> Rule(kind="not_null", column="x", limit=0.0052).mostly
        0.9948
        """
        return round(1 - self.limit, 4)

    @property
    def wording(self) -> str:
        """What is demanded, for people.

        >>> Rule(kind="range", column="x", low=0.0, high=9.5, limit=0.01).wording
        'from 0 to 9.5, in at least 99 %'
        """
        return self.demand if not self.limit else f"{self.demand}, in at least {self.percent}"

    @property
    def percent(self) -> str:
        """The share that must keep the rule, for people."""
        return f"{100 * self.mostly:g} %"

    @property
    def demand(self) -> str:
        """What is demanded of a row, for people."""
        match self.kind:
            case "type":
                read = "whole number" if self.whole else self.base
                return f"readable as {read}" + (f" ({f})" if (f := self.date_format) else "")
            case "range" | "lower_quarter" | "upper_quarter":
                return self._range
            case "categories":
                listed = f"{len(self.values):,} {'forbidden' if self.negated else 'known'} values"
                return f"none of {listed}" if self.negated else f"one of {listed}"
            case "pattern":
                return f"text {'without' if self.negated else 'with'} the pattern of the suite"
            case "format":
                return f"in one of {len(self.values):,} known formats"
            case "length":
                return f"{_bounds(self.low, self.high)} characters long"
            case "reference":
                return f"in a row of '{self.refers_to}'"
            case "order":
                return f"not above '{self.also[0]}'"
            case "unique" if self.also:
                return f"unique together with {_listed(self.also)}"
        return _DEMANDS.get(self.kind) or self._habit

    @property
    def _habit(self) -> str:
        if self.kind == "rare":
            return f"of a value that at most {100 * (self.high or 0):g} % of the rows have"
        if self.kind == "gapless":
            return f"dated at most {self.high:g} days after another day with rows"
        if self.kind == "fresh":
            return f"at most {self.high:g} days old in the newest row"
        if self.kind in _PERIODS:
            return _PERIODS[self.kind].format(_bounds(self.low, self.high, ",.0f"))
        which = "one" if self.kind == "usual" else "none"
        return f"{which} of the {len(self.values):,} most common values of the pilot"

    @staticmethod
    def day(seconds: float) -> str:
        """Write the end of a range of dates."""
        # What is beyond the calendar ends with it.
        seconds = min(max(seconds, _FIRST), _LAST)
        return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None).isoformat(" ")

    @property
    def _range(self) -> str:
        if self.base == "date":
            low, high = (None if end is None else self.day(end) for end in (self.low, self.high))
            return " and ".join(
                [f"from {low}"] * (low is not None) + [f"up to {high}"] * (high is not None)
            )
        said = _bounds(self.low, self.high)
        ends = ["the low"] * self.open_low + ["the high"] * self.open_high
        return f"{said}, without {' and '.join(ends)} end" if ends else said


_FIRST, _LAST = -62_135_596_800.0, 253_402_300_799.0
"""The first and the last second of the years 1 to 9999."""
_PERIODS = {
    "rows": "{} rows in all",
    "daily": "of a day with {} rows",
    "weekly": "of a week with {} rows",
}
_DEMANDS = {
    "present": "there as a column",
    "not_null": "there and readable",
    "unique": "unique",
    "past": "past when the extract was made (a day is allowed)",
}


def _listed(names: tuple[str, ...]) -> str:
    return " and ".join(f"'{name}'" for name in names)


def _bounds(low: float | None, high: float | None, form: str = "g") -> str:
    if low is not None and low == high:
        return f"exactly {low:{form}}"
    if low is not None and high is not None:
        return f"from {low:{form}} to {high:{form}}"
    return f"at least {low:{form}}" if low is not None else f"at most {high:{form}}"


def learn(pilot: Profile, *, dataset: str) -> tuple[Rule, ...]:
    """Learn the rules that the pilot's columns keep, in the pilot's order.

    Args:
        pilot: The pilot's profile.
        dataset: Whose pilot it is, for the suites' texts.

    Targets and ignored columns get no rule. Personal columns get none that quotes values
    (no range, categories or formats). A time moves on and a key grows, so neither has a
    range, a length or a list; free text has no categories. A key of several columns is no
    rule here: a profile does not know whether the pilot's rows keep it.
    """
    keys = [c.name for c in pilot.plan if c.role == "key"]
    return tuple(
        replace(rule, dataset=dataset, base=seen.plan.base)
        for seen in pilot
        if seen.plan.role not in {"target", "ignore"}
        for rule in _column_rules(seen, sole_key=keys == [seen.plan.name])
    )


def _column_rules(seen: ColumnStates, *, sole_key: bool) -> Iterator[Rule]:
    name, plan, n = seen.plan.name, seen.plan, seen.usable
    yield Rule(
        kind="present",
        column=name,
        severity=Severity.FAIL,
        limit_origin="the pilot has it",
        evidence="the column is there",
    )
    if not n:
        return
    yield from _cell_rules(seen)
    if sole_key:
        yield from _unique(seen)
    if plan.role not in {"feature", "text"}:
        return
    if plan.kind == "number" and not plan.personal:
        yield from _range(seen)
    if plan.kind == "text" and plan.role == "feature" and not plan.personal:
        yield from _categories(seen)
    if plan.kind == "id" and not plan.personal:
        yield from _formats(seen)
    if plan.kind == "id":
        yield from _length(seen)


def _cell_rules(seen: ColumnStates) -> Iterator[Rule]:
    missing, rows, plan = seen.missing, seen.rows, seen.plan
    unusable = rows - seen.usable
    yield Rule(
        kind="not_null",
        column=plan.name,
        limit=limit_of(unusable, rows, slack=0.005),
        limit_origin=f"{unusable:,} of {rows:,} pilot rows, plus three standard errors and half a "
        "point",
        evidence=f"{unusable:,} of {rows:,} cells are missing or unreadable",
    )
    if plan.base == "text":
        return
    foreign, there = seen.counts["unparsed"], rows - missing
    yield Rule(
        kind="type",
        column=plan.name,
        base=plan.base,
        date_format=plan.date_format,
        limit=limit_of(foreign, there, slack=0.002),
        limit_origin=f"{foreign:,} of {there:,} pilot cells, plus three standard errors and 0.2 "
        "points",
        evidence=f"{there - foreign:,} of {there:,} cells read as {plan.base}",
    )


def _range(seen: ColumnStates) -> Iterator[Rule]:
    plan, n = seen.plan, seen.usable
    if plan.low is None or plan.high is None:
        return
    yield Rule(
        kind="range",
        column=plan.name,
        low=outward(plan.low - plan.pad, -1),
        high=outward(plan.high + plan.pad, 1),
        limit=limit_of(2, n + 1, slack=0.002),
        limit_origin=f"what {n:,} pilot values predict (2 in n + 1), plus three standard errors "
        "and 0.2 points; 2 % of the range beyond its ends is allowed",
        evidence=f"the range of {n:,} values",
    )


def _categories(seen: ColumnStates) -> Iterator[Rule]:
    known = dict(seen.values.ranked()) if seen.values.exact else {}
    once, n = sum(1 for k in known.values() if k == 1), seen.usable
    if not 2 <= len(known) <= MOST_CATEGORIES or once > (1 - LEAST_COVERED) * n:
        return
    yield Rule(
        kind="categories",
        column=seen.plan.name,
        values=tuple(str(v) for v in known),
        limit=limit_of(once, n, slack=0.005),
        limit_origin=f"values met once ({once:,} of {n:,}) foretell as many new ones "
        "(Good-Turing), plus three standard errors and half a point",
        evidence=f"{len(known):,} different values in {n:,}",
    )


def _formats(seen: ColumnStates) -> Iterator[Rule]:
    if seen.formats is None or not seen.usable:
        return
    listed, n = seen.formats.ranked()[:MOST_FORMATS], seen.usable
    repeated = [(shape, k) for shape, k in listed if k > 1]
    # Formats met twice foretell those met once, which are not listed (Good-Turing).
    others = n - sum(k for _, k in repeated)
    others += sum(k for _, k in repeated if k == 2)
    if not repeated or others > (1 - LEAST_COVERED) * n:
        return
    yield Rule(
        kind="format",
        column=seen.plan.name,
        values=tuple(str(shape) for shape, _ in repeated),
        limit=limit_of(others, n, slack=0.005),
        limit_origin=f"other formats are foretold for {others:,} of {n:,} values, from those met "
        "once or twice (Good-Turing), plus three standard errors and half a point",
        evidence=f"{len(repeated):,} formats of {n:,} values, each met more than once",
    )


def _length(seen: ColumnStates) -> Iterator[Rule]:
    n, lengths = seen.usable, seen.lengths
    if lengths is None or lengths.low is None or lengths.high is None:
        return
    low, high = lengths.low, lengths.high
    # Where all pilot values are of one length, a shorter one is a broken one.
    pad = math.ceil(0.1 * (high - low))
    yield Rule(
        kind="length",
        column=seen.plan.name,
        low=max(1, low - pad),
        high=high + pad,
        limit=limit_of(2, n + 1, slack=0.002),
        limit_origin=f"what {n:,} pilot values predict (2 in n + 1), plus three standard errors "
        "and 0.2 points; a tenth of the range beyond its ends is allowed",
        evidence=f"the lengths of {n:,} values",
    )


def _unique(seen: ColumnStates) -> Iterator[Rule]:
    n, exact = seen.usable, seen.distinct.exact
    # A sketch that is not exact tells "unique" from "repeats" up to its error of 2 %.
    repeats = n - seen.distinct.distinct if exact else 0
    if repeats > 0.05 * n or (not exact and seen.distinct.distinct < 0.9 * n):
        return
    yield Rule(
        kind="unique",
        column=seen.plan.name,
        severity=Severity.FAIL,
        # Both rows of a pair break the rule.
        limit=limit_of(2 * repeats, n, slack=0.005) if repeats else 0.0,
        limit_origin=f"{repeats:,} repeats in the pilot, plus three standard errors and half a "
        "point"
        if repeats
        else "it is the key, and the pilot's is unique",
        evidence=f"{'' if exact else 'about '}{seen.different:,} different values in {n:,}",
    )
