"""Every metric that ships is a homomorphism from rows to states."""

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dataready.profile.metrics import METRICS, MissingTogether, Pair, RowHashes
from dataready.profile.plan import ColumnPlan, Plan
from dataready.testing import assert_metric_laws

few = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def number(name="x", **more):
    """Make the full plan of a number by hand: bins, codes, range and a sentinel."""
    plan = {
        "kind": "number",
        "values": 9,
        "low": -5.0,
        "high": 9.0,
        "mean": 1.0,
        "std": 2.0,
        "cuts": (-1.0, 0.0, 3.5),
        "codes": (0.0, 1.0, 7.0),
        "sentinels": (-9.0,),
    }
    return ColumnPlan(name=name, base="number", **(plan | more))


def text(name="x", **more):
    """Make the full plan of a text by hand: categories, shapes and a word for missing."""
    plan = {"kind": "text", "values": 9, "categories": ("a", "b", "ü"), "words": ("n/a",)}
    return ColumnPlan(name=name, base="text", **(plan | more))


DATE = ColumnPlan(
    name="x",
    base="date",
    kind="date",
    values=3,
    low=0.0,
    high=1e6,
    mean=5e5,
    std=1e5,
    cuts=(86400.0, 2e5),
    sentinels=(0.0,),
)
ID = text(kind="id", role="text", shapes=("a-9", "9"))

whole = st.integers(-12, 12)
real = (
    st.sampled_from([float("nan"), float("inf"), float("-inf"), -0.0, 1e300, -1e300, 5e-324, -9.0])
    | st.floats(-20, 20)
    | st.floats(allow_nan=False, allow_infinity=False)
)
words = st.sampled_from(
    [
        "a",
        "b",
        "ü",
        "A",
        "",
        " ",
        "\t\n",
        "\xa0",
        "n/a",
        "AB-12",
        "ab-١٢",
        "😀",
        "it's",
        '"',
        "x\0y",
    ]
) | st.text(st.characters(codec="utf-8"), max_size=5)
numerals = st.sampled_from(["1", " 2.5 ", "1e3", "-9", "1_0", "", "n/a", "inf", "7 kg"]) | words
days = st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1))
written = st.sampled_from(
    ["2020-02-29", "2021-02-29", "1970-01-01T00:00:00Z", "2020-01-01 10:00+02:00", "", "soon"]
)

CASES = {
    "integers": (number(), "BIGINT", whole),
    "floats": (number(), "DOUBLE", real),
    "numbers as text": (number(), "VARCHAR", numerals),
    "numbers where text was": (text(), "DOUBLE", real),
    "text": (text(), "VARCHAR", words),
    "ids": (ID, "VARCHAR", words),
    "dates": (DATE, "DATE", days),
    "dates as text": (DATE, "VARCHAR", written),
    "booleans": (number(), "BOOLEAN", st.booleans()),
}


@pytest.mark.parametrize("cap", [None, 1], ids=lambda c: f"cap {c}")
@pytest.mark.parametrize("case", CASES)
@given(data=st.data())
@few
def test_states_merge(case, cap, data):
    """A table scanned in parts gives the state of the table scanned whole, for every metric."""
    plan, type_, values = CASES[case]
    rows = st.lists(st.none() | values, max_size=6)
    parts = [{"x": data.draw(rows)} for _ in range(3)]
    metrics = [m(plan, type_) for m in METRICS if m.applies(plan)]

    assert_metric_laws(metrics, Plan((plan,)), parts, types={"x": type_}, cap=cap)


def test_every_metric_is_in_some_case():
    """A metric that applies to none of the plans above would be checked nowhere."""
    plans = [plan for plan, _, _ in CASES.values()]

    assert all(any(m.applies(plan) for plan in plans) for m in METRICS)


@pytest.mark.parametrize("cap", [None, 1], ids=lambda c: f"cap {c}")
@given(data=st.data())
@few
def test_metrics_of_several_columns_merge(cap, data):
    """Joint bins, sets of missing columns and hashes of rows add up as single columns do."""
    plan = Plan((number("x"), text("y"), number("z")))
    row = st.tuples(st.none() | real, st.none() | words, st.none() | real)
    parts = [
        dict(zip("xyz", zip(*rows, strict=True) if rows else ((), (), ()), strict=True))
        for rows in (data.draw(st.lists(row, max_size=6)) for _ in range(3))
    ]
    metrics = [Pair("x", "y"), Pair("y", "z"), Pair("x", "z")]
    metrics += [MissingTogether.of(plan), RowHashes.of(plan)]

    assert_metric_laws(metrics, plan, parts, types={"x": "DOUBLE", "z": "DOUBLE"}, cap=cap)


@pytest.mark.parametrize("case", CASES)
def test_nothing_but_nulls_merges(case):
    """Columns of NULLs alone, and of no rows, have states like any other."""
    plan, type_, _ = CASES[case]
    metrics = [m(plan, type_) for m in METRICS if m.applies(plan)]
    parts = [{"x": [None, None]}, {"x": []}, {"x": [None]}]

    assert_metric_laws(metrics, Plan((plan,)), parts, types={"x": type_})
