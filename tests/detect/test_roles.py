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
