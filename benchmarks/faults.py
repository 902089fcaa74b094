"""Faults put into clean columns, each as it happens: in people's hands, in exports, in joins.

A fault is a function of texts that answers what they become. Which columns it can befall is a
question of what they hold; what nothing changes is no fault.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import numpy as np
import pandas as pd

__all__ = ["FAULTS", "Fault", "kind_of"]

Kind = Literal["text", "number", "date", "code", "flag"]
Texts = list[str]
_DATES = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%d/%m/%Y", "%m/%d/%Y", "%m/%d/%y", "%d.%m.%Y")
_FLAGS = frozenset("0 1 true false yes no y n t f".split())  # noqa: SIM905


@dataclass(frozen=True, slots=True)
class Fault:
    """What it is called, which columns it befalls, and what it makes of their texts."""

    name: str
    kinds: frozenset[Kind]
    change: Callable[[Texts, np.random.Generator], Texts]


def kind_of(values: pd.Series) -> Kind | None:
    """What a clean column holds; None where there is too little to damage."""
    there = values[values.str.strip() != ""]
    if len(there) < 100 or there.nunique() < 2:
        return None
    if {v.casefold() for v in there.unique()} <= _FLAGS and there.nunique() == 2:
        return "flag"
    some = there.iloc[:200]
    if any(_dates(list(some), f) for f in _DATES):
        return "date"
    if some.str.fullmatch(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?").mean() > 0.95:
        whole = there.str.fullmatch(r"\d+").all()
        wide = len(set(there.str.len())) == 1 and len(there.iloc[0]) > 2
        return "code" if whole and wide and there.str.startswith("0").any() else "number"
    return "text" if some.str.contains(r"[A-Za-z]{3}").mean() > 0.5 else None


def _dates(texts: Texts, form: str) -> list[datetime] | None:
    try:
        return [datetime.strptime(t, form) for t in texts]  # noqa: DTZ007
    except ValueError:
        return None


def _slip(texts: Texts, rng: np.random.Generator) -> Texts:
    made = []
    for t in texts:
        k = int(rng.integers(0, max(1, len(t) - 1)))
        letter = "abcdefghijklmnopqrstuvwxyz"[int(rng.integers(26))]
        made.append(
            t[:k] + (t[k + 1 : k + 2] + t[k : k + 1] if len(t) % 2 else letter) + t[k + 2 :]
        )
    return made


def _cut(texts: Texts, _: np.random.Generator) -> Texts:
    """Cut at one length, the median's."""
    most = int(np.median([len(t) for t in texts]))
    return [t[: max(3, most)] if len(t) > most else t[: max(3, most - 1)] for t in texts]


def _each(change: Callable[[str], str]) -> Callable[[Texts, np.random.Generator], Texts]:
    return lambda texts, _: [change(t) for t in texts]


def _always(*words: str) -> Callable[[Texts, np.random.Generator], Texts]:
    return lambda texts, rng: [words[int(rng.integers(len(words)))] for _ in texts]


def _dated(form: str) -> Callable[[Texts, np.random.Generator], Texts]:
    def change(texts: Texts, _: np.random.Generator) -> Texts:
        own = _own(texts)
        return [datetime.strptime(t, own).strftime(form) for t in texts] if own else texts  # noqa: DTZ007

    return change


def _own(texts: Texts) -> str | None:
    return next((f for f in _DATES if _dates(texts, f)), None)


def _turned(texts: Texts, _: np.random.Generator) -> Texts:
    """Day and month in each other's place, in the column's own format."""
    own = _own(texts)
    if own is None:
        return texts
    made = []
    for t in texts:
        at = datetime.strptime(t, own)  # noqa: DTZ007
        turned = at.replace(day=at.month, month=at.day) if at.day <= 12 else at
        made.append(turned.strftime(own))
    return made


def _day(*days: tuple[int, int, int]) -> Callable[[Texts, np.random.Generator], Texts]:
    def change(texts: Texts, rng: np.random.Generator) -> Texts:
        own = _own(texts) or "%Y-%m-%d"
        return [datetime(*days[int(rng.integers(len(days)))]).strftime(own) for _ in texts]  # noqa: DTZ001

    return change


def _times(factor: float) -> Callable[[Texts, np.random.Generator], Texts]:
    return _each(lambda t: f"{float(t) * factor:.6g}")


def _thousands(text: str) -> str:
    return f"{float(text):,.2f}" if abs(float(text)) >= 1000 else text


_TEXT, _NUMBER, _DATE = frozenset({"text"}), frozenset({"number"}), frozenset({"date"})
_ANY = frozenset({"text", "number", "date", "code"})
FAULTS: Mapping[str, Fault] = {
    name: Fault(name, frozenset(kinds), change)  # type: ignore[arg-type]
    for name, kinds, change in (
        ("typing error", _TEXT, _slip),
        ("other case", _TEXT, _each(str.swapcase)),
        ("outer blanks", _TEXT, _each(lambda t: f"  {t} ")),
        ("empty", _ANY, _each(lambda _: "")),
        ("word for no value", _ANY, _always("N/A", "unknown", "-")),
        ("foreign word for no value", _TEXT, _always("keine Angabe", "inconnu", "sin datos")),
        ("mojibake", _TEXT, _each(lambda t: f"{t[:2]}é{t[2:]}".encode().decode("latin-1"))),
        ("escaped twice", _TEXT, _each(lambda t: f"{t[:3]}&amp;amp;{t[3:]}")),
        ("byte order mark", _TEXT, _each(lambda t: f"\ufeff{t}")),
        ("cut short", _TEXT, _cut),
        ("keyboard mash", _TEXT, _always("asdfgh", "qwertz", "asdasd")),
        ("test entry", _TEXT, _always("test", "TEST please ignore")),
        ("value never seen", _TEXT, _always("Zebulon Quarter", "Vorpal Heights")),
        ("decimal comma", _NUMBER, _each(lambda t: t.replace(".", ","))),
        ("thousands separator", _NUMBER, _each(_thousands)),
        ("currency", _NUMBER, _each(lambda t: f"$ {t}")),
        ("unit", _NUMBER, _each(lambda t: f"{t} kg")),
        ("sentinel", _NUMBER, _always("-999", "-999")),
        ("a thousandfold", _NUMBER, _times(1000)),
        ("sign lost", _NUMBER, _each(lambda t: t[1:] if t[0] == "-" else f"-{t}")),
        ("unit changed", _NUMBER, _times(2.204623)),
        ("absurd number", _NUMBER, _times(1e9)),
        ("zero for nothing", _NUMBER, _always("0")),
        ("other date format", _DATE, _dated("%d.%m.%Y")),
        ("month first", _DATE, _turned),
        ("two-digit year", _DATE, _dated("%d-%m-%y")),
        ("system's first day", _DATE, _day((1900, 1, 1))),
        ("far future", _DATE, _day((2199, 12, 31), (2203, 5, 6))),
        ("leading zeros lost", frozenset({"code"}), _each(lambda t: t.lstrip("0") or "0")),
        ("scientific notation", _NUMBER, _each(lambda t: f"{float(t):.2E}")),
        ("flag spelt otherwise", frozenset({"flag"}), _always("yes", "Y", "true", "TRUE", "ja")),
    )
}
"""By name. What befalls whole rows or two columns is made by the benchmark itself."""
