"""Renamed columns: published tables that really changed their header, and renames made up."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from benchmarks.public import BOTH, half, land, parted, tables
from benchmarks.table import Table
from dataready.config import Dataset
from dataready.detect.content import Sample
from dataready.detect.renames import propose_renames
from dataready.detect.scene import Scene
from dataready.extract.manifest import Extract
from dataready.model import FILE_COLUMN, ROW_COLUMN, TABLE, Column, Schema, SourceSpec
from dataready.pipeline.measure import bare_plan
from dataready.profile.planning import full_plan
from dataready.profile.profile import take
from dataready.sql import ident
from dataready.warehouse.connection import connect

__all__ = ["PARTS", "renames"]

Names = Mapping[str, str]
LEAST_ROWS = 60
SEED = 20
BIKE = {
    "dteday": "dateday", "yr": "year", "mnth": "month", "hr": "hour", "atemp": "feelingTemp",
    "hum": "humidity", "cnt": "count",
}  # fmt: skip
ELECTIONS = {"combined_fips": "county_fips", "state_abbr": "state_name"}
COUNCIL = (
    ("Net amount", "Net Amount"),
    ("Payment Date", "Payment date", "Pay date"),
    ("Capital /Revenue", "Capital/ Revenue", "Captial/ Revenue"),
    ("Transaction No.", "Transaction No", "TransNo"),
    ("Service Label", "Service label", "Service Label(T)"),
    ("Service Code", "Service code", "Service Code(T)"),
    ("Expenditure Category", "Expenditure category", "Expenditure Category(T)"),
    ("Supplier Name", "Supplier Name(T)"),
    ("Expenditure Code", "Expenditure Code(T)"),
)
"""Headers of one council's files that name the same column, as a reader sees at once."""


def renames(folder: Path) -> list[Table]:
    """Precision, recall and F1 of proposed mappings, by kind of change."""
    rows = []
    with TemporaryDirectory() as scratch:
        made = [*_real(folder, Path(scratch)), *_made_up(folder, Path(scratch))]
    for kind, of_kind in groupby(sorted(made, key=lambda m: m[0]), key=lambda m: m[0]):
        pairs = list(of_kind)
        right = sum(len(truth.items() & said.items()) for _, truth, said in pairs)
        said, true = (sum(len(p[k]) for p in pairs) for k in (2, 1))
        rows.append(
            {
                "kind": kind,
                "pairs": len(pairs),
                "renamed": true,
                "precision": right / max(1, said),
                "recall": right / max(1, true),
                "F1": 2 * right / max(1, said + true),
            }
        )
    return [Table("renames", "Renamed columns, by kind of change", pd.DataFrame(rows))]


def _real(folder: Path, scratch: Path) -> Iterator[tuple[str, Names, Names]]:
    def landed(path: str) -> Extract:
        return land(SourceSpec(path=str(folder / path)), scratch / path.replace("/", "-"))

    bike = landed("bike_sharing_hour/raw/hour.csv")
    for name, truth in (("renamed", BIKE), ("semicolon_dmy", {}), ("dropped_atemp_iso", {})):
        yield "real: bike", truth, _proposed(bike, landed(f"bike_sharing_hour/reexport/{name}.csv"))
    first = landed("us_county_elections/pilot/2016.csv")
    for year in (2020, 2024):
        there = landed(f"us_county_elections/production/{year}.csv")
        yield "real: elections", ELECTIONS, _proposed(first, there)
    for council in ("council_harrogate", "council_cabinetoffice"):
        paths = sorted((folder / council).glob("p*/*.csv"))
        by_header: dict[tuple[str, ...], Extract] = {}
        for path in paths:
            extract = landed(str(path.relative_to(folder)))
            by_header.setdefault(extract.manifest.schema.names, extract)
        for pilot in by_header.values():
            for production in by_header.values():
                if pilot is not production:
                    yield (
                        "real: councils",
                        _council(pilot, production),
                        _proposed(pilot, production),
                    )


