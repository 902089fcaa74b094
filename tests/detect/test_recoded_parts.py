"""Tests for `detect.recoded_parts`: a file, a segment or a time with codes of its own."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest
from tests.detect.conftest import searched

from dataready.detect.detectors import without_consequences
from dataready.model import Severity

DAY = date(2025, 1, 1)


def table(n=1200, seed=1):
    """Parcels over some months, from three depots, insured or not, in two sizes."""
    rng = random.Random(seed)  # noqa: S311
    sizes = [rng.random() < 0.4 for _ in range(n)]
    return {
        "day": [(DAY + timedelta(days=k // 8)).isoformat() for k in range(n)],
        "depot": [rng.choice(["north", "south", "west"]) for _ in range(n)],
        "size": ["big" if s else "small" for s in sizes],
        "weight": [f"{rng.gauss(30 if s else 10, 4):.1f}" for s in sizes],
        "insured": [rng.choice(["Y", "Y", "N"]) for _ in range(n)],
    }


def recoded(columns, name, codes, rows):
    """Put other codes into some rows."""
    return columns | {name: [codes[v] if rows(k) else v for k, v in enumerate(columns[name])]}


PARTS = [
    ("insured", {"Y": "true", "N": "false"}, "day", "since 2025-04-11"),
    ("size", {"big": "K2", "small": "K1"}, "day", "since 2025-04-11"),
    ("size", {"big": "2", "small": "1"}, "depot", "where 'depot' is 'west'"),
    ("size", {"big": "it's", "small": "x'; --"}, "depot", "where 'depot' is 'west'"),
]


@pytest.mark.parametrize("piloted", [True, False])
@pytest.mark.parametrize(("column", "codes", "by", "words"), PARTS)
def test_codes_of_a_part_are_mapped_and_located(search, column, codes, by, words, piloted):
    """The mapping, the part and its rows; a warning at least with a pilot, else a note."""
    clean = table(seed=2)
    rows = {"day": lambda k: k >= 800, "depot": lambda k: clean["depot"][k] == "west"}[by]
    found = search(recoded(clean, column, codes, rows), table() if piloted else None)
    finding = found.one("recoded_part", column)
    assert words in finding.message
    for old, new in codes.items():
        assert f"'{old}' is '{new}' there" in finding.message
    assert finding.rows_affected == sum(rows(k) for k in range(1200))
    assert (finding.severity is Severity.INFO) == (not piloted)


def test_a_file_with_codes_of_its_own_is_named(search):
    """1 and 2 for the sizes in one file of four, rows of all days in each."""
    files = [k % 4 for k in range(1200)]
    codes = {"big": "2", "small": "1"}
    dirty = recoded(table(seed=2), "size", codes, lambda k: files[k] == 3)
    for pilot in (table(), None):
        finding = search(dirty, pilot, files=(None, files)).one("recoded_part", "size")
        assert "in the source files of number 3: " in finding.message
        assert finding.rows_affected == 300


def test_what_follows_from_it_is_told_as_such(search):
    """New categories and other spellings are notes that name the cause."""
    dirty = recoded(table(seed=2), "insured", {"Y": "true", "N": "false"}, lambda k: k >= 800)
    found = search(dirty, table())
    told = without_consequences(found.findings)
    loud = {f.detector for f in told if f.column == "insured" and f.severity is not Severity.INFO}
    assert loud == {"recoded_part"}


def test_categories_that_only_a_part_has_are_no_recoding(search):
    """One depot has parcels of kinds that no other has, and towns go with their depot."""
    rng = random.Random(4)  # noqa: S311
    clean = table(seed=2)
    towns = {"north": "abc", "south": "def", "west": "ghi"}
    clean["town"] = [rng.choice(towns[d]) * 3 for d in clean["depot"]]
    clean["kind"] = [
        rng.choice(["tube", "sack"]) if d == "west" else rng.choice(["box", "bag"])
        for d in clean["depot"]
    ]
    assert not search(clean).of("recoded_part")


def test_a_calendar_is_no_recoding(search):
    """Months and quarters follow each other."""
    clean = table(seed=2)
    days = [date.fromisoformat(d) for d in clean["day"]]
    clean["month"] = [f"{d:%b}" for d in days]
    clean["half"] = [f"{d:%b}{'a' if d.day < 16 else 'b'}" for d in days]
    assert not search(clean).of("recoded_part")


def test_the_same_codes_on_both_sides_are_silent(search):
    """With a pilot and alone."""
    for pilot in (table(), None):
        assert not search(table(seed=2), pilot).of("recoded_part")


def test_a_personal_column_is_never_mapped():
    """Its values are nobody's to see."""
    dirty = recoded(table(seed=2), "size", {"big": "K2", "small": "K1"}, lambda k: k >= 800)
    assert not searched(dirty, table(), personal=["size"]).of("recoded_part")


def test_numbers_with_a_unit_are_no_other_codes(search):
    """'3 days' for '3' since a day is a notation, and told as that alone."""
    rng = random.Random(4)  # noqa: S311
    pilot, clean = table(), table(seed=2)
    for side in (pilot, clean):
        side["term"] = [str(rng.choice([1, 2, 3, 5])) for _ in side["day"]]
    dirty = recoded(clean, "term", {v: f"{v} days" for v in "1235"}, lambda k: k >= 800)
    found = search(dirty, pilot)
    assert not found.of("recoded_part")
    assert found.one("unit_text", "term").rows_affected == 400
