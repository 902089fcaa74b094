"""References that nobody declared: looked for in the pilots, to be proposed as rules."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from dataready.compare.evidence import percent
from dataready.config import Config, Dataset
from dataready.detect.foreign_keys import Home, foreign_homes
from dataready.detect.scene import Scene
from dataready.errors import DatareadyError
from dataready.expectations.learn import Found
from dataready.expectations.suite_file import read_suite
from dataready.extract.manifest import Extract
from dataready.profile.profile import Profile

__all__ = ["found_references", "referred"]


def found_references(
    con: duckdb.DuckDBPyConnection,
    name: str,
    dataset: Dataset,
    pilot: Profile,
    others: Mapping[str, Extract],
) -> dict[str, Found]:
    """Find what a pilot's columns refer to in other pilots, as detectors do in production.

    Args:
        con: An open connection to the pilot's extract.
        name: The dataset's.
        dataset: Its settings; columns whose references they declare are left out.
        pilot: The pilot's profile.
        others: The pilots of other datasets, by dataset.

    Raises:
        WarehouseError: DuckDB refused.
    """
    neighbours = {one: str(extract.path.resolve()) for one, extract in others.items()}
    scene = Scene(
        table=name,
        con=con,
        production=pilot,
        references=dict.fromkeys(dataset.references, ("", "", "")),
        neighbours=neighbours,
    )
    return {c: Found(f"{h.dataset}.{h.column}", _told(h)) for c, h in foreign_homes(scene).items()}


def _told(home: Home) -> str:
    named = ", and the names say so" if home.named else ""
    return f"{percent(home.held)} of up to 1,000 values looked up are keys there{named}"


def referred(config: Config, dataset: str) -> set[str]:
    """Answer the other datasets that a dataset's settings or its reviewed suite refer to."""
    settings = config.datasets[dataset]
    targets = set(settings.references.values())
    try:
        rules = settings.suites.rules
        suite = read_suite(config.resolve(rules)).active if rules else ()
    except DatareadyError:
        # The run says what is wrong with it.
        suite = ()
    targets |= {rule.refers_to for rule in suite if rule.refers_to}
    named = {target.partition(".")[0] for target in targets}
    return (named & set(config.datasets)) - {dataset}
