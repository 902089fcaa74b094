"""Tests for `detect.arithmetic`: sums, products and orders that the pilot keeps."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

from dataready.model import Severity

RANDOM = random.Random(7)  # noqa: S311 - no secret
ROWS = 400


def orders(rows=ROWS):
    """Orders: net and tax make gross; price times quantity, rounded, is net; dates in order."""
    price = [RANDOM.randint(100, 9_999) / 100 for _ in range(rows)]
    quantity = [RANDOM.randint(1, 40) for _ in range(rows)]
    net = [round(p * q, 1) for p, q in zip(price, quantity, strict=True)]
    tax = [RANDOM.randint(0, 900) / 10 for _ in range(rows)]
    ordered = [date(2024, 1, 1) + timedelta(days=RANDOM.randint(0, 300)) for _ in range(rows)]
    sent = [d + timedelta(days=RANDOM.randint(0, 9)) for d in ordered]
    gross = [round(n + t, 1) for n, t in zip(net, tax, strict=True)]
    columns = {"price": price, "quantity": quantity, "net": net, "tax": tax, "gross": gross}
    dates = {"ordered": [str(d) for d in ordered], "sent": [str(d) for d in sent]}
    return {k: [str(v) for v in values] for k, values in columns.items()} | dates


def test_sums_and_products_are_learnt_and_their_breaks_counted(search):
    """Exactly the rows that were changed, with all columns of the rule in the query."""
    production = orders()
    for k in range(0, 60, 2):
        production["gross"][k] = str(round(float(production["gross"][k]) + 7.5, 1))
    for k in range(0, 45, 3):
        production["price"][k] = str(round(float(production["price"][k]) * 1.5, 2))
    found = {f.column: f for f in search(production, orders()).of("arithmetic")}
    assert found["gross"].rows_affected == 30
    assert found["gross"].severity is Severity.WARN
    assert '"net", "tax", "gross"' in found["gross"].sql
    assert found["net"].rows_affected == 15
    assert "'price' * 'quantity' = 'net'" in found["net"].message


def test_two_clean_tables_raise_nothing(search):
    """Rounding is no break, and so is a missing part."""
    production = orders()
    production["tax"][:5] = [None] * 5
    found = search(production, orders())
    assert not found.of("arithmetic") + found.of("date_order")


def test_a_date_before_the_one_that_it_follows(search):
    """What was sent before it was ordered."""
    production = orders()
    for k in range(12):
        production["sent"][k] = "2023-05-05"
    finding = search(production, orders(), time="ordered").one("date_order", "sent")
    assert finding.rows_affected == 12
    assert "'ordered' <= 'sent'" in finding.message


def test_a_rule_that_the_pilot_breaks_as_often_is_no_news(search):
    """One row in two hundred on both sides is a note."""
    pilot, production = orders(), orders()
    for side in (pilot, production):
        side["gross"][:2] = ["1.0", "1.0"]
    finding = search(production, pilot).one("arithmetic", "gross")
    assert finding.severity is Severity.INFO


def test_without_a_pilot_the_rest_of_the_table_sets_the_rule(search):
    """Three rows in four hundred stand out."""
    table = orders()
    table["gross"][:3] = ["1.0", "2.0", "3.0"]
    assert search(table).one("arithmetic", "gross").rows_affected == 3


def test_small_numbers_make_no_rule_by_chance(search):
    """Dice, flags and zeros add up now and then."""
    dice = {c: [str(RANDOM.randint(0, 3)) for _ in range(ROWS)] for c in "abcd"}
    flags = {c: ["0"] * ROWS for c in "ef"} | {"g": dice["a"]}
    assert not search(dice | flags).of("arithmetic")


@pytest.mark.parametrize("values", [[], ["1"], [None] * 5])
def test_tables_of_nothing_obey_nothing(search, values):
    """Empty, one row, all null."""
    assert not search(dict.fromkeys("abc", values), orders()).of("arithmetic")
