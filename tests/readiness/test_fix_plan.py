"""Tests for `dataready.readiness.fix_plan`: points add up, and no cheaper set will do."""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.readiness.cases import DAMAGE, WEIGHTS, case, failed, found

from dataready.compare.damage import Damage
from dataready.model import Verdict
from dataready.readiness import fix_plan as module
from dataready.readiness.assessment import PredictedLoss
from dataready.readiness.fix_plan import fix_plan
from dataready.readiness.repair import change_of, repairs


def planned(known, effort=None):
    """Plan the repairs of a case."""
    return fix_plan(known, repairs(known, effort or {}))


@pytest.mark.parametrize("weights", [WEIGHTS, None], ids=["S", "A0"])
def test_points_add_up(weights):
    """What all repairs give back is what is missing to 100."""
    known = case(DAMAGE, weights)

    got = planned(known)

    assert sum(f.points for f in got.fixes) == pytest.approx(100 - known.assessment.score.value)
    assert [f.points for f in got.fixes] == sorted((f.points for f in got.fixes), reverse=True)


def test_points_of_a_column_are_those_it_costs():
    """The share of its repairs is the column's in the score's own attribution."""
    known = case(DAMAGE, WEIGHTS)
    costs = {c.name: c.points_lost for c in known.assessment.columns}

    for name in ("a", "b", "c"):
        own = [f.points for f in planned(known).fixes if f.column == name]
        assert sum(own) == pytest.approx(costs[name])


PREDICTED = PredictedLoss(
    metric="auc",
    model="the probes",
    pilot=0.9,
    expected=0.8,
    low=0.75,
    high=0.85,
    loss=0.3,
    loss_low=0.2,
    loss_high=0.4,
    population_loss=0.05,
)


@pytest.mark.parametrize(
    ("weights", "predicted"),
    [(WEIGHTS, None), (None, None), (WEIGHTS, PREDICTED)],
    ids=["S", "A0", "replayed"],
)
def test_each_step_of_the_plan_is_what_the_judge_says(weights, predicted):
    """The score after a repair is told from gains alone, and equals that of judging again."""
    known = case(DAMAGE, weights, predicted=predicted)
    every = repairs(known, {})

    got = fix_plan(known, every)

    done = []
    for f in got.fixes:
        (own,) = [r for r in every if (r.column, r.parts, r.why) == (f.column, f.parts, f.why)]
        by_itself = known.judge(change_of([own], every)).score.value
        assert f.alone == pytest.approx(by_itself - known.assessment.score.value)
        if f.in_plan:
            done.append(own)
            assert f.after == pytest.approx(known.judge(change_of(done, every)).score.value)
    assert len(done) > 1


def test_a_change_of_population_is_not_given_back():
    """Points add up to what repairs can undo; the rest is no column's."""
    known = case(DAMAGE, WEIGHTS, predicted=PREDICTED)
    score = known.assessment.score

    points = sum(f.points for f in planned(known).fixes)

    assert score.population_points == pytest.approx(2.5)
    assert points == pytest.approx(100 - score.population_points - score.value)


def test_alone_is_the_score_with_one_repair():
    """What a repair gives if it is the only one is less than its share of all of them."""
    known = case(DAMAGE, WEIGHTS)

    (fix,) = [f for f in planned(known).fixes if f.column == "b"]

    assert fix.alone == pytest.approx(known.assessment.score.value * (1 / (1 - 0.2 * 0.4) - 1))


def test_the_plan_leads_to_go():
    """Score and verdict after it are those of the judge, and it says where they stand."""
    got = planned(case(DAMAGE, WEIGHTS, noise=0.005))

    assert got.verdict is Verdict.GO
    assert got.low >= 95
    assert got.reasons == ()
    assert any(f.in_plan for f in got.fixes)


def test_what_is_go_already_needs_no_plan():
    """Its repairs are still listed, none in the plan."""
    got = planned(case({"a": Damage(M=0.01), "b": Damage()}, {"a": 0.5, "b": 0.5}))

    assert got.verdict is Verdict.GO
    assert [f.in_plan for f in got.fixes] == [False]


def test_what_no_repair_lifts_is_said():
    """Too little data stays too little: the plan is all repairs, and why is said."""
    got = planned(case(DAMAGE, WEIGHTS, gates=[failed("min_rows"), failed("leakage:a")]))

    assert got.verdict is Verdict.NO_GO
    assert all(f.in_plan for f in got.fixes)
    assert got.reasons[:2] == ("min_rows failed (test).", "leakage:a failed (test).")


