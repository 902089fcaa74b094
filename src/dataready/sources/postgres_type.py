"""How each PostgreSQL type travels and lands: an explicit list, and text for all others.

What is on the list lands exactly. A column is sent as text, and said to be degraded, where its
type is not on the list, or where a value of it has no place in DuckDB's type or in what reads
it: NaN and infinity in NUMERIC, infinite dates and those outside the years 1 to 9999, more than
38 digits, nested arrays. Such values are counted before the first row is read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from dataready.sources.postgres_connection import Connection
from dataready.sql import ident

__all__ = ["Family", "ServerColumn", "Travel", "probes", "resolve", "travel"]

Family = Literal["integer", "float", "decimal", "date", "moment", "time", "flag", "text", "padded",
                 "uuid", "bytes", "list"]  # fmt: skip
"""What figures are computed of a column."""

_DIGITS = 38
_PLAIN: Mapping[str, tuple[str, Family]] = {
    "bool": ("BOOLEAN", "flag"),
    "int2": ("SMALLINT", "integer"),
    "int4": ("INTEGER", "integer"),
    "int8": ("BIGINT", "integer"),
    "float4": ("FLOAT", "float"),
    "float8": ("DOUBLE", "float"),
    "date": ("DATE", "date"),
    "timestamp": ("TIMESTAMP", "moment"),
    "timestamptz": ("TIMESTAMP WITH TIME ZONE", "moment"),
    "time": ("TIME", "time"),
    "uuid": ("UUID", "uuid"),
    "bytea": ("BLOB", "bytes"),
    "bpchar": ("VARCHAR", "padded"),
}
"""Types of pg_catalog that travel as they are."""
_TEXTS = frozenset({"text", "varchar", "name", "char", "json", "jsonb", "xml"})
"""Types whose values are texts: as text they are exact."""
_NUMBERS = frozenset({"numeric", "money"})
_ELEMENTS = {"int2": "SMALLINT", "int4": "INTEGER", "int8": "BIGINT", "text": "VARCHAR",
             "varchar": "VARCHAR", "uuid": "UUID"}  # fmt: skip
_SCALES = (0, 2, 4, 6, 9, 12, 18, 24, 30)
"""Scales that a NUMERIC without one gets, so that its type is not another one every night."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerColumn:
    """A column as the catalogue has it, its domains followed down to their type.

    `element` is the type of an array's elements; both are "" where the type is not one of
    pg_catalog, except enums, which are "enum".
    """

    name: str
    spelt: str
    type: str
    typmod: int
    element: str = ""

    @property
    def precision(self) -> tuple[int, int] | None:
        """Answer (digits, scale) of a NUMERIC that declares them and fits DuckDB's."""
        if self.type != "numeric" or self.typmod < 4:
            return None
        packed = self.typmod - 4
        digits, scale = (packed >> 16) & 0xFFFF, packed & 0x7FF
        scale = scale - 0x800 if scale & 0x400 else scale
        return (digits, scale) if 0 <= scale <= digits <= _DIGITS else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Travel:
    """How a column is sent, cast and landed; `reason` says why it is degraded, if it is."""

    column: ServerColumn
    sends: str
    lands: str
    family: Family
    scale: int = 0
    reason: str = ""

    @property
    def cast(self) -> str:
        """DuckDB's expression of what arrives under `{}`."""
        return f"CAST({{}} AS {self.lands})"


def resolve(connection: Connection, named: Sequence[tuple[str, int, int]]) -> list[ServerColumn]:
    """Look up the types of columns, given as (name, oid, typmod)."""
    if not named:
        return []
    oids = ", ".join(str(int(oid)) for oid in sorted({oid for _, oid, _ in named}))
    rows = connection.rows(
        f"""
        WITH RECURSIVE below(root, oid, typmod) AS (
          SELECT oid, oid, -1 FROM pg_catalog.pg_type WHERE oid IN ({oids})
          UNION ALL
          SELECT b.root, t.typbasetype,
                 CASE WHEN b.typmod = -1 THEN t.typtypmod ELSE b.typmod END
          FROM below b JOIN pg_catalog.pg_type t ON t.oid = b.oid WHERE t.typtype = 'd'
        )
        SELECT b.root::int8, pg_catalog.format_type(b.root, NULL),
               CASE WHEN t.typtype = 'e' THEN 'enum'
                    WHEN n.nspname = 'pg_catalog' OR t.typname = 'citext' THEN t.typname::text
                    ELSE '' END,
               b.typmod,
               CASE WHEN t.typcategory = 'A' AND en.nspname = 'pg_catalog'
                    THEN e.typname::text ELSE '' END
        FROM below b
        JOIN pg_catalog.pg_type t ON t.oid = b.oid AND t.typtype <> 'd'
        JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
        LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem AND t.typcategory = 'A'
        LEFT JOIN pg_catalog.pg_namespace en ON en.oid = e.typnamespace
        """
    )
    found = {int(row[0]): row[1:] for row in rows}
    columns = []
    for name, oid, typmod in named:
        spelt, type_, below, element = found[oid]
        columns.append(
            ServerColumn(
                name=name,
                spelt=str(spelt),
                type=str(type_),
                typmod=typmod if typmod != -1 else int(below),
                element=str(element),
            )
        )
    return columns


