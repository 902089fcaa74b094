"""The weights of the score: measured by probes, declared by people, or none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Weights"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Importance per column in [0, 1], or None for no weights (the score is then A0).

    `splits` are the same from single splits of the pilot; `skills` what the probes reached;
    `alone` the share of that skill which a dominant column reaches by itself; `origin` says
    where the weights are from or, if there are none, why. `declared` ones decide alone: no
    model is asked beside them.
    """

    mean: Mapping[str, float] | None
    origin: str
    splits: tuple[Mapping[str, float], ...] = ()
    skills: Mapping[str, float] = field(default_factory=dict)
    alone: Mapping[str, float] = field(default_factory=dict)
    declared: bool = False
