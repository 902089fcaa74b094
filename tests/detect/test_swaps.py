"""Tests for `detect.swaps`: values that stand in each other's column."""

from __future__ import annotations

import random

import pytest

from dataready.detect.detectors import without_consequences


def table(n=600, seed=1):
    """Places: coordinates, a number of beds, a code, a day and a kind."""
    rng = random.Random(seed)  # noqa: S311
    return {
        "lat": [f"{rng.uniform(40, 42):.4f}" for _ in range(n)],
        "lon": [f"{rng.uniform(-75, -73):.4f}" for _ in range(n)],
        "beds": [str(rng.randint(1, 40)) for _ in range(n)],
        "code": [f"{rng.choice('ABC')}-{rng.randint(1000, 99999)}/{k}" for k in range(n)],
        "day": [
            f"20{rng.randint(10, 24)}-0{rng.randint(1, 9)}-{rng.randint(10, 28)}" for _ in range(n)
        ],
        "kind": [rng.choice(["inn", "hotel", "camp"]) for _ in range(n)],
    }


def swapped(a, b, rows, seed=2):
    """Swap two columns in every tenth row of some."""
    cells = table(seed=seed)
    for k in rows:
        cells[a][k], cells[b][k] = cells[b][k], cells[a][k]
    return cells


@pytest.mark.parametrize(
    ("a", "b"),
    [("lat", "lon"), ("beds", "day"), ("beds", "kind"), ("code", "lat"), ("day", "code")],
)
def test_swapped_rows_are_located_in_both_columns(search, a, b):
    """By range, by type, by category and by format: exactly the rows, each cell once."""
    rows = list(range(0, 200, 10))
    found = search(swapped(a, b, rows), table())
    swaps = found.of("swapped_columns")
    assert {f.column for f in swaps} == {a, b}
    assert all(found.rows(f) == rows and f.severity == "warn" for f in swaps)
    loud = [f for f in without_consequences(found.findings) if f.severity != "info"]
    assert {f.detector for f in loud} == {"swapped_columns"}


def test_what_fits_its_own_column_is_not_swapped(search):
    """Other rows, a wrong value in one column alone, four rows: no swap is said."""
    assert not search(table(seed=2), table()).of("swapped_columns")
    alone = table(seed=2)
    for k in range(20):
        alone["lat"][k] = alone["lon"][k]
    assert not search(alone, table()).of("swapped_columns")
    assert not search(swapped("lat", "lon", range(4)), table()).of("swapped_columns")


def test_swaps_that_the_pilot_has_alike_are_a_note(search):
    """The model has learnt from as many."""
    rows = list(range(0, 200, 10))
    found = search(swapped("beds", "kind", rows), swapped("beds", "kind", rows, seed=3))
    assert all(f.severity == "info" for f in found.of("swapped_columns"))


def test_personal_values_stand_in_no_message_and_no_query(search):
    """Categories of a person are compared by their hashes."""
    rows = list(range(0, 200, 10))
    found = search(swapped("beds", "kind", rows), table(), personal=["kind"])
    for f in found.of("swapped_columns"):
        assert "hotel" not in f.message + f.sql + "".join(f.examples)
