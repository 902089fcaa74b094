"""What the detectors cost beside the profile: `python -m benchmarks.detect_cost [--rows N]`.

The sample project's orders with what refers to and from them, extracted once and kept. Printed
are the seconds of looking and profiling, of each detector, and the ratio of both.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import resource
import time
from collections import defaultdict
from pathlib import Path
from types import FunctionType

from sample_data.generate import generate

import sample_data
from dataready.config import Config, load_config
from dataready.detect import detectors
from dataready.extract.manifest import Extract
from dataready.extract.pull import pull
from dataready.pipeline.measure import measure

__all__ = ["main"]

KEPT = Path("build/benchmarks/detect_cost")
DATASET = "orders"
SHOWN_S = 0.02
PROFILE = ("looking at production", "profiling production")
SEARCH = "searching for defects"


def main() -> None:
    """Measure the sample project's largest dataset and print what each step took."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.detect_cost", description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000, help="of production")
    rows = parser.parse_args().rows
    config = _project(KEPT / str(rows), rows)
    extracts = {name: _extracts(config, name) for name in config.datasets}
    for kept in config.resolve(config.warehouse).rglob("*.states"):
        kept.unlink()
    took: dict[str, float] = defaultdict(float)
    doing, began = "", time.perf_counter()

    def step(what: str) -> None:
        nonlocal doing, began
        now = time.perf_counter()
        took[doing] += now - began
        doing, began = what.partition(" (")[0], now

    pilot, production = extracts[DATASET]
    watch = cProfile.Profile()
    watch.runcall(
        measure,
        DATASET,
        config.datasets[DATASET],
        pilot,
        production,
        neighbours={n: str(p.path) for n, (_, p) in extracts.items() if n != DATASET},
        progress=step,
    )
    step("")
    each = _detectors(watch)
    profiled, searched = sum(took[s] for s in PROFILE), sum(each.values())
    print(f"{'detector':28}{'seconds':>9}{'of the profile':>16}")
    for name, seconds in sorted(each.items(), key=lambda item: -item[1]):
        if seconds >= SHOWN_S:
            print(f"{name:28}{seconds:9.2f}{seconds / profiled:16.1%}")
    print(f"{'all detectors':28}{searched:9.2f}{searched / profiled:16.1%}")
    print(f"{'profile, both passes':28}{profiled:9.2f}{1:16.1%}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{production.manifest.rows:,} rows; peak memory {peak:,.0f} MiB")


def _project(folder: Path, rows: int) -> Config:
    settings = folder / "dataready.yaml"
    if not settings.exists():
        generate(folder, rows=rows)
        settings.write_text(Path(sample_data.__file__).with_name(settings.name).read_text())
    return load_config(settings)


def _extracts(config: Config, name: str) -> tuple[Extract, Extract]:
    """Pull both sides of a dataset, once: a later run finds them as they are."""
    dataset, folder = config.datasets[name], config.resolve(config.warehouse) / name
    pulled = []
    for side, spec in (("pilot", dataset.pilot), ("production", dataset.production)):
        path = folder / side / "x.duckdb"
        if not path.exists():
            pull(spec, dataset=name, side=side, folder=path.parent, name="x", base=config.base)
        pulled.append(Extract.open(path))
    pilot, production = pulled
    return pilot, production


def _detectors(watch: cProfile.Profile) -> dict[str, float]:
    """Detector -> the seconds that it took, as `detect` called it."""
    called = {(f.__code__.co_filename, f.__name__): n for n, f in _functions()}
    seconds: dict[str, float] = defaultdict(float)
    for (file, _, name), (_, _, _, total, callers) in pstats.Stats(watch).stats.items():  # type: ignore[attr-defined]
        if (file, name) in called and any(f == detectors.__file__ for f, _, _ in callers):
            seconds[called[file, name]] += total
    return seconds


def _functions() -> list[tuple[str, FunctionType]]:
    return [
        (name, f)
        for name, f in vars(detectors).items()
        if isinstance(f, FunctionType) and f.__module__ != detectors.__name__
    ]


if __name__ == "__main__":
    main()
