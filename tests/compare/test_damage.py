"""The damage that counts give is the oracle's, to 1e-9; so are score and importance."""

import duckdb
import numpy as np
import pandas as pd
import pytest
from tests.oracle import score_reference as oracle

from dataready.compare.counts import counts_of
from dataready.compare.damage import Damage, column_damage, noise
from dataready.importance.probe import measure
from dataready.importance.samples import labelled
from dataready.model import Column, Schema
from dataready.profile.planning import first_plan, full_plan
from dataready.profile.profile import take
from dataready.readiness.score import combine
from dataready.testing import profiles_of

FIELDS = ("M", "V", "unparsed", "x", "s", "b", "kappa", "d")


def land(frame):
    """Put a frame into a database as an extract would, its types as they are."""
    con = duckdb.connect()
    rows = frame.assign(_dataready_file=0, _dataready_row=range(len(frame)))
    con.register("rows", rows)
    con.execute("CREATE TABLE data AS SELECT * FROM rows")
    con.unregister("rows")
    found = con.execute("SELECT column_name, column_type FROM (DESCRIBE data)").fetchall()
    return con, Schema(tuple(Column(*c) for c in found if not c[0].startswith("_dataready")))


def planned(pilot, target):
    """Profile the pilot under its full plan; dates are features here, as in the oracle."""
    con, schema = land(pilot)
    roles = {c.name: "target" if c.name == target else "feature" for c in schema}
    look = take(con, first_plan(con, schema, typed=True, roles=roles), schema)
    return con, take(con, full_plan(con, look), schema)


def damages(pilot, production, target=None):
    """Compute the damage as the product does."""
    _, here = planned(pilot, target)
    con, schema = land(production)
    return column_damage(counts_of(here, take(con, here.plan, schema)))


def table(n, seed):
    """Make a table of every kind of column that the oracle knows."""
    rng = np.random.default_rng(seed)
    e, c = rng.normal(size=(4, n)), rng.choice(list("uvwxyz"), n)
    days = pd.to_timedelta(rng.integers(0, 1000, n), unit="D")
    return pd.DataFrame(
        {
            "a": np.where(rng.random(n) < 0.05, np.nan, e[0]),
            "b": 20 + 3.5 * (e[0] + e[1]),
            "c": pd.Series(c, dtype=object).where(rng.random(n) > 0.1),
            "d": np.round(np.exp(e[2]), 2),
            "k": rng.integers(0, 5, n),
            "codes": rng.integers(0, 30, n) * 3,
            "id": [f"AB-{k:05d}" for k in rng.integers(0, 10**5, n)],
            "flag": np.where(e[0] > 0.2, "True", "False"),
            "bool": e[1] > 0,
            "one": "same",
            "none": pd.Series([None] * n, dtype=object),
            "when": pd.Timestamp("2020-01-01") + days,
            "y": (2.7 * e[0] + 0.7 * e[1] + (c < "w") + 0.5 * e[3] > 0.3).astype(int),
        }
    )


def part(frame, seed, share=0.3):
    """Choose some rows."""
    return np.random.default_rng(seed).random(len(frame)) < share


def shuffled(column, seed=5):
    """Break what a column goes with."""
    return column.sample(frac=1, random_state=seed).to_numpy()


DAMAGES = {
    "nothing": lambda t: t,
    "nulls": lambda t: t.assign(a=t.a.mask(part(t, 1)), c=t.c.mask(part(t, 2))),
    "nothing but nulls": lambda t: t.assign(a=np.nan, c=None),
    "another unit": lambda t: t.assign(b=t.b * 1000),
    "another unit in part": lambda t: t.assign(b=t.b.mask(part(t, 3), t.b * 1000)),
    "no column": lambda t: t.drop(columns=["a", "c", "id"]),
    "new column": lambda t: t.assign(new=1),
    "new categories": lambda t: t.assign(c=t.c.replace({"u": "U!", "v": "V!"})),
    "shuffled": lambda t: t.assign(a=shuffled(t.a), flag=shuffled(t.flag)),
    "other ids": lambda t: t.assign(id=t.id.str.replace("-", "")),
    "a text in numbers": lambda t: t.assign(d=t.d.astype(str).mask(part(t, 4), "7 kg")),
    "nothing but text": lambda t: t.assign(d=t.d.astype(str) + " kg"),
    "numbers as text": lambda t: t.assign(d=" " + t.d.astype(str) + " ", k=t.k.astype(str)),
    "unknown code": lambda t: t.assign(k=t.k.replace({1: 9}), codes=t.codes + 1),
    "few unknown codes": lambda t: t.assign(codes=t.codes.mask(part(t, 6, 0.01), t.codes + 1)),
    "infinities": lambda t: t.assign(b=t.b.mask(part(t, 7), np.inf)),
    "another population": lambda t: t[t.b > 20],
    "dates as text": lambda t: t.assign(when=t.when.dt.strftime("%Y-%m-%dT%H:%M:%S+02:00")),
    "later dates": lambda t: t.assign(when=t.when + pd.Timedelta(days=700)),
    "numbers for categories": lambda t: t.assign(c=1.0, flag=0.5),
    "few rows": lambda t: t[:60],
    "no rows": lambda t: t[:0],
    "everything": lambda t: t.assign(
        a=shuffled(t.a).round(1),
        b=t.b.mask(part(t, 8), t.b * 1e9),
        c=t.c.mask(part(t, 9), "?!"),
        when=t.when.mask(part(t, 10)),
    ),
}


@pytest.fixture(scope="module")
def pilot():
    """Answer one pilot: 1,501 rows, so that every decile is a row's own value."""
    return table(1501, 1)


