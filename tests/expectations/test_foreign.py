"""Suites that nobody here wrote, run in place and unchanged; none of them is part of the project.

DATAREADY_SUITES names a folder of folders: each holds `table.csv` and either a project of Great
Expectations (`expectations/`, or `gx/`) or pandera's schemas (`*.py`, `*.yaml`), as they stand in
public repositories. Without it these tests are skipped.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dataready.expectations.bridge import Suite, run_suites
from dataready.expectations.gx_project import suites_in
from dataready.extract.pull import pull
from dataready.model import SourceSpec
from dataready.profile.planning import first_plan
from dataready.warehouse.connection import connect

NAMED = os.environ.get("DATAREADY_SUITES")
TABLES = sorted(Path(NAMED).glob("*/table.csv")) if NAMED else []

pytestmark = pytest.mark.skipif(not TABLES, reason="DATAREADY_SUITES names no folder of suites")


def suites_of(folder: Path) -> list[Suite]:
    """All suites of a folder, as its settings would name them."""
    modules = [*sorted(folder.glob("*.py")), *sorted(folder.glob("*.yaml"))]
    found = [Suite("pandera", path, trust=True) for path in modules]
    if not (folder / "expectations").is_dir() and not (folder / "gx").is_dir():
        return found
    return [*found, *(Suite("great_expectations", p) for p in suites_in(folder, folder.name))]


@pytest.mark.parametrize("engine", ["native", "both"])
@pytest.mark.parametrize("table", TABLES, ids=lambda path: path.parent.name)
def test_foreign_suites_run_unchanged(table: Path, engine: str, tmp_path: Path) -> None:
    """Every expectation has a verdict, and our SQL agrees wherever it can speak."""
    spec = SourceSpec(path=str(table))
    extract = pull(
        spec, dataset=table.parent.name, side="production", folder=tmp_path, name="t", base=tmp_path
    )
    with connect(extract.path, read_only=True) as con:
        plan = first_plan(con, extract.manifest.schema, typed=False)
    suites = suites_of(table.parent)
    results = run_suites(suites, extract, plan, {}, engine=engine)  # type: ignore[arg-type]
    assert suites
    assert [suite.error for suite in results] == [""] * len(suites)
    for suite in results:
        assert suite.results
        assert [r.message for r in suite.results if r.result == "error"] == []
