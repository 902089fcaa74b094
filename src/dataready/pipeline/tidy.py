"""The folders of a project's extracts, and which extracts in them are kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from dataready.config import Config
from dataready.extract.retention import prune as prune_extracts
from dataready.pipeline.subject import JOINED
from dataready.warehouse.run_folder import list_runs

__all__ = ["LABELS", "SIDES", "extract_folders", "tidy_extracts"]

SIDES = ("pilot", "production")
LABELS = "labels"
RUN_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")


def extract_folders(config: Config) -> Iterator[Path]:
    """Every folder of extracts: of each dataset both sides, as pulled and as joined, and labels."""
    for name in config.datasets:
        for side in (*SIDES, LABELS, *JOINED.values()):
            yield config.resolve(config.warehouse) / name / side


def tidy_extracts(config: Config) -> None:
    """Keep the newest extracts of completed runs; those of failed ones prove nothing.

    Only a run that succeeded gets here, so failed nights cost no good extract. What a run
    that is still being written has pulled is left alone.
    """
    runs = config.resolve(config.runs)
    known = {run.name for run in list_runs(runs)}
    for folder in extract_folders(config):
        for path in folder.glob("*.duckdb"):
            lost = path.stem not in known and not any(runs.glob(f".tmp-{path.stem}-*"))
            if lost and RUN_ID.fullmatch(path.stem):
                path.unlink()
                path.with_suffix(".json").unlink(missing_ok=True)
        prune_extracts(folder, config.policy.keep_extracts)
