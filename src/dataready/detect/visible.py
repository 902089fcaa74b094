"""How large a defect would have had to be to be seen: so that silence means something.

Each detector's limit is asked of the rows that both sides have. A detector that is silent says:
in no column are there as many rows as stand here; how often it speaks by chance stands beside.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
from scipy import stats

from dataready.compare.evidence import STANDARD_ERRORS, share_limit
from dataready.compare.findings import foretold, missing_limit, range_limit, shift_limit
from dataready.detect import copies, decimals, garbled, identifiers, spikes, turned_days, units
from dataready.detect.arithmetic import SLACK as RELATION_SLACK
from dataready.model import Visible
from dataready.profile.profile import ColumnStates, Profile

__all__ = ["visible"]

Limit = Callable[[ColumnStates, ColumnStates], float]
_BY_CHANCE = float(stats.norm.sf(STANDARD_ERRORS))


def visible(pilot: Profile, production: Profile) -> tuple[Visible, ...]:
    """The smallest defect of a column that each detector would have warned of.

    Args:
        pilot: The pilot's profile.
        production: Production's, under the same plan.

    Returns:
        Per detector that applies to a column of theirs, the rows in the column where least
        are needed and in the one where most are.
    """
    pairs = [(b, seen) for seen in production if (b := pilot.get(seen.plan.name)) is not None]
    pairs = [(b, seen) for b, seen in pairs if seen.plan.role not in {"ignore", "target"}]
    if not pilot.rows or not production.rows:
        return ()
    columns = [_of(name, *rule, pairs) for name, rule in _RULES.items()]
    return (*(v for v in columns if v is not None), *_of_rows(pilot.rows, production.rows))


def _of(
    detector: str,
    applies: Callable[[ColumnStates], bool],
    limit: Limit,
    least: int,
    chance: float,
    pairs: list[tuple[ColumnStates, ColumnStates]],
) -> Visible | None:
    """What is visible to a detector that looks at columns one by one."""
    rows = {
        seen.plan.name: max(least, math.floor(min(1.0, limit(before, seen)) * seen.rows) + 1)
        for before, seen in pairs
        if applies(seen)
    }
    if not rows:
        return None
    hardest = max(rows, key=lambda c: (rows[c], c))
    return Visible(
        detector=detector,
        columns=len(rows),
        rows_least=min(rows.values()),
        rows_most=rows[hardest],
        hardest=hardest,
        by_chance=chance,
    )


def _of_rows(n: int, m: int) -> Iterator[Visible]:
    """What is visible to detectors that look at whole rows, or at several columns of them."""
    copied = max(copies.LEAST_ROWS, math.floor(copies.copied_limit(0, 0, n, m) * m) + 1)
    related = math.floor(share_limit(0, n, m, slack=RELATION_SLACK) * m) + 1
    for detector, rows, chance in (
        ("key_duplicates", 1, 0.0),
        ("duplicate_rows", copied, _BY_CHANCE),
        ("respelt_rows", copied, _BY_CHANCE),
        ("arithmetic", related, _BY_CHANCE),
        ("date_order", related, _BY_CHANCE),
    ):
        yield Visible(
            detector=detector, columns=0, rows_least=rows, rows_most=rows, by_chance=chance
        )


def _any(_: ColumnStates) -> bool:
    return True


def _text(seen: ColumnStates) -> bool:
    return seen.plan.base == "text"


def _category(seen: ColumnStates) -> bool:
    return seen.plan.kind == "text"


def _number(seen: ColumnStates) -> bool:
    return seen.plan.kind == "number"


def _many_numbers(seen: ColumnStates) -> bool:
    return _number(seen) and seen.values.exact and seen.different >= spikes.LEAST_DISTINCT


def _date(seen: ColumnStates) -> bool:
    return seen.plan.base == "date"


def _parsed(seen: ColumnStates) -> bool:
    return seen.plan.base != "text"


def _none(_: ColumnStates, __: ColumnStates) -> float:
    """The limit of what the pilot has none of, and chance makes none of."""
    return 0.0


def _share_of(state: str) -> Limit:
    def limit(before: ColumnStates, seen: ColumnStates) -> float:
        was = before.counts[state]
        return share_limit(was, before.rows, seen.rows, slack=0.0) if was else 0.0

    return limit


def _new(before: ColumnStates, seen: ColumnStates) -> float:
    return foretold(before.values, seen.rows)


def _binned(seen: ColumnStates) -> bool:
    return seen.plan.binned


def _shift(before: ColumnStates, seen: ColumnStates) -> float:
    """The limit where production's bins are as the pilot's."""
    bins = list(before.histogram.counts.values()) if before.histogram else []
    n = sum(bins)
    return min(1.0, shift_limit(np.array(bins) / n, n, max(1, seen.usable))) if n else 1.0


def _spike(before: ColumnStates, seen: ColumnStates) -> float:
    zeros = before.values.counts.get(0.0, 0)
    return spikes.least_spike(zeros / max(1, before.usable), max(1, before.usable), seen.rows)


def _least_turned() -> int:
    """The fewest dates, all of them turned, of which a file of one month tells."""
    return math.ceil(math.log(turned_days.CHANCE) / math.log(1 / 12))


_RULES: dict[str, tuple[Callable[[ColumnStates], bool], Limit, int, float]] = {
    "missing": (_any, missing_limit, 1, _BY_CHANCE),
    "disguised_missing": (_any, _share_of("disguised"), 1, _BY_CHANCE),
    "unparsed": (_parsed, _share_of("unparsed"), 1, _BY_CHANCE),
    "out_of_range": (_number, range_limit, 1, _BY_CHANCE),
    "finer_numbers": (_number, range_limit, decimals.LEAST_ROWS, _BY_CHANCE),
    "new_category": (_category, _new, 1, _BY_CHANCE),
    "misspelt": (_category, _new, 1, _BY_CHANCE),
    "category_variants": (_category, _new, 1, _BY_CHANCE),
    "distribution": (_binned, _shift, 1, _BY_CHANCE),
    "garbled_text": (_text, _none, garbled.LEAST_ROWS, 0.0),
    "invalid_identifier": (_any, _none, identifiers.LEAST_ROWS, 0.0),
    "value_jumped": (_many_numbers, _spike, spikes.LEAST_ROWS, 1e-5),
    "unit_change": (_number, _none, units.LEAST_ROWS, 0.0),
    "day_month_swapped": (_date, _none, _least_turned(), turned_days.CHANCE),
    "future_date": (_date, _none, 1, 0.0),
}
"""Detector -> which columns it looks at, its limit, the fewest rows, how often it errs."""
