"""Small tables and their profiles, built as an extract and a run would build them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb

from dataready.model import FILE_COLUMN, ROW_COLUMN, TABLE, Column, Role, Schema
from dataready.profile.planning import first_plan, full_plan
from dataready.profile.profile import Profile, take
from dataready.sql import ident

__all__ = ["profile_of", "profiles_of", "table_of"]

Columns = Mapping[str, Sequence[object]]


def table_of(
    columns: Columns,
    *,
    types: Mapping[str, str],
    con: duckdb.DuckDBPyConnection | None = None,
) -> tuple[duckdb.DuckDBPyConnection, Schema]:
    """Make the table of an extract, in memory.

    Args:
        columns: Column -> its cells; all of the same length.
        types: Column -> its DuckDB type; one that is not named is VARCHAR.
        con: Where to make the table, in place of the one there; None for a new database.

    Returns:
        The connection, and the table's schema without dataready's own two columns.

    >>> con, schema = table_of({"x": [1, None]}, types={"x": "BIGINT"})
    >>> con.execute("SELECT x FROM data").fetchall(), schema.type_of("x")
    ([(1,), (None,)], 'BIGINT')
    """
    con = con or duckdb.connect()
    typed = {name: types.get(name, "VARCHAR") for name in columns}
    own = {FILE_COLUMN: "INTEGER", ROW_COLUMN: "BIGINT"}
    spelt = ", ".join(f"{ident(name)} {type_}" for name, type_ in (typed | own).items())
    con.execute(f"CREATE OR REPLACE TABLE {ident(TABLE)} ({spelt})")
    rows = [[*cells, 0, k] for k, cells in enumerate(zip(*columns.values(), strict=True))]
    if rows:
        places = ", ".join("?" * (len(columns) + 2))
        con.executemany(f"INSERT INTO {ident(TABLE)} VALUES ({places})", rows)
    found = con.execute(
        "SELECT column_name, data_type FROM information_schema.columns"
        f" WHERE table_name = '{TABLE}' ORDER BY ordinal_position"
    ).fetchall()
    return con, Schema(tuple(Column(n, t) for n, t in found if n not in own))


def profile_of(
    columns: Columns,
    *,
    types: Mapping[str, str],
    roles: Mapping[str, Role] | None = None,
    typed: bool = True,
) -> Profile:
    """Profile a table under its own full plan, as the pilot's is taken.

    >>> seen = profile_of({"x": [1, 2, None]}, types={"x": "BIGINT"})["x"]
    >>> seen.usable, seen.missing, seen.plan.kind
    (2, 1, 'number')
    """
    return profiles_of(columns, columns, types=types, roles=roles, typed=typed)[0]


def profiles_of(
    pilot: Columns,
    production: Columns,
    *,
    types: Mapping[str, str],
    production_types: Mapping[str, str] | None = None,
    roles: Mapping[str, Role] | None = None,
    typed: bool = True,
) -> tuple[Profile, Profile]:
    """Profile two tables under the plan of the first.

    Args:
        pilot: Column -> cells.
        production: Likewise; columns may be missing or new.
        types: Column -> DuckDB type; one that is not named is VARCHAR.
        production_types: Production's, where they differ.
        roles: Declared roles.
        typed: Whether the types are the source's own; if not, text is looked into.
    """
    con, schema = table_of(pilot, types=types)
    bare = first_plan(con, schema, typed=typed, roles=roles)
    plan = full_plan(con, take(con, bare, schema))
    here = take(con, plan, schema)
    con, schema = table_of(production, types={**types, **(production_types or {})}, con=con)
    return here, take(con, plan, schema)
