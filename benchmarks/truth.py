"""What models really lose: three families trained on the pilot, asked on production.

Skill is 2·AUC - 1 (several classes: one against the rest, mean) or 1 - MAE/MAE of the
pilot's median; the loss is 1 - skill on production / skill on clean rows of the pilot's kind,
the mean over the families. Where only cells were changed, the clean rows are the very same: the
luck of a draw is no loss.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn import (
    compose,
    ensemble,
    impute,
    inspection,
    linear_model,
    metrics,
    neural_network,
    pipeline,
    preprocessing,
)

from benchmarks.task import Split

__all__ = ["Models", "train"]

LEAST_SKILL = 0.15


@dataclass(frozen=True, slots=True)
class Models:
    """The fitted families and their skill on the clean pool."""

    split: Split
    fitted: dict[str, object]
    clean: dict[str, float]
    worth: dict[str, float]

    def skill(self, frame: pd.DataFrame) -> dict[str, float]:
        """The skill of each family on labelled rows."""
        X, y = _features(self.split, frame), frame[self.split.target].to_numpy()
        return {name: _skill(self.split, model, X, y) for name, model in self.fitted.items()}

    def loss(self, frame: pd.DataFrame, before: pd.DataFrame | None = None) -> float:
        """The share of skill lost, in [0, 1]: the mean over families that have skill to lose.

        Args:
            frame: Production.
            before: The same rows before anything happened to them; None for the whole pool.
        """
        got, had = self.skill(frame), self.clean if before is None else self.skill(before)
        able = [k for k, skill in self.clean.items() if skill >= LEAST_SKILL] or list(self.clean)
        return float(np.mean([np.clip(1 - got[k] / max(had[k], 0.05), 0, 1) for k in able]))


def train(split: Split) -> Models:
    """Fit the three families on the whole pilot."""
    X, y = _features(split, split.pilot), split.pilot[split.target].to_numpy()
    numbers = [c for c in X if pd.api.types.is_numeric_dtype(X[c])]
    texts = [c for c in X if c not in numbers]
    fitted = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, model in _families(classes=split.classes).items():
            fitted[name] = pipeline.make_pipeline(_encoder(numbers, texts, name), model).fit(X, y)
        models = Models(split, fitted, {}, {})
        clean = models.skill(split.pool)
        rows = split.pool.sample(min(2_000, len(split.pool)), random_state=0)
        score = lambda m, A, b: _skill(split, m, A, b)  # noqa: E731
        found = inspection.permutation_importance(
            fitted["boosting"],
            _features(split, rows),
            rows[split.target].to_numpy(),
            scoring=score,
            n_repeats=2,
            random_state=0,
        )
    worth = dict(zip(X.columns, np.clip(found.importances_mean, 0, None).tolist(), strict=True))
    return Models(split, fitted, clean, worth)


def _families(*, classes: bool) -> dict[str, object]:
    if classes:
        return {
            "boosting": ensemble.HistGradientBoostingClassifier(
                max_iter=150, learning_rate=0.07, random_state=7
            ),
            "linear": linear_model.LogisticRegression(max_iter=500),
            "neural": neural_network.MLPClassifier(
                hidden_layer_sizes=(48, 24), early_stopping=True, max_iter=120, random_state=7
            ),
        }
    return {
        "boosting": ensemble.HistGradientBoostingRegressor(
            max_iter=150, learning_rate=0.07, random_state=7
        ),
        "linear": linear_model.Ridge(),
        "neural": compose.TransformedTargetRegressor(
            neural_network.MLPRegressor(
                hidden_layer_sizes=(48, 24), early_stopping=True, max_iter=150, random_state=7
            ),
            transformer=preprocessing.StandardScaler(),
        ),
    }


def _encoder(numbers: list[str], texts: list[str], family: str) -> object:
    if family == "boosting":
        number: object = "passthrough"
        text: object = preprocessing.OrdinalEncoder(
            handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-1
        )
    else:
        number = pipeline.make_pipeline(
            impute.SimpleImputer(strategy="median"), preprocessing.StandardScaler()
        )
        text = pipeline.make_pipeline(
            impute.SimpleImputer(strategy="constant", fill_value=""),
            preprocessing.OneHotEncoder(handle_unknown="ignore", min_frequency=5),
        )
    return compose.make_column_transformer((number, numbers), (text, texts))


def _features(split: Split, frame: pd.DataFrame) -> pd.DataFrame:
    """The pilot's columns as its model reads them: what is no number is missing."""
    out = {}
    for c in split.pilot.columns:
        if c == split.target:
            continue
        raw = frame[c] if c in frame else pd.Series(np.nan, frame.index)
        if pd.api.types.is_numeric_dtype(split.pilot[c]):
            out[c] = pd.to_numeric(raw, errors="coerce").astype(float)
        else:
            out[c] = raw.astype(object).where(raw.notna(), np.nan)
    return pd.DataFrame(out)


def _skill(split: Split, model: object, X: pd.DataFrame, y: np.ndarray) -> float:
    if not split.classes:
        middle = float(split.pilot[split.target].median())
        error = np.abs(model.predict(X) - y).mean()  # type: ignore[attr-defined]
        return float(1 - error / np.abs(y - middle).mean())
    shares, known = model.predict_proba(X), list(model.classes_)  # type: ignore[attr-defined]
    asked = [(v, k) for k, v in enumerate(known)][-1 if len(known) == 2 else 0 :]
    auc = [
        metrics.roc_auc_score(y == v, shares[:, k])
        for v, k in asked
        if 5 <= (y == v).sum() < len(y)
    ]
    return 2 * float(np.mean(auc or [0.5])) - 1
