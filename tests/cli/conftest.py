"""Commands are run inside the test's process, in a folder of their own."""

from __future__ import annotations

import pytest
from tests.cli.project import project, rows
from typer.testing import CliRunner

from dataready.cli.app import app


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Stand in an empty folder, with a terminal of known width."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    return tmp_path


@pytest.fixture
def cli(here):
    """Answer a function that runs `dataready` with arguments."""
    assert here
    return lambda *arguments: CliRunner().invoke(app, [str(a) for a in arguments])


@pytest.fixture
def pair(here):
    """Write a pilot and a production that differ by chance alone; answer their names."""
    (here / "pilot.csv").write_text(rows(2000, seed=1))
    (here / "production.csv").write_text(rows(4000, seed=2, start=3000))
    return "pilot.csv", "production.csv"


@pytest.fixture
def settings(here):
    """Write the tiny project; answer its settings file."""
    return project(here)
