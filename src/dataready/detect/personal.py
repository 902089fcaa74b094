"""Which columns hold personal data, told by what they hold and by what they are called.

By content: e-mail addresses, telephone numbers, and identifiers of persons that satisfy their
check. By content and name together: names of persons, and postal addresses, which a shop has as
well: these count in tables that speak of persons in another column too. By name alone: what is
called like nothing else (first name, date of birth, passport).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import duckdb
import phonenumbers

from dataready.detect.identifier import identify, some_values
from dataready.profile.plan import ColumnPlan
from dataready.profile.profile import ColumnStates, Profile

__all__ = ["guess_personal", "seems_personal", "words_of"]

MOSTLY = 0.8
HALF = 0.5
SOME = 0.2
LEAST_VALUES = 5
LEAST_NUMBER = 1e6
_EMAIL = re.compile(r"(^|[\s<(;,:/])[^@\s]+@[\w-]+(\.[\w-]+)+($|[\s>);,/])")
_OF_PERSONS = (
    "customer|client|patient|person|employee|user|contact|holder|passenger|member|resident|tenant"
    "|citizen|applicant|student|guest|donor|insured|debtor|buyer|subscriber"
)
_NAMED = re.compile(
    r"(^|_)(e_?mails?|first_?name|last_?name|sur_?name|full_?name"
    r"|family_?name|given_?name|maiden_?name|birth_?date|birthday|date_of_birth|dob|home_?address"
    rf"|(person|{_OF_PERSONS}|owner)_?name)($|_)"
)
_NUMBER_NAMED = re.compile(
    r"(^|_)(ssn|iban|passport(_?(number|no|nr))?|tax_?id|national_?id|credit_?card|card_?number"
    r"|(phones?|telephone|mobile|fax)(_?(number|no|nr))?$)($|_)"
)
_ABOUT_PERSONS = re.compile(rf"(^|_)({_OF_PERSONS})(_?(id|no|nr|number|key|code|name))?$")
_NAME_LIKE = re.compile(
    rf"(^|_)(names?|owner|author|driver|agent|manager|player|doctor|physician|teacher|signed_?by"
    rf"|created_?by|{_OF_PERSONS})($|_)"
)
_ADDRESS_LIKE = re.compile(r"(address|(^|_)(addr|street))(_|$)")
_TITLE = re.compile(r"(^|, ?)(mr|mrs|ms|miss|dr|prof|herr|frau|mme|mlle|sra?)\b\.? ", re.IGNORECASE)
_STREET = re.compile(
    r"^\d+[a-z]?[ ,]+(\S+ ){0,4}(street|st|avenue|ave|road|rd|boulevard|blvd|lane|ln|drive|dr|way"
    r"|court|ct|place|pl|square|sq|highway|hwy|parkway|pkwy|terrace|crescent)\b"
    r"|(stra(ss|ß)e|str\.|weg|platz|allee|gasse|gata|gade|straat|laan|utca|ulica) ?\d+"
    r"|^(\d+[,]? )?(rue|avenue|av\.|boulevard|calle|via|viale|piazza|plaza|praça|rua|ul\.)\s",
    re.IGNORECASE,
)
_REACHED = re.compile(r"[^\W\d_]{2,}\W+(.*\W)?\+?\d(?:[\s()/.-]*\d){8,}")
"""A name, and the number of a telephone."""
_NORTH_AMERICAN = re.compile(r"(\+?1[ .-]?)?\(?[2-9]\d\d\)?[ ./-]{1,2}[2-9]\d\d[ .-]\d{4}")
_GIVEN_NAMES = frozenset(
    # The commonest of a dozen languages' speakers: half a column of them is no coincidence.
    """james john robert michael william david richard joseph thomas charles christopher daniel
    matthew anthony mark donald steven paul andrew joshua kenneth kevin brian george timothy ronald
    edward jason jeffrey ryan jacob gary nicholas eric jonathan stephen larry justin scott brandon
    benjamin samuel gregory alexander patrick frank raymond jack dennis jerry tyler aaron jose adam
    nathan henry peter zachary kyle mary patricia jennifer linda elizabeth barbara susan jessica
    sarah karen lisa nancy betty margaret sandra ashley kimberly emily donna michelle carol amanda
    dorothy melissa deborah stephanie rebecca sharon laura cynthia kathleen amy angela shirley anna
    brenda pamela emma nicole helen samantha katherine christine debra rachel carolyn janet maria
    heather diane olivia julie joyce victoria ruth virginia lauren kelly christina joan evelyn
    judith alice julia grace hans peter klaus wolfgang jürgen heinz andreas stefan thorsten uwe
    sebastian tobias florian lukas jonas felix max moritz ursula monika petra sabine renate heike
    ingrid claudia katrin jean pierre michel philippe alain nicolas jacques françois luc louis
    hugo marie nathalie isabelle sylvie catherine martine françoise camille chloé juan carlos jesús
    antonio manuel francisco javier miguel luis fernando sergio pedro alejandro diego carmen ana
    isabel dolores pilar teresa rosa cristina lucía paula giuseppe giovanni mario luigi marco
    francesco paolo andrea giulia chiara francesca alessandra piotr krzysztof andrzej tomasz jan
    paweł michał marcin katarzyna małgorzata agnieszka ewa joão rui tiago nuno felipe rodrigo lars
    erik anders johan nils björn astrid ingeborg mohamed mohammed ahmed ali hassan omar fatima
    aisha wei li ming hiroshi takashi yuki priya rahul amit sanjay ivan dmitri sergei olga natalia
    elena svetlana mehmet mustafa ayşe emre""".split()  # noqa: SIM905
)


def guess_personal(con: duckdb.DuckDBPyConnection, look: Profile) -> frozenset[str]:
    """Guess a table's columns of personal data.

    What is only called a name, and what only looks like an address, may be a thing's; beside
    personal data it is a person's. Beside are columns of the same table: those of another that
    was joined begin with its name.

    Args:
        con: An open connection to the table's extract.
        look: Its profile.
    """
    found, persons = set[str](), set[str]()
    doubtful: list[str] = []
    for seen in look:
        name, table = seen.plan.name, _table(seen.plan)
        words = words_of(_bare(seen.plan))
        kind = _kind(con, seen, words)
        if kind == "doubtful":
            doubtful.append(name)
        elif kind:
            found.add(name)
        if kind == "person" or _ABOUT_PERSONS.search(words):
            persons.add(table)
    return frozenset(found) | {n for n in doubtful if n.rpartition(".")[0] in persons}


def seems_personal(name: str, texts: Sequence[str]) -> bool:
    """Whether a column of which only its name and some texts are known may be about persons.

    >>> seems_personal("first_name", []), seems_personal("colour", ["red"])
    (True, False)
    """
    words = words_of(name)
    named = _NAMED.search(words) or _NUMBER_NAMED.search(words)
    return bool(named or _content(texts, words))


def _table(plan: ColumnPlan) -> str:
    return plan.name.rpartition(".")[0]


def _bare(plan: ColumnPlan) -> str:
    return plan.name.rpartition(".")[2]


def words_of(name: str) -> str:
    """A column's name in small letters, one underscore between its words.

    >>> words_of("lastName (old)")
    'last_name_old_'
    """
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).casefold()
    return re.sub(r"[^a-z0-9]+", "_", spaced)


def _kind(con: duckdb.DuckDBPyConnection, seen: ColumnStates, words: str) -> str:
    """Answer "person" or "number" for personal data, "doubtful" if others must say so, or ""."""
    if seen.plan.base == "date":
        return "person" if _NAMED.search(words) else ""
    kind = identify(con, seen)
    if kind is not None and kind.personal:
        return "number"
    if seen.plan.base == "number":
        long = seen.range is not None and (seen.range.low or 0) >= LEAST_NUMBER
        return "number" if long and _NUMBER_NAMED.search(words) else ""
    if _NAMED.search(words):
        return "person"
    if _NUMBER_NAMED.search(words):
        return "number"
    return _content(some_values(con, seen), words)


def _content(texts: Sequence[str], words: str) -> str:
    """What a column's different texts say of it, and its name."""
    if _share(texts, lambda t: bool(_EMAIL.search(t))) >= HALF:
        return "person"
    if len(texts) >= LEAST_VALUES:
        if _share(texts, _is_call) >= MOSTLY:
            return "number"
        named = bool(_NAME_LIKE.search(words))
        if named and _share(texts, lambda t: bool(_REACHED.search(t))) >= HALF:
            return "person"
        if _share(texts, lambda t: bool(_TITLE.search(t))) >= HALF:
            return "person"
        if _share(texts, _is_person) >= (SOME if named else HALF):
            return "person"
        if _share(texts, lambda t: bool(_STREET.search(t))) >= HALF:
            return "doubtful"
    if words.strip("_") in {"name", "names"}:
        return "doubtful"
    several = _share(texts, lambda t: len(t.split()) > 1) >= HALF
    return "doubtful" if several and _ADDRESS_LIKE.search(words) else ""


def _share(texts: Sequence[str], test: Callable[[str], bool]) -> float:
    return sum(map(test, texts)) / len(texts) if texts else 0.0


def _is_call(text: str) -> bool:
    """Whether a text is a telephone number as North America writes them, of an area it has."""
    if not _NORTH_AMERICAN.fullmatch(text.strip()):
        return False
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(text, "US"))
    except phonenumbers.NumberParseException:
        return False


def _is_person(text: str) -> bool:
    """Whether a text is two to four words, of which the first or last is a given name.

    >>> _is_person("Maria da Silva"), _is_person("King, James"), _is_person("Thomas Street 12")
    (True, True, False)
    """
    parts = text.replace(",", " ").split()
    if not 2 <= len(parts) <= 4 or any(c.isdigit() for c in text):
        return False
    return parts[0].casefold() in _GIVEN_NAMES or parts[-1].casefold() in _GIVEN_NAMES
