"""`dataready report`: the pages of a run once more, from its JSON."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from dataready.cli.argument import SETTINGS, Settings
from dataready.cli.console import say
from dataready.errors import ConfigError, did_you_mean

__all__ = ["chosen_run", "report"]


def report(
    run: Annotated[
        str | None, typer.Argument(help="A run's id or folder; the latest if not given.")
    ] = None,
    settings: Settings = SETTINGS,
    out: Annotated[
        Path | None,
        typer.Option(help="Where the pages go; else `report/` beside the settings."),
    ] = None,
) -> None:
    """Write the HTML report and the memo of a run again, and print the report's path.

    A run never changes: its pages are written anew beside it, from what it recorded.

    Example: dataready report 20261121T113000Z-0f3a9c21 --out pages

    Exit codes: 0 done, 2 arguments wrong or no such run, 3 the run is damaged, 1 a bug.
    """
    from dataready.config import load_config
    from dataready.pipeline.run import read_report, write_views

    folder = Path(run) if run and Path(run).is_dir() else None
    if folder is None or out is None:
        config = load_config(settings)
        folder = folder or chosen_run(config.resolve(config.runs), run)
        out = out or config.base / "report"
    data = read_report(folder)
    try:
        out.mkdir(mode=0o700, parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".report-", dir=out) as draft:
            pages = [p.replace(out / p.name) for p in write_views(data, Path(draft))]
    except OSError as e:
        msg = f"The pages cannot be written to '{out}': {e.strerror}. Choose another folder."
        raise ConfigError(msg) from None
    say(str(pages[-1]))


def chosen_run(runs: Path, wanted: str | None) -> Path:
    """Answer the folder of a run, the latest if none is named.

    Raises:
        ConfigError: There is no run, or not this one.
    """
    from dataready.warehouse.run_folder import list_runs

    there = {folder.name: folder for folder in list_runs(runs)}
    if not there:
        msg = f"There is no run in '{runs}' yet. Start one with `dataready run`."
        raise ConfigError(msg)
    if wanted is None:
        return list(there.values())[-1]
    if wanted not in there:
        newest = ", ".join(list(there)[-5:])
        msg = f"There is no run '{wanted}'.{did_you_mean(wanted, there)} The newest are: {newest}."
        raise ConfigError(msg)
    return there[wanted]
