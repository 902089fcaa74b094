"""Tests for `dataready.report.digest`."""

from tests.report.factory import assessment, column, finding, full_report, report, summary, trend

from dataready.model import Severity
from dataready.readiness.assessment import Damage, SuiteResult
from dataready.report.digest import digest, gaps, schema_changes


def test_gaps_are_the_dearest_first():
    """Points decide, whatever the order of the findings."""
    found = gaps(
        assessment(
            findings=(finding("a", points=1.0), finding("b", points=9.0), finding("c", points=5.0))
        )
    )
    assert [g.finding.column for g in found] == ["b", "c", "a"]


def test_a_column_is_one_gap():
    """Two findings about one column do not take two of the three places."""
    found = gaps(assessment(findings=(finding(points=1.0), finding(detector="x", points=2.0))))
    assert [g.finding.detector for g in found] == ["x"]


def test_information_is_no_gap():
    """What asks for nothing is not among what costs most."""
    assert gaps(assessment(findings=(finding(severity=Severity.INFO),))) == ()


def test_a_gap_without_points_takes_those_of_its_column():
    """The column's loss stands in where the finding has no price of its own."""
    (gap,) = gaps(assessment(findings=(finding(points=None),)))
    assert gap.points == 16.32


def test_a_gap_always_looks_for_an_owner():
    """The finding's owner, else the column's, else the dataset's."""
    loose = finding(owner="")
    by_column = gaps(assessment(findings=(loose,)))
    by_dataset = gaps(assessment(findings=(loose,), columns=(column(owner=""),)))
    assert [by_column[0].owner, by_dataset[0].owner] == [
        "Payroll integration",
        "Customer data office",
    ]


def test_the_share_of_rows_is_of_production():
    """The share uses the column's rows, else the manifest's, else is not said."""
    few = column(production=summary(562_068))
    assert gaps(assessment(columns=(few,)))[0].share == 0.5
    assert gaps(assessment(columns=(), provenance={}))[0].share is None


def test_schema_changes_name_each_kind():
    """Absent, new, renamed and retyped columns are told; the others are not."""
    changes = schema_changes(
        [
            column("same"),
            column("gone", damage=Damage(absent=True), production_type=None),
            column("fresh", new=True, pilot_type=None),
            column("renamed", mapped_from="old"),
            column("retyped", production_type="VARCHAR"),
        ]
    )
    assert [(c.column, c.change) for c in changes] == [
        ("gone", "absent from production"),
        ("fresh", "new in production"),
        ("renamed", "read from 'old'"),
        ("retyped", "type changed"),
    ]


def test_findings_stand_with_their_column_or_with_the_table():
    """No finding is lost: each is shown with its column, or with the table."""
    for dataset in digest(full_report()):
        shown = [f for c in dataset.columns for f in c.findings] + list(dataset.other_findings)
        assert sorted(f.id for f in shown) == sorted(f.id for f in dataset.assessment.findings)


def test_the_worst_severity_speaks_for_a_column():
    """An error outranks a failure, and no finding is no severity."""
    (dataset,) = digest(
        report(assessment(findings=(finding(), finding(severity=Severity.ERROR, detector="x"))))
    )
    assert dataset.columns[0].severity is Severity.ERROR
    (clean,) = digest(report(assessment(findings=())))
    assert clean.columns[0].severity is None


def test_suites_are_counted_and_their_failures_kept():
    """Passed results are a number; failed and unevaluated ones are listed."""
    suite = digest(full_report())[0].suites[0]
    assert dict(suite.counts) == {"fail": 1, "error": 1, "pass": 29, "not_applicable": 1}
    assert [r.result for r in suite.failing] == ["fail", "error"]


def test_a_suite_of_nothing_has_no_failure():
    """A suite that could not run lists nothing; its error is kept."""
    empty = SuiteResult(
        library="l", library_version="1", suite="s", suite_sha256="0", results=(), error="e"
    )
    assert digest(report(assessment(suites=(empty,))))[0].suites[0].failing == ()


def test_this_run_ends_the_trend_once():
    """The current run is last, even where the history already holds it; others stay out."""
    history = (*trend(), *trend("orders"))
    (dataset,) = digest(report(trend=history))
    assert [p.value for p in dataset.trend] == [88.2, 86.9, None, 84.0, 71.5, 64.9, 62.37]
    again = digest(report(trend=dataset.trend))[0]
    assert again.trend == dataset.trend
