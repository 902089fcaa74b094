"""Tests for `dataready.compare.schema_drift`."""

import pytest

from dataready.compare.counts import counts_of
from dataready.compare.damage import column_damage
from dataready.compare.schema_drift import new_columns, schema_findings
from dataready.model import Column, Schema
from dataready.testing import profiles_of

TYPES = {"a": "BIGINT", "b": "BIGINT"}
PILOT = {"a": [1, 2, 3], "b": [4, 5, 6]}


def found(production, weights=None, types=None):
    """List (detector, column, severity) of what happened to the columns."""
    here, there = profiles_of(PILOT, production, types=TYPES, production_types=types)
    damage = column_damage(counts_of(here, there))
    return schema_findings(here, there, damage, weights, table="t")


def said(findings):
    """Keep what tells findings apart."""
    return [(f.detector, f.column, f.severity.value) for f in findings]


def test_a_schema_does_not_drift_from_itself():
    """Nothing is reported where nothing happened."""
    assert found(PILOT) == []


@pytest.mark.parametrize(
    ("production", "expected"),
    [
        ({"a": [1]}, [("column_removed", "b", "fail")]),
        (PILOT | {"c": [1, 1, 1]}, [("column_added", "c", "info")]),
        ({"b": [1], "a": [1]}, [("columns_reordered", None, "info")]),
        (
            {"a": [1], "B_": [1]},
            [("column_respelt", "b", "fail"), ("column_added", "B_", "info")],
        ),
    ],
)
def test_what_happened_is_named(production, expected):
    """Removed, added, reordered and respelt columns are told apart."""
    assert said(found(production)) == expected


@pytest.mark.parametrize(
    ("cells", "severity"), [(["7", "8"], "info"), (["x", "y"], "fail"), (["x", "8"], "info")]
)
def test_retyped_columns_are_judged_by_what_still_parses(cells, severity):
    """Numbers that are written as text do no harm; text where numbers were does."""
    (finding,) = found({"a": cells, "b": [4, 5]}, types={"a": "VARCHAR"})

    assert said([finding]) == [("column_retyped", "a", severity)]
    assert (finding.where is None) == (severity == "info")


def test_a_removed_column_of_no_weight_only_warns():
    """What no model reads may go, and its weight is said."""
    (finding,) = found({"a": [1]}, weights={"b": 0.001})

    assert finding.severity == "warn"
    assert "0.1 %" in finding.message


def test_mapped_columns_are_not_new():
    """An accepted mapping reads a pilot column from another name."""
    pilot, production = (Schema((Column(n, "BIGINT"),)) for n in ("a", "b"))

    assert new_columns(pilot, production, {}) == ("b",)
    assert new_columns(pilot, production, {"a": "b"}) == ()
