"""Tables for the tests of suites: a clean pilot, an honest production and a broken one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
from benchmarks.equality import extract_of as told

from dataready.extract.manifest import Extract
from dataready.model import Role, Schema
from dataready.profile.plan import Plan
from dataready.profile.planning import first_plan, full_plan
from dataready.profile.profile import Profile, take

ROLES: Mapping[str, Role] = {"order_id": "key", "note": "text", "paid": "target"}
PERSONAL = frozenset({"email"})
CANARY = "canary.ada@example.com"

CLEAN = """
    'ORD-' || (100000 + i) AS order_id,
    CASE WHEN i % 40 = 0 THEN '' ELSE ((i * 7919) % 1000 / 10.0)::VARCHAR END AS amount,
    CASE i % 3 WHEN 0 THEN 'DE' WHEN 1 THEN 'FR' ELSE 'it''s {x} 100%s :y' END AS country,
    strftime(DATE '2024-01-01' + (i % 300)::INTEGER, '%d/%m/%Y') AS bought,
    'user' || i || '@example.com' AS email,
    'AB-' || (1000 + (i * 31) % 9000) AS sku,
    'text number ' || i || ' of many' AS note,
    (i % 2)::VARCHAR AS paid
"""
BROKEN = """
    'ORD-' || (100000 + i - (i % 10 = 0)::INTEGER) AS order_id,
    CASE WHEN i % 5 = 0 THEN NULL WHEN i % 7 = 0 THEN '12 EUR' WHEN i % 11 = 0 THEN '9999'
      ELSE ((i * 7919) % 1000 / 10.0)::VARCHAR END AS amount,
    CASE i % 3 WHEN 0 THEN 'DE' WHEN 1 THEN 'XX' ELSE 'it''s {x} 100%s :y' END AS country,
    CASE WHEN i % 9 = 0 THEN 'yesterday'
      ELSE strftime(DATE '2024-01-01' + (i % 300)::INTEGER, '%d/%m/%Y') END AS bought,
    'user' || i || '@example.com' AS email,
    CASE WHEN i % 4 = 0 THEN 'AB ' || (1000 + (i * 31) % 9000)
      WHEN i % 4 = 1 THEN 'AB-1' ELSE 'AB-' || (1000 + (i * 31) % 9000) END AS sku,
    'text number ' || i || ' of many' AS note,
    (i % 2)::VARCHAR AS paid
"""


@dataclass(frozen=True, slots=True)
class Pair:
    """A pilot's profile and plan, and where to make productions."""

    pilot: Profile
    folder: Path

    @property
    def plan(self) -> Plan:
        """The pilot's plan."""
        return self.pilot.plan

    def production(self, name: str, columns: str, rows: int) -> Extract:
        """Make an extract of `rows` rows numbered i."""
        return extract_of(self.folder / f"{name}.duckdb", columns, rows)


def extract_of(path: Path, columns: str, rows: int) -> Extract:
    """Write an extract: the table alone, as a source without types would."""
    with duckdb.connect(str(path)) as con:
        con.execute(
            f"CREATE TABLE data AS SELECT {columns}, 0 AS _dataready_file, i AS _dataready_row"
            f" FROM range({rows}) AS t(i)"
        )
    return told(path, rows, dataset="orders")


def pilot_of(folder: Path, columns: str = CLEAN, rows: int = 600) -> Pair:
    """Profile a pilot under its own full plan."""
    extract = extract_of(folder / "pilot.duckdb", columns, rows)
    schema: Schema = extract.manifest.schema
    with duckdb.connect(str(extract.path)) as con:
        first = first_plan(con, schema, typed=False, roles=ROLES, personal=PERSONAL)
        plan = full_plan(con, take(con, first, schema))
        return Pair(take(con, plan, schema), folder)


def count(extract: Extract, where: str) -> int:
    """Count an extract's rows under a predicate."""
    with duckdb.connect(str(extract.path), read_only=True) as con:
        row = con.execute(f"SELECT count(*) FROM data WHERE {where}").fetchone()
    return int(row[0]) if row else 0
