"""Suites run one after the other; one that breaks is an error and harms no other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from dataready.errors import DatareadyError
from dataready.expectations.agreement import held_against
from dataready.expectations.fast import run_fast
from dataready.expectations.predicate import Reader
from dataready.expectations.result import SuiteResult
from dataready.expectations.rules import Rule
from dataready.expectations.verdict import broken_suite
from dataready.extract.manifest import Extract
from dataready.model import Engine
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


@dataclass(frozen=True, slots=True)
class _Bench:
    """What every suite of a dataset is run on, and by what."""

    extract: Extract
    plan: Plan
    names: Mapping[str, str]
    engine: Engine
    others: Mapping[str, Extract]
    docs: Path | None


def run_suites(
    suites: Iterable[Suite],
    extract: Extract,
    plan: Plan,
    names: Mapping[str, str],
    *,
    engine: Engine = "native",
    others: Mapping[str, Extract] | None = None,
    docs: Path | None = None,
) -> tuple[SuiteResult, ...]:
    """Validate the full extract by each suite.

    No connection to the extract may be open in this process.

    Args:
        suites: In the order of the result.
        extract: Production's.
        plan: How the pilot reads its columns.
        names: Pilot column -> production's, where they differ.
        engine: `native`: each suite's own library judges. `fast`: our SQL judges suites that
            it can express as a whole. `both`: the library judges, and where our SQL says
            otherwise of an expectation, that is an error.
        others: The production extracts that references lead to, by dataset.
        docs: A folder for Great Expectations' own pages of what it found; None for none.

    Returns:
        One result a suite. Where a library cannot be imported, or a file cannot be read or
        understood, or a run raises or takes too long, `error` says so and no expectation
        of that suite has passed or failed.
    """
    listed = list(suites)
    bench = _Bench(extract, plan, names, engine, others or {}, docs)
    results: dict[int, SuiteResult] = {}

    def run_library(library: str) -> None:
        for k, suite in enumerate(listed):
            if suite.library == library:
                results[k] = _guarded(suite, bench)

    # The libraries take turns on nothing: Great Expectations has a process of its own.
    with ThreadPoolExecutor() as pool:
        list(pool.map(run_library, sorted({suite.library for suite in listed})))
    return tuple(results[k] for k in range(len(listed)))


def _guarded(suite: Suite, bench: _Bench) -> SuiteResult:
    try:
        return _run(suite, bench)
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


def _run(suite: Suite, bench: _Bench) -> SuiteResult:
    bench = replace(bench, extract=suite.table or bench.extract)
    extract, plan, names, others = bench.extract, bench.plan, bench.names, bench.others
    if bench.engine == "native":
        return _run_native(suite, bench)
    rules, whole = _compiled(suite, Reader.of(extract, plan, names, others))
    both = bench.engine == "both"
    if not whole and not both:
        return _run_native(suite, bench)
    native = _run_native(suite, bench, rows=True) if both else None
    fast = run_fast(rules, suite.path, extract, plan, names, rows=both, others=others)
    return fast if native is None else held_against(native, fast)


def _compiled(suite: Suite, reader: Reader) -> tuple[Sequence[Rule], bool]:
    """Answer the expectations of a suite that our SQL can judge, and whether that is all."""
    if suite.rules:
        return suite.rules, True
    if suite.library == "pandera":
        from dataready.expectations.pandera_bridge import rules_of_pandera

        return rules_of_pandera(suite.path, reader, trust=suite.trust)
    from dataready.expectations.gx_bridge import rules_of_gx

    return rules_of_gx(suite.path, reader)


def _run_native(suite: Suite, bench: _Bench, *, rows: bool = False) -> SuiteResult:
    """Import the library late: a broken one must break its own suites alone."""
    table = bench.extract, bench.plan, bench.names
    more: dict[str, Any] = {"trust": suite.trust, "others": bench.others}
    if suite.library == "pandera":
        from dataready.expectations.pandera_bridge import run_pandera

        return run_pandera(suite.path, *table, **more)
    from dataready.expectations.gx_bridge import run_gx

    return run_gx(suite.path, *table, rows=rows, docs=bench.docs, **more)
