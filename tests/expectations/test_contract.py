"""Data contracts: what a suite demands comes back, and what others wrote is understood."""

from __future__ import annotations

from pathlib import Path

import pytest

from dataready.errors import ExpectationError
from dataready.expectations.contract import read_contract, write_contract
from dataready.expectations.rules import Rule
from dataready.expectations.suite_file import SuiteFile


def test_a_suite_survives_a_contract(rules: tuple[Rule, ...], tmp_path: Path) -> None:
    """Every rule comes back with the same demand and limit."""
    more = (
        Rule(kind="unique", column="a", also=("b",)),
        Rule(kind="order", column="a", also=("b",)),
    )
    suite = SuiteFile.learnt("orders", (*rules, *more))
    write_contract(suite, tmp_path / "orders.odcs.yaml")
    back = {rule.id: rule for rule in read_contract(tmp_path / "orders.odcs.yaml")}
    assert set(back) >= {rule.id for rule in suite.active}
    for rule in suite.active:
        twin = back[rule.id]
        assert (twin.wording, twin.values) == (rule.wording, rule.values)
        assert twin.severity == rule.severity


CONTRACT = """
apiVersion: v3.1.0
kind: DataContract
id: 53581432
schema:
  - name: orders
    properties:
      - name: tenant_id
        logicalType: integer
        primaryKey: true
        primaryKeyPosition: 2
        required: true
      - name: order_id
        logicalType: string
        primaryKey: true
        primaryKeyPosition: 1
        logicalTypeOptions: {minLength: 3, pattern: "^A"}
      - name: status
        logicalType: string
        quality:
          - metric: invalidValues
            arguments: {validValues: [new, paid]}
            mustBeLessThan: 5
            unit: percent
          - type: sql
            query: SELECT 1
            mustBe: 1
          - metric: nullValues
            mustBe: 0
"""


def test_a_contract_of_others_is_understood(tmp_path: Path) -> None:
    """Types, keys, options and metrics are rules; SQL of others is never run."""
    path = tmp_path / "c.yaml"
    path.write_text(CONTRACT)
    found = {rule.id: rule for rule in read_contract(path)}
    assert set(found) == {
        "present(tenant_id)", "type(tenant_id)", "not_null(tenant_id)", "present(order_id)",
        "length(order_id)", "pattern(order_id)", "present(status)", "categories(status)",
        "not_null(status)", "unique(order_id, tenant_id)",
    }  # fmt: skip
    assert found["type(tenant_id)"].whole
    assert found["categories(status)"].limit == pytest.approx(0.05)
    assert found["categories(status)"].values == ("new", "paid")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("schema: [", "no data contract"),
        ("apiVersion: v2.2.2\nschema: []", "version 3 is understood"),
        ("apiVersion: v3.0.0\nschema: [{name: a}, {name: b}]", "a, b"),
        ("apiVersion: v3.0.0\nschema: [{name: a, properties: [1]}]", "not built as the standard"),
    ],
)
def test_what_is_no_contract_says_so(tmp_path: Path, text: str, message: str) -> None:
    """The message says what there is."""
    path = tmp_path / "c.yaml"
    path.write_text(text)
    with pytest.raises(ExpectationError, match=message):
        read_contract(path)
