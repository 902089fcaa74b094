"""Tests for `detect.renames`, `names` and `content`: the same column under another name."""

from __future__ import annotations

import random

import pytest

from dataready.detect.names import name_similarity


def table(n=600, seed=1):
    """Columns of every kind."""
    rng = random.Random(seed)  # noqa: S311
    return {
        "customer_id": [f"C{rng.randrange(10**6):06}" for _ in range(n)],
        "ship_weight": [f"{rng.lognormvariate(1, 0.5):.2f}" for _ in range(n)],
        "service": [rng.choice(["economy", "standard", "express"]) for _ in range(n)],
        "is_gift": [rng.choice(["true", "false"]) for _ in range(n)],
        "ordered": [f"2024-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}" for _ in range(n)],
    }


def called(columns, **names):
    """Give columns other names."""
    return {names.get(name, name): values for name, values in columns.items()}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("customer_id", "cust_id"),
        ("ship_weight", "ShipWeight"),
        ("ship_weight", "x17"),
        ("service", "delivery'; --"),
        ("ordered", "order_date"),
    ],
)
def test_a_renamed_column_is_found(search, old, new):
    """By its name, its content, or both."""
    finding = search(called(table(seed=2), **{old: new}), table()).one("column_renamed", old)
    assert f"'{new}'" in finding.message
    assert finding.measured >= 0.55
    assert finding.rows_affected == 600


def test_dates_of_a_later_year_keep_their_column(search):
    """Time goes on; the name says the rest."""
    later = table(seed=2)
    later["ordered"] = [d.replace("2024", "2026") for d in later["ordered"]]
    finding = search(called(later, ordered="order_date"), table()).one("column_renamed")
    assert finding.column == "ordered"


def test_several_renames_are_told_apart(search):
    """Each pilot column gets the one that holds the same."""
    names = {"ship_weight": "a", "service": "b", "customer_id": "customer"}
    found = search(called(table(seed=2), **names), table()).of("column_renamed")
    proposed = {f.column: f.message.split("'")[3] for f in found}
    assert proposed == names


def test_a_dropped_column_and_another_new_one_are_no_rename(search):
    """Neither the name nor the content agrees."""
    production = table(seed=2)
    del production["ship_weight"]
    production["rating"] = [str(k % 5) for k in range(600)]
    assert not search(production, table()).of("column_renamed")


def test_flags_of_like_shares_are_no_rename(search):
    """Any flag looks like any other: content alone does not tell, elsewhere in the table."""
    production = table(seed=2)
    production["newsletter"] = production.pop("is_gift")
    assert not search(production, table()).of("column_renamed")


def test_a_flag_in_its_old_place_is_proposed(search):
    """Between the same neighbours, with the same values: the place speaks for it."""
    finding = search(called(table(seed=2), is_gift="f03"), table()).one("column_renamed")
    assert finding.column == "is_gift"
    assert "same place" in finding.message


def test_two_columns_alike_are_told_apart_by_their_places(search):
    """Equal contents under opaque names: each stands where it stood."""
    here, there = table(), table(seed=2)
    for side, seed in ((here, 3), (there, 4)):
        side["net_weight"] = table(seed=seed)["ship_weight"]
    found = search(called(there, ship_weight="a", net_weight="b"), here).of("column_renamed")
    assert {f.column: f.examples[0] for f in found} == {"ship_weight": "a", "net_weight": "b"}


def test_a_unit_apart_is_no_rename_by_content(search):
    """Bins alone cannot tell 5 from 5,000; the range can."""
    production = called(table(seed=2), ship_weight="x17")
    production["x17"] = [str(1000 * float(v)) for v in production["x17"]]
    assert not search(production, table()).of("column_renamed")


def test_a_column_renamed_in_some_rows_is_found_there(search):
    """The one is filled where the other is not."""
    production = table(seed=2)
    production["weight"] = [v if k < 150 else None for k, v in enumerate(production["ship_weight"])]
    production["ship_weight"] = [
        None if k < 150 else v for k, v in enumerate(production["ship_weight"])
    ]
    found = search(production, table())
    finding = found.one("column_renamed_in_part", "ship_weight")
    assert found.rows(finding) == list(range(150))


def test_a_new_column_filled_elsewhere_is_no_rename(search):
    """It holds something else, or stands beside the old one."""
    production = table(seed=2)
    production["weight"] = [v if k < 150 else None for k, v in enumerate(production["ship_weight"])]
    assert not search(production, table()).of("column_renamed_in_part")
    production["ship_weight"] = [
        None if k < 150 else v for k, v in enumerate(production["ship_weight"])
    ]
    production["weight"] = ["heavy" if k < 150 else None for k in range(600)]
    assert not search(production, table()).of("column_renamed_in_part")


@pytest.mark.parametrize("rows", [0, 1])
def test_hardly_any_rows_raise_nothing(search, rows):
    """Empty and one row."""
    search(called(table(rows, 2), service="s"), table())


def test_empty_columns_are_never_renamed(search):
    """What holds nothing resembles nothing."""
    production = called(table(seed=2), service="s")
    production["s"] = [None] * 600
    assert not search(production, table()).of("column_renamed")


@pytest.mark.parametrize(
    ("a", "b", "least"),
    [("dob", "date_of_birth", 0.9), ("qty", "qty.", 1.0), ("amount", "amt", 0.6), ("x", "", 0.1)],
)
def test_names_are_alike_by_letters_words_and_initials(a, b, least):
    """Symmetric, and never zero."""
    assert name_similarity(a, b) == name_similarity(b, a) >= least


def test_different_names_are_not_alike():
    """Nothing in common."""
    assert name_similarity("price", "country") < 0.4


def lined_up(n=600, start=0, seed=1):
    """A table that counts on, with a column that nothing fills."""
    serial = {"number": [str(100_000 + start + k) for k in range(n)]}
    return {**serial, **table(n, seed), "remark": [None] * n}


OPAQUE = {name: f"f{k:02}" for k, name in enumerate(lined_up(2))}


def test_a_header_written_anew_maps_what_only_its_place_tells(search):
    """Numbers that have counted on, and an empty column, in a line of others that hold the same."""
    later = called(lined_up(start=90_000, seed=2), **OPAQUE)
    found = search(later, lined_up()).of("column_renamed")
    proposed = {f.column: f.message.split("'")[3] for f in found}
    assert proposed == OPAQUE


@pytest.mark.parametrize(
    "other",
    [
        [f"remark {k} of a person" for k in range(600)],
        [["north", "south"][k % 2] for k in range(600)],
        [f"2019-0{k % 9 + 1}-11" for k in range(600)],
    ],
    ids=["texts", "categories", "dates"],
)
def test_another_column_in_its_place_is_not_the_same(search, other):
    """A serial number does not become something else by standing where it stood."""
    later = called(lined_up(seed=2) | {"number": other}, **OPAQUE)
    found = search(later, lined_up()).of("column_renamed")
    assert "number" not in {f.column for f in found}


def test_a_place_alone_says_nothing_where_little_else_is_known(search):
    """One other column that holds the same makes no line."""
    pilot = {name: lined_up()[name] for name in ("number", "ship_weight", "is_gift")}
    later = {name: lined_up(start=90_000, seed=2)[name] for name in pilot}
    names = {"number": "f0", "ship_weight": "f1"}
    found = search(called(later, **names), pilot).of("column_renamed")
    assert {f.column for f in found} == {"ship_weight"}
