"""A run as a Prefect flow: names, retries, timeouts, artifacts. What a step does is in dataready.

`python flows/readiness.py [--trust-model] SETTINGS [DATASET ...]` runs it here and now and prints
the run's folder last; `dataready run --prefect` does the same and answers with the verdict.
"""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from prefect import flow, task
from prefect.artifacts import (
    create_link_artifact,
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)
from prefect.states import Completed
from prefect.task_runners import ThreadPoolTaskRunner

from dataready.config import load_config
from dataready.errors import DatareadyError, EmptySourceError, SourceError
from dataready.pipeline.run import (
    Run,
    assess_dataset,
    chosen_datasets,
    extract_side,
    finish_run,
    read_report,
    start_run,
)
from dataready.report.markdown import render_memo
from dataready.report.number import score
from dataready.report.wording import VERDICTS
from dataready.sources import open_session

TAGS = ["dataready"]
HOUR_S = 3600
MOST_FINDINGS = 50
TRUST = "--trust-model"


async def transient(_task: object, _run: object, state: Any) -> bool:  # noqa: ANN401
    """Retry a source that could not be reached or read; nothing else gets better by waiting."""
    error = await state.aresult(raise_on_failure=False)
    return isinstance(error, SourceError) and not isinstance(error, EmptySourceError)


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
) -> str:
    """Measure and judge one dataset; answer the path of its assessment."""
    paths = {name: (Path(sides[0]), Path(sides[1])) for name, sides in extracts.items()}
    config = load_config(Path(settings))
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


# The time limit is the flow's: a task in a thread cannot be interrupted, the flow can.
@flow(
    name="dataready-readiness",
    task_runner=ThreadPoolTaskRunner(max_workers=4),  # type: ignore[arg-type]
    timeout_seconds=8 * HOUR_S,
)
def readiness(
    settings: str, datasets: list[str] | None = None, *, trust_model: bool = False
) -> str:
    """Run a project's datasets in parallel; answer the run's folder.

    The pilot's own models are loaded, which runs their code, only with `trust_model`. The
    verdict is the name of the final state: a no-go is a run that completed. What fails is a
    run in which a step failed; no run is visible then, the last one stays.
    """
    config = load_config(Path(settings))
    chosen, needed = chosen_datasets(config, tuple(datasets or ()))
    run = begin(settings)
    progress: Any = create_progress_artifact(0.0, key="dataready-progress")
    # The threads of the tasks find it by the run's id: all read a server in one state.
    with open_session(run["run_id"]):
        pulled = {
            n: [extract.submit(settings, run, n, side) for side in sides]
            for n, sides in needed.items()
        }
        extracts = {name: [future.result() for future in sides] for name, sides in pulled.items()}
    judged = [
        assess.submit(settings, run, name, extracts, trust_model=trust_model) for name in chosen
    ]
    for done, future in enumerate(judged, start=1):
        future.result()
        update_progress_artifact(progress, 100.0 * done / len(judged))
    folder = finish(settings, run)
    publish(folder)
    data = read_report(Path(folder))
    said = f"{VERDICTS[data.verdict]}, score {score(data.score.value)}, run {data.run_id}"
    # Prefect hands the state's data to the caller.
    return Completed(name=VERDICTS[data.verdict], message=said, data=folder)  # type: ignore[return-value]


def main(arguments: list[str]) -> int:
    """Run the flow in this process; answer the exit code."""
    trust_model = arguments[:1] == [TRUST]
    settings, *datasets = arguments[trust_model:] or [""]
    if not settings:
        sys.stderr.write(f"Usage: python flows/readiness.py [{TRUST}] SETTINGS [DATASET ...]\n")
        return 2
    try:
        folder = readiness(settings, datasets or None, trust_model=trust_model)
    except DatareadyError as e:
        sys.stderr.write(f"{e}\n")
        return e.exit_code
    sys.stdout.write(f"{folder}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
