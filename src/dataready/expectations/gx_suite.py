"""Rules as a Great Expectations suite, and its expectations as rules again.

Great Expectations sees a table in which every column holds the values that the pilot's
reading gives. Beside them stand, where the suite asks for them, ``column·parsed`` (whether
a cell that is there can be read), ``column·format`` (its letters as a, its digits as 9),
``column·age`` (days before the extract was made), ``column·in·dataset.column`` (whether
that column has the value), ``column·rare·share`` (whether at most this share of the values are
the same), ``column·gapless·days·since`` (whether a day with rows is so few days before),
``column·daily·low·high`` and ``weekly`` (whether the day or week has so many rows) and
``column·elapsed`` (whole days before the extract; dates ahead of it have none).
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from dataready.expectations.predicate import LATEST, Reader, beside
from dataready.expectations.rules import WRITTEN, Rule
from dataready.expectations.whole import DAYS
from dataready.model import Severity
from dataready.profile.plan import ColumnPlan

__all__ = ["gx_suite", "rule_of", "severity_of", "write_gx"]

_IN_SET = "expect_column_values_to_be_in_set"
_TYPES = {
    "present": "expect_column_to_exist",
    "type": _IN_SET,
    "not_null": "expect_column_values_to_not_be_null",
    "range": "expect_column_values_to_be_between",
    "categories": _IN_SET,
    "format": _IN_SET,
    "length": "expect_column_value_lengths_to_be_between",
    "unique": "expect_column_values_to_be_unique",
    "order": "expect_column_pair_values_a_to_be_greater_than_b",
    "pattern": "expect_column_values_to_match_regex",
    "reference": _IN_SET,
    "past": "expect_column_values_to_be_between",
    "lower_quarter": "expect_column_values_to_be_between",
    "upper_quarter": "expect_column_values_to_be_between",
    "usual": _IN_SET,
    "unusual": "expect_column_values_to_not_be_in_set",
    "rare": _IN_SET,
    "gapless": _IN_SET,
    "rows": "expect_table_row_count_to_be_between",
    "fresh": "expect_column_min_to_be_between",
    "daily": _IN_SET,
    "weekly": _IN_SET,
}
_TOGETHER = "expect_compound_columns_to_be_unique"
_NOT_IN_SET = "expect_column_values_to_not_be_in_set"
_NO_MATCH = "expect_column_values_to_not_match_regex"
_SEVERITIES = {Severity.FAIL: "critical", Severity.WARN: "warning", Severity.INFO: "info"}


def write_gx(rules: Iterable[Rule], path: Path) -> None:
    """Write rules as the JSON of an `ExpectationSuite`, named after the file."""
    suite = gx_suite(rules, name=path.stem)
    path.write_text(json.dumps(suite, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def gx_suite(rules: Iterable[Rule], *, name: str) -> dict[str, Any]:
    """Answer the suite as plain JSON types; `meta` says where each limit came from."""
    return {
        "name": name,
        "id": None,
        "meta": {"written_by": "dataready"},
        "notes": "Learnt from the pilot, to be read and edited. 'column·parsed', "
        "'column·format', 'column·age' and 'column·in·table.column' are columns that dataready "
        "offers beside the table's own.",
        "expectations": [_expectation(rule) for rule in rules],
    }


def _expectation(rule: Rule) -> dict[str, Any]:
    kwargs: dict[str, Any] = {"column": rule.column} | _derived(rule)
    match rule.kind:
        case "categories" | "usual" | "unusual":
            kwargs |= {"value_set": list(rule.values)}
        case "range" | "length" | "lower_quarter" | "upper_quarter":
            kwargs |= {
                "min_value": _written(rule.low, rule),
                "max_value": _written(rule.high, rule),
            }
            kwargs |= {"strict_min": True} if rule.open_low else {}
            kwargs |= {"strict_max": True} if rule.open_high else {}
        case "rows":
            kwargs = {"min_value": _whole(rule.low), "max_value": _whole(rule.high)}
        case "pattern":
            kwargs |= {"regex": rule.pattern}
        case "unique" if rule.also:
            kwargs = {"column_list": list(rule.columns), "ignore_row_if": "any_value_is_missing"}
        case "order":
            kwargs = {"column_A": rule.also[0], "column_B": rule.column, "or_equal": True}
            kwargs["ignore_row_if"] = "either_value_is_missing"
    if rule.limit:
        kwargs["mostly"] = rule.mostly
    return {
        "type": _type_of(rule),
        "kwargs": kwargs,
        "severity": _SEVERITIES[rule.severity],
        "meta": {
            "rule": rule.id,
            "dataset": rule.dataset,
            "limit_origin": rule.limit_origin,
            "evidence": rule.evidence,
        },
    }


def _derived(rule: Rule) -> dict[str, Any]:
    """What is asked of a column that is offered beside the table's own."""
    match rule.kind:
        case "type":
            return {"column": f"{rule.column}·parsed", "value_set": [True]}
        case "format":
            return {"column": f"{rule.column}·format", "value_set": list(rule.values)}
        case "reference" | "rare" | "gapless" | "daily" | "weekly":
            return {"column": f"{rule.column}·{beside(rule)}", "value_set": [True]}
        case "past":
            return {"column": f"{rule.column}·age", "min_value": LATEST}
        case "fresh":
            return {"column": f"{rule.column}·elapsed", "max_value": rule.high}
    return {}


