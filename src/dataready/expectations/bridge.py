"""Suites run one after the other; one that breaks is an error and harms no other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from dataready.errors import DatareadyError
from dataready.expectations.result import SuiteResult
from dataready.expectations.rules import Rule
from dataready.expectations.verdict import broken_suite
from dataready.extract.manifest import Extract
from dataready.profile.plan import Plan

__all__ = ["Suite", "run_suites"]


@dataclass(frozen=True, slots=True)
class Suite:
    """A suite's file and the library that runs it.

    `trust` says whether code inside it (Python, SQL) may run. `rules` are what it was
    learnt as, where it was, so that each can be named if the suite breaks. `table` is the
    extract that it is about, where that is not the one given to `run_suites`.
    """

    library: Literal["pandera", "great_expectations"]
    path: Path
    trust: bool = False
    rules: tuple[Rule, ...] = ()
    table: Extract | None = None


def run_suites(
    suites: Iterable[Suite], extract: Extract, plan: Plan, names: Mapping[str, str]
) -> tuple[SuiteResult, ...]:
    """Let each suite's own library validate the full extract.

    No connection to the extract may be open in this process.

    Args:
        suites: In the order of the result.
        extract: Production's.
        plan: How the pilot reads its columns.
        names: Pilot column -> production's, where they differ.

    Returns:
        One result a suite. Where a library cannot be imported, or a file cannot be read or
        understood, or a run raises or takes too long, `error` says so and no expectation
        of that suite has passed or failed.
    """
    listed = list(suites)
    results: dict[int, SuiteResult] = {}

    def run_library(library: str) -> None:
        for k, suite in enumerate(listed):
            if suite.library == library:
                results[k] = _guarded(suite, suite.table or extract, plan, names)

    # The libraries take turns on nothing: Great Expectations has a process of its own.
    with ThreadPoolExecutor() as pool:
        list(pool.map(run_library, sorted({suite.library for suite in listed})))
    return tuple(results[k] for k in range(len(listed)))


def _guarded(suite: Suite, extract: Extract, plan: Plan, names: Mapping[str, str]) -> SuiteResult:
    try:
        return _run(suite, extract, plan, names)
    except DatareadyError as e:
        error = str(e)
    except OSError as e:
        error = f"'{suite.path.name}' cannot be read ({type(e).__name__})."
    except ImportError as e:
        error = f"{suite.library} cannot be imported ({type(e).__name__}). Install it again."
    except Exception as e:  # noqa: BLE001  a library's failure must not lose the run
        # Its text may hold values of the data.
        error = f"{suite.library} raised {type(e).__name__} at '{suite.path.name}'."
    return broken_suite(suite.library, suite.path, error, rules=suite.rules)


def _run(suite: Suite, extract: Extract, plan: Plan, names: Mapping[str, str]) -> SuiteResult:
    """Import the library late: a broken one must break its own suites alone."""
    if suite.library == "pandera":
        from dataready.expectations.pandera_bridge import run_pandera

        return run_pandera(suite.path, extract, plan, names, trust=suite.trust)
    from dataready.expectations.gx_bridge import run_gx

    return run_gx(suite.path, extract, plan, names, trust=suite.trust)
