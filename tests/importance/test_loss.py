"""Tests for `dataready.importance.loss`: what is lost between two sets of answers, how surely."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from dataready.importance.loss import Heard, loss_between, real_loss
from dataready.importance.metric import Yardstick
from dataready.importance.model import Panel
from dataready.importance.probe import Samples

YARD = Yardstick(metric="accuracy", size=2)


def heard(right, n=400, models=1):
    """Answers of which a share is right, surely."""
    labels = np.arange(n) % 2.0
    said = np.where(np.arange(n) // 2 < right * n / 2, labels, 1 - labels)
    return Heard(labels, tuple(np.eye(2)[said.astype(int)] for _ in range(models)))


def test_the_metric_falls_and_the_loss_is_a_share_of_skill():
    """90 % right is a skill of 0.8, 75 % one of 0.5."""
    got = loss_between(YARD, [heard(0.9)], [heard(0.75)], paired=True)

    assert (got.before, got.after) == (0.9, 0.75)
    assert got.loss == pytest.approx(1 - 0.5 / 0.8)
    assert got.low < got.after < got.high
    assert got.loss_low < got.loss < got.loss_high
    assert got == loss_between(YARD, [heard(0.9)], [heard(0.75)], paired=True)


def test_the_same_answers_lose_nothing_for_certain():
    """Where each row is drawn for both, chance cancels out; else it does not."""
    paired = loss_between(YARD, [heard(0.9)], [heard(0.9)], paired=True)
    apart = loss_between(YARD, [heard(0.9)], [heard(0.9)], paired=False)
    assert (paired.loss_low, paired.loss, paired.loss_high) == (0.0, 0.0, 0.0)
    assert apart.loss_high > 0.01


def test_more_rows_say_it_more_surely():
    """The interval shrinks with the root of the rows."""
    few, many = (
        loss_between(YARD, [heard(0.9, n)], [heard(0.75, n)], paired=False) for n in (200, 5000)
    )
    assert few.high - few.low > 3 * (many.high - many.low)


def test_a_model_without_skill_has_nothing_to_lose():
    """Of two models, the one that guesses says nothing of the loss, but counts in the metric."""
    able, idle = heard(0.9), heard(0.5)
    before = Heard(able.labels, (*able.answers, *idle.answers))
    after = Heard(able.labels, (*heard(0.7).answers, *idle.answers))
    got = loss_between(YARD, [before], [after], paired=True)
    assert got.before == pytest.approx(0.7)
    assert got.loss == pytest.approx(0.5)


def test_rows_may_weigh_more_than_others():
    """A row that stands for two counts twice, in the estimate and in every draw."""
    same = heard(0.9)
    right = same.answers[0].argmax(1) == same.labels
    heavy = Heard(same.labels, same.answers, np.where(right, 0.5, 1.0))
    got = loss_between(YARD, [same], [heavy], paired=True)
    assert got.after == pytest.approx(0.45 / 0.55)
    assert got.low < got.after < got.high < 0.9


@dataclass(frozen=True)
class Echo:
    """A judge that says what a column holds."""

    asked: list

    def ask(self, samples):
        """Answer the column as the class."""
        self.asked.append(len(samples.labels))
        return (np.eye(2)[samples.features["x"].astype(int)],)


def test_the_real_loss_is_measured_on_production_s_own_rows():
    """A judge of several sittings is asked about them once; without any there is no loss."""
    truth = np.arange(200) % 2.0
    rows = Samples({"x": truth}, frozenset(), truth, classes=True, names=("a", "b"))
    wrong = np.where(np.arange(200) < 40, 1 - truth, truth)
    judge = Echo([])
    panel = Panel(name="echo", sittings=((judge, rows),) * 3, yardstick=YARD)

    assert real_loss(panel) is None
    found = real_loss(replace(panel, outcomes=replace(rows, features={"x": wrong})))

    assert found.after == pytest.approx(0.8)
    assert found.loss == pytest.approx(0.4)
    assert found.loss_low < 0.4 < found.loss_high
    assert len(judge.asked) == 4
