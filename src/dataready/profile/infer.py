"""What the text of an untyped source means: numbers, dates in which format, or text.

Decided once, on the pilot (or on the table looked at, where there is no pilot), from up to
20,000 rows chosen evenly; how well it holds is then counted on all rows.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dataready.profile.plan import Base

__all__ = ["DATE_FORMATS", "PLACEHOLDERS", "Reading", "is_placeholder", "read_as"]

DECIMAL = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*", re.ASCII)
_ISO = re.compile(
    r"\s*\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?\s*"
)

DATE_FORMATS = (
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y%m%d",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%d/%m/%y",
    "%m/%d/%y",
    "%d-%m-%y",
    "%d.%m.%y",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%d %b %Y",
    "%d %B %Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%b %d %Y",
    "%A, %B %d, %Y",
    "%Y-%d-%m",
)
"""Date formats that are recognised beside ISO 8601, each with or without a time of day."""
_TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")

_WORDS = """? ?? ??? - -- --- . .. ... * ** _ / \\ \\n #n/a #na #null! #value! #ref! #div/0! #name?
1.#ind 1.#qnan -1.#ind na n/a n.a. n.a n\\a n/d n.d. nan -nan null (null) <null> [null] none (none)
nil nill missing (missing) <missing> unknown (unknown) unk unkn unbekannt inconnu inconnue
desconocido desconocida sconosciuto onbekend okänd ukendt ukjent tuntematon nieznany neznámý
undefined undef undetermined unspecified not-specified unavailable tbd tba t.b.d. t.b.a. tbc empty
(empty) blank (blank) <blank> void nothing n.v. k.a. entfällt fehlt keine leer manquant vide aucun
aucune vacío vacio ninguno ninguna faltante nessuno mancante vuoto leeg geen brak saknas xxx xxxx
xxxxx xx/xx/xxxx 0000-00-00 00/00/0000 00.00.0000"""
_PHRASES = """not available, not applicable, not specified, not known, not provided, not recorded,
not reported, not stated, not set, is null, no data, no value, no answer, no response,
no information, to be determined, to be confirmed, to be announced, keine angabe, keine angaben,
ohne angabe, nicht bekannt, nicht angegeben, non renseigné, non disponible, non communiqué,
sin datos, no disponible, no aplica, não informado, sem informação, non noto, non specificato,
niet bekend"""
PLACEHOLDERS = frozenset(_WORDS.split()) | {phrase.strip() for phrase in _PHRASES.split(",")}
"""Words that say "no value", case-folded, in the languages of Western offices."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a column's text means: its base, and the date format if it is a date."""

    base: Base
    date_format: str | None = None


def is_placeholder(text: str) -> bool:
    """Whether a text is a word for "no value".

    >>> is_placeholder(" N/A "), is_placeholder("Nancy")
    (True, False)
    """
    return text.strip().casefold() in PLACEHOLDERS


def read_as(texts: Sequence[str], *, least: float = 0.95) -> Reading:
    """Say what a column's texts are.

    Args:
        texts: Cells that are not null; blanks and placeholder words are left out here.
        least: The share of the rest that must parse. A few tokens that repeat ("n.g.",
            "none yet") are forgiven down to 0.6: numbers do not come with words.

    Returns:
        Number, date with its format, or text. Codes with leading zeros are text.

    >>> read_as(["1", "2.5", "?"]).base
    'number'
    >>> read_as(["31/12/2020", "01/02/2020"])
    Reading(base='date', date_format='%d/%m/%Y')
    >>> read_as(["007", "010", "123"]).base
    'text'
    """
    usable = Counter(t for t in texts if t.strip() and not is_placeholder(t))
    total = usable.total()
    if not total:
        return Reading("text")
    foreign = {t: n for t, n in usable.items() if not DECIMAL.fullmatch(t)}
    numeric = 1 - sum(foreign.values()) / total
    few = len(foreign) <= 5 and all(n > 1 for n in foreign.values()) and numeric >= 0.6
    if numeric >= least or few:
        return Reading("text" if _is_code(usable) else "number")
    iso = sum(n for t, n in usable.items() if _ISO.fullmatch(t) and _real_day(t)) / total
    if iso >= least:
        return Reading("date")
    best, share = _best_format(usable)
    return Reading("date", best) if share >= least else Reading("text")


def _is_code(usable: Counter[str]) -> bool:
    """Leading zeros carry meaning: 007 is not 7."""
    digits = {t.strip(): n for t, n in usable.items() if t.strip().isdigit()}
    zeros = sum(n for t, n in digits.items() if len(t) > 1 and t[0] == "0")
    return bool(digits) and zeros > 0.02 * sum(digits.values())


def _real_day(text: str) -> bool:
    try:
        datetime.fromisoformat(text.strip()[:10])
    except ValueError:
        return False
    return True


def _best_format(usable: Counter[str]) -> tuple[str | None, float]:
    """The format that reads most; of equals the first, day before month."""
    some = dict(usable.most_common(2000))
    total = sum(some.values())
    # Dates have digits; free text is spared a hundred attempts.
    if sum(n for t, n in some.items() if any(c.isdigit() for c in t)) < 0.6 * total:
        return None, 0.0
    best: tuple[str | None, float] = (None, 0.0)
    for date_format in (d + t for t in _TIMES for d in DATE_FORMATS):
        if not any(_reads(t, date_format) for t in list(some)[:20]):
            continue
        share = sum(n for t, n in some.items() if _reads(t, date_format)) / total
        if share > best[1]:
            best = (date_format, share)
    return best


def _reads(text: str, date_format: str) -> bool:
    try:
        datetime.strptime(text.strip(), date_format)  # noqa: DTZ007
    except ValueError:
        return False
    return True
