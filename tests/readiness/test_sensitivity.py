"""What hangs on the weights is said, and what does not hang on them as well."""

from __future__ import annotations

from dataclasses import replace

from tests.readiness.cases import case

from dataready.compare.damage import Damage
from dataready.importance.weight import Weights
from dataready.model import Verdict
from dataready.readiness.sensitivity import sensitivity


def test_a_verdict_far_from_any_limit_stays():
    """No change of weights by a quarter makes a sound table anything but go."""
    (said,) = sensitivity(case({"a": Damage(M=0.006), "b": Damage()}, {"a": 0.5, "b": 0.4}))

    # Of 'a', and of both columns together; 'b' is undamaged: whatever it weighs, it costs nothing.
    assert "the same with 4 of 4 other sets of weights" in said
    assert "else" not in said
    assert "score is 99.6 to 99.8" in said


def test_a_verdict_near_a_limit_does_not():
    """A score just above a limit falls below it when the weights grow."""
    near = case({"a": Damage(M=0.25)}, {"a": 0.55})
    assert near.assessment.verdict is Verdict.CONDITIONAL

    (said,) = sensitivity(near)

    assert "the same with 2 of 4" in said
    assert "else no-go" in said


def test_splits_of_the_probes_are_asked_one_by_one():
    """Where splits of the pilot disagree, the verdict under each of them counts."""
    mean = {"a": 0.55}
    known = Weights(mean=mean, splits=({"a": 0.1}, mean, {"a": 1.0}), origin="probes")

    (said,) = sensitivity(replace(case({"a": Damage(M=0.25)}, mean), weights=known))

    assert "of 7 other" in said
    assert "each probe split" in said


def test_gates_are_judged_with_the_weights_too():
    """A column that is gone is no-go only as long as it matters."""
    gone = case({"a": Damage(M=1.0, absent=True), "b": Damage()}, {"a": 0.045, "b": 0.5})
    assert gone.assessment.verdict is not Verdict.NO_GO

    (said,) = sensitivity(gone)

    assert "no-go" in said


def test_without_weights_nothing_is_said():
    """A0 weighs all columns alike: there is nothing to vary."""
    assert sensitivity(case({"a": Damage(M=0.2)}, None)) == ()
