"""Suites as data contracts of the Open Data Contract Standard (ODCS), version 3.1.

What the standard has words for is said in them, so that other tools can check it; the rest of
a rule travels as a custom check of the engine `dataready`, and comes back as it was.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from dataready.errors import ExpectationError
from dataready.expectations.rules import Rule
from dataready.expectations.suite_file import SuiteFile, demand_of, rule_from
from dataready.model import Severity

__all__ = ["read_contract", "write_contract"]

_TYPES = {"number": "number", "date": "timestamp", "text": "string"}
_READ = {"integer": "number", "number": "number", "date": "date", "timestamp": "date"}
_OF_LENGTH, _OF_RANGE = ("minLength", "maxLength"), ("minimum", "maximum")
_LIMITS = {"mustBe": 0.0, "mustBeLessOrEqualTo": 0.0, "mustBeLessThan": 1e-9}
"""Operators that bound a share of failing rows from above, and what they take off it."""


def write_contract(suite: SuiteFile, path: Path) -> None:
    """Write the rules that are run as a contract with one table."""
    plain = {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": suite.dataset,
        "name": suite.dataset,
        "version": "1.0.0",
        "status": "draft",
        "schema": [_table(suite)],
    }
    text = yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=100)
    path.write_text(text, encoding="utf-8")


def _table(suite: SuiteFile) -> dict[str, Any]:
    columns: dict[str, list[Rule]] = {}
    keys = []
    for rule in suite.active:
        if rule.kind == "unique" and rule.also:
            keys.append(_check(rule, "duplicateValues", {"properties": list(rule.columns)}))
        elif rule.kind == "rows":
            keys.append(_row_count(rule))
        else:
            columns.setdefault(rule.column, []).append(rule)
    table: dict[str, Any] = {"name": suite.dataset, "physicalType": "table"}
    answers = suite.columns
    table["properties"] = [_property(c, of, answers.get(c, {})) for c, of in columns.items()]
    return table | ({"quality": keys} if keys else {})


def _property(column: str, rules: Iterable[Rule], answers: Mapping[str, object]) -> dict[str, Any]:
    rules = list(rules)
    base = next((r.base for r in rules if r.kind == "type"), "text")
    plain: dict[str, Any] = {"name": column, "logicalType": _TYPES[base]}
    if answers.get("meaning"):
        plain["description"] = str(answers["meaning"])
    plain["required"] = any(r.kind == "not_null" and not r.limit for r in rules)
    plain["unique"] = any(r.kind == "unique" and not r.limit for r in rules)
    quality = [check for rule in rules if (check := _quality(rule)) is not None]
    return plain | ({"quality": quality} if quality else {})


def _quality(rule: Rule) -> dict[str, Any] | None:
    match rule.kind:
        case "not_null":
            return _check(rule, "nullValues", {})
        case "unique":
            return _check(rule, "duplicateValues", {})
        case "categories" if not rule.negated:
            return _check(rule, "invalidValues", {"validValues": list(rule.values)})
        case "pattern" if not rule.negated:
            return _check(rule, "invalidValues", {"pattern": rule.pattern})
    return {
        "type": "custom",
        "engine": "dataready",
        "description": rule.wording,
        "severity": rule.severity.value,
        "implementation": json.dumps(demand_of(rule) | {"may_fail": rule.limit}),
    }


def _check(rule: Rule, metric: str, arguments: dict[str, Any]) -> dict[str, Any]:
    said: dict[str, Any] = {"metric": metric}
    if arguments:
        said["arguments"] = arguments
    said["mustBeLessOrEqualTo"] = round(100 * rule.limit, 6)
    return said | {"unit": "percent", "severity": rule.severity.value}


def _row_count(rule: Rule) -> dict[str, Any]:
    ends = {"mustBeGreaterOrEqualTo": rule.low, "mustBeLessOrEqualTo": rule.high}
    said = {operator: int(end) for operator, end in ends.items() if end is not None}
    return {"metric": "rowCount", **said, "unit": "rows", "severity": rule.severity.value}


def read_contract(path: Path, table: str | None = None) -> tuple[Rule, ...]:
    """Read what a contract demands of one of its tables; what is no rule of ours is left out.

    Args:
        path: The contract.
        table: Which table; it need not be named where there is one.

    Raises:
        ExpectationError: It is no contract of version 3, or has no such table.
    """
    try:
        plain = yaml.safe_load(path.read_text(encoding="utf-8"))
        tables = {str(t["name"]): t for t in plain.get("schema") or ()}
        version = str(plain.get("apiVersion"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, AttributeError, KeyError, TypeError) as e:
        msg = f"'{path.name}' is no data contract in YAML ({type(e).__name__})."
        raise ExpectationError(msg) from None
    if not version.startswith("v3."):
        msg = f"'{path.name}' is a contract of version '{version}'; version 3 is understood."
        raise ExpectationError(msg)
    chosen = tables.get(table) if table else next(iter(tables.values()), None)
    if chosen is None or (table is None and len(tables) > 1):
        msg = f"'{path.name}' has the tables {', '.join(sorted(tables))}. Name one of them."
        raise ExpectationError(msg)
    try:
        found = {rule.id: rule for rule in _rules(chosen, f"'{path.name}'")}
    except (AttributeError, KeyError, TypeError, ValueError) as e:
        msg = f"'{path.name}' is not built as the standard says ({type(e).__name__})."
        raise ExpectationError(msg) from None
    return tuple(found.values())


def _rules(table: Mapping[str, Any], place: str) -> Iterator[Rule]:
    keyed = [p for p in table.get("properties") or () if p.get("primaryKey")]
    keyed.sort(key=lambda p: p.get("primaryKeyPosition") or 0)
    for column in table.get("properties") or ():
        yield from _column_rules(column, place, sole_key=keyed == [column])
    if len(keyed) > 1:
        names = [str(p["name"]) for p in keyed]
        yield _demanded("unique", names[0], also=tuple(names[1:]))
    for check in table.get("quality") or ():
        columns = (check.get("arguments") or {}).get("properties") or ()
        if check.get("metric") == "duplicateValues" and columns:
            more = _bounded(check) or {}
            yield _demanded("unique", str(columns[0]), also=tuple(columns[1:]), **more)
        if check.get("metric") == "rowCount" and check.get("unit") in {None, "rows"}:
            yield from _of_row_count(check)


def _of_row_count(check: Mapping[str, Any]) -> Iterator[Rule]:
    between = check.get("mustBeBetween") or (None, None)
    low = _float(check.get("mustBeGreaterOrEqualTo", between[0]))
    high = _float(check.get("mustBeLessOrEqualTo", between[1]))
    if low is not None or high is not None:
        yield _demanded("rows", "", low=low, high=high, severity=_severity(check))


def _column_rules(column: Mapping[str, Any], place: str, *, sole_key: bool) -> Iterator[Rule]:
    name, options = str(column["name"]), column.get("logicalTypeOptions") or {}
    yield _demanded("present", name)
    base = _READ.get(str(column.get("logicalType")))
    if base:
        whole = column.get("logicalType") == "integer"
        yield _demanded("type", name, base=base, whole=whole)
    if column.get("required") or sole_key:
        yield _demanded("not_null", name)
    if column.get("unique") or sole_key:
        yield _demanded("unique", name)
    for kind, (low, high) in (("length", _OF_LENGTH), ("range", _OF_RANGE)):
        ends = [options.get(low), options.get(high)]
        if any(isinstance(e, (int, float)) for e in ends):
            yield _demanded(kind, name, low=_float(ends[0]), high=_float(ends[1]))
    if options.get("pattern"):
        yield _demanded("pattern", name, pattern=str(options["pattern"]))
    for check in column.get("quality") or ():
        yield from _of_check(check, name, place)


def _float(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None


def _of_check(check: Mapping[str, Any], column: str, place: str) -> Iterator[Rule]:
    if check.get("type") == "custom" and check.get("engine") == "dataready":
        said = json.loads(check["implementation"])
        limit = float(said.pop("may_fail", 0.0))
        severity = Severity(str(check.get("severity", "fail")))
        yield rule_from(said, place, limit=limit, severity=severity)
        return
    more, arguments = _bounded(check), check.get("arguments") or {}
    if more is None:
        return
    match check.get("metric"):
        case "nullValues" | "missingValues":
            yield _demanded("not_null", column, **more)
        case "duplicateValues":
            yield _demanded("unique", column, **more)
        case "invalidValues" if arguments.get("validValues"):
            values = tuple(v for v in arguments["validValues"] if v is not None)
            yield _demanded("categories", column, values=values, **more)
        case "invalidValues" if arguments.get("pattern"):
            yield _demanded("pattern", column, pattern=str(arguments["pattern"]), **more)


def _bounded(check: Mapping[str, Any]) -> dict[str, Any] | None:
    """The share of rows that may fail and the severity; None where no share is bounded."""
    severity = _severity(check)
    for operator, less in _LIMITS.items():
        bound = check.get(operator)
        if isinstance(bound, (int, float)) and (check.get("unit") == "percent" or bound == 0):
            return {"limit": max(0.0, round(bound / 100 - less, 9)), "severity": severity}
    return None


def _severity(check: Mapping[str, Any]) -> Severity:
    known = {s.value for s in Severity}
    return Severity(s) if (s := str(check.get("severity"))) in known else Severity.FAIL


def _demanded(kind: Any, column: str, **more: Any) -> Rule:  # noqa: ANN401
    said = {"limit_origin": "the data contract", "severity": Severity.FAIL, **more}
    return Rule(kind=kind, column=column, **said)
