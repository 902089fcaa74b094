"""Two engines held against each other: what counts as a difference."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dataready.expectations.agreement import held_against
from dataready.expectations.result import ExpectationResult, SuiteResult

ONE = ExpectationResult(
    expectation="range",
    column="v",
    result="fail",
    message="",
    rows_failed=3,
    rows_checked=10,
    where="v > 1",
    rows_hash="0a",
)


def suite(result: ExpectationResult) -> SuiteResult:
    """A suite of one expectation."""
    return SuiteResult(
        library="pandera", library_version="", suite="s", suite_sha256="", results=(result,)
    )


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"result": "pass"}, "says 'fail'"),
        ({"rows_failed": 4}, "3 rows fail"),
        ({"rows_hash": "0b"}, "not the same ones"),
    ],
)
def test_verdict_number_and_rows_must_be_equal(changes: dict[str, str], said: str) -> None:
    """Whichever differs first is told, and the expectation is an error."""
    (told,) = held_against(suite(ONE), suite(replace(ONE, **changes))).results
    assert (told.result, told.severity) == ("error", "error")
    assert said in told.message


@pytest.mark.parametrize("changes", [{}, {"rows_hash": None}, {"where": "v > 2"}])
def test_what_is_equal_or_cannot_be_compared_stands(changes: dict[str, str | None]) -> None:
    """An expectation that our SQL does not know is the library's alone."""
    assert held_against(suite(ONE), suite(replace(ONE, **changes))).results == (ONE,)
