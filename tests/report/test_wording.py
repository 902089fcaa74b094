"""Tests for `dataready.report.wording`."""

import pytest
from tests.report.factory import assessment, column, fix, fix_plan, predicted, score, waived

from dataready.model import Verdict
from dataready.readiness.assessment import Damage
from dataready.readiness.calibration import bands
from dataready.report.wording import (
    VERDICTS,
    Limits,
    attribution,
    attributions,
    damage_parts,
    meaning,
    plan_line,
    shown_fixes,
    verdict_line,
    waived_line,
)


def plain(sentence):
    """Answer a sentence with ordinary spaces."""
    return sentence.replace("\u00a0", " ")


def test_the_first_sentence_says_what_survives():
    """A director reads the score as a share of the pilot's skill, with what go needs."""
    assert plain(meaning(assessment())[0]) == (
        "About 62 % of the pilot model's skill would survive on production; "
        "90 % interval 58 to 66; go needs 95, and below 85 is no-go."
    )


def test_limits_come_from_the_policy():
    """The limits said are those that were frozen, not the usual ones."""
    changed = assessment(provenance={"policy": {"go_at": 97.5, "conditional_at": 90}})
    assert "go needs 97.5, and below 90 is no-go" in meaning(changed)[0]


def test_a_score_without_a_target_says_so():
    """A0 is never described as surviving skill."""
    first = meaning(assessment(score=score(kind="A0", loss_mean=None)))[0]
    assert "not calibrated to model loss" in first
    assert "skill" not in first


def test_no_score_is_said_plainly():
    """None is not 0 and not 100: the sentence says that there is no score."""
    sentences = meaning(assessment(score=score(None, None, None)))
    assert sentences[0].startswith("No score could be computed; go needs 95")


def test_unknowns_are_said_only_where_there_are_some():
    """Bounds are worth a sentence only if something could not be measured."""
    known = " ".join(meaning(assessment(score=score(coverage=1.0))))
    unknown = " ".join(meaning(assessment()))
    assert "unknown" not in known
    assert "the score would be 57.2; if it passed, 66.9" in unknown


def test_estimates_that_differ_stand_side_by_side():
    """More than two points apart, both are told; nearer, the mean says it all."""
    apart = " ".join(meaning(assessment(score=score(71.0, product=74.9, replay=67.1))))
    near = " ".join(meaning(assessment(score=score(71.0, product=72.0, replay=70.0))))

    assert "mean of two estimates that differ: counted 75, column by column; replayed 67" in apart
    assert "two estimates" not in near


def test_declared_weights_decide_alone():
    """Where a loss is predicted and no part of the score, that is said."""
    alone = assessment(score=score(replay=None), predicted=predicted())
    assert "The weights were declared" in " ".join(meaning(alone))
    assert "declared" not in " ".join(meaning(assessment(score=score(replay=None))))
    assert "declared" not in " ".join(meaning(assessment(predicted=predicted())))


@pytest.mark.parametrize("replayed", [True, False])
@pytest.mark.parametrize("place", ["first", "second", "last"])
def test_the_record_of_a_band_is_told(place, replayed):
    """How many sets scored like it, and what they lost, on average and at worst."""
    known = bands(replayed=replayed)
    k = {"first": 0, "second": 1, "last": len(known) - 1}[place]
    band = known[k]
    reach = {
        "first": f"{band.at_least:g} or more",
        "second": f"{band.at_least:g} to {known[0].at_least:g}",
        "last": f"under {known[k - 1].at_least:g}",
    }[place]
    judged = score(
        band.at_least,
        replay=50.0 if replayed else None,
        loss_mean=band.mean,
        loss_low=band.low,
        loss_high=band.high,
        loss_nine_in_ten=band.nine_in_ten,
    )

    said = plain(" ".join(meaning(assessment(score=judged))))

    assert f"Of {band.sets:,} production sets of known loss that scored {reach}, models" in said
    assert "(go allows 5 %)" in said


def test_another_edition_of_the_record_counts_no_sets():
    """What an older run says of its losses is not said of the sets that are known today."""
    said = plain(" ".join(meaning(assessment())))

    assert (
        "Of production sets of known loss that scored like it, models lost 30.5 % of their skill "
        "on average, and nine in ten at most 51.0 % (go allows 5 %); since sets that score alike "
        "differ, the 90 % interval of the real loss is 4.0 % to 56.0 %."
    ) in said


def test_a_score_without_record_claims_nothing():
    """Without a calibrated loss, or with its mean alone, no number is made up."""
    mean = score(loss_low=None, loss_high=None, loss_nine_in_ten=None)

    assert "known loss" not in " ".join(meaning(assessment(score=score(loss_mean=None))))
    assert "on average." in " ".join(meaning(assessment(score=mean)))


@pytest.mark.parametrize("verdict", list(Verdict))
def test_every_verdict_has_words(verdict):
    """A new verdict cannot be shown before it has a word and a sentence."""
    assert VERDICTS[verdict]
    assert verdict_line(verdict).endswith(".")