def test_a_gate_calls_for_its_repair():
    """However few points it has, and however high the score is."""
    damage = {"a": Damage(M=0.04), "b": Damage(M=0.001)}
    known = case(damage, {"a": 0.1, "b": 0.01}, gates=[failed("max_damage:b", limit=0.0)])

    got = planned(known)

    assert [f.column for f in got.fixes if f.in_plan] == ["b"]
    assert got.verdict is Verdict.GO


def test_repeated_keys_are_a_repair_without_points():
    """It stands in the plan if a gate asks for it."""
    gates, twice = [failed("max_key_duplicates")], found("key_duplicates", "d", measured=0.1)

    got = planned(case({"d": Damage()}, {"d": 1.0}, gates=gates, findings=[twice]))

    assert [(f.parts, f.points, f.in_plan) for f in got.fixes] == [(("duplicates",), 0.0, True)]
    assert got.verdict is Verdict.GO


def test_a_repair_of_several_columns_is_paid_once():
    """Its points are those of all its columns, its effort that of the dearest."""
    damage = {"a": Damage(M=0.2), "b": Damage(M=0.3), "c": Damage(V=0.01)}
    orphans = found("join_orphans", "key", explains=("a", "b"))
    known = case(damage, {"a": 0.3, "b": 0.3, "c": 0.3}, findings=[orphans])

    got = planned(known, {"a": 2.0, "b": 3.0})

    assert [(f.column, f.also, f.effort, f.in_plan) for f in got.fixes] == [
        ("key", ("a", "b"), 3.0, True),
        ("c", (), 1.0, False),
    ]
    assert sum(f.points for f in got.fixes) == pytest.approx(100 - known.assessment.score.value)


def test_effort_decides_before_the_number_of_repairs():
    """Two cheap repairs stand before one dear one; where all cost the same, one before two."""
    damage = {"a": Damage(M=0.09), "b": Damage(M=0.06), "c": Damage(M=0.06)}
    damage |= {f"sound {k}": Damage() for k in range(7)}
    known = case(damage, policy={"go_at": 97, "allow_go_without_target": True})

    def chosen(effort):
        return {f.column for f in planned(known, effort).fixes if f.in_plan}

    assert chosen({"a": 9.0}) == {"b", "c"}
    assert chosen({}) == {"a"}


def cheapest(known, effort):
    """Try every subset: the least effort, the fewest, the highest score."""
    every = repairs(known, effort)
    best = None
    for size in range(len(every) + 1):
        for chosen in combinations(every, size):
            after = known.judge(change_of(chosen, every))
            if after.verdict is Verdict.GO:
                key = (round(sum(r.effort for r in chosen), 9), size, -after.score.value)
                best = min(best, key) if best else key
    return best


shares = st.floats(0, 0.6)
damages = st.builds(
    lambda M, V, s, b: Damage(M=M, V=V, s=s, b=b, kappa=0.5), shares, shares, shares, shares
)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(damages, min_size=1, max_size=2),
    st.lists(st.floats(0.05, 0.5), min_size=2, max_size=2),
    st.lists(st.sampled_from([0.5, 1.0, 2.0, 5.0]), min_size=2, max_size=2),
)
def test_no_cheaper_set_leads_to_go(damage, weights, efforts):
    """The plan is as good as the best of all subsets."""
    names = "ab"[: len(damage)]
    known = case(
        dict(zip(names, damage, strict=True)),
        dict(zip("ab", weights, strict=True)),
        noise=0.01,
    )
    effort = dict(zip("ab", efforts, strict=True))

    got, best = planned(known, effort), cheapest(known, effort)

    chosen = [f for f in got.fixes if f.in_plan]
    assert (got.verdict is Verdict.GO) is (best is not None)
    if best is not None:
        assert (sum(f.effort for f in chosen), len(chosen)) == pytest.approx(best[:2])
        assert -got.value == pytest.approx(best[2])


def test_many_repairs_are_searched_greedily(monkeypatch):
    """Then the plan leads to go as well, and nothing in it can be left out."""
    monkeypatch.setattr(module, "EXACT", 1)
    known = case({f"c{k}": Damage(M=0.05 * k) for k in range(9)}, {f"c{k}": 0.1 for k in range(9)})

    got = planned(known)

    every = repairs(known, {})
    chosen = [r for r in every if any(f.in_plan and f.column == r.column for f in got.fixes)]
    assert got.verdict is Verdict.GO
    assert 0 < len(chosen) < len(every)
    for r in chosen:
        fewer = [other for other in chosen if other is not r]
        assert known.judge(change_of(fewer, every)).verdict is not Verdict.GO


def test_no_score_no_plan():
    """Where nothing could be scored there is nothing to give back."""
    assert planned(case({"a": Damage(M=0.5)}, {"a": 0.0})) is None
