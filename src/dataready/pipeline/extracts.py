"""Extracts of a project: pulled, taken over from failed runs, and deleted when they are old."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from dataready.config import Config, Dataset
from dataready.errors import ConfigError, ReconciliationError, SourceError, did_you_mean
from dataready.extract.manifest import Extract
from dataready.extract.pull import pull
from dataready.extract.retention import prune
from dataready.extract.takeover import is_of_server, renamed, take_over
from dataready.model import SourceSpec
from dataready.pipeline.subject import JOINED
from dataready.sources import Session, session_named
from dataready.warehouse.run_folder import (
    begin,
    discard,
    discard_abandoned,
    latest,
    list_runs,
    new_run_id,
)

__all__ = [
    "LABELS",
    "PASSING",
    "SIDES",
    "check_datasets",
    "drop_extracts",
    "extract_all",
    "extract_project",
    "extract_run_side",
    "tidy_extracts",
]

SIDES = ("pilot", "production")
LABELS = "labels"
PASSING = (SourceError, ReconciliationError, KeyboardInterrupt)
"""What ends a run and leaves what it has pulled as good as it was."""
RUN_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")
Step = Callable[[str, str], None]


def extract_run_side(
    config: Config, name: str, dataset: str, side: str, *, session: Session | None = None
) -> Extract:
    """Pull one side of a dataset in full, or take over what a failed run pulled of it.

    Args:
        config: The settings.
        name: The extract's name: the id of its run.
        dataset: The dataset's name.
        side: `pilot`, `production` or `labels`.
        session: What all pulls of the run share; None for the one open under `name`, if any.

    Raises:
        SourceError: The source cannot be read; the last good extract stays as it is.
        WarehouseError: DuckDB refused, or the extract does not reconcile with its source.
    """
    spec = _spec(config.datasets[dataset], side)
    folder = _folder(config, dataset, side)
    lost, newest = _lost(config), _latest(config)
    taken = take_over(
        folder,
        name,
        spec,
        # What is older than the last good run is nothing to go on from.
        left=lambda other: lost(other) and other > newest,
        now=datetime.now(UTC),
    )
    if taken is not None:
        return taken
    return pull(
        spec,
        dataset=dataset,
        side=side,
        folder=folder,
        name=name,
        base=config.base,
        session=session or session_named(name),
    )


def _spec(settings: Dataset, side: str) -> SourceSpec:
    """Answer where a side of a dataset is read from."""
    if side == LABELS and settings.labels is not None:
        return settings.labels.source
    return settings.pilot if side == "pilot" else settings.production


def extract_all(
    config: Config,
    name: str,
    needed: Mapping[str, Iterable[str]],
    *,
    session: Session,
    step: Step,
) -> dict[str, tuple[Path, Path]]:
    """Pull the needed sides of datasets, all from one state of each server.

    Returns:
        Dataset -> paths of its pilot and production extracts.
    """
    extracts = {}
    for dataset, sides in needed.items():
        paths = {}
        for side in sides:
            step(dataset, f"extracting {side}")
            paths[side] = extract_run_side(config, name, dataset, side, session=session).path
        extracts[dataset] = (paths["pilot"], paths["production"])
    return extracts


def extract_project(
    config: Config,
    *,
    only: tuple[str, ...] = (),
    side: str | None = None,
    step: Step | None = None,
) -> list[Extract]:
    """Pull the tables of a project by themselves, without a run that judges them.

    Until all are there they are as those of a run: if one fails, the next run or the next call
    takes over what servers have sent already.

    Args:
        config: The settings.
        only: Names of datasets; none for all of them.
        side: `pilot` or `production`; None for both.
        step: Told a dataset's name and what is being done.

    Raises:
        ConfigError: A name in `only` is no dataset, or `side` is neither.
        SourceError: A source cannot be read; what was there before stays.
        WarehouseError: DuckDB refused, or an extract does not reconcile with its source.
    """
    if side is not None and side not in SIDES:
        msg = f"'{side}' is no side.{did_you_mean(side, SIDES)} There are: {', '.join(SIDES)}."
        raise ConfigError(msg)
    check_datasets(config, only)
    runs = config.resolve(config.runs)
    discard_abandoned(runs)
    name = new_run_id(datetime.now(UTC))
    # While it is there, nobody takes what is pulled for that of a run that failed.
    marker = begin(runs, name)
    found = []
    try:
        with Session() as session:
            for dataset in dict.fromkeys(only) or config.datasets:
                for each in SIDES if side is None else (side,):
                    if step is not None:
                        step(dataset, f"extracting {each}")
                    found.append(extract_run_side(config, name, dataset, each, session=session))
    except BaseException as e:
        drop_extracts(config, name, keep=isinstance(e, PASSING))
        raise
    else:
        kept = [renamed(extract, f"extract-{name}") for extract in found]
    finally:
        discard(marker)
    for folder in _folders(config):
        prune(folder, config.policy.keep_extracts)
    return kept


def check_datasets(config: Config, only: Iterable[str]) -> None:
    """Check that names are those of datasets.

    Raises:
        ConfigError: One is not.
    """
    for name in only:
        if name not in config.datasets:
            msg = (
                f"There is no dataset '{name}'.{did_you_mean(name, config.datasets)} "
                f"There are: {', '.join(config.datasets)}."
            )
            raise ConfigError(msg)


def _folder(config: Config, dataset: str, side: str) -> Path:
    return config.resolve(config.warehouse) / dataset / side


def _folders(config: Config) -> Iterator[Path]:
    """Every folder of extracts: of each dataset both sides, as pulled and as joined, and labels."""
    for dataset in config.datasets:
        for side in (*SIDES, LABELS, *JOINED.values()):
            yield _folder(config, dataset, side)


def _latest(config: Config) -> str:
    """Answer the id of the last completed run; "" where there is none."""
    run = latest(config.resolve(config.runs))
    return run.name if run else ""


def _lost(config: Config) -> Callable[[str], bool]:
    """Answer what says of a name whether its run failed: it is not there, nor being written."""
    runs = config.resolve(config.runs)
    known = {run.name for run in list_runs(runs)}

    def lost(name: str) -> bool:
        if name in known or any(runs.glob(f".tmp-{name}-*")):
            return False
        return RUN_ID.fullmatch(name) is not None

    return lost


def tidy_extracts(config: Config) -> None:
    """Keep the newest extracts of completed runs; those of failed ones prove nothing.

    Only a run that succeeded gets here, so failed nights cost no good extract. What a run
    that is still being written has pulled is left alone.
    """
    lost = _lost(config)
    for folder in _folders(config):
        for path in folder.glob("*.duckdb"):
            if lost(path.stem):
                path.unlink()
                path.with_suffix(".json").unlink(missing_ok=True)
        prune(folder, config.policy.keep_extracts)


def drop_extracts(config: Config, name: str, *, keep: bool) -> None:
    """Delete the extracts of a run; `keep` leaves those that came from servers."""
    for folder in _folders(config):
        path = folder / f"{name}.duckdb"
        if keep and is_of_server(path):
            continue
        path.unlink(missing_ok=True)
        path.with_suffix(".json").unlink(missing_ok=True)
