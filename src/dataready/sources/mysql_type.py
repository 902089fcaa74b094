"""How each type of MySQL and MariaDB travels and lands, and by what it is proven.

Everything travels as the text that the server writes, and DuckDB casts it. What is on the list
lands exactly. A column lands as text, and is said to be degraded, where its type is not on the
list or a value has no place in DuckDB's type: zero dates, times of more than a day, more than
38 digits. Such values are counted before the first row is read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Context, Decimal

import pyarrow as pa

from dataready.sources.checksum import MD5_SUM, decimal_text
from dataready.sources.source import Figure
from dataready.sql import backticked, literal

__all__ = ["Check", "ServerColumn", "Travel", "probes", "travel"]

_DIGITS = 38
_WIDE = 28
_INTEGERS = {"tinyint": "TINYINT", "smallint": "SMALLINT", "mediumint": "INTEGER",
             "int": "INTEGER", "bigint": "BIGINT"}  # fmt: skip
_TEXTS = frozenset({"char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum",
                    "set", "json"})  # fmt: skip
_BYTES = frozenset({"binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"})
_SHAPES = frozenset({"geometry", "point", "linestring", "polygon", "multipoint",
                     "multilinestring", "multipolygon", "geometrycollection",
                     "geomcollection"})  # fmt: skip
_OWN_TEXT = frozenset({"inet4", "inet6"})
_EPOCH_US = 946_684_800_000_000
_MODULUS = 1 << 64
_SCALE = 30
_EXACT = Context(prec=120)
_SMALL, _LARGE = 1e-12, 1e25


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerColumn:
    """A column as the catalogue or an answer has it; `type` is without size and sign."""

    name: str
    spelt: str
    type: str
    unsigned: bool = False
    digits: int = 0
    scale: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One figure: the server's aggregate, and how DuckDB comes to the same."""

    what: str
    server: str
    here: str
    digest: Callable[[pa.Array], int] | None = None
    shown: bool = True
    real: bool = False

    def figure(self, column: int, value: str | None) -> Figure:
        """Answer the figure with what the server computed."""
        sql, expected = self.here, value
        if self.digest is not None:
            expected = "0" if value is None else str(int(Decimal(value).scaleb(_SCALE)) % _MODULUS)
        elif self.real and value is not None:
            # Two ways to write a number that is the same.
            sql, expected = f"{sql} = CAST({literal(value)} AS DOUBLE)", "true"
        return Figure(
            column=column,
            what=self.what,
            expected=expected,
            sql=sql,
            digest=self.digest,
            shown=self.shown,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Travel:
    """How a column is sent, cast and landed; `reason` says why it is degraded, if it is."""

    column: ServerColumn
    sends: str
    lands: str
    checks: tuple[Check, ...]
    cast: str = ""
    reason: str = ""

    @property
    def arrow(self) -> pa.DataType:
        """What it arrives as."""
        return pa.binary() if self.lands == "BLOB" else pa.string()


def probes(column: ServerColumn) -> tuple[str, ...]:
    """Write the aggregates to be known before it is decided how a column travels."""
    c = backticked(column.name)
    if column.type in {"date", "datetime", "timestamp"}:
        day = f"DAYOFMONTH({c})"
        fits = f"YEAR({c}) > 0 AND MONTH({c}) > 0 AND {day} > 0 AND {day} <= "
        fits += f"DAYOFMONTH(LAST_DAY({c}))"
        return (f"SUM({c} IS NOT NULL AND NOT COALESCE({fits}, 0))",)
    if column.type == "time":
        return (f"SUM({c} < '00:00:00' OR {c} >= '24:00:00')",)
    if column.type == "decimal" and column.digits > _DIGITS:
        return (f"MAX(LENGTH(TRUNCATE(ABS({c}), 0)))",)
    return ()


def travel(column: ServerColumn, probed: Sequence[str | None]) -> Travel:
    """Decide how a column travels, given what its probes found."""
    c, kind = backticked(column.name), column.type
    odd = int(probed[0] or 0) if probed else 0
    if kind in _INTEGERS or kind in {"bit", "year"}:
        return _integer(column, c)
    if kind == "decimal":
        if odd and odd + column.scale > _DIGITS:
            return _text(column, c, "it has values of more digits than a DECIMAL holds")
        return _decimal(column, c)
    if kind in {"float", "double"}:
        return _real(column, c)
    if kind in {"date", "datetime", "timestamp"}:
        if odd:
            why = "are zero, or days that no calendar has"
            return _text(column, c, f"{odd:,} of its values {why}")
        return _date(column, c) if kind == "date" else _moment(column, c)
    if kind == "time":
        why = f"{odd:,} of its values are negative, or of a day and more"
        return _text(column, c, why) if odd else _time(column, c)
    return _words(column, c)


def _words(column: ServerColumn, c: str) -> Travel:
    """Land texts and bytes, and as text whatever is not on the list."""
    kind = column.type
    if kind == "uuid":
        return Travel(column=column, sends=c, lands="UUID", checks=(
            _checksum(f"LOWER({c})", "CAST(CAST({} AS UUID) AS VARCHAR)"),))  # fmt: skip
    if kind in _BYTES:
        length = Check(what="length in bytes", server=f"SUM(LENGTH({c}))",
                       here="sum(octet_length(CAST({} AS BLOB)))")  # fmt: skip
        checks = (length, _checksum(c, "CAST({} AS BLOB)"))
        return Travel(column=column, sends=c, lands="BLOB", checks=checks)
    if kind in _TEXTS:
        return _text(column, c, "")
    sends = c if kind in _OWN_TEXT else f"ST_AsText({c})" if kind in _SHAPES else f"HEX({c})"
    return _text(column, sends, "its type has no equal here")


def _integer(column: ServerColumn, c: str) -> Travel:
    if column.type == "bit":
        lands = "UBIGINT"
    elif column.type == "year":
        lands = "SMALLINT"
    else:
        lands = ("U" if column.unsigned else "") + _INTEGERS[column.type]
    # Neither bits, nor zeros in front.
    n = f"({c} + 0)"
    total = Check(what="sum", server=f"SUM({n})", here="sum(CAST({} AS HUGEINT))")
    checks = (*_ends(n, f"CAST({{}} AS {lands})"), total)
    return Travel(column=column, sends=n, lands=lands, checks=checks)


def _decimal(column: ServerColumn, c: str) -> Travel:
    digits, scale = min(column.digits, _DIGITS), column.scale
    lands = f"DECIMAL({digits},{scale})"
    cast = f"CAST({{}} AS {lands})"
    ends = [replace(end, here=decimal_text(end.here, digits, scale)) for end in _ends(c, cast)]
    if digits > _WIDE:
        last = _checksum(f"CAST({c} AS CHAR)", decimal_text(cast, digits, scale))
    else:
        here = f"sum(CAST({{}} AS DECIMAL(38,{scale})))"
        last = Check(what="sum", server=f"SUM({c})", here=here)
    # Zeros in front are no part of a number.
    sends = f"({c} + 0)" if "zerofill" in column.spelt else c
    return Travel(column=column, sends=sends, lands=lands, checks=(*ends, last))


def _real(column: ServerColumn, c: str) -> Travel:
    # As a FLOAT the server would write six digits only.
    x = f"({c} + 0e0)"
    ends = tuple(
        Check(what=f"{word} value", server=f"{function}({x})",
              here=f"{function}(CAST({{}} AS DOUBLE))", shown=False, real=True)
        for word, function in (("smallest", "min"), ("largest", "max"))
    )  # fmt: skip
    within = f"ABS({x}) >= {_SMALL:.0e} AND ABS({x}) < {_LARGE:.0e}"
    near = f"CASE WHEN {within} THEN CAST({x} AS DECIMAL(65,{_SCALE})) END"
    total = Check(what="checksum of the values", server=f"SUM({near})",
                  here="CAST({} AS DOUBLE)", digest=_digest_decimals)  # fmt: skip
    lands = "FLOAT" if column.type == "float" else "DOUBLE"
    return Travel(column=column, sends=x, lands=lands, checks=(*ends, total))


def _digest_decimals(values: pa.Array) -> int:
    """Sum numbers as the server does: exactly, with 30 digits behind the point.

    Of those that have digits further behind, or very many before it, only the number and the
    ends are compared.

    >>> _digest_decimals(pa.array([0.5, 1e300])) == 5 * 10**29 % 2**64
    True
    """
    total = 0
    for value in values.to_pylist():
        if _SMALL <= abs(value) < _LARGE:
            total += int(Decimal(repr(value)).scaleb(_SCALE, context=_EXACT))
    return total % _MODULUS


def _date(column: ServerColumn, c: str) -> Travel:
    days = Check(
        what="sum of the days",
        server=f"SUM(DATEDIFF({c}, '2000-01-01'))",
        here="sum(date_diff('day', DATE '2000-01-01', CAST({} AS DATE)))",
    )
    checks = (*_ends(c, "CAST({} AS DATE)"), days)
    return Travel(column=column, sends=c, lands="DATE", checks=checks)


def _moment(column: ServerColumn, c: str) -> Travel:
    zoned = column.type == "timestamp"
    lands = "TIMESTAMP WITH TIME ZONE" if zoned else "TIMESTAMP"
    since = f"TIMESTAMPDIFF(MICROSECOND, '2000-01-01', {c})"
    here = f"(epoch_us(CAST({{}} AS {lands})) - {_EPOCH_US})"
    total = Check(what="sum of the microseconds", server=f"SUM({since})",
                  here=f"sum(CAST({here} AS HUGEINT))")  # fmt: skip
    return Travel(
        column=column,
        sends=c,
        # The session's time zone is UTC, and the server does not say so.
        cast="CAST({} || '+00' AS TIMESTAMP WITH TIME ZONE)" if zoned else "",
        lands=lands,
        checks=(*_ends(since, here), total),
    )


def _time(column: ServerColumn, c: str) -> Travel:
    since = f"TIMESTAMPDIFF(MICROSECOND, '2000-01-01', TIMESTAMP('2000-01-01', {c}))"
    here = "sum(CAST(epoch_us(CAST({} AS TIME)) AS HUGEINT))"
    total = Check(what="sum of the microseconds", server=f"SUM({since})", here=here)
    return Travel(column=column, sends=c, lands="TIME", checks=(total,))


def _text(column: ServerColumn, sends: str, reason: str) -> Travel:
    plain = f"CONVERT({sends} USING utf8mb4)"
    length = Check(what="length in bytes", server=f"SUM(LENGTH({plain}))", here="sum(strlen({}))")
    checks = (length, _checksum(plain, "{}"))
    return Travel(column=column, sends=plain, lands="VARCHAR", checks=checks, reason=reason)


def _checksum(server: str, here: str) -> Check:
    number = f"CAST(CONV(LEFT(MD5({server}), 15), 16, 10) AS UNSIGNED)"
    return Check(what="checksum of the values", server=f"SUM({number})", here=MD5_SUM.format(here))


def _ends(server: str, here: str) -> tuple[Check, ...]:
    """The smallest and the largest value; they are data, and never shown."""
    return tuple(
        Check(what=f"{word} value", server=f"{function}({server})", here=f"{function}({here})",
              shown=False)
        for word, function in (("smallest", "min"), ("largest", "max"))
    )  # fmt: skip
