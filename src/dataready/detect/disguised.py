"""Disguised missing values: words, sentinels and fillers that stand where nothing is known.

They are proposed from how often values occur, and are then read as missing by the profile
that is scored. Rules, each from reasoning about how people and systems fill a field:

* a word for "no value", unless it looks like all its neighbours (NA among country codes);
* a repeated word without digits in a column of numbers or dates;
* a number at the end of its column, far from the rest (1.5 IQR), that occurs five times, and
  is of one repeated digit, or the only negative one, or so frequent that chance is no excuse;
* zero where all else is positive and begins far above it, in a spike, but not mostly zero;
* a number like that outside the pilot's range, however near, that makes up half a point;
* a date of a system's epoch or last day, in a spike, a year away from the rest;
* one value repeated in a column whose values hardly repeat.

Where there is a pilot, a number or date counts only if it is beyond the pilot's.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import duckdb
import numpy as np

from dataready.compare.evidence import share_limit
from dataready.model import TABLE
from dataready.profile.infer import is_placeholder
from dataready.profile.metric import part
from dataready.profile.plan import Plan
from dataready.profile.profile import ColumnStates, Profile
from dataready.profile.relation import cells
from dataready.sql import ident, values_in

__all__ = ["Disguise", "propose", "read_as_missing"]

_SENTINEL_DAYS = (
    (1, 1, 1),
    (1000, 1, 1),
    (1753, 1, 1),
    (1800, 1, 1),
    (1899, 12, 30),
    (1899, 12, 31),
    (1900, 1, 1),
    (1901, 1, 1),
    (1969, 12, 31),
    (1970, 1, 1),
    (2099, 12, 31),
    (2999, 12, 31),
    (9999, 1, 1),
    (9999, 12, 31),
)
_DAY_S = 86_400
SENTINEL_DAYS = frozenset(
    int(datetime(*day, tzinfo=UTC).timestamp()) // _DAY_S for day in _SENTINEL_DAYS
)
"""First and last days of systems, as days since 1970-01-01."""
FAR = 1.5
LEAST_SPIKE = 5
HEAVY_SHARE = 0.005
LEAST_EXCESS = 0.001
SPIKE = 3
HEAVY_SPIKE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Disguise:
    """A value that stands for "missing": a text (`word`) or a number or date (`sentinel`)."""

    column: str
    word: str | None = None
    sentinel: float | None = None
    rows: int
    reason: str


@dataclass(frozen=True, slots=True)
class _Column:
    """One column under suspicion: its states, its frequent values, and where to read more.

    `counts` has all values, or the hundred most frequent where there are too many.
    """

    con: duckdb.DuckDBPyConnection
    relation: str
    seen: ColumnStates
    before: ColumnStates | None
    counts: Mapping[Hashable, int]

    @property
    def cell(self) -> str:
        """The column's usable value in the relation."""
        return part(self.seen.plan.name, "value")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rest:
    """A column of numbers without the sentinels already found."""

    low: float
    high: float
    next_low: float
    next_high: float
    iqr: float
    median: float
    step: float
    typical: float
    usable: int


def propose(
    con: duckdb.DuckDBPyConnection,
    look: Profile,
    pilot: Profile | None = None,
    *,
    table: str = TABLE,
) -> tuple[Disguise, ...]:
    """Propose the disguised missing values of a table.

    Args:
        con: An open connection to its extract; only columns of too many values are read.
        look: Its profile under a plan without words and sentinels.
        pilot: The pilot's profile, if there is one, under the same reading.
        table: The bare name of the table.

    Returns:
        Column by column, by falling number of rows.
    """
    relation = cells(ident(table), look.plan, look.schema, look.names)
    found: list[Disguise] = []
    for seen in look:
        if seen.plan.role in {"target", "key", "ignore"} or not seen.rows:
            continue
        before = pilot.get(seen.plan.name) if pilot else None
        bare = _Column(con, relation, seen, before, {})
        found += _column(replace(bare, counts=_frequent(bare)))
    return tuple(found)


def _column(column: _Column) -> list[Disguise]:
    name, base = column.seen.plan.name, column.seen.plan.base
    words = _words(column) | _repeated(column) if base == "text" else _foreign(column.seen)
    found = [
        Disguise(column=name, word=word, rows=rows, reason=reason)
        for word, (rows, reason) in words.items()
    ]
    numbers = {"number": _sentinels, "date": _sentinel_days}.get(base, lambda _: {})(column)
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


