"""Tests for `detect.dependencies`: columns that decide each other."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

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


def told_by_sources(wrong):
    """Twenty sources tell when each of sixty trains left: what they tell, and what is true."""
    r = np.random.default_rng(0)
    left = [f"{5 + k * 7 % 17}:{k * 7 % 60:02d}" for k in range(60)]
    rows = [(f"T{k:02d}", f"source {s}", left[k]) for s in range(20) for k in range(60)]
    rows = [rows[k] for k in r.permutation(len(rows))]
    told = [
        (train, source, f"{r.integers(5, 22)}:{r.integers(60):02d}" if r.random() < wrong else at)
        for train, source, at in rows
    ]
    names = ("train", "source", "left")
    return [dict(zip(names, map(list, zip(*side, strict=True)), strict=True))
            for side in (told, rows)]  # fmt: skip


@pytest.mark.parametrize("wrong", [0.2, 0.5])
def test_sources_that_contradict_each_other_are_found(search, wrong):
    """Half of what they say may be wrong, as long as they do not agree in it."""
    production, true = told_by_sources(wrong)
    pilot = {name: values[:120] for name, values in true.items()}
    wrong_rows = {k for k in range(1200) if production["left"][k] != true["left"][k]}
    found = search(production, pilot)
    (finding,) = [f for f in found.of("dependency") if f.column == "left"]
    assert finding.severity is Severity.FAIL
    assert set(found.rows(finding)) == wrong_rows


def test_a_row_whose_decider_is_wrong_blames_the_decider(search):
    """The journal's number is right; it is its name that another column contradicts."""
    journals = [f"journal {k % 20:02d}" for k in range(800)]
    short = [f"j. {k % 20:02d}" for k in range(800)]
    number = [f"{1000 + k % 20 * 37}-{k % 20:04d}" for k in range(800)]
    pilot = {"journal": journals, "short": short, "number": number}
    wrong = ["journal 05" if k in (3, 44, 81) else j for k, j in enumerate(journals)]
    found = search(pilot | {"journal": wrong}, pilot)
    cells = {(row, f.column) for f in found.of("dependency") for row in found.rows(f)}
    assert cells == {(3, "journal"), (44, "journal"), (81, "journal")}


@pytest.mark.parametrize("zip_name", ["a", "b", "t", "expected", "own", 'it"s'])
@pytest.mark.parametrize("town_name", ["A town", "expected town", "broken", "n"])
def test_columns_may_have_the_names_of_the_query(search, zip_name, town_name):
    """What they are called in the SQL of the finding is nobody else's name."""
    wrong = ["town 09", *TOWNS[1:]]
    found = search({zip_name: ZIPS, town_name: wrong}, {zip_name: ZIPS, town_name: TOWNS})
    assert found.rows(found.one("dependency", town_name)) == [0]


def over_days(days, seed, rises):
    """Forty products on days of a year; of some the group changes, one day for good."""
    r = np.random.default_rng(seed)
    rows = []
    for _ in range(10 * days):
        product, day = int(r.integers(40)), int(r.integers(days))
        group = product % 6 + (product in rises and day >= 60 + 3 * product)
        at = date(2024, 1, 1) + timedelta(days=day)
        rows.append((f"P{product:02}", f"group {group % 6}", str(at)))
    return dict(zip(("product", "group", "day"), map(list, zip(*rows, strict=True)), strict=True))


def test_what_changes_with_time_is_not_wrong(search):
    """Products move to other groups: before and after, each has one."""
    production = over_days(360, 1, rises=range(0, 40, 3))
    pilot = over_days(45, 2, rises=())
    assert not search(production, pilot, time="day").of("dependency")
    at = next(k for k, g in enumerate(production["group"]) if g == "group 1")
    production["group"][at] = "group 4"
    finding = search(production, pilot, time="day")
    assert finding.rows(finding.one("dependency", "group")) == [at]
