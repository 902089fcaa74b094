"""Tests for `detect.copies`: rows and keys that occur twice, spelt alike or not."""

from __future__ import annotations

import pytest

from dataready.model import Severity

CITIES = [f"{a} {b}" for a in ("Köln", "Bonn", "Ulm", "Kiel") for b in ("Süd", "Nord", "West")]


def table(n, start=0):
    """Make rows that differ in their amounts."""
    numbers = range(start, start + n)
    return {
        "city": [CITIES[k % 12] for k in numbers],
        "day": [f"2024-03-{1 + k % 28:02}" for k in numbers],
        "amount": [f"{k * 1.37:.2f}" for k in numbers],
    }


def more(columns, rows, change=lambda v: v):
    """Append some rows again, each value changed."""
    return {c: [*v, *(change(v[k]) for k in rows)] for c, v in columns.items()}


def shouted(value):
    """Spell a value otherwise: capitals, no accents, signs, another format of dates and numbers."""
    if value.startswith("2024"):
        return f"{value[8:]}.{value[5:7]}.2024"
    spelt = value.upper().replace("Ö", "O").replace("Ü", "U").replace(" ", "-")
    return f" {spelt}0" if "." in value else spelt


def test_rows_that_differ_in_spelling_alone_are_copies(search):
    """Case, accents, signs, blanks, and formats of dates and numbers are aside."""
    dirty = more(table(400, 1000), range(20), shouted)
    finding = search(dirty, table(400), key=()).one("respelt_rows")
    assert finding.severity is Severity.INFO
    assert "A consequence of: category_variants" in finding.message
    assert finding.rows_affected == 40
    assert finding.measured == pytest.approx(20 / 420)


def test_rows_that_come_twice_are_copies(search):
    """Without a key, and under a new key; what the pilot does as often is no news."""
    clean, dirty = table(400), more(table(400, 1000), range(20))
    assert search(dirty, clean, key=()).one("duplicate_rows").rows_affected == 40
    ids = {"id": [str(k) for k in range(420)]}
    found = search(ids | dirty, {"id": ids["id"][:400]} | clean, key=["id"])
    assert found.one("duplicate_rows").severity is Severity.WARN
    assert not search(dirty, more(clean, range(20)), key=()).of("duplicate_rows")


def test_chance_repeats_rows_of_few_values(search):
    """The more rows, the more copies: a small pilot foretells them."""
    few = {"a": [str(k * k % 97) for k in range(60)], "b": [str(k * 7 % 31) for k in range(60)]}
    many = {"a": [str(k * k % 97) for k in range(3000)], "b": [str(k % 31) for k in range(3000)]}
    found = search(many, few, key=())
    assert not found.of("duplicate_rows")
    assert not found.of("respelt_rows")


def test_keys_that_differ_in_spelling_alone_are_told(search):
    """Signs between digits are part of a key: 1-23 is not 12-3."""
    clean = {"id": [f"AB-{k}-{k % 7}" for k in range(300)], "v": [str(k) for k in range(300)]}
    dirty = {"id": [*clean["id"], *(k.lower() for k in clean["id"][:12])], "v": ["1"] * 312}
    finding = search(dirty, clean, key=["id"]).one("respelt_keys", "id")
    assert finding.rows_affected == 24
    dates = {"id": [f"{k // 9}-{k % 9}{k}" for k in range(300)], "v": clean["v"]}
    assert not search(dates, dates, key=["id"]).of("respelt_keys")


def test_rows_that_agree_by_chance_are_no_copies_once_respelt(search):
    """Of two columns of few values, every row is another's double: only the spelling is new."""
    pilot = {"a": ["north", "south"] * 150, "b": ["x", "y", "z"] * 100}
    production = {
        "a": ["North" if k < 40 else v for k, v in enumerate(pilot["a"])],
        "b": pilot["b"],
    }
    found = search(production, pilot)
    assert found.of("category_variants")
    assert not found.of("respelt_rows")


def test_copies_whose_spelling_is_told_are_a_note(search):
    """Twenty rows came again with their kind in capitals: the capitals are the finding."""
    pilot = {"v": [f"{k}.25" for k in range(300)], "kind": ["oak", "elm", "ash"] * 100}
    production = {
        "v": pilot["v"] + pilot["v"][:20],
        "kind": pilot["kind"] + [k.upper() for k in pilot["kind"][:20]],
    }
    found = search(production, pilot)
    assert found.one("category_variants", "kind").severity == "warn"
    note = found.one("respelt_rows")
    assert note.severity == "info"
    assert "A consequence of: category_variants of 'kind'." in note.message