def _frequent(column: _Column) -> Mapping[Hashable, int]:
    if column.seen.values.exact:
        return column.seen.values.counts
    least = max(LEAST_SPIKE, int(column.seen.usable * 0.0005))
    sql = (
        f"SELECT {column.cell} AS v, count(*) AS n FROM (\n{column.relation}\n)\n"
        f"WHERE v IS NOT NULL GROUP BY v HAVING n >= {least} ORDER BY n DESC, v LIMIT 100"
    )
    return dict(column.con.execute(sql).fetchall())


def _words(column: _Column) -> dict[str, tuple[int, str]]:
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
    for value, n in (seen.foreign.counts if seen.foreign else {}).items():
        text = str(value)
        if is_placeholder(text):
            found[text] = (n, "a word for 'no value'")
        elif n > 1 and seen.usable >= 1.5 * n and not any(c.isdigit() for c in text):
            found[text] = (n, f"a repeated word among {seen.plan.base}s")
    return found


def _repeated(column: _Column) -> dict[str, tuple[int, str]]:
    """One value again and again in a column that hardly repeats."""
    seen, before = column.seen, column.before
    usual = before or seen
    total = usual.values.total
    distinct = usual.different
    found = {}
    for value, n in column.counts.items() if total >= 100 else ():
        share = n / seen.usable
        was = before.values.counts.get(value, 0) if before else 0
        others = total - (0 if before else n)
        if share < HEAVY_SHARE or n < 10 or distinct <= 0.5 * others or others < 50:
            continue
        if before and share <= was / total + 4 * math.sqrt(share / total) + HEAVY_SHARE:
            continue
        found[str(value)] = (n, "one value repeated in a column that hardly repeats")
    return found


def _sentinels(column: _Column) -> dict[float, str]:
    """Numbers at either end, far from the rest, in a spike; or new to the pilot and heavy."""
    found = _new_and_heavy(column)
    for _ in range(4):  # behind one sentinel may stand another: 9998 behind 9999
        rest = _rest(column, list(found))
        ends = (rest.low, rest.high) if rest else ()
        new = {end: why for end in ends if (why := _why_sentinel(end, rest, column))}
        if not new:
            break
        found |= new
    return found


def _new_and_heavy(column: _Column) -> dict[float, str]:
    """Values outside the pilot's range, in a spike of half a point, that look like a code.

    A column that merely goes on (a ninth item, another year) has no such value: a code is of
    one repeated digit, or the only negative value.
    """
    known = column.before.range if column.before else None
    if known is None or known.low is None or known.high is None:
        return {}
    heavy = {float(str(v)): n for v, n in column.counts.items()}
    typical = float(np.median(list(heavy.values()))) if heavy and column.seen.values.exact else 1.0
    least = max(HEAVY_SHARE * column.seen.usable, SPIKE * typical)
    negative = sum(1 for v in heavy if v < 0)
    found = {}
    for v, n in heavy.items():
        beyond = max(known.low - v, v - known.high)
        if beyond <= 0.02 * (known.high - known.low) or n < least:
            continue
        if _is_repdigit(v) or (v < 0 <= known.low and negative == 1):
            found[v] = "outside the pilot's range, again and again"
    return found


def _is_repdigit(value: float) -> bool:
    """Whether a number is written with one digit only, twice at least: 99, -999."""
    digits = str(abs(int(value))) if value.is_integer() else ""
    return len(digits) >= 2 and len(set(digits)) == 1


def _rest(column: _Column, gone: list[float]) -> _Rest | None:
    if not column.seen.values.exact:
        return _rest_by_sql(column, gone)
    counts = {float(str(v)): n for v, n in column.counts.items()}
    values = np.array(sorted(v for v in counts if v not in gone))
    if len(values) < 5:
        return None
    n = np.array([counts[v] for v in values])
    inner, reached = values[1:-1], np.cumsum(n[1:-1]) / n[1:-1].sum()
    q1, q3 = np.interp([0.25, 0.75], reached, inner)
    return _Rest(
        low=float(values[0]),
        high=float(values[-1]),
        next_low=float(values[1]),
        next_high=float(values[-2]),
        iqr=float(q3 - q1),
        median=float(np.interp(0.5, reached, inner)),
        step=float(np.median(np.diff(inner))),
        typical=float(np.median(n[1:-1])),
        usable=int(n.sum()),
    )


