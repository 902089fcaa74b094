"""Tests for `dataready.report.svg`."""

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.report.factory import HOSTILE, fix, fix_plan, score
from tests.report.factory import trend as runs

from dataready.readiness.assessment import Histogram
from dataready.report.svg import (
    BINS_SHOWN,
    STEPS_SHOWN,
    bar,
    histogram,
    scale,
    shown_bins,
    trend,
    waterfall,
)
from dataready.report.wording import Limits


def bins(pilot, production):
    """Build a histogram with hostile labels."""
    return Histogram(
        labels=tuple(f"{HOSTILE}{i}" for i in range(len(pilot))),
        pilot=tuple(pilot),
        production=tuple(production),
    )


def words(svg):
    """Answer what a plot says to those who cannot see it."""
    return ET.fromstring(svg).attrib["aria-label"]  # noqa: S314 - our own output


@pytest.mark.parametrize(
    "svg",
    [
        pytest.param(bar(3, 0), id="bar of nothing"),
        pytest.param(histogram(bins([1, 0], [0, 0])), id="empty production"),
        pytest.param(histogram(bins([0], [0])), id="no values"),
        pytest.param(scale(score(None, None, None), Limits()), id="no score"),
        pytest.param(scale(score(-5, -20, 120), Limits()), id="out of range"),
        pytest.param(trend(runs(), Limits()), id="trend with a gap"),
        pytest.param(trend(runs()[2:3], Limits()), id="trend of nothing"),
        pytest.param(trend(runs()[:1], Limits()), id="trend of one"),
        pytest.param(waterfall(0.0, fix_plan(fix(HOSTILE, after=100.0)), Limits()), id="climb"),
        pytest.param(waterfall(99.0, fix_plan(fix(in_plan=False)), Limits()), id="no climb"),
    ],
)
def test_plots_are_well_formed_and_finite(svg):
    """No input makes a plot that a browser would refuse, or one with NaN in it."""
    ET.fromstring(svg)  # noqa: S314
    assert not re.search(r"nan|inf\b|style=|e-\d", svg)


@given(st.lists(st.tuples(st.integers(0, 2**40), st.integers(0, 2**40)), min_size=1, max_size=60))
def test_histograms_stay_in_their_box(counts):
    """Whatever the counts, nothing is drawn outside of the plot."""
    svg = histogram(bins(*zip(*counts, strict=True)), width=120, height=32)
    ys = [float(y) for y in re.findall(r"V([\d.-]+)", svg)]
    xs = [float(x) for x in re.findall(r"H([\d.-]+)", svg)]
    assert all(0 <= y <= 32 for y in ys)
    assert all(0 <= x <= 120 for x in xs)


def test_a_histogram_says_what_moved():
    """The largest change is told in words, with the label escaped."""
    svg = histogram(bins([50, 50], [90, 10]))
    assert "<script>" not in svg
    assert "pilot 50.0\u00a0%, production 90.0\u00a0%" in words(svg)


def test_many_bins_become_others_without_losing_counts():
    """Categories that do not fit are added up, not dropped."""
    many = shown_bins(bins(range(100), range(100)))
    assert len(many.labels) == BINS_SHOWN
    assert many.labels[-1] == "85 others"
    assert sum(many.pilot) == sum(range(100))


def test_one_bin_too_many_is_kept():
    """A rest of a single bin is worth showing by its own name."""
    assert len(shown_bins(bins(range(17), range(17))).labels) == 17


def test_the_scale_says_score_and_limits():
    """The plot's words carry all that its picture does."""
    assert words(scale(score(), Limits(97, 90))) == (
        "Score 62.3, 90 % interval 58.1 to 66.4; no-go below 90, go from 97."
    )


def test_the_trend_does_not_draw_over_a_gap():
    """A run without a score splits the line and is marked."""
    svg = trend(runs(), Limits())
    assert svg.count("<polyline") == 2
    assert ">?</text>" in svg


def test_hostile_clocks_are_escaped():
    """A clock that is no time is text like any other."""
    svg = trend([replace(runs()[0], clock=HOSTILE)], Limits())
    assert "<script>" not in svg


def test_a_waterfall_climbs_from_now_to_the_plan():
    """Each repair starts where the one before it ended; what is not in the plan is left out."""
    plan = fix_plan(fix("a", after=90.0), fix("b", in_plan=False), fix("c", after=96.2))

    svg = waterfall(80.0, plan, Limits())

    assert words(svg) == (
        "From repair to repair: now: 80.0; a: 23.4 % of rows missing: +10.0; "
        "c: 23.4 % of rows missing: +6.2; after the plan: 96.2."
    )
    bars = [
        (float(x), float(x) + float(w))
        for x, w in re.findall(
            r'class="(?:whole|step)" x="([\d.]+)%" y="\d+" width="([\d.]+)%', svg
        )
    ]
    assert bars[1][0] == pytest.approx(bars[0][1], abs=0.02)
    assert bars[2] == pytest.approx((bars[1][1], bars[3][1]), abs=0.02)


def test_a_long_plan_fits_the_picture():
    """The last step stands for all that have no room."""
    plan = fix_plan(*(fix(f"c{k}", after=50.0 + k) for k in range(30)))

    svg = waterfall(49.0, plan, Limits())

    assert svg.count('class="step"') == STEPS_SHOWN
    assert f"{30 - STEPS_SHOWN + 1} more repairs: +" in words(svg)
