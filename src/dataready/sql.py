"""SQL text: the only module that quotes, and the only one that joins strings to SQL.

Names and values that come with data are hostile until they have been through here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

__all__ = ["and_", "backticked", "ident", "literal", "or_", "select", "values_in"]


def ident(name: str) -> str:
    """Quote an identifier for DuckDB.

    >>> ident('a"b')
    '"a""b"'
    """
    return '"' + name.replace('"', '""') + '"'


def backticked(name: str) -> str:
    """Quote an identifier for MySQL and MariaDB, whatever their SQL mode.

    >>> backticked("a`b")
    '`a``b`'
    """
    return "`" + name.replace("`", "``") + "`"


def literal(value: object) -> str:
    r"""Write a value as a DuckDB literal; for SQL that readers copy, and for plans.

    A NUL character ends a DuckDB statement, so text that holds one is spelt with `chr`.

    >>> literal("it's"), literal(3), literal(None), literal(True)
    ("'it''s'", '3', 'NULL', 'TRUE')
    >>> literal(float("inf"))
    "'inf'::DOUBLE"
    """
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return f"{float(value)!r}::DOUBLE" if math.isfinite(value) else f"'{value}'::DOUBLE"
    parts = ("'" + part.replace("'", "''") + "'" for part in str(value).split("\0"))
    return " || chr(0) || ".join(parts)


def select(columns: Mapping[str, str], *, from_: str, where: str | None = None) -> str:
    r"""Render one SELECT, one output column per line, so that diffs stay small.

    Args:
        columns: Output name -> SQL expression. Names are quoted here; expressions are
            SQL that dataready wrote, never text that came with the data.
        from_: A quoted relation.
        where: A SQL predicate, or None for every row.

    >>> print(select({"n": "count(*)"}, from_=ident("orders")))
    SELECT
      count(*) AS "n"
    FROM "orders"
    """
    body = ",\n".join(f"  {expr} AS {ident(name)}" for name, expr in columns.items())
    tail = f"\nWHERE {where}" if where else ""
    return f"SELECT\n{body}\nFROM {from_}{tail}"


def values_in(expression: str, values: Iterable[object]) -> str:
    """Write `expression IN (...)`; no values is FALSE, not a syntax error.

    >>> values_in('"x"', [1, 2])
    '"x" IN (1, 2)'
    >>> values_in('"x"', [])
    'FALSE'
    """
    listed = ", ".join(literal(v) for v in values)
    return f"{expression} IN ({listed})" if listed else "FALSE"


def and_(*predicates: str) -> str:
    """Join predicates by AND, each in brackets; none at all is TRUE.

    >>> and_("a", "b OR c")
    '(a) AND (b OR c)'
    """
    return " AND ".join(f"({p})" for p in predicates if p) or "TRUE"


def or_(*predicates: str) -> str:
    """Join predicates by OR, each in brackets; none at all is FALSE.

    >>> or_()
    'FALSE'
    """
    return " OR ".join(f"({p})" for p in predicates if p) or "FALSE"
