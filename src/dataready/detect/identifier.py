"""Identifiers with a check digit, and telephone numbers: which a column holds, and how to test it.

A column holds a kind of identifier if nine in ten of its values satisfy the kind's check, and
that by no chance: a check modulo 10 holds for one number in ten that knows nothing of it. The
common checks are written in SQL, so that all rows are counted where they lie; for the others,
python-stdnum and phonenumbers judge every different value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, partial
from importlib import import_module
from typing import cast

import duckdb
import phonenumbers
from scipy import stats

from dataready.model import TABLE
from dataready.profile.plan import ColumnPlan
from dataready.profile.profile import ColumnStates
from dataready.profile.relation import is_blank, one_in, parse
from dataready.sql import ident, literal

__all__ = ["IDENTIFIERS", "SIGNS", "Identifier", "compact", "identify", "some_values", "text_of"]

LEAST_VALUES = 20
MOST_LOOKED = 200
LOOK_ROWS = 2_000
MOSTLY = 0.9
CHANCE = 1e-6
LEAST_DIGITS = 1e6
LEAST_LENGTH = 8
MOST_LENGTH = 45
SIGNS = r"[\s().\-/]"
_BASE36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_AS_TEXT = ColumnPlan(name="", base="text")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """A kind of identifier.

    Attributes:
        name: What its values are called, in the plural.
        shape: The pattern of its values, in capitals and without signs between.
        chance: The share of values of this shape that satisfy the check by chance.
        valid: Whether a value satisfies it.
        sql: The same as a predicate, written for an expression; None where SQL cannot say it.
        personal: Whether a value tells of a person.
    """

    name: str
    shape: str
    chance: float
    valid: Callable[[str], bool]
    sql: Callable[[str], str] | None = None
    personal: bool = False

    def holds(self, text: str) -> bool:
        """Whether a text, without its signs, is one: of the shape, and its check holds."""
        return bool(re.fullmatch(self.shape, text)) and self.valid(text)

    def predicate(self, text: str) -> str | None:
        """Write what `holds` says of a compact text, where SQL can; else None."""
        if self.sql is None:
            return None
        shaped = f"regexp_full_match({text}, {literal(self.shape)})"
        return f"CASE WHEN {shaped} THEN {self.sql(text)} ELSE FALSE END"


@cache
def _module(name: str) -> Callable[[str], bool]:
    return cast("Callable[[str], bool]", import_module(f"stdnum.{name}").is_valid)


def _standard(name: str, text: str) -> bool:
    try:
        return _module(name)(text)
    except (ArithmeticError, LookupError, ValueError):
        return False  # a few of the library's modules stumble over what they do not know


def _is_phone(text: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(text))
    except phonenumbers.NumberParseException:
        return False


def _sum(text: str, worth: str) -> str:
    """The sum over a text's characters `c`, at places `i` from 1."""
    return f"list_sum(list_transform(string_split({text}, ''), lambda c, i: {worth}))"


def _luhn(text: str) -> str:
    doubled, plain = "strpos('0516273849', c)", "strpos('0123456789', c)"
    worth = f"CASE WHEN i % 2 = 0 THEN {doubled} ELSE {plain} END - 1"
    return f"{_sum(f'reverse({text})', worth)} % 10 = 0"


def _gtin(text: str) -> str:
    worth = "CASE WHEN i % 2 = 0 THEN 3 ELSE 1 END * (strpos('0123456789', c) - 1)"
    return f"{_sum(f'reverse({text})', worth)} % 10 = 0"


def _isin(text: str) -> str:
    values = f"list_transform(string_split({text}, ''), lambda c: strpos('{_BASE36}', c) - 1)"
    return _luhn(f"array_to_string({values}, '')")


def _weighted(weights: Iterable[int], modulus: int, rest: int, text: str) -> str:
    worth = f"{list(weights)}[i] * (strpos('0123456789X', c) - 1)"
    return f"{_sum(text, worth)} % {modulus} = {rest}"


def _mod97(text: str) -> str:
    """ISO 7064 MOD 97-10, letters as 10 ... 35."""
    values = f"list_transform(string_split({text}, ''), lambda c: strpos('{_BASE36}', c) - 1)"
    step = "(a * CASE WHEN d > 9 THEN 100 ELSE 10 END + d) % 97"
    return f"list_reduce({values}, lambda a, d: {step}) = 1"


def _iban(text: str) -> str:
    return _mod97(f"(substr({text}, 5) || substr({text}, 1, 4))")


def _row(
    name: str, module: str, shape: str, modulus: int, *, sql: Callable[[str], str] | None = None
) -> Identifier:
    return Identifier(
        name=name,
        shape=shape,
        chance=1 / modulus,
        valid=partial(_standard, module),
        sql=sql,
        personal=name in _PERSONAL,
    )


def _check(weights: Iterable[int], modulus: int, rest: int = 0) -> Callable[[str], str]:
    return partial(_weighted, tuple(weights), modulus, rest)


