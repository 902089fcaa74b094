"""How a SQLite column lands: its values decide, since SQLite lets any value into any column.

Values of one kind land as what they are; of several kinds, as text, and the column is said to
be degraded. Columns declared as dates land as such where every value is one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pyarrow as pa

from dataready.sources.checksum import MD5_SUM, digest_bits
from dataready.sources.source import Figure
from dataready.sql import ident

__all__ = ["FileColumn", "Travel", "probes", "travel"]

_EXACT = 1 << 53
_DAYS_2000 = 2_451_544.5
_WIDTH = 6
"""Probes of a column: values, whole numbers, reals, texts, and two about what they hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileColumn:
    """A column with the type that it was declared with, "" for none; `utf8` is its file's."""

    name: str
    declared: str = ""
    utf8: bool = True

    def octets(self, text: str) -> str:
        """Write in SQL a text as UTF-8; a cast answers what the file's encoding makes of it."""
        return f"CAST({text} AS BLOB)" if self.utf8 else f"dataready_utf8({text})"

    @property
    def family(self) -> str:
        """What the declaration means: SQLite's affinity, or a date, moment or flag."""
        said = self.declared.upper()
        if "INT" in said:
            return "integer"
        if any(word in said for word in ("CHAR", "CLOB", "TEXT", "JSON", "UUID")):
            return "text"
        if not said or "BLOB" in said:
            return "blob" if said else ""
        if "DATETIME" in said or "TIMESTAMP" in said:
            return "moment"
        if said == "DATE":
            return "date"
        return "flag" if "BOOL" in said else "number"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One figure: SQLite's aggregate, and how DuckDB comes to the same."""

    what: str
    source: str
    here: str
    digest: Callable[[pa.Array], int] | None = None
    shown: bool = True

    def figure(self, column: int, value: object) -> Figure:
        """Answer the figure with what SQLite computed."""
        expected = None if value is None else str(value)
        if self.digest is not None and expected is None:
            expected = "0"
        return Figure(
            column=column,
            what=self.what,
            expected=expected,
            sql=self.here,
            digest=self.digest,
            shown=self.shown,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Travel:
    """How a column is sent, in which Arrow type it arrives, and what it lands as."""

    column: FileColumn
    sends: str
    arrow: pa.DataType
    lands: str
    values: int
    checks: tuple[Check, ...]
    reason: str = ""


def probes(column: FileColumn) -> tuple[str, ...]:
    """Write the aggregates that say what the values of a column are."""
    c = ident(column.name)
    kinds = [f"sum(typeof({c}) = '{kind}')" for kind in ("integer", "real", "text")]
    whole = f"CASE WHEN typeof({c}) = 'integer' THEN {c} END"
    odd = {
        "flag": f"sum({c} NOT IN (0, 1))",
        "date": f"sum(typeof({c}) = 'text' AND date({c}, '+0 days') IS NOT {c})",
        "moment": f"sum(typeof({c}) = 'text' AND NOT {_is_moment(c)})",
    }.get(column.family, "0")
    return (f"count({c})", *kinds, f"max(max({whole}), -min({whole} + 1))", odd)


def _is_moment(c: str) -> str:
    """Say in SQL whether a text is a moment, written so that nothing of it can be lost."""
    second = f"replace(substr({c}, 1, 19), 'T', ' ')"
    rest = f"substr({c}, 20)"
    fits = f"({rest} = '' OR ({rest} GLOB '.[0-9]*' AND length({rest}) <= 7 "
    fits += f"AND NOT substr({rest}, 2) GLOB '*[^0-9]*'))"
    return f"(coalesce(datetime({second}, '+0 days') = {second}, 0) AND {fits})"


def travel(column: FileColumn, probed: Sequence[object]) -> Travel:
    """Decide how a column travels, given what its probes found."""
    values, whole, real, text, largest, odd = (int(str(n or 0)) for n in probed[:_WIDTH])
    blob = values - whole - real - text
    family = column.family
    kinds = {"integer": whole, "real": real, "text": text, "blob": blob}
    there = {kind for kind, n in kinds.items() if n}
    if family == "flag" and there <= {"integer"} and not odd:
        return _flag(column, values)
    if family in {"date", "moment"} and there <= {"text"} and not odd:
        return _date(column, values) if family == "date" else _moment(column, values)
    if there <= {"integer", "real"} and (there or family in {"integer", "number"}):
        if there == {"integer"} or (not there and family == "integer"):
            as_real = family == "number" and largest < _EXACT
            return _real(column, values) if as_real else _integer(column, values)
        if largest < _EXACT:
            return _real(column, values)
    elif there == {"blob"} or (not there and family == "blob"):
        return _bytes(column, values)
    elif there <= {"text"}:
        return _text(column, values, _declared_otherwise(column, values, odd))
    counted = ", ".join(f"{n:,} {kind}" for kind, n in kinds.items() if n)
    return _text(column, values, f"its values are of several types: {counted}")


def _declared_otherwise(column: FileColumn, values: int, odd: int) -> str:
    """Say that texts stand where the declaration promises something else."""
    if not values or column.family in {"text", "blob", ""}:
        return ""
    if column.family in {"date", "moment"}:
        return f"{odd:,} of its values are no dates as ISO 8601 writes them"
    return "its values are texts"


def _flag(column: FileColumn, values: int) -> Travel:
    c = ident(column.name)
    true = Check(
        what="count of what is true",
        source=f"count(*) FILTER (WHERE {c})",
        here="count(*) FILTER (WHERE CAST({} AS BOOLEAN))",
    )
    return Travel(column=column, sends=c, arrow=pa.int64(), lands="BOOLEAN", values=values,
                  checks=(true,))  # fmt: skip


def _integer(column: FileColumn, values: int) -> Travel:
    c = ident(column.name)
    # A plain sum of many large numbers would not fit SQLite's.
    total = Check(what="sum", source=f"dataready_sum({c} >> 32, {c} & 4294967295)",
                  here="sum(CAST({} AS HUGEINT))")  # fmt: skip
    checks = (*_ends(c, "CAST({} AS BIGINT)"), total)
    return Travel(column=column, sends=c, arrow=pa.int64(), lands="BIGINT", values=values,
                  checks=checks)  # fmt: skip


def _real(column: FileColumn, values: int) -> Travel:
    c = ident(column.name)
    bits = Check(what="checksum of the values", source=f"dataready_bits({c})",
                 here="CAST({} AS DOUBLE)", digest=digest_bits)  # fmt: skip
    return Travel(column=column, sends=f"CAST({c} AS REAL)", arrow=pa.float64(), lands="DOUBLE",
                  values=values, checks=(bits,))  # fmt: skip


def _date(column: FileColumn, values: int) -> Travel:
    c = ident(column.name)
    days = Check(
        what="sum of the days",
        source=f"CAST(sum(julianday({c}) - {_DAYS_2000}) AS INTEGER)",
        here="sum(date_diff('day', DATE '2000-01-01', CAST({} AS DATE)))",
    )
    checks = (*_ends(c, "CAST({} AS DATE)"), days)
    return Travel(column=column, sends=c, arrow=pa.string(), lands="DATE", values=values,
                  checks=checks)  # fmt: skip


def _moment(column: FileColumn, values: int) -> Travel:
    c = ident(column.name)
    plain = f"replace({c}, 'T', ' ') || CASE WHEN length({c}) = 19 THEN '.' ELSE '' END"
    written = f"substr({plain} || '000000', 1, 26)"
    here = "strftime(CAST({} AS TIMESTAMP), '%Y-%m-%d %H:%M:%S.%f')"
    checks = (_checksum(column.octets(written), here),)
    return Travel(column=column, sends=c, arrow=pa.string(), lands="TIMESTAMP", values=values,
                  checks=checks)  # fmt: skip


def _bytes(column: FileColumn, values: int) -> Travel:
    c = ident(column.name)
    length = Check(what="length in bytes", source=f"sum(length({c}))",
                   here="sum(octet_length(CAST({} AS BLOB)))")  # fmt: skip
    return Travel(column=column, sends=c, arrow=pa.binary(), lands="BLOB", values=values,
                  checks=(length, _checksum(c, "CAST({} AS BLOB)")))  # fmt: skip


def _text(column: FileColumn, values: int, reason: str) -> Travel:
    c = ident(column.name)
    # As text a real would lose digits; SQLite's literal of it does not.
    sends = c
    if reason:
        sends = f"CASE WHEN typeof({c}) IN ('real', 'blob') THEN quote({c}) ELSE "
        sends += f"CAST({c} AS TEXT) END"
    octets = column.octets(sends)
    length = Check(what="length in bytes", source=f"sum(length({octets}))",
                   here="sum(strlen({}))")  # fmt: skip
    return Travel(column=column, sends=sends, arrow=pa.string(), lands="VARCHAR", values=values,
                  checks=(length, _checksum(octets, "{}")), reason=reason)  # fmt: skip


def _checksum(source: str, here: str) -> Check:
    return Check(
        what="checksum of the values",
        source=f"dataready_md5({source})",
        here=MD5_SUM.format(here),
    )


def _ends(source: str, here: str) -> tuple[Check, ...]:
    """The smallest and the largest value; they are data, and never shown."""
    return tuple(
        Check(what=f"{word} value", source=f"{function}({source})", here=f"{function}({here})",
              shown=False)
        for word, function in (("smallest", "min"), ("largest", "max"))
    )  # fmt: skip
