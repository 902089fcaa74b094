"""From what a library counted to one result: shared by all bridges, so that they agree."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from dataready.expectations.predicate import Reader
from dataready.expectations.result import ExpectationResult, SuiteResult
from dataready.expectations.rules import OF_TABLE, Rule
from dataready.model import Severity

__all__ = ["broken_suite", "judged", "measured", "sha256_of", "unjudged"]


def judged(
    rule: Rule,
    reader: Reader,
    *,
    failed: int,
    checked: int,
    kept: bool | None = None,
    rows_hash: int | None = None,
) -> ExpectationResult:
    """Judge a rule by the rows that a library saw fail.

    Args:
        rule: What was asked.
        reader: How the extract is read.
        failed: Rows that broke the rule; for a column that must be there, 1 where it is not.
        checked: Rows that it was asked of.
        kept: The library's own verdict where it gave one, else the rule's limit decides.
        rows_hash: The XOR of the failing rows' hashes, where it is known which they are.
    """
    if rule.kind == "present":
        there = rule.column in reader
        return _result(rule, "pass" if there else "fail", _PRESENT[there])
    if any(c not in reader for c in rule.columns):
        return _result(rule, "not_applicable", _PRESENT[False])
    if not reader.judges(rule):
        return _result(rule, "not_applicable", f"'{rule.refers_to}' is not at hand.")
    if not checked:
        return _result(rule, "not_applicable", "There are no values to judge.")
    passed = failed <= rule.limit * checked + 1e-9 if kept is None else kept
    message = f"All {checked:,} are {rule.demand}."
    if failed:
        share = f"{100 * failed / checked:.3g} %"
        needed = f"at least {rule.percent}" if rule.limit else "all"
        message = f"{failed:,} of {checked:,} ({share}) are not {rule.demand}; {needed} must be."
    renamed = [
        f"'{c}' is called '{reader.own(c)}' here." for c in rule.columns if reader.own(c) != c
    ]
    message = " ".join([message, *renamed])
    return replace(
        _result(rule, "pass" if passed else "fail", message),
        rows_failed=failed,
        rows_checked=checked,
        where=None if rule.kind in OF_TABLE else reader.where(rule),
        sql=reader.sql(rule),
        rows_hash=None if rows_hash is None else f"{rows_hash:016x}",
    )


def measured(
    rule: Rule, reader: Reader, found: float | None, *, kept: bool | None = None
) -> ExpectationResult:
    """Judge a rule that bounds one number of the table.

    Args:
        rule: What was asked.
        reader: How the extract is read.
        found: The number; None where the library keeps it, or the table has none.
        kept: The library's own verdict where it gave one, else the rule's ends decide.
    """
    if any(c not in reader for c in rule.columns):
        return _result(rule, "not_applicable", _PRESENT[False])
    if found is None and kept is None:
        return _result(rule, "not_applicable", "There are no values to judge.")
    if kept is None:
        low, high = rule.low, rule.high
        kept = (low is None or found >= low) and (high is None or found <= high)  # type: ignore[operator]
    message = "It holds." if kept else "It does not hold."
    if found is not None:
        rows = f"There are {found:,.0f} rows"
        told = rows if rule.kind == "rows" else f"The newest row is {max(0.0, found):,.0f} days old"
        message = f"{told}. Demanded: {rule.demand}."
    made = _result(rule, "pass" if kept else "fail", message)
    return replace(made, measured=found, sql=reader.sql(rule))


_PRESENT = {True: "Production has the column.", False: "Production lacks the column."}


def _result(rule: Rule, result: str, message: str) -> ExpectationResult:
    return ExpectationResult(
        expectation=rule.kind,
        column=None if rule.kind == "unique" and rule.also else rule.column or None,
        result=result,
        message=message,
        limit=rule.wording,
        limit_origin=rule.limit_origin,
        severity=rule.severity.value,
        share_limit=rule.limit,
    )


def unjudged(rule: Rule, message: str) -> ExpectationResult:
    """Say that a rule could not be evaluated: neither passed nor failed."""
    return replace(_result(rule, "error", message), severity=Severity.ERROR.value)


def sha256_of(path: Path) -> str:
    """Hash a suite's file; empty where it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def broken_suite(
    library: str, path: Path, error: str, *, rules: Iterable[Rule] = ()
) -> SuiteResult:
    """Answer a suite of which nothing could be evaluated: its rules, if known, are errors."""
    unknown = ExpectationResult(
        expectation="suite", column=None, result="error", message=error, severity="error"
    )
    return SuiteResult(
        library=library,
        library_version="",
        suite=path.name,
        suite_sha256=sha256_of(path),
        results=tuple(unjudged(rule, error) for rule in rules) or (unknown,),
        error=error,
    )