def _written(end: float | None, rule: Rule) -> float | str | None:
    return rule.day(end) if end is not None and rule.base == "date" else end


def _whole(end: float | None) -> int | None:
    return None if end is None else int(end)


def _type_of(rule: Rule) -> str:
    if rule.kind == "unique" and rule.also:
        return _TOGETHER
    if rule.negated:
        return _NO_MATCH if rule.kind == "pattern" else _NOT_IN_SET
    return _TYPES[rule.kind]


def severity_of(config: Mapping[str, Any]) -> Severity:
    """Read an expectation's severity; Great Expectations' own default is critical."""
    named = {text: severity for severity, text in _SEVERITIES.items()}
    return named.get(str(config.get("severity") or "critical"), Severity.FAIL)


def rule_of(config: Mapping[str, Any], reader: Reader) -> Rule | None:
    """Say which rule of the catalogue an expectation is; None where it is none of them."""
    says = config["kwargs"]
    common: dict[str, Any] = {
        "limit": round(1 - (says.get("mostly") or 1.0), 6),
        "limit_origin": (config.get("meta") or {}).get("limit_origin") or WRITTEN,
        "severity": severity_of(config),
    }
    if says.get("row_condition"):
        return None
    if config["type"] in {_TOGETHER, _TYPES["order"]}:
        return _of_several(config["type"], says, common)
    if config["type"] == _TYPES["rows"]:
        return _of_rows(says, common)
    column = says.get("column")
    if not isinstance(column, str):
        return None
    of, derived = reader.source(column)
    common["column"] = of
    found = _of_one(config["type"], says, reader.planned(of), derived, common)
    return found and _as_said(found, (config.get("meta") or {}).get("rule"))


def _as_said(rule: Rule, said: object) -> Rule:
    """A rule of the table as a whole says so in its `meta`; what is asked of rows is the same."""
    kind = str(said).partition("(")[0]
    ends = rule.low is not None, rule.high is not None
    if rule.kind == "range" and kind == _QUARTERS.get(ends):
        return replace(rule, kind=_QUARTERS[ends])
    if rule.kind == "categories" and kind == ("unusual" if rule.negated else "usual"):
        return replace(rule, kind="unusual" if rule.negated else "usual", negated=False)
    return rule


_QUARTERS: Mapping[tuple[bool, bool], Literal["lower_quarter", "upper_quarter"]] = {
    (True, False): "lower_quarter",
    (False, True): "upper_quarter",
}
"""Whether a range has a low and a high end -> the quarter that it may be about."""


def _of_several(kind: str, says: Mapping[str, Any], common: dict[str, Any]) -> Rule | None:
    """Read a key of several columns, or an order of two; other treatment of nulls is no rule."""
    if kind == _TOGETHER:
        columns = [str(c) for c in says.get("column_list") or ()]
        # Great Expectations' own default passes over rows of which all parts are missing.
        if len(columns) < 2 or says.get("ignore_row_if") != "any_value_is_missing":
            return None
        return Rule(kind="unique", column=columns[0], also=tuple(columns[1:]), **common)
    if says.get("ignore_row_if") != "either_value_is_missing" or not says.get("or_equal"):
        return None
    first, second = says.get("column_B"), says.get("column_A")
    if not (isinstance(first, str) and isinstance(second, str)):
        return None
    return Rule(kind="order", column=first, also=(second,), **common)


