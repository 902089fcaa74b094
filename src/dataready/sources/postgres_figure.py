"""The figures that prove an extract: computed by PostgreSQL, and by DuckDB of what landed.

Of every column the values are counted, and there is a sum that does not depend on the order
of rows: of the numbers themselves, or of the server's own hashes of the values, which are
computed here again for what landed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import pyarrow as pa

from dataready.sources.checksum import decimal_text
from dataready.sources.jenkins import digest_floats, digest_integers, digest_text
from dataready.sources.postgres_type import Travel
from dataready.sources.source import Figure
from dataready.sql import ident

__all__ = ["Proof", "proof"]

_EPOCH = 10_957
"""Days from DuckDB's first of January 1970 to PostgreSQL's of 2000."""
_DAY_US = 86_400_000_000
_WIDE = 28
"""Digits above which a sum of many may not fit DuckDB's DECIMAL any more."""
_MODULUS = 1 << 64
_UNIT, _NULL = "chr(31)", "chr(30)"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Check:
    """One figure: the server's aggregate, and how DuckDB comes to the same."""

    what: str
    server: str
    here: str
    digest: Callable[[pa.Array], int] | None = None
    shown: bool = True
    scale: int | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """The one query that answers all figures of a table."""

    terms: tuple[str, ...]
    checks: tuple[tuple[int, _Check], ...]
    width: int

    def rows(self, answer: Sequence[object]) -> int:
        """Answer the number of rows."""
        return int(str(answer[0]))

    def present(self, answer: Sequence[object]) -> tuple[int, ...]:
        """Answer the values that each column has."""
        return tuple(int(str(n)) for n in answer[1 : 1 + self.width])

    def figures(self, answer: Sequence[object]) -> tuple[Figure, ...]:
        """Answer the figures, with what the server computed."""
        values = answer[1 + self.width :]
        return tuple(
            Figure(
                column=column,
                what=check.what,
                expected=_expected(check, value),
                sql=check.here,
                digest=check.digest,
                shown=check.shown,
            )
            for (column, check), value in zip(self.checks, values, strict=True)
        )


def proof(columns: Sequence[Travel]) -> Proof:
    """Write the aggregates of a table's columns, as they travel."""
    checks = [(i, check) for i, t in enumerate(columns) for check in _checks(t)]
    terms = ["count(*)", *(f"count({ident(t.column.name)})" for t in columns)]
    terms += [f"({check.server})::text" for _, check in checks]
    return Proof(tuple(terms), tuple(checks), len(columns))


def _checks(t: Travel) -> list[_Check]:
    """Answer the figures for one column."""
    c, cast = ident(t.column.name), t.cast
    if t.family == "flag":
        return [
            _Check(
                what="count of what is true",
                server=f"count(*) FILTER (WHERE {c})",
                here=f"count(*) FILTER (WHERE {cast})",
            )
        ]
    if t.family == "integer":
        return [
            *_ends(f"{c}::int8", cast),
            _Check(what="sum", server=f"sum({c}::int8)", here=f"sum(CAST({cast} AS HUGEINT))"),
        ]
    if t.family == "decimal":
        return _decimal(t)
    if t.family == "date":
        days = f"({c} - '2000-01-01'::date)"
        here = f"(date_diff('day', DATE '2000-01-01', {cast}))"
        return [
            *_ends(days, here),
            _Check(what="sum of the days", server=f"sum({days})", here=f"sum({here})"),
        ]
    if t.family == "float":
        width = 4 if t.lands == "FLOAT" else 8
        return [_checksum(f"hashfloat{width}extended({t.sends}, 0)", cast, digest_floats)]
    if t.family in {"moment", "time"}:
        return _moment(t)
    return _texts(t)


def _ends(server: str, here: str, scale: int | None = None) -> list[_Check]:
    """The smallest and the largest value; they are data, and never shown."""
    return [
        _Check(
            what=f"{word} value",
            server=f"{function}({server})",
            here=f"{function}({here})",
            shown=False,
            scale=scale,
        )
        for word, function in (("smallest", "min"), ("largest", "max"))
    ]


def _checksum(server: str, here: str, digest: Callable[[pa.Array], int]) -> _Check:
    return _Check(what="checksum of the values", server=f"sum({server})", here=here, digest=digest)


def _decimal(t: Travel) -> list[_Check]:
    """Ends and sum; of wide numbers the hashes of their texts, since a sum may not fit."""
    digits = int(t.lands.removeprefix("DECIMAL(").partition(",")[0])
    ends = [
        replace(end, here=decimal_text(end.here, digits, t.scale))
        for end in _ends(t.sends, t.cast, t.scale)
    ]
    if digits > _WIDE:
        text = f"round({t.sends}, {t.scale})::text"
        hashed = f'hashtextextended({text} COLLATE "C", 0)'
        return [*ends, _checksum(hashed, decimal_text(t.cast, digits, t.scale), digest_text)]
    total = _Check(
        what="sum",
        server=f"sum({t.sends})",
        here=f"sum(CAST({t.cast} AS DECIMAL(38,{t.scale})))",
        scale=t.scale,
    )
    return [*ends, total]


def _moment(t: Travel) -> list[_Check]:
    """Ends, and hashes of the microseconds since 2000."""
    c, cast = ident(t.column.name), t.cast
    if t.family == "time":
        here = f"epoch_us({cast})"
        return [_checksum(f"time_hash_extended({c}, 0)", here, digest_integers)]
    here = f"(epoch_us({cast}) - {_EPOCH * _DAY_US})"
    plain = f"{c} AT TIME ZONE 'UTC'" if t.column.type == "timestamptz" else c
    ends = [
        _Check(
            what=f"{word} value",
            server=f"(extract(epoch FROM {function}({c})) * 1000000)::int8",
            here=f"epoch_us({function}({cast}))",
            shown=False,
        )
        for word, function in (("smallest", "min"), ("largest", "max"))
    ]
    return [*ends, _checksum(f"timestamp_hash_extended({plain}, 0)", here, digest_integers)]


def _texts(t: Travel) -> list[_Check]:
    """Lengths in bytes, and hashes."""
    c, cast = ident(t.column.name), t.cast
    if t.family == "uuid":
        here = f"CAST({cast} AS BLOB)"
        return [_checksum(f"uuid_hash_extended({c}, 0)", here, digest_text)]
    server, here = t.sends, cast
    if t.family == "bytes":
        server, here = f"encode({c}, 'hex')", f"lower(hex({cast}))"
    elif t.family == "padded":
        # A cast would strip the blanks that `concat` keeps.
        server = f"CASE WHEN {c} IS NOT NULL THEN concat({c}) END"
    elif t.family == "list":
        server = f"array_to_string({c}, {_UNIT}, {_NULL})"
        each = f"list_transform({cast}, lambda v: coalesce(CAST(v AS VARCHAR), {_NULL}))"
        here = f"array_to_string({each}, {_UNIT})"
    hashes = _checksum(f'hashtextextended(({server}) COLLATE "C", 0)', here, digest_text)
    if server != c:
        # What has to be made into text first would be made twice.
        return [hashes]
    length = _Check(
        what="length in bytes",
        server=f"sum(octet_length({server}))",
        here=f"sum(strlen({here}))",
    )
    return [length, hashes]


def _expected(check: _Check, value: object) -> str | None:
    """Write what the server computed as DuckDB writes it."""
    if check.digest is not None:
        return str(int(str(value)) % _MODULUS) if value is not None else "0"
    if value is None:
        return None
    return str(value) if check.scale is None else f"{Decimal(str(value)):.{check.scale}f}"
