"""What PostgreSQL's catalogue says of tables and columns."""

from __future__ import annotations

from dataclasses import dataclass

from dataready.errors import SourceError
from dataready.sources.postgres_connection import Connection
from dataready.sources.postgres_type import ServerColumn, resolve
from dataready.sql import ident

__all__ = ["Relation", "columns_of", "query_columns", "relations", "underneath"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """A table or view; `rows` is the server's own estimate, None where it has none.

    `gone` says that it was dropped after the state was fixed in which it is seen.
    """

    oid: int
    schema: str
    table: str
    visible: bool
    partition: bool
    readable: bool
    rows: int | None
    bytes: int
    gone: bool = False

    @property
    def full(self) -> str:
        """The name with its schema."""
        return f"{self.schema}.{self.table}"

    @property
    def name(self) -> str:
        """The name as people say it: with the schema only where it is needed."""
        return self.table if self.visible else self.full

    @property
    def quoted(self) -> str:
        """The name in SQL."""
        return f"{ident(self.schema)}.{ident(self.table)}"


def underneath(connection: Connection) -> tuple[bool, bool]:
    """Look at all that this transaction has asked for, through views, queries and inheritance.

    It is known by the locks that the SELECTs have taken.

    Returns:
        Whether rows of the snapshot are gone: TRUNCATE and some ALTERs do that, and partitions
        that come and go. Whether there are foreign tables, whose rows are of no snapshot.
    """
    ((changed, foreign),) = connection.rows(
        """
        WITH here AS (
          SELECT c.oid, c.relkind, c.relfilenode FROM pg_catalog.pg_class c
          WHERE c.oid IN (SELECT relation FROM pg_catalog.pg_locks
                          WHERE locktype = 'relation' AND pid = pg_backend_pid())
        )
        SELECT (SELECT count(*) FROM here WHERE relfilenode <> 0
                AND relfilenode IS DISTINCT FROM pg_relation_filenode(oid))
             + (SELECT count(*) FROM here WHERE relkind = 'p' AND
                (SELECT array_agg(i.inhrelid ORDER BY 1) FROM pg_catalog.pg_inherits i
                 WHERE i.inhparent = here.oid) IS DISTINCT FROM
                (SELECT array_agg(t.relid::oid ORDER BY 1) FROM pg_partition_tree(here.oid) t
                 WHERE t.parentrelid = here.oid)),
               (SELECT count(*) FROM here WHERE relkind = 'f')
        """
    )
    return bool(changed), bool(foreign)


def relations(connection: Connection) -> list[Relation]:
    """List the tables and views of a database, but not the server's own."""
    rows = connection.rows(
        """
        SELECT c.oid::int8, n.nspname::text, c.relname::text, pg_table_is_visible(c.oid),
               c.relispartition, has_any_column_privilege(c.oid, 'SELECT')
                 AND has_schema_privilege(n.oid, 'USAGE'),
               c.reltuples::float8,
               (WITH RECURSIVE part AS (
                  SELECT c.oid AS id UNION ALL
                  SELECT i.inhrelid FROM part JOIN pg_catalog.pg_inherits i ON i.inhparent = part.id
                )
                SELECT sum(greatest(p.relpages, 0)) FROM part
                JOIN pg_catalog.pg_class p ON p.oid = part.id
               )::int8 * current_setting('block_size')::int8
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
          AND n.nspname NOT IN ('pg_catalog', 'information_schema')
          AND n.nspname !~ '^pg_(toast|temp)'
        ORDER BY n.nspname, c.relname
        """,
        "list its tables",
    )
    return [
        Relation(
            oid=int(oid),
            schema=schema,
            table=table,
            visible=bool(visible),
            gone=visible is None,
            partition=partition,
            readable=bool(readable),
            rows=None if estimate < 0 else int(estimate),
            bytes=int(size or 0),
        )
        for oid, schema, table, visible, partition, readable, estimate, size in rows
    ]


def columns_of(connection: Connection, relation: Relation) -> list[ServerColumn]:
    """List the columns of a table, in its order.

    Raises:
        SourceError: There are none.
    """
    rows = connection.rows(
        "SELECT attname::text, atttypid::int8, atttypmod FROM pg_catalog.pg_attribute "
        f"WHERE attrelid = {relation.oid} AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
    )
    if not rows:
        msg = f"'{relation.name}' has no columns."
        raise SourceError(msg)
    return resolve(connection, [(n, int(o), int(m)) for n, o, m in rows])


def query_columns(connection: Connection, from_: str) -> list[ServerColumn]:
    """List the columns that a query answers, without running it to any length.

    Raises:
        SourceError: Two have one name, or one has none: they could not be told apart.
    """
    fields = connection.fields(f"SELECT * FROM {from_} LIMIT 0")
    names = [f.name for f in fields]
    twice = next((n for n in names if names.count(n) > 1 or n == "?column?"), None)
    if twice is not None:
        msg = f"The query answers a column '{twice}' that has no name of its own. Give it one: AS."
        raise SourceError(msg)
    if not names:
        msg = "The query answers no columns."
        raise SourceError(msg)
    typed = ", ".join(f"pg_typeof(q.{ident(n)})::oid::int8" for n in names)
    ((*oids,),) = connection.rows(
        f"SELECT {typed} FROM (SELECT 1) AS one LEFT JOIN (SELECT * FROM {from_} LIMIT 0) AS q "
        "ON true"
    )
    typmods = [int((f.metadata or {}).get(b"POSTGRESQL:typmod", b"-1")) for f in fields]
    return resolve(connection, list(zip(names, map(int, oids), typmods, strict=True)))
