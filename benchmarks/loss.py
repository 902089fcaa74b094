"""The score against what models really lose: `python -m benchmarks.loss [--quick] [--peers]`.

Eleven labelled public tables; a hundred and more production sets of each: clean draws, 23 kinds of
corruption and four of population change at three severities, mixes, other times and places.
Truth is the skill that three families of models, trained on the pilot, really lose there.
Intermediate results are kept in build/benchmarks/loss, all results in build/benchmarks.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import time
import warnings
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import pandas as pd
from threadpoolctl import threadpool_limits

from benchmarks import calibration, plot, table
from benchmarks.cache import fingerprint, kept
from benchmarks.environment import PINNED, environment
from benchmarks.ours import judge
from benchmarks.peer import PEERS, rate
from benchmarks.reading import learn, read
from benchmarks.repetition import repeated
from benchmarks.task import TASKS, Split, data_folder, splits
from benchmarks.truth import train
from benchmarks.variant import BENIGN, Variant, variants

__all__ = ["main", "measured"]

OUT = Path("build/benchmarks")
BENCHMARK = Path(__file__).parent
TRUTH = tuple(BENCHMARK / f"{name}.py" for name in ("task", "corruption", "variant", "truth"))
TRUTH_KEY = fingerprint(TRUTH)
PROCESSES = 2


def _truth(split: Split) -> tuple[Mapping[str, float], pd.DataFrame]:
    """What each feature is worth to the models, and what they lose: a row per production set."""

    def make() -> tuple[Mapping[str, float], pd.DataFrame]:
        models = train(split)
        sets = [
            {
                "name": v.name,
                "kind": v.kind,
                "severity": v.severity,
                "benign": v.kind in BENIGN,
                "rows": len(v.frame),
                "columns": ", ".join(v.columns),
                "loss": models.loss(v.frame, v.before),
            }
            for v in variants(split, models.worth)
        ]
        return models.worth, pd.DataFrame(sets)

    return kept(f"truth-{split.task}-{split.kind}", TRUTH_KEY, make)


def measured(name: str, *, quick: bool, peers: bool) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Everything about one task: a row per production set, and the repeated draws.

    Args:
        name: The task's.
        quick: Whether sampling intervals are left out.
        peers: Whether others are asked too.
    """
    start, parts, task = time.monotonic(), [], TASKS[name](data_folder())
    repetitions = pd.DataFrame()
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for split in splits(task):
            worth, losses = _truth(split)

            def productions(
                split: Split = split, worth: Mapping[str, float] = worth
            ) -> Iterator[Variant]:
                return variants(split, worth)

            said = judge(split, read(split, productions), learn(split), sampled=not quick)
            sets = losses.merge(said, on="name", validate="one_to_one")
            for peer in PEERS if peers else ():
                sets[peer] = sets["name"].map(rate(peer, split, productions))
            parts.append(sets.assign(task=name, split=split.kind))
            if split.kind == "random" and not quick:
                repetitions = repeated(task, worth)
            _say(f"{name}, {split.kind}: {len(sets)} sets", start)
    return pd.concat(parts, ignore_index=True), repetitions


def _say(what: str, start: float) -> None:
    print(f"  {what}, {time.monotonic() - start:,.0f} s", flush=True)


def main() -> None:
    """Measure the tasks, print the tables, and write what was asked for."""
    wanted = _arguments()
    start = time.monotonic()
    for library in PINNED.keys() & PEERS.keys() if wanted.peers else ():
        environment(library)
    ask = partial(measured, quick=wanted.quick, peers=wanted.peers)
    # Forked before anything holds threads; DuckDB takes a spawned process for a terminal.
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(PROCESSES, mp_context=context) as pool:
        found = list(pool.map(ask, wanted.tasks))
    sets = table.completed(pd.concat([s for s, _ in found], ignore_index=True))
    repetitions = pd.concat([r for _, r in found], ignore_index=True)
    tables = table.tables(sets, repetitions)
    for t in tables:
        print(t.text())
    OUT.mkdir(parents=True, exist_ok=True)
    sets.to_parquet(OUT / "loss.parquet", index=False)
    repetitions.to_parquet(OUT / "repetition.parquet", index=False)
    plain = {t.key: json.loads(t.rows.to_json(orient="records")) for t in tables}
    (OUT / "loss.json").write_text(json.dumps(plain, indent=2) + "\n")
    if wanted.write_calibration:
        calibration.write(table.calibrations(sets), wanted.write_calibration)
    if wanted.plot:
        wanted.plot.write_text(
            plot.calibration(sets, table.calibrations(sets)["together"]), encoding="utf-8"
        )
    _say(f"{len(sets):,} sets of {len(wanted.tasks)} tasks", start)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.loss", description=__doc__)
    parser.add_argument("--tasks", type=_names, default=list(TASKS), help="names, with commas")
    parser.add_argument("--quick", action="store_true", help="no sampling intervals")
    parser.add_argument("--peers", action="store_true", help="others beside ours: 40 minutes more")
    parser.add_argument("--write-calibration", type=Path, metavar="FILE", help="the bands, JSON")
    parser.add_argument(
        "--plot", type=Path, metavar="FILE", help="predicted against real loss, SVG"
    )
    return parser.parse_args()


def _names(text: str) -> list[str]:
    names = text.split(",")
    unknown = [n for n in names if n not in TASKS]
    if unknown:
        msg = f"There is no task '{unknown[0]}'. There are: {', '.join(TASKS)}."
        raise argparse.ArgumentTypeError(msg)
    return names


if __name__ == "__main__":
    main()
