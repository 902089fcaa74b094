"""What scores have meant so far: the true loss of models, by band of the score.

`calibration.json` is written by `python -m benchmarks.loss --write-calibration` (docs/score.md).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

__all__ = ["Band", "bands", "expected_loss"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Scores from `at_least` on: the true loss's mean, and some of its percentiles.

    `low` and `high` are the 5th and 95th; nine in ten production sets lost `nine_in_ten` at most.
    """

    at_least: float
    sets: int
    mean: float
    low: float
    high: float
    nine_in_ten: float


@cache
def bands(*, replayed: bool) -> tuple[Band, ...]:
    """The bands, best first: of the mean of product and replay, or of the product alone."""
    text = files("dataready.readiness").joinpath("calibration.json").read_text("utf-8")
    found = json.loads(text)["bands"]["together" if replayed else "product"]
    return tuple(Band(**band) for band in found)


def expected_loss(score: float, *, replayed: bool) -> Band:
    """Answer the band of a score: the true loss that scores like it have meant."""
    known = bands(replayed=replayed)
    return next((b for b in known if score >= b.at_least), known[-1])