def _rest_by_sql(column: _Column, gone: list[float]) -> _Rest | None:
    tails = column.seen.ends
    ends = (min(tails.low), max(tails.high)) if tails and tails.low else ()
    if not gone and not any(column.counts.get(v, 0) >= LEAST_SPIKE for v in ends):
        return None
    kept = f"NOT {values_in('v', gone)}"
    row = column.con.execute(
        f"WITH c AS (SELECT {column.cell} AS v FROM (\n{column.relation}\n)),\n"
        f"k AS (SELECT v FROM c WHERE v IS NOT NULL AND {kept}),\n"
        "e AS (SELECT min(v) AS low, max(v) AS high FROM k)\n"
        "SELECT any_value(low), any_value(high), min(v) FILTER (v > low AND v < high),\n"
        "  max(v) FILTER (v < high AND v > low),\n"
        "  quantile_cont(v, 0.75) - quantile_cont(v, 0.25), median(v), count(*)\nFROM k, e"
    ).fetchone()
    if row is None or row[2] is None:
        return None
    low, high, next_low, next_high, iqr, median, usable = row
    return _Rest(
        low=low,
        high=high,
        next_low=next_low,
        next_high=next_high,
        iqr=iqr,
        median=median,
        step=0.0,  # so many values are dense
        typical=1.0,
        usable=usable,
    )


def _why_sentinel(end: float, rest: _Rest | None, column: _Column) -> str:
    n = column.counts.get(end, 0)
    if rest is None or n < LEAST_SPIKE or rest.iqr <= 0:
        return ""
    # Counts and amounts begin next to zero; what begins far above it is never zero.
    far_above = rest.next_low >= max(5 * rest.step, 0.1 * rest.median)
    if end == 0.0 == rest.low and far_above and SPIKE * rest.typical <= n <= 0.5 * rest.usable:
        return "zero in a spike, where all else is far above it"
    neighbour = rest.next_low if end == rest.low else rest.next_high
    if abs(end - neighbour) <= FAR * rest.iqr:
        return ""
    if end < 0 <= rest.next_low:
        return "the only negative value, far from the rest again and again"
    if _is_repdigit(end):
        return "a repeated digit, far from the rest again and again"
    if n >= max(HEAVY_SPIKE * rest.typical, HEAVY_SHARE * rest.usable):
        return "an isolated value in a spike far from the rest"
    return ""


def _sentinel_days(column: _Column) -> dict[float, str]:
    """Days of systems, in a spike; the table's other days are read only if there is one."""
    moments = {float(str(v)): n for v, n in column.counts.items() if n >= LEAST_SPIKE}
    spikes = {v: n for v, n in moments.items() if int(v // _DAY_S) in SENTINEL_DAYS}
    usual = _usual_days(column) if spikes else {}
    typical = float(np.median(list(usual.values()))) if usual else math.inf
    found = {}
    for moment, n in spikes.items():
        near = sum(m for d, m in usual.items() if abs(d - moment // _DAY_S) <= 365)
        if n >= SPIKE * typical and near <= 0.1 * n:
            found[moment] = "a system's first or last day, in a spike a year from the rest"
    return found


def _usual_days(column: _Column) -> dict[int, int]:
    """Rows per day that is no system's first or last."""
    days = column.con.execute(
        f"SELECT floor({column.cell} / {_DAY_S})::BIGINT AS day, count(*)"
        f" FROM (\n{column.relation}\n) WHERE day IS NOT NULL GROUP BY day"
    ).fetchall()
    return {d: n for d, n in days if d not in SENTINEL_DAYS}


def _is_beyond(value: float, rows: int, column: _Column) -> bool:
    """Whether a value's share is beyond the pilot's, by three standard errors and 0.1 points."""
    seen, before = column.seen, column.before
    if before is None or not before.usable or not seen.usable:
        return True
    was = before.values.counts.get(value, 0)
    return rows / seen.usable > share_limit(was, before.usable, seen.usable, slack=LEAST_EXCESS)
