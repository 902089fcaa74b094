"""JUnit XML: every expectation as a test case, for the systems that show such files."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement, tostring

from dataready.expectations.result import ExpectationResult
from dataready.report.data import ReportData
from dataready.report.text import visible

__all__ = ["render_junit"]

_NOTED = {"fail": "failure", "error": "error", "not_applicable": "skipped"}


def render_junit(data: ReportData) -> str:
    """Render a run's expectations: a suite for each suite, a case for each expectation.

    Returns:
        A whole XML document. It holds counts and limits, and no value of the data.
    """
    root = Element("testsuites", name=visible(data.project))
    for assessment in data.datasets:
        for suite in assessment.suites:
            name = f"{assessment.dataset}.{suite.suite}"
            listed = Element("testsuite", name=visible(name), timestamp=data.clock)
            for result in suite.results:
                _case(listed, f"{assessment.dataset}.{suite.library}", result)
            for noted in ("failure", "error", "skipped"):
                plural = noted if noted == "skipped" else f"{noted}s"
                listed.set(plural, str(len(listed.findall(f"testcase/{noted}"))))
            listed.set("tests", str(len(suite.results)))
            root.append(listed)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'


def _case(suite: Element, classname: str, result: ExpectationResult) -> None:
    on = f"({result.column})" if result.column else ""
    name = visible(f"{result.expectation}{on}: {result.limit}")
    case = SubElement(suite, "testcase", classname=visible(classname), name=name, time="0")
    noted = _NOTED.get(result.result)
    if noted is not None:
        said = SubElement(case, noted, message=visible(result.message))
        said.text = visible(result.sql, lines=True) if result.sql and noted == "failure" else None
