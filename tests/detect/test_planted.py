"""Planted faults of the sample data: every kind is found where it is, its clean twin is silent."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from sample_data.faults import FAULTS
from sample_data.generate import generate

from dataready.config.settings import Dataset
from dataready.extract.pull import pull
from dataready.model import Severity, SourceSpec
from dataready.pipeline.measure import measure

pytestmark = pytest.mark.slow

SOURCES = {
    "orders": ("pilot/orders.csv", "production/orders"),
    "customers": ("pilot/customers.csv", "production/customers.parquet"),
    "shipments": ("pilot/shipments.csv", "production/shipments.parquet"),
}
REFERENCES = {
    "orders": {"customer_id": ("customers", "customer_id")},
    "customers": {},
    "shipments": {"order_id": ("orders", "order_id")},
}
DETECTORS = {
    "missing": {"missing"},
    "sentinel": {"disguised_missing"},
    "placeholder word": {"disguised_missing"},
    "placeholder email": {"disguised_missing"},
    "test entry": {"test_entries"},
    "retype": {"unit_text"},
    "drop": {"column_removed"},
    "rename": {"column_renamed", "column_renamed_in_part"},
    "date format": {"date_format"},
    "unit change": {"unit_change"},
    "variants": {"category_variants"},
    "swap": {"swapped_columns"},
    "new category": {"new_category"},
    "duplicate": {"key_duplicates"},
    "missing period": {"missing_period"},
    "orphan": {"orphans"},
    "future date": {"future_date"},
}
BLIND = {"variants": 0.9}
"""Kinds whose rows need not all be found: names that occur too rarely to be told by the rows."""


@dataclass
class Sown:
    """What was planted, how many rows of each, and what was found per table."""

    faults: list
    counts: dict
    found: dict

    def of(self, fault):
        """List the findings that are this fault, above `info`."""
        return [
            f
            for f in self.found[fault.table]
            if f.detector in DETECTORS[fault.kind]
            and (f.column in fault.columns or not fault.columns)
            and f.severity is not Severity.INFO
        ]

    def expected(self, fault):
        """Count the rows of all faults that one finding of this fault covers."""
        if fault.kind == "new category":
            return self.counts[fault.id]
        return sum(
            self.counts[f.id]
            for f in self.faults
            if (f.kind, f.table, f.columns) == (fault.kind, fault.table, fault.columns)
        )


def sown(folder, faults, **size):
    """Generate, land and measure the three tables."""
    counts = generate(folder, faults=faults, **size)
    landed = {
        (table, side): pull(
            SourceSpec(path=path),
            dataset=table,
            side=side,
            folder=folder / "landed" / table,
            name=side,
            base=folder,
        )
        for table, paths in SOURCES.items()
        for side, path in zip(("pilot", "production"), paths, strict=True)
    }
    found = {}
    for table in SOURCES:
        references = {
            column: (other, there, str(landed[other, "production"].path))
            for column, (other, there) in REFERENCES[table].items()
        }
        target = {"target": "late", "importance": {"region": 1.0}} if table == "orders" else {}
        dataset = Dataset(pilot="a", production="b", **target)
        both = (landed[table, side] for side in ("pilot", "production"))
        measured = measure(table, dataset, *both, references=references)
        found[table] = measured.findings
    return Sown(list(faults or ()), counts, found)


@pytest.fixture(scope="module", params=[(20_000, 3, 1.0), (30_000, 23, 0.6)], ids=str)
def dirty(request, tmp_path_factory):
    """Draw the sample project anew: another size, another seed, smaller shares."""
    rows, seed, scale = request.param
    # What is missing in one row in a hundred is within the noise of 5,000 pilot rows.
    faults = [
        f if f.kind == "missing" or f.share == 1 else replace(f, share=max(0.004, f.share * scale))
        for f in FAULTS.values()
    ]
    folder = tmp_path_factory.mktemp("dirty")
    return sown(folder, faults, rows=rows, seed=seed, pilot_rows=5000)


@pytest.mark.parametrize("kind", sorted(DETECTORS))
def test_every_planted_fault_is_found_by_its_detector(dirty, kind):
    """Each fault of a kind has a finding in one of its columns, above `info`."""
    lost = [f.id for f in dirty.faults if f.kind == kind and not dirty.of(f)]
    assert not lost


@pytest.mark.parametrize(
    "kind",
    sorted(set(DETECTORS) - {"missing", "missing period", "duplicate", "new category", "drop"}),
)
def test_the_rows_affected_are_the_rows_that_were_hit(dirty, kind):
    """Within a row in a hundred; of variants nine in ten, in no case more."""
    for fault in (f for f in dirty.faults if f.kind == kind):
        wanted = dirty.expected(fault)
        rows = [f.rows_affected for f in dirty.of(fault)]
        least = BLIND.get(kind, 0.99) * wanted
        assert any(least <= n <= 1.01 * wanted + 1 for n in rows), (fault.id, wanted, rows)


def test_new_categories_and_missing_values_are_counted_with_what_looks_like_them(dirty):
    """New categories may hold a few variants, missing values are beside the pilot's own."""
    for fault in (f for f in dirty.faults if f.kind in {"new category", "missing"}):
        wanted = dirty.expected(fault)
        rows = [f.rows_affected for f in dirty.of(fault)]
        assert any(n >= 0.99 * wanted for n in rows), (fault.id, wanted, rows)


def test_a_reimported_quarter_repeats_as_many_keys_as_it_has_rows(dirty):
    """Copies and originals are listed, so that a reader can choose."""
    (found,) = dirty.of(FAULTS["reimported_quarter"])
    assert found.rows_affected == 2 * dirty.counts["reimported_quarter"]


def test_the_clean_twin_raises_nothing(tmp_path):
    """Without faults, nothing above `info` in any table."""
    clean = sown(tmp_path, False, rows=20_000, seed=3, pilot_rows=5000)  # noqa: FBT003
    loud = [
        f"{f.severity} {f.table}.{f.column} {f.detector}: {f.message}"
        for found in clean.found.values()
        for f in found
        if f.severity is not Severity.INFO
    ]
    assert not loud
