"""Tests for `dataready.readiness.case`: judged again by the same functions."""

import pytest
from tests.readiness.cases import DAMAGE, WEIGHTS, case, failed
from tests.report.factory import column, summary

from dataready.compare.damage import Damage
from dataready.expectations.result import ExpectationResult, SuiteResult
from dataready.model import Verdict
from dataready.readiness.case import ALL, PARTS, Case, Change, changed


def test_nothing_changed_is_judged_as_before():
    """The same score, interval, verdict and reasons come out again."""
    known = case(DAMAGE, WEIGHTS, noise=0.02)

    again = known.judge({})

    assert again.score == known.assessment.score
    assert (again.verdict, again.reasons) == (known.assessment.verdict, known.assessment.reasons)


@pytest.mark.parametrize("weights", [WEIGHTS, None], ids=["S", "A0"])
def test_everything_mended_is_a_hundred(weights):
    """Nor does chance leave an interval then: what is repaired is so in every resample."""
    after = case(DAMAGE, weights, noise=0.02).judge(dict.fromkeys(DAMAGE, ALL))

    assert (after.score.value, after.score.low) == (pytest.approx(100), pytest.approx(100))


@pytest.mark.parametrize("part", PARTS)
def test_mending_never_lowers_the_score(part):
    """Of each part by itself, in full and by half."""
    known = case(DAMAGE, WEIGHTS)
    values = [
        known.judge({c: Change(mended={part: share}) for c in DAMAGE}).score.value
        for share in (0.0, 0.5, 1.0)
    ]

    assert values == sorted(values)


def test_what_cannot_be_measured_stays_unknown():
    """No repair brings rows: the floor of the interval stays where it was."""
    damage = {"a": Damage(M=0.2), "b": Damage(measurable=False)}

    after = case(damage, {"a": 0.5, "b": 0.3}).judge({"a": ALL, "b": ALL})

    assert after.score.low == pytest.approx(70)


def test_a_restored_column_is_what_it_holds():
    """A rename that is accepted brings the column back with the damage it has."""
    loss, held = Damage(absent=True, M=1.0), Damage(M=0.3)

    assert changed(loss, Change(mended={"missing": 1.0}), held) is loss
    assert changed(loss, Change(mended={"absent": 1.0}), held) == held
    assert changed(loss, Change(mended={"absent": 1.0, "missing": 1.0}), held).d == 0
    assert changed(loss, Change(mended={"absent": 1.0})).d == 0


def test_what_can_be_read_again_agrees_again():
    """A column of which nothing was readable counts as shifted wholly, until some of it is."""
    loss = Damage(V=1.0, unparsed=1.0, s=1.0, kappa=1.0)

    assert changed(loss, Change(mended={"unparsed": 1.0})).d == 0
    assert changed(loss, Change(mended={"unparsed": 0.75})).d == pytest.approx(0.25)


def test_more_may_go_missing():
    """Of the cells that are there, and of those of an absent column none."""
    assert pytest.approx(0.55) == changed(Damage(M=0.5), Change(lost=0.1)).M
    assert changed(Damage(absent=True, M=1.0), Change(lost=0.1)).M == 1


@pytest.mark.parametrize(
    ("gate", "part", "passes"),
    [
        (failed("present:c"), "absent", True),
        (failed("present:c"), "missing", False),
        (failed("columns_present:c"), "absent", True),
        (failed("readable:a", limit=0.05), "unparsed", True),
        (failed("readable:a", limit=0.05), "missing", False),
        (failed("max_missing:b", limit=0.1), "missing", True),
        (failed("max_missing:b", limit=0.01), "missing", False),
        (failed("max_damage:b", limit=0.0), "missing", True),
        (failed("leakage:a"), "missing", False),
        (failed("min_rows"), "missing", False),
    ],
)
def test_gates_are_asked_again(gate, part, passes):
    """A gate passes once what it asks for is so; what no repair can change still fails."""
    known = case(DAMAGE, WEIGHTS, gates=[gate])
    columns = tuple(column(c, pilot=summary(100, nulls=5, blanks=0, disguised=0)) for c in DAMAGE)
    known = _with(known, columns=columns)

    (after,) = known.gates_after(dict.fromkeys(DAMAGE, Change(mended={part: 1.0})))

    assert (after.result == "pass") is passes


def test_a_gate_can_fail_that_passed():
    """Where more goes missing than was agreed."""
    gate = failed("max_missing:d", measured=0.0, limit=0.05)

    (after,) = case(DAMAGE, WEIGHTS, gates=[gate]).gates_after({"d": Change(lost=0.2)})

    assert (after.result, after.measured > 0.2) == ("fail", True)


def suite(*results, error=""):
    """Make a suite's results, of (column, result)."""
    return SuiteResult(
        library="pandera",
        library_version="0",
        suite="s",
        suite_sha256="",
        results=tuple(
            ExpectationResult(expectation="e", column=c, result=r, message="") for c, r in results
        ),
        error=error,
    )


@pytest.mark.parametrize(
    ("given", "unmet"),
    [
        (suite(("a", "fail"), ("b", "pass")), {"a"}),
        (suite(("a", "fail"), ("b", "error")), None),
        (suite((None, "fail")), None),
        (suite(error="broken"), None),
    ],
)
def test_unmet_expectations(given, unmet):
    """Those about columns can be met by repairs; errors and those about the table cannot."""
    known = case(DAMAGE, WEIGHTS, suites=[given], gates=[failed("suites_must_pass")])
    settled = dict.fromkeys(DAMAGE, Change(settled=frozenset({"expectations"})))

    assert known.unmet() == (None if unmet is None else frozenset(unmet))
    assert known.judge({}).verdict is Verdict.NO_GO
    (after,) = known.gates_after(settled)
    assert after.result == ("fail" if unmet is None else "pass")


def _with(known, **changes):
    from dataclasses import replace

    return Case(
        assessment=replace(known.assessment, **changes),
        damage=known.damage,
        weights=known.weights,
        policy=known.policy,
        sample=known.sample,
    )
