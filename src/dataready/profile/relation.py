"""The cells of an extract, read as the plan says: SQL that other SQL selects from.

Every column of the plan appears three times: ``c·raw``, ``c·value`` (a DOUBLE or VARCHAR,
NULL where the cell is missing, disguised or does not parse) and, in the binned table,
``c·bin`` (a UTINYINT, NULL where the value is NULL or unseen).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from dataready.model import FILE_COLUMN, ROW_COLUMN, Schema
from dataready.profile.metric import ROWS, part
from dataready.profile.plan import ColumnPlan, Plan
from dataready.profile.state import Counts, State
from dataready.sql import ident, literal, or_, values_in

__all__ = [
    "Relation",
    "bin_expression",
    "blank",
    "cells",
    "is_blank",
    "is_one_of",
    "is_text",
    "looks_personal",
    "missing",
    "one_in",
    "parse",
    "unparsed",
    "value",
]

_NUMERIC = frozenset(
    """TINYINT SMALLINT INTEGER BIGINT HUGEINT UTINYINT USMALLINT UINTEGER UBIGINT UHUGEINT FLOAT
    DOUBLE DECIMAL REAL""".split()  # noqa: SIM905
)
_SPACE = "' ' || chr(9) || chr(10) || chr(13) || chr(160)"


def one_in(step: int) -> str:
    """Write the predicate for one row in so many, the same ones every time.

    By a hash of its number: every tenth row of a table numbered in tens would be a round one.
    Hashed twice, since people make up data by hashing once.

    >>> one_in(10)
    'hash(hash("_dataready_row")) % 10 = 0'
    """
    return f"hash(hash({ident(ROW_COLUMN)})) % {step} = 0"


def is_number(type_: str) -> bool:
    """Whether a DuckDB type is numeric (lists of numbers are not).

    >>> is_number("DECIMAL(18,4)"), is_number("INTEGER[]")
    (True, False)
    """
    return type_.split("(", maxsplit=1)[0] in _NUMERIC and not type_.endswith("]")


def is_date(type_: str) -> bool:
    """Whether a DuckDB type is a date or a timestamp."""
    return (type_ == "DATE" or type_.startswith("TIMESTAMP")) and not type_.endswith("]")


def is_text(type_: str) -> bool:
    """Whether a DuckDB type is text, so that its cells may be blank."""
    return type_ == "VARCHAR" or (type_.startswith("ENUM") and not type_.endswith("]"))


def null(raw: str, type_: str) -> str:
    """Write the predicate for a cell of nothing: NULL, or the NaN that stands for it."""
    return f"{raw} IS NULL OR isnan({raw})" if type_ in {"DOUBLE", "FLOAT"} else f"{raw} IS NULL"


def blank(raw: str, type_: str) -> str:
    """Write the predicate for a cell of nothing but white space."""
    if not is_text(type_):
        return "FALSE"
    # Only cells that begin with white space are trimmed: it is the costly part.
    text = f"{raw}::VARCHAR" if type_ != "VARCHAR" else raw
    first = f"{text} < '!' OR ({text} >= chr(160) AND {text} < chr(161))"
    return f"CASE WHEN {first} THEN trim({text}, {_SPACE}) = '' ELSE FALSE END"


def is_blank(text: str) -> bool:
    """Say of a text what `blank` says of a cell."""
    return not text.strip(" \t\n\r\xa0")


def parse(raw: str, type_: str, column: ColumnPlan) -> str:
    """Write the expression that reads a cell as the column's base; NULL where it cannot.

    Numbers are plain decimals (outer blanks and exponents allowed; no units, no thousands
    separators), booleans 0/1, never non-finite. Dates are native, ISO 8601 text or text in
    the column's format, never bare numbers. Text is the cell itself; 3.0 reads "3",
    and booleans as the pilot spells them.
    """
    if column.base == "number":
        if type_ == "BOOLEAN":
            return f"{raw}::INTEGER::DOUBLE"
        if is_number(type_):
            cast = f"{raw}::DOUBLE"
            # Only these have values that are not finite.
            is_float = type_ in {"DOUBLE", "FLOAT", "REAL"}
            return f"CASE WHEN isfinite({cast}) THEN {cast} END" if is_float else cast
        if is_text(type_):
            cast = f"TRY_CAST({raw}::VARCHAR AS DOUBLE)"
            return (
                f"CASE WHEN isfinite({cast}) AND NOT contains({raw}::VARCHAR, '_') THEN {cast} END"
            )
        return "NULL::DOUBLE"
    if column.base == "date":
        if is_date(type_):
            return f"CASE WHEN isfinite({raw}) THEN epoch({raw}) END"
        if is_text(type_):
            return parse_date(raw, column.date_format)
        return "NULL::DOUBLE"
    if type_ == "BOOLEAN":
        yes, no = _booleans(column)
        return f"CASE WHEN {raw} THEN {literal(yes)} WHEN NOT {raw} THEN {literal(no)} END"
    if type_ in {"DOUBLE", "FLOAT"}:
        whole = f"{raw} = trunc({raw}) AND abs({raw}) < 1e18"
        return f"CASE WHEN {whole} THEN {raw}::BIGINT::VARCHAR ELSE {raw}::VARCHAR END"
    return raw if type_ == "VARCHAR" else f"{raw}::VARCHAR"


def _booleans(column: ColumnPlan) -> tuple[str, str]:
    """How the pilot spells true and false."""
    spelt = (("true", "false"), ("True", "False"), ("TRUE", "FALSE"), ("t", "f"), ("T", "F"))
    return next((pair for pair in spelt if {*pair} & {*column.categories}), spelt[0])


def parse_date(raw: str, date_format: str | None) -> str:
    """Write the expression that reads text as a date: seconds since the epoch, or NULL.

    A time without an offset is UTC, whatever the machine's time zone.
    """
    if date_format is not None:
        read = f"epoch(TRY_STRPTIME(trim({raw}), {literal(date_format)}))"
        # DuckDB reads 31-12-19 as the year 19.
        whole = f"regexp_matches({raw}, '\\d{{4}}')"
        return f"CASE WHEN {whole} THEN {read} END" if "%Y" in date_format else read
    iso = f"regexp_matches({raw}, '^\\s*\\d{{4}}-\\d{{2}}-\\d{{2}}')"
    # A cast to TIMESTAMP passes over an offset, and no cast reads one after bare minutes.
    zoned = f"regexp_matches({raw}, ':\\d{{2}}(\\.\\d+)?(Z|[+-]\\d{{2}}(:?\\d{{2}})?)\\s*$')"
    whole = f"regexp_replace({raw}, '([T ]\\d{{2}}:\\d{{2}})([Z+-])', '\\1:00\\2')"
    return (
        f"CASE WHEN {iso} THEN CASE WHEN {zoned} THEN epoch(TRY_CAST(trim({whole}) AS TIMESTAMPTZ))"
        f" ELSE epoch(TRY_CAST(trim({raw}) AS TIMESTAMP)) END END"
    )


_PERSONAL = re.compile(
    r"[^@\s]+@[^@\s]+\.[^@\s.]+|^[\d\s()/+-]{9,}$|(?<!\w)\+?\d(?:[\s()/.-]*\d){9,}"
)


def looks_personal(text: str) -> bool:
    """Whether a value is, or holds, an e-mail address or as long a number as people have.

    >>> [looks_personal(t) for t in ("Ada: ada@example.org", "020 7946 0958", "Ada 02079460958")]
    [True, True, True]
    >>> looks_personal("DHL"), looks_personal("ORD-100042")
    (False, False)
    """
    return bool(_PERSONAL.search(text.strip()))


def is_one_of(expression: str, values: Iterable[object], column: ColumnPlan) -> str:
    """Write that an expression has one of some values; of personal data, by their hash.

    >>> print(is_one_of("x", ["a"], ColumnPlan(name="x", base="text")))
    x IN ('a')
    >>> print(is_one_of("x", ["a"], ColumnPlan(name="x", base="text", personal=True)))
    md5(x) IN ('0cc175b9c0f1b6a831c399e269772661')
    """
    values = list(values)
    if not column.personal and not any(looks_personal(str(v)) for v in values):
        return values_in(expression, values)
    hashes = (hashlib.md5(str(v).encode(), usedforsecurity=False).hexdigest() for v in values)
    return values_in(f"md5({expression})", hashes)


def missing(raw: str, type_: str, column: ColumnPlan) -> str:
    """Write the predicate for a cell that is null, blank or disguised missing."""
    # A cell that does not parse is no sentinel: IN answers NULL there, not FALSE.
    found = values_in(parse(raw, type_, column), column.sentinels)
    sentinels = f"coalesce({found}, FALSE)" if column.sentinels else ""
    words = is_one_of(f"{raw}::VARCHAR", column.words, column) if column.words else ""
    nothing = blank(raw, type_)
    return or_(null(raw, type_), nothing if nothing != "FALSE" else "", words, sentinels)


def value(raw: str, type_: str, column: ColumnPlan) -> str:
    """Write the expression for a cell's usable value."""
    gone = missing(raw, type_, column)
    return f"CASE WHEN NOT ({gone}) THEN {parse(raw, type_, column)} END"


