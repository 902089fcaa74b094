"""Tests for `detect.decimals`: numbers written finer than the pilot ever does."""

from __future__ import annotations

import random

import pytest

from dataready.model import Severity


def prices(n, seed=0):
    """Draw prices of two decimals."""
    rng = random.Random(seed)  # noqa: S311
    return [f"{rng.uniform(1, 90):.2f}" for _ in range(n)]


def test_converted_numbers_are_finer(search):
    """Each of them, though none leaves the range."""
    dirty = prices(600, 1)
    for k in range(0, 600, 40):
        dirty[k] = f"{float(dirty[k]) / 2.204623:.6g}"
    finding = search({"price": dirty}, {"price": prices(600)}).one("finer_numbers", "price")
    assert finding.severity is Severity.WARN
    assert finding.rows_affected == sum(len(v.partition(".")[2].rstrip("0")) > 2 for v in dirty)
    assert finding.rows_affected >= 14


def test_typed_numbers_are_looked_at_as_well(search):
    """Sums of binary fractions show."""
    pilot, dirty = [k / 10 for k in range(400)], [k / 10 for k in range(400)]
    dirty[:20] = [0.1 + 0.2] * 20
    assert search({"v": dirty}, {"v": pilot}).one("finer_numbers").rows_affected == 20


@pytest.mark.parametrize(
    "production",
    [
        prices(600, 1),
        [f"{v}0000" for v in prices(600, 1)],
        [f"{float(v):.1f}" for v in prices(600, 1)],
        [*prices(597, 1), "1.125", "2.25", "x"],
    ],
    ids=["alike", "zeros at the end", "coarser", "one"],
)
def test_the_same_numbers_are_not_finer(search, production):
    """However many zeros follow; nor is one by chance."""
    assert not search({"price": production}, {"price": prices(600)}).of("finer_numbers")


def test_numbers_without_a_grain_are_left_alone(search):
    """Where the pilot has five decimals, six are no news."""
    fine = [f"{float(v) / 7:.5f}" for v in prices(600)]
    finer = [f"{float(v) / 7:.6f}" for v in prices(600, 1)]
    assert not search({"v": finer}, {"v": fine}).of("finer_numbers")
