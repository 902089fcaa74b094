"""Tests for `dataready.profile.profile` and `relation`: types met in the wild."""

import datetime as dt

import duckdb
import pytest

from dataready.model import Column, Schema
from dataready.profile.plan import ColumnPlan, Plan
from dataready.profile.planning import first_plan, full_plan
from dataready.profile.profile import take
from dataready.profile.relation import missing, unparsed
from dataready.testing import profile_of, profiles_of, table_of

# Type: (SQL values, base, usable values, missing cells)
WILD = {
    "DECIMAL(18,4)": ("1.5, -2, NULL", "number", 2, 1),
    "HUGEINT": ("170141183460469231731687303715884105727, 1, NULL", "number", 2, 1),
    "UTINYINT": ("255, 0, NULL", "number", 2, 1),
    "FLOAT": ("0.5, 'inf', 'nan'", "number", 1, 1),
    "DOUBLE": ("'-inf', 'nan', 1e308, -1e308", "number", 2, 1),
    "INTEGER[]": ("[1, 2], [], NULL", "text", 2, 1),
    "VARCHAR[]": ("['a'], [NULL], NULL", "text", 2, 1),
    "STRUCT(a INTEGER, b VARCHAR)": ("{'a': 1, 'b': 'x'}, NULL", "text", 1, 1),
    "MAP(VARCHAR, INTEGER)": ("MAP {'k': 1}, NULL", "text", 1, 1),
    "UUID": ("'00000000-0000-0000-0000-000000000001', NULL", "text", 1, 1),
    "INTERVAL": ("INTERVAL 1 DAY, NULL", "text", 1, 1),
    "TIMESTAMP WITH TIME ZONE": ("'2020-01-01 00:00:00+02', 'infinity', NULL", "date", 1, 1),
    "TIMESTAMP": ("'2020-01-01', '-infinity', '9999-12-31', NULL", "date", 2, 1),
    "TIMESTAMP_NS": ("'2020-01-01 00:00:00.000000001', NULL", "date", 1, 1),
    "DATE": ("'5877642-06-25', '2020-01-01', '0044-03-15 (BC)', NULL", "date", 3, 1),
    "TIME": ("'10:00', NULL", "text", 1, 1),
    "ENUM('a', 'b', '')": ("'a', 'b', '', NULL", "text", 2, 2),
    "BLOB": ("'\\x00\\xFF'::BLOB, ''::BLOB, NULL", "text", 2, 1),
    "BIT": ("'101'::BIT, NULL", "text", 1, 1),
    "BOOLEAN": ("TRUE, FALSE, NULL", "text", 2, 1),
    "JSON": ("'{\"a\": 1}', NULL", "text", 1, 1),
}


def land(type_, values):
    """Make a table of one column of a type from SQL values."""
    con = duckdb.connect()
    rows = ", ".join(f"(({v})::{type_})" for v in split(values))
    con.execute(
        f"CREATE TABLE data AS SELECT x, 0 AS _dataready_file, 0::BIGINT AS _dataready_row"
        f" FROM (VALUES {rows}) v(x)"
    )
    (kind,) = con.execute("SELECT typeof(x) FROM data LIMIT 1").fetchone()
    return con, Schema((Column("x", kind),))


def split(values):
    """Split at the commas that are outside of brackets and quotes."""
    parts, depth, quoted = [""], 0, False
    for c in values:
        quoted ^= c == "'"
        depth += (c in "([{") - (c in ")]}") if not quoted else 0
        if c == "," and not depth and not quoted:
            parts.append("")
        else:
            parts[-1] += c
    return parts


@pytest.mark.parametrize("type_", WILD)
def test_types_met_in_the_wild(type_):
    """Every type is read, with its missing cells, or taken as the text it reads as."""
    values, base, usable, missing_ = WILD[type_]
    con, schema = land(type_, values)

    look = take(con, first_plan(con, schema, typed=True), schema)
    seen = take(con, full_plan(con, look), schema)["x"]

    assert seen.plan.base == base
    assert (seen.usable, seen.missing) == (usable, missing_)
    assert seen.counts["unparsed"] == len(split(values)) - usable - missing_


