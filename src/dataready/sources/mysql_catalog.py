"""What the catalogue of MySQL and MariaDB says of tables and columns."""

from __future__ import annotations

from dataclasses import dataclass

from dataready.errors import SourceError
from dataready.sources.mysql_server import Connection, Field
from dataready.sources.mysql_type import ServerColumn
from dataready.sql import backticked

__all__ = ["Relation", "columns_of", "query_columns", "relations"]

_OWN = "('information_schema', 'performance_schema', 'mysql', 'sys')"
_TRANSACTIONAL = frozenset({"InnoDB", "ROCKSDB", "ndbcluster"})
_CODES = {
    0: "decimal", 1: "tinyint", 2: "smallint", 3: "int", 4: "float", 5: "double",
    7: "timestamp", 8: "bigint", 9: "mediumint", 10: "date", 11: "time", 12: "datetime",
    13: "year", 14: "date", 15: "varchar", 16: "bit", 245: "json", 246: "decimal", 247: "enum",
    248: "set", 249: "blob", 250: "blob", 251: "blob", 252: "blob", 253: "varbinary",
    254: "binary", 255: "geometry",
}  # fmt: skip
"""The protocol's codes of types; texts have those of bytes, and an encoding."""
_BYTES = frozenset({"blob", "varbinary", "binary"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """A table or view; `rows` is the server's own estimate, None where it has none."""

    schema: str
    table: str
    visible: bool
    engine: str
    rows: int | None
    bytes: int
    partition: bool = False

    @property
    def full(self) -> str:
        """The name with its database."""
        return f"{self.schema}.{self.table}"

    @property
    def name(self) -> str:
        """The name as people say it: with the database only where it is needed."""
        return self.table if self.visible else self.full

    @property
    def quoted(self) -> str:
        """The name in SQL."""
        return f"{backticked(self.schema)}.{backticked(self.table)}"

    @property
    def note(self) -> str:
        """Why its rows are of no fixed state, if they are not."""
        if not self.engine or self.engine in _TRANSACTIONAL:
            return ""
        return f"'{self.name}' is kept by the engine {self.engine}, which has no snapshots"


def relations(connection: Connection) -> list[Relation]:
    """List the tables and views that this user can see, but not the server's own."""
    rows = connection.rows(
        "SELECT table_schema, table_name, COALESCE(table_schema = DATABASE(), 0), engine, "
        "table_rows, COALESCE(data_length, 0) FROM information_schema.tables "
        f"WHERE table_schema NOT IN {_OWN} AND table_type IN ('BASE TABLE', 'VIEW', "
        "'SYSTEM VERSIONED') ORDER BY table_schema, table_name",
        "list its tables",
    )
    return [
        Relation(
            schema=schema,
            table=table,
            visible=visible == "1",
            engine=engine or "",
            rows=None if estimate is None else int(estimate),
            bytes=int(size),
        )
        for schema, table, visible, engine, estimate, size in rows
    ]


def columns_of(connection: Connection, relation: Relation) -> list[ServerColumn]:
    """List the columns of a table, in its order.

    Raises:
        SourceError: There are none.
    """
    rows = connection.rows(
        "SELECT column_name, data_type, column_type, numeric_precision, numeric_scale "
        "FROM information_schema.columns WHERE table_schema = %s AND table_name = %s "
        "ORDER BY ordinal_position",
        "list its columns",
        (relation.schema, relation.table),
    )
    if not rows:
        msg = f"'{relation.name}' has no columns that this user may see."
        raise SourceError(msg)
    return [
        ServerColumn(
            name=name,
            spelt=spelt,
            type=kind.lower(),
            unsigned="unsigned" in spelt.partition(")")[2] or spelt.endswith("unsigned"),
            digits=int(digits or 0),
            scale=int(scale or 0),
        )
        for name, kind, spelt, digits, scale in rows
    ]


def query_columns(connection: Connection, from_: str) -> list[ServerColumn]:
    """List the columns that a query answers, as the protocol describes them."""
    return [_column(f) for f in connection.fields(f"SELECT * FROM {from_} LIMIT 0")]


def _column(field: Field) -> ServerColumn:
    """Read a description; a number's digits are in its length, with the point and the sign."""
    kind = _CODES.get(field.code, "")
    if kind in _BYTES and not field.binary:
        kind = "text"
    digits = field.length - (field.scale > 0) - (not field.unsigned)
    return ServerColumn(
        name=field.name,
        spelt=kind,
        type=kind,
        unsigned=field.unsigned,
        digits=digits if kind == "decimal" else 0,
        scale=field.scale if kind == "decimal" else 0,
    )
