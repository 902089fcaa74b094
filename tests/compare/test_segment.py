"""Tests for `dataready.compare.segment`: parts of disjoint rows add up."""

import dataclasses

import numpy as np
import pytest

from dataready.compare.counts import ColumnCounts, Counts, counts_of
from dataready.compare.damage import column_damage
from dataready.compare.segment import Part, counts_between, related
from dataready.profile.plan import ColumnPlan
from dataready.testing import profiles_of


def part(seed):
    """Draw the counts of some rows: a number with two bins and an id, of one pair."""
    rng = np.random.default_rng(seed)
    return Part(
        int(rng.integers(100)),
        rng.integers(9, size=(2, 5)).astype(float),
        (rng.integers(9, size=3).astype(float), rng.integers(9, size=1).astype(float)),
        rng.integers(9, size=(2, 2)).astype(float),
        rng.integers(9, size=(1, 11, 11)).astype(float),
    )


def plain(one):
    """Answer a part as something that compares."""
    return [np.hstack(v).tolist() for v in map(np.atleast_1d, dataclasses.astuple(one)[:2])] + [
        [b.tolist() for b in one.bins],
        one.shapes.tolist(),
        one.joint.tolist(),
    ]


def test_parts_add_up_in_any_order():
    """They are states: commutative and associative."""
    a, b, c = map(part, range(3))

    assert plain(a + b) == plain(b + a)
    assert plain((a + b) + c) == plain(a + (b + c))
    assert (a + b).rows == a.rows + b.rows


def test_unrelated_pairs_are_left_out_and_nothing_changes():
    """The damage of all columns is the same without the pairs that have nothing to say."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=800)
    columns = {
        "a": x.tolist(),
        "b": (x + rng.normal(size=800)).tolist(),
        "c": rng.normal(size=800).tolist(),
    }
    counts = counts_of(*profiles_of(columns, columns, types=dict.fromkeys("abc", "DOUBLE")))

    got = related(counts)

    assert (counts.pairs, got.pairs) == (((0, 1), (0, 2), (1, 2)), ((0, 1),))
    assert column_damage(got) == column_damage(counts)


PLAN = ColumnPlan(name="g", base="text", kind="text", values=100, categories=("a", "b"))
WHOLE = Counts(
    (
        ColumnCounts(
            plan=PLAN,
            absent=False,
            pilot_rows=100,
            pilot_missing=0,
            values=("a", "b", "new"),
            known=np.array([True, True, False]),
        ),
    ),
    (),
    np.zeros((0, 11, 11)),
    np.zeros((0, 11, 11)),
)


def of(*bins):
    """Count rows of a text column by category; the last are of no category kept."""
    return Part(
        sum(bins),
        np.zeros((1, 5)),
        (np.array(bins, float),),
        np.zeros((1, 2)),
        np.zeros((0, 11, 11)),
    )


@pytest.mark.parametrize(("settled", "shifted"), [("g", False), (None, True)])
def test_a_column_whose_values_were_chosen_has_not_shifted(settled, shifted):
    """Beside the whole pilot, rows of one value are no drift; new values still are unseen."""
    counts = counts_between(WHOLE, of(50, 50, 0, 0), of(80, 0, 20, 0), settled=settled)

    loss = column_damage(counts)["g"]

    assert (loss.s > 0.3) is shifted
    assert pytest.approx(0.2 - 0.002) == loss.V


def test_copies_are_counted_out_of_groups_as_of_the_whole():
    """Where half of production's rows are copies, a group has half of its rows as evidence."""
    whole = dataclasses.replace(WHOLE, distinct=(1.0, 0.5))

    (got,) = counts_between(whole, of(50, 50, 0, 0), of(30, 10, 0, 0)).columns

    assert (got.pilot_rows, got.rows) == (100, 20)
    assert got.production_bins.tolist() == [15, 5, 0]
