"""The command `dataready` and its subcommands."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from dataready.cli.compare import compare
from dataready.cli.console import say
from dataready.cli.demo import demo
from dataready.cli.expectations import expectations
from dataready.cli.extract import extract
from dataready.cli.failure import Command, listen
from dataready.cli.history import history
from dataready.cli.init import init
from dataready.cli.profile import profile
from dataready.cli.report import report
from dataready.cli.run import run
from dataready.cli.sources import sources
from dataready.cli.what_if import what_if

__all__ = ["app", "main"]

app = typer.Typer(
    name="dataready",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:  # noqa: FBT001 - typer calls it with one argument
    if wanted:
        from importlib.metadata import version

        say(f"dataready {version('dataready')}")
        raise typer.Exit


@app.callback()
def dataready(
    *,
    _version_wanted: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Say which this is."),
    ] = False,
) -> None:
    """Is production ready for this pilot, and if not, why?

    Compares a curated pilot data set with the full production data and answers with a score,
    findings with evidence, and a verdict: go, conditional, no-go or not enough evidence.

    Try: dataready demo

    Exit codes: 0 go or done, 10 conditional, 11 no-go, 12 not enough evidence, 2 settings or
    arguments wrong, 3 a source or the warehouse failed, 1 a bug, 130 stopped.
    """


for command in (compare, profile, init, run, extract, what_if, report, history, demo):
    app.command(cls=Command)(command)
app.add_typer(sources)
app.add_typer(expectations)


def main() -> None:
    """Run the command that the arguments name, and end the process with its exit code."""
    listen()
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character gets its code instead of a crash.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    app()
