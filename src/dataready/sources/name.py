"""Column names: unique within a part whatever their case, and united across parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import duckdb

from dataready.errors import SourceError
from dataready.model import FILE_COLUMN, ROW_COLUMN, Column
from dataready.sources.source import NULL_TYPE, Part

__all__ = ["United", "named", "unite"]


def named(header: Sequence[str], types: Sequence[str]) -> tuple[tuple[Column, ...], list[str]]:
    """Give every column a name of its own, and say where that is not the source's.

    Args:
        header: The names as the source has them; "" where there is none.
        types: The DuckDB type of each.

    Returns:
        The columns in order, and one sentence for each name that was made or changed.

    Raises:
        SourceError: A name is one that dataready keeps for itself.

    >>> columns, notes = named(["id", "", "ID"], ["VARCHAR"] * 3)
    >>> [c.name for c in columns]
    ['id', 'column1', 'ID_2']
    """
    reserved = {FILE_COLUMN, ROW_COLUMN}
    taken = {n.casefold() for n in header}
    seen: set[str] = set()
    columns, notes = [], []
    for i, (source, type_) in enumerate(zip(header, types, strict=True)):
        if source.casefold() in reserved:
            msg = f"A column has the name '{source}', which dataready keeps for itself. Rename it."
            raise SourceError(msg)
        # A NUL would end the SQL that names the column.
        name = source.replace("\0", "\ufffd") or _free(f"column{i}", taken | seen)
        if not source:
            notes.append(f"Column {i + 1} has no name; it is '{name}' here.")
        elif name.casefold() in seen:
            name = _free(name, taken | seen, start=2)
            notes.append(f"Column {i + 1} has the name '{source}' again; it is '{name}' here.")
        seen.add(name.casefold())
        columns.append(Column(name, type_, source))
    return tuple(columns), notes


def _free(name: str, taken: set[str], start: int | None = None) -> str:
    """Answer a name that is not taken, by a number behind it."""
    number = start or 2
    candidate = name if start is None else f"{name}_{number}"
    while candidate.casefold() in taken:
        candidate = f"{name}_{number}"
        number += 1
    return candidate


@dataclass(slots=True)
class United:
    """The columns of all parts, and for each part the place of its columns among them."""

    columns: list[Column] = field(default_factory=list)
    places: list[list[int]] = field(default_factory=list)
    notes: list[list[str]] = field(default_factory=list)


def unite(parts: Sequence[Part], con: duckdb.DuckDBPyConnection) -> United:
    """Unite the columns of parts by name: exactly first, then whatever the case.

    Args:
        parts: At least one.
        con: Asked which type holds the values of two; nothing is read or written.
    """
    united = United()
    for part in parts:
        found = _places(part.columns, united.columns)
        taken = {c.name.casefold() for c in (*united.columns, *part.columns)}
        notes: list[str] = []
        for i, column in enumerate(part.columns):
            if i in found:
                notes += _merge(united.columns, found[i], column, con)
                continue
            found[i] = len(united.columns)
            name = column.name
            if any(c.name.casefold() == name.casefold() for c in united.columns):
                name = _free(name, taken, start=2)
                notes.append(f"Column '{column.name}' has another's name; it is '{name}' here.")
            united.columns.append(Column(name, column.type, column.source_name))
        united.places.append([found[i] for i in range(len(part.columns))])
        united.notes.append(notes)
    united.columns = [
        Column(c.name, "VARCHAR", c.source_name) if c.type == NULL_TYPE else c
        for c in united.columns
    ]
    return united


def _places(columns: Sequence[Column], there: Sequence[Column]) -> dict[int, int]:
    """Find the places of a part's columns among those that are there already."""
    found: dict[int, int] = {}
    spellings: tuple[Callable[[Column], str | None], ...] = (
        lambda c: c.name,
        lambda c: c.source_name,
        lambda c: c.name.casefold(),
    )
    for spelt in spellings:
        free = {spelt(c): i for i, c in reversed(list(enumerate(there))) if i not in found.values()}
        for i, column in enumerate(columns):
            if i not in found and spelt(column) and spelt(column) in free:
                found[i] = free.pop(spelt(column))
    return found


def _merge(
    columns: list[Column], place: int, column: Column, con: duckdb.DuckDBPyConnection
) -> list[str]:
    """Let a column take in another of its name, and say what that changes."""
    there = columns[place]
    notes = []
    if there.name != column.name:
        notes.append(f"Column '{column.name}' is spelt so here; it lands under '{there.name}'.")
    if there.type == NULL_TYPE:
        columns[place] = Column(there.name, column.type, there.source_name)
    elif column.type not in (there.type, NULL_TYPE):
        type_ = _common(there.type, column.type, con)
        columns[place] = Column(there.name, type_, there.source_name)
        if len(there.type + column.type) > 200:
            notes.append(f"Column '{there.name}' has another type here; it lands as {type_}.")
        else:
            notes.append(
                f"Column '{there.name}' is {column.type} here and {there.type} before; "
                f"it lands as {type_}."
            )
    return notes


_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "FLOAT", "DOUBLE", "DECIMAL",
            "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT")  # fmt: skip
_TIMES = ("DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS")


def _common(a: str, b: str, con: duckdb.DuckDBPyConnection) -> str:
    """Answer the type for values of two types: the wider, or text."""
    bases = {t.partition("(")[0] for t in (a, b)}
    if bases <= set(_NUMBERS) or bases <= set(_TIMES):
        return str(con.sql(f"SELECT NULL::{a} UNION ALL SELECT NULL::{b}").types[0])
    return "VARCHAR"