@pytest.mark.parametrize("base", ["number", "date", "text"])
@pytest.mark.parametrize("type_", WILD)
def test_every_type_can_stand_where_another_was(type_, base):
    """A column that has changed its type is counted, whatever the pilot's was."""
    con, schema = land(type_, WILD[type_][0])
    column = ColumnPlan(name="x", base=base, kind=base, low=0.0, high=1.0, mean=0.5, std=0.1)

    seen = take(con, Plan((column,)), schema)["x"]

    assert seen.rows == seen.missing + seen.usable + seen.counts["unparsed"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1970-01-02", 86_400),
        (" 1970-01-02 ", 86_400),
        ("1970-01-01T00:00:01Z", 1),
        ("1970-01-01 02:00:00+02:00", 0),
        ("1970-01-01T02:00+0200", 0),
        ("1969-12-31 23:00:00.5-01", 0.5),
        ("1970-01-01 00:01", 60),
        ("1970-02-30", None),
        ("19700102", None),
        ("2 January 1970", None),
    ],
)
@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_iso_dates_are_read_in_utc(text, expected, zone):
    """An offset is heeded, none is UTC, and the machine's own time zone does not matter."""
    con, schema = table_of({"x": [text]}, types={})
    con.execute(f"SET TimeZone = '{zone}'")

    seen = take(con, Plan((ColumnPlan(name="x", base="date"),)), schema)["x"]

    assert seen.range.low == expected
    assert seen.counts["unparsed"] == (expected is None)


@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_native_instants_do_not_depend_on_the_machine(zone):
    """A TIMESTAMP WITH TIME ZONE is an instant."""
    con, schema = land("TIMESTAMP WITH TIME ZONE", "'1970-01-01 02:00:00+02'")
    con.execute(f"SET TimeZone = '{zone}'")

    assert take(con, first_plan(con, schema, typed=True), schema)["x"].range.low == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", 1),
        (" 1.5\t", 1.5),
        ("+.5", 0.5),
        ("1.", 1),
        ("-1E+3", -1000),
        ("007", 7),
        ("1_000", None),
        ("1,5", None),
        ("0x1F", None),
        ("1e400", None),
        ("inf", None),
        ("NaN", None),
        ("7 kg", None),
        ("\u0661", None),
        ("true", None),
    ],
)
def test_numbers_are_plain_decimals(text, expected):
    """No units, no thousands separators, nothing that is not finite."""
    con, schema = table_of({"x": [text]}, types={})

    seen = take(con, Plan((ColumnPlan(name="x", base="number"),)), schema)["x"]

    assert list(seen.values.counts) == ([] if expected is None else [expected])


def test_cells_that_do_not_parse_are_listed_beside_sentinels():
    """The predicate of a finding is true for exactly the rows that were counted."""
    column = ColumnPlan(name="x", base="number", sentinels=(-9.0,), words=("?",))
    con, _ = table_of({"x": ["-9", "?", "7 kg", None, "1"]}, types={})

    def rows(where):
        found = con.execute(f"SELECT _dataready_row FROM data WHERE {where} ORDER BY 1").fetchall()
        return [r for (r,) in found]

    assert rows(unparsed('"x"', "VARCHAR", column)) == [2]
    assert rows(missing('"x"', "VARCHAR", column)) == [0, 1, 3]


@pytest.mark.parametrize("spelt", [("true", "false"), ("True", "False"), ("T", "F")])
def test_booleans_are_spelt_as_the_pilot_spells_them(spelt):
    """A pilot from CSV and a production of BOOLEANs hold the same values."""
    here, there = profiles_of(
        {"x": list(spelt)}, {"x": [True, False]}, types={}, production_types={"x": "BOOLEAN"}
    )

    assert here["x"].values.counts == there["x"].values.counts


