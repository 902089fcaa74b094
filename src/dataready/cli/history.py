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

    from dataready.warehouse.history import Point, Prediction

__all__ = ["history", "sparkline"]

_STEPS = "▁▂▃▄▅▆▇█"


def history(
    settings: Settings = SETTINGS,
    *,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Read all run folders again first.")
    ] = False,
    predictions: Annotated[
        bool,
        typer.Option("--predictions", help="Show predicted losses, and whether they came true."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Show the scores of all runs, oldest first, and where they go.

    A predicted loss has come true if the real one, known from labels of that run's
    production then or later, lies in the interval.

    Example: dataready history --predictions

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
    if predictions:
        _show_predictions(index.predictions(), as_json=as_json)
    else:
        _show_scores(index.trend(), as_json=as_json)
    for broken in index.broken():
        complain(f"The run '{broken.run_id}' is left out: {broken.reason}", title="Damaged run")


def _show_scores(points: Sequence[Point], *, as_json: bool) -> None:
    if as_json:
        say(json.dumps([asdict(p) for p in points], indent=2, sort_keys=True))
    elif not points:
        say("There is no run yet. Start one with `dataready run`.")
    else:
        by_dataset = sorted(points, key=lambda p: p.dataset)
        for name, group in groupby(by_dataset, key=lambda p: p.dataset):
            output().print(_table(name, list(group)))


def _show_predictions(predicted: Sequence[Prediction], *, as_json: bool) -> None:
    if as_json:
        plain = [asdict(p) | {"inside": p.inside} for p in predicted]
        say(json.dumps(plain, indent=2, sort_keys=True))
    elif not predicted:
        say("No run has predicted a loss. It takes a dataset with a target.")
    else:
        for name, group in groupby(predicted, key=lambda p: p.dataset):
            output().print(_predictions(name, list(group)))


def _predictions(name: str, predicted: Sequence[Prediction]) -> Table:
    from rich.table import Table

    from dataready.report.number import count, percent

    known = [p.inside for p in predicted if p.inside is not None]
    told = f"{sum(known)} of {len(known)} came true" if known else "none is known to have come true"
    # Without lines, and with short heads, all of it has room on 80 columns.
    title = value(f"{name}: predicted losses of skill, {told}", 140)
    table = Table(title=title, box=None, padding=(0, 1))
    table.title_justify = "left"
    table.add_column("run", overflow="fold", no_wrap=True)
    table.add_column("model", overflow="fold")
    for column in ("loss", "90 % interval", "real", "rows"):
        table.add_column(column, justify="right")
    table.add_column("inside")
    for p in predicted:
        table.add_row(
            value(p.run_id),
            value(p.model),
            percent(p.loss),
            f"{percent(p.loss_low)} to {percent(p.loss_high)}",
            "" if p.real_loss is None else percent(p.real_loss),
            "" if p.labelled_rows is None else count(p.labelled_rows),
            {True: "yes", False: "no", None: ""}[p.inside],
        )
    return table


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
