"""What a dataset's runs before found of its volume, and what rules that teaches."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from dataready.config import Config
from dataready.errors import WarehouseError
from dataready.expectations.period import MOST_NIGHTS, Night, Seen, of_nights, of_rows, seen_in
from dataready.expectations.predicate import Reader
from dataready.expectations.proposal import Proposal
from dataready.extract.manifest import Extract
from dataready.warehouse.connection import connect, refusals
from dataready.warehouse.run_folder import list_runs

__all__ = ["nights_of", "of_past"]

_DAY_S = 86_400


def of_past(
    config: Config,
    dataset: str,
    con: duckdb.DuckDBPyConnection,
    reader: Reader,
    nights: Sequence[Night],
) -> list[Proposal]:
    """Propose rules of volume and freshness, from the runs before and the pilot.

    Args:
        config: The settings.
        dataset: The dataset's name.
        con: An open connection to the pilot's extract.
        reader: How the pilot's cells are read.
        nights: What the runs before found.

    Raises:
        WarehouseError: DuckDB refused.
    """
    time, found = config.datasets[dataset].time, list(of_nights(nights))
    if time is not None:
        last = _last_seen(config, dataset, reader, time)
        seen = last or seen_in(con, reader, time, production=False)
        found += of_rows(seen, time, nights) if seen else ()
    return [replace(p, rule=replace(p.rule, dataset=dataset)) for p in found]


def _last_seen(config: Config, dataset: str, reader: Reader, time: str) -> Seen | None:
    """Count the rows a day that production had in the newest run whose extract is kept."""
    kept = config.resolve(config.warehouse) / dataset / "production"
    names = dict(config.datasets[dataset].mapping)
    for run in reversed(list_runs(config.resolve(config.runs))):
        path = kept / f"{run.name}.duckdb"
        if not path.is_file():
            continue
        try:
            with (
                connect(path, read_only=True) as con,
                refusals(f"to read what '{dataset}' was"),
            ):
                own = Reader.of(Extract.open(path), reader.plan, names)
                return seen_in(con, own, time, production=True)
        except WarehouseError:
            # What was is no reason not to learn from what is.
            return None
    return None


def nights_of(config: Config, dataset: str) -> tuple[Night, ...]:
    """Answer what the newest runs found, one a day, oldest first."""
    found: dict[int, Night] = {}
    for folder in reversed(list_runs(config.resolve(config.runs))):
        if len(found) >= MOST_NIGHTS:
            break
        for night in _night(folder / "datasets" / dataset / "assessment.json", config, dataset):
            found.setdefault(night.day, night)
    return tuple(sorted(found.values(), key=lambda n: n.day))


def _night(path: Path, config: Config, dataset: str) -> Iterator[Night]:
    """Read what a run says of its extract; a run that cannot be read tells nothing."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        made = told["provenance"]["production"]
        day, rows = _day(made["clock"]), int(made["rows"])
        times = [c for c in told["columns"] if c["name"] == config.datasets[dataset].time]
    except (OSError, ValueError, KeyError, TypeError):
        return
    yield Night(day, rows, _age(day, times))


def _age(day: int, times: Sequence[dict[str, Any]]) -> int | None:
    """How many days old the newest row was; None where rows lie ahead, or nobody knows."""
    try:
        age = day - _day(times[0]["production"]["maximum"])
    except (IndexError, KeyError, TypeError, ValueError):
        return None
    return age if age >= -1 else None


def _day(moment: str) -> int:
    read = datetime.fromisoformat(moment)
    return int((read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp() // _DAY_S)
