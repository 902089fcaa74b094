"""`dataready sources test`: can a source be reached and read, and how long would it take."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dataready.cli.argument import source
from dataready.cli.console import errors, output, say, steps, value
from dataready.cli.failure import Command

if TYPE_CHECKING:
    from rich.table import Table

    from dataready.sources.survey import Survey

__all__ = ["sources"]

sources = typer.Typer(
    name="sources",
    help="Try a source before a night depends on it.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)


@sources.callback()
def _sources() -> None:
    """Try a source before a night depends on it."""


@sources.command(name="test", cls=Command)
def try_source(
    url: Annotated[
        str, typer.Argument(help="A URL without a password, a file, a folder or a glob.")
    ],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was found as JSON.")] = False,
) -> None:
    """Say whether a source can be reached and read, which tables it has, and how long they take.

    Nothing is kept, and nothing is written. The password of a database comes from its own
    variable (PGPASSWORD) or its own file (.pgpass), never from the command line.

    Example: dataready sources test postgresql://reader@db.example.org/shop

    Exit codes: 0 it can be read, 2 arguments wrong, 3 it cannot be reached or nothing of it
    may be read, 1 a bug.
    """
    from dataready.errors import SourceError
    from dataready.sources import open_source
    from dataready.sources.survey import Surveyed

    spec = source(url)
    opened = open_source(spec, base=Path.cwd())
    if not isinstance(opened, Surveyed):
        say(f"{opened.where}: {opened.kind}, can be read.")
        return
    with steps() as doing:
        doing("connecting, and reading the start of a table")
        found = opened.survey()
    if as_json:
        say(json.dumps(asdict(found), indent=2, sort_keys=True))
    else:
        say(f"{found.where}: {found.server}, as user '{found.user}'")
        output().print(_table(found))
        for note in found.notes:
            errors().print(value(note, 300, style="yellow"))
    if not any(t.readable for t in found.tables):
        msg = f"'{found.where}' can be reached, but holds no table that '{found.user}' may read."
        raise SourceError(msg)


def _table(found: Survey) -> Table:
    from rich.table import Table

    from dataready.report.number import count

    table = Table()
    table.add_column("table", overflow="fold")
    for title in ("rows, about", "MiB", "seconds, about"):
        table.add_column(title, justify="right")
    table.add_column("may be read")
    for t in found.tables:
        table.add_row(
            value(t.name),
            "?" if t.rows is None else count(t.rows),
            f"{t.bytes / (1 << 20):,.1f}",
            "?" if t.seconds is None else f"{max(t.seconds, 0.1):,.1f}",
            "yes" if t.readable else "no",
        )
    return table
