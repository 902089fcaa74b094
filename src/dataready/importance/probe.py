"""Permutation importance of the pilot's columns, mean of two probes over several splits.

Probes: histogram gradient boosting (60 trees) and L2 logistic or ridge regression, fitted
on 60 % of the labelled pilot and measured on the rest. The skill of a model is 2·AUC - 1
(of several classes: one against the rest, mean) or 1 - MAE/MAE of the median. Source of
the method: Breiman (2001), Random forests, Machine Learning 45:5-32, section 10.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from sklearn import compose, ensemble, impute, linear_model, metrics, preprocessing
from sklearn.pipeline import make_pipeline
from threadpoolctl import threadpool_limits

from dataready.importance.weight import Weights

__all__ = ["NoProbeError", "Samples", "boosting", "check_labels", "linear", "measure"]

Array = NDArray[np.float64]
MOST_CATEGORIES = 200
LEAST_SKILL = 0.15
LEAST_LABELS = 50
DOMINANT = 0.5


class NoProbeError(Exception):
    """The labelled pilot cannot train a probe; the message says why, for the report."""


@dataclass(frozen=True, slots=True)
class Samples:
    """The labelled pilot as arrays.

    `features[name]` has one value a row: category rank (NaN beyond the first 200 and where
    missing) for text, else the number; `text` names the columns of text. `labels` are class
    numbers if `classes`, else numbers; `names` are what the classes are called. Samples for a
    model that is not ours rank all values of text: `words` says what each rank stands for,
    and a rank beyond them is a value that nobody knows.
    """

    features: dict[str, Array]
    text: frozenset[str]
    labels: Array
    classes: bool
    names: tuple[str, ...] = ()
    words: Mapping[str, tuple[str, ...]] | None = None

    def take(self, rows: NDArray[np.intp]) -> Samples:
        """Answer some of the rows, in the order given."""
        features = {name: column[rows] for name, column in self.features.items()}
        return replace(self, features=features, labels=self.labels[rows])

    def split(self, seed: int) -> tuple[Samples, Samples]:
        """Split the rows by content and seed: 60 % to fit models on, the rest to ask them."""
        table = [self.features[c] for c in sorted(self.features)]
        shuffled = np.random.default_rng(seed).permutation(len(self.labels))
        order = np.lexsort([*table, self.labels])[shuffled]
        cut = int(0.6 * len(order))
        return self.take(order[:cut]), self.take(order[cut:])


def measure(samples: Samples, *, seeds: tuple[int, ...] = (0, 1, 2)) -> Weights:
    """Measure the importance of every column.

    Args:
        samples: At most some 50,000 rows; their order does not matter.
        seeds: One split each; more splits steady the result where columns are collinear.

    Raises:
        NoProbeError: Fewer than 50 labelled rows, one label only, fewer than two classes of
            50 rows, or probes that learn next to nothing (skill < 0.15).
    """
    check_labels(samples)
    # One thread: on a busy machine the threads of boosting wait for each other, not for work.
    with threadpool_limits(1):
        found = [_one_split(samples, seed) for seed in seeds]
        splits = tuple(weights for weights, _ in found)
        mean = {c: float(np.mean([w[c] for w in splits])) for c in splits[0]}
        alone = _alone(samples, mean, found[0][1]["boosting"], seeds[0])
    skills = {name: float(np.mean([s[name] for _, s in found])) for name in ("boosting", "linear")}
    if max(skills.values()) < LEAST_SKILL:
        best = max(skills.values())
        msg = f"models learn next to nothing from the pilot (skill {best:.2f}, at least 0.15)"
        raise NoProbeError(msg)
    origin = "probes on the labelled pilot"
    return Weights(mean=mean, splits=splits, skills=skills, alone=alone, origin=origin)


def _alone(samples: Samples, mean: dict[str, float], skill: float, seed: int) -> dict[str, float]:
    """The share of a split's skill that a column carrying more than half of it reaches alone."""
    out = {}
    for column in (c for c, weight in mean.items() if weight > DOMINANT):
        only = {column: samples.features[column]}
        one = Samples(only, samples.text & {column}, samples.labels, samples.classes)
        out[column] = max(0.0, _one_split(one, seed)[1]["boosting"]) / max(skill, 0.05)
    return out


def check_labels(samples: Samples) -> None:
    """Refuse labels that teach nothing.

    Raises:
        NoProbeError: Fewer than 50 rows, one label only, or no second class of 50 rows.
    """
    y = samples.labels
    if len(y) < LEAST_LABELS:
        msg = f"the pilot has {len(y)} labelled rows, at least {LEAST_LABELS} are needed"
        raise NoProbeError(msg)
    values, counts = np.unique(y, return_counts=True)
    if len(values) < 2:
        msg = "the target is constant in the pilot"
        raise NoProbeError(msg)
    if samples.classes and np.sort(counts)[-2] < LEAST_LABELS:
        second = int(np.sort(counts)[-2])
        msg = f"no second class of the target has {LEAST_LABELS} labelled rows (it has {second})"
        raise NoProbeError(msg)


