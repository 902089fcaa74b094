"""Tests for `dataready.report.dots`."""

import math
import re
from xml.etree import ElementTree as ET

import pytest
from tests.report.factory import predicted, real

from dataready.report.dots import dots


def drawn(loss):
    """Parse a picture."""
    return ET.fromstring(dots(loss))  # noqa: S314 - our own output


def places(svg):
    """Answer where the marks stand, in percent of the axis."""
    found = {e.attrib["class"]: e.attrib for e in svg.iter() if "class" in e.attrib}
    at = {"pilot": "cx", "expected": "cx", "real": "x1"}
    return {k: float(found[k][a].rstrip("%")) for k, a in at.items() if k in found}


def labels(svg):
    """Answer all words in the picture."""
    return [e.text for e in svg.iter() if e.tag == "text"]


def test_marks_stand_where_their_values_are():
    """From guessing to perfect: 0.75 is the middle."""
    found = places(drawn(real(pilot=0.9, expected=0.75, real=0.6)))

    assert found == {"pilot": 80.0, "expected": 50.0, "real": 20.0}


def test_without_labels_there_is_no_third_mark():
    """Nothing is drawn that nobody knows."""
    assert places(drawn(predicted())).keys() == {"pilot", "expected"}


@pytest.mark.parametrize(
    ("loss", "ends"),
    [
        (predicted(), ["0.5: guessing", "1: perfect"]),
        (predicted(low=0.43), ["0.4", "1: perfect"]),
        (predicted(metric="accuracy"), ["0", "1: perfect"]),
        (
            predicted(metric="rmse", pilot=3.0, expected=4.0, low=3.5, high=5.0),
            ["0: perfect", None],
        ),
    ],
)
def test_the_axis_says_what_its_ends_are(loss, ends):
    """Guessing is named only where the axis begins there; of errors, 0 is best."""
    assert labels(drawn(loss))[-2:] == ends


def test_it_says_in_words_what_it_shows():
    """Those who cannot see it read the same."""
    said = drawn(real()).attrib["aria-label"]

    assert said == "AUC 0.81 \u2192 0.74 [0.71, 0.77], real 0.73"


@pytest.mark.parametrize(
    "loss",
    [
        predicted(pilot=1.0, expected=1.0, low=1.0, high=1.0),
        predicted(metric="f1", pilot=0.0, expected=0.0, low=0.0, high=0.0),
        predicted(metric="mae", pilot=0.0, expected=0.0, low=0.0, high=0.0),
        real(metric="mae", pilot=1e12, expected=2e12, low=1e-9, high=9e12, real=1e15),
    ],
)
def test_no_value_sticks_out(loss):
    """Every mark lies on the axis, at any size."""
    svg = dots(loss)

    assert all(0 <= place <= 100 for place in places(drawn(loss)).values())
    assert not re.search(r"nan|inf\b|style=|e-\d", svg)


def test_what_is_not_finite_has_no_picture():
    """A browser would refuse it."""
    assert dots(predicted(expected=math.nan)) == ""
