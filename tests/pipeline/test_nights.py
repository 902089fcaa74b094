"""What the runs before found, and the rules that they teach."""

from __future__ import annotations

import json
from pathlib import Path

from dataready.config import load_config
from dataready.pipeline.nights import nights_of

SETTINGS = """\
project: nights
datasets:
  orders: {pilot: pilot.csv, production: production.csv, time: at}
"""


def run_before(runs: Path, day: int, rows: int, *, dataset: str = "orders") -> None:
    """Leave what a run of a day in January 2026 would have left."""
    folder = runs / f"202601{day:02}T230000Z-0000000{rows % 10}" / "datasets" / dataset
    folder.mkdir(parents=True)
    made = {"rows": rows, "clock": f"2026-01-{day:02}T23:00:00+00:00"}
    newest = {"name": "at", "production": {"maximum": f"2026-01-{day:02} 08:00:00"}}
    told = {"provenance": {"production": made}, "columns": [newest], "suites": []}
    (folder / "assessment.json").write_text(json.dumps(told))
    (folder.parents[1] / "run.json").write_text("{}")


def test_the_last_run_of_each_day_counts(tmp_path: Path) -> None:
    """Runs that cannot be read, or looked at something else, tell nothing."""
    (tmp_path / "dataready.yaml").write_text(SETTINGS)
    config = load_config(tmp_path / "dataready.yaml")
    runs = config.resolve(config.runs)
    for day, rows in ((3, 100), (3, 101), (4, 200)):
        run_before(runs, day, rows)
    run_before(runs, 5, 300, dataset="others")
    run_before(runs, 6, 400)
    (runs / "20260106T230000Z-00000000" / "datasets/orders/assessment.json").write_text("{")
    assert [(n.rows, n.age) for n in nights_of(config, "orders")] == [(101, 0), (200, 0)]
