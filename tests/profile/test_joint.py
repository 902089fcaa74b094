"""Tests for `dataready.profile.joint`: many pairs from few passes."""

from itertools import combinations

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataready.profile.bins import NONE
from dataready.profile.joint import blocks, coded_counts, joint_counts
from dataready.profile.metric import part
from dataready.sql import ident

NAMES = ["a", "b", "c", "d", 'e"']
ROWS = st.lists(st.tuples(*[st.none() | st.integers(0, 10)] * len(NAMES)), max_size=12)
WANTED = [*combinations(NAMES, 2), ("c",), ("b", "a")]


@settings(deadline=None, max_examples=40)
@given(ROWS)
def test_counts_are_those_of_each_pair_alone(rows):
    """Cells without a bin are in no count; bins in memory give the same."""
    con = duckdb.connect()
    columns = ", ".join(f"{part(name, 'bin')} UTINYINT" for name in NAMES)
    con.execute(f"CREATE TABLE bins ({columns})")
    if rows:
        con.executemany(f"INSERT INTO bins VALUES ({', '.join('?' * len(NAMES))})", rows)
    found = joint_counts(con, ident("bins"), WANTED)
    codes = np.array([[NONE if v is None else v for v in row] for row in rows], np.uint8)
    coded = coded_counts(codes.reshape(-1, len(NAMES)), NAMES, WANTED)
    con.close()

    for wanted in WANTED:
        places = [NAMES.index(name) for name in wanted]
        keys = [tuple(row[k] for k in places) for row in rows]
        keys = [key if len(key) > 1 else key[0] for key in keys if None not in key]
        assert found[wanted].counts == {key: keys.count(key) for key in keys}
        assert coded[wanted] == found[wanted]


@pytest.mark.parametrize("columns", [1, 2, 3, 4, 5, 12, 30])
def test_every_pair_is_in_a_block(columns):
    """And the blocks are far fewer than the pairs."""
    names = [f"c{k}" for k in range(columns)]
    wanted = [*((name,) for name in names), *combinations(names, 2)]
    chosen = blocks(wanted)

    assert all(any({*some} <= {*block} for block in chosen) for some in wanted)
    assert len(chosen) <= max(1, len(wanted) / 3.4)
