"""Properties that make a score one that people can trust."""

from itertools import pairwise

import numpy as np
import pytest

from dataready.compare.counts import counts_of
from dataready.compare.damage import Damage
from dataready.importance.weight import Weights
from dataready.readiness.score import combine, score
from dataready.testing import profiles_of

TYPES = {"a": "DOUBLE", "b": "DOUBLE", "c": "VARCHAR"}
WEIGHTS = Weights(mean={"a": 0.5, "b": 0.2, "c": 0.3}, origin="declared")


def table(n, seed):
    """Draw three columns that go together."""
    rng = np.random.default_rng(seed)
    a = rng.normal(size=n)
    b = np.round(a + rng.normal(size=n), 2)
    return {"a": a.tolist(), "b": b.tolist(), "c": ["hi" if v > 0 else "lo" for v in a]}


PILOT = table(400, 1)
PRODUCTION = table(600, 2)


def scored(pilot, production, weights=WEIGHTS, types=TYPES):
    """Score production against the pilot."""
    return score(counts_of(*profiles_of(pilot, production, types=types)), weights)[0]


def test_a_clean_production_loses_nothing():
    """Another sample of the same population scores close to 100."""
    got = scored(PILOT, PRODUCTION)

    assert got.value > 99
    assert got.low <= got.value <= got.high
    assert (got.kind, got.calibrated, got.coverage) == ("S", True, 1)


@pytest.mark.parametrize("weights", [WEIGHTS, Weights(mean=None, origin="none")])
def test_growing_nulls_never_raise_the_score(weights):
    """More bad cells, everything else fixed, and the score falls."""
    values = []
    for every in (0, 2, 6, 12, 18, 20):
        a = [None if k % 20 < every else v for k, v in enumerate(PRODUCTION["a"])]
        values.append(scored(PILOT, PRODUCTION | {"a": a}, weights).value)

    assert all(after < before for before, after in pairwise(values))


def test_more_wrong_cells_never_raise_the_score():
    """Of values out of range as of nulls."""
    values = []
    for every in (0, 1, 5, 10, 20):
        b = [1e6 if k % 20 < every else v for k, v in enumerate(PRODUCTION["b"])]
        values.append(scored(PILOT, PRODUCTION | {"b": b}).value)

    assert all(after < before for before, after in pairwise(values))


def test_order_of_rows_and_columns_does_not_matter():
    """Both sides turned around give the same number, to the last digit shown."""

    def turned(columns):
        return {name: cells[::-1] for name, cells in reversed(columns.items())}

    damaged = PRODUCTION | {"b": PRODUCTION["b"][::-1]}
    got, other = scored(PILOT, damaged), scored(turned(PILOT), turned(damaged))

    assert got.value == pytest.approx(other.value, abs=1e-9)
    assert got.value < 95


@pytest.mark.parametrize("side", ["pilot", "production"])
def test_duplicated_rows_never_raise_the_score(side):
    """What is there twice is no more evidence that all is well."""
    moved = [v + 0.4 for v in PRODUCTION["a"]]
    pilot, production = PILOT, PRODUCTION | {"a": moved}
    once = scored(pilot, production).value

    if side == "pilot":
        pilot = {name: cells * 2 for name, cells in pilot.items()}
    else:
        production = {name: cells * 2 for name, cells in production.items()}

    assert scored(pilot, production).value <= once + 1e-9


def test_new_columns_do_not_matter():
    """Nothing that a model does not read can lift the score or lower it."""
    extra = PRODUCTION | {"new": ["x"] * 600}

    assert scored(PILOT, extra) == scored(PILOT, PRODUCTION)


@pytest.mark.parametrize("weights", [WEIGHTS, Weights(mean=None, origin="none")])
def test_an_empty_production_is_worth_nothing(weights):
    """No data does not score 100."""
    got = scored(PILOT, {name: [] for name in PILOT}, weights)

    assert got.value < 50
    assert got.low <= got.value
    if weights.mean is None:
        assert got.value == 0


def test_unknown_columns_widen_the_interval():
    """What cannot be measured lowers the floor of the score; it does not disappear."""
    blind = PILOT | {"b": [None] * 400}

    got = scored(blind, PRODUCTION)

    assert got.coverage == pytest.approx(0.8)
    assert got.if_unknown_fail == pytest.approx(0.8 * got.if_unknown_pass)
    assert got.low <= got.if_unknown_fail
    assert got.high >= got.if_unknown_pass


def test_few_rows_leave_the_floor_low():
    """Ten rows cannot show a shift: the score says so."""
    few = {name: cells[:10] for name, cells in PILOT.items()}

    got = scored(few, {name: cells[:10] for name, cells in PRODUCTION.items()})

    assert got.coverage < 1
    assert got.low < 60


@pytest.mark.parametrize("weights", [{}, {"a": 0.0}], ids=["no weights", "weights of 0"])
def test_nothing_to_lose_is_no_score(weights):
    """Weights that are all zero say nothing, rather than 100."""
    got = scored(PILOT, PRODUCTION, Weights(mean=weights, origin="declared"))

    assert (got.value, got.low, got.high, got.coverage) == (None, None, None, 0)


def test_the_same_counts_give_the_same_score():
    """Resampling is seeded: same inputs, same bytes."""
    assert scored(PILOT, PRODUCTION) == scored(PILOT, PRODUCTION)


def test_errors_of_importance_are_in_the_interval():
    """Splits that disagree about what matters widen it."""
    damaged = PRODUCTION | {"a": [None if k % 2 else v for k, v in enumerate(PRODUCTION["a"])]}
    mean = {"a": 0.5, "b": 0.2, "c": 0.3}
    one = Weights(mean=mean, splits=(mean,), origin="probes")
    two = Weights(mean=mean, splits=(mean | {"a": 0.2}, mean | {"a": 0.8}), origin="probes")

    narrow, wide = scored(PILOT, damaged, one), scored(PILOT, damaged, two)

    assert narrow.value == wide.value
    assert wide.high - wide.low > 2 * (narrow.high - narrow.low)


def test_a_dead_column_cannot_be_averaged_away():
    """A product, not a mean: healthy columns do not make up for it."""
    damage = {"dead": Damage(M=1.0)} | {f"c{k}": Damage() for k in range(99)}

    assert combine(damage, {"dead": 1.0}).value == pytest.approx(0.1)
    assert combine(damage, None).value == pytest.approx(90)


def test_points_add_up():
    """What the columns cost together is what is missing to 100."""
    damage = {"a": Damage(M=0.2), "b": Damage(V=0.5, x=0.1), "c": Damage(s=0.4, kappa=0.5)}

    got = combine(damage, {"a": 0.5, "b": 0.2, "c": 0.9})

    assert sum(got.points.values()) == pytest.approx(100 - got.value)
    assert got.dimensions["completeness"] == pytest.approx(90)
    assert got.dimensions["drift"] == pytest.approx(82)
    assert got.dimensions["schema"] == 100
