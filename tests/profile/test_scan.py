"""Tests for `dataready.profile.scan`: the SQL that is planned, and what it answers."""

import pytest

from dataready.model import Column, Schema
from dataready.profile.metrics import Pair
from dataready.profile.metrics.completeness import Completeness
from dataready.profile.metrics.spread import Range
from dataready.profile.metrics.values import Values
from dataready.profile.plan import ColumnPlan, Plan
from dataready.profile.relation import Relation
from dataready.profile.scan import plan_scan, scan
from dataready.profile.state import Extremes
from dataready.testing import profile_of, profiles_of, table_of

X = ColumnPlan(name="x", base="number")
TABLE = Relation("t", Plan((X,)), Schema((Column("x", "BIGINT"),)))
CELLS = TABLE.select(["x"])


def relation(*columns):
    """Offer columns of whole numbers."""
    schema = Schema(tuple(Column(c.name, "BIGINT") for c in columns))
    return Relation("data", Plan(columns), schema, {})


def test_aggregates_share_one_select():
    """The SQL is the contract: two metrics, one pass, and one grouping of its own."""
    offered = relation(X)
    planned = plan_scan(offered, [Range(X, "BIGINT"), Values(X, "BIGINT")])

    assert planned.selects == (
        "SELECT\n"
        '  min("x·value") AS "range(x).low",\n'
        '  max("x·value") AS "range(x).high"\n'
        f"FROM (\n{offered.select(['x'])}\n)",
    )
    assert planned.groups == {
        "values(x)": 'SELECT "x·value" AS k0, count(*) AS n\n'
        f"FROM (\n{offered.select(['x'])}\n)\n"
        'WHERE "x·value" IS NOT NULL\nGROUP BY ALL\nLIMIT 10001'
    }


def test_planning_changes_nothing():
    """The same metrics give the same SQL, twice."""
    metrics = [Completeness(X, "BIGINT"), Range(X, "BIGINT"), Values(X, "BIGINT")]

    assert plan_scan(relation(X), metrics) == plan_scan(relation(X), metrics)


def test_many_columns_take_few_passes():
    """Eighty columns are two SELECTs, and each reads its own columns alone."""
    columns = [ColumnPlan(name=f"c{k}", base="number") for k in range(80)]

    first, second = plan_scan(relation(*columns), [Range(c, "BIGINT") for c in columns]).selects

    assert '"c39·value"' in first
    assert '"c40' not in first
    assert '"c39' not in second


def test_counts_each_cell_once():
    """Null, NaN, blank, disguised, foreign and usable cells exclude each other."""
    column = ColumnPlan(name="x", base="number", words=("n/a",), sentinels=(-9.0,))
    cells = [None, "", "\xa0 ", "n/a", "-9", "-9.0", "7 kg", "1", " 2 "]
    con, schema = table_of({"x": cells}, types={})

    states = scan(con, Plan((column,)), schema, [Completeness(column, "VARCHAR")])

    assert states["completeness(x)"].counts == {
        "rows": 9,
        "nulls": 1,
        "blanks": 2,
        "disguised": 3,
        "unparsed": 1,
    }


def test_no_rows_is_no_evidence():
    """An empty table has neither ends nor a mean, and 0 rows of everything."""
    seen = profile_of({"x": []}, types={"x": "DOUBLE"})["x"]

    assert (seen.rows, seen.missing, seen.usable) == (0, 0, 0)
    assert seen.range == Extremes()
    assert seen.moments.std is None
    assert seen.plan.kind == "empty"


def test_huge_numbers_do_not_stop_a_scan():
    """Numbers whose squares no DOUBLE holds are in the range, and not in the mean."""
    seen = profile_of({"x": [1e300, -1e300, 1.0, 3.0]}, types={"x": "DOUBLE"})["x"]

    assert seen.range == Extremes(-1e300, 1e300)
    assert (seen.moments.mean, seen.moments.std) == (2, 1)


def test_numbers_that_all_are_huge_do_not_stop_a_scan():
    """Bins and plans are made even so."""
    column = [1.7e308, -1.7e308, 1.1e308] * 5
    here, there = profiles_of({"x": column}, {"x": column}, types={"x": "DOUBLE"})

    assert there["x"].usable == 15
    assert sum(here["x"].histogram.counts.values()) == 15


HOSTILE = [
    'a"b',
    "x",
    "x·value",
    "x·raw",
    "x·state",
    '"; drop table data; --',
    "<script>",
    "naïve 😀",
    "self",
    "a, b",
    "c",
    "a",
    "b, c",
    "%s {0} ?",
    "select",
    " ",
]


def test_hostile_names_survive():
    """Names with quotes, commas, dataready's own endings and SQL in them are only names."""
    columns = {name: [k, k + 1, k + 1, None] * 3 for k, name in enumerate(HOSTILE)}
    profile = profile_of(columns, types=dict.fromkeys(columns, "BIGINT"))

    assert profile.schema.names == tuple(HOSTILE)
    for k, name in enumerate(HOSTILE):
        seen = profile[name]
        assert (seen.rows, seen.missing, seen.values.counts) == (12, 3, {k: 3, k + 1: 6})


def test_pairs_of_names_with_commas_are_told_apart():
    """The pair of "a, b" and "c" is not that of "a" and "b, c"."""
    assert Pair("a, b", "c").id != Pair("a", "b, c").id
    columns = {"a, b": [1, 2], "c": [1, 2], "a": [1, 2], "b, c": [2, 1]}
    profile = profile_of(columns, types=dict.fromkeys(columns, "BIGINT"))

    assert profile.pair("a, b", "c").counts == {(0, 0): 1, (1, 1): 1}
    assert profile.pair("a", "b, c").counts == {(0, 1): 1, (1, 0): 1}


def test_hostile_categories_survive():
    """Values with quotes, NUL, backslashes and SQL in them are counted, known and binned."""
    values = ["it's", 'a"b', "x\0y", "\\", "'; drop table data; --", "ü"]
    seen = profile_of({"x": values * 2}, types={})["x"]

    assert seen.values.known == dict.fromkeys(values, 2)
    assert sum(seen.histogram.counts.values()) == 12


def test_wide_tables_are_profiled():
    """Twelve hundred columns stay below the depth of expression that DuckDB allows."""
    columns = {f"c{k}": ["v"] for k in range(1200)}
    con, schema = table_of(columns, types={})
    plan = Plan(tuple(ColumnPlan(name=c, base="text") for c in columns))
    metrics = [Completeness(c, "VARCHAR") for c in plan]

    assert len(scan(con, plan, schema, metrics)) == 1200


@pytest.mark.parametrize("name", ["self", "changes", "x"])
def test_plans_of_columns_are_replaced_by_any_name(name):
    """A column may be called as an argument is."""
    plan = Plan((ColumnPlan(name=name, base="text"),))
    other = ColumnPlan(name=name, base="number")

    assert plan.with_columns(**{name: other})[name] == other
