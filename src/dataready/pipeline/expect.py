"""What a pilot's rows teach: its profile, read as a run reads it, and rules proven on them."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from dataready.config import Dataset
from dataready.detect.disguised import propose as disguises_of
from dataready.detect.disguised import read_as_missing
from dataready.expectations.learn import Proposal, learn_rows, propose
from dataready.expectations.rules import Rule
from dataready.extract.manifest import Extract
from dataready.pipeline.measure import bare_plan
from dataready.profile.plan import Plan
from dataready.profile.profile import Profile, full_plan, take
from dataready.warehouse.connection import connect, refusals

__all__ = ["Taught", "pilot_plan", "pilot_rules", "teach"]


@dataclass(frozen=True, slots=True)
class Taught:
    """A pilot's profile, its key, and the rules proposed."""

    pilot: Profile
    key: tuple[str, ...]
    proposals: tuple[Proposal, ...]


def teach(name: str, dataset: Dataset, pilot: Extract) -> Taught:
    """Learn from a pilot what holds on rows that took no part in learning it.

    Args:
        name: The dataset's.
        dataset: Its settings.
        pilot: The pilot's extract.

    Raises:
        WarehouseError: DuckDB refused.
    """
    with connect(pilot.path, read_only=True) as con, refusals(f"to learn from '{name}'"):
        plan, key = pilot_plan(con, dataset, pilot)
        profile = take(
            con, full_plan(con, take(con, plan, pilot.manifest.schema)), pilot.manifest.schema
        )

        def learnt(table: str) -> tuple[Rule, ...]:
            return pilot_rules(con, name, plan, key, pilot, table)

        return Taught(profile, key, tuple(propose(con, profile, learnt)))


def pilot_plan(
    con: duckdb.DuckDBPyConnection, dataset: Dataset, pilot: Extract
) -> tuple[Plan, tuple[str, ...]]:
    """Say how the pilot's cells are read, words for "missing" included, and what its key is."""
    plan, key = bare_plan(con, dataset, pilot)
    look = take(con, plan, pilot.manifest.schema)
    words = tuple(d for d in disguises_of(con, look) if d.word is not None)
    return read_as_missing(plan, words), key


def pilot_rules(
    con: duckdb.DuckDBPyConnection,
    name: str,
    plan: Plan,
    key: tuple[str, ...],
    pilot: Extract,
    table: str,
) -> tuple[Rule, ...]:
    """Learn the rules of some of a pilot's rows: a table or view of its extract."""
    schema = pilot.manifest.schema
    full = full_plan(con, take(con, plan, schema, table=table), table=table)
    profile = take(con, full, schema, table=table)
    return learn_rows(con, profile, dataset=name, key=key, table=table)
