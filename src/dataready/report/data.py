"""One frozen value that every view of a report is made from."""

from __future__ import annotations

from dataclasses import dataclass

from dataready.model import Verdict
from dataready.readiness.assessment import Assessment, Score

__all__ = ["ReportData", "TrendPoint"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendPoint:
    """The score of one dataset in one earlier run."""

    run_id: str
    clock: str
    dataset: str
    value: float | None
    low: float | None
    high: float | None
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportData:
    """A run: its datasets, worst first, and the scores of earlier runs, oldest first.

    The project's verdict is the worst of its datasets', and its score the lowest: they may be
    those of two datasets. `clock` (ISO 8601, UTC) and `run_id` are the only fields that differ
    between runs on the same inputs.
    """

    project: str
    run_id: str
    clock: str
    version: str
    datasets: tuple[Assessment, ...]
    trend: tuple[TrendPoint, ...] = ()

    @property
    def worst(self) -> Assessment:
        """The dataset that decides for the project."""
        return self.datasets[0]

    @property
    def lowest(self) -> Assessment:
        """The dataset with the lowest score; one that could not be scored is below all others."""
        return min(self.datasets, key=lambda a: -1.0 if a.score.value is None else a.score.value)

    @property
    def verdict(self) -> Verdict:
        """The project's verdict, with the waivers that hold."""
        return self.worst.decided

    @property
    def score(self) -> Score:
        """The project's score: none where a dataset has none, since that could be any."""
        return self.lowest.score
