"""Numbers and dates that stand for "missing": at the end of their column, far off, in a spike."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb
import numpy as np

from dataready.profile.metric import part
from dataready.profile.planning import weighted_quantiles
from dataready.profile.profile import ColumnStates
from dataready.sql import values_in

__all__ = ["HEAVY_SHARE", "LEAST_SPIKE", "Suspect", "is_repdigit", "sentinel_days", "sentinels"]

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
SENTINEL_YEARS = frozenset(year for year, _, _ in _SENTINEL_DAYS)
PRICED = 0.2
_NO_SHARE = frozenset("789")
"""Digits of which no third or ninth in percent is made."""
YEARS = (1800, 2100)
YEARS_APART = 10
FAR = 1.5
FEW = 6
LEAST_SPIKE = 5
HEAVY_SHARE = 0.005
SPIKE = 3
HEAVY_SPIKE = 10


@dataclass(frozen=True, slots=True)
class Suspect:
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
    near: float
    usable: int


def sentinels(column: Suspect) -> dict[float, str]:
    """Numbers at either end, far from the rest, in a spike; or new to the pilot and heavy."""
    found = _new_and_heavy(column)
    for _ in range(4):  # behind one sentinel may stand another: 9998 behind 9999
        rest = _rest(column, list(found))
        ends = (rest.low, rest.high) if rest else ()
        new = {end: why for end in ends if (why := _why_sentinel(end, rest, column))}
        if not new:
            break
        found |= new
    return _defaults(column) | found


def _defaults(column: Suspect) -> dict[float, str]:
    """Zero and minus one, at most half of the rows, where the rest is far away."""
    known = [v for v in (0.0, -1.0) if 2 <= column.counts.get(v, 0) <= 0.5 * column.seen.usable]
    if not known:
        return {}
    quantiles = _other_quantiles(column)
    if quantiles is None or quantiles[1] == quantiles[2]:
        return {}
    low, q1, q3, high = quantiles
    found = {}
    for v in known:
        gap, n = max(low - v, v - high), column.counts[v]
        if gap > FAR * (q3 - q1) * (1 if n >= LEAST_SPIKE else FEW):
            found[v] = "what systems fill in, far from the rest again and again"
    return found


def _other_quantiles(column: Suspect) -> Sequence[float] | None:
    """The 1st, 25th, 75th and 99th percentile of values but zero and minus one, if any."""
    wanted = (0.01, 0.25, 0.75, 0.99)
    if column.seen.values.exact:
        counts = {float(str(v)): n for v, n in column.counts.items()}
        others = sorted((v, n) for v, n in counts.items() if v not in {0.0, -1.0})
        values, rows = zip(*others, strict=True) if others else ((), ())
        return weighted_quantiles(values, rows, wanted) if others else None
    values_sql = f"SELECT {column.cell} AS v FROM (\n{column.relation}\n)"
    asked = f"quantile_cont(v, [{', '.join(map(str, wanted))}])"
    row = column.con.execute(
        f"SELECT {asked} FROM ({values_sql}) WHERE v NOT IN (0, -1)"
    ).fetchone()
    found: Sequence[float] | None = row[0] if row else None
    return found


def _new_and_heavy(column: Suspect) -> dict[float, str]:
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
        if _is_code(v, column) or (v < 0 <= known.low and negative == 1):
            found[v] = "outside the pilot's range, again and again"
    return found


def is_repdigit(value: float) -> bool:
    """Whether a number is written with one digit only, twice at least: 99, -999, 99.9.

    9.99 is a price, and 33.3 a third in percent.

    >>> [is_repdigit(v) for v in (99.0, -999.0, 99.9, 9999.99)], is_repdigit(9.99)
    ([True, True, True, True], False)
    """
    whole, _, rest = str(abs(value)).partition(".")
    if value.is_integer():
        whole, rest = str(abs(int(value))), ""
    one_digit = len(whole) >= 2 and len(set(whole + rest)) == 1
    return one_digit and (not rest or whole[0] in _NO_SHARE)


def _is_code(value: float, column: Suspect) -> bool:
    """Whether a number is of one digit, and no price: 99.99 is one where others end so, too."""
    if value.is_integer() or not is_repdigit(value):
        return is_repdigit(value)
    alike = sum(n for v, n in column.counts.items() if _is_whole(float(str(v)) - value))
    own = column.counts.get(value, 0)
    return alike - own < PRICED * (column.seen.usable - own)


def _is_whole(number: float) -> bool:
    return round(number, 6).is_integer()


def _rest(column: Suspect, gone: list[float]) -> _Rest | None:
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
        near=float(np.median(n[1:6])),
        usable=int(n.sum()),
    )


def _rest_by_sql(column: Suspect, gone: list[float]) -> _Rest | None:
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
        near=1.0,
        usable=usable,
    )


def _why_sentinel(end: float, rest: _Rest | None, column: Suspect) -> str:
    n = column.counts.get(end, 0)
    if rest is None or n < LEAST_SPIKE or rest.iqr <= 0:
        return ""
    # Counts and amounts begin next to zero; what begins far above it is never zero.
    far_above = rest.next_low >= max(5 * rest.step, 0.1 * rest.median)
    if end == 0.0 == rest.low and far_above and SPIKE * rest.near <= n <= 0.5 * rest.usable:
        return "zero in a spike, where all else is far above it"
    neighbour = rest.next_low if end == rest.low else rest.next_high
    if _is_first_year(end, neighbour, rest, n):
        return "a system's first or last year, as often as a usual year"
    if abs(end - neighbour) <= FAR * rest.iqr:
        return ""
    if end < 0 <= rest.next_low:
        return "the only negative value, far from the rest again and again"
    if _is_code(end, column):
        return "a repeated digit, far from the rest again and again"
    if n >= max(HEAVY_SPIKE * rest.typical, HEAVY_SHARE * rest.usable):
        return "an isolated value in a spike far from the rest"
    return ""


def _is_first_year(end: float, neighbour: float, rest: _Rest, n: int) -> bool:
    # Years as numbers: one apart, and around these centuries.
    years = YEARS[0] <= rest.median <= YEARS[1] and rest.step == 1
    return (
        years and end in SENTINEL_YEARS and abs(end - neighbour) > YEARS_APART and n >= rest.typical
    )


def sentinel_days(column: Suspect) -> dict[float, str]:
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


def _usual_days(column: Suspect) -> dict[int, int]:
    """Rows per day that is no system's first or last."""
    days = column.con.execute(
        f"SELECT day, count(*)\nFROM (SELECT floor({column.cell} / {_DAY_S})::BIGINT AS day"
        f" FROM (\n{column.relation}\n))\nWHERE day IS NOT NULL GROUP BY day"
    ).fetchall()
    return {d: n for d, n in days if d not in SENTINEL_DAYS}
