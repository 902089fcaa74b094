"""A clean pilot, its learnt suites, and what the libraries made of a broken production."""

from __future__ import annotations

import pytest
from tests.expectations.table import BROKEN, CLEAN, Pair, pilot_of

from dataready.expectations.gx_bridge import run_gx, write_gx
from dataready.expectations.pandera_bridge import run_pandera, write_pandera
from dataready.expectations.result import SuiteResult
from dataready.expectations.rules import Rule, learn
from dataready.extract.manifest import Extract


@pytest.fixture(scope="session")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    """The clean pilot's profile."""
    return pilot_of(tmp_path_factory.mktemp("suites"))


@pytest.fixture(scope="session")
def rules(pair: Pair) -> tuple[Rule, ...]:
    """What the clean pilot promises."""
    return learn(pair.pilot, dataset="orders")


@pytest.fixture(scope="session")
def broken(pair: Pair) -> Extract:
    """A production with every kind of fault."""
    return pair.production("broken", BROKEN, 3000)


@pytest.fixture(scope="session")
def honest(pair: Pair) -> Extract:
    """A production like the pilot."""
    return pair.production("honest", CLEAN, 3000)


@pytest.fixture(scope="session")
def by_pandera(pair: Pair, rules: tuple[Rule, ...], broken: Extract) -> SuiteResult:
    """The broken production under the learnt suite, by pandera."""
    path = pair.folder / "orders.py"
    write_pandera(rules, path)
    return run_pandera(path, broken, pair.plan, {}, trust=True)


@pytest.fixture(scope="session")
def by_gx(pair: Pair, rules: tuple[Rule, ...], broken: Extract) -> SuiteResult:
    """The broken production under the learnt suite, by Great Expectations."""
    path = pair.folder / "orders.json"
    write_gx(rules, path)
    return run_gx(path, broken, pair.plan, {}, trust=False)
