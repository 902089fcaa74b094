"""Learnt suites: how often they fail for nothing, and how fast they run.

`python -m benchmarks.expectations halves FOLDER` learns a suite from a random half of every
table of a folder and asks it of the other half. `python -m benchmarks.expectations speed ROWS`
times each engine on 40 expectations. `python -m benchmarks.expectations faults` plants each fault
of the sample data alone, and says which of the two suites learnt from the pilot catch it.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import shutil
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Literal

import duckdb
from sample_data.faults import FAULTS
from sample_data.generate import generate

from benchmarks.equality import extract_of
from benchmarks.public import files
from dataready.config import Config, Dataset, load_config
from dataready.expectations.bridge import run_suites
from dataready.expectations.fast import count_rules, run_fast
from dataready.expectations.gx_bridge import run_gx, write_gx
from dataready.expectations.learn import Declared
from dataready.expectations.pandera_module import write_pandera
from dataready.expectations.predicate import Reader
from dataready.expectations.result import SuiteResult
from dataready.expectations.rules import Rule
from dataready.extract.manifest import Extract
from dataready.extract.pull import pull
from dataready.model import TABLE
from dataready.pipeline.expect import Taught, pilot_plan, pilot_rules, teach
from dataready.pipeline.suites import write_suites
from dataready.profile.plan import Base, Plan
from dataready.profile.planning import first_plan
from dataready.sql import select
from dataready.warehouse.connection import connect

LEAST_ROWS = 200


def main() -> None:
    """Print what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(required=True)
    halves = commands.add_parser("halves")
    halves.add_argument("folder", type=Path)
    halves.add_argument("--seeds", type=int, default=1)
    halves.set_defaults(run=lambda a: print_halves(a.folder, a.seeds))
    speed = commands.add_parser("speed")
    speed.add_argument("rows", type=int, nargs="+")
    speed.add_argument("--engine", action="append", choices=ENGINES)
    speed.set_defaults(run=lambda a: print_speed(a.rows, a.engine or ENGINES))
    faults = commands.add_parser("faults")
    faults.add_argument("--rows", type=int, default=60_000)
    faults.set_defaults(run=lambda a: print_faults(a.rows))
    chosen = parser.parse_args()
    chosen.run(chosen)


def print_halves(folder: Path, seeds: int) -> None:
    """Learn from one random half of each table, judge the other; print what fails."""
    total: Counter[str] = Counter()
    kinds: Counter[tuple[str, str]] = Counter()
    for path, extract in files(folder):
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
        reader = Reader.of(extract, plan, {})
        rules = pilot_rules(con, path.stem, reader, Declared(key), "one")
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


def print_faults(rows: int) -> None:
    """Plant each fault alone; print by kind which suites fail where the clean twin's do not."""
    caught: dict[str, list[dict[str, int]]] = {}
    with tempfile.TemporaryDirectory() as temp:
        folder = Path(temp)
        shutil.copy(SAMPLE / "dataready.yaml", folder)
        shutil.copytree(SAMPLE.parent / "expectations", folder / "expectations")
        config = load_config(folder / "dataready.yaml")
        generate(folder, rows=rows, faults=False)
        pilots = {name: _pulled(config, name, "pilot", folder) for name in config.datasets}
        taught = {name: _taught(config, name, pilots) for name in config.datasets}
        silent = {name: _failing(config, name, taught, folder) for name in config.datasets}
        for fault in FAULTS.values():
            planted = [f for f in FAULTS.values() if f.id in {fault.id, fault.follows}]
            generate(folder, rows=rows, faults=planted)
            found = _failing(config, fault.table, taught, folder)
            new = {lib: found[lib] - silent[fault.table][lib] for lib in found}
            caught.setdefault(fault.kind, []).append({lib: len(new[lib]) for lib in new})
            told = "; ".join(f"{lib}: {', '.join(sorted(new[lib])) or '-'}" for lib in new)
            print(f"{fault.id:28} {told}", flush=True)
    print(f"\nfailing without a fault: {silent}")
    for library in ("pandera", "great_expectations"):
        kinds = sum(any(one[library] for one in each) for each in caught.values())
        hit = sum(bool(one[library]) for each in caught.values() for one in each)
        print(f"{library:20} {kinds} of {len(caught)} kinds, {hit} of {len(FAULTS)} faults")
        missed = [kind for kind, each in caught.items() if not any(one[library] for one in each)]
        print(f"  missed: {', '.join(missed) or '-'}")


SAMPLE = Path(__file__).parents[1] / "sample_data"


def _pulled(config: Config, name: str, side: Literal["pilot", "production"], to: Path) -> Extract:
    source, folder = getattr(config.datasets[name], side), to / "pulled" / name
    shutil.rmtree(folder / side, ignore_errors=True)
    return pull(source, dataset=name, side=side, folder=folder / side, name=side, base=config.base)


