"""The abuses are what they say, and the formulas of other tools give known values."""

from __future__ import annotations

import polars as pl
import pytest
from benchmarks.abuse import KINDS, spoil, table
from benchmarks.formula import FORMULAS, Table, check_all, learn
from benchmarks.score_crash_test import ABUSES, Case, Trial, violated

from benchmarks import formula

PILOT = pl.DataFrame({"x": [1.0, 2.0, 3.0, 4.0], "c": ["a", "b", "a", "b"]})
HALF = pl.DataFrame({"x": [None, None, 3.0, 40.0], "c": ["a", "z", None, "b"]})


def checked(production):
    """Evaluate what is learnt from the pilot on some production."""
    return Table(PILOT, production, check_all(learn(PILOT, PILOT.columns), production))


@pytest.mark.parametrize(
    ("tool", "score"),
    [
        ("Great Expectations", 20),  # of five rules, only 'readable' is kept
        ("Deequ-like", 20),
        ("Soda-like", 20),
        ("Completeness", 62.5),
        ("TFDV-like", 0),
        ("TestGen-like", 100 * (0.5 + 0.75) / 2 * (0.5 + 2 / 3) / 2),
        ("Pointblank", 100 * (1 - 10 / 20)),
    ],
)
def test_formulas_give_known_values(tool, score):
    """Worked by hand: half of x is gone, one of two is out of range; a quarter of c is gone."""
    assert FORMULAS[tool](checked(HALF)) == pytest.approx(score)


@pytest.mark.parametrize("tool", FORMULAS)
def test_a_production_like_its_pilot_is_worth_100(tool):
    """Every formula is at its best where nothing is wrong."""
    assert FORMULAS[tool](checked(PILOT)) == 100


def test_drift_drops_what_is_missing():
    """Half of the cells may go: what is left is distributed as before."""
    frame = table(900, 1)
    rules = learn(frame, ["a"])
    half = spoil(frame, "missing", "a", 0.5).with_columns(pl.col("a").cast(pl.Float64))

    assert formula.evidently(Table(frame, half, check_all(rules, half))) == 100


@pytest.mark.parametrize("kind", KINDS)
def test_more_is_spoilt_where_less_was(kind):
    """A larger share spoils the cells of a smaller one, and nothing but its column."""
    frame = table(200, 1)
    column = KINDS[kind][0]
    text = frame[column].cast(pl.String)

    less, more = (spoil(frame, kind, column, share)[column] for share in (0.2, 0.6))
    changed = [~cells.eq_missing(text) for cells in (less, more)]

    assert 0 < changed[0].sum() < changed[1].sum()
    if kind != "shuffled":
        assert (changed[0] & ~changed[1]).sum() == 0
    assert spoil(frame, kind, column, 0.6).drop(column).equals(frame.drop(column))


def test_what_counts_as_a_violation():
    """Rising, moving, staying and passing are told apart; no number is no lie."""
    case = Case(PILOT, PILOT)

    def said(rule, before, after):
        return violated(Trial(case, case, rule), before, after)

    assert said("rises", 80, 80.1)
    assert not said("rises", 80, 80)
    assert said("moves", 80, 79)
    assert not said("moves", 80, 80)
    assert said("stays", 80, 80)
    assert not said("stays", 80, 70)
    assert said("passes", None, 85)
    assert not said("passes", 99, 84)
    assert not said("rises", 80, None)
    assert not said("rises", None, 80)


@pytest.mark.parametrize("abuse", ABUSES)
def test_every_abuse_has_trials_that_peers_can_be_asked_of(abuse):
    """Each yields pairs of tables on which every formula answers a score or none."""
    trials = list(ABUSES[abuse](0))

    assert trials
    for case in (trials[0].before, trials[-1].after):
        scores = [f(case.checked()) for f in FORMULAS.values()]
        assert all(s is None or 0 <= s <= 100 for s in scores)
