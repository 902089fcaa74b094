"""Defects of single cells: how many of the wrong ones are found, and how many found are wrong.

A cell is a row and a column. What was found are the rows of the findings that say `cells`: the
very rows that `--cells` writes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import numpy as np
import pandas as pd

from benchmarks.table import Table
from dataready.config.settings import Dataset
from dataready.extract.manifest import Extract
from dataready.extract.pull import pull
from dataready.model import ROW_COLUMN, TABLE, Finding, SourceSpec
from dataready.pipeline.alone import measure_alone
from dataready.pipeline.measure import measure
from dataready.profile.infer import is_placeholder
from dataready.sql import ident

__all__ = [
    "PARTS",
    "Cell",
    "Found",
    "different",
    "found_cells",
    "landed",
    "looked",
    "scored",
    "texts",
]

Cell = tuple[int, str]
"""A row's number in production, and a column."""


def landed(frame: pd.DataFrame, folder: Path, name: str) -> Extract:
    """Land a frame of texts as an extract, as if it had been read from CSV."""
    file = folder / f"{name}.csv"
    frame.to_csv(file, index=False)
    spec = SourceSpec(path=str(file), format="csv", delimiter=",", header=True)
    return pull(spec, dataset=name, side="production", folder=folder, name=name, base=folder)


def texts(path: Path) -> pd.DataFrame:
    """Read a CSV file as it stands, empty cells as empty texts."""
    return pd.read_csv(path, dtype=str, keep_default_na=False, encoding_errors="replace")


@dataclass(frozen=True, slots=True)
class Found:
    """A finding, and the numbers of its rows in production."""

    finding: Finding
    rows: frozenset[int]


def looked(production: pd.DataFrame, pilot: pd.DataFrame | None) -> list[Found]:
    """Search a production, against a pilot or alone."""
    with TemporaryDirectory() as named:
        folder = Path(named)
        there = landed(production, folder, "production")
        if pilot is None:
            findings = measure_alone("bench", there).findings
        else:
            here = landed(pilot, folder, "pilot")
            dataset = Dataset(pilot=SourceSpec(path="a"), production=SourceSpec(path="b"))
            findings = measure("bench", dataset, here, there).findings
        with duckdb.connect(str(there.path), read_only=True) as con:
            return [Found(f, _rows(con, f)) for f in findings]


def _rows(con: duckdb.DuckDBPyConnection, f: Finding) -> frozenset[int]:
    if f.where is None:
        return frozenset()
    sql = f"SELECT {ident(ROW_COLUMN)} FROM {ident(TABLE)} WHERE {f.where}"
    return frozenset(int(row) for (row,) in con.execute(sql).fetchall())


def found_cells(found: Iterable[Found]) -> set[Cell]:
    """The cells that are judged wrong."""
    return {
        (row, f.finding.column)
        for f in found
        if f.finding.cells and f.finding.column
        for row in f.rows
    }


def scored(found: AbstractSet[object], true: AbstractSet[object]) -> dict[str, float]:
    """Precision, recall and F1 of what was found."""
    hits = len(found & true)
    precision = hits / len(found) if found else 1.0
    recall = hits / len(true) if true else 1.0
    f1 = 2 * precision * recall / (precision + recall) if hits else 0.0
    return {"wrong": len(true), "found": len(found), "P": precision, "R": recall, "F1": f1}


RAHA = {
    "raha_hospital": ("production/dirty.csv", "truth/clean.csv"),
    "raha_beers": ("production/dirty.csv", "truth/clean.csv"),
}


def raha(data: Path) -> list[Table]:
    """Dirty tables beside their clean twins: a tenth of the clean rows as pilot, and no pilot."""
    rows, columns = [], []
    for name, (dirty_path, clean_path) in RAHA.items():
        dirty, clean = texts(data / name / dirty_path), texts(data / name / clean_path)
        clean.columns = dirty.columns
        chosen = pd.util.hash_array(dirty.index.to_numpy()) % 10 == 0
        sides = {
            "clean pilot, 10 % of other rows": (dirty[~chosen], clean[~chosen], clean[chosen]),
            "no pilot": (dirty, clean, None),
        }
        for side, (production, truth, pilot) in sides.items():
            true = different(production.reset_index(drop=True), truth.reset_index(drop=True))
            findings = looked(production, pilot)
            found = found_cells(findings)
            rows.append({"table": name, "side": side, "judged": "all"} | scored(found, true))
            found -= {(k, c) for k, c in found if is_placeholder(str(truth[c].iloc[k]))}
            kept = {"table": name, "side": side, "judged": "but placeholders of the truth"}
            rows.append(kept | scored(found, true))
            columns += _by_column(name, side, found, true, findings)
    title = "Wrong cells, (row, column), without labels: precision, recall, F1"
    return [
        Table("raha", title, pd.DataFrame(rows)),
        Table("raha_columns", "The same by column", pd.DataFrame(columns)),
    ]


