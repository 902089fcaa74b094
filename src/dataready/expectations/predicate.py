"""Rules as SQL: which rows of an extract break one, and how many it is asked of.

The same predicate is evidence in a report and the check of what a library counted.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from dataready.compare.evidence import rows_sql
from dataready.expectations.letters import of_formats
from dataready.expectations.rules import MEASURED, Rule
from dataready.expectations.whole import (
    DAY_S,
    DAYS,
    late_days,
    odd_periods,
    period_of,
    repeated,
)
from dataready.extract.manifest import Extract
from dataready.model import FILE_COLUMN, ROW_COLUMN, TABLE, Schema
from dataready.profile.metric import part
from dataready.profile.plan import ColumnPlan, Plan
from dataready.profile.relation import missing, parse, unparsed, value
from dataready.profile.shape import shape
from dataready.sql import and_, ident, literal, or_, values_in

__all__ = ["LATEST", "ROW", "Reader", "alias_of", "attachments", "beside", "is_flag", "rows_sql"]


ROW = f"hash({ident(FILE_COLUMN)}::BIGINT * {1 << 40} + {ident(ROW_COLUMN)})"
"""The expression of a row's hash: sets of rows are equal if their hashes' XOR is.

Of one number: the bits of a hash of several are not independent.
"""

LATEST = -1.0
"""The least age, in days, of what has happened: clocks of other time zones are ahead of UTC."""
_AS_TEXT = ColumnPlan(name="", base="text")


def alias_of(dataset: str) -> str:
    """The name under which the extract of another dataset is attached."""
    return f"dataready_{dataset}"


def attachments(others: Mapping[str, Extract]) -> list[str]:
    """Write what makes other extracts readable beside this one."""
    return [_attach(name, str(other.path.resolve())) for name, other in others.items()]


def beside(rule: Rule) -> str:
    """What is offered of a rule's column, as ``column·...``, to be asked instead of its values.

    >>> beside(Rule(kind="rare", column="email", high=0.01))
    'rare·0.01'
    """
    match rule.kind:
        case "reference":
            return f"in·{rule.refers_to}"
        case "past":
            return "age"
        case "rare":
            return f"rare·{rule.high!r}"
        case "gapless":
            return f"gapless·{rule.high!r}·{rule.low!r}"
        case "daily" | "weekly":
            return f"{rule.kind}·{rule.low!r}·{rule.high!r}"
        case "fresh":
            return "elapsed"
    return ""


_FLAGS = ("in", "rare", "gapless", "daily", "weekly")
"""What is said of each row by true or false, with more of it behind a point."""


def is_flag(rule: Rule) -> bool:
    """Whether the rows that keep a rule are told by a query of their own."""
    return beside(rule).startswith(_FLAGS)


def _attach(dataset: str, path: str) -> str:
    return f"ATTACH IF NOT EXISTS {literal(path)} AS {ident(alias_of(dataset))} (READ_ONLY)"


@dataclass(frozen=True, slots=True)
class Reader:
    """How the columns of an extract are read: the plan, its schema, and mapped names.

    `clock` is when the extract was made, and `others` are the extracts that references lead to,
    by dataset. `read` says that the rows asked are those of `cells`, in which each cell was
    read before.
    """

    plan: Plan
    schema: Schema
    names: Mapping[str, str]
    clock: str = ""
    others: Mapping[str, Extract] = field(default_factory=dict)
    read: bool = False

    @classmethod
    def of(
        cls,
        extract: Extract,
        plan: Plan,
        names: Mapping[str, str],
        others: Mapping[str, Extract] | None = None,
    ) -> Reader:
        """Answer the reader of an extract."""
        told = extract.manifest
        return cls(plan, told.schema, names, told.clock, others or {})

    def own(self, column: str) -> str:
        """Answer the extract's name of a pilot column."""
        return self.names.get(column, column)

    def __contains__(self, column: object) -> bool:
        """Say whether the extract has a column, by its pilot name."""
        return isinstance(column, str) and self.own(column) in self.schema

    @property
    def columns(self) -> tuple[str, ...]:
        """The extract's columns by pilot name; those that the pilot lacks by their own."""
        planned = tuple(c.name for c in self.plan if c.name in self)
        taken = {self.own(c) for c in planned}
        return planned + tuple(
            n for n in self.schema.names if n not in taken and n not in self.plan
        )

    def planned(self, column: str) -> ColumnPlan:
        """Answer how a column is read; one that the pilot lacks is text."""
        return self.plan[column] if column in self.plan else ColumnPlan(name=column, base="text")

    def _parts(self, column: str) -> tuple[str, str, ColumnPlan]:
        own = self.own(column)
        return ident(own), self.schema.type_of(own), self.planned(column)

    def value(self, column: str) -> str:
        """The expression of a column's usable value: DOUBLE, seconds for dates, or VARCHAR."""
        return part(column, "value") if self.read else value(*self._parts(column))

    def there(self, column: str) -> str:
        """The predicate of a cell that is not missing."""
        return part(column, "there") if self.read else f"NOT ({missing(*self._parts(column))})"

    def cells(self, rules: Iterable[Rule], *, table: str) -> str:
        """Write the SELECT that reads each cell once, with all that rules ask of it."""
        offered: dict[str, None] = {}
        for rule in rules:
            for c in rule.columns:
                offered[f"{self.value(c)} AS {part(c, 'value')}"] = None
                offered[f"{self.there(c)} AS {part(c, 'there')}"] = None
            if is_flag(rule):
                what = beside(rule)
                flag = ident(f"{rule.column}·{what}")
                offered[f"{self.derived(rule.column, what)} AS {flag}"] = None
        system = f"{ident(FILE_COLUMN)}, {ident(ROW_COLUMN)}"
        return "SELECT " + ",\n  ".join([system, *offered]) + f"\nFROM {table}"

    def typed(self, column: str) -> str:
        """The expression of a column's usable value in the type that people expect."""
        if self.planned(column).base != "date":
            return self.value(column)
        return f"make_timestamp(({self.value(column)} * 1000000)::BIGINT)"

    def parsed(self, column: str) -> str:
        """The expression that says whether a cell that is there can be read."""
        return f"CASE WHEN {self.there(column)} THEN ({self.value(column)}) IS NOT NULL END"

    @property
    def _made(self) -> float:
        """When the extract was made, in seconds; NaN where nobody knows."""
        return datetime.fromisoformat(self.clock).timestamp() if self.clock else math.nan

    @property
    def today(self) -> int:
        """The day on which the extract was made, since 1970; its clock must be known."""
        return int(self._made // DAY_S)

    @property
    def _until(self) -> float | None:
        return self._made if self.clock else None

    def age(self, column: str) -> str:
        """The expression of how many days before the extract was made a date is."""
        return f"({literal(self._made)} - ({self.value(column)})) / {literal(DAY_S)}"

    def elapsed(self, column: str) -> str:
        """The expression of how many days before the extract a date's day is; NULL if ahead."""
        if not self.clock:
            return "NULL::INTEGER"
        days = f"{self.today} - floor(({self.value(column)}) / {literal(DAY_S)})"
        return f"CASE WHEN {days} >= {LATEST!r} THEN ({days})::INTEGER END"

    def known(self, column: str, refers_to: str) -> str:
        """The expression that says whether another extract's column has a cell's value.

        Both are compared as text, so that 3.0 of one source is 3 of another.
        """
        raw, type_, _ = self._parts(column)
        dataset, _, name = refers_to.partition(".")
        home = f"{ident(alias_of(dataset))}.{ident(TABLE)}"
        other = ident(name), self.others[dataset].manifest.schema.type_of(name)
        there = f"SELECT {parse(*other, _AS_TEXT)} FROM {home} WHERE {other[0]} IS NOT NULL"
        asked = f"{parse(raw, type_, _AS_TEXT)} IN ({there})"
        return f"CASE WHEN ({self.value(column)}) IS NOT NULL THEN {asked} END"

    def rare(self, column: str, most: float) -> str:
        """The expression that says whether at most this share of the values equal a cell's."""
        cell = f"({self.value(column)})"
        return _none_of(cell, cell, repeated(cell, ident(TABLE), most))

    def gapless(self, column: str, days: float, since: float) -> str:
        """The expression that says whether a date's day follows another within some days.

        Days before `since`, in seconds, and after the extract's clock are passed over.
        """
        cell = f"({self.value(column)})"
        late = late_days(cell, ident(TABLE), days, since, self._until)
        return _none_of(cell, f"floor({cell} / {literal(DAY_S)})", late)

    def steady(self, column: str, rule: Rule) -> str:
        """The expression that says whether a date's whole day or week has enough rows."""
        cell, days = f"({self.value(column)})", DAYS[rule.kind]
        odd = odd_periods(
            cell, ident(TABLE), days, self._until, lambda n: _outside(n, rule, whole=True)
        )
        return _none_of(cell, period_of(cell, days), odd)

    def derived(self, column: str, what: str) -> str:
        """The expression of a column that is offered beside the table's own."""
        if self.read and what.startswith(_FLAGS):
            return ident(f"{column}·{what}")
        flag, _, said = what.partition("·")
        match flag:
            case "in":
                return self.known(column, said)
            case "rare":
                return self.rare(column, float(said))
            case "gapless":
                days, _, since = said.partition("·")
                return self.gapless(column, float(days), float(since))
            case "daily" | "weekly":
                low, high = (None if e == "None" else float(e) for e in said.split("·"))
                return self.steady(column, Rule(kind=flag, low=low, high=high))
        made = {"parsed": self.parsed, "format": self.format, "age": self.age}
        made["elapsed"] = self.elapsed
        return made[what](column)

    def source(self, name: str) -> tuple[str, str]:
        """Answer the column that an offered one is made of, and what of it; "" for itself."""
        for flag in _FLAGS:
            of, known, said = name.partition(f"·{flag}·")
            if name not in self and known:
                return of, f"{flag}·{said}"
        of, _, what = name.rpartition("·")
        return (
            (of, what)
            if name not in self and what in {"parsed", "format", "age", "elapsed"}
            else (name, "")
        )

    def reaches(self, refers_to: str) -> bool:
        """Say whether the column that a reference leads to is at hand."""
        dataset, _, column = refers_to.partition(".")
        return dataset in self.others and column in self.others[dataset].manifest.schema

    def judges(self, rule: Rule) -> bool:
        """Say whether all is at hand that a rule is about."""
        reached = not rule.refers_to or self.reaches(rule.refers_to)
        return reached and all(c in self for c in rule.columns)

    def format(self, column: str) -> str:
        """The expression of a text's format."""
        return shape(f"({self.value(column)})")

    def breaks_type(self, column: str) -> str:
        """The predicate of a cell that is there and does not parse."""
        if self.read:
            return f"{self.there(column)} AND {self.value(column)} IS NULL"
        return unparsed(*self._parts(column))

    def where(self, rule: Rule) -> str | None:
        """The predicate of the rows that break a rule; None for one that is not about rows."""
        if rule.kind == "present" or rule.kind in MEASURED or not self.judges(rule):
            return None
        cell = f"({self.value(rule.column)})"
        match rule.kind:
            case "not_null":
                return f"{cell} IS NULL"
            case "type":
                fraction = f"{cell} <> trunc({cell})" if rule.whole else ""
                unfit = _outside(cell, rule) if rule.low is not None else ""
                return or_(self.breaks_type(rule.column), fraction, unfit)
            case "range" | "lower_quarter" | "upper_quarter":
                return _outside(cell, rule)
            case "length":
                return _outside(f"length({cell})", rule, whole=True)
            case "order":
                return f"{cell} > ({self.value(rule.also[0])})"
            case "past":
                return f"{self.age(rule.column)} < {literal(LATEST)}"
            case "reference" | "rare" | "gapless" | "daily" | "weekly":
                return f"NOT ({self.derived(rule.column, beside(rule))})"
            case "unique":
                return f"{self.key(rule)} IN ({self._twice(rule)})"
        kept = self._listed(cell, rule)
        forbidden = rule.negated or rule.kind == "unusual"
        return and_(f"{cell} IS NOT NULL", kept if forbidden else f"NOT {kept}")

    def _listed(self, cell: str, rule: Rule) -> str:
        """The predicate of a text that is in a rule's list, or has its pattern."""
        if rule.kind == "pattern":
            return f"regexp_matches({cell}, {literal(rule.pattern)})"
        if rule.kind == "format":
            return f"regexp_full_match({cell}, {literal(of_formats(rule.values))})"
        return values_in(cell, rule.values)

    def measure(self, rule: Rule) -> str:
        """The aggregate of the number that a measured rule bounds."""
        return "count(*)" if rule.kind == "rows" else f"min({self.elapsed(rule.column)})"

    def key(self, rule: Rule) -> str:
        """The expression of what must be unique; NULL where a part of it is missing."""
        cells = [f"({self.value(c)})" for c in rule.columns]
        if len(cells) == 1:
            return cells[0]
        whole = and_(*(f"{c} IS NOT NULL" for c in cells))
        return f"CASE WHEN {whole} THEN ROW({', '.join(cells)}) END"

    def _twice(self, rule: Rule) -> str:
        return (
            f"SELECT {self.key(rule)} AS v FROM {ident(TABLE)} GROUP BY 1 "
            "HAVING count(*) > 1 AND v IS NOT NULL"
        )

    def checked(self, rule: Rule) -> str:
        """The predicate of the rows that a rule is asked of."""
        if rule.kind == "not_null":
            return "TRUE"
        if rule.kind == "type":
            return self.there(rule.column)
        return and_(*(f"({self.value(c)}) IS NOT NULL" for c in rule.columns))

    def sql(self, rule: Rule) -> str | None:
        """The query that lists the rows that break a rule, or measures the table."""
        if rule.kind in MEASURED:
            return f"SELECT {self.measure(rule)} AS found FROM {ident(TABLE)}"
        where = self.where(rule)
        if where is None:
            return None
        dataset = rule.refers_to.partition(".")[0]
        said = f"<extract of {dataset}>"
        beside = f"{_attach(dataset, said)};\n" if dataset else ""
        return beside + rows_sql(where, *map(self.own, rule.columns))


def _none_of(cell: str, own: str, odd: str) -> str:
    return f"CASE WHEN {cell} IS NOT NULL THEN {own} NOT IN ({odd}) END"


def _outside(number: str, rule: Rule, *, whole: bool = False) -> str:
    below, above = "<=" if rule.open_low else "<", ">=" if rule.open_high else ">"
    low, high = _bound(rule.low, whole=whole), _bound(rule.high, whole=whole)
    if low and high and not (rule.open_low or rule.open_high):
        return f"{number} NOT BETWEEN {low} AND {high}"
    return or_(f"{number} {below} {low}" if low else "", f"{number} {above} {high}" if high else "")


def _bound(end: float | None, *, whole: bool) -> str:
    """Write an end; of numbers without fractions as such, so that none of them is cast."""
    if end is None:
        return ""
    return literal(int(end) if whole and float(end).is_integer() else float(end))
