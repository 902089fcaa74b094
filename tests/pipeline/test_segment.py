"""Tests for `dataready.pipeline.segment`: groups are counted as if each stood alone."""

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from dataready.compare.counts import counts_of
from dataready.compare.damage import column_damage
from dataready.compare.segment import counts_between, related, union
from dataready.config import Dataset, Policy
from dataready.model import FILE_COLUMN, ROW_COLUMN, Column, Schema, Verdict
from dataready.pipeline.compare import compare
from dataready.pipeline.segment import MISSING, OTHERS, segmentations
from dataready.profile.plan import Plan
from dataready.profile.planning import first_plan, full_plan
from dataready.profile.profile import take

REGIONS = ("north", "south", "west")
FIELDS = ("pilot_rows", "pilot_missing", "rows", "missing", "unparsed", "outside", "absurd")


def land(columns):
    """Make the table of an extract."""
    con = duckdb.connect()
    rows = pa.table(columns)
    own = {FILE_COLUMN: [0] * len(rows), ROW_COLUMN: list(range(len(rows)))}
    for name, cells in own.items():
        rows = rows.append_column(name, [cells])
    con.register("rows", rows)
    con.execute("CREATE TABLE data AS SELECT * FROM rows")
    con.unregister("rows")
    found = con.execute("SELECT column_name, column_type FROM (DESCRIBE data)").fetchall()
    return con, Schema(tuple(Column(*c) for c in found if c[0] not in own))


def both(pilot, production, *, personal=()):
    """Profile two tables under the plan of the first."""
    p, schema = land(pilot)
    bare = first_plan(p, schema, typed=True, personal=frozenset(personal))
    plan = full_plan(p, take(p, bare, schema))
    q, theirs = land(production)
    return (p, take(p, plan, schema)), (q, take(q, plan, theirs))


def split(pilot, production, *columns, personal=()):
    """Count two tables by the groups of columns."""
    here, there = both(pilot, production, personal=personal)
    return segmentations(here, there, counts_of(here[1], there[1]), columns)


