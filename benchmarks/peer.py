"""What others would say of production: formulas of the field, and two libraries themselves.

Every score here is higher where production is worse. Evidently and Great Expectations run as
released, each in an environment of its own that this module makes; the rest are the usual
formulas, written out. The target is no part of any of them, as it is no part of ours.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.spatial.distance import cdist
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_predict

from benchmarks import reference
from benchmarks.cache import fingerprint, kept
from benchmarks.environment import PINNED, environment
from benchmarks.task import Split
from benchmarks.variant import Variant

__all__ = ["PEERS", "Peer", "rate"]

BENCHMARK = Path(__file__).parent
SETS = tuple(BENCHMARK / f"{name}.py" for name in ("task", "corruption", "variant", "truth"))
BINS = 10
MOST_ROWS = 1_000
MOST_CATEGORIES = 20
SHUFFLES = 100

Rate = Callable[[pd.DataFrame], float]


@dataclass(frozen=True, slots=True)
class Peer:
    """A score of others: what it is called, how it is made, and from where on it is an alarm."""

    title: str
    alarm: float
    learn: Callable[[Split], Rate] | None = None


def rate(peer: str, split: Split, productions: Callable[[], Iterator[Variant]]) -> dict[str, float]:
    """Rate every production set: its name -> the peer's number, NaN where it has none."""

    def make() -> dict[str, float]:
        learn = PEERS[peer].learn
        if learn is None:
            return _asked(peer, split, productions())
        rated = learn(split)
        return {v.name: rated(v.frame.drop(columns=split.target)) for v in productions()}

    return kept(f"{peer}-{split.task}-{split.kind}", _KEYS[peer], make)


def _asked(library: str, split: Split, productions: Iterator[Variant]) -> dict[str, float]:
    """Ask a library about CSV files, in a process of its own."""
    python = environment(library)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        split.pilot.to_csv(folder / "pilot.csv", index=False)
        files = {}
        for k, variant in enumerate(productions):
            files[variant.name] = str(folder / f"{k}.csv")
            variant.frame.to_csv(files[variant.name], index=False)
        request = {
            "library": library,
            "pilot": str(folder / "pilot.csv"),
            "target": split.target,
            "productions": files,
        }
        done = subprocess.run(  # noqa: S603  our own script, in the environment made below
            [python, "-W", "ignore", str(BENCHMARK / "peer_child.py")],
            input=json.dumps(request),
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"DO_NOT_TRACK": "1", "GX_ANALYTICS_ENABLED": "false"},
        )
    if done.returncode:
        msg = f"'{library}' ended with {done.returncode}: {done.stderr[-2000:]}"
        raise SystemExit(msg)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    for answer in answers:
        if answer["error"]:
            print(f"  {library}: {split.task}, {answer['name']}: {answer['error']}", flush=True)
    return {a["name"]: np.nan if a["share"] is None else a["share"] for a in answers}


def _features(split: Split) -> pd.DataFrame:
    return split.pilot.drop(columns=split.target)


def _numbers(pilot: pd.DataFrame) -> list[str]:
    return [c for c in pilot if pd.api.types.is_numeric_dtype(pilot[c])]


def _column(production: pd.DataFrame, name: str, *, number: bool) -> pd.Series:
    """A production column as the pilot's type; all missing where it is absent."""
    raw = production.get(name, pd.Series(np.nan, production.index))
    return pd.to_numeric(raw, errors="coerce") if number else raw.astype(object)


def _psi(split: Split) -> Rate:
    """Mean population stability index over the columns: the pilot's deciles or categories.

    Missing values have a bin of their own; shares are at least 0.0001.
    """
    pilot = _features(split)
    numbers = _numbers(pilot)

    def bins(column: pd.Series, edges: np.ndarray | None) -> pd.Series:
        if edges is None:
            return column.astype(object).where(column.notna(), "missing")
        places = pd.Series(np.searchsorted(edges, column, side="left"), column.index)
        return places.where(column.notna(), -1)

    def index(column: str, production: pd.DataFrame) -> float:
        edges = None
        if column in numbers:
            edges = np.unique(pilot[column].quantile(np.linspace(0, 1, BINS + 1)))[1:-1]
        here = bins(pilot[column], edges).value_counts(normalize=True)
        there = bins(_column(production, column, number=column in numbers), edges)
        both = pd.concat([here, there.value_counts(normalize=True)], axis=1).fillna(0)
        p, q = both.clip(lower=1e-4).to_numpy().T
        return float(((q - p) * np.log(q / p)).sum())

    return lambda production: float(np.mean([index(c, production) for c in pilot]))


