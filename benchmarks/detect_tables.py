"""Silence where nothing is wrong: halves of real tables, drawn at random."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from benchmarks.public import BOTH, half, land, tables
from benchmarks.table import Table
from dataready.config import Dataset
from dataready.extract.manifest import Extract
from dataready.model import Finding, Role, Severity, SourceSpec
from dataready.pipeline.measure import measure

__all__ = ["PARTS", "silence"]

LEAST_ROWS = 60
"""A table of fewer has no halves to speak of."""
_TAXI = "nyc_taxi_2018_2020"
CONTROLS = (
    (
        "a month of taxi rides, sampled twice",
        f"{_TAXI}/control/yellow_tripdata_7500_lines_sample_2019-01.csv",
        f"{_TAXI}/production/yellow_tripdata_sample_2019-01.csv",
    ),
    ("census", "adult_uci/pilot/adult.data", "adult_uci/production/adult.test"),
)


def silence(folder: Path, *, seed: int = 5, only: str = "") -> list[Table]:
    """Random halves of every table, and the published controls: what is above a note.

    Args:
        folder: The public tables.
        seed: Which halves.
        only: A part of the names of the tables wanted.
    """
    loud: list[dict[str, object]] = []
    columns = trials = 0
    with TemporaryDirectory() as scratch:
        for name, pilot, production, settings in _quiet_pairs(folder, Path(scratch), seed, only):
            measured = measure(name, settings, pilot, production)
            columns += len(measured.plan.columns)
            trials += 1
            loud += [_row(name, f) for f in measured.findings if _heard(f, settings)]
    rows = pd.DataFrame(loud, columns=["table", "severity", "detector", "column", "message"])
    warned = rows[rows.severity == "warn"].drop_duplicates(["table", "column"])
    total = {
        "pairs": trials,
        "columns": columns,
        "fail": int((rows.severity == "fail").sum()),
        "columns warned": len(warned),
        "share": len(warned) / max(1, columns),
    }
    return [
        Table("silence", "Silence: halves of tables, and controls", pd.DataFrame([total])),
        Table("alarms", "Every alarm there", rows),
    ]


def _heard(f: Finding, settings: Dataset) -> bool:
    return f.severity.rank > Severity.INFO.rank and f.column not in settings.roles


def _row(name: str, f: Finding) -> dict[str, object]:
    said = {"table": name, "severity": str(f.severity), "detector": f.detector}
    return said | {"column": f.column, "message": f.message}


def _quiet_pairs(
    folder: Path, scratch: Path, seed: int, only: str
) -> Iterator[tuple[str, Extract, Extract, Dataset]]:
    bare = Dataset(pilot=BOTH, production=BOTH)
    for name, spec in tables(folder, scratch):
        if only not in name:
            continue
        whole = land(spec, scratch / "whole")
        if whole.manifest.rows < LEAST_ROWS:
            continue
        pilot, production = (half(whole, k, scratch / f"half{k}.duckdb", seed=seed) for k in (0, 1))
        yield name, pilot, production, bare
    yield from _controls(folder, scratch)


def _controls(folder: Path, scratch: Path) -> Iterator[tuple[str, Extract, Extract, Dataset]]:
    """Pairs that their publishers say are drawn alike; one names its columns in two ways."""
    for k, (name, here, there) in enumerate(CONTROLS):
        pilot, production = (
            land(SourceSpec(path=str(folder / path)), scratch / f"control{k}{side}")
            for side, path in enumerate((here, there))
        )
        names = zip(pilot.manifest.schema.names, production.manifest.schema.names, strict=True)
        mapping = {a: b for a, b in names if a != b}
        # The published test set spells its label otherwise: a true finding.
        label: dict[str, Role] = (
            {pilot.manifest.schema.names[-1]: "ignore"} if name == "census" else {}
        )
        yield (
            f"control: {name}",
            pilot,
            production,
            Dataset(pilot=BOTH, production=BOTH, mapping=mapping, roles=label),
        )


PARTS = {"silence": silence}
