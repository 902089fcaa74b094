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
from dataready.compare.schema_drift import BY_CHANCE as NULL_CHANCE
from dataready.detect import (
    arithmetic,
    copies,
    decimals,
    entries,
    foreign_keys,
    garbled,
    granularity,
    identifiers,
    keys,
    late_rows,
    notation,
    outliers,
    periods,
    recoded_parts,
    recoding,
    recut,
    rhythm,
    spikes,
    split,
    stuck,
    swaps,
    time_zones,
    turned_days,
    units,
)
from dataready.detect.scene import step_of
from dataready.model import Visible
from dataready.profile.profile import ColumnStates, Profile

__all__ = ["visible"]

Limit = Callable[[ColumnStates, ColumnStates], float]
_BY_CHANCE = float(stats.norm.sf(STANDARD_ERRORS))
_WEEK = 7
_NO_NEWS = 0.002
_ONE = 3
"""The mean of what is there at all but for e**-3 (Poisson)."""
_MOVED = 0.08
_TWO_CODES = 2 * recoding.LEAST_ROWS
_SAMPLES = {
    "swapped_columns": (swaps.LOOK_ROWS, _ONE),
    "time_zones": (time_zones.LOOK_ROWS, _ONE),
    "recoded_part": (recoded_parts.LOOK_ROWS, 2 * recoded_parts.LEAST_ROWS),
}
"""Detector -> how many rows it reads before all, and how many wrong ones among them tell."""


def visible(pilot: Profile, production: Profile, *, linked: bool = False) -> tuple[Visible, ...]:
    """The smallest defect of a column that each detector would have named.

    Args:
        pilot: The pilot's profile.
        production: Production's, under the same plan.
        linked: Whether rows refer to other datasets of the project.

    Returns:
        Per detector that applies to a column of theirs, the rows in the column where least
        are needed and in the one where most are.
    """
    pairs = [(b, seen) for seen in production if (b := pilot.get(seen.plan.name)) is not None]
    pairs = [(b, seen) for b, seen in pairs if seen.plan.role not in {"ignore", "target"}]
    if not pilot.rows or not production.rows:
        return ()
    columns = [
        _of(name, applies, limit, max(least, _sampled(name, production)), chance, pairs)
        for name, (applies, limit, least, chance) in _RULES.items()
    ]
    return (
        *(v for v in columns if v is not None),
        *_of_days(pairs),
        *_of_rows(pilot.rows, production, linked=linked),
    )


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


def _of_days(pairs: list[tuple[ColumnStates, ColumnStates]]) -> Iterator[Visible]:
    """What is visible of the table's time, by the rows of its usual day."""
    when = next((s for _, s in pairs if s.plan.role == "time" and s.periods), None)
    rows = list(when.periods.counts.values()) if when and when.periods else []
    if when is None or not rows:
        return
    usual = float(np.median(rows))
    lost = max((1 - 1 / rhythm.FACTOR) * usual, rhythm.STANDARD_ERRORS * math.sqrt(usual))
    still = max(stuck.LEAST_ROWS, stuck.LEAST_PERIODS * usual / 2)
    for detector, days, least, chance in (
        ("missing_period", periods.LEAST_DAYS, max(periods.LEAST_LOST, _WEEK * usual), 0.0),
        ("volume_of_day", rhythm.LEAST_DAYS, lost, float(stats.norm.sf(rhythm.STANDARD_ERRORS))),
        ("stuck", stuck.LEAST_BEFORE + stuck.LEAST_PERIODS, still, stuck.CHANCE),
        ("came_alive", stuck.LEAST_BEFORE + stuck.LEAST_PERIODS, still, stuck.CHANCE),
    ):
        enough = detector != "volume_of_day" or usual >= rhythm.LEAST_USUAL
        if len(rows) >= days and enough:
            yield _some(detector, math.floor(least) + 1, chance)


def _of_rows(n: int, production: Profile, *, linked: bool) -> Iterator[Visible]:
    """What is visible to detectors that look at whole rows, or at several columns of them."""
    m, swapped = production.rows, _sampled("swapped_columns", production)
    copied = max(copies.LEAST_ROWS, math.floor(copies.copied_limit(0, 0, n, m) * m) + 1)

    def beyond(slack: float) -> int:
        return math.floor(share_limit(0, n, m, slack=slack) * m) + 1

    yield _some("key_duplicates", 1, 0.0)
    yield _some("key_changed", math.ceil(keys.FAIL_DUPLICATES * m), 0.0)
    yield _some("swapped_columns", max(swaps.LEAST_ROWS, swapped), 0.0)
    for detector in ("duplicate_rows", "respelt_rows", "respelt_keys"):
        yield _some(detector, copied, _BY_CHANCE)
    for detector in ("arithmetic", "date_order"):
        yield _some(detector, beyond(arithmetic.SLACK), _BY_CHANCE)
    yield _some("dependency", beyond(_NO_NEWS), _BY_CHANCE)
    if linked:
        yield _some("total_differs", 1, 0.0)
        for detector in ("reference_found", "attribute_contradicts"):
            yield _some(detector, beyond(foreign_keys.SLACK), _BY_CHANCE)


def _some(detector: str, rows: int, chance: float) -> Visible:
    """What is visible to a detector that takes as many rows in whatever column."""
    return Visible(detector=detector, columns=0, rows_least=rows, rows_most=rows, by_chance=chance)


def _sampled(detector: str, production: Profile) -> int:
    """The rows of which a detector's sample holds enough nearly always; 0 where it reads all."""
    most, enough = _SAMPLES.get(detector, (production.rows, 0))
    step = step_of(production, most)
    return enough * step if step > 1 else 0


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


