"""Try a PostgreSQL server: rights, tables, and how long they would take."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from dataready.model import SourceSpec
from dataready.sources.postgres_catalog import Relation, relations
from dataready.sources.postgres_connection import Connection
from dataready.sources.postgres_server import Server
from dataready.sources.survey import Survey, TableFacts

__all__ = ["survey"]

_SAMPLE_ROWS, _SAMPLE_BYTES = 50_000, 16 << 20
_RIGHTS = """
SELECT current_user::text, (SELECT rolsuper FROM pg_roles WHERE rolname = current_user),
       pg_is_in_recovery(),
       (SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
          AND has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE'))
"""


def survey(spec: SourceSpec) -> Survey:
    """Connect, list the tables, and read the start of the largest to see how fast rows come.

    Raises:
        SourceError: The server cannot be reached.
    """
    server = Server(spec.path, spec.politeness)
    try:
        connection = server.leader
        ((user, is_super, is_replica, writable),) = connection.rows(_RIGHTS)
        there = [r for r in relations(connection) if not r.partition]
        speed = _speed(connection, there, spec)
        tables = tuple(_facts(r, speed) for r in there)
        return Survey(
            where=connection.where,
            server=server.snapshot.server + (", a replica" if is_replica else ""),
            user=str(user),
            tables=tables,
            notes=_notes(bool(is_super), int(writable), tables),
        )
    finally:
        server.close()


def _speed(connection: Connection, there: Sequence[Relation], spec: SourceSpec) -> float | None:
    """Read the start of the largest table; answer bytes of the server's disk a second."""
    readable = [r for r in there if r.readable and r.rows and r.bytes]
    if not readable:
        return None
    largest = max(readable, key=lambda r: r.bytes)
    began, rows, weight = time.monotonic(), 0, 0
    sql = f"SELECT * FROM {largest.quoted} LIMIT {_SAMPLE_ROWS}"
    with connection.stream(sql, largest.name, spec.politeness.stall_timeout_s) as reader:
        for batch in reader:
            rows, weight = rows + len(batch), weight + batch.nbytes
            if weight >= _SAMPLE_BYTES:
                break
    elapsed = max(time.monotonic() - began, 1e-3)
    if not rows or not largest.rows:
        return None
    return rows / elapsed * (largest.bytes / max(largest.rows, rows))


def _facts(relation: Relation, speed: float | None) -> TableFacts:
    """Answer what is known of a table; landing and proof cost about as much as the sending."""
    seconds = 3 * relation.bytes / speed if speed and relation.bytes else None
    facts = TableFacts(
        name=relation.name,
        rows=relation.rows,
        bytes=relation.bytes,
        readable=relation.readable,
        seconds=seconds,
    )
    return facts if relation.readable else replace(facts, seconds=None)


def _notes(is_super: bool, writable: int, tables: Sequence[TableFacts]) -> tuple[str, ...]:  # noqa: FBT001
    """Say what is wrong with the account."""
    notes = []
    if is_super:
        notes.append("The user is a superuser. Give dataready one that can only read.")
    elif writable:
        notes.append(
            f"The user may also write to {writable} tables. Reading is enough: GRANT SELECT."
        )
    closed = [t.name for t in tables if not t.readable]
    if closed:
        notes.append(
            f"The user may not read {len(closed)} of {len(tables)} tables, such as '{closed[0]}'."
        )
    if any(t.rows is None for t in tables):
        notes.append("The server has no estimate for some tables: nobody has run ANALYZE on them.")
    return tuple(notes)
