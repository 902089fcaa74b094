"""Tests for `detect.garbled`: text that a program has mangled."""

from __future__ import annotations

import numpy as np
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


def titles(rows, seed=0):
    """Make texts of several words, 41 to 60 characters long."""
    r = np.random.default_rng(seed)
    words = ["river", "stone", "paper", "silver", "golden", "broken", "little", "hidden", "storm"]
    texts = [" ".join(r.choice(words, 12)) for _ in range(rows)]
    return [t[: 41 + k * 7 % 20].strip() for k, t in enumerate(texts)]


def test_texts_that_were_cut_in_part_are_found(search):
    """One system cuts at twenty characters; the others do not."""
    pilot, whole = titles(500), titles(2000, seed=1)
    cut = [t[:20] if k % 25 == 0 else t for k, t in enumerate(whole)]
    finding = search({"title": cut}, {"title": pilot}).one("truncated", "title")
    assert finding.rows_affected == 80
    assert finding.severity is Severity.WARN
    assert not search({"title": whole}, {"title": pilot}).of("truncated")
    assert not search({"title": cut}, {"title": cut[:500]}).of("truncated")


def test_phrases_and_categories_of_one_length_are_not_cut(search):
    """One sentence with another number in it; a category that many rows have."""
    texts = titles(2000)
    for other in (
        lambda k: f"{k:03} of them were repeats",
        lambda k: f"category no. {'abcdefghijklm'[k // 25 % 13]} of all",
    ):
        mixed = [other(k) if k % 25 == 0 else t for k, t in enumerate(texts)]
        assert not search({"title": mixed}, {"title": texts[:500]}).of("truncated")


def test_codes_of_another_length_are_not_cut(search):
    """A new kind of code piles up at its own length."""
    texts = titles(2000)
    codes = [f"ABCD-{k:015}" if k % 25 == 0 else t for k, t in enumerate(texts)]
    assert not search({"title": codes}, {"title": texts[:500]}).of("truncated")


@pytest.mark.parametrize(
    "phrase",
    [
        lambda k: f"paid on 2024-{k % 12 + 1:02}-{k % 28 + 1:02}",
        lambda k: f"2024-{k % 12 + 1:02}-{k % 28 + 1:02} called back",
        lambda k: f"new part {'ABCDEFGHIJ'[k % 10]}{'KLMNOPQRST'[k // 10 % 10]}{k % 7}",
    ],
    ids=["number last", "number first", "code last"],
)
def test_one_phrase_of_one_length_is_not_cut(search, phrase):
    """A text that a program began to write, with other numbers or codes in it."""
    texts = titles(4000)
    mixed = [phrase(k // 20 * 31) if k % 20 == 0 else t for k, t in enumerate(texts)]
    assert not search({"title": mixed}, {"title": texts[:500]}).of("truncated")


def test_texts_that_are_cut_are_a_warning_however_few_rows_have_any(search):
    """Three rows in a thousand, of the one in a hundred that has a text."""
    whole = [f"{'long ' * (k % 9)}text number {k}" for k in range(300)]
    none = [None] * 20_000
    cut = [*(t[:30] for t in whole), *none]
    finding = search({"note": cut}, {"note": [*whole, *none]}).one("truncated", "note")
    assert finding.rows_affected < 0.01 * len(cut)
    assert finding.severity is Severity.WARN
