"""Tests for `dataready.report.json_view`."""

import json
import math
from pathlib import Path

import jsonschema
import pytest
from tests.report.factory import assessment, finding, full_report, report

from dataready.readiness.assessment import Assessment
from dataready.report.json_view import json_schema, to_json

COMMITTED = Path(__file__).parents[2] / "docs" / "report.schema.json"


@pytest.mark.parametrize("make", [report, full_report])
def test_documents_follow_the_schema(make):
    """What is written is what the schema promises."""
    validator = jsonschema.Draft202012Validator(json_schema())
    validator.check_schema(json_schema())
    validator.validate(json.loads(to_json(make())))


def test_the_schema_refuses_a_document_without_a_verdict():
    """The schema is not so loose that everything follows it."""
    document = json.loads(to_json(report()))
    del document["verdict"]
    with pytest.raises(jsonschema.ValidationError, match="verdict"):
        jsonschema.validate(document, json_schema())


def test_the_committed_schema_is_current():
    """Readers of the repository see the schema that the code writes."""
    current = json.dumps(json_schema(), indent=2, sort_keys=True) + "\n"
    assert COMMITTED.read_text(encoding="utf-8") == current, (
        "The schema changed. Write it again: make docs"
    )


def test_the_same_report_has_the_same_bytes():
    """Equal values, built twice, are written equally, keys sorted."""
    text = to_json(full_report())
    assert text == to_json(full_report())
    assert text == json.dumps(json.loads(text), indent=2, sort_keys=True) + "\n"


def test_assessments_can_be_read_back():
    """Nothing of an assessment is lost on the way, findings' ids included."""
    data = full_report()
    plain = json.loads(to_json(data))["datasets"]
    assert [Assessment.from_dict(p).to_dict() for p in plain] == plain
    assert plain[0]["findings"][0]["id"] == data.worst.findings[0].id


def test_numbers_are_rounded_and_finite():
    """Nine significant digits, and null where there is no number."""
    data = report(
        assessment(findings=(finding(measured=1 / 3), finding(measured=math.nan, limit=math.inf)))
    )
    first, second = json.loads(to_json(data))["datasets"][0]["findings"]
    assert first["measured"] == 0.333333333
    assert (second["measured"], second["limit"]) == (None, None)
