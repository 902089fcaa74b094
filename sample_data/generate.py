"""Write the sample project's data: `python -m sample_data.generate --out DIR`.

DIR/pilot/ holds the curated, labelled draw of the clean population; DIR/production/ the
full data, with every planted fault or, with --clean, with none; DIR/FAULTS.toml what was
planted, counted. One quarter is in memory at a time. Same arguments, same bytes.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import polars as pl
import pyarrow as pa
from pyarrow.parquet import ParquetWriter

from . import population
from .fault import KINDS, MARK, Fault
from .faults import FAULTS

__all__ = ["generate", "main"]

SHIPMENTS = pa.schema(
    {
        "shipment_id": pa.int64(),
        "order_id": pa.int64(),
        "shipped_at": pa.timestamp("us"),
        "carrier": pa.string(),
        "parcels": pa.int64(),
        "shipping_cost": pa.float64(),
    }
)


def generate(
    out: Path,
    *,
    rows: int = 1_000_000,
    seed: int = 7,
    faults: bool | Iterable[Fault] = True,
    labels: bool = False,
    pilot_rows: int = 10_000,
) -> dict[str, int]:
    """Write pilot and production below a folder, over what an earlier run wrote there.

    Args:
        out: The folder; made if need be.
        rows: How many orders production has before faults.
        seed: With the other arguments, decides every byte.
        faults: True: all of `FAULTS`; False: none (the clean twin); or these, in order.
        labels: Keep the target `late` in production, for measuring a model's true loss.
        pilot_rows: How many of the clean orders are drawn into the pilot.

    Returns:
        Fault -> how many rows of the written files it hit; where it takes rows away,
        how many.
    """
    folder = out / "production" / "orders"
    folder.mkdir(parents=True, exist_ok=True)
    for stale in folder.glob("orders_????-Q?.csv"):
        stale.unlink()
    chosen = _chosen(faults)
    counts = {fault.id: 0 for fault in chosen}
    people = population.customers(rows, seed)
    drawn = population.stream(seed, "draw").choice(rows, min(pilot_rows, rows), replace=False)
    pilot: dict[str, list[pl.DataFrame]] = {"orders": [], "shipments": []}
    with ParquetWriter(out / "production" / "shipments.parquet", SHIPMENTS) as shipments:
        for quarter, placed, sent in _quarters(rows, people, seed):
            mine = placed["order_id"].is_in(drawn + 1)
            pilot["orders"].append(placed.filter(mine))
            pilot["shipments"].append(sent.filter(mine))
            kept = placed if labels else placed.drop("late")
            stored = _planted(kept, "orders", chosen, counts, seed=seed, quarter=quarter)
            if stored.height:
                stored.write_csv(folder / f"orders_{quarter}.csv", datetime_format=population.TIME)
            stored = _planted(sent, "shipments", chosen, counts, seed=seed, quarter=quarter)
            shipments.write_table(stored.to_arrow().cast(SHIPMENTS))
    _planted(people, "customers", chosen, counts, seed=seed).write_parquet(
        out / "production" / "customers.parquet"
    )
    _write_pilot(out / "pilot", people, {table: pl.concat(p) for table, p in pilot.items()})
    _write_text(out / "FAULTS.toml", _inventory(chosen, counts, rows, seed))
    return counts


def _chosen(faults: bool | Iterable[Fault]) -> list[Fault]:  # noqa: FBT001
    """List the faults to plant, without those that follow from one that is left out."""
    if isinstance(faults, bool):
        faults = FAULTS.values() if faults else ()
    listed = list(faults)
    ids = {fault.id for fault in listed}
    return [fault for fault in listed if not fault.follows or fault.follows in ids]


def _quarters(
    rows: int, people: pl.DataFrame, seed: int
) -> Iterator[tuple[str, pl.DataFrame, pl.DataFrame]]:
    """Draw the clean orders and shipments, a quarter at a time."""
    first_id = 1
    for quarter, n in population.quarter_rows(rows).items():
        placed = population.orders(quarter, n, first_id, people, seed)
        yield quarter, placed, population.shipments(placed, quarter, seed)
        first_id += n


def _planted(
    frame: pl.DataFrame,
    table: str,
    faults: Sequence[Fault],
    counts: dict[str, int],
    *,
    seed: int,
    quarter: str = "",
) -> pl.DataFrame:
    """Plant the faults of one table in some rows, and count the rows they hit."""
    for fault in faults:
        if fault.table == table:
            before = frame.height
            frame = fault.plant(frame, seed=seed, quarter=quarter)
            counts[fault.id] += max(0, before - frame.height)
    marks = [name for name in frame.columns if name.startswith(MARK)]
    for mark in marks:
        counts[mark.removeprefix(MARK)] += int(frame[mark].sum())
    return frame.drop(marks)


def _write_pilot(folder: Path, people: pl.DataFrame, tables: dict[str, pl.DataFrame]) -> None:
    """Write the drawn orders, their shipments and their customers."""
    folder.mkdir(exist_ok=True)
    buyers = tables["orders"]["customer_id"].unique()
    tables["customers"] = people.filter(pl.col("customer_id").is_in(buyers.implode()))
    for table, frame in tables.items():
        frame.write_csv(folder / f"{table}.csv", datetime_format=population.TIME)


def _inventory(faults: Sequence[Fault], counts: Mapping[str, int], rows: int, seed: int) -> str:
    """Say in TOML what was planted, where, and how much of it there is."""
    text = [
        "# What is wrong with production, written by sample_data.generate. `share` is of the",
        "# rows that can be hit in `quarters` (first and last; none: everywhere); `count` is of",
        "# rows in the written files, or of rows that are gone from them.",
        f"rows = {rows}",
        f"seed = {seed}",
    ]
    for fault in faults:
        kind = KINDS[fault.kind]
        entry: dict[str, object] = {
            "id": fault.id,
            "kind": fault.kind,
            "table": fault.table,
            "columns": list(fault.columns),
            "quarters": [fault.quarters[0], fault.quarters[-1]] if fault.quarters else [],
            "share": fault.share,
            "count": counts[fault.id],
            "sentence": fault.sentence,
        }
        # JSON's strings, numbers and arrays are TOML's too; its objects are not.
        text += ["", "[[fault]]", *(f"{k} = {_json(v)}" for k, v in entry.items())]
        text.append(
            f"expect = {{ dimension = {_json(kind.dimension)}, words = {_json(kind.words)} }}"
        )
    return "\n".join(text) + "\n"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; answers the exit code."""
    parser = argparse.ArgumentParser(prog="sample_data.generate", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder to write below")
    parser.add_argument("--rows", type=int, default=1_000_000, help="orders before faults")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--clean", action="store_true", help="plant nothing: the clean twin")
    parser.add_argument("--labels", action="store_true", help="keep `late` in production")
    given = parser.parse_args(arguments)
    counts = generate(
        given.out, rows=given.rows, seed=given.seed, faults=not given.clean, labels=given.labels
    )
    sys.stdout.write(f"{given.out}: {given.rows} orders, {len(counts)} faults planted\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
