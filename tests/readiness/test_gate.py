"""Tests for `dataready.readiness.gate`: what is fixed beforehand fails closed."""

import datetime as dt

import pytest

from dataready.compare.counts import counts_of
from dataready.compare.damage import column_damage
from dataready.config import Gates, Policy
from dataready.expectations.result import ExpectationResult, SuiteResult
from dataready.importance.weight import Weights
from dataready.model import Finding, Severity, Verdict
from dataready.readiness.gate import Evidence, gates, stability
from dataready.testing import profiles_of

CLOCK = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
TYPES = {"x": "DOUBLE", "t": "DATE"}
DAYS = [dt.date(2026, 11, 1) + dt.timedelta(k % 10) for k in range(100)]
PILOT = {"x": [float(k) for k in range(100)], "c": ["a", "b"] * 50, "t": DAYS}


def judged(
    production=PILOT,
    *,
    pilot=PILOT,
    own=None,
    weights=None,
    alone=None,
    skill=1.0,
    findings=(),
    suites=(),
    time="t",
    types=None,
    key=None,
):
    """Judge the gates of small tables, by name."""
    here, there = profiles_of(
        pilot, production, types=TYPES, production_types=types, roles={key: "key"} if key else None
    )
    evidence = Evidence(
        pilot=here,
        production=there,
        damage=column_damage(counts_of(here, there)),
        weights=Weights(mean=weights, origin="test", alone=alone or {}, skills={"boosting": skill}),
        findings=findings,
        suites=suites,
        time=time,
        clock=CLOCK,
    )
    policy = Policy(min_pilot_rows=100, min_production_rows=100)
    return {g.name: g for g in gates(evidence, policy, Gates(**(own or {})))}


def test_volume():
    """Too few rows on either side are not enough evidence."""
    got = judged({name: cells[:99] for name, cells in PILOT.items()})

    assert (got["pilot_rows"].result, got["production_rows"].result) == ("pass", "fail")
    assert got["production_rows"].verdict_if_failed is Verdict.NOT_ENOUGH_EVIDENCE


@pytest.mark.parametrize(("weight", "fails"), [(0.05, True), (0.04, False)])
def test_columns_that_matter_must_be_there(weight, fails):
    """An absent column of importance 0.05 is no-go, whatever the score."""
    production = {name: cells for name, cells in PILOT.items() if name != "x"}

    assert ("present:x" in judged(production, weights={"x": weight})) is fails


@pytest.mark.parametrize(("bad", "fails"), [(51, True), (50, False)])
def test_columns_that_matter_must_be_readable(bad, fails):
    """More than half of an important column must parse."""
    x = ["?!"] * bad + ["1"] * (100 - bad)

    got = judged(PILOT | {"x": x}, weights={"x": 0.02}, types={"x": "VARCHAR"})

    assert ("readable:x" in got) is fails


@pytest.mark.parametrize(
    ("weight", "alone", "fails"), [(0.6, 0.95, True), (0.6, 0.9, False), (0.5, 0.95, False)]
)
def test_a_column_that_gives_the_answer_away(weight, alone, fails):
    """More than half of the skill, and more than nine tenths alone, is leakage."""
    weights = {"x": weight, "t": 0.1}

    assert ("leakage:x" in judged(weights=weights, alone={"x": alone})) is fails


def test_an_honest_column_may_dominate():
    """Of a noisy task, or as the only feature, a column is no answer in disguise."""
    noisy = judged(weights={"x": 0.6, "t": 0.1}, alone={"x": 0.95}, skill=0.75)
    only = judged(weights={"x": 1.0}, alone={"x": 1.0})

    assert "leakage:x" not in noisy.keys() | only.keys()


@pytest.mark.parametrize(
    "x", [[None] * 95 + [1.0] * 5, [50.0] * 99 + [51.0]], ids=["not filled", "constant"]
)
def test_a_column_that_collapses_in_production(x):
    """What is only known afterwards is empty, or the same everywhere, when it counts."""
    assert judged(PILOT | {"x": x}, weights={"x": 0.4})["leakage:x"].result == "fail"
    assert "leakage:x" not in judged(PILOT | {"x": x}, weights={"x": 0.3})


def test_an_empty_pilot_is_judged():
    """Declared weights on a pilot of no rows do not stop the judge."""
    got = judged(pilot={name: [] for name in PILOT}, weights={"x": 0.9})

    assert got["pilot_rows"].result == "fail"


DUPLICATES = Finding(
    dimension="uniqueness",
    detector="key_duplicates",
    severity=Severity.WARN,
    table="t",
    column="x",
    message="",
    measured=0.02,
)


def suite(*results, error=""):
    """Make a suite's result."""
    return SuiteResult(
        library="pandera",
        library_version="0",
        suite="s",
        suite_sha256="",
        results=tuple(
            ExpectationResult(expectation="e", column=None, result=r, message="") for r in results
        ),
        error=error,
    )


