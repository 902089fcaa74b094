"""A suite that breaks is an error, and harms no other suite."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.expectations.table import CANARY, Pair

from dataready.expectations import pandera_bridge
from dataready.expectations.bridge import Suite, run_suites
from dataready.expectations.gx_bridge import write_gx
from dataready.expectations.pandera_bridge import write_pandera
from dataready.expectations.result import SuiteResult
from dataready.expectations.rules import Rule
from dataready.extract.manifest import Extract

NONE: Mapping[str, str] = {}


@pytest.fixture
def suite(tmp_path: Path, rules: tuple[Rule, ...]) -> Suite:
    """The learnt suite for pandera."""
    write_pandera(rules, tmp_path / "orders.py")
    return Suite("pandera", tmp_path / "orders.py", trust=True, rules=rules)


def assert_broken(result: SuiteResult, rules: tuple[Rule, ...]) -> None:
    """Nothing passed, nothing failed, every rule is named as an error."""
    assert result.error
    assert [r.result for r in result.results] == ["error"] * len(rules)
    assert [r.expectation for r in result.results] == [r.kind for r in rules]


def test_pandera_that_cannot_be_imported_breaks_its_suites_alone(
    pair: Pair, honest: Extract, suite: Suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The suite is an error that says so; the run goes on to the next suite."""
    for name in list(sys.modules):
        if name.split(".")[0] == "pandera" or name.endswith("pandera_bridge"):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pandera", None)
    missing = Suite("great_expectations", suite.path.with_name("gone.json"))
    first, second = run_suites([suite, missing], honest, pair.plan, NONE)
    assert_broken(first, suite.rules)
    assert "pandera cannot be imported" in first.error
    assert "'gone.json'" in second.error


def test_great_expectations_that_cannot_be_imported_breaks_its_suites_alone(
    pair: Pair,
    honest: Extract,
    rules: tuple[Rule, ...],
    suite: Suite,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The child's failure is named; pandera's suite is judged as ever."""
    shadow = tmp_path / "shadow" / "great_expectations"
    shadow.mkdir(parents=True)
    (shadow / "__init__.py").write_text(f"raise ImportError('{CANARY}')")
    monkeypatch.setenv("PYTHONPATH", str(shadow.parent))
    monkeypatch.setattr("dataready.expectations.gx_process._idle", [])
    write_gx(rules, tmp_path / "orders.json")
    gx = Suite("great_expectations", tmp_path / "orders.json", rules=rules)
    first, second = run_suites([gx, suite], honest, pair.plan, NONE)
    assert_broken(first, rules)
    assert "cannot be imported" in first.error
    assert CANARY not in repr(first)
    assert {r.result for r in second.results} == {"pass"}


def test_what_a_library_raises_is_named_without_its_text(
    pair: Pair, honest: Extract, suite: Suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An exception's text may hold values of the data."""

    def explode(*_: object) -> None:
        raise RuntimeError(CANARY)

    monkeypatch.setattr(pandera_bridge, "_validate", explode)
    (result,) = run_suites([suite], honest, pair.plan, NONE)
    assert_broken(result, suite.rules)
    assert result.error == "pandera raised RuntimeError at 'orders.py'."


def test_an_untrusted_suite_says_which_setting_allows_it(
    pair: Pair, honest: Extract, suite: Suite
) -> None:
    """Nothing ran; the file's hash is kept all the same."""
    (result,) = run_suites([Suite("pandera", suite.path)], honest, pair.plan, NONE)
    assert "trust: true" in result.error
    assert len(result.suite_sha256) == 64
    assert [(r.expectation, r.result) for r in result.results] == [("suite", "error")]


@pytest.mark.parametrize(
    ("library", "name"),
    [("pandera", "gone.py"), ("pandera", "gone.yaml"), ("great_expectations", "gone.json")],
)
def test_a_file_that_is_not_there_is_an_error(
    pair: Pair, honest: Extract, tmp_path: Path, library: str, name: str
) -> None:
    """The file is named, and has no hash."""
    suite = Suite(library, tmp_path / name, trust=True)
    (result,) = run_suites([suite], honest, pair.plan, NONE)
    assert f"'{name}'" in result.error
    assert result.suite_sha256 == ""


def test_an_extract_that_is_gone_is_an_error(
    pair: Pair, honest: Extract, suite: Suite, tmp_path: Path
) -> None:
    """Even then the run is not lost."""
    gone = Extract(tmp_path / "gone.duckdb", honest.manifest)
    (result,) = run_suites([suite], gone, pair.plan, NONE)
    assert_broken(result, suite.rules)