def _nulls(split: Split) -> Rate:
    """Mean absolute difference of the columns' null rates."""
    pilot = _features(split)

    def difference(column: str, production: pd.DataFrame) -> float:
        there = production[column].isna().mean() if column in production else 1.0
        return float(abs(there - pilot[column].isna().mean()))

    return lambda production: float(np.mean([difference(c, production) for c in pilot]))


def _domain_classifier(split: Split) -> Rate:
    """How well boosting tells pilot rows from production rows: AUC over three folds."""
    pilot = _features(split)
    numbers = _numbers(pilot)

    def auc(production: pd.DataFrame) -> float:
        out = {}
        for c in pilot:
            number = c in numbers
            there = _column(production, c, number=number)
            both = pd.concat([pilot[c], there], ignore_index=True)
            out[c] = both if number else _codes(both)
        side = np.repeat([0, 1], [len(pilot), len(production)])
        model = HistGradientBoostingClassifier(max_iter=40, early_stopping=False, random_state=0)
        shares = cross_val_predict(model, pd.DataFrame(out), side, cv=3, method="predict_proba")
        return float(roc_auc_score(side, shares[:, 1]))

    return auc


def _codes(texts: pd.Series) -> pd.Series:
    codes = pd.Series(pd.factorize(texts.astype(str), sort=True)[0], texts.index)
    return codes.where(texts.notna()).astype(float)


def _mmd(split: Split) -> Rate:
    """Squared maximum mean discrepancy, over what one permutation in twenty exceeds.

    RBF kernel, median heuristic, at most 1,000 rows a side, a hundred permutations: Gretton et
    al. (2012), A kernel two-sample test, JMLR 13. Above 1 is p < 0.05.
    """
    pilot = _features(split)
    numbers = _numbers(pilot)
    middle, spread = pilot[numbers].median(), pilot[numbers].std().replace(0, 1).fillna(1)
    common = {c: pilot[c].value_counts().index[:MOST_CATEGORIES] for c in pilot if c not in numbers}

    def encoded(rows: pd.DataFrame) -> np.ndarray:
        rows = rows.sample(min(MOST_ROWS, len(rows)), random_state=0)
        parts = [
            ((_column(rows, c, number=True).fillna(middle[c]) - middle[c]) / spread[c]).clip(
                -10, 10
            )
            for c in numbers
        ]
        for c, values in common.items():
            there = _column(rows, c, number=False)
            parts += [(there == v).astype(float) for v in values]
        return np.column_stack([np.nan_to_num(np.asarray(p, float)) for p in parts])

    here = encoded(pilot)

    def discrepancy(production: pd.DataFrame) -> float:
        there = encoded(production)
        both = np.concatenate([here, there])
        squared = cdist(both, both, "sqeuclidean")
        kernel = np.exp(-squared / np.median(squared[squared > 0]))
        first = np.arange(len(both)) < len(here)
        rng = np.random.default_rng(0)
        sides = np.array([first, *(rng.permutation(first) for _ in range(SHUFFLES))], float)
        # One weight a row: 1/n of the pilot, -1/m of production; the statistic is w'Kw.
        weight = sides / len(here) - (1 - sides) / len(there)
        found = ((weight @ kernel) * weight).sum(1)
        return float(found[0] / np.quantile(found[1:], 0.95))

    return discrepancy


def _reference(split: Split) -> Rate:
    """100 - S of the definition that the product began with, importances from one split."""
    weight, _ = reference.importance(split.pilot, split.target)
    pilot = _features(split)

    def lost(production: pd.DataFrame) -> float:
        value, *_ = reference.combine(reference.column_damage(pilot, production), weight)
        return 100 - float(value)

    return lost


PEERS = {
    "evidently": Peer("Evidently 0.7.23, share of drifted columns", 0.5),
    "great_expectations": Peer("Great Expectations 1.24.1, failing share of a learnt suite", 0.0),
    "psi": Peer("mean PSI, 10 bins", 0.2, _psi),
    "domain": Peer("domain classifier, AUC", 0.55, _domain_classifier),
    "mmd": Peer("MMD, over its 95 % limit", 1.0, _mmd),
    "nulls": Peer("null-rate difference, mean", 0.05, _nulls),
    "reference": Peer("reference of the formula, 100 - S", 5.0, _reference),
}
"""Name -> peer. `alarm` is the usual limit: half of the columns drifted, any expectation failed,
PSI 0.2, AUC 0.55, p < 0.05, five points of nulls, a score below 95."""


def _key(name: str, peer: Peer) -> str:
    if peer.learn is None:
        return fingerprint((*SETS, BENCHMARK / "peer_child.py", _asked), *PINNED[name])
    own = (peer.learn, _features, _numbers, _column, _codes)
    return fingerprint((*SETS, BENCHMARK / "reference.py", *own))


_KEYS = {name: _key(name, peer) for name, peer in PEERS.items()}