@pytest.mark.parametrize(
    ("own", "more", "result"),
    [
        pytest.param({"min_rows": 100}, {}, "pass", id="enough rows"),
        pytest.param({"min_rows": 101}, {}, "fail", id="too few rows"),
        pytest.param({"columns_present": ["x"]}, {}, "pass", id="present"),
        pytest.param({"columns_present": ["nix"]}, {}, "fail", id="not present"),
        pytest.param({"max_missing": {"x": 0.0}}, {}, "pass", id="none missing"),
        pytest.param({"max_missing": {"nix": 0.9}}, {}, "fail", id="all of it missing"),
        pytest.param({"max_damage": {"x": 0.1}}, {}, "pass", id="undamaged"),
        pytest.param({"max_damage": {"nix": 0.1}}, {}, "fail", id="damage unknown"),
        pytest.param({"max_key_duplicates": 0.0}, {"key": "x"}, "pass", id="no duplicates"),
        pytest.param({"max_key_duplicates": 0.9}, {}, "fail", id="no key"),
        pytest.param(
            {"max_key_duplicates": 0.01}, {"findings": (DUPLICATES,)}, "fail", id="duplicates"
        ),
        pytest.param(
            {"max_key_duplicates": 0.02}, {"findings": (DUPLICATES,)}, "pass", id="on the limit"
        ),
        pytest.param({"max_age_days": 10}, {}, "pass", id="fresh"),
        pytest.param({"max_age_days": 9}, {}, "fail", id="stale"),
        pytest.param({"max_age_days": 999}, {"time": None}, "fail", id="no time column"),
        pytest.param({"suites_must_pass": True}, {}, "fail", id="no suite"),
        pytest.param(
            {"suites_must_pass": True}, {"suites": (suite("pass"),)}, "pass", id="a suite passes"
        ),
        pytest.param(
            {"suites_must_pass": True},
            {"suites": (suite("pass", "fail"),)},
            "fail",
            id="a suite fails",
        ),
        pytest.param(
            {"suites_must_pass": True},
            {"suites": (suite(error="broken"),)},
            "fail",
            id="a suite in error",
        ),
    ],
)
def test_declared_gates(own, more, result):
    """What the user fixed beforehand is judged; what cannot be measured does not pass."""
    *_, got = judged(own=own, **more).values()

    assert got.result == result
    assert got.origin.startswith("settings: gates.")


@pytest.mark.parametrize("future", [dt.date(2026, 11, 21), dt.date(9999, 12, 31)])
def test_dates_to_come_prove_no_freshness(future):
    """One sentinel in the far future does not make stale rows new."""
    got = judged(PILOT | {"t": [*DAYS[:99], future]}, own={"max_age_days": 9})["max_age_days"]

    assert (got.result, got.measured) == ("fail", 10)


def test_empty_production_passes_no_declared_gate():
    """0/0 is no evidence that nothing is missing."""
    empty = {name: [] for name in PILOT}

    got = judged(empty, own={"max_missing": {"x": 0.5}, "max_age_days": 5, "min_rows": 1})

    assert {got[n].result for n in ("max_missing:x", "max_age_days", "min_rows")} == {"fail"}


GO, NO = Verdict.GO, Verdict.NO_GO


@pytest.mark.parametrize(
    ("earned", "earlier", "result", "measured"),
    [
        (GO, [GO, GO], "pass", 3),
        (GO, [GO, GO, NO], "pass", 3),
        (GO, [GO, NO, GO], "fail", 2),
        (GO, [NO, GO, GO], "fail", 1),
        (GO, [], "fail", 1),
        (NO, [GO, GO], "not_applicable", 0),
    ],
)
def test_stability(earned, earlier, result, measured):
    """Go counts once it was earned in so many runs in a row, this one included."""
    (got,) = stability(earned, earlier, Policy(go_after_runs=3))

    assert (got.result, got.measured, got.limit) == (result, measured, 3)
    assert got.verdict_if_failed is Verdict.CONDITIONAL
    assert stability(earned, earlier, Policy()) == ()


def test_the_gate_of_suites_names_where():
    """How many of how many, and the first columns."""
    results = [
        ExpectationResult(expectation="e", column=c, result=r, message="")
        for c, r in [("x", "pass"), ("a", "fail"), ("b", "error"), ("a", "fail")]
    ]
    suites = (
        SuiteResult(
            library="pandera",
            library_version="0",
            suite="s",
            suite_sha256="",
            results=tuple(results),
            error="",
        ),
        suite(error="broken"),
    )

    *_, got = judged(own={"suites_must_pass": True}, suites=suites).values()

    assert got.message.startswith("4 of 5 expectations failed")
    assert got.message.endswith("('s', 'a', 'b'); none may.")
