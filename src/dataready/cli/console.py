"""What people see on a terminal: text that came with data is made harmless first."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from rich.console import Console
from rich.panel import Panel
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.progress_bar import ProgressBar
from rich.text import Text

from dataready.report.text import clip, visible

__all__ = ["complain", "errors", "output", "say", "steps", "value"]

Say = Callable[[str], None]
"""Told what is being done now; of a long step again and again, with the share that is done."""
_SHARE = re.compile(r"(.+) \((\d+) %\)")

_LONGEST_STEP = 120


class _Terminal(Console):
    """A console that takes no markup, and lets a reader that went away be noticed."""

    def on_broken_pipe(self) -> None:
        """Raise it again: what to do about it is decided in one place."""
        raise  # noqa: PLE0704 - called while it is handled


class _Share(BarColumn):
    """A bar for steps whose share is told, and nothing for others."""

    def render(self, task: Task) -> ProgressBar | Text:  # type: ignore[override]
        """Answer the bar, or an empty text."""
        return super().render(task) if task.total else Text("")


def output() -> Console:
    """Answer the console of results: standard output."""
    return _Terminal(markup=False, emoji=False, highlight=False)


def errors() -> Console:
    """Answer the console of progress and complaints: standard error."""
    return _Terminal(stderr=True, markup=False, emoji=False, highlight=False)


def value(text: str, limit: int = 60, *, style: str = "") -> Text:
    r"""Make a value that came with data fit to be shown: no control characters, cut.

    >>> value("[red]\x1b[2J").plain
    '[red]\\x1b[2J'
    """
    return Text(clip(text, limit), style=style)


def say(text: str) -> None:
    """Write one line of a result to standard output, as it is."""
    sys.stdout.write(f"{text}\n")


def complain(message: str, *, title: str = "Error") -> None:
    """Show what went wrong, on standard error."""
    shown = Text(visible(message, lines=True))
    errors().print(Panel(shown, title=title, title_align="left", border_style="red"))


@contextmanager
def steps() -> Iterator[Say]:
    """Tell on standard error what is being done and how long it took.

    A terminal sees the present step, its time and, where it is told, the share that is done;
    anything else gets a line for each step as it begins.
    """
    console = errors()
    if not console.is_terminal:

        def line(step: str) -> None:
            if not _SHARE.fullmatch(step):
                console.print(value(step, _LONGEST_STEP))

        yield line
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        _Share(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as live:
        current: list[tuple[TaskID, str, float]] = []

        def finish() -> None:
            for task, step, began in current:
                live.remove_task(task)
                console.print(Text(f"{step}: {monotonic() - began:.1f} s", style="dim"))
            current.clear()

        def begin(step: str) -> None:
            told = _SHARE.fullmatch(step)
            if told and current and current[-1][1] == clip(told[1], _LONGEST_STEP):
                live.update(current[-1][0], total=100, completed=int(told[2]))
                return
            finish()
            shown = clip(step, _LONGEST_STEP)
            current.append((live.add_task(shown, total=None), shown, monotonic()))

        yield begin
        finish()
