"""Defects of single cells: how many of the wrong ones are found, and how many found are wrong.

A cell is a row and a column. What was found are the rows of the findings that say `cells`: the
very rows that `--cells` writes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pandas as pd

from benchmarks.table import Table
from dataready.config.settings import Dataset
from dataready.extract.manifest import Extract
from dataready.extract.pull import pull
from dataready.model import ROW_COLUMN, TABLE, Finding, SourceSpec
from dataready.pipeline.measure import measure, measure_alone
from dataready.profile.infer import is_placeholder
from dataready.sql import ident

__all__ = ["PARTS", "Cell", "found_cells", "landed", "scored"]

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


def looked(production: pd.DataFrame, pilot: pd.DataFrame | None) -> tuple[list[Finding], set[Cell]]:
    """Search a production, against a pilot or alone: the findings, and the cells they judge."""
    with TemporaryDirectory() as named:
        folder = Path(named)
        there = landed(production, folder, "production")
        if pilot is None:
            findings = measure_alone("bench", there).findings
        else:
            here = landed(pilot, folder, "pilot")
            dataset = Dataset(pilot=SourceSpec(path="a"), production=SourceSpec(path="b"))
            findings = measure("bench", dataset, here, there).findings
        return list(findings), found_cells(there, findings)


def found_cells(extract: Extract, findings: Iterable[Finding]) -> set[Cell]:
    """The cells that findings judge wrong."""
    cells: set[Cell] = set()
    with duckdb.connect(str(extract.path), read_only=True) as con:
        for f in findings:
            if f.cells and f.where and f.column:
                sql = f"SELECT {ident(ROW_COLUMN)} FROM {ident(TABLE)} WHERE {f.where}"
                cells |= {(int(row), f.column) for (row,) in con.execute(sql).fetchall()}
    return cells


def scored(found: set[Cell], true: set[Cell]) -> dict[str, float]:
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
            true = _different(production.reset_index(drop=True), truth.reset_index(drop=True))
            findings, found = looked(production, pilot)
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


def _different(production: pd.DataFrame, truth: pd.DataFrame) -> set[Cell]:
    """The cells of which the two frames, in the same order, hold different texts."""
    return {
        (int(k), c)
        for c in production.columns
        for k in production.index[(production[c] != truth[c]).to_numpy()]
    }


def _by_column(
    name: str, side: str, found: set[Cell], true: set[Cell], findings: Iterable[Finding]
) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for column in sorted({c for _, c in found | true}):
        own = ({c for c in found if c[1] == column}, {c for c in true if c[1] == column})
        by = sorted({f.detector for f in findings if f.column == column and f.cells})
        at: dict[str, object] = {"table": name, "side": side, "column": column}
        rows.append({**at, **scored(*own), "by": ", ".join(by)})
    return rows


PARTS: Mapping[str, Callable[[Path], list[Table]]] = {"raha": raha}