def probes(column: ServerColumn) -> tuple[str, ...]:
    """Write the aggregates to be known before it is decided how a column travels.

    The first counts values that cannot land in the column's type; for numbers without a
    declared scale, the scale and the digits before the point follow.
    """
    c = ident(column.name)
    if column.type in {"timestamp", "timestamptz", "date"}:
        # BC and infinity lie outside of these; so does what Python cannot show.
        within = f"{c} >= '0001-01-01' AND {c} < '10000-01-01'"
        return (f"count(*) FILTER (WHERE NOT ({within}))",)
    if column.type == "time":
        return (f"count(*) FILTER (WHERE {c} = '24:00:00')",)
    if column.type in _NUMBERS:
        n = f"{c}::numeric" if column.type == "money" else c
        # NaN and infinity have no scale.
        odd = f"count({c}) - count(scale({n}))"
        if column.precision is not None:
            return (odd,)
        finite = f"FILTER (WHERE scale({n}) IS NOT NULL)"
        return (odd, f"max(scale({n}))", f"length(trunc(max(abs({n})) {finite})::text)")
    if column.element in _ELEMENTS:
        return (f"count(*) FILTER (WHERE array_ndims({c}) > 1 OR array_lower({c}, 1) <> 1)",)
    return ()


def travel(column: ServerColumn, probed: Sequence[int | None]) -> Travel:
    """Decide how a column travels, given what its probes found."""
    c = ident(column.name)
    odd = int(probed[0] or 0) if probed else 0
    if column.type in _PLAIN and not odd:
        lands, family = _PLAIN[column.type]
        return Travel(column=column, sends=c, lands=lands, family=family)
    if column.type in _TEXTS or column.type in {"enum", "citext"}:
        sends = c if column.type in {"text", "varchar"} else f"{c}::text"
        return Travel(column=column, sends=sends, lands="VARCHAR", family="text")
    if column.type == "oid":
        return Travel(column=column, sends=f"{c}::int8", lands="BIGINT", family="integer")
    if column.type in _NUMBERS and not odd:
        return _number(column, probed)
    if column.element in _ELEMENTS and not odd:
        lands = f"{_ELEMENTS[column.element]}[]"
        return Travel(column=column, sends=c, lands=lands, family="list")
    return _as_text(column, _why(column, odd))


def _number(column: ServerColumn, probed: Sequence[int | None]) -> Travel:
    """Land a number in the DECIMAL that holds all of its values."""
    c = ident(column.name)
    sends = f"{c}::numeric" if column.type == "money" else c
    if column.precision is not None:
        digits, scale = column.precision
    else:
        largest = int(probed[1] or 0)
        scale = next((s for s in _SCALES if s >= largest), _DIGITS + 1)
        digits = _DIGITS
        if scale + int(probed[2] or 0) > _DIGITS:
            return _as_text(column, "it has values of more digits than a DECIMAL holds")
    return Travel(
        column=column,
        sends=sends,
        lands=f"DECIMAL({digits},{scale})",
        family="decimal",
        scale=scale,
    )


def _as_text(column: ServerColumn, reason: str) -> Travel:
    """Land a column as the text that the server writes for its values."""
    c = ident(column.name)
    # A cast would add to an address what its own text form has not.
    own = f"CASE WHEN {c} IS NOT NULL THEN concat({c}) END"
    sends = own if column.type == "inet" else f"{c}::text"
    return Travel(column=column, sends=sends, lands="VARCHAR", family="text", reason=reason)


def _why(column: ServerColumn, odd: int) -> str:
    """Say why a column lands as text."""
    if not odd:
        return "its type has no equal here"
    if column.type in _NUMBERS:
        return f"{odd:,} of its values are NaN or infinite"
    if column.type == "time":
        return f"{odd:,} of its values are 24:00:00"
    if column.element:
        return f"{odd:,} of its values are nested, or do not begin at 1"
    return f"{odd:,} of its values are infinite, or outside the years 1 to 9999"
