"""Rules learnt from a pilot: which, how tolerant, and of which columns none."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.expectations.table import Pair, count, pilot_of

from dataready.expectations.predicate import Reader
from dataready.expectations.rules import Rule, learn
from dataready.model import Severity


def test_learns_the_rules_that_fit_each_column(rules: tuple[Rule, ...]) -> None:
    """Numbers get a range, categories a list, ids formats and lengths, the key uniqueness."""
    kinds: dict[str, list[str]] = {}
    for rule in rules:
        kinds.setdefault(rule.column, []).append(rule.kind)
    assert kinds == {
        "order_id": ["present", "not_null", "unique"],
        "amount": ["present", "not_null", "type", "range"],
        "country": ["present", "not_null", "categories"],
        "bought": ["present", "not_null", "type"],
        "email": ["present", "not_null", "length"],
        "sku": ["present", "not_null", "format", "length"],
        "note": ["present", "not_null", "format", "length"],
    }


def test_no_rule_holds_a_value_of_a_personal_column(rules: tuple[Rule, ...]) -> None:
    """Of a personal column only counts and lengths are kept; of the target nothing."""
    mine = [r for r in rules if r.column == "email"]
    assert mine
    assert not any(r.values for r in mine)
    assert "example.com" not in repr(rules)
    assert "paid" not in {r.column for r in rules}


def test_every_limit_says_where_it_came_from(rules: tuple[Rule, ...]) -> None:
    """No limit stands without its origin and its evidence; all but two kinds are tolerant."""
    assert all(r.limit_origin and r.evidence and r.dataset == "orders" for r in rules)
    strict = {r.kind for r in rules if not r.limit}
    assert strict == {"present", "unique"}
    assert {r.kind for r in rules if r.severity is Severity.FAIL} == strict


@pytest.mark.parametrize("seed", range(8))
def test_honest_new_rows_break_no_rule(tmp_path: Path, seed: int) -> None:
    """Fresh rows of the same population, of every size, stay within every limit."""
    columns = f"""
        'K' || (1000000 + i) AS order_id,
        CASE WHEN hash(i, {seed}, 1) % 20 > 0
          THEN round(tan(1.4 * (hash(i, {seed}, 2) % 10000) / 10000), 3)::VARCHAR END AS amount,
        'c' || floor(sqrt(hash(i, {seed}, 3) % 400))::INTEGER AS country
    """
    pair = pilot_of(tmp_path, columns, rows=400)
    rules = learn(pair.pilot, dataset="orders")
    assert {r.kind for r in rules} >= {"range", "categories", "unique"}
    for rows in (400, 4000):
        shifted = columns.replace("i, ", "i + 5000, ")
        extract = pair.production(f"next{rows}", shifted, rows)
        reader = Reader(pair.plan, extract.manifest.schema, {})
        for rule in rules:
            where = reader.where(rule)
            if where is not None:
                assert count(extract, where) <= rule.limit * rows, rule.id


def test_a_column_of_many_once_met_values_has_no_list(tmp_path: Path) -> None:
    """A list that most new rows would miss is no rule."""
    pair = pilot_of(tmp_path, "'v' || (i % 90 + i // 2) AS name", rows=100)
    assert "categories" not in {r.kind for r in learn(pair.pilot, dataset="names")}


def test_a_key_that_repeats_in_the_pilot_is_no_key(tmp_path: Path) -> None:
    """Uniqueness that the pilot does not keep is not demanded of production."""
    pair = pilot_of(tmp_path, "'K' || (i // 2) AS order_id", rows=100)
    assert "unique" not in {r.kind for r in learn(pair.pilot, dataset="orders")}


def test_a_key_with_few_repeats_is_tolerant(tmp_path: Path) -> None:
    """One repeat in the pilot allows as large a share in production."""
    pair = pilot_of(tmp_path, "'K' || greatest(i, 1) AS order_id", rows=500)
    (rule,) = [r for r in learn(pair.pilot, dataset="orders") if r.kind == "unique"]
    assert 0.004 < rule.limit < 0.05


def test_an_empty_column_must_only_be_there(tmp_path: Path) -> None:
    """What was never filled in the pilot promises nothing but its name."""
    pair = pilot_of(tmp_path, "NULL::VARCHAR AS nothing", rows=20)
    assert [r.kind for r in learn(pair.pilot, dataset="orders")] == ["present"]


@pytest.mark.parametrize(
    ("rule", "wording"),
    [
        (Rule(kind="present", column="x"), "there as a column"),
        (Rule(kind="range", column="x", low=1.0), "at least 1"),
        (Rule(kind="range", column="x", high=2.5), "at most 2.5"),
        (Rule(kind="length", column="x", low=7, high=7), "exactly 7 characters long"),
        (Rule(kind="type", column="x", base="date", date_format="%Y"), "readable as date (%Y)"),
        (Rule(kind="unique", column="x", limit=0.01), "unique, in at least 99 %"),
    ],
)
def test_a_rule_says_what_it_demands(rule: Rule, wording: str) -> None:
    """Wordings are for people, with the share where there is tolerance."""
    assert rule.wording == wording


def test_learning_twice_gives_the_same_rules(pair: Pair) -> None:
    """The same pilot gives the same rules, each with an id of its own."""
    once, again = (learn(pair.pilot, dataset="orders") for _ in range(2))
    assert once == again
    assert len({r.id for r in once}) == len(once)
