"""Learnt suites: how often they fail for nothing, and how fast they run.

`python -m benchmarks.expectations halves FOLDER` learns a suite from a random half of every
table of a folder and asks it of the other half. `python -m benchmarks.expectations speed ROWS`
times each engine on 40 expectations.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from pathlib import Path

from dataready.config import Dataset
from dataready.errors import DatareadyError
from dataready.expectations.fast import count_rules
from dataready.expectations.predicate import Reader
from dataready.extract.manifest import Extract
from dataready.extract.pull import pull
from dataready.model import TABLE, SourceSpec
from dataready.pipeline.expect import pilot_plan, pilot_rules
from dataready.warehouse.connection import connect

LEAST_ROWS = 200
TABLES = {".csv", ".tsv", ".txt", ".data", ".test", ".json", ".parquet", ".dat", ".zip"}


def main() -> None:
    """Print what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(required=True)
    halves = commands.add_parser("halves")
    halves.add_argument("folder", type=Path)
    halves.add_argument("--seeds", type=int, default=1)
    halves.set_defaults(run=lambda a: print_halves(a.folder, a.seeds))
    chosen = parser.parse_args()
    chosen.run(chosen)


def print_halves(folder: Path, seeds: int) -> None:
    """Learn from one random half of each table, judge the other; print what fails."""
    total: Counter[str] = Counter()
    kinds: Counter[tuple[str, str]] = Counter()
    for path in sorted(p for p in folder.rglob("*") if p.suffix.lower() in TABLES):
        if "truth" in path.parts:
            continue
        with tempfile.TemporaryDirectory() as temp:
            try:
                extract = pull(
                    SourceSpec(path=str(path)),
                    dataset=path.stem,
                    side="pilot",
                    folder=Path(temp),
                    name="t",
                    base=folder,
                )
            except DatareadyError as e:
                print(f"{path.relative_to(folder)}: not a table ({type(e).__name__})")
                continue
            if extract.manifest.rows < 2 * LEAST_ROWS:
                total["too small"] += 1
                continue
            for seed in range(seeds):
                failed = _half(extract, path, seed, total, kinds)
                if failed:
                    print(f"{path.relative_to(folder)}: {', '.join(failed)}")
    judged = total["pass"] + total["fail"]
    share = 100 * total["fail"] / judged if judged else 0.0
    print(f"\n{total['tables']:,} halves judged, {total['too small']:,} tables too small")
    print(f"{total['fail']:,} of {judged:,} expectations fail on the other half ({share:.2f} %)")
    for kind in sorted({k for k, _ in kinds}):
        print(f"  {kind:12} {kinds[kind, 'fail']:5,} of {sum(kinds[kind, r] for r in RESULTS):,}")


RESULTS = ("pass", "fail")


def _half(
    extract: Extract,
    path: Path,
    seed: int,
    total: Counter[str],
    kinds: Counter[tuple[str, str]],
) -> list[str]:
    dataset = Dataset.model_validate({"pilot": str(path), "production": str(path)})
    with connect(extract.path, read_only=True) as con:
        for name, side in (("one", 0), ("other", 1)):
            con.execute(
                f"CREATE TEMP VIEW {name} AS SELECT * FROM {TABLE} WHERE "
                f"hash(_dataready_row * 1000 + {seed}) % 2 = {side}"
            )
        plan, key = pilot_plan(con, dataset, extract)
        rules = pilot_rules(con, path.stem, plan, key, extract, "one")
        reader = Reader(plan, extract.manifest.schema, {})
        results = count_rules(con, rules, reader, table="other")
    total["tables"] += 1
    failed = []
    for rule, result in zip(rules, results, strict=True):
        if rule.kind == "present" or result.result not in RESULTS:
            continue
        total[result.result] += 1
        kinds[rule.kind, result.result] += 1
        if result.result == "fail":
            failed.append(f"{rule.id} {result.rows_failed}/{result.rows_checked}>{rule.limit}")
    return failed


if __name__ == "__main__":
    main()
