"""What the docs say of commands, errors and exit codes is what the code does."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer

from dataready import errors
from dataready.cli.app import app
from dataready.cli.reference import reference
from dataready.model import Verdict

DOCS = Path(__file__).parents[1] / "docs"
COMMANDS = typer.main.get_command(app).commands


def test_the_page_of_commands_is_current():
    """`python -m dataready.cli.reference` would change nothing."""
    assert (DOCS / "cli.md").read_text(encoding="utf-8") == reference()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_is_named(name):
    """The section of a command names each of its options and arguments."""
    _, _, section = (
        (DOCS / "cli.md").read_text(encoding="utf-8").partition(f"## dataready {name}\n")
    )
    section = section.partition("\n## ")[0]
    assert section
    for parameter in COMMANDS[name].params:
        if parameter.param_type_name == "argument":
            assert parameter.name.upper() in section
        for option in parameter.opts:
            assert option.startswith("--") is False or option in section


@pytest.mark.parametrize("name", [n for n in errors.__all__ if n.endswith("Error")])
def test_every_error_stands_with_its_exit_code(name):
    """The table of errors has each class, with the code that it has."""
    page = (DOCS / "exit-codes.md").read_text(encoding="utf-8")
    assert f"| `{name}` | {getattr(errors, name).exit_code} |" in page


def test_every_verdict_stands_with_its_exit_code():
    """The table of codes has each verdict's."""
    page = (DOCS / "exit-codes.md").read_text(encoding="utf-8")
    for verdict in Verdict:
        words = verdict.value.replace("-", " ") if "evidence" in verdict else verdict.value
        assert f"| {verdict.exit_code} | {words}" in page
