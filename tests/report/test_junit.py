"""JUnit XML: what continuous integration shows of expectations."""

from __future__ import annotations

from xml.etree.ElementTree import fromstring

from tests.report.factory import full_report

from dataready.report.junit import render_junit


def test_every_expectation_is_a_case() -> None:
    """Failures, errors and skips are counted, and the document is well-formed."""
    data = full_report()
    root = fromstring(render_junit(data).split("\n", 1)[1])  # noqa: S314 - our own
    results = [r for a in data.datasets for s in a.suites for r in s.results]
    assert len(root.findall("testsuite/testcase")) == len(results)
    failed = sum(r.result == "fail" for r in results)
    assert sum(int(s.get("failures", "0")) for s in root) == failed > 0
