"""Disguised missing values: words, sentinels and fillers that stand where nothing is known.

They are proposed from how often values occur, and are then read as missing by the profile
that is scored. Rules, each from reasoning about how people and systems fill a field:

* a word for "no value", unless it looks like all its neighbours (NA among country codes);
* a repeated word without digits in a column of numbers or dates;
* a number at the end of its column, far from the rest (1.5 IQR), that occurs five times, and
  is of one repeated digit, or the only negative one, or so frequent that chance is no excuse;
* zero where all else is positive and begins far above it, in a spike, but not mostly zero;
* zero or minus one, what systems fill in, far from 98 in 100 of all other values;
* a number like that outside the pilot's range, however near, that makes up half a point;
* a date of a system's epoch or last day, in a spike, a year away from the rest;
* one value repeated in a column whose values hardly repeat.

Where there is a pilot, a number or date counts only if it is beyond the pilot's.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace

import duckdb

from dataready.compare.evidence import share_limit
from dataready.detect.sentinel import HEAVY_SHARE, LEAST_SPIKE, Suspect, sentinel_days, sentinels
from dataready.detect.spelling import is_flag
from dataready.model import TABLE
from dataready.profile.infer import is_placeholder
from dataready.profile.look import LOOK_ROWS, Look
from dataready.profile.metric import ROWS
from dataready.profile.plan import Plan
from dataready.profile.profile import ColumnStates, Profile
from dataready.profile.relation import Relation, one_in
from dataready.sql import values_in

__all__ = ["Disguise", "propose", "read_as_missing"]

LEAST_EXCESS = 0.001
ALONE = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Disguise:
    """A value that stands for "missing": a text (`word`) or a number or date (`sentinel`)."""

    column: str
    word: str | None = None
    sentinel: float | None = None
    rows: int
    reason: str


def propose(
    con: duckdb.DuckDBPyConnection,
    look: Profile,
    pilot: Profile | None = None,
    *,
    table: str = TABLE,
    first: Look | None = None,
) -> tuple[Disguise, ...]:
    """Propose the disguised missing values of a table.

    Args:
        con: An open connection to its extract; only columns of too many values are read.
        look: Its profile under a plan without words and sentinels.
        pilot: The pilot's profile, if there is one, under the same reading.
        table: The bare name of the table.
        first: The first look at the table, if there has been one: tallies spare its rows.

    Returns:
        Column by column, by falling number of rows.
    """
    rows = Relation(table, look.plan, look.schema, look.names)
    found: list[Disguise] = []
    for seen in look:
        if seen.plan.role in {"target", "key", "ignore"} or not seen.rows:
            continue
        before = pilot.get(seen.plan.name) if pilot else None
        bare = Suspect(con, rows.select([seen.plan.name]), seen, before, {})
        counts = (
            seen.values.counts if seen.values.exact else _frequent(bare, _tally(rows, seen, first))
        )
        found += _column(replace(bare, counts=counts))
    return tuple(found)


def _column(column: Suspect) -> list[Disguise]:
    name, base = column.seen.plan.name, column.seen.plan.base
    words = _words(column) | _repeated(column) if base == "text" else _foreign(column.seen)
    found = [
        Disguise(column=name, word=word, rows=rows, reason=reason)
        for word, (rows, reason) in words.items()
    ]
    numbers = {"number": sentinels, "date": sentinel_days}.get(base, lambda _: {})(column)
    for value, reason in numbers.items():
        rows = int(column.counts.get(value, 0))
        if _is_beyond(value, rows, column):
            found.append(Disguise(column=name, sentinel=value, rows=rows, reason=reason))
    return sorted(found, key=lambda d: (-d.rows, str(d.word), d.sentinel or 0.0))


def read_as_missing(plan: Plan, disguises: tuple[Disguise, ...]) -> Plan:
    """Let the plan read disguised values as missing."""
    changes = {}
    for column in plan:
        own = [d for d in disguises if d.column == column.name]
        if own:
            words = tuple(sorted(d.word for d in own if d.word is not None))
            sentinels = tuple(sorted(d.sentinel for d in own if d.sentinel is not None))
            changes[column.name] = replace(column, words=words, sentinels=sentinels)
    return plan.with_columns(**changes)


def _tally(rows: Relation, seen: ColumnStates, first: Look | None) -> str | None:
    """Write the cells of a column's tally, if it has one."""
    tally = first.tallies.get(seen.name) if first else None
    return rows.select_tally(seen.plan.name, tally) if tally else None


