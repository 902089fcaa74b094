"""Guesses about columns nobody declared: which is a key, which holds personal data.

Guesses are reported and can be overruled by the settings; a declared role is never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from dataready.model import Role
from dataready.profile.plan import Plan
from dataready.profile.profile import ColumnStates, Profile

__all__ = ["guess_key", "guess_personal", "with_guesses"]

LEAST_ROWS = 100
_KEY_NAME = re.compile(r"(^|[^a-z])(id|key|uuid|guid|pk|no|nr|number|index)($|[^a-z])")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_PERSONAL_NAME = re.compile(
    r"(^|_)(e_?mails?|first_?name|last_?name|sur_?name|full_?name"
    r"|family_?name|given_?name|maiden_?name|ssn|iban|passport|tax_?id|national_?id|birth_?date"
    r"|date_of_birth|dob|credit_?card|card_?number|street(_?name)?$|home_?address|postal_?address"
    r"|(phones?|telephone|mobile|fax)(_?(number|no|nr))?$"
    r"|(customer|client|patient|person|employee|user|contact|holder|owner)_?name)($|_)"
)


def guess_key(look: Profile) -> str | None:
    """Guess the column that identifies a row: whole, all different, and named or dense.

    Named: like an identifier. Dense: whole numbers that fill their range, as a row counter
    does. Of several the first in the table's order.
    """
    for seen in look:
        if seen.rows < LEAST_ROWS or seen.usable < seen.rows or seen.plan.role != "feature":
            continue
        if not _all_different(seen):
            continue
        if seen.plan.base == "number" and not _is_whole(seen):
            continue
        if _KEY_NAME.search(_words(seen.plan.name)) or _is_counter(seen):
            return seen.plan.name
    return None


def _words(name: str) -> str:
    """A column's name in small letters, one underscore between its words."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).casefold()
    return re.sub(r"[^a-z0-9]+", "_", spaced)


def _all_different(seen: ColumnStates) -> bool:
    if seen.values.exact:
        return len(seen.values.counts) == seen.usable
    return abs(seen.distinct.distinct - seen.usable) <= 0.06 * seen.usable


def _is_whole(seen: ColumnStates) -> bool:
    """Whether a column's numbers are whole; of too many only the ends are looked at."""
    ends = (seen.range.low, seen.range.high) if seen.range else ()
    values = seen.values.counts if seen.values.exact else ends
    return all(float(str(v)).is_integer() for v in values)


def _is_counter(seen: ColumnStates) -> bool:
    ends = seen.range
    if seen.plan.base != "number" or ends is None or ends.low is None or ends.high is None:
        return False
    return ends.high - ends.low + 1 <= 1.5 * seen.usable and seen.values.exact


def guess_personal(look: Profile) -> frozenset[str]:
    """Guess columns of personal data: e-mail addresses, or named like personal data.

    What is only called a name may be a thing's; beside personal data it is a person's. Beside
    are columns of the same table: those of another that was joined begin with its name.
    """
    found = frozenset(seen.plan.name for seen in look if _is_personal(seen))
    tables = {name.rpartition(".")[0] for name in found}
    names = (c.name.rpartition(".") for c in look.plan)
    named = {
        f"{table}{dot}{name}"
        for table, dot, name in names
        if table in tables and _words(name).strip("_") in {"name", "names"}
    }
    return found | named


def _is_personal(seen: ColumnStates) -> bool:
    if _PERSONAL_NAME.search(_words(seen.plan.name)) and seen.plan.base != "number":
        return True
    if seen.plan.base != "text" or seen.formats is None or not seen.usable:
        return False
    at = sum(n for shape, n in seen.formats.counts.items() if _EMAIL.fullmatch(str(shape)))
    return at >= 0.5 * seen.usable


def with_guesses(
    plan: Plan, look: Profile, declared: Mapping[str, Role], *, key: str | None
) -> Plan:
    """Put a guessed key and guessed personal columns into a plan."""
    personal = guess_personal(look)
    changes = {}
    for column in plan:
        changed = column
        if column.name == key and column.name not in declared:
            changed = replace(changed, role="key")
        if column.name in personal:
            changed = replace(changed, personal=True)
        if changed is not column:
            changes[column.name] = changed
    return plan.with_columns(**changes)
