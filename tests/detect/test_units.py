"""Tests for `detect.units`: values by a known factor of the pilot's, and where."""

from __future__ import annotations

import random

import pytest

MONTHS = 24


def weights(n=4800, seed=1, factor=lambda _: 1.0, of=lambda _: 1.0):
    """Weights that go with a price, by month, and a depot."""
    rng = random.Random(seed)  # noqa: S311
    rows = {"day": [], "depot": [], "price": [], "weight'": []}
    for k in range(n):
        month, depot = k * MONTHS // n, "ABC"[rng.randrange(3)]
        price = rng.lognormvariate(3, 0.6)
        weight = price * rng.lognormvariate(0, 0.2) * of(depot)
        rows["day"].append(f"{2022 + month // 12}-{1 + month % 12:02}-{1 + rng.randrange(28):02}")
        rows["depot"].append(f"depot {depot}")
        rows["price"].append(f"{price:.2f}")
        rows["weight'"].append(f"{weight * factor((month, depot)):.3f}")
    return rows


@pytest.mark.parametrize("factor", [2.204623, 1000.0, 0.1, 0.45359237])
def test_a_factor_in_all_rows_is_found(search, factor):
    """With the factor that a reader can divide by."""
    found = search(weights(seed=2, factor=lambda _: factor), weights())
    finding = found.one("unit_change", "weight'")
    assert finding.measured == pytest.approx(factor)
    assert finding.rows_affected == 4800


def test_a_factor_in_some_quarters_is_found_there(search):
    """Half a year in pounds."""
    production = weights(seed=2, factor=lambda place: 2.2046 if 6 <= place[0] < 12 else 1.0)
    finding = search(production, weights()).one("unit_change", "weight'")
    assert finding.rows_affected == 1200
    assert "2022-Q3, 2022-Q4" in finding.message
    assert finding.brief == "in pounds instead of kilograms from 2022-Q3 to 2022-Q4"


def test_since_when_is_said(search):
    """A unit that never changed back is told from its first quarter on."""
    production = weights(seed=2, factor=lambda place: 2.2046 if place[0] >= 18 else 1.0)
    finding = search(production, weights()).one("unit_change", "weight'")
    assert finding.brief == "in pounds instead of kilograms since 2023-Q3"


def test_a_factor_in_one_category_is_found_there(search):
    """One depot weighs in grams."""
    production = weights(seed=2, factor=lambda place: 1000.0 if place[1] == "B" else 1.0)
    finding = search(production, weights()).one("unit_change", "weight'")
    assert finding.rows_affected == production["depot"].count("depot B")
    assert "'depot' is depot B" in finding.message


def test_a_category_that_always_was_heavier_is_no_change(search):
    """Though there is more of it now: it is compared with itself."""

    def of(depot):
        return 2.2 if depot == "B" else 1.0

    production = weights(8000, seed=2, of=of)
    kept = [k for k, d in enumerate(production["depot"]) if d == "depot B" or k % 4 == 0]
    production = {name: [column[k] for k in kept] for name, column in production.items()}
    assert not search(production, weights(of=of)).of("unit_change")


def test_growth_is_no_change_of_unit(search):
    """Two in a hundred more each month passes every factor by."""
    production = weights(seed=2, factor=lambda place: 1.03 ** place[0])
    assert not search(production, weights()).of("unit_change")


def test_the_same_unit_is_silent(search):
    """Another draw of the same process."""
    assert not search(weights(seed=2), weights()).of("unit_change")


def test_personal_categories_are_no_groups(search):
    """No value of them is named or quoted."""
    production = weights(seed=2, factor=lambda place: 1000.0 if place[1] == "B" else 1.0)
    found = search(production, weights(), personal=["depot"])
    assert not any("depot B" in repr(f) for f in found.findings)


def test_growth_of_everything_is_no_change_of_unit(search):
    """Two thirds more in all rows is as near to kilometres for miles as business gets."""
    assert not search(weights(seed=2, factor=lambda _: 1.6), weights()).of("unit_change")
