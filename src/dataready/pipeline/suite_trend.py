"""Since when an expectation fails: told from the run before alone, which knew it of its own."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from dataready.expectations.result import ExpectationResult, SuiteResult
from dataready.warehouse.run_folder import list_runs

__all__ = ["with_trend"]

_Key = tuple[str, str, str | None, str]


def with_trend(
    suites: Iterable[SuiteResult], runs: Path, dataset: str, clock: str
) -> tuple[SuiteResult, ...]:
    """Say of each failing expectation since when it fails, and of how many rows before.

    Args:
        suites: What was said now.
        runs: The folder of runs.
        dataset: The dataset's name.
        clock: That of this run.
    """
    before = _before(runs, dataset)
    return tuple(
        replace(
            suite,
            results=tuple(
                _told(result, before.get(_key(suite.suite, result)), clock)
                for result in suite.results
            ),
        )
        for suite in suites
    )


def _key(suite: str, result: ExpectationResult) -> _Key:
    return suite, result.expectation, result.column, result.limit


def _told(
    result: ExpectationResult, before: Mapping[str, Any] | None, clock: str
) -> ExpectationResult:
    rows = before.get("rows_failed") if before else None
    if result.result != "fail":
        return replace(result, rows_failed_before=rows)
    since = before.get("failing_since") if before and before.get("result") == "fail" else ""
    return replace(result, failing_since=since or clock, rows_failed_before=rows)


def _before(runs: Path, dataset: str) -> dict[_Key, Mapping[str, Any]]:
    """What the newest run that looked at the dataset said; nothing if that cannot be read."""
    for folder in reversed(list_runs(runs)):
        path = folder / "datasets" / dataset / "assessment.json"
        if not path.is_file():
            continue
        try:
            suites = json.loads(path.read_text(encoding="utf-8"))["suites"]
            return {
                (s["suite"], r["expectation"], r["column"], r["limit"]): r
                for s in suites
                for r in s["results"]
            }
        except (OSError, ValueError, KeyError, TypeError):
            return {}
    return {}
