"""The page of all commands, written from the commands themselves.

`python -m dataready.cli.reference [FOLDER]` writes docs/cli.md.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from dataready.cli.app import app

__all__ = ["reference", "write_reference"]

FILE = "cli.md"
HEAD = """\
# Commands

<!-- Written by `python -m dataready.cli.reference`; edit the commands instead. -->
"""


def reference() -> str:
    """Write the page in Markdown: each command with its arguments and options."""
    group: Any = typer.main.get_command(app)
    parts = [HEAD, *_section("dataready", group)]
    for name, command in group.commands.items():
        parts += _section(f"dataready {name}", command)
        for inner, below in getattr(command, "commands", {}).items():
            parts += _section(f"dataready {name} {inner}", below)
    return "\n".join(parts)


def write_reference(folder: Path) -> Path:
    """Write the page to a folder; answer its path."""
    path = folder / FILE
    path.write_text(reference(), encoding="utf-8")
    return path


def _section(title: str, command: Any) -> Iterator[str]:  # noqa: ANN401
    yield from (f"## {title}", "", inspect.cleandoc(command.help), "")
    shown = [p for p in command.params if not getattr(p, "hidden", False)]
    if shown:
        yield from ("| argument or option | meaning |", "|---|---|")
        for parameter in shown:
            yield f"| {_name(parameter)} | {_meaning(parameter)} |"
        yield ""


def _name(parameter: Any) -> str:  # noqa: ANN401
    if parameter.param_type_name == "argument":
        name = parameter.name.upper()
        return f"`{name}`" if parameter.required else f"`[{name}]`"
    value = "" if parameter.is_flag else f" {parameter.metavar or parameter.name.upper()}"
    return ", ".join(f"`{spelling}{value}`" for spelling in parameter.opts)


def _meaning(parameter: Any) -> str:  # noqa: ANN401
    said = parameter.help or ""
    default = parameter.default
    if default is None or default in ("", (), []) or isinstance(default, bool):
        return said
    return f"{said} Default: `{default}`."


if __name__ == "__main__":
    written = write_reference(Path(sys.argv[1] if len(sys.argv) > 1 else "docs"))
    sys.stdout.write(f"{written}\n")
