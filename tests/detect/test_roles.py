"""Tests for `detect.roles`: guessed keys and personal columns."""

from __future__ import annotations

import pytest
from tests.detect.conftest import searched


def key_of(columns):
    """Answer the key that is guessed."""
    return searched(columns).scene.key


def test_an_identifier_that_never_repeats_is_the_key():
    """Named like one, or a counter."""
    values = [str(k % 7) for k in range(150)]
    assert key_of({"v": values, "OrderId": [f"A{k:04}" for k in range(150)]}) == ("OrderId",)
    assert key_of({"v": values, "record": [str(k + 5) for k in range(150)]}) == ("record",)


@pytest.mark.parametrize(
    "ids",
    [
        [f"A{k // 2:04}" for k in range(150)],
        [f"A{k:04}" if k else None for k in range(150)],
        [f"A{k:04}" for k in range(99)],
    ],
    ids=["repeats", "has a hole", "few"],
)
def test_what_repeats_or_has_holes_is_no_key(ids):
    """Nor is one of a few rows."""
    assert key_of({"order_id": ids, "v": ["1"] * len(ids)}) == ()


def test_measurements_are_no_key_though_they_differ():
    """A number with decimals identifies nothing, whatever it is called."""
    assert key_of({"price_index": [f"{k * 1.37:.4f}" for k in range(150)]}) == ()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("contact", "user{}@mail.org"),
        ("Phone", "+49 30 {}"),
        ("lastName", "Name{}"),
        ("e-mail", "x{}"),
        ("customer_name", "Some Name{}"),
        ("iban", "DE{}"),
    ],
)
def test_personal_columns_are_guessed(name, value):
    """By what they hold or what they are called."""
    plan = searched({name: [value.format(k) for k in range(50)]}).scene.production.plan
    assert plan[name].personal


def people(k):
    """Answer a name; half of given names are common ones."""
    given = ("Maria", "James", "Hans", "Wei")[k % 4]
    return f"{given} {'ABCDEFGHIJ'[k // 4 % 10]}iller"


@pytest.mark.parametrize(
    "make",
    [
        lambda k: f"+4930234567{k:02}",
        lambda k: f"(202) 456-14{k:02}",
        people,
        lambda k: f"{'ABCDEFGHIJ'[k % 10]}raun, Mr. {'KLMNOPQRST'[k // 10]}wen",
    ],
    ids=["telephones", "calls", "given names", "titles"],
)
def test_personal_data_is_known_by_its_content(make):
    """Whatever the column is called."""
    plan = searched({"c7": [make(k) for k in range(60)]}).scene.production.plan
    assert plan["c7"].personal


@pytest.mark.parametrize(
    "make",
    [
        lambda k: f"{9.5 + k}",
        lambda k: f"2024-03-{1 + k % 28:02}T10:{k:02}:00",
        lambda k: f"{1_709_000_000 + 60 * k}",
        lambda k: f"404-555-{1000 + k}-B",
        lambda k: f"0409-{4200 + k}-01",
        lambda k: f"Mac Pro {k}",
        lambda k: f"{k} kg of ham",
        lambda k: f"Rue {k}",
        lambda k: f"{40_000_000_000 + 13 * k}",
    ],
    ids=["prices", "times", "moments", "parts", "drugs", "products", "amounts", "towns", "numbers"],
)
def test_other_content_is_not_personal(make):
    """Prices, times, codes and products look like nobody."""
    plan = searched({"c7": [make(k) for k in range(60)]}).scene.production.plan
    assert not plan["c7"].personal


def test_an_address_is_a_person_s_in_a_table_of_persons():
    """Shops have one too."""
    columns = {"place": [f"{k} Elm Street" for k in range(60)]}
    assert not searched(columns).scene.production.plan["place"].personal
    columns["customer_id"] = [f"K{k % 20}" for k in range(60)]
    assert searched(columns).scene.production.plan["place"].personal


@pytest.mark.parametrize("name", ["filename", "streetlight", "mobile_app_id", "hotel_name"])
def test_other_columns_are_not_personal(name):
    """Words within words do not count."""
    plan = searched({name: [f"v{k}" for k in range(50)]}).scene.production.plan
    assert not plan[name].personal


def test_a_name_beside_an_address_is_a_person_s():
    """A table of people says so by its other columns."""
    people = {
        "name": [f"Name{k}" for k in range(50)],
        "email": [f"u{k}@mail.org" for k in range(50)],
    }
    assert searched(people).scene.production.plan["name"].personal
    assert not searched({"name": people["name"]}).scene.production.plan["name"].personal


def test_a_name_is_a_person_s_in_its_own_table_only():
    """Columns of another table that was joined begin with its name."""
    columns = {
        "name": [f"Thing{k}" for k in range(50)],
        "buyer.name": [f"Name{k}" for k in range(50)],
        "buyer.email": [f"u{k}@mail.org" for k in range(50)],
    }
    plan = searched(columns).scene.production.plan
    assert [c.name for c in plan if c.personal] == ["buyer.name", "buyer.email"]


def test_names_with_a_telephone_are_personal():
    """Of a contact in one text; a maker's articles with a number are things."""
    people = {"contact": [f"Ana Lima - 0812 8425 {k:04}" for k in range(40)]}
    things = {"article": [f"Pump {k} model 40012{k:05}" for k in range(40)]}
    assert searched(people).scene.production.plan["contact"].personal
    assert not searched(things).scene.production.plan["article"].personal
