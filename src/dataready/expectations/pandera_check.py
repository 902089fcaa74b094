"""pandera's checks with tolerance: `mostly_...`, which a share of the rows may break.

They are registered with pandera when this module is imported. With ``share=None`` a check
says of each row whether it keeps the rule, so that rows can be counted batch by batch.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandera.extensions
import pandera.polars as pa
import polars as pl
from pandera.api.polars.types import PolarsData

from dataready.expectations.predicate import LATEST

__all__ = [
    "BY_ROW",
    "mostly_between",
    "mostly_daily",
    "mostly_filled",
    "mostly_format",
    "mostly_gapless",
    "mostly_isin",
    "mostly_known",
    "mostly_least",
    "mostly_like",
    "mostly_long",
    "mostly_most",
    "mostly_not_above",
    "mostly_notin",
    "mostly_parsed",
    "mostly_past",
    "mostly_rare",
    "mostly_unique",
    "mostly_unlike",
    "mostly_unusual",
    "mostly_usual",
    "mostly_weekly",
    "newest_within",
    "rows_between",
]


def _share_kept(data: PolarsData, kept: pl.Expr, share: float | None) -> pl.LazyFrame | bool:
    """Judge a column by the share of its values that keep a rule; None: row by row."""
    rows = data.lazyframe.select(kept.alias(data.key))
    if share is None:
        return rows
    mean = rows.select(pl.col(data.key).mean()).collect().item()
    return mean is None or bool(mean >= share - 1e-12)


def mostly_filled(data: PolarsData, *, share: float | None) -> pl.LazyFrame | bool:
    """At least this share of the rows have a value."""
    return _share_kept(data, pl.col(data.key).is_not_null(), share)


def mostly_parsed(data: PolarsData, *, share: float | None) -> bool:  # noqa: ARG001
    """At least this share of the cells can be read: in a typed frame, all that are there."""
    return True


def mostly_between(
    data: PolarsData, *, low: float | None, high: float | None, share: float | None
) -> pl.LazyFrame | bool:
    """At least this share of the values lie between two bounds, both included.

    None is an open end. The bounds of dates are seconds since 1970, UTC.
    """
    cell = pl.col(data.key)
    if data.lazyframe.collect_schema()[data.key].is_temporal():
        cell = cell.cast(pl.Datetime("us")).dt.epoch("us") / 1e6
    return _share_kept(data, _between(data, cell, low, high), share)


def _between(data: PolarsData, number: pl.Expr, low: float | None, high: float | None) -> pl.Expr:
    """Ask of the values that are there whether a number of each is between two bounds."""
    kept = number.is_not_null() if low is None else number >= low
    kept = kept if high is None else kept & (number <= high)
    return pl.when(pl.col(data.key).is_not_null()).then(kept)


def mostly_isin(
    data: PolarsData, *, values: Sequence[object], share: float | None
) -> pl.LazyFrame | bool:
    """At least this share of the values are known."""
    return _share_kept(data, pl.col(data.key).is_in(list(values)), share)


def mostly_notin(
    data: PolarsData, *, values: Sequence[object], share: float | None
) -> pl.LazyFrame | bool:
    """At least this share of the values are none of those forbidden."""
    return _share_kept(data, ~pl.col(data.key).is_in(list(values)), share)


def mostly_like(data: PolarsData, *, pattern: str, share: float | None) -> pl.LazyFrame | bool:
    """At least this share of the texts have a regular expression somewhere."""
    return _share_kept(data, pl.col(data.key).str.contains(pattern), share)


def mostly_unlike(data: PolarsData, *, pattern: str, share: float | None) -> pl.LazyFrame | bool:
    """At least this share of the texts have a regular expression nowhere."""
    return _share_kept(data, ~pl.col(data.key).str.contains(pattern), share)


def mostly_format(
    data: PolarsData, *, formats: Sequence[str], share: float | None
) -> pl.LazyFrame | bool:
    """At least this share of the values have a known format: "AB-12 c" has "a-9 a"."""
    shape = pl.col(data.key)
    for pattern, sign in ((r"\p{Nd}+", "9"), (r"\p{L}+", "a"), (r"[\t\n\f\r ]+", " ")):
        shape = shape.str.replace_all(pattern, sign)
    return _share_kept(data, shape.is_in(list(formats)), share)


def mostly_long(
    data: PolarsData, *, shortest: float | None, longest: float | None, share: float | None
) -> pl.LazyFrame | bool:
    """At least this share of the texts have a number of characters between two bounds."""
    size = pl.col(data.key).str.len_chars()
    return _share_kept(data, _between(data, size, shortest, longest), share)


def mostly_unique(data: PolarsData, *, share: float | None) -> pl.LazyFrame | bool:
    """At least this share of the values occur once."""
    cell = pl.col(data.key)
    return _share_kept(data, pl.when(cell.is_not_null()).then(cell.is_unique()), share)


def mostly_not_above(data: PolarsData, *, other: str, share: float | None) -> pl.LazyFrame | bool:
    """At least this share of the values are not above those of another column."""
    return _share_kept(data, pl.col(data.key) <= pl.col(other), share)


def mostly_known(data: PolarsData, *, refers_to: str, share: float | None) -> pl.LazyFrame | bool:
    """At least this share of the values are in another dataset's column: "customers.id".

    The frame says so itself, in a boolean column ``column·in·customers.id``.
    """
    return _share_kept(data, pl.col(f"{data.key}·in·{refers_to}"), share)


def mostly_past(data: PolarsData, *, share: float | None) -> pl.LazyFrame | bool:
    """At least this share of the dates are no later than the day after the extract was made.

    The frame has their age in days, in a column ``column·age``.
    """
    return _share_kept(data, pl.col(f"{data.key}·age") >= LATEST, share)


def mostly_least(data: PolarsData, *, low: float, share: float | None) -> pl.LazyFrame | bool:
    """At least this share of the values are not below the pilot's lower quarter."""
    return _share_kept(data, pl.col(data.key) >= low, share)


