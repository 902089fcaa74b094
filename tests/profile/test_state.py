"""Tests for `dataready.profile.state`: what states say beyond their laws."""

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataready.profile.state import Counts, Moments, Sketch, Tails, Tally, hash_of


def test_a_count_never_asked_for_is_0():
    """Readers need not know what was counted."""
    assert Counts({"rows": 2})["nulls"] == 0


def test_std_of_merged_moments():
    """The population deviation, in the values' own unit; None of nothing."""
    assert (Moments(1, 1.0, 0.0) + Moments(1, 3.0, 0.0)).std == 1
    assert Moments().std is None


@given(st.lists(st.integers(0, 9)), st.lists(st.integers(0, 9)))
def test_tails_keep_the_outermost(left, right):
    """Repeats included, in order, no more than fit."""

    def tails(values):
        return Tails(tuple(sorted(values)[:3]), tuple(sorted(values)[::-1][:3]), 3)

    assert tails(left) + tails(right) == tails(left + right)


def test_a_tally_knows_what_it_cannot_count():
    """Beyond the cap the known are exact, and so is the mass of the rest."""
    tally = Tally.of([("a", 3), ("b", 1), ("c", 1)], known=["a"], cap=1)

    assert not tally.exact
    assert (tally.counts, tally.total, tally.unknown) == ({"a": 3}, 5, 2)
    assert tally + Tally.of([("a", 1)], known=["a"], cap=1) == Tally({"a": 4}, None, 6, 1)


def test_a_tally_ranks_by_count_then_value():
    """Ties are broken alike on every machine."""
    assert Tally.of([("b", 1), ("a", 1), ("c", 5)]).ranked() == [("c", 5), ("a", 1), ("b", 1)]


def test_a_sketch_is_exact_while_small():
    """And within some percent beyond."""
    step = 2**64 // 100_000
    few, many = Sketch.of((3, 1, 2, 1)), Sketch.of(k * step for k in range(1, 8193))

    assert (few.exact, few.distinct) == (True, 3)
    assert not many.exact
    assert many.distinct == pytest.approx(100_000, rel=0.05)


@pytest.mark.parametrize(
    "value",
    ["", "a", "eight bytes", "exactly8", "exactly 16 bytes", "Zoë, Ουτις, 字", 0.0, -1.5, 1e300],
)
def test_the_hash_is_the_engines(value):
    """What is specified here is what DuckDB computes: other engines may compute it too."""
    kind = "VARCHAR" if isinstance(value, str) else "DOUBLE"
    row = duckdb.connect().execute(f"SELECT hash(?::{kind})", [value]).fetchone()

    assert row == (hash_of(value),)


@pytest.mark.parametrize("distinct", [10, 1000, 8191, 8192, 30_000, 300_000])
def test_distinct_values_are_counted_within_three_percent(distinct):
    """Exactly while they are few; also of two sketches merged."""
    con = duckdb.connect()
    sql = "SELECT hash('id-' || i) FROM range(?) AS t(i) WHERE i % 3 {} 0"
    left, right = (
        Sketch.of(h for (h,) in con.execute(sql.format(sign), [distinct]).fetchall())
        for sign in ("=", "<>")
    )
    both = left + right

    assert both.exact == (distinct < 8192)
    assert both.distinct == pytest.approx(distinct, rel=0 if both.exact else 0.03)
    assert left.share_in(both) == 1.0
    assert both.share_in(left) == pytest.approx(1 / 3, abs=0.02 if distinct > 10 else 0.1)
