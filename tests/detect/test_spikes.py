"""Tests for `detect.spikes`: zeros that stand for nothing inside a column's range."""

from __future__ import annotations

import random

import pytest

from dataready.model import Severity


def amounts(n, seed=0, zeros=0.05, mean=3.0):
    """Draw amounts around zero, some of them zero."""
    rng = random.Random(seed)  # noqa: S311
    drawn = (0.0 if rng.random() < zeros else rng.gauss(mean, 4) for _ in range(n))
    return [f"{round(v, 1):g}" for v in drawn]


def test_zeros_that_multiply_are_told(search):
    """From five in a hundred rows to twelve, all else as it was."""
    finding = search({"v": amounts(1500, 1, 0.15)}, {"v": amounts(1500, 2)}).one("value_jumped")
    assert finding.severity is Severity.WARN
    assert not finding.cells


def test_the_first_zeros_are_wrong_cells(search):
    """The pilot has none: each of them is judged."""
    clean = [v for v in amounts(1500, zeros=0) if v not in {"0", "-0"}]
    dirty = ["0"] * 40 + clean[40:]
    finding = search({"v": dirty}, {"v": clean}).one("value_jumped")
    assert finding.cells
    assert finding.rows_affected == 40


@pytest.mark.parametrize("seed", range(5))
def test_chance_and_drift_are_no_spikes(search, seed):
    """Other rows alike, and all amounts moved towards zero."""
    pilot = {"v": amounts(900, seed)}
    assert not search({"v": amounts(900, seed + 50)}, pilot).of("value_jumped")
    moved = [f"{float(v) / 4:.1f}" for v in amounts(900, seed + 50)]
    assert not search({"v": moved}, pilot).of("value_jumped")


def test_a_price_that_is_asked_more_often_is_no_code(search):
    """9.99 and 99.99 stand for themselves, wherever prices lie around them."""
    rng = random.Random(1)  # noqa: S311
    for price in ("9.99", "99.99"):
        pilot = [f"{rng.uniform(1, 2 * float(price)):.2f}" for _ in range(900)]
        asked = [price if k % 30 == 0 else v for k, v in enumerate(pilot)]
        assert not search({"price": asked}, {"price": pilot}).of("value_jumped")
