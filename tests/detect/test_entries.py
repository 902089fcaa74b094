"""Tests for `detect.entries`: rows that somebody typed to try the system."""

from __future__ import annotations

import pytest

from dataready.detect.entries import says_test
from dataready.model import Severity

NOTES = ["call first", "leave at door", "no sugar", "contest winner"] * 150


def with_notes(*texts):
    """Put texts among the notes."""
    return [*texts, *NOTES[len(texts) :]]


@pytest.mark.parametrize(
    "text", ["TEST", "test order, please ignore", "Testing 123", "asdfgh", "this is a test entry"]
)
def test_rare_test_entries_are_found(search, text):
    """The right row."""
    found = search({"note": with_notes(text)}, {"note": NOTES})
    rows = [n for f in found.findings if f.detector == "test_entries" for n in found.rows(f)]
    assert 0 in rows


def test_honest_words_are_none(search):
    """Contests, attests and tested goods are no tests."""
    texts = ["attest needed", "contested", "protest", "testimony", "latest"]
    assert not any(says_test(t) for t in texts)
    assert not search({"note": with_notes(*texts)}, {"note": NOTES}).of("test_entries")


def test_tests_in_the_pilot_are_honest_words(search):
    """Where the pilot has them too, they belong to the table."""
    found = search({"kind": with_notes("test drive")}, {"kind": with_notes("test flight")})
    assert not found.of("test_entries")


def test_frequent_tests_are_records_of_tests(search):
    """A laboratory's table is full of them."""
    found = search({"note": with_notes(*["test run"] * 20)}, {"note": NOTES})
    assert not found.of("test_entries")


def test_several_are_a_warning_and_one_is_a_note(search):
    """One forgotten entry may as well have been in the pilot."""
    for many, severity in ((1, Severity.INFO), (3, Severity.WARN)):
        found = search({"note": with_notes(*["test order"] * many)}, {"note": NOTES})
        assert found.one("test_entries").severity is severity


def test_without_a_pilot_they_are_a_note(search):
    """Nobody has said what is usual."""
    finding = search({"note": with_notes("test order")}).one("test_entries", "note")
    assert finding.severity is Severity.INFO
    assert finding.rows_affected == 1