def unparsed(raw: str, type_: str, column: ColumnPlan) -> str:
    """Write the predicate for a cell that is there and does not parse."""
    gone = missing(raw, type_, column)
    return f"NOT ({gone}) AND ({parse(raw, type_, column)}) IS NULL"


USABLE, NULL, BLANK, DISGUISED, UNPARSED = range(5)
"""The states of a cell, as `state` has them; they exclude each other."""


def cells(
    table: str,
    plan: Plan,
    schema: Schema,
    names: Mapping[str, str] | None = None,
    *,
    carried: Sequence[str] = (FILE_COLUMN, ROW_COLUMN),
    whole: Collection[str] = (),
) -> str:
    """Write the SELECT that offers every column as ``raw``, ``state`` and ``value``.

    Args:
        table: A quoted relation: the extract's table.
        plan: The columns wanted; those that the schema lacks are left out.
        schema: What the extract holds.
        names: Pilot column -> the extract's column, where they differ.
        carried: Columns of dataready's own that are handed on.
        whole: Columns of the plan whose cells are known to be usable, all of them.
    """
    read, judged, offered = [], [], []
    for column in plan:
        name = (names or {}).get(column.name, column.name)
        if name not in schema:
            continue
        type_ = schema.type_of(name)
        raw, parsed = part(column.name, "raw"), part(column.name, "parsed")
        state = part(column.name, "state")
        read.append(f"{ident(name)} AS {raw}, {parse(ident(name), type_, column)} AS {parsed}")
        usable = column.name in whole
        told = f"{USABLE}::UTINYINT" if usable else _state(raw, parsed, type_, column)
        judged.append(f"{told} AS {state}")
        held = parsed if usable else f"CASE WHEN {state} = {USABLE} THEN {parsed} END"
        offered.append(f"{held} AS {part(column.name, 'value')}")
    system = ", ".join(map(ident, carried))
    return (
        f"SELECT {_lines(['*', *offered])}\nFROM (SELECT {_lines(['*', *judged])}\n"
        f"FROM (SELECT {_lines([system, *read])}\nFROM {table}))"
    )


