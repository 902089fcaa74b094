"""Tests for `dataready.testing`: the assertion can fail, and the factories make what they say."""

import pytest

from dataready.profile.metrics.completeness import Completeness
from dataready.profile.plan import ColumnPlan, Plan
from dataready.profile.state import Counts
from dataready.testing import assert_metric_laws, profiles_of, table_of

X = ColumnPlan(name="x", base="number")


class Forgetful(Completeness):
    """A metric that keeps what does not add up: the square of the rows."""

    __slots__ = ()

    def state(self, answer):
        """Square."""
        return Counts({"rows": answer["rows"] ** 2})


class Eager(Completeness):
    """A metric that has seen a row before there was one."""

    __slots__ = ()

    @property
    def empty(self):
        """One row."""
        return Counts({"rows": 1})


@pytest.mark.parametrize(
    ("metric", "law"),
    [
        (Forgetful(X, "BIGINT"), "homomorphism"),
        (Eager(X, "BIGINT"), "identity"),
    ],
)
def test_a_broken_metric_is_caught(metric, law):
    """The message names the metric and the law."""
    parts = [{"x": [1]}, {"x": [2]}, {"x": []}]

    with pytest.raises(AssertionError, match=rf"completeness\(x\): {law} does not hold"):
        assert_metric_laws([metric], Plan((X,)), parts, types={"x": "BIGINT"})


def test_a_table_has_rows_that_can_be_named():
    """Types as asked, text where nothing is, and dataready's own two columns at the end."""
    con, schema = table_of({"a": [1, None], 'b"': ["x", "y"]}, types={"a": "DOUBLE"})

    assert [(c.name, c.type) for c in schema] == [("a", "DOUBLE"), ('b"', "VARCHAR")]
    assert con.execute("FROM data").fetchall() == [(1.0, "x", 0, 0), (None, "y", 0, 1)]


def test_both_profiles_are_taken_under_the_pilot_s_plan():
    """So that they can be compared, columns that differ included."""
    here, there = profiles_of({"x": [1, 2]}, {"x": [9], "y": ["new"]}, types={"x": "BIGINT"})

    assert here.plan.hash == there.plan.hash
    assert there["x"].validity["outside"] == 1
    assert there.schema.names == ("x", "y")
