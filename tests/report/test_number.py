"""Tests for `dataready.report.number`."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataready.report.number import NOTHING, about, amount, count, percent, points, score


@pytest.mark.parametrize("write", [amount, count, percent, points, score])
def test_no_number_is_a_dash(write):
    """What was not measured is neither 0 nor an empty cell."""
    assert write(None) == NOTHING


@pytest.mark.parametrize("write", [percent, points, score])
def test_not_a_number_is_a_dash(write):
    """A NaN never reaches a reader as a number."""
    assert write(math.nan) == NOTHING


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_amounts_have_no_exponent_of_programmers(value):
    """No amount is ever written as 1e-05, and none is empty."""
    assert re.fullmatch(r"(-?[\d,]+(\.\d+)?( \u00d7 10.+)?|under 0\.000001)", amount(value))


@given(st.floats(0, 100))
def test_a_score_is_not_rounded_up(value):
    """The score shown is at most the score, and at most a tenth below."""
    shown = float(score(value))
    assert shown - 1e-6 <= value < shown + 0.1 + 1e-6


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        pytest.param(94.6, "94.6", id="would round to the limit"),
        pytest.param(94.97, "94.9", id="one decimal would round to it too"),
        pytest.param(95.4, "95", id="above it"),
        pytest.param(84.4, "84", id="below it"),
        pytest.param(99.6, "99.6", id="not quite all"),
        pytest.param(100.0, "100", id="all"),
    ],
)
def test_about_never_crosses_a_limit(value, shown):
    """Rounding for reading does not change the verdict that the number suggests."""
    assert about(value, (85, 95)) == shown


def test_huge_amounts_are_powers_of_ten():
    """A number beyond counting is written as people write it."""
    assert amount(2.5e20) == "2.5 \u00d7 10\u00b2\u2070"


@pytest.mark.parametrize("value", [1.0000001, 0.9999999])
def test_almost_all_is_not_all(value):
    """Only a share of exactly one reads as 100 % without a sign of doubt."""
    assert percent(value) != percent(1.0)
