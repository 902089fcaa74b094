"""What the product says of every production set: the score, its intervals, the verdict.

Left out is what writes findings and runs suites: neither enters the score.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import pandas as pd

from benchmarks.cache import fingerprint, kept
from benchmarks.reading import HOME, READS, Taken, Taught
from benchmarks.task import Split
from dataready.compare.damage import column_damage
from dataready.config import Gates, Policy
from dataready.pipeline.learn import Learnt
from dataready.pipeline.measure import Measured
from dataready.pipeline.predict import predicted_loss
from dataready.readiness.assessment import PredictedLoss
from dataready.readiness.gate import Evidence, gates
from dataready.readiness.score import Draws, combine, forecast_of, resample, score_of
from dataready.readiness.verdict import verdict

__all__ = ["judge"]

COMPARES = (*READS, HOME / "compare")
DRAWS_KEY = fingerprint((*COMPARES, resample))
REPLAY_KEY = fingerprint((*COMPARES, HOME / "importance", HOME / "pipeline/predict.py"))
CLOCK = datetime(2026, 1, 1, tzinfo=UTC)


def judge(
    split: Split, taken: Sequence[Taken], taught: Taught, *, sampled: bool = True
) -> pd.DataFrame:
    """Score every production set and decide on it.

    Args:
        split: Where the sets are from.
        taken: What was read of them.
        taught: What the pilot taught.
        sampled: Whether the sampling interval is wanted, which costs half a second a set.

    Returns:
        A row per set: S with its two estimates, low, high, A0, the predicted loss with its
        interval, by the calibration table and by replay, and the verdict.
    """
    which = f"{split.task}-{split.kind}"
    draws: Sequence[Draws] = [()] * len(taken)
    if sampled:
        draws = kept(f"draws-{which}", DRAWS_KEY, lambda: [resample(t.counts) for t in taken])
    losses = kept(f"replay-{which}", REPLAY_KEY, lambda: [_replayed(t, taught) for t in taken])
    rows = zip(taken, draws, losses, strict=True)
    return pd.DataFrame([_said(t, drawn, taught, loss) for t, drawn, loss in rows])


def _measured(taken: Taken, taught: Taught) -> Measured:
    panel = taught.panel
    return Measured(
        plan=taken.production.plan,
        pilot=taken.pilot,
        production=taken.production,
        counts=taken.counts,
        damage=column_damage(taken.counts),
        weights=taught.weights,
        findings=(),
        key=(),
        time=None,
        learnt=Learnt(weights=taught.weights, panels=(lambda: panel,) if panel else ()),
    )


def _replayed(taken: Taken, taught: Taught) -> PredictedLoss | None:
    measured = _measured(taken, taught)
    return predicted_loss(measured, taken.counts, measured.damage)


def _said(
    taken: Taken, draws: Draws, taught: Taught, loss: PredictedLoss | None
) -> Mapping[str, object]:
    damage, weights = column_damage(taken.counts), taught.weights
    forecast = forecast_of(damage, weights, loss)
    published, _ = score_of(damage, draws, weights, forecast=forecast)
    evidence = Evidence(
        pilot=taken.pilot,
        production=taken.production,
        damage=damage,
        weights=weights,
        findings=(),
        suites=(),
        time=None,
        clock=CLOCK,
    )
    policy = Policy()
    decision, _ = verdict(published, gates(evidence, policy, Gates()), (), policy)
    return {
        "name": taken.variant.name,
        "S": published.value,
        "product": published.product,
        "replay": published.replay,
        "low": published.low,
        "high": published.high,
        "A0": combine(damage, None).value,
        "loss_mean": published.loss_mean,
        "loss_low": published.loss_low,
        "loss_high": published.loss_high,
        "replay_mean": loss.loss if loss else None,
        "replay_low": loss.loss_low if loss else None,
        "replay_high": loss.loss_high if loss else None,
        "verdict": decision.value,
    }
