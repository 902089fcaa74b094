"""Suites' results as findings: what failed once each, however many libraries say so."""

from __future__ import annotations

from collections.abc import Iterable

from dataready.expectations.result import ExpectationResult, SuiteResult
from dataready.model import Finding, Severity

__all__ = ["subject", "suite_findings"]

_NAMES = {
    "pandera": "pandera",
    "great_expectations": "Great Expectations",
    "dataready": "dataready's SQL",
}
_Seen = tuple[SuiteResult, ExpectationResult]


def suite_findings(results: Iterable[SuiteResult], *, table: str) -> list[Finding]:
    """List what suites found: each failed expectation, and each that could not be evaluated.

    An expectation that several suites hold and fail is one finding that names them all. A
    suite that broke as a whole is one finding. What passed or did not apply is none.
    Messages carry no counts, so that a finding keeps its name from night to night.
    """
    found: list[Finding] = []
    grouped: dict[tuple[str | None, ...], list[_Seen]] = {}
    for suite in results:
        if suite.error:
            found.append(_broken(suite, table))
            continue
        for result in suite.results:
            if result.result in {"fail", "error"}:
                rows = result.where or result.limit
                key = (result.result, result.expectation, result.column, rows)
                grouped.setdefault(key, []).append((suite, result))
    return found + [
        (_failed if seen[0][1].result == "fail" else _unevaluated)(seen, table)
        for seen in grouped.values()
    ]


def _broken(suite: SuiteResult, table: str) -> Finding:
    return Finding(
        dimension="expectation",
        detector="expectation",
        severity=Severity.ERROR,
        table=table,
        column=None,
        message=f"The suite '{suite.suite}' was not evaluated by {_library(suite)}.",
        error=suite.error,
        fix="Repair the suite, its settings or the library, and run again.",
    )


def _failed(seen: list[_Seen], table: str) -> Finding:
    result = seen[0][1]
    # Libraries agree on a rule's rows; the first that counted them is quoted.
    told = (r for _, r in seen if r.rows_failed is not None or r.measured is not None)
    counted = next(told, result)
    failed, checked = counted.rows_failed, counted.rows_checked
    return Finding(
        dimension="expectation",
        detector="expectation",
        severity=max((Severity(r.severity) for _, r in seen), key=lambda s: s.rank),
        table=table,
        column=result.column,
        message=f"{_subject(result)} is not met: {result.limit} ({_libraries(seen)}).",
        measured=failed / checked if failed is not None and checked else counted.measured,
        limit=None if counted.measured is not None else counted.share_limit,
        limit_origin=result.limit_origin,
        rows_affected=failed,
        where=result.where,
        sql=result.sql,
        fix=f"Correct these rows at their source, or change the expectation in {_suites(seen)}.",
    )


def _unevaluated(seen: list[_Seen], table: str) -> Finding:
    result = seen[0][1]
    return Finding(
        dimension="expectation",
        detector="expectation",
        severity=Severity.ERROR,
        table=table,
        column=result.column,
        message=f"{_subject(result)} could not be evaluated: {result.limit} ({_libraries(seen)}).",
        limit=result.share_limit,
        limit_origin=result.limit_origin,
        error=result.message,
        fix=f"Repair the expectation in {_suites(seen)}, and run again.",
    )


def subject(expectation: str, column: str | None) -> str:
    """How the message of an expectation's finding begins."""
    on = f" on '{column}'" if column else ""
    return f"The expectation '{expectation}'{on} "


def _subject(result: ExpectationResult) -> str:
    return subject(result.expectation, result.column).rstrip()


def _library(suite: SuiteResult) -> str:
    return _NAMES.get(suite.library, suite.library)


def _libraries(seen: list[_Seen]) -> str:
    return " and ".join(dict.fromkeys(_library(suite) for suite, _ in seen))


def _suites(seen: list[_Seen]) -> str:
    return ", ".join(dict.fromkeys(f"'{suite.suite}'" for suite, _ in seen))
