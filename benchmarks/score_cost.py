"""What the score costs once the profile is there: `python -m benchmarks.score_cost [--rows N]`.

The sample project's orders: a pilot of 10,000 labelled rows, a production of N. Printed are the
seconds of each step and the memory at its end; those of the score do not depend on N.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import tempfile
import time
from pathlib import Path

from sample_data.generate import generate

import sample_data
from dataready.config import Policy, load_config
from dataready.extract.pull import pull
from dataready.pipeline.measure import measure
from dataready.pipeline.settle import settle

__all__ = ["main"]

SCORE = ("measuring importances", "judging: score, replay, repairs")
"""The steps that the score is made in; the others count, search and segment."""


def main() -> None:
    """Run one dataset step by step and print what each took."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.score_cost", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="of production")
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as folder:
        steps = _steps(Path(folder), rows)
    print(f"{'step':36}{'seconds':>9}{'peak MiB':>10}")
    for name, seconds, peak in steps:
        print(f"{name:36}{seconds:9.1f}{peak:10,.0f}{'   score' if name in SCORE else ''}")
    print(f"{'score':36}{sum(s for n, s, _ in steps if n in SCORE):9.1f}")


def _steps(folder: Path, rows: int) -> list[tuple[str, float, float]]:
    generate(folder, rows=rows)
    shutil.copy(Path(sample_data.__file__).with_name("dataready.yaml"), folder)
    config = load_config(folder / "dataready.yaml")
    dataset = config.datasets["orders"].model_copy(update={"references": {}, "segments": ()})
    done: list[tuple[str, float, float]] = []
    doing = ["extracting"]
    start = [time.perf_counter()]

    def say(what: str) -> None:
        now = time.perf_counter()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        done.append((doing[0], now - start[0], peak))
        doing[0], start[0] = what, now

    pilot, production = (
        pull(spec, dataset="orders", side=side, folder=folder / side, name="x", base=folder)
        for side, spec in (("pilot", dataset.pilot), ("production", dataset.production))
    )
    measured = measure("orders", dataset, pilot, production, progress=say)
    say(SCORE[1])
    settle("orders", dataset, Policy(), measured, pilot, production)
    say("")
    return done


if __name__ == "__main__":
    main()
