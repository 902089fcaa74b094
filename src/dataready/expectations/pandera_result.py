"""What pandera counted, as results: rules of the catalogue where its checks are such.

Knows pandera's schemas by their attributes alone; `pandera_bridge` imports it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

import polars as pl

from dataready.expectations.predicate import Reader
from dataready.expectations.result import ExpectationResult
from dataready.expectations.rules import MEASURED, OF_TABLE, WRITTEN, Rule
from dataready.expectations.verdict import judged, measured, unjudged
from dataready.model import Severity

__all__ = ["OF_COLUMN", "Key", "Tally", "asked_of", "declared_type", "results"]

Key = tuple[str | None, str | int]
"""A column (None: the table) and what was asked of it: a word, or a check's position."""


@dataclass(slots=True)
class Tally:
    """What pandera counted: failing rows by what was asked, values by column.

    `checked` says of how many rows it was asked where that is not the column's values;
    `hashes` are the XOR of the failing rows' hashes, where it is known which they are.
    """

    rows: int = 0
    values: Counter[str] = field(default_factory=Counter)
    checked: Counter[Key] = field(default_factory=Counter)
    failed: Counter[Key] = field(default_factory=Counter)
    hashes: Counter[Key] = field(default_factory=Counter)
    refused: dict[Key, str] = field(default_factory=dict)
    errors: dict[Key, str] = field(default_factory=dict)

    def add(self, key: Key, broken: pl.Series, rows: pl.Series | None) -> None:
        """Count rows that fail: a mask, and the hashes of its rows if they are known."""
        self.failed[key] += int(broken.sum())
        if rows is not None and broken.any():
            self.hashes[key] ^= int(str(rows.filter(broken).bitwise_xor()))


def results(
    schema: Any,  # noqa: ANN401
    reader: Reader,
    tally: Tally,
) -> list[ExpectationResult]:
    """Judge every expectation of a schema, and whatever else pandera refused."""
    asked = asked_of(schema, reader)
    for key in [*tally.failed, *tally.refused, *tally.errors]:
        if tally.failed[key] or key not in tally.failed:
            asked.setdefault(key, str(key[1]))
    return [_result_of(key, what, reader, tally) for key, what in asked.items()]


def asked_of(
    schema: Any,  # noqa: ANN401
    reader: Reader,
) -> dict[Key, Rule | str]:
    """List what a schema asks: a rule where the catalogue has one, else the check's name."""
    asked: dict[Key, Rule | str] = {}
    for name, column in schema.columns.items():
        origin = column.description or WRITTEN
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
            named |= _whole(column.dtype.type) if plan.base == "number" else {}
            asked[name, "type"] = Rule(kind="type", **named, **strict)
        if not column.nullable:
            asked[name, "not_null"] = Rule(kind="not_null", **strict)
        if column.unique:
            asked[name, "unique"] = Rule(kind="unique", **strict)
        for k, check in enumerate(column.checks):
            rule = _rule_of(check, reader, declared_type(schema, name), strict)
            of_column = isinstance(rule, Rule) and rule.kind in OF_COLUMN
            asked[name, rule.kind if isinstance(rule, Rule) and of_column else k] = rule
            if _asks_nothing(rule):
                del asked[name, "type"]
    for k, check in enumerate(schema.checks):
        says, name = check.statistics or {}, str(check.name)
        asked[None, k] = _of_rows(says) if name == "rows_between" else name
    if schema.unique:
        first, *others = [str(c) for c in schema.unique]
        asked[None, "unique"] = Rule(
            kind="unique",
            column=first,
            also=tuple(others),
            limit_origin=WRITTEN,
            severity=Severity.FAIL,
        )
    return asked


def _of_rows(says: Mapping[str, Any]) -> Rule:
    low, high = says.get("low"), says.get("high")
    return Rule(kind="rows", low=low, high=high, limit_origin=WRITTEN, severity=Severity.INFO)


OF_COLUMN = {"type", "unique"}
"""Kinds of rules that a column has one of, whichever way the suite says it."""


def _asks_nothing(rule: Rule | str) -> bool:
    """Whether any share of the cells may be unreadable."""
    return isinstance(rule, Rule) and rule.kind == "type" and rule.limit >= 1


def _whole(declared: Any) -> dict[str, Any]:  # noqa: ANN401
    """What an integer type asks of a number: no fraction, and to fit."""
    bits = re.fullmatch(r"(U?)Int(\d+)", str(declared))
    if bits is None:
        return {}
    unsigned, size = bool(bits[1]), int(bits[2])
    if size >= 64 and not unsigned:
        return {"whole": True}
    return {
        "whole": True,
        "low": 0.0 if unsigned else float(-(2 ** (size - 1))),
        "high": float(2**size - 1 if unsigned else 2 ** (size - 1) - 1),
    }


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
    if not kind or base not in _BASES.get(kind, {base}):
        return name
    found = {to: says[of] for to, of in fields.items() if says.get(of) is not None}
    if kind == "range":
        found |= {end: _number(found[end]) for end in ("low", "high") if end in found}
        if None in found.values():
            return name
        found["open_low"] = name == "greater_than" or not says.get("include_min", True)
        found["open_high"] = name == "less_than" or not says.get("include_max", True)
    if kind in {"usual", "unusual"}:
        found["values"] = tuple(found["values"])
    if kind == "categories":
        many = found["values"] if name.endswith("in") else (found["values"],)
        found |= {"values": tuple(many), "negated": name in _NEGATED}
    if kind == "pattern":
        found |= {"pattern": _pattern(name, found["pattern"]), "negated": name in _NEGATED}
    if kind == "order":
        found["also"] = (found["also"],)
    if says.get("exact_value") is not None:
        found = {"low": says["exact_value"], "high": says["exact_value"]}
    is_loose = name.startswith("mostly_") or check.raise_warning
    severity = Severity.WARN if is_loose else Severity.FAIL
    return Rule(
        kind=kind,
        **found,
        **{
            **common,
            "limit": round(1 - says.get("share", 1.0), 6),
            "severity": Severity.INFO if kind in OF_TABLE else severity,
            "base": plan.base,
            "date_format": plan.date_format,
        },
    )


