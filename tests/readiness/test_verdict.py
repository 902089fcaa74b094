"""Tests for `dataready.readiness.verdict`."""

import pytest

from dataready.config import Policy
from dataready.model import Finding, Severity, Verdict
from dataready.readiness.assessment import Gate, Score
from dataready.readiness.verdict import verdict

NO = Verdict.NO_GO
FEW = Verdict.NOT_ENOUGH_EVIDENCE
MAYBE = Verdict.CONDITIONAL


def score(value=99.0, low=98.0, *, calibrated=True, coverage=1.0):
    """Make a score of which only some things matter here."""
    return Score(
        value=value,
        low=low,
        high=100.0,
        calibrated=calibrated,
        kind="S" if calibrated else "A0",
        if_unknown_fail=low,
        if_unknown_pass=100.0,
        coverage=coverage,
    )


def gate(result="fail", otherwise=NO):
    """Make a gate."""
    return Gate(
        name="g",
        result=result,
        message="The gate says so.",
        measured=1.0,
        limit=0.0,
        origin="test",
        verdict_if_failed=otherwise,
    )


def finding(severity, **more):
    """Make a finding."""
    said = {"dimension": "validity", "detector": "d", "table": "t", "column": "c"}
    return Finding(**(said | {"message": "It is so.", "severity": severity} | more))


ERROR = finding(Severity.ERROR)


@pytest.mark.parametrize(
    ("given", "gates", "findings", "policy", "expected"),
    [
        pytest.param(score(), [], [], {}, Verdict.GO, id="all well"),
        pytest.param(score(low=95.0), [], [], {}, Verdict.GO, id="on the line"),
        pytest.param(score(low=94.9), [], [], {}, Verdict.CONDITIONAL, id="floor too low"),
        pytest.param(score(85.0, 80.0), [], [], {}, Verdict.CONDITIONAL, id="on the lower line"),
        pytest.param(score(84.9, 80.0), [], [], {}, NO, id="below the lower line"),
        pytest.param(score(), [gate()], [], {}, NO, id="a gate decides before the score"),
        pytest.param(score(), [gate("error")], [], {}, NO, id="a gate in error is not passed"),
        pytest.param(score(), [gate("pass")], [], {}, Verdict.GO, id="a gate that passes"),
        pytest.param(score(), [gate("not_applicable")], [], {}, Verdict.GO, id="a gate of 0/0"),
        pytest.param(score(), [gate(otherwise=FEW)], [], {}, FEW, id="too few rows"),
        pytest.param(score(), [gate(otherwise=MAYBE)], [], {}, MAYBE, id="a gate that wants more"),
        pytest.param(score(80.0, 70.0), [gate(otherwise=MAYBE)], [], {}, NO, id="it lifts nothing"),
        pytest.param(score(9.0, 0.0), [gate(), gate(otherwise=FEW)], [], {}, FEW, id="few first"),
        pytest.param(score(None, None), [], [], {}, FEW, id="no score"),
        pytest.param(score(None, None), [gate(otherwise=FEW)], [], {}, FEW, id="few, no score"),
        pytest.param(score(coverage=0.0), [], [], {}, FEW, id="nothing could be measured"),
        pytest.param(score(), [], [ERROR], {}, Verdict.CONDITIONAL, id="something in error"),
        pytest.param(score(80.0, 70.0), [], [ERROR], {}, NO, id="an error lifts nothing"),
        pytest.param(score(calibrated=False), [], [], {}, Verdict.CONDITIONAL, id="not calibrated"),
        pytest.param(
            score(calibrated=False),
            [],
            [],
            {"allow_go_without_target": True},
            Verdict.GO,
            id="not calibrated, but allowed",
        ),
        pytest.param(score(), [], [], {"go_at": 99}, Verdict.CONDITIONAL, id="a stricter policy"),
    ],
)
def test_verdict(given, gates, findings, policy, expected):
    """Too few rows, then gates, then the score; errors and guesses are never go."""
    decided, reasons = verdict(given, gates, findings, Policy(**policy))

    assert decided is expected
    assert reasons


def test_reasons_name_what_failed_first():
    """A gate's own words stand before the score's."""
    _, reasons = verdict(score(), [gate()], [ERROR], Policy())

    assert reasons[:2] == ("The gate says so (test).", "Not evaluated: It is so.")
    assert reasons[-1].startswith("The score is 99.0 (90 % interval 98.0 to ")


def test_the_dearest_gaps_are_named_once_a_column():
    """Three at most, the dearest first, and none that costs nothing."""
    costs = [("a", 1.0), ("a", 9.0), ("b", 3.0), ("c", 2.0), ("d", 0.5), ("e", 0.0)]
    findings = [
        finding(Severity.FAIL, column=c, points=p, message=f"{c} is bad.") for c, p in costs
    ]

    _, (line, *gaps) = verdict(score(70.0, 60.0), [], findings, Policy())

    assert "below 85 is no-go" in line
    assert [g[0] for g in gaps] == ["a", "b", "c"]
    assert gaps[0].endswith("It costs 9.0 points.")
