"""Tests for `dataready.report.wording`."""

import pytest
from tests.report.factory import assessment, score

from dataready.model import Verdict
from dataready.readiness.assessment import Damage
from dataready.report.wording import VERDICTS, Limits, damage_parts, meaning, verdict_line


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
