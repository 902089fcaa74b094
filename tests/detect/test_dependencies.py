"""Tests for `detect.dependencies`: columns that decide each other."""

from __future__ import annotations

from dataready.model import Severity

ZIPS = [f"Z{k % 20:02d}" for k in range(800)]
TOWNS = [f"town {int(z[1:]) // 2:02d}" for z in ZIPS]
ITEMS = ["bolt", "nut", "gear", "belt", "pump"] * 160


def test_rows_that_break_a_dependency_are_found(search):
    """With the value that was expected, even where the wrong one is a town elsewhere."""
    wrong = ["town 09", "town 08", *TOWNS[2:]]
    found = search({"zip": ZIPS, "town": wrong, "item": ITEMS}, {"zip": ZIPS, "town": TOWNS})
    finding = found.one("dependency", "town")
    rows = found.scene.query(finding.sql)
    assert sorted((row[1], row[3]) for row in rows) == [(0, "town 00"), (1, "town 00")]
    assert finding.severity is Severity.INFO


def test_many_breaks_are_a_warning(search):
    """More than the pilot's none foretells."""
    wrong = [f"town {k % 7:02d}" if k % 21 == 0 else t for k, t in enumerate(TOWNS)]
    found = search({"zip": ZIPS, "town": wrong}, {"zip": ZIPS, "town": TOWNS})
    assert found.one("dependency").severity is Severity.WARN


def test_two_columns_may_decide_a_third(search):
    """Neither does alone."""
    both = [f"{z} {i}" for z, i in zip(TOWNS, ITEMS, strict=True)]
    wrong = ["town 00 pumpkin", *both[1:]]
    sides = ({"town": TOWNS, "item": ITEMS, "both": b} for b in (wrong, both))
    found = search(*sides)
    assert [found.rows(f) for f in found.of("dependency") if f.column == "both"] in ([], [[0]])
    assert any(f.column == "both" and f.cells for f in found.findings)


def test_a_pilot_that_contradicts_it_is_believed(search):
    """What breaks the rule there as well is how the table is."""
    often = [f"town {k % 7:02d}" if k % 21 == 0 else t for k, t in enumerate(TOWNS)]
    assert not search({"zip": ZIPS, "town": often}, {"zip": ZIPS, "town": often}).of("dependency")


def test_without_a_pilot_only_values_usual_nowhere_are_judged(search):
    """A town that has a postcode of its own may have another."""
    assert not search({"zip": ZIPS, "town": ["town 09", *TOWNS[1:]]}).of("dependency")
    found = search({"zip": ZIPS, "town": ["town 77", *TOWNS[1:]]})
    assert found.rows(found.one("dependency", "town")) == [0]


def test_independent_columns_decide_nothing(search):
    """Not even where one value is by far the commonest."""
    often = ["open" if k % 13 else "closed" for k in range(800)]
    table = {"zip": ZIPS, "state": often, "item": ITEMS}
    assert not search(table, table).of("dependency")
    assert not search(table).of("dependency")


def test_what_the_pilot_proves_is_judged_however_often_it_breaks(search):
    """One row in seven has another row's town."""
    wrong = [TOWNS[(7 * k + 3) % 800] if k % 7 == 0 else t for k, t in enumerate(TOWNS)]
    found = search({"zip": ZIPS, "town": wrong}, {"zip": ZIPS, "town": TOWNS})
    broken = {k for k, (a, b) in enumerate(zip(wrong, TOWNS, strict=True)) if a != b}
    listed = {n for f in found.of("dependency") if f.column == "town" for n in found.rows(f)}
    assert len(listed & broken) > 0.5 * len(broken)
    assert not listed - broken
    assert found.of("dependency")[0].severity is Severity.FAIL
