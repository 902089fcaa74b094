"""Tests for `detect.garbled`: text that a program has mangled."""

from __future__ import annotations

import pytest

from dataready.model import Severity

NAMES = ["Köln Süd", "São Paulo", "Århus", "R&D Lab"] * 50


@pytest.mark.parametrize(
    "text",
    ["KÃ¶ln", "itâ€™s", "caf\ufffd", "R&amp;amp;D", "&quot;x&quot;", "caf\\u00e9", "\ufeffKöln"],
)
def test_mangled_text_is_found(search, text):
    """With and without a pilot; three are a warning."""
    for pilot in (None, {"name": NAMES}):
        finding = search({"name": [text] * 3 + NAMES}, pilot).one("garbled_text", "name")
        assert finding.rows_affected == 3
        assert finding.severity is Severity.WARN


def test_honest_letters_are_not_mangled(search):
    """Accents, capitals with tildes, ampersands, other scripts."""
    names = ["SÃO JOÃO", "Đà Nẵng", "AT&T; Co", "東京", "Łódź", "naïve", "Â la carte", *NAMES]
    assert not search({"name": names}).of("garbled_text")


def test_what_the_pilot_has_as_often_is_the_tables_own(search):
    """Pages of HTML are full of entities."""
    pages = ["<p>a &amp; b</p>", "<p>c</p>"] * 50
    found = search({"page": pages}, {"page": pages})
    assert not [f for f in found.of("garbled_text") if f.cells or f.severity is Severity.WARN]


def test_texts_cut_at_a_length_are_found(search):
    """Where the pilot has longer ones; not where it is cut there as well."""
    whole = [f"{'long ' * (k % 9)}text number {k}" for k in range(300)]
    cut = [t[:30] for t in whole]
    finding = search({"note": cut}, {"note": whole}).one("truncated", "note")
    assert finding.rows_affected == sum(len(t) >= 30 for t in whole)
    assert not search({"note": cut}, {"note": cut}).of("truncated")
    assert not search({"note": whole}, {"note": whole}).of("truncated")