def _council(pilot: Extract, production: Extract) -> Names:
    here, there = pilot.manifest.schema.names, production.manifest.schema.names
    alike = {name: group for group in COUNCIL for name in group}
    return {
        a: b
        for a in here
        for b in there
        if a not in there and b not in here and a in alike and b in alike[a]
    }


def _made_up(folder: Path, scratch: Path) -> Iterator[tuple[str, Names, Names]]:
    random_ = random.Random(SEED)  # noqa: S311 - no secret
    for _, spec in tables(folder, scratch):
        whole = land(spec, scratch / "whole")
        columns = whole.manifest.schema.names
        if whole.manifest.rows < LEAST_ROWS or len(columns) < 4:
            continue
        order = f"rank() OVER (ORDER BY {ident(FILE_COLUMN)}, {ident(ROW_COLUMN)})"
        later = f"{order} * 2 > count(*) OVER ()"
        chosen = [c for c in columns if random_.random() < 0.5]
        halves = [half(whole, k, scratch / f"half{k}.duckdb") for k in (0, 1)]
        turns = [
            parted(whole, f"TRUE QUALIFY {no}{later}", scratch / f"turn{k}.duckdb")
            for k, no in enumerate(("NOT ", ""))
        ]
        for style in ("styled", "opaque"):
            new = {c: _renamed(c, k, style, random_) for k, c in enumerate(chosen)}
            spelt = Counter(b.casefold() for b in new.values())
            # Two columns of one name would be told apart by a number that the truth lacks.
            new = {a: b if spelt[b.casefold()] == 1 else f"{b}{a}" for a, b in new.items()}
            new = {a: b for a, b in new.items() if b not in columns and a != b}
            # Elsewhere: in another order, and one of those renamed is dropped.
            mixed = random_.sample(
                [c for c in columns if c != next(iter(new), "")], len(columns) - 1
            )
            for kind, (pilot, rest) in (("same rows", halves), ("later rows", turns)):
                for place, kept in (("", columns), (", elsewhere", mixed)):
                    listed = ", ".join(
                        f"{ident(c)} AS {ident(new.get(c, c))}"
                        for c in (*kept, FILE_COLUMN, ROW_COLUMN)
                    )
                    production = parted(rest, "TRUE", scratch / "production.duckdb", listed)
                    truth = {a: b for a, b in new.items() if a in kept}
                    yield f"made up: {style}, {kind}{place}", truth, _proposed(pilot, production)


def _renamed(name: str, place: int, style: str, random_: random.Random) -> str:
    """Another name: opaque, or one that a person would give the column."""
    if style == "opaque":
        return f"f{place:03}"
    words = [w for w in re.split(r"[^0-9a-zA-Z]+|(?<=[a-z])(?=[A-Z])", name) if w] or ["x"]
    ways = (
        words[0].lower() + "".join(w.title() for w in words[1:]) + "Value",
        "_".join(w[:4] for w in words).upper(),
        "src_" + "_".join(words).lower(),
        "-".join(words).title(),
    )
    return random_.choice(ways)


def _proposed(pilot: Extract, production: Extract) -> Names:
    with connect(pilot.path, read_only=True) as p, connect(production.path, read_only=True) as q:
        ours = pilot.manifest.schema
        # The schema of a part is that of its file, not of the manifest that it was made from.
        described = q.execute(f"DESCRIBE {ident(TABLE)}").fetchall()
        own = {FILE_COLUMN, ROW_COLUMN}
        theirs = Schema(tuple(Column(d[0], d[1]) for d in described if d[0] not in own))
        bare, _ = bare_plan(p, Dataset(pilot=BOTH, production=BOTH), pilot)
        plan = full_plan(p, take(p, bare, ours))
        scene = Scene(table="t", con=q, production=take(q, plan, theirs), pilot=take(p, plan, ours))
        if not scene.production.rows:
            return {}
        with Sample(scene) as sample:
            return {r.pilot: r.production for r in propose_renames(scene, sample)}


PARTS = {"renames": renames}
