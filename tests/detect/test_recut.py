"""Tests for `detect.recut`: columns split into two, and two merged into one."""

from __future__ import annotations

import random

import pytest

FIRST = ["Ada", "Alan", "Grace", "Linus", "Edsger", "Barbara", "Donald", "Margaret"]
LAST = ["Lovelace", "Turing", "Hopper", "Torvalds", "Dijkstra", "Liskov", "Knuth", "Hamilton"]


def people(seed, *, split, separator=" "):
    """People with their names in one column or in two."""
    rng = random.Random(seed)  # noqa: S311
    names = [(rng.choice(FIRST), rng.choice(LAST)) for _ in range(300)]
    other = {"amount": [f"{rng.uniform(1, 9):.2f}" for _ in names]}
    if split:
        return {"first": [a for a, _ in names], "last": [b for _, b in names]} | other
    return {"full_name": [f"{a}{separator}{b}" for a, b in names]} | other


@pytest.mark.parametrize("separator", [" ", ", ", "_"])
def test_a_split_column_is_found(search, separator):
    """The parts in their order; no value is shown."""
    found = search(people(1, split=True), people(2, split=False, separator=separator))
    finding = found.one("columns_split", "full_name")
    assert "split into 'first' and 'last'" in finding.message
    assert finding.severity == "fail"
    assert "Ada" not in finding.message


def test_merged_columns_are_found(search):
    """Each of the two is gone, and both are in the new one."""
    found = search(people(1, split=False), people(2, split=True)).of("columns_merged")
    assert {f.column for f in found} == {"first", "last"}
    assert all(f.examples == ("full_name",) for f in found)


def test_a_moment_in_two_columns_is_found(search):
    """Date and time of day never repeat; their formats tell."""
    rng = random.Random(3)  # noqa: S311

    def moments(*, split):
        rows = [
            (
                f"2024-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}",
                f"{k % 24:02}:{k % 60:02}",
            )
            for k in range(300)
        ]
        if split:
            return {"v": ["x", "y"] * 150, "on": [d for d, _ in rows], "at": [t for _, t in rows]}
        return {"v": ["x", "y"] * 150, "moment": [f"{d} {t}" for d, t in rows]}

    found = search(moments(split=True), moments(split=False))
    assert found.one("columns_split", "moment").examples == ("on", "at")
    assert not found.of("column_renamed")


def test_other_new_columns_are_no_parts(search):
    """A name that is gone, and two columns of other words."""
    production = people(1, split=True)
    production["first"] = ["red", "green", "blue"] * 100
    production["last"] = ["up", "down", "left"] * 100
    assert not search(production, people(2, split=False)).of("columns_split")


def test_unchanged_columns_are_silent(search):
    """Nothing is gone."""
    found = search(people(1, split=True), people(2, split=True))
    assert not found.of("columns_split")
    assert not found.of("columns_merged")
