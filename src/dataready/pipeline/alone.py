"""One table by itself: profiled under the plan that it suggests, and searched for defects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import duckdb

from dataready.detect.detectors import detect, without_consequences
from dataready.detect.disguised import Disguise, propose, read_as_missing
from dataready.detect.roles import guess_key, with_guesses
from dataready.detect.scene import Scene
from dataready.errors import NoSuchColumnError
from dataready.extract.manifest import Extract
from dataready.importance.weight import Weights
from dataready.model import TABLE, Role
from dataready.pipeline.landing import table_findings
from dataready.pipeline.measure import Measured, clock_of, told
from dataready.profile.look import looked, tally_sql
from dataready.profile.planning import first_plan, full_plan
from dataready.profile.profile import Profile, metrics_of, take
from dataready.profile.relation import Relation
from dataready.profile.scan import plan_scan
from dataready.warehouse.connection import connect, refusals

__all__ = ["Explanation", "explain", "measure_alone", "profile_alone"]

Progress = Callable[[str], None]


def measure_alone(
    name: str,
    table: Extract,
    *,
    roles: Mapping[str, Role] | None = None,
    key: tuple[str, ...] = (),
    progress: Progress | None = None,
) -> Measured:
    """Profile one table by itself and search it for defects; there is nothing to compare.

    Raises:
        NoSuchColumnError: A column of the key, or one with a role, is not in the table.
        WarehouseError: DuckDB refused.
    """
    say = progress or (lambda _: None)
    schema = table.manifest.schema
    for column in (*key, *(roles or {})):
        if column not in schema:
            raise NoSuchColumnError(column, table=name, available=schema.names)
    with connect(table.path, read_only=True) as con, refusals(f"to profile '{name}'"):
        profile, guessed, disguises = profile_alone(con, table, roles=roles, key=key, progress=say)
        say("searching for defects")
        own = key or ((guessed,) if guessed else ())
        time = next((c.name for c in profile.plan if c.role == "time"), None)
        scene = Scene(table=name, con=con, production=profile, key=own, time=time)
        clock = clock_of(table)
        findings = detect(scene, disguises, frozenset(), clock) if profile.rows else []
    return Measured(
        plan=profile.plan,
        pilot=None,
        production=profile,
        counts=None,
        damage={},
        weights=Weights(mean=None, origin="there is no pilot"),
        findings=tuple(without_consequences([*table_findings(name, table), *findings])),
        key=own,
        time=time,
    )


def profile_alone(
    con: duckdb.DuckDBPyConnection,
    table: Extract,
    *,
    roles: Mapping[str, Role] | None = None,
    key: tuple[str, ...] = (),
    progress: Progress | None = None,
) -> tuple[Profile, str | None, tuple[Disguise, ...]]:
    """Profile a table under the plan that it suggests itself.

    Args:
        con: An open connection to the extract.
        table: The extract.
        roles: Declared roles, by column.
        key: The declared key; where there is none, one is guessed.
        progress: Told the name of each step.

    Returns:
        The profile, the guessed key, and what stands for "missing".
    """
    say = progress or (lambda _: None)
    say("reading")
    schema = table.manifest.schema
    bare = first_plan(con, schema, typed=table.manifest.typed, roles=roles, least=0.6)
    with looked(con, schema) as first:
        look = take(con, bare, schema, look=first, share=told(say, "reading"))
        guessed = None if key else guess_key(look)
        bare = with_guesses(con, bare, look, roles or {}, key=guessed)
        disguises = propose(con, look, first=first)
        say("profiling")
        plan = read_as_missing(bare, disguises)
        again = take(con, plan, schema, look=first)
        plan = full_plan(con, again, look=first)
        profile = take(con, plan, schema, look=first, share=told(say, "profiling"))
    return profile, guessed, disguises


@dataclass(frozen=True, slots=True)
class Explanation:
    """How a table would be profiled.

    `columns` are (name, type, about how many different cells, whether they are tallied); `sql`
    are the statements that would read the table, in order.
    """

    rows: int
    columns: tuple[tuple[str, str, int, bool], ...]
    sql: tuple[str, ...]


def explain(table: Extract) -> Explanation:
    """Look at a table and plan its profile, without reading it in full but for tallies.

    Raises:
        WarehouseError: DuckDB refused.
    """
    schema = table.manifest.schema
    with connect(table.path, read_only=True) as con, refusals("to look at the table"):
        plan = first_plan(con, schema, typed=table.manifest.typed, least=0.6)
        with looked(con, schema) as look:
            facts = look.facts
            relation = Relation(TABLE, plan, schema)
            planned = plan_scan(relation, metrics_of(plan, schema), tallies=facts.tallies)
            columns = tuple(
                (c.name, c.type, round(facts.different[c.name]), c.name in facts.tallies)
                for c in schema
            )
            tallies = (tally_sql(c, table=TABLE, into=t) for c, t in facts.tallies.items())
            return Explanation(
                facts.rows, columns, (*tallies, *planned.selects, *planned.groups.values())
            )
