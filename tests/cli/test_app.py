"""The command itself: quick to answer, and saying what it is."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version

HEAVY = ("prefect", "pandera", "great_expectations", "sklearn", "duckdb", "polars", "pydantic")


def test_help_imports_nothing_heavy():
    """`--help` answers at once because no engine and no library of suites is imported."""
    code = (
        "import sys\nfrom dataready.cli.app import app\n"
        "try:\n    app(['--help'])\nexcept SystemExit:\n    pass\n"
        f"print([m for m in {HEAVY!r} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    assert "compare" in done.stdout


def test_the_version_is_the_package_s(cli):
    """`--version` says which dataready this is."""
    assert cli("--version").stdout == f"dataready {version('dataready')}\n"


def test_every_command_teaches(cli):
    """Each command's help has an example and its exit codes."""
    for name in ("compare", "profile", "init", "run", "report", "history", "demo"):
        shown = cli(name, "--help").stdout
        assert f"Example: dataready {name}" in shown
        assert "Exit codes" in shown


def test_wrong_usage_is_exit_2(cli):
    """An unknown command, an unknown option and a missing argument are the user's errors."""
    assert cli("compere").exit_code == 2
    assert cli("compare", "a", "b", "--targett", "c").exit_code == 2
    assert cli("compare", "a").exit_code == 2
