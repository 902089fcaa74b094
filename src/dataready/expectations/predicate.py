"""Rules as SQL: which rows of an extract break one, and how many it is asked of.

The same predicate is evidence in a report and the check of what a library counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dataready.compare.evidence import rows_sql
from dataready.expectations.rules import Rule
from dataready.model import TABLE, Schema
from dataready.profile.metrics.values import shape
from dataready.profile.plan import ColumnPlan, Plan
from dataready.profile.relation import missing, unparsed, value
from dataready.sql import and_, ident, literal, or_, values_in

__all__ = ["Reader", "rows_sql"]


@dataclass(frozen=True, slots=True)
class Reader:
    """How the columns of an extract are read: the plan, its schema, and mapped names."""

    plan: Plan
    schema: Schema
    names: Mapping[str, str]

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
        return value(*self._parts(column))

    def typed(self, column: str) -> str:
        """The expression of a column's usable value in the type that people expect."""
        if self.planned(column).base != "date":
            return self.value(column)
        return f"make_timestamp(({self.value(column)} * 1000000)::BIGINT)"

    def parsed(self, column: str) -> str:
        """The expression that says whether a cell that is there can be read."""
        raw, type_, plan = self._parts(column)
        there = f"NOT ({missing(raw, type_, plan)})"
        return f"CASE WHEN {there} THEN NOT ({self.breaks_type(column)}) END"

    def format(self, column: str) -> str:
        """The expression of a text's format."""
        return shape(f"({self.value(column)})")

    def breaks_type(self, column: str) -> str:
        """The predicate of a cell that is there and does not parse."""
        return unparsed(*self._parts(column))

    def where(self, rule: Rule) -> str | None:
        """The predicate of the rows that break a rule; None for one that is not about rows."""
        if rule.column not in self or rule.kind == "present":
            return None
        cell = f"({self.value(rule.column)})"
        match rule.kind:
            case "not_null":
                return f"{cell} IS NULL"
            case "type":
                return self.breaks_type(rule.column)
            case "range":
                return _outside(cell, rule)
            case "length":
                return _outside(f"length({cell})", rule)
            case "categories":
                return and_(f"{cell} IS NOT NULL", f"NOT {values_in(cell, rule.values)}")
            case "format":
                text = self.format(rule.column)
                return and_(f"{cell} IS NOT NULL", f"NOT {values_in(text, rule.values)}")
            case "unique":
                twice = (
                    f"SELECT {cell} AS v FROM {ident(TABLE)} GROUP BY v "
                    "HAVING count(*) > 1 AND v IS NOT NULL"
                )
                return f"{cell} IN ({twice})"
        return None

    def sql(self, rule: Rule) -> str | None:
        """The query that lists the rows that break a rule."""
        where = self.where(rule)
        return None if where is None else rows_sql(where, self.own(rule.column))


def _outside(number: str, rule: Rule) -> str:
    return or_(
        f"{number} < {literal(float(rule.low))}" if rule.low is not None else "",
        f"{number} > {literal(float(rule.high))}" if rule.high is not None else "",
    )