def _taught(config: Config, name: str, pilots: Mapping[str, Extract]) -> Taught:
    """Answer what a pilot teaches; no fault touches it."""
    dataset = config.datasets[name]
    return teach(name, dataset, pilots[name], {n: pilots[n] for n in _beside(dataset)})


def _beside(dataset: Dataset) -> set[str]:
    """The datasets that references lead to."""
    return {target.partition(".")[0] for target in dataset.references.values()}


def _failing(
    config: Config,
    name: str,
    taught: Mapping[str, Taught],
    folder: Path,
) -> dict[str, set[str]]:
    """Answer which learnt expectations fail on production, by library."""
    dataset = config.datasets[name]
    rules = tuple(proposal.rule for proposal in taught[name].proposals)
    suites = write_suites(folder / "suites", name, rules)
    production = _pulled(config, name, "production", folder)
    others = {n: _pulled(config, n, "production", folder) for n in _beside(dataset)}
    # As the pilot reads cells: whoever has the suites alone knows no more of production.
    results = run_suites(suites, production, taught[name].pilot.plan, {}, others=others)
    return {
        suite.library: {f"{r.expectation}({r.column})" for r in suite.results if r.result == "fail"}
        for suite in results
    }


ENGINES = ("SUMMARIZE", "fast", "pandera", "great_expectations", "gx_on_pandas")
ON_PANDAS_ROWS = 1_000_000
"""More rows, all of them COMPLETE, are more than a machine holds."""


def print_speed(sizes: Sequence[int], engines: Sequence[str]) -> None:
    """Time each engine on 40 expectations over rows x 16, each in a process of its own.

    The memory is the most that the process held, and that a child of it did.
    """
    for rows in sizes:
        _print_speed(rows, engines)


def _print_speed(rows: int, engines: Sequence[str]) -> None:
    with tempfile.TemporaryDirectory() as temp:
        path = Path(temp) / "t.duckdb"
        with duckdb.connect(str(path)) as con:
            con.execute(_TABLE.format(rows=rows))
        print(f"{rows:,} rows x 16, 40 expectations")
        wanted = [e for e in engines if e != "gx_on_pandas" or rows <= ON_PANDAS_ROWS]
        for engine in wanted:
            # Spawned, so that memory is the engine's own.
            with get_context("spawn").Pool(1) as pool:
                seconds, own, child, told = pool.apply(_timed, (engine, path, rows))
            memory = f"{own:6,.0f} MiB" + (f", child {child:,.0f} MiB" if child else "")
            print(f"  {engine:20} {seconds:7.2f} s  {memory}  {told}", flush=True)


_TABLE = """
CREATE TABLE data AS SELECT i AS id, {rows} - i AS back, (i * 7919 % 100000) / 10.0 AS amount,
  CASE WHEN i % 50 <> 0 THEN random() * 100 END AS weight, sqrt(i) AS root, (i % 17)::INTEGER AS n,
  i % 2 = 0 AS flag, ['DE', 'FR', 'IT', 'ES', NULL][1 + i % 5] AS country,
  ['new', 'paid', 'sent'][1 + i % 3] AS state, 'AB-' || (1000 + i % 9000) AS sku,
  'C' || (1000000 + i) AS customer, 'text number ' || i || ' of many' AS note,
  TIMESTAMP '2020-01-01' + INTERVAL (i % 1000000) MINUTE AS at,
  TIMESTAMP '2020-01-03' + INTERVAL (i % 1000000) MINUTE AS sent,
  DATE '2020-01-01' + (i % 900)::INTEGER AS day, (i / 7.0)::DECIMAL(18, 4) AS price,
  0 AS _dataready_file, i AS _dataready_row
FROM range({rows}) AS t(i)"""
_NUMBERS = ("id", "back", "amount", "weight", "root", "n", "price")


def forty() -> tuple[Rule, ...]:
    """Forty expectations, of which some fail."""
    texts = ("country", "state", "sku", "customer", "note")
    columns = (*_NUMBERS, *texts, "flag", "at", "sent", "day")
    bases: dict[str, Base] = dict.fromkeys(_NUMBERS, "number")
    bases |= dict.fromkeys(("at", "sent", "day"), "date")
    rules = [Rule(kind="not_null", column=c, limit=0.01) for c in columns]
    rules += [Rule(kind="range", column=c, low=0.0, high=9e4, limit=0.02) for c in _NUMBERS]
    rules += [Rule(kind="length", column=c, low=2, high=30) for c in texts]
    rules += [Rule(kind="type", column=c) for c in ("amount", "at", "day", "price")]
    rules += [
        Rule(kind="categories", column="country", values=("DE", "FR", "IT", "ES")),
        Rule(kind="categories", column="state", values=("new", "paid")),
        Rule(kind="format", column="sku", values=("a-9",)),
        Rule(kind="pattern", column="customer", pattern="^C[0-9]{7}$"),
        Rule(kind="unique", column="id"),
        Rule(kind="unique", column="customer"),
        Rule(kind="unique", column="day", also=("n",), limit=0.5),
        Rule(kind="order", column="at", also=("sent",)),
    ]
    return tuple(replace(r, base=bases.get(r.column, "text")) for r in rules)