@pytest.mark.parametrize("kind", DAMAGES)
def test_is_the_oracle_s(pilot, kind):
    """Every ingredient of every column's damage is equal to 1e-9."""
    production = DAMAGES[kind](table(1200, 2))

    got, want = damages(pilot, production, "y"), oracle.column_damage(pilot, production, "y")

    assert list(got) == list(want)
    for name, expected in want.items():
        for field in FIELDS:
            assert getattr(got[name], field) == pytest.approx(getattr(expected, field), abs=1e-9), (
                f"{field} of {name}"
            )
        assert got[name].absent == expected.absent


@pytest.mark.parametrize("seed", range(12))
def test_is_the_oracle_s_on_small_random_tables(seed):
    """Ties, single values, few rows and few distinct values are all read as the oracle reads."""
    rng = np.random.default_rng(seed)
    sizes = rng.choice([1, 11, 21, 101, 240, 301], 2)

    def draw(n):
        values = rng.choice([-1.0, 0.0, 2.5, 3.0, 1e6, np.nan], n, p=rng.dirichlet(np.ones(6)))
        return pd.DataFrame(
            {
                "few": values,
                "whole": rng.integers(0, rng.integers(1, 70), n),
                "text": rng.choice([*"abcdef", "é", "it's", "B"], n),
                "real": np.round(rng.normal(size=n), int(rng.integers(0, 4))),
                "heavy": np.where(rng.random(n) < 0.6, 0.0, rng.exponential(size=n)),
                "row": np.arange(n),  # the oracle does not know copies of rows
            }
        )

    pilot, production = draw(sizes[0]), draw(sizes[1])
    got, want = damages(pilot, production), oracle.column_damage(pilot, production)

    for name, expected in want.items():
        for field in FIELDS:
            assert getattr(got[name], field) == pytest.approx(getattr(expected, field), abs=1e-9), (
                f"{field} of {name}"
            )


@pytest.mark.parametrize(
    "kind", ["nothing", "nulls", "no column", "a text in numbers", "everything"]
)
@pytest.mark.parametrize("weighed", [True, False])
def test_combines_as_the_oracle_does(pilot, kind, weighed):
    """Value, points and dimensions are equal, with weights and without."""
    production = DAMAGES[kind](table(1200, 2))
    want = oracle.column_damage(pilot, production, "y")
    weights = {c: (k % 4) / 4 for k, c in enumerate(want)} if weighed else None

    value, points, dimensions = oracle.combine(want, weights)
    got = combine(damages(pilot, production, "y"), weights)

    assert got.value == pytest.approx(value, abs=1e-9)
    assert got.points == pytest.approx(points, abs=1e-9)
    assert got.dimensions == pytest.approx(dimensions, abs=1e-9)


@pytest.mark.parametrize("target", ["y", "b", "flag", "k2"])
def test_importance_is_the_oracle_s(target):
    """Two classes, a number, and several classes; rows without a target are left out."""
    frame = table(600, 3).drop(columns=["none"])
    frame["k2"] = pd.cut(frame.b, 3, labels=False).mask(part(frame, 1, 0.05))
    con, here = planned(frame, target)

    got = measure(labelled(con, here, target), seeds=(0,))
    weights, skills = oracle.importance(frame, target, 0)

    assert got.mean == pytest.approx(weights, abs=1e-9)
    assert tuple(got.skills.values()) == pytest.approx(skills, abs=1e-9)


def test_profiles_of_different_plans_are_refused():
    """Counts of other bins cannot be compared."""
    types = {"x": "BIGINT"}
    here, _ = profiles_of({"x": [1, 2]}, {"x": [1]}, types=types)
    other, _ = profiles_of({"x": [1, 3]}, {"x": [1]}, types=types)

    with pytest.raises(ValueError, match="Profiles of different plans"):
        counts_of(here, other)


@pytest.mark.parametrize(("copies", "within"), [((1, 3), 1e-9), ((1, 7), 1e-9), ((2, 1), 0.01)])
def test_copies_of_rows_count_once(pilot, copies, within):
    """What the oracle hears from rows that are there once is what several copies of them say.

    A pilot that is there twice has its deciles half a row from where they were.
    """
    production = DAMAGES["everything"](table(1200, 2))
    repeated = [
        pd.concat([frame] * n, ignore_index=True)
        for frame, n in zip((pilot, production), copies, strict=True)
    ]

    got, want = damages(*repeated, "y"), oracle.column_damage(pilot, production, "y")

    for name, expected in want.items():
        for field in FIELDS:
            assert getattr(got[name], field) == pytest.approx(
                getattr(expected, field), abs=within
            ), f"{field} of {name}"


def test_nan_is_as_good_as_null():
    """A pilot and a production that write NaN for what is missing are equally whole."""
    nan = float("nan")
    column = {"x": [nan, *map(float, range(9))] * 30}
    got = column_damage(counts_of(*profiles_of(column, column, types={"x": "DOUBLE"})))["x"]

    assert (got.M, got.V, got.d) == (0, 0, 0)


def test_a_column_without_pilot_values_cannot_be_measured():
    """Nothing is known of it, and that is said."""
    got = column_damage(counts_of(*profiles_of({"x": [None]}, {"x": [1]}, types={"x": "BIGINT"})))

    assert got == {"x": Damage(measurable=False)}


def test_noise_falls_with_rows():
    """Ten thousand rows hide less than a hundred, and a known distribution half of that."""
    shares = np.array([0.5, 0.5])

    assert noise(shares, 100, 100) > noise(shares, 10_000, 10_000)
    assert noise(shares, 100, np.inf) == pytest.approx(0.0398942, abs=1e-6)