def _frequent(column: Suspect, tally: str | None) -> Mapping[Hashable, int]:
    """The hundred most frequent values of a column, of those that make up 0.05 % of it.

    Where 50,000 rows chosen evenly show none a third as often, all rows are not read: a value
    at the very limit is then missed in 1 of 100,000 columns.
    """
    least = max(LEAST_SPIKE, int(column.seen.usable * 0.0005))
    step = 1 if tally else column.seen.usable // LOOK_ROWS
    cells = tally or column.relation
    often = ""
    if step > 1:
        sql = (
            f"SELECT {column.cell} AS v FROM (\n{cells}\n)\n"
            f"WHERE v IS NOT NULL AND {one_in(step)}\n"
            f"GROUP BY v HAVING count(*) >= {max(1, least // step // 3)}"
        )
        some = [v for (v,) in column.con.execute(sql).fetchall()]
        if not some:
            return {}
        often = f" AND {values_in('v', some)}"
    rows = f"sum({ROWS})::BIGINT" if tally else "count(*)"
    sql = (
        f"SELECT {column.cell} AS v, {rows} AS n FROM (\n{cells}\n)\n"
        f"WHERE v IS NOT NULL{often} GROUP BY v HAVING n >= {least} ORDER BY n DESC, v LIMIT 100"
    )
    return dict(column.con.execute(sql).fetchall())


def _words(column: Suspect) -> dict[str, tuple[int, str]]:
    texts = {str(v): n for v, n in column.counts.items()}
    usable = column.seen.usable
    found = {}
    for text, n in texts.items():
        if is_placeholder(text) and not _looks_like_the_rest(text, texts):
            found[text] = (n, "a word for 'no value'")
    # A column of nothing but placeholders is not disguised: that is what it says.
    return found if sum(n for n, _ in found.values()) < usable else {}


def _looks_like_the_rest(text: str, texts: Mapping[str, int]) -> bool:
    """Whether nine in ten values are letters of the same length and case: codes."""
    word = text.strip()
    if not word.isalpha():
        return False
    alike = sum(
        n
        for t, n in texts.items()
        if t != text and len(t) == len(word) and t.isalpha() and t.isupper() == word.isupper()
    )
    return alike >= 0.9 * (sum(texts.values()) - texts[text]) > 0


def _foreign(seen: ColumnStates) -> dict[str, tuple[int, str]]:
    """Words among numbers: without a digit, and known as placeholders or repeated."""
    found = {}
    flags = is_flag([str(v) for v, n in seen.values.counts.items() if n])
    for value, n in (seen.foreign.counts if seen.foreign else {}).items():
        text = str(value)
        if flags and (is_flag([text, "0"]) or is_flag([text, "1"])):
            continue  # yes among ones and noughts
        if is_placeholder(text):
            found[text] = (n, "a word for 'no value'")
        elif n > 1 and seen.usable >= 1.5 * n and not any(c.isdigit() for c in text):
            found[text] = (n, f"a repeated word among {seen.plan.base}s")
    return found


def _repeated(column: Suspect) -> dict[str, tuple[int, str]]:
    """One value again and again in a column that hardly repeats."""
    seen, before = column.seen, column.before
    usual = before or seen
    total = usual.values.total
    distinct = usual.different
    ranked = sorted(column.counts.values(), reverse=True)
    known = before.values.counts if before else {}
    found = {}
    for value, n in column.counts.items() if total >= 100 else ():
        share = n / seen.usable
        was = known.get(value, 0)
        others = total - (0 if before else n)
        # The head of a long tail is a common name; what stands for nothing stands alone.
        behind = next((m for m in ranked[ranked.index(n) + 1 :]), 0)
        if ranked.index(n) > 1 or n < ALONE * behind:
            continue
        if share < HEAVY_SHARE or n < 10 or distinct <= 0.5 * others or others < 50:
            continue
        if before and share <= was / total + 4 * math.sqrt(share / total) + HEAVY_SHARE:
            continue
        found[str(value)] = (n, "one value repeated in a column that hardly repeats")
    return found


def _is_beyond(value: float, rows: int, column: Suspect) -> bool:
    """Whether a value's share is beyond the pilot's, by three standard errors and 0.1 points."""
    seen, before = column.seen, column.before
    if before is None or not before.usable or not seen.usable:
        return True
    was = before.values.counts.get(value, 0)
    return rows / seen.usable > share_limit(was, before.usable, seen.usable, slack=LEAST_EXCESS)
