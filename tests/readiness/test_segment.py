"""Tests for `dataready.readiness.segment`: who is worst off, and what is ready without them."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from tests.pipeline.test_segment import split

from dataready.compare.segment import counts_between, union
from dataready.config import Gates, Policy
from dataready.importance.weight import Weights
from dataready.model import Finding, Severity, Verdict
from dataready.readiness.assessment import Gate
from dataready.readiness.score import score
from dataready.readiness.segment import Basis, judge_segments

WEIGHTS = Weights(mean={"x": 0.35, "y": 0.05}, origin="declared")
BASIS = Basis((), (), WEIGHTS, Policy(), Gates())


def table(sizes, seed, *, gone=None):
    """Draw groups of some sizes; of some a share of the important column is missing."""
    rng = np.random.default_rng(seed)
    group = [name for name, n in sizes.items() for _ in range(n)]
    x = rng.normal(size=len(group))
    share = np.array([(gone or {}).get(g, 0.0) for g in group])
    return {
        "g": group,
        "x": [
            None if lost else float(v)
            for v, lost in zip(x, rng.random(len(x)) < share, strict=True)
        ],
        "y": (x + rng.normal(size=len(x))).tolist(),
    }


def judged(pilot, production, *, gone=None, basis=BASIS, **changes):
    """Judge the groups of two tables of these sizes: by name, and the ready scope."""
    got = split(table(pilot, 1), table(production, 2, gone=gone), "g")
    groups, (scope,) = judge_segments(got, replace(basis, **changes))
    return {g.value: g for g in groups}, scope


PILOT = {"a": 600, "b": 600, "c": 600}
PRODUCTION = {"a": 3000, "b": 2000, "c": 1000}


def test_the_worst_group_stands_first():
    """No-go before conditional before go; the column that costs most is named."""
    groups, scope = judged(PILOT, PRODUCTION, gone={"c": 0.6, "a": 0.2})

    assert [(g.value, g.verdict.value) for g in groups.values()] == [
        ("c", "no-go"),
        ("a", "conditional"),
        ("b", "go"),
    ]
    assert groups["c"].worst.startswith("'x' -2")
    assert (groups["b"].worst, groups["b"].comparable) == ("", True)
    assert (scope.ready, scope.not_ready) == (("b",), ("a", "c"))
    assert scope.rows_share == pytest.approx(1 / 3)


def test_all_is_ready_where_nothing_is_wrong():
    """A clean production is ready in full."""
    groups, scope = judged(PILOT, PRODUCTION)

    assert {g.verdict for g in groups.values()} == {Verdict.GO}
    assert (scope.ready, scope.not_ready, scope.rows_share) == (("a", "b", "c"), (), 1.0)
    assert scope.low >= 95


def test_nothing_is_ready_where_all_is_broken():
    """With no set to name there is no score either."""
    _, scope = judged(PILOT, PRODUCTION, gone=dict.fromkeys("abc", 0.6))

    assert (scope.ready, scope.rows_share, scope.value, scope.low) == ((), 0.0, None, None)
    assert scope.not_ready == ("a", "b", "c")


def test_no_mean_hides_a_group_that_is_no_go():
    """A small broken group would not keep the whole from go; it is not ready all the same."""
    production = {"a": 30_000, "b": 20_000, "c": 600}
    groups, scope = judged(PILOT, production, gone={"c": 0.6})

    assert groups["c"].verdict is Verdict.NO_GO
    assert (scope.ready, scope.not_ready) == (("a", "b"), ("c",))


def test_a_group_that_the_pilot_lacks_is_not_comparable():
    """It is held against the whole pilot, has too little evidence, and is never ready."""
    groups, scope = judged({"a": 600, "b": 199}, {"a": 3000, "b": 3000, "z": 3000})

    for name, rows in (("b", 199), ("z", 0)):
        assert (groups[name].comparable, groups[name].pilot_rows) == (False, rows)
        assert groups[name].verdict is Verdict.NOT_ENOUGH_EVIDENCE
        assert groups[name].score.value > 98
    assert (scope.ready, scope.not_ready) == (("a",), ("b", "z"))


def test_the_column_itself_has_not_shifted_in_its_own_groups():
    """That all rows of a group have its value costs nothing, unless the pilot lacks the value."""
    weights = Weights(mean={"g": 0.9, "x": 0.1}, origin="declared")

    groups, _ = judged({"a": 600, "b": 150}, {"a": 3000, "b": 3000, "z": 3000}, weights=weights)

    assert groups["b"].score.value > 98
    assert groups["z"].score.value < 15


def test_few_rows_are_not_enough_evidence():
    """The policy's limits hold for a group as for a dataset, and under five rows none is shown."""
    groups, scope = judged({"a": 600, "b": 250, "c": 600}, {"a": 3000, "b": 3000, "c": 499, "d": 4})

    few = {Verdict.NOT_ENOUGH_EVIDENCE}
    assert {groups["b"].verdict, groups["c"].verdict} == few
    assert set(groups) == {"a", "b", "c"}
    assert set(scope.ready) == {"a", "b", "c"}, "together there are enough"


