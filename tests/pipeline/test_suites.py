"""Suites in a run: what is said already is known by its rows, and since when one fails."""

from __future__ import annotations

import json
from pathlib import Path

from tests.expectations.table import extract_of

from dataready.expectations.result import ExpectationResult, SuiteResult
from dataready.model import Finding, Severity
from dataready.pipeline.suite_trend import with_trend
from dataready.pipeline.suites import Sides, _said_once


def finding(where: str, rows: int, detector: str = "expectation") -> Finding:
    """A finding on column v."""
    return Finding(
        dimension="expectation",
        detector=detector,
        severity=Severity.WARN,
        table="t",
        column="v",
        message="The expectation 'range' on 'v' is not met.",
        rows_affected=rows,
        where=where,
    )


def test_an_expectation_is_said_already_by_the_same_rows_only(tmp_path: Path) -> None:
    """As many rows on the same column are no repetition, if they are others."""
    extract = extract_of(tmp_path / "e.duckdb", "i AS v", 100)
    sides = Sides(extract, extract, extract, {})
    failed = finding("v < 10", 10)
    for told, expected in (("v < 10", Severity.INFO), ("v >= 90", Severity.WARN)):
        found = _said_once([failed], [finding(told, 10, "sentinel")], (), sides)
        assert [f.severity for f in found] == [expected]
    decided = ("The expectation 'range' on 'v' ",)
    (kept,) = _said_once([failed], [finding("v < 10", 10, "sentinel")], decided, sides)
    assert kept.severity is Severity.WARN


def test_failing_since_is_the_first_of_an_unbroken_row_of_runs(tmp_path: Path) -> None:
    """Each run knows it from the one before; a pass in between begins it anew."""
    clocks = []
    for k, result in enumerate(("fail", "pass", "fail", "fail")):
        one = ExpectationResult(
            expectation="range", column="v", result=result, message="", rows_failed=k
        )
        suite = SuiteResult(
            library="pandera", library_version="", suite="s", suite_sha256="", results=(one,)
        )
        (told,) = with_trend([suite], tmp_path, "t", f"2026-01-0{k + 1}T00:00:00+00:00")
        clocks.append((told.results[0].failing_since[:10], told.results[0].rows_failed_before))
        folder = tmp_path / f"2026010{k + 1}T000000Z-00000000" / "datasets" / "t"
        folder.mkdir(parents=True)
        plain = {"suite": "s", "results": [
            {"expectation": "range", "column": "v", "limit": "", "result": result,
             "rows_failed": k, "failing_since": told.results[0].failing_since}
        ]}  # fmt: skip
        (folder / "assessment.json").write_text(json.dumps({"suites": [plain]}))
        (folder.parents[1] / "run.json").write_text("{}")
    assert clocks == [("2026-01-01", None), ("", 0), ("2026-01-03", 1), ("2026-01-03", 2)]
