"""A small shop: orders of customers, whose segment decides what is late."""

from __future__ import annotations

import random

from dataready.config import load_config

SETTINGS = """\
project: shop
policy: {{min_pilot_rows: 100, min_production_rows: 100}}
datasets:
  orders:
    pilot: orders_pilot.csv
    production: orders.csv
    target: late
    key: order_id
    owner: sales
    joins: [{joins}]
    suites: {suites}{orders}
  customers:
    pilot: customers_pilot.csv
    production: customers.csv
    key: id
    owner: crm
    owners: {{score: risk}}
    personal: [name]
    roles: {{note: ignore}}
    effort: {{segment: 3}}
    suites: {{learn: false}}{customers}
"""
JOIN = "{dataset: customers, on: {customer: id}}"


def orders(count, *, seed, customers=60):
    """Rows of orders, each of a customer whose number says its segment."""
    draw = random.Random(seed)  # noqa: S311 - no secret
    rows = []
    for k in range(count):
        customer = draw.randrange(customers)
        amount = draw.gauss(100, 20)
        late = (amount - 100) / 20 + 3 * (customer % 3 == 0) + draw.gauss(0, 0.5) > 1
        rows.append([str(k), f"C{customer}", f"{amount:.1f}", f"{late:d}"])
    return [["order_id", "customer", "amount", "late"], *rows]


def customers(count=60):
    """Rows of customers; their segments follow from their numbers."""
    rows = [
        [f"C{k}", f"Name {k}", "gold" if k % 3 == 0 else "tin", str(k * 7 % 50), f"n{k % 5}"]
        for k in range(count)
    ]
    return [["id", "name", "segment", "score", "note"], *rows]


def shop(folder, *, joins=JOIN, suites="{learn: false}", more="", customers_more="", **tables):
    """Write the shop with some of its tables (by file name) replaced; read its settings."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        "orders_pilot": orders(400, seed=1),
        "orders": orders(800, seed=2),
        "customers_pilot": customers(),
        "customers": customers(),
    }
    for name, rows in (files | tables).items():
        text = "".join(",".join(row) + "\n" for row in rows)
        (folder / f"{name}.csv").write_text(text)
    path = folder / "dataready.yaml"
    path.write_text(
        SETTINGS.format(joins=joins, suites=suites, orders=more, customers=customers_more)
    )
    return load_config(path)
