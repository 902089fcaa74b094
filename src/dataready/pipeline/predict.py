"""What production's damage does to a model, and what it really did where labels are known."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from dataready.compare.counts import Counts
from dataready.compare.damage import Damage
from dataready.model import Finding, Severity
from dataready.pipeline.learn import Learnt, model_error
from dataready.pipeline.measure import Measured
from dataready.readiness.assessment import PredictedLoss

if TYPE_CHECKING:
    from dataready.importance.metric import Array
    from dataready.importance.model import Judge, Panel
    from dataready.importance.probe import Samples

__all__ = ["Prediction", "predict", "predicted_loss"]


@dataclass(frozen=True, slots=True)
class Prediction:
    """A predicted loss, if any model could be asked, and what is to be said of the others."""

    loss: PredictedLoss | None
    findings: tuple[Finding, ...] = ()


def predict(name: str, measured: Measured) -> Prediction:
    """Replay production's damage on the labelled pilot and ask the models of its target.

    Args:
        name: The dataset's.
        measured: What was measured of it.
    """
    learnt, counts = measured.learnt, measured.counts
    if learnt is None or counts is None:
        return Prediction(None)
    return _asked(name, learnt, counts, measured.damage, real=True)


def predicted_loss(
    measured: Measured, counts: Counts, damage: Mapping[str, Damage]
) -> PredictedLoss | None:
    """Predict the loss of other counts than those of all rows: a group's, or after a repair."""
    if measured.learnt is None:
        return None
    return _asked("", measured.learnt, counts, damage, real=False).loss


def _asked(
    name: str, learnt: Learnt, counts: Counts, damage: Mapping[str, Damage], *, real: bool
) -> Prediction:
    """Ask the first panel that can be seated and answers."""
    findings: list[Finding] = []
    for seat in learnt.panels:
        from dataready.importance.model import ModelError
        from dataready.importance.probe import NoProbeError

        try:
            panel = seat()
            loss = _loss(panel, counts, damage, real=real)
        except NoProbeError:
            continue
        except ModelError as e:
            findings.append(model_error(name, e))
        else:
            if _defined(loss):
                return Prediction(loss, tuple(findings))
            return Prediction(None, (*findings, _undefined(name)))
    return Prediction(None, tuple(findings))


def _defined(loss: PredictedLoss) -> bool:
    """Whether every number of a predicted loss is one: NaN is no evidence, neither way."""
    numbers = (v for v in asdict(loss).values() if isinstance(v, float))
    return all(map(math.isfinite, numbers))


def _undefined(name: str) -> Finding:
    return Finding(
        dimension="governance",
        detector="replay",
        severity=Severity.ERROR,
        table=name,
        column=None,
        message="The loss of models cannot be computed: hardly a held-out row of the pilot is like "
        "production's rows, or the target's numbers are too large to be averaged.",
        limit_origin="score: what models lose must be a number",
        fix="Label more rows of the pilot that are like production's.",
    )


def _damaged(judge: Judge, rows: Samples) -> tuple[Array, ...]:
    from dataready.importance.model import ModelError

    try:
        return judge.ask(rows)
    except ModelError as e:
        msg = f"{e} These rows are damaged as production's are: it may fail there too."
        raise ModelError(msg) from None


def _loss(
    panel: Panel, counts: Counts, damage: Mapping[str, Damage], *, real: bool
) -> PredictedLoss:
    """Replay the damage on every sitting's rows; where there are outcomes, measure the loss.

    Raises:
        ModelError: A model failed.
    """
    from dataready.importance.loss import Heard, loss_between, population_loss, real_loss
    from dataready.importance.replay import replay

    before, after, weights = [], [], []
    for seed, (judge, rows) in enumerate(panel.sittings):
        before.append(Heard(rows.labels, judge.ask(rows)))
        there = replay(rows, counts, damage, seed)
        after.append(Heard(rows.labels, _damaged(judge, there.samples), there.weight))
        weights.append(there.weight)
    expected = loss_between(panel.yardstick, before, after, paired=True)
    known = real_loss(panel) if real else None
    return PredictedLoss(
        metric=panel.yardstick.metric,
        model=panel.name,
        pilot=expected.before,
        expected=expected.after,
        low=expected.low,
        high=expected.high,
        loss=expected.loss,
        loss_low=expected.loss_low,
        loss_high=expected.loss_high,
        population_loss=population_loss(panel.yardstick, before, weights),
        real=known.after if known else None,
        real_loss=known.loss if known else None,
        real_loss_low=known.loss_low if known else None,
        real_loss_high=known.loss_high if known else None,
        labelled_rows=len(panel.outcomes.labels) if known and panel.outcomes else 0,
    )
