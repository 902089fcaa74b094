"""Joins that cannot all be meant are refused where they stand."""

from __future__ import annotations

import pytest

from dataready.config import SettingsError, load_config

SHOP = """\
project: Demo
datasets:
  orders:
    pilot: p.csv
    production: q.csv
    joins: [{joins}]
  customers:
    pilot: p.csv
    production: q.csv
    joins: [{more}]
  regions:
    pilot: p.csv
    production: q.csv
    joins: [{most}]
"""


@pytest.fixture
def problems(tmp_path):
    """Answer the problems of a shop's joins as (line, setting, message)."""

    def load(joins, more="", most="", *, head="", tail=""):
        path = tmp_path / "dataready.yaml"
        path.write_text(head + SHOP.format(joins=joins, more=more, most=most) + tail)
        with pytest.raises(SettingsError) as caught:
            load_config(path)
        return [(p.line, ".".join(map(str, p.location)), p.message) for p in caught.value.problems]

    return load


def to(dataset, **parts):
    """Write a join."""
    said = {"dataset": dataset, "on": "{a: id}"} | parts
    return "{" + ", ".join(f"{k}: {v}" for k, v in said.items()) + "}"


def test_joins_are_read(tmp_path):
    """A chain is no ring, and a table may be joined by several; one column needs no list."""
    path = tmp_path / "dataready.yaml"
    joins = f"{to('customers', columns='x')}, {to('regions')}"
    path.write_text(SHOP.format(joins=joins, more=to("regions"), most=""))
    first, second = load_config(path).datasets["orders"].joins
    assert (first.dataset, first.on, first.columns) == ("customers", {"a": "id"}, ("x",))
    assert (second.dataset, second.columns) == ("regions", ())


@pytest.mark.parametrize(
    ("joins", "where", "message"),
    [
        (to("custmers"), "0.dataset", "There is no dataset 'custmers'. Did you mean 'customers'?"),
        (to("orders"), "0.dataset", "'orders' joins itself."),
        (f"{to('regions')}, {to('regions')}", "1.dataset", "'regions' is joined already"),
        (to("regions", columns="[x, id]"), "0.columns.1", "'id' is the key of the join: 'a'"),
        (to("regions", columns="[x, x]"), "0.columns.1", "'x' is named twice"),
        (to("regions", on="{}"), "0.on", "It is empty"),
        ("{dataset: regions}", "0.on", "It is required"),
        (to("regions", colums="x"), "0.colums", "Did you mean 'columns'?"),
        (to("regions", on="[a]"), "0.on", "A list is no mapping"),
    ],
)
def test_a_join_that_cannot_be_meant_is_refused(problems, joins, where, message):
    """With its line, its place in the list and what to do."""
    ((line, setting, said),) = problems(joins)
    assert (line, setting) == (6, f"datasets.orders.joins.{where}")
    assert message in said


def test_joins_that_lead_back_are_told_once(problems):
    """Many rows to one cannot hold all the way round."""
    ((line, setting, said),) = problems(to("customers"), to("regions"), to("orders"))
    assert (line, setting) == (6, "datasets.orders.joins.0.dataset")
    assert "'orders' joins 'customers' joins 'regions' joins 'orders'" in said


def test_rings_are_told_with_other_problems(problems):
    """Also where pydantic stops at something else, and a join has no readable name."""
    found = problems(f"{to('customers')}, 7, {to('[x]')}", to("orders"), tail="polcy: {}\n")
    assert (6, "datasets.orders.joins.0.dataset") in [(line, where) for line, where, _ in found]
    assert any("'orders' joins 'customers' joins 'orders'" in message for *_, message in found)
    assert any(where == "polcy" for _, where, _ in found)


def test_names_from_the_environment_are_not_shown(problems, monkeypatch):
    """Messages have the reference."""
    monkeypatch.setenv("OTHER", "secret")
    ((_, _, said),) = problems(to('"${OTHER}"'))
    assert "There is no dataset '${OTHER}'." in said