def _timed(engine: str, path: Path, rows: int) -> tuple[float, float, float, str]:
    """Answer seconds, the most memory in MiB of the process and of a child, and what came out.

    The fast path takes turns with `SUMMARIZE`, so that both have the machine that they have:
    of five turns the best counts, and the median of their ratios.
    """
    extract = extract_of(path, rows)
    with connect(path, read_only=True) as con:
        plan = first_plan(con, extract.manifest.schema, typed=True)
    suite, rules = path.with_name(f"{engine}.{'py' if engine == 'pandera' else 'json'}"), forty()
    (write_pandera if engine == "pandera" else write_gx)(rules, suite)
    taken: dict[str, list[float]] = {engine: [], "SUMMARIZE": []}
    for _ in range(5 if engine == "fast" else 1):
        for name in ("SUMMARIZE", "fast") if engine == "fast" else (engine,):
            began = time.monotonic()
            told = _RUNS[name](suite, extract, plan, rules)
            taken[name].append(time.monotonic() - began)
    if engine == "fast":
        turns = zip(taken["fast"], taken["SUMMARIZE"], strict=True)
        told += f", {statistics.median(a / b for a, b in turns):.2f} of SUMMARIZE"
    return min(taken[engine]), *_most_memory(), told


def _summarize(_suite: Path, extract: Extract, _plan: Plan, _rules: tuple[Rule, ...]) -> str:
    with connect(extract.path, read_only=True) as con:
        con.execute("SUMMARIZE data").fetchall()
    return ""


def _fast(suite: Path, extract: Extract, plan: Plan, rules: tuple[Rule, ...]) -> str:
    return _failed(run_fast(rules, suite, extract, plan, {}))


def _pandera(suite: Path, extract: Extract, plan: Plan, _rules: tuple[Rule, ...]) -> str:
    from dataready.expectations.pandera_bridge import run_pandera

    return _failed(run_pandera(suite, extract, plan, {}, trust=True))


def _gx(suite: Path, extract: Extract, plan: Plan, _rules: tuple[Rule, ...]) -> str:
    return _failed(run_gx(suite, extract, plan, {}, trust=False))


def _failed(found: SuiteResult) -> str:
    return f"{sum(r.result != 'pass' for r in found.results)} fail"


def _gx_on_pandas(suite: Path, extract: Extract, plan: Plan, _rules: tuple[Rule, ...]) -> str:
    """Great Expectations as its tutorials have it: a data frame, and every failing row told."""
    os.environ["TQDM_DISABLE"] = "1"
    import great_expectations as gx
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    configs = json.loads(suite.read_text())["expectations"]
    reader = Reader.of(extract, plan, {})
    cells = {name: reader.typed(name) for name in reader.columns}
    for config in configs:
        source, what = reader.source(str(config["kwargs"].get("column", reader.columns[0])))
        cells |= {config["kwargs"]["column"]: reader.derived(source, what)} if what else {}
    with connect(extract.path, read_only=True) as con:
        frame = con.sql(select(cells, from_="data")).df()
    frames = gx.get_context(mode="ephemeral").data_sources.add_pandas("frame")
    asset = frames.add_dataframe_asset("all").add_batch_definition_whole_dataframe("all")
    asked = gx.ExpectationSuite("forty")
    for config in configs:
        made = ExpectationConfiguration(type=config["type"], kwargs=config["kwargs"])
        asked.add_expectation(made.to_domain_obj())
    batch = asset.get_batch({"dataframe": frame})
    found = batch.validate(asked, result_format="COMPLETE")
    said = json.dumps(found.to_json_dict(), default=str)  # type: ignore[no-untyped-call]
    failed = sum(not r.success for r in found.results)
    return f"{failed} fail, {len(said) / 1e6:,.1f} MB of JSON"


_RUNS: Mapping[str, Callable[[Path, Extract, Plan, tuple[Rule, ...]], str]] = {
    "SUMMARIZE": _summarize,
    "fast": _fast,
    "pandera": _pandera,
    "great_expectations": _gx,
    "gx_on_pandas": _gx_on_pandas,
}


def _most_memory() -> tuple[float, float]:
    """The most that this process held, and that a child that still waits did, in MiB."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    known = "\n".join(p.read_text() for p in Path("/proc/self/task").glob("*/children"))
    held = [Path(f"/proc/{child}/status").read_text() for child in known.split()]
    peaks = [int(peak) for status in held for peak in re.findall(r"VmHWM:\s+(\d+)", status)]
    return own, max(peaks, default=0) / 1024


if __name__ == "__main__":
    main()
