"""Tests for `dataready.model`."""

import dataclasses

import pytest

from dataready.model import Column, Finding, Schema, Severity, Verdict

SCHEMA = Schema((Column("a", "BIGINT"), Column("B", "VARCHAR", source_name="b ")))
FINDING = Finding(
    dimension="validity",
    detector="out_of_range",
    severity=Severity.WARN,
    table="t",
    column="x",
    message="3 values are outside.",
)


def test_schema():
    """Columns in order, by their exact names."""
    assert SCHEMA.names == ("a", "B")
    assert [c.type for c in SCHEMA] == ["BIGINT", "VARCHAR"]
    assert "a" in SCHEMA
    assert "A" not in SCHEMA
    assert SCHEMA.type_of("B") == "VARCHAR"
    with pytest.raises(KeyError):
        SCHEMA.type_of("b")


def test_severities_are_ranked():
    """What could not be evaluated is graver than a failure."""
    ranked = sorted(Severity, key=lambda s: s.rank)

    assert ranked == [Severity.INFO, Severity.WARN, Severity.FAIL, Severity.ERROR]


def test_verdicts_have_exit_codes_of_their_own():
    """Scripts tell them apart, and from errors (2, 3) and bugs (1)."""
    assert {v: v.exit_code for v in Verdict} == {
        Verdict.GO: 0,
        Verdict.CONDITIONAL: 10,
        Verdict.NO_GO: 11,
        Verdict.NOT_ENOUGH_EVIDENCE: 12,
    }


def test_a_finding_has_the_same_id_every_night():
    """Measured values change, the finding stays the same one."""
    later = FINDING.with_(message="5 values are outside.", measured=5.0, severity=Severity.FAIL)

    assert later.id == FINDING.id
    assert len(FINDING.id) == 12


@pytest.mark.parametrize(
    "change", [{"table": "u"}, {"column": "y"}, {"dimension": "drift"}, {"detector": "e"}]
)
def test_another_place_is_another_finding(change):
    """Table, column, dimension and detector make the id."""
    assert FINDING.with_(**change).id != FINDING.id


def test_expectations_of_one_column_are_told_apart():
    """They share a detector: what they say makes the difference."""
    one = FINDING.with_(detector="expectation", message="x is not null")

    assert one.id != one.with_(message="x is unique").id


def test_unknown_dimensions_are_refused():
    """A finding that no report would show is an error of ours."""
    with pytest.raises(ValueError, match="'colour' is no dimension"):
        FINDING.with_(dimension="colour")


def test_nouns_are_frozen():
    """What two rooms hold, neither can change."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        FINDING.message = "other"