def _unread(before: ColumnStates, seen: ColumnStates) -> float:
    """The limit of cells in another notation: the pilot's unreadable ones, none among them."""
    return share_limit(before.counts["unparsed"], before.rows, seen.rows, slack=0.0)


def _never(before: ColumnStates, seen: ColumnStates) -> float:
    """The limit of what no pilot row is."""
    return share_limit(0, before.usable, seen.usable, slack=0.0)


def _least(share: float) -> Limit:
    """The limit of a detector that wants so large a share of a column's values."""
    return lambda _, seen: share * seen.usable / max(1, seen.rows)


def _empty(before: ColumnStates, seen: ColumnStates) -> float:
    """The limit of a column that was never empty: all of its empty cells being production's."""
    chance = math.log(seen.rows / max(1, before.rows + seen.rows))
    cells = math.ceil(math.log(NULL_CHANCE) / chance) if chance else seen.rows
    return (cells - 1) / max(1, seen.rows) if not before.missing else 1.0


def _format(before: ColumnStates, seen: ColumnStates) -> float:
    return foretold(before.formats, seen.usable) if before.formats else 1.0


def _formatted(seen: ColumnStates) -> bool:
    return (seen.plan.kind == "id" and seen.formats is not None) or _rarely(seen)


def _rarely(seen: ColumnStates) -> bool:
    return _text(seen) and bool(notation.usual_formats(seen))


def _zeros(seen: ColumnStates) -> bool:
    return _text(seen) and bool(notation.code_width(seen))


def _spread(seen: ColumnStates) -> bool:
    return _number(seen) and outliers.may_have(seen)


def _long(seen: ColumnStates) -> bool:
    return _text(seen) and seen.lengths is not None and seen.usable >= 10 * garbled.LEAST_CUT


def _grained(seen: ColumnStates) -> bool:
    few = seen.usable < granularity.LEAST_ROWS or seen.different < granularity.LEAST_DIFFERENT
    return _parsed(seen) and not few


def _recorded(seen: ColumnStates) -> bool:
    return _date(seen) and late_rows.is_recorded(seen.plan.name)


def _late(before: ColumnStates, seen: ColumnStates) -> float:
    """The limit where as many pilot rows are late as can be: those beyond 99 in 100."""
    n = before.usable
    return share_limit((1 - late_rows.USUAL) * n, n, seen.usable, slack=late_rows.SLACK)


_RULES: dict[str, tuple[Callable[[ColumnStates], bool], Limit, int, float]] = {
    "missing": (_any, missing_limit, 1, _BY_CHANCE),
    "disguised_missing": (_any, _share_of("disguised"), 1, _BY_CHANCE),
    "column_nullable": (_any, _empty, 1, NULL_CHANCE),
    "unparsed": (_parsed, _share_of("unparsed"), 1, _BY_CHANCE),
    "date_format": (_date, _unread, 1, _BY_CHANCE),
    "unit_text": (_number, _unread, 1, _BY_CHANCE),
    "decimal_comma": (_number, _unread, 1, _BY_CHANCE),
    "thousands_separator": (_number, _unread, 1, _BY_CHANCE),
    "number_range": (_number, _unread, 1, _BY_CHANCE),
    "scientific_notation": (_number, _none, notation.LEAST_EXPONENTS, 0.0),
    "granularity": (_grained, _least(granularity.WHOLE), granularity.LEAST_ROWS, 0.0),
    "out_of_range": (_number, range_limit, 1, _BY_CHANCE),
    "outlier": (_spread, _never, 1, _BY_CHANCE),
    "finer_numbers": (_number, range_limit, decimals.LEAST_ROWS, _BY_CHANCE),
    "new_category": (_category, _new, 1, _BY_CHANCE),
    "misspelt": (_category, _new, 1, _BY_CHANCE),
    "category_variants": (_category, _new, 1, _BY_CHANCE),
    "recoded": (recoding.may_be_recoded, _least(recoding.LEAST_SHARE), _TWO_CODES, 0.0),
    "recoded_part": (recoding.may_be_recoded, _none, _TWO_CODES, 0.0),
    "distribution": (_binned, _shift, 1, _BY_CHANCE),
    "relation": (_binned, _least(_MOVED), 1, _BY_CHANCE),
    "format": (_formatted, _format, 1, _BY_CHANCE),
    "rare_format": (_rarely, _format, 1, _BY_CHANCE),
    "leading_zeros_lost": (_zeros, _none, 1, 0.0),
    "test_entries": (_text, _none, entries.LEAST_ROWS, 0.0),
    "truncated": (_long, _least(garbled.CUT_SHARE), garbled.LEAST_CUT, 0.0),
    "split_cells": (_text, _none, split.LEAST_ROWS, 0.0),
    "columns_split": (_text, _least(recut.WHOLE), recut.LEAST_ROWS, 0.0),
    "columns_merged": (_text, _least(recut.WHOLE), recut.LEAST_ROWS, 0.0),
    "garbled_text": (_text, _none, garbled.LEAST_ROWS, 0.0),
    "invalid_identifier": (_any, _none, identifiers.LEAST_ROWS, 0.0),
    "value_jumped": (_many_numbers, _spike, spikes.LEAST_ROWS, 1e-5),
    "unit_change": (_number, _none, units.LEAST_ROWS, 0.0),
    "day_month_swapped": (_date, _none, _least_turned(), turned_days.CHANCE),
    "time_zones": (_date, _none, time_zones.LEAST_ROWS, 0.0),
    "late_arrival": (_recorded, _late, 1, _BY_CHANCE),
    "future_date": (_date, _none, 1, 0.0),
}
"""Detector -> which columns it looks at, its limit, the fewest rows, how often it errs."""
