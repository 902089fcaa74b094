"""Tests for `dataready.report.text`."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataready.report.text import clip, clip_html, moment, visible


@pytest.mark.parametrize(
    ("hidden", "shown"),
    [
        ("\0", "\\x00"),
        ("\x1b", "\\x1b"),
        ("\r\n", "\\x0d\\x0a"),
        ("\u202e", "\\u202e"),
        ("\u2066", "\\u2066"),
        ("\u200b", "\\u200b"),
        ("\ufeff", "\\ufeff"),
        ("\ud800", "\\ud800"),
    ],
)
def test_hidden_characters_are_spelt_out(hidden, shown):
    """A character that cannot be seen, or that turns text round, is shown as its code."""
    assert visible(f"a{hidden}b") == f"a{shown}b"


def test_lines_stay_where_lines_are_wanted():
    """SQL keeps its lines and tabs, and nothing else that is hidden."""
    assert visible("a\n\tb\r\u202e", lines=True) == "a\n\tb\\x0d\\u202e"


@given(st.text(), st.integers(2, 50))
def test_clip_keeps_its_length(text, limit):
    """Whatever the value, what is shown fits and holds no control character."""
    shown = clip(text, limit)
    assert len(shown) <= limit
    assert visible(shown) == shown


@pytest.mark.parametrize(
    ("length", "title"),
    [pytest.param(199, True, id="fits a tooltip"), pytest.param(200, False, id="too long for one")],
)
def test_full_values_stay_in_the_tooltip_if_short(length, title):
    """A cut value can be read in full, unless it would swell the page."""
    assert ("title=" in clip_html("x" * length)) is title


def test_values_are_escaped_in_tooltips_too():
    """Neither the shown part nor the full one can put markup into the page."""
    html = clip_html('"><script>' * 8, 20)
    assert "<script>" not in html
    assert html.count('"') == 2


def test_empty_is_said():
    """An empty value is something to see, not nothing."""
    assert "(empty)" in clip_html("")


@pytest.mark.parametrize(
    ("clock", "shown"),
    [
        ("2026-11-21T03:00:12Z", "2026-11-21 03:00 UTC"),
        ("2026-11-21T03:00:12.123+00:00", "2026-11-21 03:00 UTC"),
        ("2026-11-21T03:00:12+02:00", "2026-11-21T03:00:12+02:00"),
    ],
)
def test_only_utc_is_called_utc(clock, shown):
    """A time of another zone stays as it was given."""
    assert moment(clock) == shown
