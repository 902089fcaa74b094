"""What a command answers when it cannot go on: a message, an exit code, no traceback."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import typer
from typer.core import TyperCommand

from dataready.cli.console import complain
from dataready.errors import DatareadyError

__all__ = ["Command", "listen", "reported"]

_SIGNAL = 128
_BUG = (
    "This is a bug in dataready, not in your data: {kind} at {place}.\n"
    "Please report it with that line, the command and the output of `dataready --version`.\n"
    "DATAREADY_TRACEBACK=1 shows the whole traceback, which may hold values of your data."
)

_stopped: list[int] = []
"""The signals that asked this process to stop."""


class Command(TyperCommand):
    """A command whose failures are reported instead of raised."""

    def invoke(self, ctx: typer.Context) -> object:  # type: ignore[override]
        """Run the command."""
        with reported():
            return super().invoke(ctx)


def listen() -> None:
    """Take signals that ask to stop as an interruption, so that temporary files are removed."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)


def _stop(number: int, _frame: FrameType | None) -> None:
    _stopped.append(number)
    raise KeyboardInterrupt


@contextmanager
def reported() -> Iterator[None]:
    """Turn what a command raises into a message on standard error and an exit code.

    Raises:
        typer.Exit: With the error's code, 128 + the signal that stopped the command, or 1
            for a bug of ours.
    """
    try:
        yield
        sys.stdout.flush()
    except (typer.Exit, SystemExit):
        raise
    except BrokenPipeError:
        # Whoever read us has seen enough; the flush at exit must not complain either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(_SIGNAL + signal.SIGPIPE) from None
    except BaseException as e:  # noqa: BLE001 - panics of libraries are no `Exception`
        # An interrupted statement comes out of a library as an error of that library's own.
        if _stopped or isinstance(e, KeyboardInterrupt):
            code = _SIGNAL + (_stopped[0] if _stopped else signal.SIGINT)
            complain("Stopped; nothing half-written is left behind.", title="Stopped")
            raise typer.Exit(code) from None
        if isinstance(e, DatareadyError):
            complain(str(e))
            raise typer.Exit(e.exit_code) from None
        _complain_of_bug(e)
        raise typer.Exit(1) from None


def _complain_of_bug(error: BaseException) -> None:
    """Say where it happened; the error's own words may hold values of the data."""
    if os.environ.get("DATAREADY_TRACEBACK") == "1":
        traceback.print_exception(error)
    package = str(Path(__file__).parents[1])
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if f.filename.startswith(package)] or list(frames)
    place = "an unknown place"
    if ours:
        file = ours[-1].filename.removeprefix(package).lstrip(os.sep)
        place = f"{file}:{ours[-1].lineno}"
    complain(_BUG.format(kind=type(error).__name__, place=place), title="Bug")
