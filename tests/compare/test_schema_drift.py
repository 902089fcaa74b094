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


@pytest.mark.parametrize(("empty", "told"), [(0, False), (4, False), (12, True)])
def test_a_column_that_never_was_empty_and_is_now_is_told(empty, told):
    """A dozen empty cells of 60 are news, four in as many rows as the pilot's may be chance."""
    pilot = {"a": list(range(60))}
    here, there = profiles_of(
        pilot, {"a": [None] * empty + list(range(60 - empty))}, types={"a": "BIGINT"}
    )
    damage = column_damage(counts_of(here, there))
    nullable = schema_findings(here, there, damage, None, table="t")
    assert said(nullable) == ([("column_nullable", "a", "info")] if told else [])
    assert all(f.rows_affected == empty and "Breaking" in f.message for f in nullable)


def test_a_column_that_was_empty_before_is_no_news():
    """One empty cell in the pilot is enough: a model has met it."""
    pilot, production = {"a": [None, *range(59)]}, {"a": [None] * 30 + list(range(30))}
    here, there = profiles_of(pilot, production, types={"a": "BIGINT"})
    assert not schema_findings(here, there, column_damage(counts_of(here, there)), None, table="t")
