"""Two random halves of a real table differ by chance alone: the detectors must be silent."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from dataready.config.settings import Dataset
from dataready.extract.manifest import Extract
from dataready.extract.pull import pull
from dataready.model import TABLE, Severity, SourceSpec
from dataready.pipeline.measure import measure

DATA = Path(
    os.environ.get("DATAREADY_REAL_DATA", Path(__file__).parents[3] / "shared" / "data")
).absolute()
TABLES = {
    "adult": SourceSpec(path="adult_uci/pilot/adult.data"),
    "bikes": SourceSpec(path="bike_sharing_hour/raw/hour.csv"),
    "housing": SourceSpec(path="california_housing/raw/housing.csv"),
    "wine": SourceSpec(path="wine_quality/production/winequality-white.csv", header=False),
    "titanic": SourceSpec(path="titanic_raw/pilot/train.csv"),
    "telco": SourceSpec(path="telco_churn/raw/Telco-Customer-Churn.csv"),
    "weather": SourceSpec(path="noaa_weather/raw/weather.csv"),
    "air": SourceSpec(path="beijing_pm25/raw/PRSA_data_2010.1.1-2014.12.31.csv"),
    "coffee": SourceSpec(path="coffee_quality/pilot/arabica_data_cleaned.csv"),
    "hospital": SourceSpec(path="raha_hospital/truth/clean.csv"),
    "beers": SourceSpec(path="raha_beers/truth/clean.csv"),
}
CONTROL = (
    "nyc_taxi_2018_2020/control/yellow_tripdata_7500_lines_sample_2019-01.csv",
    "nyc_taxi_2018_2020/production/yellow_tripdata_sample_2019-01.csv",
)
pytestmark = [
    pytest.mark.real,
    pytest.mark.slow,
    pytest.mark.skipif(
        not DATA.is_dir(),
        reason="the real tables are not here: set DATAREADY_REAL_DATA to their folder",
    ),
]


def landed(spec, folder, name):
    """Pull a real table."""
    return pull(spec, dataset=name, side="production", folder=folder, name=name, base=DATA)


def half(whole, rest, folder):
    """Keep every other row of an extract, by the hash of its number."""
    path = folder / f"half{rest}.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute(f"ATTACH '{whole.path}' AS whole (READ_ONLY)")
        (rows,) = con.execute(
            f"CREATE TABLE {TABLE} AS SELECT * FROM whole.{TABLE}"
            f" WHERE hash(_dataready_row, 5) % 2 = {rest}"
        ).fetchone()
    return Extract(path, replace(whole.manifest, rows=rows))


def loud(pilot, production, **settings):
    """Measure, and list what is above `info`, and the number of columns."""
    dataset = Dataset(pilot="a", production="b", **settings)
    measured = measure("halves", dataset, pilot, production)
    found = [f for f in measured.findings if f.severity.rank > Severity.INFO.rank]
    return found, len(measured.plan.columns)


def shown(findings):
    """Say what was found, for a failing test."""
    return [f"{f.severity} {f.detector} {f.column}: {f.message}" for f in findings]


def test_halves_of_real_tables_raise_nothing(tmp_path):
    """No failure, and a warning for one column in a hundred at most."""
    warned = columns = 0
    found = []
    for name, spec in TABLES.items():
        folder = tmp_path / name
        whole = landed(spec, folder, name)
        of_table, many = loud(half(whole, 0, folder), half(whole, 1, folder))
        found += of_table
        warned += len({f.column for f in of_table})
        columns += many
    assert not [f for f in found if f.severity is Severity.FAIL], shown(found)
    assert warned <= 0.01 * columns, shown(found)


def test_two_samples_of_a_month_raise_nothing(tmp_path):
    """The published control pair: taxi rides of one month, sampled twice."""
    pilot, production = (
        landed(SourceSpec(path=path), tmp_path / str(k), "rides") for k, path in enumerate(CONTROL)
    )
    names = zip(pilot.manifest.schema.names, production.manifest.schema.names, strict=True)
    mapping = {a: b for a, b in names if a != b}
    found, _ = loud(pilot, production, mapping=mapping)
    assert not found, shown(found)
