"""A tiny project: a pilot, a production that is like it, and settings."""

from __future__ import annotations

import random
from pathlib import Path

SETTINGS = """\
project: tiny
policy:
  keep_runs: 3
datasets:
  orders:
    pilot: pilot.csv
    production: production.csv
    key: id
    suites:
      learn: false
"""


def rows(count: int, *, seed: int = 0, start: int = 0) -> str:
    """Rows of id, amount, weight, kind and paid, which follows from the three before it."""
    draw = random.Random(seed)  # noqa: S311 - no secret
    lines = ["id,amount,weight,kind,paid"]
    for i in range(start, start + count):
        amount, weight, kind = draw.gauss(10, 2), draw.gauss(5, 1), draw.choice("abc")
        paid = amount - 10 + 2 * (weight - 5) + 2 * (kind == "a") + draw.gauss(0, 1) > 0
        lines.append(f"{i},{amount:.2f},{weight:.2f},{kind},{paid:d}")
    return "\n".join(lines) + "\n"


def project(folder: Path, settings: str = SETTINGS) -> Path:
    """Write the project; answer its settings file."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pilot.csv").write_text(rows(400, seed=1))
    (folder / "production.csv").write_text(rows(800, seed=2, start=1000))
    path = folder / "dataready.yaml"
    path.write_text(settings)
    return path