def different(production: pd.DataFrame, truth: pd.DataFrame) -> set[Cell]:
    """The cells of which the two frames, in the same order, hold different texts."""
    return {
        (int(k), c)
        for c in production.columns
        for k in production.index[(production[c] != truth[c]).to_numpy()]
    }


def _by_column(
    name: str, side: str, found: set[Cell], true: set[Cell], findings: Iterable[Found]
) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for column in sorted({c for _, c in found | true}):
        own = ({c for c in found if c[1] == column}, {c for c in true if c[1] == column})
        by = sorted(
            {f.finding.detector for f in findings if f.finding.column == column and f.finding.cells}
        )
        at: dict[str, object] = {"table": name, "side": side, "column": column}
        rows.append({**at, **scored(*own), "by": ", ".join(by)})
    return rows


def fahes(data: Path) -> list[Table]:
    """Values that stand for "missing", each table by itself: (table, column, value)."""
    folder = data / "fahes_dev"
    lines = (folder / "truth/dmv_truth.txt").read_text().split("\n")
    true = {tuple(_plain(p) for p in line.split("::")) for line in lines if line.strip()}
    found: set[tuple[str, ...]] = set()
    for path in sorted((folder / "production").glob("*.csv")):
        frame = texts(path)
        for f in looked(frame, None):
            if f.finding.detector == "disguised_missing" and f.finding.column:
                values = frame[f.finding.column].iloc[sorted(f.rows)].unique()
                found |= {(path.stem, _plain(f.finding.column), _plain(v)) for v in values}
    told = [("missed", true - found), ("not in the truth", found - true)]
    rows = [
        {"": why, "table": t, "column": c, "value": v} for why, s in told for t, c, v in sorted(s)
    ]
    title = "Disguised missing values, (table, column, value)"
    return [
        Table("fahes", title, pd.DataFrame([scored(found, true)])),
        Table("fahes_values", "What is not told alike", pd.DataFrame(rows)),
    ]


def _plain(text: str) -> str:
    """A name or value as the truth writes it: 0.0 is 0, outer blanks aside."""
    text = text.strip()
    return text.removesuffix(".0")


def coffee(data: Path) -> list[Table]:
    """A raw scrape beside its human clean-up, row by row of the number that the latter carries.

    Truth: cells of columns of the same name, but for those that were hashed, whose texts differ
    in more than case and outer blanks, numbers in their value. People neither cleaned every cell
    nor only wrong ones: silver, not gold.
    """
    rows: list[dict[str, object]] = []
    for name in ("arabica", "robusta"):
        raw = texts(data / f"coffee_quality/production/{name}_ratings_raw.csv")
        clean = texts(data / f"coffee_quality/pilot/{name}_data_cleaned.csv")
        rows += [{"table": name, **row} for row in _coffee(raw, clean)]
    title = "Raw coffee ratings beside their clean-up, wrong cells"
    return [Table("coffee", title, pd.DataFrame(rows))]


def _coffee(raw: pd.DataFrame, clean: pd.DataFrame) -> Iterable[dict[str, object]]:
    """Figures without a pilot, and with half of the cleaned rows as the pilot of the others."""
    raw = raw.iloc[clean[clean.columns[0]].astype(int) - 1].reset_index(drop=True)
    named = {_letters(c): c for c in raw.columns[1:]}
    hashed = [c for c in clean.columns if clean[c].str.fullmatch(r"[0-9a-f]{40}").mean() > 0.5]
    shared = {c: named[_letters(c)] for c in clean.columns if _letters(c) in named}
    clean = clean[[c for c in shared if c not in hashed]].rename(columns=shared)
    raw = raw[list(clean.columns)]
    chosen = np.arange(len(raw)) % 2 == 0
    for side in ("no pilot", "half of the cleaned rows as pilot"):
        alone = side == "no pilot"
        production, truth = (
            t if alone else t[~chosen].reset_index(drop=True) for t in (raw, clean)
        )
        true = {
            (k, c)
            for c in truth.columns
            for k, (a, b) in enumerate(zip(production[c], truth[c], strict=True))
            if _meant(a) != _meant(b)
        }
        found = found_cells(looked(production, None if alone else clean[chosen]))
        yield {"side": side, **scored(found, true)}


def _letters(name: str) -> str:
    return "".join(c for c in name.casefold() if c.isalnum())


def _meant(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text.strip().casefold()


PARTS: Mapping[str, Callable[[Path], list[Table]]] = {
    "raha": raha,
    "fahes": fahes,
    "coffee": coffee,
}
