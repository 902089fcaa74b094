"""Project folders of Great Expectations, as its own tools write them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dataready.errors import ExpectationError
from dataready.expectations.gx_project import suites_in


def test_the_suites_tied_to_the_table_are_taken(tmp_path: Path) -> None:
    """By the project's validation definitions; without one for the table, all suites."""
    expectations = tmp_path / "gx" / "expectations"
    definitions = tmp_path / "gx" / "validation_definitions"
    expectations.mkdir(parents=True)
    definitions.mkdir()
    for name in ("orders_suite", "items_suite"):
        suite = {"name": name, "expectations": []}
        (expectations / f"{name}.json").write_text(json.dumps(suite))
    tie = {"data": {"asset": {"name": "orders"}}, "suite": {"name": "orders_suite"}}
    (definitions / "nightly.json").write_text(json.dumps(tie))
    assert suites_in(tmp_path, "orders") == [expectations / "orders_suite.json"]
    assert len(suites_in(tmp_path / "gx", "customers")) == 2
    assert suites_in(expectations / "x.json", "orders") == [expectations / "x.json"]


def test_a_folder_without_suites_says_what_to_name(tmp_path: Path) -> None:
    """Nothing to run is no silence."""
    with pytest.raises(ExpectationError, match="holds no suite"):
        suites_in(tmp_path, "orders")
