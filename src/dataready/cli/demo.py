"""`dataready demo`: the sample project, made, run and reported."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from dataready.cli.argument import SETTINGS
from dataready.cli.checkout import sample_module, shipped
from dataready.cli.console import errors, value
from dataready.cli.run import run_settings, tell
from dataready.errors import ConfigError

__all__ = ["demo"]

MARK = "FAULTS.toml"
"""What the generator leaves in its folder: a folder without it is somebody else's."""


def demo(
    rows: Annotated[
        int, typer.Option(min=1000, help="How many orders production has.")
    ] = 1_000_000,
    out: Annotated[
        Path, typer.Option(help="The folder to make the project in.", metavar="FOLDER")
    ] = Path("dataready-demo"),
    *,
    clean: Annotated[
        bool, typer.Option("--clean", help="Plant no fault: the twin that should pass.")
    ] = False,
) -> None:
    """Make a sample project with planted faults, run it and print the report's path.

    A retailer's pilot against six years of production; FAULTS.toml says what is wrong with
    it. Run it again in the same folder, and the report shows a trend.

    Example: dataready demo --rows 100000 --out demo

    Exit codes: 0 it ran, whatever the verdict; 2 the folder is in use, 3 it cannot be
    written, 1 a bug.
    """
    from dataready.pipeline.run import read_report

    if (
        out.exists()
        and not (out / MARK).is_file()
        and not (out.is_dir() and not any(out.iterdir()))
    ):
        msg = f"'{out}' is there already and is no demo. Choose another folder with --out."
        raise ConfigError(msg)
    errors().print(value(f"writing {rows:,} orders to {out}", 200))
    try:
        out.mkdir(parents=True, exist_ok=True)
        sample_module("generate").generate(out, rows=rows, faults=not clean)
        shutil.copy(shipped("sample_data", SETTINGS.name), out / SETTINGS.name)
        shutil.copytree(shipped("expectations"), out / "expectations", dirs_exist_ok=True)
    except OSError as e:
        msg = f"The demo cannot be written to '{out}': {e.strerror}. Choose another folder."
        raise ConfigError(msg) from None
    folder = run_settings(out / SETTINGS.name)
    tell(read_report(folder), folder)