@dataclass(frozen=True, slots=True)
class Relation:
    """A table to be read under a plan; `select` writes the SELECT of the columns wanted.

    `whole` are columns of the plan whose cells are known to be usable, all of them.
    """

    table: str
    plan: Plan
    schema: Schema
    names: Mapping[str, str] = field(default_factory=dict)
    whole: frozenset[str] = frozenset()

    @property
    def present(self) -> tuple[ColumnPlan, ...]:
        """The columns of the plan that the table has."""
        return tuple(c for c in self.plan if self.names.get(c.name, c.name) in self.schema)

    def select(self, columns: Iterable[str]) -> str:
        """Write `cells` for some columns of the plan: what is not read need not be bound."""
        plan = self.plan.part(columns)
        return cells(ident(self.table), plan, self.schema, self.names, whole=self.whole)

    def knowing(self, states: Mapping[str, State]) -> Relation:
        """Answer the same relation, told which columns have nothing but usable cells."""
        whole = frozenset(
            c.name
            for c in self.plan
            if isinstance(n := states.get(f"completeness({c.name})"), Counts)
            and not any(n[kind] for kind in ("nulls", "blanks", "disguised", "unparsed"))
        )
        return replace(self, whole=whole)

    def select_tally(self, column: str, tally: str) -> str:
        """Write `cells` for one column over the tally of its cells, `ROWS` carried along."""
        plan = self.plan.part([column])
        return cells(ident(tally), plan, self.schema, self.names, carried=(ROWS,))


def _lines(expressions: Sequence[str]) -> str:
    return ",\n  ".join(expressions)


def _state(raw: str, parsed: str, type_: str, column: ColumnPlan) -> str:
    tests = [f"WHEN {null(raw, type_)} THEN {NULL}"]
    if is_text(type_):
        tests.append(f"WHEN {blank(raw, type_)} THEN {BLANK}")
    if column.words:
        tests.append(f"WHEN {values_in(f'{raw}::VARCHAR', column.words)} THEN {DISGUISED}")
    if column.sentinels:
        tests.append(f"WHEN {values_in(parsed, column.sentinels)} THEN {DISGUISED}")
    if column.base != "text":
        tests.append(f"WHEN {parsed} IS NULL THEN {UNPARSED}")
    return f"CASE {' '.join(tests)} ELSE {USABLE} END::UTINYINT"


def bin_expression(column: ColumnPlan) -> str:
    """Write the bin of a number or date: bins (e[k-1], e[k]], a balanced tree of tests."""
    cell = part(column.name, "value")
    tree = _tree(cell, column.cuts, 0)
    return f"CASE WHEN {cell} IS NOT NULL THEN {tree} END::UTINYINT"


def _tree(cell: str, cuts: Sequence[float], first: int) -> str:
    if not cuts:
        return str(first)
    middle = len(cuts) // 2
    left = _tree(cell, cuts[:middle], first)
    right = _tree(cell, cuts[middle + 1 :], first + middle + 1)
    return f"CASE WHEN {cell} <= {literal(float(cuts[middle]))} THEN {left} ELSE {right} END"
