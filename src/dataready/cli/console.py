"""What people see on a terminal: text that came with data is made harmless first."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from rich.console import Console
from rich.panel import Panel
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from dataready.report.text import clip, visible

__all__ = ["complain", "errors", "output", "say", "steps", "value"]

Say = Callable[[str], None]
"""Told what is being done now."""

_LONGEST_STEP = 120


class _Terminal(Console):
    """A console that takes no markup, and lets a reader that went away be noticed."""

    def on_broken_pipe(self) -> None:
        """Raise it again: what to do about it is decided in one place."""
        raise  # noqa: PLE0704 - called while it is handled


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

    A terminal sees the present step and its time; anything else gets a line for each
    step as it begins. No share of the work is shown: it is not known.
    """
    console = errors()
    if not console.is_terminal:
        yield lambda step: console.print(value(step, _LONGEST_STEP))
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as live:
        current: list[tuple[TaskID, str, float]] = []

        def finish() -> None:
            for task, step, began in current:
                live.remove_task(task)
                console.print(Text(f"{step}: {monotonic() - began:.1f} s", style="dim"))
            current.clear()

        def begin(step: str) -> None:
            finish()
            shown = clip(step, _LONGEST_STEP)
            current.append((live.add_task(shown, total=None), shown, monotonic()))

        yield begin
        finish()
