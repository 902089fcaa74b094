"""Tests for `detect.misspelt`: typing errors, and what only looks like them."""

from __future__ import annotations

import pytest

from dataready.detect.misspelt import (
    _neighbours,
    _TooAlikeError,
    distance,
    misspellings,
    misspelt_words,
)
from dataready.model import Severity

TOWNS = ["Hamburg", "Bremen", "Dortmund", "Leipzig"] * 100


@pytest.mark.parametrize(
    ("a", "b", "slips"),
    [("abc", "abc", 0), ("", "ab", 2), ("abcd", "abdc", 1), ("abcd", "acd", 1), ("abc", "xbz", 2)],
)
def test_distance_counts_slips(a, b, slips):
    """Two swapped neighbours are one slip."""
    assert distance(a, b) == distance(b, a) == slips


def test_slips_are_mapped_to_what_was_meant():
    """A letter left out, doubled, swapped or replaced; and a slip of a slip."""
    counts = {"Dortmund": 400, "Dortmnud": 1, "Dotmund": 6, "Dotmun": 1, "Hamburg": 300}
    assert misspellings(counts) == dict.fromkeys(("Dortmnud", "Dotmund", "Dotmun"), "Dortmund")


@pytest.mark.parametrize(
    "counts",
    [
        {"size 12": 50, "size 13": 1},
        {"cat": 50, "car": 1},
        {"Iran": 40, "Iraq": 30},
        {"A-1-x": 50, "A-1-y": 50, "A-2-x": 40, "B-1-x": 40, "A-1-z": 1},
        {"Post": 50, "POST": 1},
    ],
)
def test_what_only_looks_like_a_slip_is_none(counts):
    """Digits, short words, frequent neighbours, codes; case is another detector's."""
    assert not misspellings(counts)


def test_rare_names_are_no_slips_of_each_other():
    """Among many rare values near to nothing, one that is near is there by chance."""
    names = {
        f"{a}{b}{a}": 1 for a in ("ke", "lu", "mo", "ni") for b in ("wax", "zyt", "qup", "fej")
    }
    assert not misspellings({"Taxman": 40, "Laxman": 1} | names)


def test_codes_alike_by_the_thousand_cost_little():
    """A column in which everything is near to everything is given up early."""
    letters = "abcdefgh"
    codes = {f"{a}{b}{c}{d}": 9 for a in letters for b in letters for c in letters for d in "xy"}
    with pytest.raises(_TooAlikeError):
        list(_neighbours(list(codes), list(codes)))
    assert not misspellings(codes | {"aaaz": 1})


def test_words_of_a_closed_vocabulary_are_looked_at():
    """Whatever the numbers beside them."""
    counts = {f"{k} patients": 1 for k in range(50)} | {"77 paxients": 1}
    assert misspelt_words(counts) == {"77 paxients": "77 patients"}


def test_slips_are_found_and_the_pilots_words_are_not(search):
    """Three are a warning; a value that the pilot has is spelt as it should be."""
    slips = ["Hamburgh", "Dormund", "Lepzig"]
    found = search({"town": [*slips, *TOWNS]}, {"town": TOWNS})
    finding = found.one("misspelt", "town")
    assert found.rows(finding) == [0, 1, 2]
    assert not found.of("new_category")
    known = {"town": ["Hamburgh", *TOWNS]}
    assert not search(known, known).of("misspelt")


def test_many_slips_are_a_warning_without_a_pilot_too(search):
    """A single one is a note."""
    assert search({"town": ["Hamburgh", *TOWNS]}).one("misspelt").severity is Severity.INFO
    several = ["Hamburgh", "Dormund", "Lepzig", *TOWNS]
    assert search({"town": several}).one("misspelt").severity is Severity.WARN


def test_personal_slips_show_no_value(search):
    """Neither the slip nor what it stands for."""
    slips = ["Hamburgh"] * 6
    found = search({"town": [*slips, *TOWNS]}, {"town": TOWNS}, personal=["town"])
    finding = found.one("misspelt")
    assert "amburg" not in str(finding)
    assert finding.rows_affected == 6
