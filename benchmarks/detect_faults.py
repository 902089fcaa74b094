"""Faults put into real clean tables: which are found, how small, and in the right column.

Half of a table's rows are the pilot, the other half are production; in each run a few columns
get a fault each, in a share of the rows. A fault is found if a finding that the clean halves do
not raise names its column, and is a warning at least or lists half of the faulty rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.detect_cells import Found, looked, texts
from benchmarks.faults import FAULTS, kind_of
from benchmarks.table import Table
from dataready.model import Severity

__all__ = ["faults", "shown", "table_faults"]

TABLES = {
    "adult": "adult_uci/pilot/adult.data",
    "bikes": "bike_sharing_hour/reexport/dropped_atemp_iso.csv",
    "housing": "california_housing/raw/housing.csv",
    "titanic": "titanic_raw/pilot/train.csv",
    "telco": "telco_churn/raw/Telco-Customer-Churn.csv",
    "air": "beijing_pm25/raw/PRSA_data_2010.1.1-2014.12.31.csv",
    "coffee": "coffee_quality/pilot/arabica_data_cleaned.csv",
    "hospital": "raha_hospital/truth/clean.csv",
    "beers": "raha_beers/truth/clean.csv",
    "elections": "us_county_elections/pilot/*2016*.csv",
    "covid": "italy_covid_regions/pilot/*.csv",
    "taxi": "nyc_taxi_2018_2020/pilot/*01.csv",
    "races": "f1_race_results/pilot/*.csv",
}
SHARES = (0.005, 0.02, 0.1)
MOST_ROWS = 1_200
MOST_COLUMNS = 10
AT_ONCE = 7
PAIRS = ("swapped columns", "two values in one", "values of other rows")
ROWS = "rows twice"


@dataclass(frozen=True, slots=True)
class Planted:
    """A fault in some columns of some rows."""

    fault: str
    columns: tuple[str, ...]
    rows: frozenset[int]


def faults(data: Path) -> list[Table]:
    """Recall by kind of fault and share of rows, and how well columns are told."""
    seen, placed = [], []
    for name, path in TABLES.items():
        of_table = table_faults(name, sorted(data.glob(path)))
        seen += of_table[0]
        placed += of_table[1]
    return shown(pd.DataFrame(seen), pd.DataFrame(placed))


def table_faults(
    name: str, paths: Sequence[Path]
) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Put every fault into one table: which were found, and whether new warnings were right."""
    whole = pd.concat([texts(p) for p in paths], ignore_index=True)
    whole = whole.sample(min(MOST_ROWS, len(whole)), random_state=1).reset_index(drop=True)
    whole = whole[list(whole.columns[:MOST_COLUMNS])]
    pilot, clean = whole.iloc[::2], whole.iloc[1::2].reset_index(drop=True)
    usual = {(f.finding.detector, f.finding.column) for f in looked(clean, pilot)}
    seen: list[dict[str, object]] = []
    placed: list[dict[str, object]] = []
    for share in SHARES:
        for dirty, planted in productions(clean, share):
            all_found = looked(dirty, pilot)
            new = [f for f in all_found if (f.finding.detector, f.finding.column) not in usual]
            at = {"table": name, "share": share}
            seen += [{**at, "fault": p.fault, "by": _found(p, new)} for p in planted]
            placed += [{**at, **row} for row in _placed(planted, new)]
    return seen, placed


def productions(clean: pd.DataFrame, share: float) -> Iterator[tuple[pd.DataFrame, list[Planted]]]:
    """Dirty copies of a table, until every kind of fault that can befall it has done so once."""
    kinds = {c: kind_of(clean[c]) for c in clean.columns}
    left = [f for f in (*FAULTS, *PAIRS) if _homes(f, kinds)] + [ROWS]
    turn = 0
    while left:
        rng = np.random.default_rng(turn)
        dirty, planted, free = clean.copy(), list[Planted](), dict(kinds)
        for name in list(left):
            homes = [c for c in _homes(name, kinds) if c in free]
            wanted = 2 if name in PAIRS[:2] else 0 if name == ROWS else 1
            if len(planted) >= AT_ONCE or len(homes) < wanted:
                continue
            start = turn % max(1, len(homes))
            columns = tuple((homes[start:] + homes[:start])[:wanted])
            rows = np.sort(rng.choice(len(clean), max(3, round(share * len(clean))), replace=False))
            dirty, changed = _with(name, dirty, clean, columns, rows, rng)
            left.remove(name)
            for c in columns:
                del free[c]
            if changed:
                planted.append(Planted(name, columns, frozenset(changed)))
        turn += 1
        if planted:
            yield dirty, planted


def _homes(fault: str, kinds: Mapping[str, str | None]) -> list[str]:
    """The columns that a fault can befall; for two at once, there must be two."""
    if fault in FAULTS:
        return [c for c, kind in kinds.items() if kind in FAULTS[fault].kinds]
    texts_ = [c for c, kind in kinds.items() if kind == "text"]
    return texts_ if len(texts_) > 1 or fault == PAIRS[2] else []


