"""Tests for `dataready.readiness.forecast`: two estimates, and what lies between them."""

from __future__ import annotations

import pytest

from dataready.readiness.forecast import Forecast


@pytest.mark.parametrize("product", [99.95, 99.89, 99.5, 98.0, 60.0])
def test_the_replay_is_published_as_it_was_measured(product):
    """Where the product is nearly sound too: what models lost to that very damage is known."""
    told = Forecast(product=product, survives=0.8, population=1.0, spread=0.0)
    assert told.replayed(product) == pytest.approx(80)
    assert told.together(product) == pytest.approx((product + 80) / 2)


def test_it_rises_with_the_product_to_nothing_lost():
    """What is repaired gives back, what is lost takes away, and nothing jumps between them."""
    told = Forecast(product=99.5, survives=0.72, population=0.9, spread=0.0)
    values = [told.replayed(p) for p in (0, 50, 99, 99.49, 99.5, 99.51, 99.9, 100)]
    assert values == sorted(values)
    assert values[3] == pytest.approx(values[5], abs=2)
    assert values[-1] == pytest.approx(90)
