"""Tests for `detect.totals`: sums that another dataset states, and the rows that make them."""

from __future__ import annotations

import random

import pytest
from tests.detect.test_foreign_keys import land


def lines(n=200, seed=1):
    """Order lines: order, quantity, price."""
    rng = random.Random(seed)  # noqa: S311
    rows = [
        (f"O{k:04}", rng.randrange(1, 9), round(rng.uniform(1, 50), 2))
        for k in range(n)
        for _ in range(rng.randrange(1, 5))
    ]
    return {
        "order_id": [o for o, _, _ in rows],
        "quantity": [str(q) for _, q, _ in rows],
        "price": [f"{p}" for _, _, p in rows],
    }


def orders(table, path, wrong=()):
    """Orders with the totals of their lines, some of them wrong."""
    totals, counts = {}, {}
    for o, q, p in zip(table["order_id"], table["quantity"], table["price"], strict=True):
        totals[o] = totals.get(o, 0) + int(q) * float(p)
        counts[o] = counts.get(o, 0) + 1
    values = [round(v + (100 if o in wrong else 0), 2) for o, v in totals.items()]
    return {"orders": land(path, order_id=list(totals), total=values, lines=list(counts.values()))}


@pytest.mark.parametrize("declared", [True, False])
def test_totals_that_do_not_add_up_are_found(search, tmp_path, declared):
    """Through a declared reference, and through one that was found."""
    table = lines()
    there = orders(table, tmp_path / "o.duckdb", wrong={"O0003", "O0007"})
    known = {"order_id": ("orders", "order_id", there["orders"])}
    links = {"references": known} if declared else {"neighbours": there}
    finding = search(table, **links).one("total_differs", "order_id")
    assert "2 of 200 totals orders.total" in finding.message
    assert "'quantity' times 'price'" in finding.message
    assert finding.rows_affected == sum(o in {"O0003", "O0007"} for o in table["order_id"])
    assert finding.severity == "warn"


def test_totals_that_add_up_are_silent(search, tmp_path):
    """All of them, and a number that is no total."""
    table = lines()
    assert not search(table, neighbours=orders(table, tmp_path / "o.duckdb")).of("total_differs")


def test_numbers_that_are_no_totals_are_silent(search, tmp_path):
    """Nothing adds up to them, for any order."""
    table = lines()
    keys = sorted(set(table["order_id"]))
    there = {"orders": land(tmp_path / "o.duckdb", order_id=keys, age=list(range(len(keys))))}
    assert not search(table, neighbours=there).of("total_differs")
