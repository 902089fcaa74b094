"""A pilot with outcomes, production whose outcomes come later, and a model of the pilot."""

from __future__ import annotations

from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from dataready.config import Dataset
from dataready.extract.pull import pull
from dataready.pipeline.measure import Measured, measure

TAKES = ["weight", "kind"]


def rows(count: int, *, seed: int, start: int = 0) -> pd.DataFrame:
    """Draw rows of a key, two features that decide, one that does not, and the outcome."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "id": np.arange(start, start + count),
            "weight": rng.normal(5, 1, count).round(3),
            "kind": rng.choice(["a", "b", "c"], count),
            "idle": rng.normal(size=count).round(3),
        }
    )
    pull_ = 2 * (frame["weight"] - 5) + 2 * (frame["kind"] == "a") + rng.normal(0, 0.6, count)
    return frame.assign(paid=np.where(pull_ > 0.7, "yes", "no"))


def scored(folder: Path, *, lost: float = 0.0, labels: pd.DataFrame | None = None) -> pd.DataFrame:
    """Write pilot.csv, production.csv without outcomes, labels.csv and model.joblib.

    Answers production as it was before a share of its weights was lost.
    """
    pilot, truth = rows(600, seed=1), rows(1200, seed=2, start=5000)
    pilot.to_csv(folder / "pilot.csv", index=False)
    seen = truth.drop(columns="paid")
    seen.loc[: int(lost * len(seen)) - 1, "weight"] = np.nan
    seen.to_csv(folder / "production.csv", index=False)
    (truth if labels is None else labels)[["id", "paid"]].to_csv(folder / "labels.csv", index=False)
    encode = make_column_transformer(
        (make_pipeline(SimpleImputer(), StandardScaler()), ["weight"]),
        (OneHotEncoder(handle_unknown="ignore"), ["kind"]),
    )
    model = make_pipeline(encode, LogisticRegression())
    joblib.dump(model.fit(pilot[TAKES], pilot["paid"]), folder / "model.joblib")
    return truth


def dataset(**more: object) -> Dataset:
    """Make the settings of the dataset; labels and model only where they are asked for."""
    plain = {"pilot": "pilot.csv", "production": "production.csv", "target": "paid", "key": "id"}
    return Dataset.model_validate(plain | more)


def measured(folder: Path, settings: Dataset, *, trusted: bool = False) -> Measured:
    """Pull what the settings name, and measure it."""
    sources = {"pilot": settings.pilot, "production": settings.production}
    if settings.labels:
        sources["labels"] = settings.labels.source
    extracts = {
        side: pull(spec, dataset="orders", side=side, folder=folder / side, name="e", base=folder)
        for side, spec in sources.items()
    }
    return measure(
        "orders",
        settings,
        extracts["pilot"],
        extracts["production"],
        labels=extracts.get("labels"),
        trusted=folder if trusted else None,
    )