_NEGATED = {"notin", "not_equal_to", "mostly_notin", "mostly_unlike"}


def _number(end: object) -> float | None:
    """Read an end of a range: a number, or the seconds of a date; None if it is neither."""
    if isinstance(end, (int, float)):
        return float(end)
    if isinstance(end, date) and not isinstance(end, datetime):
        end = datetime(end.year, end.month, end.day, tzinfo=UTC)
    if not isinstance(end, datetime):
        return None
    return (end if end.tzinfo else end.replace(tzinfo=UTC)).timestamp()


def _pattern(check: str, given: Any) -> str:  # noqa: ANN401
    """Write what a check looks for as a regular expression that is found anywhere."""
    pattern = str(getattr(given, "pattern", given))
    match check:
        case "str_matches":
            return pattern if pattern.startswith("^") else f"^{pattern}"
        case "str_startswith":
            return f"^{re.escape(pattern)}"
        case "str_endswith":
            return f"{re.escape(pattern)}$"
    return pattern


_RULES: dict[str, tuple[Any, dict[str, str]]] = {
    "mostly_filled": ("not_null", {}),
    "mostly_parsed": ("type", {}),
    "mostly_unique": ("unique", {}),
    "mostly_between": ("range", {"low": "low", "high": "high"}),
    "mostly_isin": ("categories", {"values": "values"}),
    "mostly_format": ("format", {"values": "formats"}),
    "mostly_long": ("length", {"low": "shortest", "high": "longest"}),
    "mostly_notin": ("categories", {"values": "values"}),
    "mostly_like": ("pattern", {"pattern": "pattern"}),
    "mostly_unlike": ("pattern", {"pattern": "pattern"}),
    "mostly_not_above": ("order", {"also": "other"}),
    "mostly_known": ("reference", {"refers_to": "refers_to"}),
    "mostly_past": ("past", {}),
    "mostly_least": ("lower_quarter", {"low": "low"}),
    "mostly_most": ("upper_quarter", {"high": "high"}),
    "mostly_usual": ("usual", {"values": "values"}),
    "mostly_unusual": ("unusual", {"values": "values"}),
    "mostly_rare": ("rare", {"high": "most"}),
    "mostly_gapless": ("gapless", {"high": "days", "low": "since"}),
    "mostly_daily": ("daily", {"low": "low", "high": "high"}),
    "mostly_weekly": ("weekly", {"low": "low", "high": "high"}),
    "newest_within": ("fresh", {"high": "days"}),
    "greater_than": ("range", {"low": "min_value"}),
    "greater_than_or_equal_to": ("range", {"low": "min_value"}),
    "less_than": ("range", {"high": "max_value"}),
    "less_than_or_equal_to": ("range", {"high": "max_value"}),
    "in_range": ("range", {"low": "min_value", "high": "max_value"}),
    "equal_to": ("categories", {"values": "value"}),
    "not_equal_to": ("categories", {"values": "value"}),
    "isin": ("categories", {"values": "allowed_values"}),
    "notin": ("categories", {"values": "forbidden_values"}),
    "str_length": ("length", {"low": "min_value", "high": "max_value"}),
    "str_matches": ("pattern", {"pattern": "pattern"}),
    "str_contains": ("pattern", {"pattern": "pattern"}),
    "str_startswith": ("pattern", {"pattern": "string"}),
    "str_endswith": ("pattern", {"pattern": "string"}),
}
"""Of a check: the kind of rule that it is, and the rule's field -> the check's statistic."""
_BASES = {
    "range": {"number", "date"},
    "categories": {"number", "text"},
    "format": {"text"},
    "length": {"text"},
    "pattern": {"text"},
    "past": {"date"},
    "gapless": {"date"},
    "fresh": {"date"},
    "daily": {"date"},
    "weekly": {"date"},
    "lower_quarter": {"number"},
    "upper_quarter": {"number"},
    "usual": {"text"},
    "unusual": {"text"},
}
"""Of a kind of rule: the readings of a column that its predicate is written for."""


def _result_of(key: Key, asked: Rule | str, reader: Reader, tally: Tally) -> ExpectationResult:
    if isinstance(asked, str):
        return _other(key, asked, reader, tally)
    if key in tally.errors:
        return unjudged(asked, tally.errors[key])
    if asked.kind in MEASURED:
        there = not asked.column or tally.values[f"{asked.column}·elapsed"] > 0
        return measured(asked, reader, None, kept=key not in tally.refused if there else None)
    if key in tally.refused and asked.kind != "present":
        made = judged(asked, reader, failed=1, checked=1, kept=False)
        made = replace(made, rows_failed=None, rows_checked=None, where=None, sql=None)
        return replace(made, message=tally.refused[key])
    checked = tally.checked[key] if key in tally.checked else tally.values[asked.column]
    if asked.kind in {"not_null", "present"}:
        checked = tally.rows
    failed, rows_hash = tally.failed[key], tally.hashes[key]
    return judged(asked, reader, failed=failed, checked=checked, rows_hash=rows_hash)


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
        limit_origin=WRITTEN,
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
