"""What pandera counted, as results: rules of the catalogue where its checks are such.

Knows pandera's schemas by their attributes alone; `pandera_bridge` imports it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import duckdb
import polars as pl

from dataready.expectations.predicate import Reader
from dataready.expectations.result import ExpectationResult
from dataready.expectations.rules import Rule
from dataready.expectations.verdict import judged
from dataready.model import TABLE, Severity
from dataready.sql import ident

__all__ = ["Key", "Tally", "declared_type", "number", "results"]

Key = tuple[str | None, str | int]
"""A column (None: the table) and what was asked of it: a word, or a check's position."""
_WRITTEN = "written in the suite"


@dataclass(slots=True)
class Tally:
    """What pandera counted: failing rows by what was asked, values by column."""

    rows: int = 0
    values: Counter[str] = field(default_factory=Counter)
    failed: Counter[Key] = field(default_factory=Counter)
    refused: dict[Key, str] = field(default_factory=dict)
    errors: dict[Key, str] = field(default_factory=dict)


def results(
    schema: Any,  # noqa: ANN401
    reader: Reader,
    con: duckdb.DuckDBPyConnection,
    tally: Tally,
) -> list[ExpectationResult]:
    """Judge every expectation of a schema, and whatever else pandera refused."""
    asked = _asked(schema, reader)
    for key in [*tally.failed, *tally.refused, *tally.errors]:
        if tally.failed[key] or key not in tally.failed:
            asked.setdefault(key, str(key[1]))
    return [_result_of(key, what, reader, con, tally) for key, what in asked.items()]


def _asked(
    schema: Any,  # noqa: ANN401
    reader: Reader,
) -> dict[Key, Rule | str]:
    """List what a schema asks: a rule where the catalogue has one, else the check's name."""
    asked: dict[Key, Rule | str] = {}
    for name, column in schema.columns.items():
        origin = column.description or _WRITTEN
        strict: dict[str, Any] = {
            "column": name,
            "limit_origin": origin,
            "severity": Severity.FAIL,
        }
        if column.required:
            asked[name, "present"] = Rule(kind="present", **strict)
        if column.dtype is not None and column.dtype.type != pl.String:
            plan = reader.planned(name)
            named: dict[str, Any] = {"base": plan.base, "date_format": plan.date_format}
            asked[name, "type"] = Rule(kind="type", **named, **strict)
        if not column.nullable:
            asked[name, "not_null"] = Rule(kind="not_null", **strict)
        if column.unique:
            asked[name, "unique"] = Rule(kind="unique", **strict)
        for k, check in enumerate(column.checks):
            rule = _rule_of(check, reader, declared_type(schema, name), strict)
            key = (name, rule.kind if isinstance(rule, Rule) and rule.kind in _SQL_COUNTED else k)
            asked[key] = rule
    for k, check in enumerate(schema.checks):
        asked[None, k] = str(check.name)
    if schema.unique:
        asked[None, "unique"] = "unique"
    return asked


_SQL_COUNTED = {"type", "unique"}


def _rule_of(
    check: Any,  # noqa: ANN401
    reader: Reader,
    declared: Any,  # noqa: ANN401
    common: Mapping[str, Any],
) -> Rule | str:
    """Say which rule of the catalogue a check is, so that failing rows can be listed."""
    name, says = str(check.name), check.statistics or {}
    plan = reader.planned(common["column"])
    kind, fields = _RULES.get(name, ("", {}))
    # A suite may read a number as text; its predicate is not ours then.
    base = "text as written" if plan.base == "number" and declared == pl.String else plan.base
    open_end = not (says.get("include_min", True) and says.get("include_max", True))
    if not kind or base not in _BASES.get(kind, {base}) or open_end or says.get("exact_value"):
        return name
    is_loose = name.startswith("mostly_") or check.raise_warning
    found = {to: says[of] for to, of in fields.items()}
    if "values" in found:
        found["values"] = tuple(found["values"])
    return Rule(
        kind=kind,
        **found,
        **{
            **common,
            "limit": round(1 - says.get("share", 1.0), 6),
            "severity": Severity.WARN if is_loose else Severity.FAIL,
            "base": plan.base,
            "date_format": plan.date_format,
        },
    )