def test_limits_are_in_order():
    """The lower limit comes first."""
    assert list(Limits.of({})) == [85.0, 95.0]


def test_damage_parts_leave_out_what_is_nil():
    """A sound column has no parts; a damaged one has each of its own."""
    assert damage_parts(Damage()) == ()
    assert damage_parts(Damage(M=0.1, x=0.02)) == (("missing", 0.1), ("absurd", 0.02))


def test_an_attribution_says_what_and_since_when():
    """Points, column, and the leading defect with its share; how many more there are."""
    pounds = fix("weight", why="12.0 % of rows in pounds since 2021-Q2", points=5.0)
    gone = fix("weight", why="3.0 % of rows missing", points=1.1)
    weight = column("weight", points_lost=6.1)

    assert attribution(weight, fix_plan(pounds)) == (
        "-6.1 points: 'weight', 12.0 % of rows in pounds since 2021-Q2"
    )
    assert attribution(weight, fix_plan(pounds, gone)).endswith("since 2021-Q2, and 1 more gap")


def test_an_attribution_without_a_plan_names_the_damage():
    """Runs of older versions have no plan, and columns that cannot be measured no damage."""
    broken = column("weight", points_lost=6.1, damage=Damage(M=0.1))

    assert plain(attribution(broken, None)) == "-6.1 points: 'weight', 10.0 % missing"
    assert attribution(column("w", points_lost=1.0, damage=None), None) == "-1.0 points: 'w'"


def test_a_cause_elsewhere_is_attributed():
    """A joined column is missing for want of partners, which is told by the key."""
    orphans = fix("key", also=("c.x",), why="12.0 % of rows without a partner")

    told = attribution(column("c.x", points_lost=2.0), fix_plan(orphans))

    assert told == "-2.0 points: 'c.x', 12.0 % of rows without a partner"


def test_attributions_are_of_what_costs_most():
    """Dearest first, as many as there is room for, and none that costs nothing."""
    costs = {"a": 1.0, "b": 9.0, "c": 0.01, "d": 3.0}
    judged = assessment(columns=tuple(column(c, points_lost=p) for c, p in costs.items()))

    assert [line.split("'")[1] for line in attributions(judged)] == ["b", "d", "a"]
    assert len(attributions(judged, at_most=1)) == 1


def test_a_change_of_population_is_attributed():
    """It costs points that no repair gives back, and no column."""
    judged = assessment(score=score(population_points=20.0))

    assert attributions(judged)[0] == (
        "-20.0 points: a change of population, which no repair undoes"
    )


@pytest.mark.parametrize(
    ("plan", "line"),
    [
        (
            fix_plan(fix(), fix("b", effort=0.5), fix("c", in_plan=False)),
            "The cheapest way to go: 2 repairs, 3 days; then go, score 96.2, 90 % interval from "
            "95.1.",
        ),
        (
            fix_plan(fix(effort=1.0), verdict=Verdict.CONDITIONAL, value=91.0, low=None),
            "No set of repairs leads to go. After 1 repair, 1 day: conditional, score 91.0.",
        ),
        (
            fix_plan(fix(in_plan=False)),
            "No repair is needed: go, score 96.2, 90 % interval from 95.1.",
        ),
        (
            fix_plan(fix(in_plan=False), verdict=Verdict.NOT_ENOUGH_EVIDENCE, low=None),
            "No repair that is known leads to go: not enough evidence, score 96.2.",
        ),
    ],
)
def test_a_plan_in_one_sentence(plan, line):
    """What it takes and where it leads, also where it does not lead to go."""
    assert plain(plan_line(plan)) == line


def test_waivers_stand_beside_the_verdict_without():
    """Both scores and verdicts in one sentence; none where nothing is waived."""
    judged = assessment(waived=waived())

    assert plain(waived_line(judged)) == (
        "With 1 waiver: conditional at best, score 86.1 (90 % interval 82.0 to 90.2). "
        "Without: no-go, score 62.3."
    )
    assert waived_line(assessment()) == ""
    lost = waived(applied=(), verdict=Verdict.NO_GO)
    told = "No waiver holds. 'segment': it expired on 2026-10-31."
    assert waived_line(assessment(waived=lost)) == told
    lost = waived(applied=(), void=(*lost.void, "'zip': it expired on 2026-10-31."))
    assert waived_line(assessment(waived=lost)) == f"{told} And 1 more."


def test_small_repairs_are_left_to_the_json():
    """Those in the plan and those worth a point are shown, as far as there is room."""
    plan = fix_plan(
        fix(points=0.0), fix(in_plan=False, points=0.04), *[fix(points=1.0, in_plan=False)] * 40
    )

    shown = shown_fixes(plan)

    assert len(shown) == 25
    assert all(f.in_plan or f.points == 1.0 for f in shown)
