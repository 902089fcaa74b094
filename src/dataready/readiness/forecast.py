"""Two estimates of what survives, counted and replayed, and the score that they make together.

The product counts damage column by column; the replay does the damage to held-out rows and
asks the models. They err differently, so that their mean is nearer to the truth than either
(Bates and Granger 1969, Operational Research Quarterly 20:451-468; numbers in docs/score.md).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from dataready.readiness.assessment import PredictedLoss

__all__ = ["Forecast"]

SOUND = 99.9
"""From here on a product is too near to 100 to say how a replay answers to it."""
STEEPEST = 20.0
Z_90 = 1.645


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What a replay said, and what the product of the same damage was (0-100).

    `survives` is the share of skill that the replay left, `population` the share that the
    change of population alone leaves, `spread` the standard deviation of the former.
    """

    product: float
    survives: float
    population: float
    spread: float

    @classmethod
    def of(cls, product: float, predicted: PredictedLoss) -> Forecast:
        """Take what a predicted loss says."""
        return cls(
            product=product,
            survives=1 - predicted.loss,
            population=1 - min(predicted.population_loss, predicted.loss),
            spread=(predicted.loss_high - predicted.loss_low) / (2 * Z_90),
        )

    def replayed(self, product: float) -> float:
        """Answer the replay's score (0-100) for damage of which the product is another.

        Its logarithm goes with the product's; the change of population stays.
        """
        if not self.population:
            return 0.0
        damaged = self.survives / self.population
        if self.product >= SOUND or not self.product:
            scale = damaged * product / max(self.product, 1e-9)
            return 100 * self.population * min(1.0, max(0.0, scale))
        damaged = max(damaged, 1e-9)
        steep = max(0.0, math.log(damaged) / math.log(self.product / 100))
        # From what the models said it leads up to nothing lost; on the way down it is tamed, and
        # what is not known to be harmless costs as much as it counts.
        power = steep if product > self.product else min(STEEPEST, max(1.0, steep))
        left: float = damaged * (max(product, 1e-9) / self.product) ** power
        return 100 * self.population * min(1.0, left)

    def together(self, product: float) -> float:
        """Answer the score (0-100): the mean of both estimates."""
        return (product + self.replayed(product)) / 2

    @property
    def points(self) -> float:
        """What the change of population alone costs the score."""
        return 100 * (1 - self.population) / 2
