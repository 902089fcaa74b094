"""Tests for `dataready.profile.stored`: what was read once is not read again."""

import stat
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataready.extract.pull import pull
from dataready.model import SourceSpec
from dataready.profile.look import looked
from dataready.profile.planning import first_plan, full_plan
from dataready.profile.profile import take
from dataready.profile.state import Counts, Extremes, Moments, Sketch, Tails, Tally
from dataready.profile.stored import Stored, dumped, loaded
from dataready.warehouse.connection import connect

MONDAY = "id,city,paid\n1,Bonn,2.5\n2,,3\n3,Köln,n/a\n"
TUESDAY = "id,city,paid\n4,Bonn,7\n5,Trier,\n6,Bonn,-1\n"


@pytest.fixture
def night(tmp_path):
    """Pull a folder of files and profile it, with the states that were stored before."""
    data, warehouse = tmp_path / "data", tmp_path / "warehouse"
    data.mkdir()
    plans = []

    def run(name, **files):
        for file, text in files.items():
            if text is None:
                (data / f"{file}.csv").unlink()
            else:
                (data / f"{file}.csv").write_text(text)
        extract = pull(
            SourceSpec(path=str(data)),
            dataset="t",
            side="production",
            folder=warehouse,
            name=name,
            base=tmp_path,
        )
        schema, store = extract.manifest.schema, warehouse / "profile.states"
        read = []
        with connect(extract.path, read_only=True) as con, looked(con, schema) as look:
            if not plans:
                bare = first_plan(con, schema, typed=False, least=0.5)
                plans.append(full_plan(con, take(con, bare, schema)))
            (plan,) = plans
            fresh = take(con, plan, schema)
            kept = take(con, plan, schema, look=look, store=(extract, store), share=read.append)
        return fresh.states, kept.states, read, store

    return run


def same(left, right):
    """States are equal, apart from the rounding of means."""
    assert left.keys() == right.keys()
    for name, state in left.items():
        if isinstance(state, Moments):
            other = right[name]
            assert (state.n, state.mean) == (other.n, pytest.approx(other.mean))
            assert state.m2 == pytest.approx(other.m2)
        else:
            assert state == right[name], name


def test_only_new_files_are_read(night):
    """Three nights: all is read, then nothing, then the new file; the states are those of all."""
    fresh, kept, read, _ = night("1", monday=MONDAY)
    same(kept, fresh)
    assert read
    fresh, kept, read, _ = night("2", monday=MONDAY)
    same(kept, fresh)
    assert not read
    fresh, kept, read, _ = night("3", monday=MONDAY, tuesday=TUESDAY)
    same(kept, fresh)
    assert read
    assert kept["completeness(city)"]["rows"] == 6


@pytest.mark.parametrize("changed", [TUESDAY, None], ids=["changed", "deleted"])
def test_what_has_changed_is_noticed(night, changed):
    """A file of other content, and one that is gone, leave nothing of what was read of it."""
    night("1", monday=MONDAY, other="id,city,paid\n9,Ulm,1\n")
    fresh, kept, _, _ = night("2", monday=MONDAY, other=changed)

    same(kept, fresh)


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"format":1,"about":"x"', "\x00\xff"])
def test_a_damaged_file_is_as_good_as_none(night, text):
    """All rows are read again, and the file is whole afterwards."""
    _, _, _, store = night("1", monday=MONDAY)
    store.write_text(text)
    fresh, kept, read, _ = night("2", monday=MONDAY)

    same(kept, fresh)
    assert read
    assert not night("3", monday=MONDAY)[2]


def test_the_file_is_for_its_owner(night):
    """It holds values."""
    _, _, _, store = night("1", monday=MONDAY)

    assert stat.S_IMODE(store.stat().st_mode) == 0o600
    assert [p.name for p in store.parent.glob(".*")] == []


KEYS = st.one_of(st.text(max_size=3), st.floats(allow_nan=False), st.tuples(st.integers(0, 9)))
TALLIES = st.builds(
    Tally,
    st.dictionaries(KEYS, st.integers(0, 9), max_size=3),
    st.none() | st.dictionaries(KEYS, st.integers(1, 9), max_size=3),
    st.integers(0, 99),
)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
STATES = st.one_of(
    TALLIES,
    st.builds(Counts, st.dictionaries(st.text(max_size=3), st.integers(0, 2**60), max_size=3)),
    st.builds(Moments, st.integers(0, 9), NUMBERS, NUMBERS),
    st.builds(Extremes, st.none() | NUMBERS, st.none() | NUMBERS, st.integers(0, 9)),
    st.builds(Tails, st.tuples(NUMBERS), st.tuples(NUMBERS, NUMBERS)),
    st.builds(Sketch.of, st.lists(st.integers(0, 2**64 - 1), max_size=5)),
)


@settings(deadline=None)
@given(STATES)
def test_every_state_survives(tmp_path_factory, state):
    """What is written is what is read, to the last bit."""
    path = Path(tmp_path_factory.getbasetemp()) / "one.states"
    path.write_text(dumped(Stored("x", Counter(["a", "a"]), {"m(c)": state})))

    assert loaded(path, "x") == Stored("x", Counter(["a", "a"]), {"m(c)": state})
    assert loaded(path, "y") is None