_PERSONAL = frozenset({"IBANs", "payment cards", "national identity numbers"})
_ID = "national identity numbers"
IDENTIFIERS: tuple[Identifier, ...] = (
    _row("IBANs", "iban", r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", 97, sql=_iban),
    _row("legal entity identifiers", "lei", r"[A-Z0-9]{18}\d{2}", 97, sql=_mod97),
    _row(_ID, "it.codicefiscale", r"[A-Z]{6}[0-9A-Z]{2}[A-Z][0-9A-Z]{2}[A-Z][0-9A-Z]{3}[A-Z]", 26),
    _row(_ID, "es.nif", r"[XYZ]?\d{7,8}[A-Z]", 23),
    _row(_ID, "fr.nir", r"[12]\d{4}(\d\d|2[AB])\d{8}", 97),
    _row(_ID, "be.nn", r"\d{11}", 97),
    _row(
        _ID,
        "cn.ric",
        r"\d{17}[\dX]",
        11,
        sql=_check((7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2, 1), 11, 1),
    ),
    _row(_ID, "no.fodselsnummer", r"\d{11}", 121),
    _row(_ID, "br.cpf", r"\d{11}", 100),
    _row("company numbers", "br.cnpj", r"[A-Z0-9]{12}\d{2}", 100),
    _row(_ID, "fi.hetu", r"\d{6}[+A-FU-Y]?\d{3}[0-9A-Y]", 31),
    _row(_ID, "de.idnr", r"[1-9]\d{10}", 10),
    _row(_ID, "in_.aadhaar", r"[2-9]\d{11}", 10),
    _row(_ID, "ch.ssn", r"756\d{10}", 10),
    _row(_ID, "pl.pesel", r"\d{11}", 10, sql=_check((1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1), 10)),
    _row(_ID, "gb.nhs", r"\d{10}", 11, sql=_check(range(10, 0, -1), 11)),
    _row(_ID, "nl.bsn", r"\d{9}", 11, sql=_check((9, 8, 7, 6, 5, 4, 3, 2, 10), 11)),
    _row(_ID, "se.personnummer", r"(19|20)?\d{10}", 10),
    _row("VAT numbers", "eu.vat", r"[A-Z]{2}[A-Z0-9+*]{8,12}", 10),
    _row("ISINs", "isin", r"[A-Z]{2}[A-Z0-9]{9}\d", 10, sql=_isin),
    _row("ISBNs", "isbn", r"\d{9}[\dX]", 11, sql=_check(range(10, 0, -1), 11)),
    _row("ISSNs", "issn", r"\d{7}[\dX]", 11, sql=_check(range(8, 0, -1), 11)),
    _row("payment cards", "luhn", r"([3-6]\d{12,18}|2[2-7]\d{14})", 10, sql=_luhn),
    _row("article numbers", "ean", r"\d{8}|\d{12,14}", 10, sql=_gtin),
    _row("numbers with a Luhn digit", "luhn", r"\d{8,19}", 10, sql=_luhn),
    # Half of all numbers that people make up are some country's.
    Identifier(name="telephone numbers", shape=r"\+\d{8,15}", chance=0.5, valid=_is_phone,
               personal=True),
)  # fmt: skip
"""Known kinds; where several fit a column equally, the one that chance satisfies least."""


def compact(text: str) -> str:
    """Write the expression of a text in capitals, without the signs that people set between."""
    return f"upper(regexp_replace({text}, {literal(SIGNS)}, '', 'g'))"


def text_of(seen: ColumnStates) -> str:
    """Write the expression of a column's cell as text, whatever it is read as."""
    return parse(ident(seen.name), seen.type, _AS_TEXT)


def identify(con: duckdb.DuckDBPyConnection, seen: ColumnStates) -> Identifier | None:
    """Tell which kind of identifier a column holds, from 200 of its values; most hold none.

    Args:
        con: An open connection to the column's extract.
        seen: The column's states.
    """
    if not _may(seen):
        return None
    texts = [re.sub(SIGNS, "", t).upper() for t in some_values(con, seen)]
    if len(texts) < LEAST_VALUES:
        return None
    best, most = None, 0
    for kind in IDENTIFIERS:
        if sum(bool(re.fullmatch(kind.shape, t)) for t in texts) < MOSTLY * len(texts):
            continue
        hits = sum(kind.holds(t) for t in texts)
        beyond = float(stats.binom.sf(hits - 1, len(texts), kind.chance)) < CHANCE
        if beyond and hits >= MOSTLY * len(texts) and hits > most:
            best, most = kind, hits
    return best


def _may(seen: ColumnStates) -> bool:
    """Whether a column's values are long enough for a check digit, and enough of them differ."""
    few = seen.values.exact and len(seen.values.counts) < LEAST_VALUES
    if few or seen.plan.base == "date":
        return False
    if seen.plan.base == "number":
        return bool(seen.range and (seen.range.high or 0) >= LEAST_DIGITS)
    if seen.lengths is None:  # a first look counts none
        return True
    return (seen.lengths.high or 0) >= LEAST_LENGTH and (seen.lengths.low or 0) <= MOST_LENGTH


def some_values(con: duckdb.DuckDBPyConnection, seen: ColumnStates) -> list[str]:
    """Up to 200 different values: evenly from all where they are known, else from rows by hash."""
    if seen.plan.base == "text" and seen.values.exact:
        known = sorted(str(v) for v, n in seen.values.counts.items() if n)
        return known[:: -(-len(known) // MOST_LOOKED) or 1]
    step = max(1, seen.rows // LOOK_ROWS)
    rows = con.execute(
        f"SELECT DISTINCT {text_of(seen)} AS t FROM {ident(TABLE)}"
        f" WHERE {one_in(step)} ORDER BY hash(t), t LIMIT {MOST_LOOKED}"
    ).fetchall()
    return [str(t) for (t,) in rows if t is not None and not is_blank(str(t))]
