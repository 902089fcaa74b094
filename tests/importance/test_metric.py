"""Tests for `dataready.importance.metric`: equal to what others compute, and clear about fit."""

import numpy as np
import pytest
from sklearn import metrics

from dataready.errors import ConfigError
from dataready.importance.metric import METRICS, Yardstick, chosen, classed, lost
from dataready.testing import profile_of

RNG = np.random.default_rng(3)
WEIGHTS = RNG.poisson(1.0, 400).astype(float)


def shares(size):
    """Draw labels and probabilities that know something of them; some are tied."""
    labels = RNG.integers(0, size, 400).astype(float)
    said = RNG.random((400, size)).round(1)
    said[np.arange(400), labels.astype(int)] += 0.4
    return labels, said / said.sum(1, keepdims=True)


@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_auc_is_that_of_scikit_learn(weights):
    """Of two classes the second, of several the mean of each against the rest; ties count half."""
    for size in (2, 4):
        labels, said = shares(size)
        asked = [1] if size == 2 else range(size)
        known = [
            metrics.roc_auc_score(labels == k, said[:, k], sample_weight=weights) for k in asked
        ]
        yard = Yardstick.of("auc", labels, size)
        assert yard.scorer(labels, said)(weights) == pytest.approx(np.mean(known))
        assert yard.skill(labels, said)(weights) == pytest.approx(2 * np.mean(known) - 1)


@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_accuracy_and_f1_are_those_of_scikit_learn(weights):
    """F1 of several classes is the mean over them."""
    labels, said = shares(3)
    best = said.argmax(1)
    accuracy = metrics.accuracy_score(labels, best, sample_weight=weights)
    f1 = metrics.f1_score(labels, best, average="macro", sample_weight=weights)
    assert Yardstick.of("accuracy", labels, 3).scorer(labels, said)(weights) == pytest.approx(
        accuracy
    )
    assert Yardstick.of("f1", labels, 3).scorer(labels, said)(weights) == pytest.approx(f1)


@pytest.mark.parametrize("rarer", [0, 1])
def test_f1_of_two_classes_is_that_of_the_rarer(rarer):
    """The pilot says which one is rarer, whatever the rows are that are scored."""
    labels = np.array([rarer, 1 - rarer, 1 - rarer], float)
    said = np.eye(2)[[rarer, rarer, 1 - rarer]]
    yard = Yardstick.of("f1", labels, 2)
    assert yard.rarer == rarer
    assert yard.scorer(1 - labels, said)(None) == pytest.approx(0.5)


@pytest.mark.parametrize("weights", [None, np.array([1.0, 0.0, 3.0])])
def test_errors_of_numbers(weights):
    """MAE and RMSE are weighted means; the skill is held against the pilot's median."""
    labels, said = np.array([1.0, 2.0, 6.0]), np.array([2.0, 2.0, 3.0])
    w = np.ones(3) if weights is None else weights
    errors = np.abs(labels - said)
    mae = np.average(errors, weights=w)
    assert Yardstick.of("mae", labels, 0).scorer(labels, said)(weights) == pytest.approx(mae)
    assert Yardstick.of("rmse", labels, 0).scorer(labels, said)(weights) == pytest.approx(
        np.average(errors**2, weights=w) ** 0.5
    )
    guess = np.average(np.abs(labels - 2.0), weights=w)
    skill = Yardstick.of("rmse", labels, 0).skill(labels, said)(weights)
    assert skill == pytest.approx(1 - mae / guess)


def test_rows_of_one_class_have_no_auc():
    """Nothing to rank is as good as a guess, and a draw without one class is undefined."""
    said = np.array([[0.2, 0.8], [0.6, 0.4]])
    assert Yardstick.of("auc", np.ones(2), 2).scorer(np.ones(2), said)(None) == 0.5
    labels = np.array([0.0, 1.0])
    draw = Yardstick.of("auc", labels, 2).scorer(labels, said)(np.array([2.0, 0.0]))
    assert np.isnan(draw)


@pytest.mark.parametrize(
    ("named", "classes", "there"), [("mae", True, "auc, accuracy, f1"), ("f1", False, "mae, rmse")]
)
def test_a_metric_that_does_not_fit_is_refused(named, classes, there):
    """The message says what the target has, and which metrics are for that."""
    with pytest.raises(ConfigError, match=f"'{named}' .*target 'y' has .*Choose one of: {there}"):
        chosen(named, classes=classes, target="y")


def test_a_metric_that_is_not_named_follows_the_target():
    """AUC for classes, MAE for numbers; a named one is kept."""
    assert chosen(None, classes=True, target="y") == "auc"
    assert chosen(None, classes=False, target="y") == "mae"
    assert chosen("rmse", classes=False, target="y") == "rmse"


@pytest.mark.parametrize(("distinct", "classes"), [(10, True), (11, False)])
def test_a_target_of_few_numbers_has_classes(distinct, classes):
    """Ten values are classes, eleven are a scale."""
    seen = profile_of({"y": list(range(distinct))}, types={"y": "BIGINT"})["y"]
    assert classed(seen) is classes


def test_values_are_written_with_their_name():
    """Errors are in the target's own unit: large ones without decimals, small ones with."""
    assert METRICS["accuracy"].written(0.666) == "accuracy 0.67"
    assert METRICS["rmse"].written(0.01234) == "RMSE 0.0123"
    assert METRICS["mae"].written(1234.5678) == "MAE 1,235"
    assert [m for m, measure in METRICS.items() if measure.higher] == ["auc", "accuracy", "f1"]


def test_no_more_can_be_lost_than_there_was():
    """A skill near nothing counts as five hundredths, and a gain is no loss."""
    assert lost(0.01, 0.0) == 1.0
    assert lost(0.5, 0.6) == 0.0
    assert lost(0.0, 0.05) == 0.0
