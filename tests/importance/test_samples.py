"""Tests for `dataready.importance.samples`: what is read for the pilot's own model, and later."""

import numpy as np
import pytest

from dataready.importance.probe import NoProbeError
from dataready.importance.samples import labelled, outcomes, sourced
from dataready.model import TABLE
from dataready.profile.planning import first_plan, full_plan
from dataready.profile.profile import take
from dataready.profile.relation import Relation
from dataready.testing import table_of

PILOT = {
    "n": ["1.5", "-999", "x", "4"],
    "t": ["a", " ", "NA", "b"],
    "y": ["no", "yes", "no", "yes"],
}


def profiled(columns, types=None, *, typed=False):
    """Profile a table whose target is y, and keep the connection."""
    con, schema = table_of(columns, types=types or {})
    bare = first_plan(con, schema, typed=typed, roles={"y": "target"}, least=0.6)
    return con, take(con, full_plan(con, take(con, bare, schema)), schema)


def spelt(samples, column):
    """Answer a text column as words, None where it is missing, in the order of content."""
    return [
        None if np.isnan(v) else samples.words[column][int(v)] for v in samples.features[column]
    ]


def test_what_its_makers_saw_is_read_for_the_pilot_s_own_model():
    """Sentinels stay, all texts too; of a CSV, what pandas takes for missing is missing."""
    con, pilot = profiled(PILOT)

    got = sourced(con, pilot, "y", ("t", "n"), typed=False)

    assert list(got.features) == ["t", "n"]
    numbers = got.features["n"]
    assert sorted(numbers[~np.isnan(numbers)].tolist()) == [-999.0, 1.5, 4.0]
    assert sorted(map(str, spelt(got, "t"))) == ["None", "None", "a", "b"]
    assert got.names == ("no", "yes")


def test_a_source_with_types_keeps_its_texts():
    """There, a word or a blank is what it is; some columns may have types and others none."""
    con, pilot = profiled(PILOT, typed=True)

    whole = sourced(con, pilot, "y", ("t",), typed=True)
    some = sourced(con, pilot, "y", ("t",), typed=("y",))

    assert sorted(map(str, spelt(whole, "t"))) == [" ", "NA", "a", "b"]
    assert sorted(map(str, spelt(some, "t"))) == ["None", "None", "a", "b"]


def test_rows_without_a_label_are_no_samples():
    """Neither reading finds any."""
    con, pilot = profiled({"x": [1.0], "y": [None]}, {"x": "DOUBLE"}, typed=True)

    with pytest.raises(NoProbeError, match="no labelled row"):
        labelled(con, pilot, "y")
    with pytest.raises(NoProbeError, match="no labelled row"):
        sourced(con, pilot, "y", ("x",), typed=True)


@pytest.mark.parametrize("own", [False, True])
def test_production_is_read_as_the_pilot_was(own):
    """Renamed columns are found, absent ones are missing, and unknown classes are counted."""
    con, pilot = profiled(PILOT)
    like = sourced(con, pilot, "y", ("n", "t"), typed=False) if own else labelled(con, pilot, "y")
    there = {"kind": ["b", "new", "a", "a"], "y": ["yes", "no", "maybe", None]}
    _, schema = table_of(there, types={}, con=con)
    relation = Relation(TABLE, pilot.plan, schema, {"t": "kind"})

    got, unknown = outcomes(con, relation, "y", like, typed=False)

    assert unknown == 1
    assert np.isnan(got.features["n"]).all()
    assert sorted(got.labels.tolist()) == [0.0, 1.0]
    if own:
        assert sorted(map(str, spelt(got, "t"))) == ["b", "new"]
        assert got.words["t"][: len(like.words["t"])] == like.words["t"]
    else:
        assert np.isnan(got.features["t"]).sum() == 1


def test_rows_are_split_by_their_content():
    """Whatever their order, the same rows are on the same side; none is on both."""
    con, pilot = profiled({"n": [str(k) for k in range(50)], "y": ["a", "b"] * 25})
    samples = labelled(con, pilot, "y")
    turned = samples.take(np.arange(50)[::-1])

    (fit, rest), (fit2, rest2) = samples.split(1), turned.split(1)

    assert (len(fit.labels), len(rest.labels)) == (30, 20)
    assert fit.features["n"].tolist() == fit2.features["n"].tolist()
    assert rest.labels.tolist() == rest2.labels.tolist()
    assert not set(fit.features["n"]) & set(rest.features["n"])
