"""A run as a Prefect flow: names, retries, timeouts, artifacts. What a step does is in dataready.

`python flows/readiness.py SETTINGS [DATASET ...]` runs it here and now and prints the run's folder
last (`--help` has its options); `dataready run --prefect` does the same and answers with the
verdict.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, get_args

from prefect import flow, task
from prefect.artifacts import (
    create_link_artifact,
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)
from prefect.blocks.system import Secret
from prefect.futures import wait
from prefect.states import Completed
from prefect.task_runners import ThreadPoolTaskRunner

from dataready.config import load_config
from dataready.errors import ConfigError, DatareadyError, TransientSourceError
from dataready.model import Engine
from dataready.pipeline.run import (
    Run,
    assess_dataset,
    chosen_datasets,
    extract_side,
    finish_run,
    read_report,
    start_run,
)
from dataready.pipeline.suites import judged_by
from dataready.report.markdown import render_memo
from dataready.report.number import score
from dataready.report.wording import VERDICTS
from dataready.sources import open_session

TAGS = ["dataready"]
HOUR_S = 3600
MOST_FINDINGS = 50


async def transient(_task: object, _run: object, state: Any) -> bool:  # noqa: ANN401
    """Retry a source that failed in a way that may pass; a wrong password gets no better."""
    error = await state.aresult(raise_on_failure=False)
    return isinstance(error, TransientSourceError)


@task(name="begin", tags=TAGS)
def begin(settings: str) -> dict[str, str]:
    """Begin a run; answer its id, folder and clock."""
    return {k: str(v) for k, v in asdict(start_run(load_config(Path(settings)))).items()}


@task(
    name="extract",
    task_run_name="extract {dataset} {side}",
    tags=[*TAGS, "extract"],
    retries=2,
    retry_delay_seconds=[5, 30],
    retry_condition_fn=transient,
)
def extract(settings: str, run: dict[str, str], dataset: str, side: str) -> str:
    """Pull one side of a dataset in full; answer the extract's path."""
    return str(extract_side(load_config(Path(settings)), opened(run), dataset, side))


@task(
    name="assess",
    task_run_name="assess {dataset}",
    tags=[*TAGS, "assess"],
)
def assess(
    settings: str,
    run: dict[str, str],
    dataset: str,
    extracts: dict[str, list[str]],
    *,
    trust_model: bool = False,
    engine: str | None = None,
) -> str:
    """Measure and judge one dataset; answer the path of its assessment."""
    paths = {name: (Path(sides[0]), Path(sides[1])) for name, sides in extracts.items()}
    config = judged_by(load_config(Path(settings)), engine)
    return str(assess_dataset(config, opened(run), dataset, paths, trust_model=trust_model))


@task(name="finish", tags=TAGS, timeout_seconds=HOUR_S)
def finish(settings: str, run: dict[str, str]) -> str:
    """Write the report and make the run visible; answer its folder."""
    return str(finish_run(load_config(Path(settings)), opened(run)))


@task(name="publish", tags=TAGS)
def publish(folder: str) -> None:
    """Show the memo, the gravest findings and the report's place in Prefect."""
    data = read_report(Path(folder))
    create_markdown_artifact(render_memo(data), key="dataready-memo")
    found = [f for assessment in data.datasets for f in assessment.findings]
    rows = [
        {"dataset": f.table, "severity": f.severity.value, "column": f.column, "what": f.message}
        for f in sorted(found, key=lambda f: -f.severity.rank)[:MOST_FINDINGS]
    ]
    create_table_artifact(rows, key="dataready-findings")
    create_link_artifact((Path(folder) / "report.html").as_uri(), key="dataready-report")


def opened(run: dict[str, str]) -> Run:
    """Read back what `begin` answered."""
    return Run(run["run_id"], Path(run["folder"]), run["clock"])


@contextmanager
def unlocked(secrets: Mapping[str, str]) -> Iterator[None]:
    """Put Prefect's Secret blocks where passwords are looked for, while a run needs them.

    Args:
        secrets: Environment variable -> name of the block that holds its value.

    Raises:
        ConfigError: There is no such block.
    """
    before = {variable: os.environ.get(variable) for variable in secrets}
    try:
        for variable, block in secrets.items():
            os.environ[variable] = _secret(block)
        yield
    finally:
        for variable, value in before.items():
            if value is None:
                os.environ.pop(variable, None)
            else:
                os.environ[variable] = value


