"""Where the time of a whole nightly run goes: `python -m benchmarks.run_cost [--rows N]`.

The sample project's orders, from its files to the report: extraction, profile, comparison,
detectors, suites, score, evidence, report. Printed beside DuckDB's SUMMARIZE of the same rows.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

from sample_data.generate import generate

import sample_data
from benchmarks.plot import STYLE
from dataready.config import load_config
from dataready.extract.grow import previous_extract
from dataready.model import TABLE
from dataready.pipeline.run import run_project
from dataready.warehouse.connection import connect

__all__ = ["main"]

DATASET = "orders"
LEAST_S = 0.3
WIDTH, BAR, LEFT, RIGHT = 760, 26, 270, 90

Steps = list[tuple[str, float]]


def main() -> None:
    """Run it and print what each step took."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run_cost", description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000, help="of production")
    parser.add_argument("--svg", type=Path, help="a picture of the table")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        steps, summarize_s = _steps(Path(folder), wanted.rows)
    total = sum(seconds for _, seconds in steps)
    print(f"{'step':44}{'seconds':>9}{'share':>8}{'of SUMMARIZE':>14}")
    for name, seconds in (*steps, ("all", total)):
        share, ratio = seconds / total, seconds / summarize_s
        print(f"{name:44}{seconds:9.1f}{share:8.1%}{ratio:14.2f}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"SUMMARIZE of the same rows: {summarize_s:.1f} s; peak memory of the run {peak:,.0f} MiB"
    )
    if wanted.svg:
        wanted.svg.write_text(picture(steps, wanted.rows, summarize_s))


def _steps(folder: Path, rows: int) -> tuple[Steps, float]:
    generate(folder, rows=rows)
    shutil.copy(Path(sample_data.__file__).with_name("dataready.yaml"), folder)
    config = load_config(folder / "dataready.yaml")
    steps: Steps = []
    doing, began = "starting", time.perf_counter()

    def step(_: str, what: str) -> None:
        nonlocal doing, began
        if what.endswith("%)"):
            return
        now = time.perf_counter()
        steps.append((doing, now - began))
        doing, began = what, now

    run_project(config, only=(DATASET,), step=step)
    step("", "")
    spec = config.datasets[DATASET].production
    extract = previous_extract(config.resolve(config.warehouse) / DATASET / "production", spec)
    if extract is None:
        msg = "The run has left no extract."
        raise SystemExit(msg)
    began = time.perf_counter()
    with connect(extract.path, read_only=True) as con:
        con.execute(f"SUMMARIZE {TABLE}").fetchall()
    summarize_s = time.perf_counter() - began
    short = sum(s for _, s in steps if s < LEAST_S)
    return [*((n, s) for n, s in steps if s >= LEAST_S), ("all else", short)], summarize_s


def picture(steps: Sequence[tuple[str, float]], rows: int, summarize_s: float) -> str:
    """Draw a bar a step, as long as it takes, with SUMMARIZE as the measure below."""
    bars = [*steps, ("DuckDB's SUMMARIZE, for comparison", summarize_s)]
    longest = max(seconds for _, seconds in bars)
    height = 70 + BAR * len(bars) + 20
    total = sum(seconds for _, seconds in steps)
    words = f"A nightly run of {rows:,} orders: {total:,.0f} s"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-label="{escape(words)}"><style>{STYLE}</style>',
        f'<rect class="paper" width="{WIDTH}" height="{height}"/>',
        f'<text class="title" x="20" y="34">{escape(words)}</text>',
    ]
    for k, (name, seconds) in enumerate(bars):
        y = 56 + BAR * k
        kind = "clean" if k == len(bars) - 1 else "damage"
        width = (WIDTH - LEFT - RIGHT) * seconds / longest
        parts += [
            f'<text x="{LEFT - 10}" y="{y + 15}" text-anchor="end">{escape(name)}</text>',
            f'<rect class="{kind}" x="{LEFT}" y="{y}" width="{width:.1f}" height="{BAR - 8}"/>',
            f'<text class="axis" x="{LEFT + width + 8:.1f}" y="{y + 15}">{seconds:,.1f} s</text>',
        ]
    return "\n".join([*parts, "</svg>", ""])


if __name__ == "__main__":
    main()
