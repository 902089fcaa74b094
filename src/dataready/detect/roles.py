"""Guesses about columns nobody declared: which is a key, which holds personal data.

Guesses are reported and can be overruled by the settings; a declared role is never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace

import duckdb

from dataready.detect.personal import guess_personal, words_of
from dataready.model import Role
from dataready.profile.plan import Plan
from dataready.profile.profile import ColumnStates, Profile

__all__ = ["guess_key", "with_guesses", "with_personal"]

LEAST_ROWS = 100
_KEY_NAME = re.compile(r"(^|[^a-z])(id|key|uuid|guid|pk|no|nr|number|index)($|[^a-z])")


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
        if _KEY_NAME.search(words_of(seen.plan.name)) or _is_counter(seen):
            return seen.plan.name
    return None


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


def with_guesses(
    con: duckdb.DuckDBPyConnection,
    plan: Plan,
    look: Profile,
    declared: Mapping[str, Role],
    *,
    key: str | None,
    cleared: Collection[str] = (),
) -> Plan:
    """Put a guessed key and guessed personal columns into a plan.

    Args:
        con: An open connection to the extract; some values of its columns are read.
        plan: How the extract is read.
        look: Its profile under the plan.
        declared: Roles that are not guessed.
        key: The column that was guessed as the key.
        cleared: Columns that somebody says hold no personal data.
    """
    changes = {}
    for column in plan:
        if column.name == key and column.name not in declared:
            changes[column.name] = replace(column, role="key")
    return with_personal(plan.with_columns(**changes), con, look, cleared)


def with_personal(
    plan: Plan, con: duckdb.DuckDBPyConnection, look: Profile, cleared: Collection[str] = ()
) -> Plan:
    """Put the columns into a plan that hold personal data in a table, as `with_guesses` does."""
    personal = guess_personal(con, look).difference(cleared)
    return plan.with_columns(
        **{c.name: replace(c, personal=True) for c in plan if c.name in personal}
    )