def mostly_most(data: PolarsData, *, high: float, share: float | None) -> pl.LazyFrame | bool:
    """At least this share of the values are not above the pilot's upper quarter."""
    return _share_kept(data, pl.col(data.key) <= high, share)


def mostly_usual(
    data: PolarsData, *, values: Sequence[object], share: float | None
) -> pl.LazyFrame | bool:
    """At least this share of the values are among the pilot's most common ones."""
    return mostly_isin(data, values=values, share=share)


def mostly_unusual(
    data: PolarsData, *, values: Sequence[object], share: float | None
) -> pl.LazyFrame | bool:
    """At least this share of the values are not among the pilot's most common ones."""
    return mostly_notin(data, values=values, share=share)


def mostly_rare(data: PolarsData, *, most: float, share: float | None) -> pl.LazyFrame | bool:
    """At least this share of the values are had by no more than a part of the rows.

    The frame says so itself, in a boolean column ``column·rare·0.01``.
    """
    return _share_kept(data, pl.col(f"{data.key}·rare·{most!r}"), share)


def mostly_gapless(
    data: PolarsData, *, days: float, since: float, share: float | None
) -> pl.LazyFrame | bool:
    """At least this share of the dates are so few days after another day with rows.

    The frame says so itself, in a boolean column ``column·gapless·days·since``; `since` is in
    seconds since 1970.
    """
    return _share_kept(data, pl.col(f"{data.key}·gapless·{days!r}·{since!r}"), share)


def mostly_daily(
    data: PolarsData, *, low: float | None, high: float | None, share: float | None
) -> pl.LazyFrame | bool:
    """At least this share of the dates are of days with a number of rows between two bounds.

    The frame says so itself, in a boolean column ``column·daily·low·high``.
    """
    return _share_kept(data, pl.col(f"{data.key}·daily·{low!r}·{high!r}"), share)


def mostly_weekly(
    data: PolarsData, *, low: float | None, high: float | None, share: float | None
) -> pl.LazyFrame | bool:
    """At least this share of the dates are of weeks with a number of rows between two bounds.

    The frame says so itself, in a boolean column ``column·weekly·low·high``.
    """
    return _share_kept(data, pl.col(f"{data.key}·weekly·{low!r}·{high!r}"), share)


def newest_within(data: PolarsData, *, days: float) -> bool:
    """The newest row is at most so many days older than the extract.

    The frame has each row's whole days before it, in a column ``column·elapsed``.
    """
    age = data.lazyframe.select(pl.col(f"{data.key}·elapsed").min()).collect().item()
    return age is None or bool(age <= days)


def rows_between(data: PolarsData, *, low: float | None, high: float | None) -> bool:
    """The table has a number of rows between two bounds, both included."""
    rows = data.lazyframe.select(pl.len()).collect().item()
    return (low is None or rows >= low) and (high is None or rows <= high)


def _register() -> None:
    """Offer the checks as `pa.Field(mostly_...={...})`; pandera refuses a name twice."""
    for check, statistics in (
        (mostly_filled, ["share"]),
        (mostly_parsed, ["share"]),
        (mostly_between, ["low", "high", "share"]),
        (mostly_isin, ["values", "share"]),
        (mostly_notin, ["values", "share"]),
        (mostly_like, ["pattern", "share"]),
        (mostly_unlike, ["pattern", "share"]),
        (mostly_format, ["formats", "share"]),
        (mostly_long, ["shortest", "longest", "share"]),
        (mostly_unique, ["share"]),
        (mostly_not_above, ["other", "share"]),
        (mostly_known, ["refers_to", "share"]),
        (mostly_past, ["share"]),
        (mostly_least, ["low", "share"]),
        (mostly_most, ["high", "share"]),
        (mostly_usual, ["values", "share"]),
        (mostly_unusual, ["values", "share"]),
        (mostly_rare, ["most", "share"]),
        (mostly_gapless, ["days", "since", "share"]),
        (mostly_daily, ["low", "high", "share"]),
        (mostly_weekly, ["low", "high", "share"]),
        (newest_within, ["days"]),
        (rows_between, ["low", "high"]),
    ):
        if not hasattr(pa.Check, check.__name__):
            pandera.extensions.register_check_method(check, statistics=statistics)


_register()

BY_ROW = frozenset(
    """equal_to not_equal_to greater_than greater_than_or_equal_to less_than less_than_or_equal_to
    in_range isin notin str_matches str_contains str_startswith str_endswith str_length
    mostly_filled mostly_between mostly_isin mostly_format mostly_long mostly_not_above
    mostly_notin mostly_like mostly_unlike mostly_known mostly_past mostly_least mostly_most
    mostly_usual mostly_unusual mostly_rare mostly_gapless mostly_daily mostly_weekly""".split()  # noqa: SIM905
)
"""Checks whose verdict on a row does not depend on other rows."""