def _one_split(samples: Samples, seed: int) -> tuple[dict[str, float], dict[str, float]]:
    names = sorted(samples.features)
    text = np.array([c in samples.text for c in names])
    halves = samples.split(seed)
    A = np.concatenate([np.column_stack([h.features[c] for c in names]) for h in halves])
    y, cut = np.concatenate([h.labels for h in halves]), len(halves[0].labels)
    if len(np.unique(y[:cut])) < 2:
        msg = "the target is constant in the part of the pilot that probes are fitted on"
        raise NoProbeError(msg)
    dead = np.asarray(np.isnan(A[:cut]).all(axis=0))
    A[:, dead] = 0.0
    test = _Test(A[cut:], y[cut:], float(np.median(y)), samples.classes)
    skills, losses = {}, np.zeros((2, len(names)))
    probes = (("boosting", boosting, 3), ("linear", linear, 2))
    for k, (name, make, repeats) in enumerate(probes):
        model = make(text, dead, classes=samples.classes)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # no convergence after 300 steps is no news here
            model.fit(A[:cut], y[:cut])  # type: ignore[attr-defined]
        skills[name] = test.skill(model, test.X)
        rng = np.random.default_rng([seed, k])
        for i in np.where(~dead)[0]:
            got = test.skills(model, [test.permuted(i, rng) for _ in range(repeats)])
            loss = (skills[name] - np.mean(got)) / max(skills[name], 0.05)
            losses[k, i] = np.clip(loss, 0, 1.5)
    return dict(zip(names, np.minimum(1, losses.mean(0)).tolist(), strict=True)), skills


@dataclass(frozen=True, slots=True)
class _Test:
    X: Array
    y: Array
    middle: float
    classes: bool

    def permuted(self, i: int, rng: np.random.Generator) -> Array:
        X = self.X.copy()
        X[:, i] = rng.permutation(X[:, i])
        return X

    def skill(self, model: object, X: Array) -> float:
        """The model's skill on the test rows, or on some variant of them."""
        return self.skills(model, [X])[0]

    def skills(self, model: object, variants: list[Array]) -> list[float]:
        """The model's skill on each variant of the test rows, predicted in one call."""
        ask = model.predict_proba if self.classes else model.predict  # type: ignore[attr-defined]
        answers = np.split(ask(np.concatenate(variants)), len(variants))
        return [self._skill(model, answer) for answer in answers]

    def _skill(self, model: object, answer: Array) -> float:
        if not self.classes:
            error = np.abs(self.y - answer).mean()
            return float(1 - error / max(np.abs(self.y - self.middle).mean(), 1e-12))
        known = list(enumerate(model.classes_))  # type: ignore[attr-defined]
        asked = known[-1:] if len(known) == 2 else known
        auc = [
            metrics.roc_auc_score(self.y == v, answer[:, k])
            for k, v in asked
            if 0 < (self.y == v).mean() < 1
        ]
        return 2 * float(np.mean(auc or [0.5])) - 1


def boosting(text: NDArray[np.bool_], dead: NDArray[np.bool_], *, classes: bool) -> object:
    """Make 60 trees; `text` and `dead` mark columns of text and columns without a value."""
    kind = (
        ensemble.HistGradientBoostingClassifier
        if classes
        else ensemble.HistGradientBoostingRegressor
    )
    return kind(
        max_iter=60,
        learning_rate=0.1,
        max_leaf_nodes=15,
        min_samples_leaf=20,
        early_stopping=False,
        categorical_features=text & ~dead,
        random_state=1,
    )


def linear(text: NDArray[np.bool_], dead: NDArray[np.bool_], *, classes: bool) -> object:
    """Make a logistic or ridge regression on scaled numbers and one-hot text."""
    del dead
    number = make_pipeline(impute.SimpleImputer(strategy="median"), preprocessing.StandardScaler())
    onehot = make_pipeline(
        impute.SimpleImputer(strategy="constant", fill_value=-1),
        preprocessing.OneHotEncoder(handle_unknown="ignore", min_frequency=5),
    )
    encode = compose.make_column_transformer(
        (number, np.where(~text)[0]), (onehot, np.where(text)[0])
    )
    model = linear_model.LogisticRegression(max_iter=300) if classes else linear_model.Ridge()
    return make_pipeline(encode, model)
