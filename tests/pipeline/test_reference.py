"""References that nobody declared become rules that people may accept, and runs keep to them."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from dataready.config import Config, load_config
from dataready.expectations.suite_file import read_suite
from dataready.pipeline.expect import learn_suite
from dataready.pipeline.reference import referred
from dataready.pipeline.run import chosen_datasets, run_project

SETTINGS = """\
project: shop
datasets:
  orders:
    pilot: orders.csv
    production: sold.csv
    key: id
    suites: {rules: orders.rules.yaml, engine: fast}
  customers:
    pilot: customers.csv
    production: customers.csv
    key: id
    suites: {learn: false}
"""
# One order in fifty is of a customer who is nobody; in production every tenth is.
ORDERS = """
SELECT 'O-' || i AS id, CASE WHEN i % {lost} = 0 THEN 'X-' || i
  ELSE 'C-' || (1000 + (i * 37) % 400) END AS customer_id, i * 7 % 13 AS n FROM range(1000) AS t(i)
"""


@pytest.fixture
def shop(tmp_path: Path) -> Config:
    """Orders and customers; nobody says that one refers to the other."""
    (tmp_path / "dataready.yaml").write_text(SETTINGS)
    tables = {
        "orders": ORDERS.format(lost=50),
        "sold": ORDERS.format(lost=10),
        "customers": "SELECT 'C-' || (1000 + i) AS id, i % 3 AS kind FROM range(400) AS t(i)",
    }
    with duckdb.connect() as con:
        for name, sql in tables.items():
            con.execute(f"COPY ({sql}) TO '{tmp_path / name}.csv'")
    return load_config(tmp_path / "dataready.yaml")


def test_a_reference_is_found_proposed_and_judged(shop: Config) -> None:
    """Its tolerance is what the pilot's own orders lack, and a run pulls what it leads to."""
    learnt = learn_suite(shop, "orders")
    (rule,) = (r for r in learnt.added if r.kind == "reference")
    assert (rule.column, rule.refers_to) == ("customer_id", "customers.id")
    assert 0.02 < rule.limit < 0.05
    assert "the names say so; 980 of 1,000 rows find theirs" in rule.evidence
    entry = next(e for e in read_suite(learnt.path).entries if e.rule.kind == "reference")
    assert entry.decision == "proposed"
    assert entry.held_out.endswith("rows break it")
    assert referred(shop, "orders") == {"customers"}
    assert set(chosen_datasets(shop, ("orders",))[1]) == {"orders", "customers"}
    run = run_project(shop, only=("orders",))
    found = json.loads((run / "datasets" / "orders" / "assessment.json").read_text())
    (told,) = (r for s in found["suites"] for r in s["results"] if r["expectation"] == "reference")
    assert (told["result"], told["rows_failed"]) == ("fail", 100)


def test_a_rejected_reference_leads_nowhere(shop: Config) -> None:
    """What people reject is not run, so that nothing is pulled for it."""
    path = learn_suite(shop, "orders").path
    head, found = path.read_text().split("kind: reference")
    path.write_text(head + "kind: reference" + found.replace("proposed", "rejected", 1))
    assert referred(shop, "orders") == set()


def test_learning_outlives_a_neighbour_that_cannot_be_read(shop: Config) -> None:
    """A dataset that may be referred to, and is not there, harms no other."""
    shop.resolve("customers.csv").unlink()
    assert not [r for r in learn_suite(shop, "orders").added if r.kind == "reference"]