def _with(
    fault: str,
    dirty: pd.DataFrame,
    clean: pd.DataFrame,
    columns: Sequence[str],
    rows: np.ndarray,
    rng: np.random.Generator,
) -> tuple[pd.DataFrame, list[int]]:
    """A table with a fault, and the rows that are no longer what they were."""
    if fault == ROWS:
        more = pd.concat([dirty, dirty.iloc[rows]], ignore_index=True)
        return more, [*map(int, rows), *range(len(dirty), len(more))]
    first = columns[0]
    there = [int(r) for r in rows if clean[first].iloc[r].strip()]
    own = list(clean[first].iloc[there])
    if fault in FAULTS:
        dirty.loc[there, first] = FAULTS[fault].change(own, rng)
    elif fault == "values of other rows":
        dirty.loc[there, first] = list(clean[first].sample(len(there), random_state=2))
    else:
        other = list(clean[columns[1]].iloc[there])
        joined = [f"{a} {b}".strip() for a, b in zip(own, other, strict=True)]
        dirty.loc[there, first] = other if fault == "swapped columns" else joined
        dirty.loc[there, columns[1]] = own if fault == "swapped columns" else ""
    changed = (dirty.loc[there, list(columns)] != clean.loc[there, list(columns)]).any(axis=1)
    return dirty, [r for r, c in zip(there, changed, strict=True) if c]


def _found(p: Planted, new: Sequence[Found]) -> str:
    """The detector that found a fault; empty if none did."""
    for loud in (True, False):
        for f in new:
            here = f.finding.column in p.columns or (not p.columns and _of_rows(f))
            warns = f.finding.severity.rank >= Severity.WARN.rank
            many = 2 * len(f.rows & p.rows) >= len(p.rows)
            if here and (warns if loud else many):
                return f.finding.detector if warns else f"({f.finding.detector})"
    return ""


def _of_rows(f: Found) -> bool:
    """Whether a finding is about whole rows: copies are told of the key where there is one."""
    return f.finding.column is None or f.finding.dimension == "uniqueness"


def _placed(planted: Sequence[Planted], new: Sequence[Found]) -> Iterator[dict[str, object]]:
    """Of each new warning, whether it names a column that has a fault."""
    columns = {c for p in planted for c in p.columns}
    whole = any(not p.columns for p in planted)
    for f in new:
        if f.finding.severity.rank >= Severity.WARN.rank:
            right = f.finding.column in columns or (_of_rows(f) and whole)
            yield {"detector": f.finding.detector, "column": f.finding.column, "right": right}


def shown(seen: pd.DataFrame, placed: pd.DataFrame) -> list[Table]:
    """The tables of what was found, and of where new warnings pointed."""
    seen["found"] = seen["by"] != ""
    recall = _recall(seen)
    rows = recall.reset_index()
    rows.insert(1, "tables", [int(seen[seen.fault == f]["table"].nunique()) for f in rows.fault])
    rows["smallest seen"] = [_smallest(seen[seen.fault == f]) for f in rows.fault]
    rows["by"] = [_by(seen[seen.fault == f]) for f in rows.fault]
    without = [_recall(seen[seen.table != t]).mean() for t in seen.table.unique()]
    over_all = pd.DataFrame([recall.mean(), *pd.DataFrame(without).agg(["min", "max"]).iloc])
    over_all.insert(0, "of", ["all tables", "all but one, at least", "all but one, at most"])
    places = placed.groupby("share").agg(warnings=("right", "size"), right=("right", "mean"))
    wrong = placed[~placed["right"]].groupby(["table", "detector"]).size().reset_index(name="n")
    return [
        Table("faults", "Faults found, by kind and share of rows", rows),
        Table("faults_all", "Mean over kinds", over_all),
        Table("faults_columns", "New warnings that name a faulty column", places.reset_index()),
        Table("faults_elsewhere", "New warnings elsewhere", wrong),
    ]


def _recall(seen: pd.DataFrame) -> pd.DataFrame:
    """The share of tables in which each fault is found, per share of rows."""
    recall = seen.pivot_table(index="fault", columns="share", values="found", aggfunc="mean")
    recall.columns = [f"{100 * c:g} % of rows" for c in recall.columns]
    return recall


def _smallest(seen: pd.DataFrame) -> str:
    """The smallest share of rows at which at least half of the tables show a fault."""
    shares = seen.groupby("share")["found"].mean()
    enough = [float(s) for s, r in shares.items() if r >= 0.5]
    return f"{100 * min(enough):g} %" if enough else "-"


def _by(seen: pd.DataFrame) -> str:
    told = seen["by"][seen["by"] != ""].str.strip("()").value_counts()
    return ", ".join(str(k) for k in told.index[:3])
