"""Tests for `dataready.pipeline.label`: values and bins as people read them."""

import pytest

from dataready.pipeline.label import bin_labels
from dataready.profile.plan import ColumnPlan

DAY = 86_400.0


@pytest.mark.parametrize(
    ("plan", "labels"),
    [
        ({"base": "date", "cuts": (3600.0, DAY)}, ("up to 1970-01-01", "above 1970-01-02")),
        (
            {"base": "date", "cuts": (0.0, 3600.0)},
            ("up to 1970-01-01", "above 1970-01-01 01:00:00"),
        ),
        ({"base": "number", "cuts": (1.0, 2.0), "codes": (1.0, 2.0, 3.0)}, ("1", "3")),
        ({"base": "number", "low": 4.5}, ("4.5", "4.5")),
    ],
    ids=["days", "hours", "codes", "one value"],
)
def test_bins_are_labelled(plan, labels):
    """Times are told by their day, unless bins would then share a name; codes by themselves."""
    got = bin_labels(ColumnPlan(name="x", **plan))

    assert (got[0], got[-1]) == labels
    assert len(set(got)) == len(got)
