"""Tests for `dataready.sql`: what is quoted comes back as it was."""

import math

import duckdb
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataready.sql import and_, ident, literal, or_, select, values_in

texts = st.text(st.characters(codec="utf-8"))
CON = duckdb.connect()


@given(texts)
def test_texts_come_back(value):
    """Quotes, NUL, backslashes and SQL inside a text stay text."""
    assert CON.execute(f"SELECT {literal(value)}").fetchone() == (value,)


@given(st.integers(-(2**63), 2**63 - 1) | st.booleans() | st.none())
def test_numbers_and_truths_come_back(value):
    """True is no 1."""
    (got,) = CON.execute(f"SELECT {literal(value)}").fetchone()

    assert (got, type(got)) == (value, type(value))


@given(st.floats())
def test_floats_come_back(value):
    """To the last bit, NaN and infinities included."""
    (got,) = CON.execute(f"SELECT {literal(value)}").fetchone()

    assert got == value or (math.isnan(got) and math.isnan(value))


def test_numpy_floats_are_floats():
    """Numpy spells its own floats in a way that is no SQL."""
    assert literal(np.float64(1.5)) == "1.5::DOUBLE"


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1))
def test_names_come_back(name):
    """Quotes and SQL inside a name stay a name."""
    assert CON.execute(f"SELECT 1 AS {ident(name)}").description[0][0] == name


def test_select_with_a_condition():
    """One column a line, so that diffs stay small."""
    assert select({"n": "count(*)", "m": "1"}, from_=ident("t"), where="TRUE") == (
        'SELECT\n  count(*) AS "n",\n  1 AS "m"\nFROM "t"\nWHERE TRUE'
    )


@pytest.mark.parametrize(
    ("predicate", "expected"),
    [
        (values_in("1", [1, 2]), True),
        (values_in("'x'", ["it's"]), False),
        (values_in("1", []), False),
        (and_("TRUE", "FALSE OR TRUE"), True),
        (and_("FALSE", "TRUE OR TRUE"), False),
        (and_(), True),
        (or_("FALSE AND TRUE", "TRUE"), True),
        (or_("", "FALSE"), False),
        (or_(), False),
    ],
)
def test_predicates(predicate, expected):
    """Joined predicates keep their brackets; none at all is what leaves others as they are."""
    assert CON.execute(f"SELECT {predicate}").fetchone() == (expected,)