def table(n, seed):
    """Draw columns of every kind, with gaps, that go together."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    return {
        "region": rng.choice([*REGIONS, None], n).tolist(),
        "x": [None if k % 7 == 0 else float(v) for k, v in enumerate(x)],
        "y": np.round(x + rng.normal(size=n), 1).tolist(),
        "kind": ["hi" if v > 0 else f"lo{k % 3}" for k, v in enumerate(x)],
        "few": rng.integers(0, 4, n).tolist(),
        "id": [f"AB-{k}" for k in rng.permutation(n)],
    }


PILOT = table(900, 1)
PRODUCTION = table(1500, 2) | {"kind": ["new" if k % 9 == 0 else "hi" for k in range(1500)]}


def rows_of(columns, column, values):
    """Choose the rows that have one of some values."""
    chosen = [k for k, v in enumerate(columns[column]) if v in values]
    return {name: [cells[k] for k in chosen] for name, cells in columns.items()}


def alone(plan, pilot, production):
    """Count two tables by themselves, under a plan from elsewhere."""
    sides = []
    for columns in (pilot, production):
        con, schema = land({n: pa.array(c, TYPES[n]) for n, c in columns.items()})
        sides.append(take(con, plan, schema))
    return counts_of(*sides)


TYPES = {
    **dict.fromkeys(("region", "kind", "id"), pa.string()),
    **dict.fromkeys(("x", "y"), pa.float64()),
    "few": pa.int64(),
}


def met(column):
    """Answer what is counted of each category that a side has."""
    counted = zip(column.pilot_bins, column.production_bins, column.known, strict=True)
    return {v: c for v, c in zip(column.values, counted, strict=True) if c[0] or c[1]}


def assert_same(got, wanted):
    """Two comparisons count the same; categories that neither side has do not matter."""
    for a, b in zip(got.columns, wanted.columns, strict=True):
        assert [getattr(a, f) for f in FIELDS] == [getattr(b, f) for f in FIELDS]
        if a.values:
            assert met(a) == met(b)
        else:
            np.testing.assert_array_equal(a.pilot_bins, b.pilot_bins)
            np.testing.assert_array_equal(a.production_bins, b.production_bins)
        np.testing.assert_array_equal(a.shapes[3:], b.shapes[3:])
    assert got.pairs == wanted.pairs
    np.testing.assert_array_equal(got.pilot_joint, wanted.pilot_joint)
    np.testing.assert_array_equal(got.production_joint, wanted.production_joint)


@pytest.mark.parametrize(
    "values", [("north",), (None,), ("north", "west"), (*REGIONS, None)], ids=str
)
def test_groups_count_as_if_they_stood_alone(values):
    """Parts of any groups add up to the counts of their rows, profiled by themselves."""
    here, there = both(PILOT, PRODUCTION)
    (got,) = segmentations(here, there, counts_of(here[1], there[1]), ["region"])
    labels = [MISSING if v is None else v for v in values]
    chosen = [g for g in got.groups if g.label in labels]
    names = [c.plan.name for c in got.whole.columns]
    plan = Plan(
        here[1].plan.columns,
        tuple(
            pair
            for pair in here[1].plan.pairs
            if tuple(sorted(map(names.index, pair))) in got.whole.pairs
        ),
    )

    together = counts_between(
        got.whole, union([g.pilot for g in chosen]), union([g.production for g in chosen])
    )

    wanted = alone(plan, rows_of(PILOT, "region", values), rows_of(PRODUCTION, "region", values))
    assert got.whole.pairs
    assert_same(together, wanted)


def test_all_groups_are_the_whole():
    """Nothing is lost between the groups: their sum is damaged like all rows at once."""
    here, there = both(PILOT, PRODUCTION)
    counts = counts_of(here[1], there[1])
    got = segmentations(here, there, counts, ["region", "x", "few", "id"])

    for one in got:
        whole = counts_between(one.whole, one.pilot, union([g.production for g in one.groups]))
        assert_same(whole, related(counts))
        assert column_damage(whole) == column_damage(related(counts))
        assert one.rows == 1500


def test_several_columns_are_counted_as_one_by_one():
    """Another segment beside it changes nothing, and naming one twice neither."""
    one, _ = split(PILOT, PRODUCTION, "few", "region", "few")
    (alone_,) = split(PILOT, PRODUCTION, "few")

    assert [g.label for g in one.groups] == [g.label for g in alone_.groups]
    for a, b in zip(one.groups, alone_.groups, strict=True):
        np.testing.assert_array_equal(a.production.cells, b.production.cells)
        np.testing.assert_array_equal(a.pilot.joint, b.pilot.joint)


def test_values_are_ranked_and_the_rest_is_together():
    """The twenty values of most rows stand alone; of under five rows none does."""
    often = [f"v{k:02d}" for k in range(22) for _ in range(30 - k)]
    cells = [*often, *["rare"] * 4, None]
    (got,) = split({"s": cells, "x": range(len(cells))}, {"s": cells, "x": range(len(cells))}, "s")
    rows = {g.label: g.production.rows for g in got.groups}

    assert list(rows) == [*(f"v{k:02d}" for k in range(20)), OTHERS, MISSING]
    assert (rows["v00"], rows["v19"], rows[OTHERS], rows[MISSING]) == (30, 11, 10 + 9 + 4, 1)


def test_numbers_of_many_values_are_split_by_the_pilots_bins():
    """Up to twenty values stand alone; more are binned, and what is beyond is in the last."""
    pilot = {"n": [float(k) for k in range(100)], "few": [k % 20 for k in range(100)]}
    production = {"n": [*pilot["n"][1:], 1e9], "few": [*pilot["few"][1:], None]}

    many, few = split(pilot, production, "n", "few")

    assert [g.label for g in many.groups][::9] == ["up to 9.9", "above 89.1"]
    assert [g.production.rows for g in many.groups] == [9, *[10] * 8, 11, 0]
    assert [g.label for g in few.groups] == [*map(str, range(1, 20)), OTHERS, MISSING]
    assert [g.production.rows for g in few.groups] == [*[5] * 19, 4, 1]


def test_values_cannot_break_out_or_pose_as_our_words():
    """Quotes, control characters and our own labels are values like any other."""
    hostile = ["it's", "'; DROP TABLE data; --", 'a"b', "nul\0", MISSING, OTHERS, "<b>", "\u202ex"]
    cells = hostile * 6 + [None] * 5
    columns = {'s"; --': cells, "x": range(len(cells))}

    (got,) = split(columns, columns, 's"; --')

    shown = {g.label: (g.pilot.rows, g.production.rows) for g in got.groups}
    quoted = [f"'{v}'" if v in {MISSING, OTHERS} else v for v in hostile]
    assert shown == dict.fromkeys(quoted, (6, 6)) | {OTHERS: (0, 0), MISSING: (5, 5)}


@pytest.mark.parametrize("personal", [("who",), ()])
def test_personal_values_are_told_by_number(personal):
    """Of a personal column, and of what looks personal anywhere, no value is shown."""
    people = [f"p{k}@example.org" for k in range(3)]
    cells = [v for k, v in enumerate(people) for _ in range(20 + k)]
    columns = {"who": cells, "age": [30.0 + k % 40 for k in range(len(cells))]}

    (got,) = split(columns, columns, "who", personal=personal)

    assert [g.label for g in got.groups] == ["group 1", "group 2", "group 3", OTHERS, MISSING]
    assert [g.production.rows for g in got.groups] == [22, 21, 20, 0, 0]


def test_bins_of_personal_numbers_are_told_by_number():
    """An edge between bins is a value of a person too."""
    columns = {"age": [float(k) for k in range(100)]}

    (got,) = split(columns, columns, "age", personal=("age",))

    assert [g.label for g in got.groups] == [*(f"group {k}" for k in range(1, 11)), MISSING]


def test_a_column_that_is_gone_splits_nothing():
    """Without the column production has no groups."""
    assert split(PILOT, {n: c for n, c in PRODUCTION.items() if n != "region"}, "region") == ()


def write(path, columns):
    """Write a CSV file."""
    con = duckdb.connect()
    con.register("rows", pa.table(columns))
    con.execute("COPY rows TO $path (HEADER)", {"path": str(path)})


def orders(n, seed, *, broken=None):
    """Draw labelled orders of four regions; in one of them half of the weights may be gone."""
    rng = np.random.default_rng(seed)
    region = rng.choice(["DE", "FR", "NL", "PL"], n)
    weight, value = rng.normal(5, 1, n), rng.normal(50, 9, n)
    late = weight + 0.05 * value + rng.normal(0, 0.7, n) > 7.5
    gone = (region == broken) & (rng.random(n) < 0.5)
    return {
        "region": region.tolist(),
        "weight": [None if g else round(w, 3) for g, w in zip(gone, weight, strict=True)],
        "value": np.round(value, 2).tolist(),
        "late": late.astype(int).tolist(),
    }


def test_a_fault_in_one_region_is_told_of_that_region(tmp_path):
    """It is no-go and worst off, the others go, and the ready scope names exactly those."""
    write(tmp_path / "pilot.csv", orders(4000, 1))
    write(tmp_path / "production.csv", orders(8000, 2, broken="FR"))
    dataset = Dataset.model_validate(
        {
            "pilot": "pilot.csv",
            "production": "production.csv",
            "target": "late",
            "segments": ["region"],
        }
    )

    with compare("orders", dataset, Policy(), base=tmp_path) as compared:
        got = compared.assessment

    worst, *others = got.segments
    assert (worst.value, worst.verdict, worst.worst[:10]) == ("FR", Verdict.NO_GO, "'weight' -")
    assert {g.value: g.verdict for g in others} == dict.fromkeys(("DE", "NL", "PL"), Verdict.GO)
    (scope,) = got.ready_scope
    assert (set(scope.ready), scope.not_ready) == ({"DE", "NL", "PL"}, ("FR",))
    assert scope.rows_share == pytest.approx(0.75, abs=0.02)
    assert scope.low > 95
    assert got.from_dict(got.to_dict()).ready_scope[0].ready == scope.ready


def test_a_segment_that_is_gone_is_said(tmp_path):
    """Its groups cannot be judged, and the report does not pass over it."""
    columns = orders(600, 1)
    write(tmp_path / "pilot.csv", columns)
    write(tmp_path / "production.csv", {n: c for n, c in columns.items() if n != "region"})
    dataset = Dataset.model_validate(
        {"pilot": "pilot.csv", "production": "production.csv", "segments": ["region"]}
    )

    with compare("orders", dataset, Policy(), base=tmp_path) as compared:
        got = compared.assessment

    assert (got.segments, got.ready_scope) == ((), ())
    assert any("'region' is not in production" in limit for limit in got.limits)