def test_a_group_without_values_on_either_side_has_lost_none():
    """What a group never had, in the pilot neither, is no damage."""
    groups, scope = judged(
        {"a": 600, None: 600}, {"a": 3000, None: 3000}, weights=replace(WEIGHTS, mean={"g": 1.0})
    )

    assert groups["(missing)"].score.value == pytest.approx(100)
    assert set(scope.ready) == {"a", "(missing)"}


def gate(name, result="fail"):
    """Build a gate that the dataset failed."""
    return Gate(name=name, result=result, message="", measured=None, limit=None, origin="")


def test_a_gate_that_the_dataset_fails_every_group_fails():
    """What cannot be judged by group holds for all of them."""
    groups, scope = judged(PILOT, PRODUCTION, gates=(gate("max_key_duplicates"),))

    assert {g.verdict for g in groups.values()} == {Verdict.NO_GO}
    assert scope.ready == ()


def test_gates_that_counts_decide_are_judged_again():
    """A group is not blamed for what another has missing."""
    groups, scope = judged(
        PILOT,
        PRODUCTION,
        gone={"c": 0.05},
        own=Gates(max_missing={"x": 0.02}),
        gates=(gate("max_missing:x"), gate("readable:x")),
    )

    assert {n: g.verdict for n, g in groups.items()} == {
        "a": Verdict.GO,
        "b": Verdict.GO,
        "c": Verdict.NO_GO,
    }
    assert scope.ready == ("a", "b")


def test_an_error_leaves_no_group_go():
    """What could not be evaluated was not evaluated for any group."""
    error = Finding(
        dimension="validity",
        detector="d",
        severity=Severity.ERROR,
        table="t",
        column=None,
        message="",
    )

    groups, scope = judged(PILOT, PRODUCTION, findings=(error,))

    assert {g.verdict for g in groups.values()} == {Verdict.CONDITIONAL}
    assert scope.ready == ()


@pytest.mark.parametrize("seed", range(3))
def test_the_ready_set_is_the_largest(seed):
    """No set of more rows would be go: all are tried by hand."""
    rng = np.random.default_rng(seed)
    sizes = {c: int(n) for c, n in zip("abcde", rng.integers(500, 4000, 5), strict=True)}
    gone = dict(zip("abcde", rng.choice([0.0, 0.1, 0.2, 0.3], 5), strict=True))
    (got,) = split(table(dict.fromkeys("abcde", 400), 1), table(sizes, 2, gone=gone), "g")

    groups, (scope,) = judge_segments([got], BASIS)

    allowed = {g.value for g in groups if g.verdict is not Verdict.NO_GO}
    largest = 0
    for k in range(1, 6):
        for some in combinations([g for g in got.groups if g.label in allowed], k):
            sides = union([g.pilot for g in some]), union([g.production for g in some])
            published, _ = score(counts_between(got.whole, *sides), WEIGHTS)
            if published.low >= 95 and published.loss_nine_in_ten <= 0.05:
                largest = max(largest, sides[1].rows)
    assert 0 < largest == round(scope.rows_share * got.rows)


def test_of_many_groups_the_worst_are_dropped_one_by_one():
    """More than ten are searched greedily, and the sound ones are all kept."""
    names = "abcdefghijkl"
    gone = {"b": 0.3, "f": 0.25, "k": 0.28}
    sizes = dict.fromkeys(names, 600) | dict.fromkeys(gone, 3000)

    groups, scope = judged(dict.fromkeys(names, 300), sizes, gone=gone)

    assert Verdict.NO_GO not in {g.verdict for g in groups.values()}
    assert set(names) - set(gone) <= set(scope.ready)
    assert scope.not_ready
    assert set(scope.not_ready) <= set(gone)
    assert scope.low >= 95
