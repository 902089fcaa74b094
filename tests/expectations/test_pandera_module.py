"""The module that a data team reads: plain, valid, and safe whatever the data is called."""

from __future__ import annotations

import ast

import pytest

from dataready.expectations.pandera_module import pandera_source
from dataready.expectations.rules import Rule

HOSTILE = [
    'a"b',
    "it's",
    "x\ny",
    '"""',
    "\\",
    "class",
    "1st",
    "_x",
    "é",
    "schema",
    "{x}",
    "a b",
    "a-b",
]


def test_is_python_with_a_model_named_after_the_file() -> None:
    """The class has the file's name; limits stand beside what they limit."""
    rule = Rule(kind="range", column="amount", low=0.0, high=9.5, limit=0.01, evidence="seen")
    source = pandera_source([rule], name="open orders")
    assert "class OpenOrders(pa.DataFrameModel):" in source
    assert 'mostly_between={"low": 0.0, "high": 9.5, "share": 0.99},' in source
    assert 'description="seen"' in source
    assert all(len(line) <= 100 for line in source.splitlines())


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_and_values_stay_literals(name: str) -> None:
    """Column names, categories and a dataset's name never become code."""
    rules = [
        Rule(kind="present", column=name, dataset=name),
        Rule(kind="categories", column=name, values=(name, "b"), dataset=name, limit=0.1),
    ]
    tree = ast.parse(pandera_source(rules, name=name))
    (model,) = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    (found,) = [node for node in model.body if isinstance(node, ast.AnnAssign)]
    assert isinstance(found.value, ast.Call)
    arguments = {k.arg: ast.literal_eval(k.value) for k in found.value.keywords}
    assert isinstance(found.target, ast.Name)
    assert arguments.get("alias", found.target.id) == name
    assert arguments["mostly_isin"]["values"] == [name, "b"]
    assert len(tree.body) == 5


def test_columns_of_alike_names_keep_an_attribute_each() -> None:
    """Two names that become the same attribute are told apart."""
    rules = [Rule(kind="present", column=c) for c in ("a b", "a-b", "a_b")]
    source = pandera_source(rules, name="t")
    assert [line.split(":")[0].strip() for line in source.splitlines() if ": str" in line] == [
        "a_b",
        "a_b_2",
        "a_b_3",
    ]


def test_no_rules_are_still_a_module() -> None:
    """A pilot that promises nothing gives an empty model."""
    ast.parse(pandera_source([], name="empty"))


def test_long_lists_stand_an_item_a_line() -> None:
    """A list of many categories can be edited line by line."""
    values = tuple(f"category number {k}" for k in range(20))
    source = pandera_source([Rule(kind="categories", column="x", values=values)], name="t")
    assert '            "category number 7",\n' in source
