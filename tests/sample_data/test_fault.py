"""Tests for `sample_data.fault`: a fault hits the rows it marks, and no others."""

from dataclasses import replace

import polars as pl
import pytest
from sample_data.fault import KINDS
from sample_data.faults import FAULTS
from sample_data.population import TIME, customers, orders, shipments


@pytest.fixture(scope="module")
def clean():
    """Draw a clean quarter of every table."""
    people = customers(20_000, 3)
    placed = orders("2024-Q1", 4000, 1, people, 3)
    return {
        "orders": placed,
        "customers": people,
        "shipments": shipments(placed, "2024-Q1", 3),
    }


def planted(fault, clean, *, seed=1, **changes):
    """Plant a fault, everywhere unless told otherwise."""
    fault = replace(fault, **{"quarters": (), **changes})
    return fault.plant(clean[fault.table], seed=seed, quarter="2024-Q1")


def as_written(frame):
    """Answer every cell as the text of a CSV file."""
    return pl.read_csv(frame.write_csv(datetime_format=TIME).encode(), infer_schema=False)


CELL_FAULTS = [
    f
    for f in FAULTS.values()
    if f.kind not in {"missing period", "duplicate", "rename", "drop"} and not f.follows
]


@pytest.mark.parametrize("fault", CELL_FAULTS, ids=lambda f: f.id)
def test_changed_cells_are_the_marked_ones(clean, fault):
    """A marked row differs in every column of the fault, an unmarked one in none."""
    after = planted(fault, clean, share=0.3)
    hit = after[fault.mark]
    assert hit.mean() == pytest.approx(0.3, abs=0.05)
    before, after = as_written(clean[fault.table]), as_written(after)
    for column in before.columns:
        same = before[column].eq_missing(after[column])
        assert same.filter(~hit).all(), column
        assert not same.filter(hit).any() if column in fault.columns else same.all(), column


@pytest.mark.parametrize("fault", FAULTS.values(), ids=lambda f: f.id)
def test_a_share_of_zero_changes_no_row(clean, fault):
    """Nothing is hit where nothing is to be hit: only headers may differ."""
    after = planted(fault, clean, share=0.0)
    assert after.height == clean[fault.table].height
    assert not after[fault.mark].any()


def test_other_quarters_are_left_alone(clean):
    """A fault of other quarters answers the very rows it was given."""
    placed = clean["orders"]
    fault = FAULTS["missing_carrier"]
    assert "2024-Q1" not in fault.quarters
    assert fault.plant(placed, seed=1, quarter="2024-Q1") is placed


def test_the_seed_decides_which_rows(clean):
    """The same seed hits the same rows, another seed others."""
    fault = FAULTS["missing_carrier"]
    hits = [planted(fault, clean, seed=s)[fault.mark].to_list() for s in (1, 1, 2)]
    assert hits[0] == hits[1] != hits[2]


def test_faults_do_not_move_each_other(clean):
    """A fault hits the same rows whether or not another one was planted before it."""
    first, second = FAULTS["variants_country"], replace(FAULTS["missing_carrier"], quarters=())
    alone = planted(second, clean)[second.mark]
    after = second.plant(planted(first, clean), seed=1, quarter="2024-Q1")[second.mark]
    assert alone.to_list() == after.to_list()


def test_only_the_copies_of_repeated_rows_are_marked(clean):
    """A repeated quarter has each row twice, the second time marked."""
    fault = FAULTS["reimported_quarter"]
    after = planted(fault, clean)
    assert after[fault.mark].to_list() == [False] * 4000 + [True] * 4000
    assert after.drop(fault.mark)[4000:].equals(clean["orders"])


def test_headers():
    """A rename keeps the values and their place; a drop takes the column alone."""
    rows = pl.DataFrame({"a": [1], "service_level": ["express"], "currency": ["EUR"]})
    renamed = FAULTS["renamed_service_level"].plant(rows, seed=1)
    assert renamed.columns[:3] == ["a", "delivery_service", "currency"]
    assert renamed["delivery_service"].to_list() == ["express"]
    assert FAULTS["dropped_currency"].plant(rows, seed=1).columns[:2] == ["a", "service_level"]


def test_every_kind_is_planted_and_every_fault_is_of_a_kind():
    """The list of kinds and the faults' own agree; ids name their faults."""
    assert {f.kind for f in FAULTS.values()} == set(KINDS)
    assert all(f.id == name for name, f in FAULTS.items())
