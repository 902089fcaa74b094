"""`dataready run`: every dataset of a project, one report."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dataready.cli.argument import SETTINGS, Settings, TrustModel
from dataready.cli.checkout import shipped
from dataready.cli.console import say, steps
from dataready.errors import ConfigError, WarehouseError
from dataready.model import Verdict
from dataready.report.text import clip

if TYPE_CHECKING:
    from dataready.report.data import ReportData

__all__ = ["run", "run_settings", "tell"]

REPORT = "report.html"
QUIET = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
}
"""What keeps Prefect from calling home, and from giving up on a busy machine."""


def run(
    settings: Settings = SETTINGS,
    dataset: Annotated[
        list[str] | None, typer.Option(help="Only this dataset; repeat it.", metavar="NAME")
    ] = None,
    *,
    trust_model: TrustModel = False,
    engine: Annotated[
        str | None,
        typer.Option(help="Who judges expectations: native, fast or both; else the settings."),
    ] = None,
    prefect: Annotated[
        bool, typer.Option("--prefect", help="Run it as a Prefect flow: retries, parallel.")
    ] = False,
    secret: Annotated[
        list[str] | None,
        typer.Option(
            help="With --prefect: give a variable the value of a Secret block; repeat it.",
            metavar="VARIABLE=BLOCK",
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the result as JSON instead of lines.")
    ] = False,
) -> None:
    """Run a project: extract, compare, judge and report every dataset.

    The run is kept whole or not at all. The report's path is the last line on standard
    output.

    Example: dataready run --settings dataready.yaml --dataset orders

    Exit codes, of the worst dataset: 0 go, 10 conditional, 11 no-go, 12 not enough evidence;
    2 settings wrong, 3 a source or the warehouse failed, 1 a bug.
    """
    from dataready.pipeline.run import read_report

    chosen = tuple(dataset or ())
    if secret and not prefect:
        msg = "--secret names blocks of Prefect: give --prefect too, or set the variable itself."
        raise ConfigError(msg)
    if prefect:
        secrets = tuple(secret or ())
        folder = _run_flow(settings, chosen, secrets, trust_model=trust_model, engine=engine)
    else:
        folder = run_settings(settings, chosen, trust_model=trust_model, engine=engine)
    data = read_report(folder)
    tell(data, folder, as_json=as_json)
    raise typer.Exit(data.verdict.exit_code)


def run_settings(
    settings: Path,
    chosen: tuple[str, ...] = (),
    *,
    trust_model: bool = False,
    engine: str | None = None,
) -> Path:
    """Run a settings file's datasets and show each step; answer the run's folder."""
    from dataready.config import load_config
    from dataready.pipeline.run import run_project
    from dataready.pipeline.suites import judged_by

    config = judged_by(load_config(settings), engine)
    with steps() as doing:
        return run_project(
            config,
            only=chosen,
            trust_model=trust_model,
            step=lambda name, what: doing(f"{name}: {what}"),
        )


def _run_flow(
    settings: Path,
    chosen: tuple[str, ...],
    secrets: tuple[str, ...],
    *,
    trust_model: bool,
    engine: str | None,
) -> Path:
    """Run the Prefect flow in a process of its own; answer the run's folder."""
    options = ["--trust-model"] if trust_model else []
    options += [f"--engine={engine}"] if engine else []
    options += [f"--secret={each}" for each in secrets]
    if not secrets:
        # What is wrong in the settings is said without waiting for Prefect.
        from dataready.config import load_config
        from dataready.pipeline.extracts import check_datasets
        from dataready.pipeline.suites import judged_by

        check_datasets(judged_by(load_config(settings), engine), chosen)
    script = str(shipped("flows", "readiness.py"))
    command = [sys.executable, script, *options, "--", str(settings), *chosen]
    done = subprocess.run(  # noqa: S603 - our own script, arguments as a list
        command, env=QUIET | os.environ, stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        # The flow has said on standard error what failed.
        raise typer.Exit(done.returncode)
    lines = done.stdout.splitlines()
    if not lines:
        msg = "The flow ended and named no run. Look at what it wrote above."
        raise WarehouseError(msg)
    return Path(lines[-1])


def tell(data: ReportData, folder: Path, *, as_json: bool = False) -> None:
    """Print the verdict of each dataset, and the report's path last."""
    from dataready.report.number import score
    from dataready.report.wording import VERDICTS, interval, plan_line, project, waived_line

    report = folder / REPORT
    if as_json:
        plain = {
            "run_id": data.run_id,
            "verdict": data.verdict.value,
            "score": data.score.value,
            "folder": str(folder),
            "report": str(report),
            "datasets": [
                {
                    "dataset": a.dataset,
                    "verdict": a.decided.value,
                    "verdict_without_waivers": a.verdict.value,
                    "score": {"value": a.score.value, "low": a.score.low, "high": a.score.high},
                    "reasons": list(a.reasons),
                }
                for a in data.datasets
            ],
        }
        say(json.dumps(plain, indent=2, sort_keys=True))
        return
    for a in data.datasets:
        spread = f" ({interval(a.score)})" if a.score.low is not None else ""
        say(f"{clip(a.dataset)}: {VERDICTS[a.decided]}, score {score(a.score.value)}{spread}")
        plan = plan_line(a.fix_plan) if a.fix_plan and a.decided is not Verdict.GO else ""
        for line in (waived_line(a), *a.reasons[:3], plan):
            if line:
                say(f"  {clip(line, 200)}")
    for line in project(data):
        say(line)
    say(str(report))
