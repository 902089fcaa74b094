"""Models that can be asked: what they say of rows of the pilot, or of rows made of them."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from dataready.config import Metric
from dataready.importance.metric import Array, Yardstick
from dataready.importance.probe import (
    LEAST_SKILL,
    NoProbeError,
    Samples,
    boosting,
    check_labels,
    linear,
)

__all__ = ["PROBES", "SEEDS", "Judge", "ModelError", "Panel", "probe_panel", "skill"]

PROBES = "the probes"
SEEDS = (0, 1, 2)


class ModelError(Exception):
    """A model cannot be asked; the message says why, and holds no value of the data."""


class Judge(Protocol):
    """One model or several, already fitted."""

    def ask(self, samples: Samples) -> tuple[Array, ...]:
        """Answer what each model says of the rows.

        Returns:
            For each model, of classes the probabilities in the order of `samples.names`,
            shape (rows, classes); of numbers the number, shape (rows,).

        Raises:
            ModelError: A model failed, or said what cannot be understood.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Judges of one kind, each with the pilot rows that it is asked on.

    `name` says whose models they are; `outcomes` are labelled rows of production in the same
    encoding as the pilot's, or None.
    """

    name: str
    sittings: tuple[tuple[Judge, Samples], ...]
    yardstick: Yardstick
    outcomes: Samples | None = None


@dataclass(frozen=True, slots=True)
class _Probes:
    """Boosting and a linear model, fitted on a part of the labelled pilot."""

    models: tuple[object, ...]
    names: tuple[str, ...]
    dead: NDArray[np.bool_]
    size: int

    def ask(self, samples: Samples) -> tuple[Array, ...]:
        table = np.column_stack([samples.features[c] for c in self.names])
        table[:, self.dead] = 0.0
        with threadpool_limits(1):
            return tuple(self._answer(model, table) for model in self.models)

    def _answer(self, model: object, table: Array) -> Array:
        if not self.size:
            said: Array = model.predict(table)  # type: ignore[attr-defined]
            return said
        shares = np.zeros((len(table), self.size))
        known = model.classes_.astype(int)  # type: ignore[attr-defined]
        shares[:, known] = model.predict_proba(table)  # type: ignore[attr-defined]
        return shares


def probe_panel(samples: Samples, metric: Metric, outcomes: Samples | None = None) -> Panel:
    """Fit both probes on 60 % of the labelled pilot, three times; they are asked on the rest.

    Raises:
        NoProbeError: The labels teach nothing, or the probes learn next to nothing.
    """
    check_labels(samples)
    halves = [samples.split(seed) for seed in SEEDS]
    sittings = tuple((_fitted(fit), rest) for fit, rest in halves)
    yardstick = Yardstick.of(metric, samples.labels, len(samples.names))
    panel = Panel(name=PROBES, sittings=sittings, yardstick=yardstick, outcomes=outcomes)
    reached = skill(panel, max)
    if reached < LEAST_SKILL:
        msg = f"models learn next to nothing from the pilot (skill {reached:.2f}, at least 0.15)"
        raise NoProbeError(msg)
    return panel


def _fitted(samples: Samples) -> _Probes:
    names = tuple(sorted(samples.features))
    table = np.column_stack([samples.features[c] for c in names])
    dead = np.asarray(np.isnan(table).all(axis=0))
    table[:, dead] = 0.0
    if len(np.unique(samples.labels)) < 2:
        msg = "the target is constant in the part of the pilot that probes are fitted on"
        raise NoProbeError(msg)
    text = np.array([c in samples.text for c in names])
    models = [make(text, dead, classes=samples.classes) for make in (boosting, linear)]
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # no convergence after 300 steps is no news here
        for model in models:
            model.fit(table, samples.labels)  # type: ignore[attr-defined]
    return _Probes(tuple(models), names, dead, len(samples.names))


def skill(panel: Panel, of_models: Callable[[list[float]], float]) -> float:
    """The skill of a panel's models on their rows: means over the sittings, put together."""
    found = [
        [panel.yardstick.skill(rows.labels, answer)(None) for answer in judge.ask(rows)]
        for judge, rows in panel.sittings
    ]
    return of_models(np.mean(found, axis=0).tolist())
