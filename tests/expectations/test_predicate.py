"""Rules as SQL: exactly the rows that break them."""

from __future__ import annotations

import duckdb
import pytest
from tests.expectations.table import Pair, extract_of

from dataready.expectations.predicate import Reader, rows_sql
from dataready.expectations.rules import Rule
from dataready.extract.manifest import Extract


@pytest.mark.parametrize(
    ("rule", "rows"),
    [
        (Rule(kind="not_null", column="amount"), {1, 3}),
        (Rule(kind="type", column="amount"), {3}),
        (Rule(kind="range", column="amount", low=0.0, high=10.0), {2}),
        (Rule(kind="range", column="amount", low=6.0), {0}),
        (Rule(kind="categories", column="country", values=("DE",)), {1}),
        (Rule(kind="format", column="sku", values=("a-9",)), {2}),
        (Rule(kind="length", column="sku", low=5, high=5), {3}),
        (Rule(kind="unique", column="order_id"), {0, 2}),
    ],
    ids=lambda value: value.id if isinstance(value, Rule) else "",
)
def test_lists_exactly_the_rows_that_break_a_rule(
    pair: Pair, four: Extract, rule: Rule, rows: set[int]
) -> None:
    """A missing or unreadable value breaks only the rules that are about it."""
    reader = Reader(pair.plan, four.manifest.schema, {})
    sql = reader.sql(rule)
    assert sql is not None
    with duckdb.connect(str(four.path), read_only=True) as con:
        assert {row[1] for row in con.execute(sql).fetchall()} == rows


@pytest.fixture(scope="module")
def four(tmp_path_factory: pytest.TempPathFactory) -> Extract:
    """Four rows."""
    columns = """
        ['a', 'b', 'a', 'c'][i + 1] AS order_id,
        ['5', ' ', '99', 'five'][i + 1] AS amount,
        ['DE', 'XX', NULL, ''][i + 1] AS country,
        ['AB-12', 'AB-34', 'AB 12', 'A-1'][i + 1] AS sku
    """
    return extract_of(tmp_path_factory.mktemp("four") / "four.duckdb", columns, 4)


def test_a_column_that_must_be_there_has_no_rows(pair: Pair, four: Extract) -> None:
    """Neither has any rule on a column that production lacks."""
    reader = Reader(pair.plan, four.manifest.schema, {})
    assert reader.where(Rule(kind="present", column="amount")) is None
    assert reader.sql(Rule(kind="not_null", column="bought")) is None


def test_mapped_columns_are_read_under_their_own_name(pair: Pair, four: Extract) -> None:
    """The predicate speaks of production's column, the rule of the pilot's."""
    reader = Reader(pair.plan, four.manifest.schema, {"note": "sku"})
    where = reader.where(Rule(kind="not_null", column="note"))
    assert where is not None
    assert '"sku"' in where
    assert "note" in reader.columns
    assert reader.columns.count("sku") == 1


def test_columns_that_the_pilot_lacks_are_offered_as_they_are(pair: Pair, four: Extract) -> None:
    """A suite may speak of a new column; it is read as text."""
    schema = extract_schema(four, "extra")
    reader = Reader(pair.plan, schema, {})
    assert "extra" in reader.columns
    assert reader.planned("extra").base == "text"


def extract_schema(extract: Extract, more: str):
    """Add a column to an extract's schema."""
    from dataready.model import Column, Schema

    return Schema((*extract.manifest.columns, Column(more, "VARCHAR")))


def test_hostile_names_are_quoted() -> None:
    """A quote in a column's name ends nothing."""
    assert (
        rows_sql("TRUE", 'a"; DROP TABLE data').splitlines()[0].endswith('"a""; DROP TABLE data"')
    )
