"""Tests for `detect.missingness`: what is missing together, where, and what does not apply."""

from __future__ import annotations

import random

import pytest

from dataready.model import Severity


def table(n=900, seed=1):
    """People of two kinds, in three places, with some measures."""
    rng = random.Random(seed)  # noqa: S311
    return {
        "kind": [rng.choice(["adult", "child"]) for _ in range(n)],
        "place": [rng.choice(["north", "south", "west"]) for _ in range(n)],
        "licence": [f"L{rng.randrange(10**6)}" for _ in range(n)],
        "height": [f"{rng.gauss(170, 9):.1f}" for _ in range(n)],
        "weight": [f"{rng.gauss(70, 9):.1f}" for _ in range(n)],
    }


def emptied(columns, names, rows):
    """Empty some columns in some rows."""
    return columns | {
        name: [None if rows(k) else v for k, v in enumerate(columns[name])] for name in names
    }


def child(columns):
    """The rows of children."""
    return lambda k: columns["kind"][k] == "child"


@pytest.mark.parametrize("piloted", [True, False])
def test_columns_that_are_missing_together_are_one_note(search, piloted):
    """Their rows are counted and listed; the pilot's share stands beside."""
    dirty = emptied(table(seed=2), ["height", "weight"], lambda k: k % 9 == 0)
    finding = search(dirty, table() if piloted else None).one("missing_together", "height")
    assert finding.examples == ("height", "weight")
    assert finding.rows_affected == 100
    assert ("in the pilot 0 %" in finding.message) == piloted


def test_columns_that_are_missing_in_other_rows_are_not_together(search):
    """As often, but not in the same rows."""
    dirty = emptied(table(), ["height"], lambda k: k % 9 == 0)
    dirty = emptied(dirty, ["weight"], lambda k: k % 9 == 1)
    assert not search(dirty).of("missing_together")


def test_what_the_pilot_leaves_empty_too_is_not_applicable_and_the_rest_is_lost(search):
    """Children have no licence; some adults have lost theirs."""
    pilot, clean = table(), table(seed=2)
    pilot = emptied(pilot, ["licence"], child(pilot))
    dirty = emptied(clean, ["licence"], child(clean))
    lost = [k for k in range(0, 900, 180) if clean["kind"][k] == "adult"]
    dirty = emptied(dirty, ["licence"], set(lost).__contains__)
    finding = search(dirty, pilot).one("not_applicable", "licence")
    assert "where 'kind' is 'child'" in finding.message
    assert finding.rows_affected == len(lost)
    assert finding.severity is Severity.INFO


def test_what_the_pilot_fills_is_lost_in_its_segment(search):
    """Nothing was missing there before."""
    clean = table(seed=2)
    finding = search(emptied(clean, ["licence"], child(clean)), table()).one("missing_by")
    assert finding.column == "licence"
    assert finding.message.endswith("lost there.")
    assert finding.rows_affected == clean["kind"].count("child")


def test_what_is_mostly_missing_there_in_the_pilot_too_is_no_news(search):
    """Nine children in ten have none, on both sides; without a pilot it is told."""
    pilot, clean = table(), table(seed=2)
    pilot = emptied(pilot, ["licence"], lambda k: pilot["kind"][k] == "child" and k % 10)
    dirty = emptied(clean, ["licence"], lambda k: clean["kind"][k] == "child" and k % 10)
    assert not search(dirty, pilot).of("missing_by")
    assert search(dirty).one("missing_by", "licence")


def test_what_is_missing_anywhere_is_told_by_nothing(search):
    """No column knows where."""
    rng = random.Random(3)  # noqa: S311
    gone = {k for k in range(900) if rng.random() < 0.2}
    found = search(emptied(table(), ["licence"], gone.__contains__))
    assert not [*found.of("missing_by"), *found.of("not_applicable")]


def test_groups_of_a_personal_column_are_not_shown(search):
    """Nor is the value in the predicate."""
    clean = table(seed=2)
    found = search(emptied(clean, ["licence"], child(clean)), table(), personal=["kind"])
    assert "child" not in repr(found.one("missing_by"))
