"""Tests for `dataready.importance`: what the probes say, and when they refuse to."""

import numpy as np
import pytest

from dataready.importance.probe import NoProbeError, Samples, measure
from dataready.importance.samples import labelled
from dataready.profile.planning import first_plan, full_plan
from dataready.profile.profile import take
from dataready.testing import table_of


def samples(features, labels, *, classes=True):
    """Make samples of numbers."""
    return Samples(features, frozenset(), np.asarray(labels, float), classes)


def draw(n=300, seed=1):
    """Draw a column that decides, one that helps, and one that says nothing."""
    rng = np.random.default_rng(seed)
    a, b, c = rng.normal(size=(3, n))
    return {"a": a, "b": b, "c": c}, (2 * a + 0.7 * b > 0).astype(float)


def test_weights_follow_what_decides():
    """The column that decides weighs most, the one that says nothing next to nothing."""
    features, labels = draw()

    got = measure(samples(features, labels), seeds=(0, 1))

    assert got.mean["a"] > got.mean["b"] > got.mean["c"]
    assert got.mean["c"] < 0.05
    assert len(got.splits) == 2
    assert min(got.skills.values()) > 0.8


def test_order_of_rows_does_not_matter():
    """The split is by content, so that another export gives the same weights."""
    features, labels = draw()
    turned = {name: column[::-1] for name, column in reversed(features.items())}

    got = measure(samples(features, labels), seeds=(0,))

    assert got == measure(samples(turned, labels[::-1]), seeds=(0,))


def test_a_column_that_holds_the_answer_is_told():
    """It reaches the whole skill by itself; where no column dominates, none is asked."""
    features, labels = draw()

    leaking = measure(samples(features | {"leak": labels * 2 - 1}, labels), seeds=(0,))
    fair = measure(samples(features, sum(features.values()) > 0), seeds=(0,))

    assert leaking.alone["leak"] > 0.9
    assert all(c in leaking.alone for c, w in leaking.mean.items() if w > 0.5)
    assert all(fair.mean[c] > 0.5 for c in fair.alone)


@pytest.mark.parametrize(
    ("labels", "classes", "why"),
    [
        ([0, 1] * 20, True, "the pilot has 40 labelled rows"),
        ([1] * 100, True, "the target is constant"),
        ([0] * 100 + [1] * 49, True, "no second class of the target has 50"),
        (list(range(100)), False, "models learn next to nothing"),
    ],
)
def test_refuses_what_teaches_nothing(labels, classes, why):
    """The message says why there are no weights."""
    column = np.random.default_rng(0).normal(size=len(labels))

    with pytest.raises(NoProbeError, match=why):
        measure(samples({"x": column}, labels, classes=classes), seeds=(0,))


def profiled(columns, types, roles):
    """Profile a table, and keep the connection."""
    con, schema = table_of(columns, types=types)
    look = take(con, first_plan(con, schema, typed=True, roles=roles), schema)
    return con, take(con, full_plan(con, look), schema)


def test_samples_leave_out_keys_and_unlabelled_rows():
    """Text is its rank among the categories; what is missing is NaN."""
    columns = {
        "key": [1, 2, 3, 4],
        "n": [1.5, None, 2.5, 9.0],
        "t": ["a", "a", None, "b"],
        "y": ["no", "yes", "no", None],
    }
    con, pilot = profiled(columns, {"key": "BIGINT", "n": "DOUBLE"}, {"key": "key", "y": "target"})

    got = labelled(con, pilot, "y")

    assert got.text == {"t"}
    assert got.classes
    rows = zip(got.features["n"], got.features["t"], got.labels, strict=True)
    assert sorted(map(str, rows)) == sorted(
        str((np.float64(n), np.float64(t), np.float64(y)))
        for n, t, y in [(1.5, 0, 0), (np.nan, 0, 1), (2.5, np.nan, 0)]
    )


@pytest.mark.parametrize(("distinct", "classes"), [(10, True), (11, False)])
def test_numbers_of_many_values_are_regressed(distinct, classes):
    """Ten values are classes, eleven are a scale."""
    columns = {"x": [1.0] * distinct, "y": list(range(distinct))}
    con, pilot = profiled(columns, {"x": "DOUBLE", "y": "BIGINT"}, {"y": "target"})

    assert labelled(con, pilot, "y").classes is classes


@pytest.mark.parametrize(
    ("columns", "why"),
    [({"x": [1.0], "y": [None]}, "no labelled row"), ({"y": ["a"]}, "no feature")],
)
def test_samples_of_nothing_are_refused(columns, why):
    """Neither a pilot without labels nor one without features can train a probe."""
    con, pilot = profiled(columns, {"x": "DOUBLE"}, {"y": "target"})

    with pytest.raises(NoProbeError, match=why):
        labelled(con, pilot, "y")
