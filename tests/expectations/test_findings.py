"""Findings of suites: one a rule, whichever libraries say so."""

from __future__ import annotations

from dataclasses import replace

from dataready.expectations.findings import suite_findings
from dataready.expectations.result import ExpectationResult, SuiteResult
from dataready.model import Severity

FAILED = ExpectationResult(
    expectation="range",
    column="amount",
    result="fail",
    message="3 of 10 are not from 0 to 9.",
    rows_failed=3,
    rows_checked=10,
    limit="from 0 to 9",
    limit_origin="the pilot",
    where='"amount" > 9',
    sql="SELECT 1",
    share_limit=0.1,
)


def suite(library: str, *results: ExpectationResult, error: str = "") -> SuiteResult:
    """Make a suite's result."""
    return SuiteResult(
        library=library,
        library_version="1",
        suite=f"{library}.txt",
        suite_sha256="",
        results=results,
        error=error,
    )


def test_a_failed_expectation_is_a_finding_with_its_rows() -> None:
    """Share, limit, rows and SQL come along; severity is the rule's."""
    (found,) = suite_findings([suite("pandera", FAILED)], table="orders")
    assert found.severity is Severity.WARN
    assert (found.measured, found.limit, found.rows_affected) == (0.3, 0.1, 3)
    assert (found.where, found.sql, found.column) == ('"amount" > 9', "SELECT 1", "amount")
    assert found.dimension == found.detector == "expectation"


def test_two_libraries_that_fail_the_same_rule_give_one_finding() -> None:
    """It names both, and keeps the graver severity."""
    graver = replace(FAILED, severity="fail")
    suites = [suite("pandera", FAILED), suite("great_expectations", graver)]
    (found,) = suite_findings(suites, table="orders")
    assert "(pandera and Great Expectations)" in found.message
    assert found.severity is Severity.FAIL


def test_different_bounds_are_different_findings() -> None:
    """Two rules of a kind on one column, each with rows of its own, stay two."""
    other = replace(FAILED, where='"amount" < 0', limit="at least 0")
    found = suite_findings([suite("pandera", FAILED, other)], table="orders")
    assert len({f.id for f in found}) == 2


def test_a_finding_keeps_its_name_when_counts_change() -> None:
    """Tomorrow's run, with more rows, is about the same finding."""
    more = replace(FAILED, rows_failed=5, message="5 of 10 are not.")
    ids = {suite_findings([suite("pandera", r)], table="t")[0].id for r in (FAILED, more)}
    assert len(ids) == 1


def test_what_passed_or_does_not_apply_is_no_finding() -> None:
    """Only failures and errors are told."""
    silent = [replace(FAILED, result=r) for r in ("pass", "not_applicable")]
    assert suite_findings([suite("pandera", *silent)], table="t") == []


def test_an_expectation_that_was_not_evaluated_is_an_error() -> None:
    """Neither passed nor failed: severity error, with what went wrong."""
    odd = replace(FAILED, result="error", message="It raised.", rows_failed=None)
    (found,) = suite_findings([suite("pandera", odd)], table="t")
    assert (found.severity, found.error) == (Severity.ERROR, "It raised.")


def test_a_broken_suite_is_one_finding() -> None:
    """Not one for each of its expectations."""
    broken = suite("great_expectations", FAILED, FAILED, error="It cannot be imported.")
    (found,) = suite_findings([broken], table="t")
    assert (found.severity, found.error) == (Severity.ERROR, "It cannot be imported.")
    assert "Great Expectations" in found.message
