"""Tests for `dataready.readiness.waiver`: both scores are shown, and a waiver never makes go."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.readiness.cases import DAMAGE, WEIGHTS, case, failed

from dataready.compare.damage import Damage
from dataready.config import Waiver
from dataready.model import Verdict
from dataready.readiness.waiver import MOST_POINTS, waived

TODAY = date(2026, 11, 20)


def waiver(column="b", **changes):
    """Waive a column; changes replace fields."""
    fields = {"reason": "seasonal", "owner": "R. Officer", "expires": TODAY, "at_most": 100}
    return Waiver(column=column, **(fields | changes))


def test_points_come_back_and_the_interval_keeps_its_width():
    """What the column alone would give back; a waiver adds no knowledge."""
    known = case({"b": Damage(M=0.4), "d": Damage()}, {"b": 0.2, "d": 0.5}, noise=0.02)

    got, score = waived(known, [waiver()], TODAY), known.assessment.score

    assert got.value == pytest.approx(100)
    assert got.low - score.low == pytest.approx(got.value - score.value)
    assert got.applied == ("'b': 8.0 points, for R. Officer until 2026-11-20: seasonal",)


@pytest.mark.parametrize(("at_most", "given_back"), [(3, 3), (5, 5), (100, 8)])
def test_a_waiver_has_a_cap(at_most, given_back):
    """It gives back no more than it may, and no more than there is."""
    known = case({"b": Damage(M=0.4), "d": Damage()}, {"b": 0.2, "d": 0.5})

    got = waived(known, [waiver(at_most=at_most)], TODAY)

    assert got.value - known.assessment.score.value == pytest.approx(given_back)


def test_all_waivers_together_have_a_cap():
    """However many there are."""
    damage = {c: Damage(M=0.5) for c in "abcd"}
    known = case(damage, dict.fromkeys(damage, 0.2))

    got = waived(known, [waiver(c) for c in damage], TODAY)

    assert got.value - known.assessment.score.value == pytest.approx(MOST_POINTS)
    assert sum(float(line.split()[1]) for line in got.applied) == pytest.approx(MOST_POINTS)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (waiver(expires=date(2026, 11, 19)), "it expired on 2026-11-19."),
        (waiver("nix"), "no pilot column of that name is scored."),
        (waiver(up_to=0.3), "40.0 % of its cells are damaged, and it holds up to 30.0 %."),
        (waiver("d"), "there is nothing to waive; it is undamaged."),
    ],
)
def test_void_waivers_are_listed(given, why):
    """Each with the reason, and without effect."""
    known = case(DAMAGE, WEIGHTS)

    got = waived(known, [given], TODAY)

    assert got.void == (f"'{given.column}': {why}",)
    assert (got.value, got.verdict) == (known.assessment.score.value, known.assessment.verdict)


@pytest.mark.parametrize(
    ("gate", "verdict"),
    [
        (failed("max_missing:b", limit=0.1), Verdict.CONDITIONAL),
        (failed("max_missing:a", limit=0.1), Verdict.NO_GO),
        (failed("leakage:b"), Verdict.NO_GO),
        (failed("min_rows"), Verdict.NO_GO),
        (failed("max_key_duplicates"), Verdict.NO_GO),
        (failed("suites_must_pass"), Verdict.NO_GO),
    ],
)
def test_gates_that_can_be_waived(gate, verdict):
    """What is about the waived column's own damage; leakage, volume and the rest stay."""
    known = case({"a": Damage(M=0.01), "b": Damage(M=0.2)}, {"a": 0.2, "b": 0.3}, gates=[gate])

    assert known.assessment.verdict is Verdict.NO_GO
    assert waived(known, [waiver()], TODAY).verdict is verdict


@given(
    st.lists(st.floats(0, 1), min_size=3, max_size=3),
    st.lists(st.floats(0.01, 1), min_size=3, max_size=3),
    st.sets(st.sampled_from("abc")),
)
def test_a_waiver_never_makes_go(missing, weights, columns):
    """Nor does it ever lower the score, or make the verdict worse."""
    damage = {c: Damage(M=m) for c, m in zip("abc", missing, strict=True)}
    known = case(damage, dict(zip("abc", weights, strict=True)))

    got = waived(known, [waiver(c) for c in sorted(columns)], TODAY)

    if got is not None:
        raw = known.assessment
        order = [Verdict.NO_GO, Verdict.CONDITIONAL, Verdict.GO]
        assert got.verdict is not Verdict.GO or raw.verdict is Verdict.GO
        assert order.index(got.verdict) >= order.index(raw.verdict)
        assert raw.score.value <= got.value <= 100


def test_no_waivers_no_second_score():
    """Nor where there is no score at all."""
    assert waived(case(DAMAGE, WEIGHTS), [], TODAY) is None
    assert waived(case({"b": Damage(M=0.5)}, {"b": 0.0}), [waiver()], TODAY) is None
