"""Tests for `dataready.readiness.assessment`."""

import json

from dataready.model import Finding, Severity, Verdict
from dataready.readiness.assessment import (
    Assessment,
    ColumnAssessment,
    ColumnSummary,
    Damage,
    Gate,
    Score,
)

SUMMARY = ColumnSummary(rows=4, nulls=1, blanks=0, disguised=1, distinct=2, frequent=(("a", 1),))
ASSESSMENT = Assessment(
    dataset="d",
    verdict=Verdict.NO_GO,
    reasons=("because",),
    score=Score(
        value=100 / 3,
        low=1.0,
        high=50.0,
        calibrated=True,
        kind="S",
        if_unknown_fail=1.0,
        if_unknown_pass=50.0,
        coverage=1.0,
    ),
    dimensions={"validity": 33.0},
    columns=(
        ColumnAssessment(
            name="x",
            role="feature",
            kind="number",
            personal=False,
            pilot_type="BIGINT",
            production_type=None,
            importance=0.5,
            points_lost=1.0,
            damage=Damage(M=0.5, b=0.2),
            pilot=SUMMARY,
            production=None,
            histogram=None,
        ),
    ),
    findings=(
        Finding(
            dimension="schema",
            detector="d",
            severity=Severity.FAIL,
            table="t",
            column="x",
            message="m",
        ),
    ),
    gates=(Gate(name="g", result="fail", message="m", measured=None, limit=None, origin="test"),),
    suites=(),
    target=None,
    probe_skill={},
    limits=(),
    provenance={"version": "1"},
)


def test_survives_json():
    """What is written can be read, and says the same again."""
    plain = json.loads(json.dumps(ASSESSMENT.to_dict()))

    assert Assessment.from_dict(plain).to_dict() == plain


def test_what_is_derived_is_written_too():
    """Readers of the JSON need no formula: ids, R and d are there, numbers are rounded."""
    plain = ASSESSMENT.to_dict()

    assert plain["findings"][0]["id"] == ASSESSMENT.findings[0].id
    assert plain["columns"][0]["damage"]["R"] == 0.2
    assert plain["columns"][0]["damage"]["d"] == 0.6
    assert plain["score"]["value"] == 33.3333333
    assert plain["schema_version"] == 2


def test_missing_share():
    """Nulls, blanks and disguised ones of all rows; none of no rows."""
    none = ColumnSummary(rows=0, nulls=0, blanks=0, disguised=0, distinct=0)

    assert (SUMMARY.missing_share, none.missing_share) == (0.5, None)
