"""Tests for `dataready.readiness.repair`: each cause once, worth what it gives back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.readiness.cases import DAMAGE, WEIGHTS, case, failed, found
from tests.readiness.test_case import suite

from dataready.compare.damage import Damage
from dataready.model import Severity
from dataready.readiness.repair import gains, repairs, shapley

POUNDS = found("unit_change", brief="in pounds since 2021-Q2", owner="scales")


def listed(known, effort=None):
    """List repairs by column and parts."""
    return {(r.column, r.parts): r for r in repairs(known, effort or {})}


def test_a_cause_lends_its_words():
    """Share, defect, what to do, owner, rows and SQL are those of the finding."""
    got = listed(case(DAMAGE, WEIGHTS, findings=[POUNDS]), {"a": 3})

    r = got["a", ("validity", "drift", "relations")]
    assert r.why == "12.0 % of rows in pounds since 2021-Q2"
    assert (r.what, r.owner, r.rows, r.effort) == ("Mend the unit_change.", "scales", 120, 3)
    assert r.sql == "SELECT 'unit_change'"


def test_parts_without_a_cause_are_repairs_too():
    """Whatever costs points can be mended, with or without a name for it."""
    got = listed(case(DAMAGE, WEIGHTS))

    assert set(got) == {
        ("a", ("missing",)),
        ("a", ("validity",)),
        ("a", ("drift",)),
        ("a", ("relations",)),
        ("b", ("missing",)),
        ("c", ("absent",)),
    }
    assert got["b", ("missing",)].why == "40.0 % of rows missing beyond the pilot"
    assert got["b", ("missing",)].rows == 400


def test_causes_of_one_part_share_it_by_their_rows():
    """Three quarters null and one quarter disguised are two repairs of M."""
    findings = [found("missing", "b", rows=300), found("disguised_missing", "b", rows=100)]

    own = [r for r in repairs(case(DAMAGE, WEIGHTS, findings=findings), {}) if r.column == "b"]

    assert sorted(r.changes["b"].mended["missing"] for r in own) == [0.25, 0.75]


def test_causes_that_count_rows_come_before_those_that_do_not():
    """A changed unit explains the shift; that the distribution differs adds nothing."""
    findings = [POUNDS, found("distribution", rows=None), found("relation", rows=None)]

    own = [r for r in repairs(case(DAMAGE, WEIGHTS, findings=findings), {}) if r.column == "a"]

    assert not any("distributed" in r.why or "out of step" in r.why for r in own)


def test_a_cause_that_follows_in_several_columns_is_one_repair():
    """Rows without a partner are missing in all joined columns, and loaded once."""
    orphans = found("join_orphans", "key", explains=("a", "b"), brief="without a partner")

    (r,) = [r for r in repairs(case(DAMAGE, WEIGHTS, findings=[orphans]), {}) if len(r.changes) > 1]

    assert (r.column, r.parts, r.why) == ("key", ("missing",), "12.0 % of rows without a partner")
    assert {c: dict(change.mended) for c, change in r.changes.items()} == {
        "a": {"missing": 1.0},
        "b": {"missing": 1.0},
    }


def test_a_consequence_is_no_cause():
    """What another finding explains is `info`, and no repair of its own."""
    findings = [POUNDS, found("out_of_range", rows=90, severity=Severity.INFO)]

    got = listed(case(DAMAGE, WEIGHTS, findings=findings))

    assert got["a", ("validity", "drift", "relations")].changes["a"].mended["invalid"] == 1


def test_a_rename_is_accepted_and_what_it_brings_is_mended():
    """The column under its new name has gaps of its own: a second repair."""
    rename = found("column_renamed", "c", rows=1000)

    got = listed(case(DAMAGE, WEIGHTS, findings=[rename], restored={"c": Damage(M=0.3)}))

    assert got["c", ("absent",)].why == "absent under this name"
    assert ("c", ("missing",)) in got


def test_repairs_that_only_gates_ask_for():
    """Repeated keys and unmet expectations cost no points, and lift their gates."""
    gates = [failed("max_key_duplicates"), failed("suites_must_pass")]
    twice = found("key_duplicates", "d", rows=50, measured=0.05)
    unmet = suite(("d", "fail"), ("b", "fail"))

    got = listed(case(DAMAGE, WEIGHTS, gates=gates, findings=[twice], suites=[unmet]))

    assert got["d", ("duplicates",)].why == "5.0 % of rows repeating a key"
    assert ("d", ("expectations",)) in got
    assert ("b", ("expectations",)) not in got
    assert ("d", ("duplicates",)) not in listed(case(DAMAGE, WEIGHTS, findings=[twice]))


@given(
    st.lists(st.floats(0, 1), min_size=5, max_size=5),
    st.floats(0.01, 1),
    st.booleans(),
)
def test_shapley_values_share_all_there_is(parts, weight, target):
    """They add up to what all repairs give back, none is negative, and none is for nothing."""
    M, invalid, s, b, kappa = parts
    damage = {"a": Damage(M=M, V=invalid, s=s * 0.99, b=b, kappa=kappa)}
    known = case(damage, {"a": weight} if target else None)
    own = repairs(known, {})

    worth = gains(known, "a", own)
    values = shapley(worth, len(own))

    assert sum(values) == pytest.approx(worth[frozenset(range(len(own)))], abs=1e-9)
    assert all(v >= -1e-12 for v in values)


def test_points_do_not_depend_on_the_order():
    """Columns, findings and repairs turned around, each repair is worth the same."""
    findings = [POUNDS, found("missing", "a", rows=200), found("missing", "b", rows=400)]
    turned = {c: DAMAGE[c] for c in reversed(DAMAGE)}

    def values(damage, listed_findings):
        known = case(damage, WEIGHTS, findings=listed_findings)
        own = [r for r in repairs(known, {}) if r.column == "a"]
        return {
            r.parts: v for r, v in zip(own, shapley(gains(known, "a", own), len(own)), strict=True)
        }

    assert values(DAMAGE, findings) == pytest.approx(values(turned, findings[::-1]))