def _secret(block: str) -> str:
    try:
        found: Any = Secret.load(block)
    except ValueError:
        msg = (
            f"Prefect has no Secret block '{block}'. Make one in its user interface (Blocks), or "
            f"by Secret(value=...).save('{block}') in Python."
        )
        raise ConfigError(msg) from None
    return str(found.get())


# The time limit is the flow's: a task in a thread cannot be interrupted, the flow can.
@flow(
    name="dataready-readiness",
    task_runner=ThreadPoolTaskRunner(max_workers=4),  # type: ignore[arg-type]
    timeout_seconds=8 * HOUR_S,
)
def readiness(
    settings: str,
    datasets: list[str] | None = None,
    *,
    trust_model: bool = False,
    engine: str | None = None,
    secrets: dict[str, str] | None = None,
) -> str:
    """Run a project's datasets in parallel; answer the run's folder.

    The verdict is the name of the final state: a no-go is a run that completed. What fails is a
    run in which a step failed; no run is visible then, the last one stays.

    Args:
        settings: The settings file.
        datasets: Names of datasets; none for all of them.
        trust_model: Whether the pilot's own models are loaded, which runs their code.
        engine: Who judges expectations: native, fast or both; none for what the settings say.
        secrets: Environment variable -> Secret block that holds its value, such as
            `{"PGPASSWORD": "shop-reader"}`; the values are in no parameter and no log.
    """
    with unlocked(secrets or {}):
        folder = _run(settings, tuple(datasets or ()), trust_model=trust_model, engine=engine)
    data = read_report(Path(folder))
    said = f"{VERDICTS[data.verdict]}, score {score(data.score.value)}, run {data.run_id}"
    # Prefect hands the state's data to the caller.
    return Completed(name=VERDICTS[data.verdict], message=said, data=folder)  # type: ignore[return-value]


def _run(settings: str, datasets: tuple[str, ...], *, trust_model: bool, engine: str | None) -> str:
    """Submit the tasks; answer the run's folder."""
    config = judged_by(load_config(Path(settings)), engine)
    chosen, needed = chosen_datasets(config, datasets)
    run = begin(settings)
    progress: Any = create_progress_artifact(0.0, key="dataready-progress")
    # The threads of the tasks find it by the run's id: all read a server in one state.
    with open_session(run["run_id"]):
        pulled = {
            n: [extract.submit(settings, run, n, side) for side in sides]
            for n, sides in needed.items()
        }
        # One that failed must not take the state away that others still read.
        wait([future for sides in pulled.values() for future in sides])
        extracts = {name: [future.result() for future in sides] for name, sides in pulled.items()}
    options: dict[str, Any] = {"trust_model": trust_model, "engine": engine}
    judged = [assess.submit(settings, run, name, extracts, **options) for name in chosen]
    for done, future in enumerate(judged, start=1):
        future.result()
        update_progress_artifact(progress, 100.0 * done / len(judged))
    folder = finish(settings, run)
    publish(folder)
    return folder


def main(arguments: list[str]) -> int:
    """Run the flow in this process; answer the exit code."""
    parser = argparse.ArgumentParser(description="Run a project as a Prefect flow.")
    parser.add_argument("settings", metavar="SETTINGS", help="the settings file")
    parser.add_argument("datasets", metavar="DATASET", nargs="*", help="only these datasets")
    parser.add_argument(
        "--trust-model", action="store_true", help="load the models that the settings name"
    )
    parser.add_argument(
        "--engine", choices=get_args(Engine), help="who judges expectations; else the settings"
    )
    parser.add_argument(
        "--secret",
        action="append",
        default=[],
        type=_variable,
        metavar="VARIABLE=BLOCK",
        help="set an environment variable to the value of a Secret block; repeat it",
    )
    given = parser.parse_args(arguments)
    try:
        folder = readiness(
            given.settings,
            given.datasets or None,
            trust_model=given.trust_model,
            engine=given.engine,
            secrets=dict(given.secret),
        )
    except DatareadyError as e:
        sys.stderr.write(f"{e}\n")
        return e.exit_code
    sys.stdout.write(f"{folder}\n")
    return 0


def _variable(text: str) -> tuple[str, str]:
    variable, _, block = text.partition("=")
    if not variable or not block:
        msg = f"'{text}' is not VARIABLE=BLOCK"
        raise argparse.ArgumentTypeError(msg)
    return variable, block


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