def _of_rows(says: Mapping[str, Any], common: dict[str, Any]) -> Rule | None:
    low, high = (_end(says.get(f"{end}_value"), None) for end in ("min", "max"))
    open_ = low is high is None or says.get("strict_min") or says.get("strict_max")
    return None if open_ else Rule(kind="rows", low=low, high=high, **common)


def _of_one(
    kind: str, says: Mapping[str, Any], plan: ColumnPlan, derived: str, common: dict[str, Any]
) -> Rule | None:
    if derived:
        return _of_derived(kind, says, plan, derived, common)
    values = tuple(says.get("value_set") or ())
    if kind in {_TYPES["present"], _TYPES["not_null"], _TYPES["unique"]}:
        return Rule(kind=_KINDS[kind], **common)
    if kind in {_IN_SET, _NOT_IN_SET} and plan.base != "date" and _fit(values, plan):
        return Rule(kind="categories", values=values, negated=kind == _NOT_IN_SET, **common)
    if kind in {_TYPES["pattern"], _NO_MATCH} and plan.base == "text":
        pattern = str(says.get("regex"))
        return Rule(kind="pattern", pattern=pattern, negated=kind == _NO_MATCH, **common)
    if kind == _TYPES["range"] and plan.base != "text":
        ends = [_end(says.get(f"{end}_value"), plan) for end in ("min", "max")]
    elif kind == _TYPES["length"] and plan.base == "text":
        ends = [_end(says.get(f"{end}_value"), None) for end in ("min", "max")]
    else:
        return None
    low, high = ends
    if low is high is None or any(end is not None and math.isnan(end) for end in ends):
        return None
    return Rule(
        kind=_KINDS[kind],
        low=low,
        high=high,
        base=plan.base,
        open_low=bool(says.get("strict_min")),
        open_high=bool(says.get("strict_max")),
        **common,
    )


def _of_derived(
    kind: str, says: Mapping[str, Any], plan: ColumnPlan, derived: str, common: dict[str, Any]
) -> Rule | None:
    """Read what is asked of a column that is offered beside the table's own."""
    values = tuple(says.get("value_set") or ())
    if derived == "age":
        bounds = says.get("min_value"), says.get("max_value")
        is_past = kind == _TYPES["past"] and bounds == (LATEST, None) and plan.base == "date"
        return Rule(kind="past", base="date", **common) if is_past else None
    if derived == "elapsed":
        bounds = says.get("min_value"), says.get("max_value")
        is_fresh = kind == _TYPES["fresh"] and bounds[0] is None and plan.base == "date"
        high = _end(bounds[1], None)
        is_fresh = is_fresh and high is not None
        return Rule(kind="fresh", base="date", high=high, **common) if is_fresh else None
    if kind != _IN_SET:
        return None
    if derived == "format":
        return Rule(kind="format", values=values, **common)
    if values != (True,):
        return None
    if derived == "parsed":
        return Rule(kind="type", base=plan.base, date_format=plan.date_format, **common)
    flag, _, target = derived.partition("·")
    if flag in DAYS:
        low, high = (None if end == "None" else float(end) for end in target.split("·"))
        return Rule(
            kind="daily" if flag == "daily" else "weekly", low=low, high=high, base="date", **common
        )
    if flag == "in":
        return Rule(kind="reference", refers_to=target, **common)
    most, _, since = target.partition("·")
    if flag == "rare":
        return Rule(kind="rare", high=float(most), **common)
    return Rule(kind="gapless", high=float(most), low=float(since), base="date", **common)


def _fit(values: tuple[object, ...], plan: ColumnPlan) -> bool:
    """Whether values are of the column's base, so that SQL compares them as the library does."""
    wanted = (int, float) if plan.base == "number" else str
    return bool(values) and all(isinstance(v, wanted) and not isinstance(v, bool) for v in values)


def _end(value: object, plan: ColumnPlan | None) -> float | None:
    """Read an end of a range: a number, or seconds of a date; NaN if it is neither."""
    if value is None:
        return None
    if isinstance(value, (int, float)) and not (plan and plan.base == "date"):
        return float(value)
    if plan is not None and plan.base == "date":
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            return math.nan
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return math.nan


_KINDS: Mapping[str, Any] = {
    name: kind for kind, name in reversed(_TYPES.items()) if name != _IN_SET and kind != "past"
}
