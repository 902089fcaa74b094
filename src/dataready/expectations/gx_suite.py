"""Rules as a Great Expectations suite, and its expectations as rules again.

Great Expectations sees a table in which every column holds the values that the pilot's
reading gives. Beside them stand, where the suite asks for them, ``column·parsed`` (whether
a cell that is there can be read) and ``column·format`` (its letters as a, its digits as 9).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from dataready.expectations.predicate import Reader
from dataready.expectations.rules import Rule
from dataready.model import Severity

__all__ = ["WRITTEN", "gx_suite", "rule_of", "severity_of", "write_gx"]

WRITTEN = "written in the suite"
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
}
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
        "notes": "Learnt from the pilot, to be read and edited. 'column·parsed' and "
        "'column·format' are columns that dataready offers beside the table's own.",
        "expectations": [_expectation(rule) for rule in rules],
    }


def _expectation(rule: Rule) -> dict[str, Any]:
    kwargs: dict[str, Any] = {"column": rule.column}
    match rule.kind:
        case "type":
            kwargs |= {"column": f"{rule.column}·parsed", "value_set": [True]}
        case "format":
            kwargs |= {"column": f"{rule.column}·format", "value_set": list(rule.values)}
        case "categories":
            kwargs |= {"value_set": list(rule.values)}
        case "range" | "length":
            kwargs |= {"min_value": rule.low, "max_value": rule.high}
    if rule.limit:
        kwargs["mostly"] = rule.mostly
    return {
        "type": _TYPES[rule.kind],
        "kwargs": kwargs,
        "severity": _SEVERITIES[rule.severity],
        "meta": {
            "rule": rule.id,
            "dataset": rule.dataset,
            "limit_origin": rule.limit_origin,
            "evidence": rule.evidence,
        },
    }


def severity_of(config: Mapping[str, Any]) -> Severity:
    """Read an expectation's severity; Great Expectations' own default is critical."""
    named = {text: severity for severity, text in _SEVERITIES.items()}
    return named.get(str(config.get("severity") or "critical"), Severity.FAIL)


def rule_of(config: Mapping[str, Any], reader: Reader) -> Rule | None:
    """Say which rule of the catalogue an expectation is; None where it is none of them."""
    says = config["kwargs"]
    column = says.get("column")
    if not isinstance(column, str) or says.get("row_condition"):
        return None
    of, _, derived = column.rpartition("·")
    if column in reader or derived not in {"parsed", "format"}:
        of, derived = column, ""
    common: dict[str, Any] = {
        "column": of,
        "limit": round(1 - (says.get("mostly") or 1.0), 6),
        "limit_origin": (config.get("meta") or {}).get("limit_origin") or WRITTEN,
        "severity": severity_of(config),
    }
    plan = reader.planned(of)
    if derived == "parsed":
        is_type = config["type"] == _IN_SET and says.get("value_set") == [True]
        common |= {"base": plan.base, "date_format": plan.date_format}
        return Rule(kind="type", **common) if is_type else None
    kind = {"format": "format"}.get(derived) or _kind_of(config["type"])
    match kind:
        case "present" | "not_null" | "unique":
            return Rule(kind=kind, **common)
        case "format" | "categories" if derived or plan.base != "date":
            return Rule(kind=kind, values=tuple(says.get("value_set") or ()), **common)
        case "range" | "length" if plan.base == ("number" if kind == "range" else "text"):
            if says.get("strict_min") or says.get("strict_max"):
                return None
            return Rule(kind=kind, low=says.get("min_value"), high=says.get("max_value"), **common)
    return None


def _kind_of(expectation: str) -> Any:  # noqa: ANN401
    if expectation == _IN_SET:
        return "categories"
    return next((kind for kind, name in _TYPES.items() if name == expectation), None)
