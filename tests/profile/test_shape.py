"""Tests for `dataready.profile.shape`: SQL and columns of bytes say the same."""

import duckdb
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from dataready.profile.shape import shape, shapes

TEXTS = st.text(st.sampled_from("aZ09 -\t\n\x0b\x00éß٣ж字 "), max_size=8)


@settings(deadline=None)
@given(st.lists(TEXTS, max_size=6), st.integers(0, 2))
def test_both_say_the_same(texts, skipped):
    """Whatever the script, of a part of an array too, of no texts, and of empty ones."""
    array = pa.array(texts, pa.string())[skipped:]
    con = duckdb.connect()
    con.register("t", pa.table({"i": pa.array(range(len(array))), "x": array}))
    expected = con.execute(f"SELECT {shape('x')} FROM t ORDER BY i").fetchall()
    con.close()

    assert shapes(array).to_pylist() == [text for (text,) in expected]
