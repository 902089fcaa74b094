"""`dataready history`: how the scores went, run after run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby
from typing import TYPE_CHECKING, Annotated

import typer

from dataready.cli.argument import SETTINGS, Settings
from dataready.cli.console import complain, output, say, value

if TYPE_CHECKING:
    from rich.table import Table

    from dataready.warehouse.history import Point

__all__ = ["history", "sparkline"]

_STEPS = "▁▂▃▄▅▆▇█"


def history(
    settings: Settings = SETTINGS,
    *,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Read all run folders again first.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the scores as JSON.")] = False,
) -> None:
    """Show the scores of all runs, oldest first, and where they go.

    Example: dataready history --json

    Exit codes: 0 done, 2 settings wrong, 3 the folder of runs cannot be used, 1 a bug.
    """
    from dataready.config import load_config
    from dataready.warehouse.history import History

    config = load_config(settings)
    runs = config.resolve(config.runs)
    index = History(runs / "history.sqlite", runs=runs)
    if rebuild:
        index.rebuild()
    else:
        index.update()
    points = index.trend()
    if as_json:
        say(json.dumps([asdict(p) for p in points], indent=2, sort_keys=True))
    elif not points:
        say("There is no run yet. Start one with `dataready run`.")
    else:
        by_dataset = sorted(points, key=lambda p: p.dataset)
        for name, group in groupby(by_dataset, key=lambda p: p.dataset):
            output().print(_table(name, list(group)))
    for broken in index.broken():
        complain(f"The run '{broken.run_id}' is left out: {broken.reason}", title="Damaged run")


def _table(name: str, points: Sequence[Point]) -> Table:
    from rich.table import Table

    from dataready.cli.summary import STYLES
    from dataready.report.number import score
    from dataready.report.text import moment
    from dataready.report.wording import VERDICTS

    drawn = sparkline([p.value for p in points])
    table = Table(title=value(f"{name}  {drawn}", 140), title_justify="left")
    for column in ("when", "run", "verdict"):
        table.add_column(column, overflow="fold", no_wrap=column == "run")
    for column in ("score", "90 % interval", "change"):
        table.add_column(column, justify="right")
    before: float | None = None
    for p in points:
        change = "" if p.value is None or before is None else f"{p.value - before:+.1f}"
        before = p.value
        table.add_row(
            moment(p.clock),
            value(p.run_id),
            value(VERDICTS[p.verdict], style=STYLES[p.verdict]),
            score(p.value),
            "" if p.low is None else f"{score(p.low)} to {score(p.high)}",
            change,
        )
    return table


def sparkline(scores: Sequence[float | None]) -> str:
    """Draw scores on 0-100 as a line of blocks; a run without a score leaves a gap.

    >>> sparkline([0, 50, None, 100])
    '▁▅ █'
    """
    top = len(_STEPS) - 1
    return "".join(" " if s is None else _STEPS[min(top, int(s / 100 * (top + 1)))] for s in scores)