def test_kinds_and_bins_of_a_pilot():
    """Few numbers are bins of their own, many are deciles; hardly repeating text is an id."""
    n = 101
    profile = profile_of(
        {
            "few": [k % 3 for k in range(n)],
            "many": list(range(n)),
            "id": [f"AB-{k}" for k in range(n)],
            "text": [f"{k % 7}x" for k in range(n)],
            "flat": ["v"] * n,
            "empty": [None] * n,
            "when": [dt.date(2020, 1, 1) + dt.timedelta(k) for k in range(n)],
        },
        types={"few": "BIGINT", "many": "BIGINT", "when": "DATE"},
    )
    plan = profile.plan

    assert {c.name: c.kind for c in plan} == {
        "few": "number",
        "many": "number",
        "id": "id",
        "text": "text",
        "flat": "flat",
        "empty": "empty",
        "when": "date",
    }
    assert plan["few"].cuts == (0, 1)
    assert plan["few"].codes == (0, 1, 2)
    assert plan["many"].cuts == pytest.approx(range(10, 100, 10))
    assert (plan["id"].role, plan["when"].role) == ("text", "time")
    assert plan["id"].shapes == ("a-9",)
    assert set(plan.pairs) == {("few", "many"), ("few", "text"), ("many", "text")}


def test_untyped_text_is_read():
    """What a CSV holds is looked into; leading zeros stay text."""
    profile = profile_of(
        {"n": ["1", "2.5", "?"], "d": ["31/12/2020", "01/02/2020", ""], "c": ["007", "010", "1"]},
        types={},
        typed=False,
    )

    assert [c.base for c in profile.plan] == ["number", "date", "text"]
    assert profile.plan["d"].date_format == "%d/%m/%Y"
    assert profile["d"].usable == 2


def test_a_missing_column_has_no_states():
    """What production lacks is not in its profile; nothing else is disturbed."""
    _, there = profiles_of({"x": [1], "y": [2]}, {"y": [2]}, types={"x": "INTEGER", "y": "INTEGER"})

    assert "x" not in there
    assert there.get("x") is None
    assert [c.plan.name for c in there] == ["y"]


def test_what_is_missing_together():
    """Sets of columns, as their positions."""
    rows = {"x": [1, None, None, 1], "y": [1, None, None, None]}
    profile = profile_of(rows, types={"x": "BIGINT", "y": "BIGINT"})

    assert profile.missing_together.counts == {(): 1, (0, 1): 2, (1,): 1}


DISTINCT = {
    "no copies": ({"x": [k / 7 for k in range(300)], "c": ["a", "b"] * 150}, 1),
    "three of each": ({"x": [k / 7 for k in range(300)] * 3, "c": ["a", "b"] * 450}, 1 / 3),
    "three of each, told apart together": (
        {name: [k % n for k in range(210)] * 3 for name, n in (("x", 30), ("c", 35), ("d", 42))},
        1 / 3,
    ),
    "one many times": (
        {"x": [0.5] * 700 + [k / 7 for k in range(300)], "c": ["a"] * 1000},
        301 / 1000,
    ),
    "few possible rows": ({"x": [k % 5 for k in range(60)], "c": ["a", "b"] * 30}, 1),
    "nothing but one row": ({"x": [1.5] * 60, "c": ["a"] * 60}, 1),
    "no rows": ({"x": [], "c": []}, 1),
}


@pytest.mark.parametrize("case", DISTINCT)
def test_exact_copies_of_rows_are_one_row_s_evidence(case):
    """Rows are told from copies, unless so few rows are possible that they repeat by chance."""
    columns, share = DISTINCT[case]

    seen = profile_of(columns, types={"x": "DOUBLE"})

    assert seen.distinct_share == pytest.approx(share)


def test_a_table_copied_as_a_whole_has_the_rows_it_had():
    """More rows than hashes are kept are estimated; copying all of them changes no estimate."""
    con, schema = table_of({"x": [], "c": []}, types={"x": "DOUBLE"})
    plan = Plan((ColumnPlan(name="x", base="number"), ColumnPlan(name="c", base="text")))

    def distinct(rows, copies):
        con.execute("DELETE FROM data")
        con.execute(
            "INSERT INTO data SELECT least(i, 20000)::DOUBLE, i % 3, 0, 0 "
            f"FROM range({rows}) r(i), range({copies})"
        )
        seen = take(con, plan, schema)
        return seen.distinct_share * seen.rows

    assert distinct(20_000, 1) == distinct(20_000, 2) == 20_000
    assert distinct(30_000, 1) == pytest.approx(20_003, rel=0.1)
    assert distinct(30_000, 3) == pytest.approx(distinct(30_000, 1), rel=1e-12)