_RULES: dict[str, tuple[Any, dict[str, str]]] = {
    "mostly_filled": ("not_null", {}),
    "mostly_parsed": ("type", {}),
    "mostly_unique": ("unique", {}),
    "mostly_between": ("range", {"low": "low", "high": "high"}),
    "mostly_isin": ("categories", {"values": "values"}),
    "mostly_format": ("format", {"values": "formats"}),
    "mostly_long": ("length", {"low": "shortest", "high": "longest"}),
    "greater_than_or_equal_to": ("range", {"low": "min_value"}),
    "less_than_or_equal_to": ("range", {"high": "max_value"}),
    "in_range": ("range", {"low": "min_value", "high": "max_value"}),
    "isin": ("categories", {"values": "allowed_values"}),
    "str_length": ("length", {"low": "min_value", "high": "max_value"}),
}
"""Of a check: the kind of rule that it is, and the rule's field -> the check's statistic."""
_BASES = {
    "range": {"number"},
    "categories": {"number", "text"},
    "format": {"text"},
    "length": {"text"},
}
"""Of a kind of rule: the readings of a column that its predicate is written for."""


def _result_of(
    key: Key,
    asked: Rule | str,
    reader: Reader,
    con: duckdb.DuckDBPyConnection,
    tally: Tally,
) -> ExpectationResult:
    if isinstance(asked, str):
        return _other(key, asked, reader, tally)
    if key in tally.refused and asked.kind != "present":
        made = judged(asked, reader, failed=1, checked=1, kept=False)
        made = replace(made, rows_failed=None, rows_checked=None, where=None, sql=None)
        return replace(made, message=tally.refused[key])
    failed, checked = tally.failed[key], tally.values[asked.column]
    where = reader.where(asked)
    if asked.kind in _SQL_COUNTED and where is not None:
        failed += number(con, _count_sql(where))
    if asked.kind == "type" and where is not None:
        checked = number(con, _count_sql(f"({reader.parsed(asked.column)}) IS NOT NULL"))
    if asked.kind in {"not_null", "present"}:
        checked = tally.rows
    return judged(asked, reader, failed=failed, checked=checked)


def _other(key: Key, name: str, reader: Reader, tally: Tally) -> ExpectationResult:
    """Judge what the catalogue has no rule for: pandera's word and count, no predicate."""
    column = key[0]
    failed, checked = tally.failed[key], tally.values[column] if column else tally.rows
    made = ExpectationResult(
        expectation=name,
        column=column,
        result="pass",
        message="It holds.",
        limit=name,
        limit_origin=_WRITTEN,
        severity=Severity.FAIL.value,
        share_limit=0.0,
    )
    if column is not None and column not in reader:
        return replace(made, result="not_applicable", message="Production lacks the column.")
    if key in tally.errors:
        return replace(made, result="error", severity="error", message=tally.errors[key])
    if key in tally.refused:
        return replace(made, result="fail", message=tally.refused[key])
    if not checked:
        return replace(made, result="not_applicable", message="There are no values to judge.")
    message = f"{failed:,} of {checked:,} rows do not keep '{name}'." if failed else made.message
    return replace(
        made,
        result="fail" if failed else "pass",
        message=message,
        rows_failed=failed,
        rows_checked=checked,
    )


def declared_type(schema: Any, name: str) -> Any:  # noqa: ANN401
    """Answer the polars type that a schema declares for a column, or None."""
    column = schema.columns.get(name)
    return None if column is None or column.dtype is None else column.dtype.type


def _count_sql(where: str) -> str:
    return f"SELECT count(*) FROM {ident(TABLE)} WHERE {where}"


def number(con: duckdb.DuckDBPyConnection, sql: str) -> int:
    """Answer the one number of a query."""
    row = con.execute(sql).fetchone()
    return int(row[0]) if row else 0
