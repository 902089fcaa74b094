"""The tables of the benchmark, as frames that are printed and kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmarks import calibration
from benchmarks.accuracy import FIGURES, coverage, figures, leave_out, mean_over, spearman
from benchmarks.peer import PEERS
from benchmarks.repetition import covered
from dataready.readiness.calibration import Band

__all__ = ["Table", "calibrations", "completed", "tables"]

OURS = {
    "ours": ("dataready S", "S"),
    "product": ("dataready, the product alone", "product"),
    "replay": ("dataready, the replay alone", "replay"),
    "a0": ("dataready A0, without a target", "A0"),
}
LIMIT = 5.0
MEANT = {
    "loss": "the table that is shipped",
    "in": "bands, its own sets among them",
    "task": "bands, leaving the task out",
    "kind": "bands, leaving the kind out",
    "replay": "the replay itself",
    "score": "the score itself, 1 - S/100",
}
"""Where a predicted loss is from; its columns end in `_mean`, `_low` and `_high`."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its key among the results, what it shows, and its rows."""

    key: str
    title: str
    rows: pd.DataFrame

    def text(self) -> str:
        """The table as lines of text."""
        shown = self.rows.rename(columns=FIGURES).copy()
        for c in shown.select_dtypes("number"):
            whole = c == "n" or pd.api.types.is_integer_dtype(shown[c])
            form = "{:.0f}" if whole else "{:.3f}"
            shown[c] = [form.format(v) if np.isfinite(v) else "-" for v in shown[c]]
        return f"\n{self.title}\n\n{shown.to_string(index=False)}\n"


def completed(sets: pd.DataFrame) -> pd.DataFrame:
    """Add alarms (the higher, the worse) and predicted losses, leaving out task or kind."""
    sets = sets.copy()
    sets = sets.assign(
        **{f"{name}_alarm": 100 - sets[column] for name, (_, column) in OURS.items()}
    )
    sets = sets.rename(columns={name: f"{name}_alarm" for name in PEERS})
    score, loss = sets["S"].to_numpy(float), sets["loss"].to_numpy(float)
    meant = {
        "in": calibration.predicted(calibration.bands(score, loss), score),
        "task": calibration.leave_out(score, loss, sets["task"].to_numpy(object)),
        "kind": calibration.leave_out(score, loss, sets["kind"].to_numpy(object)),
    }
    sets["score_mean"], sets["score_low"], sets["score_high"] = 1 - score / 100, np.nan, np.nan
    for name, columns in meant.items():
        for part, column in zip(("mean", "low", "high"), columns, strict=True):
            sets[f"{name}_{part}"] = column
    for name in _scores(sets):
        alarm, groups = sets[f"{name}_alarm"].to_numpy(float), sets["task"].to_numpy(object)
        sets[f"{name}_isotonic"] = leave_out(alarm, loss, groups)
    return sets


def calibrations(sets: pd.DataFrame) -> dict[str, tuple[Band, ...]]:
    """The tables that the product ships: of the score, and of the product where it is alone."""
    loss = sets["loss"].to_numpy(float)
    return {
        name: calibration.bands(sets[column].to_numpy(float), loss)
        for name, column in (("together", "S"), ("product", "product"))
    }


def _scores(sets: pd.DataFrame) -> dict[str, tuple[str, float]]:
    ours = {name: (title, LIMIT) for name, (title, _) in OURS.items()}
    return ours | {k: (p.title, p.alarm) for k, p in PEERS.items() if f"{k}_alarm" in sets}


def tables(sets: pd.DataFrame, repetitions: pd.DataFrame) -> list[Table]:
    """All tables.

    Args:
        sets: A row per production set, completed.
        repetitions: Repeated draws with their sampling intervals; may be empty.
    """
    made = [*_by_score(sets), *_ours(sets)]
    if len(repetitions):
        made.append(_sampling(repetitions))
    for name, bands in calibrations(sets).items():
        said = f"Calibration table, {name}: scores from `at_least` on, and the true loss met there"
        made.append(Table(f"bands_{name}", said, pd.DataFrame(bands)))
    return made


def _by_score(sets: pd.DataFrame) -> Iterator[Table]:
    pooled, means = [], []
    for name, (title, limit) in _scores(sets).items():
        args = (f"{name}_alarm", limit, f"{name}_isotonic")
        pooled.append({"score": title} | figures(sets, *args))
        each = mean_over(sets["task"], lambda rows, a=args: figures(sets.loc[rows], *a))  # type: ignore[misc]
        means.append({"score": title} | each)
    key = (
        "acc.: verdict at the score's own limit against loss > 5 %; best: at the limit that suits "
        "it best;\nfalse: alarms among clean draws; missed: losses > 20 % without an alarm; error: "
        "mean absolute error of\nthe loss that an isotonic map of the other tasks predicts; "
        "benign: AUROC among clean draws and\nchanges of population"
    )
    yield Table("scores", f"Scores, all sets together\n{key}", pd.DataFrame(pooled))
    yield Table("scores_by_task", "Scores, mean over tasks", pd.DataFrame(means))


def _ours(sets: pd.DataFrame) -> Iterator[Table]:
    rows = [
        {"task": task} | figures(part, "ours_alarm", LIMIT, "task_mean")
        for task, part in sets.groupby("task")
    ]
    yield Table(
        "tasks", "dataready S by task; error: bands, leaving the task out", pd.DataFrame(rows)
    )
    yield Table("prediction", "Predicted loss of dataready S", pd.DataFrame(_meant(sets)))
    yield Table("verdicts", "Verdicts and what came true", _verdicts(sets))
    yield Table("kinds", "By kind; bands, leaving the kind out", pd.DataFrame(_kinds(sets)))


def _meant(sets: pd.DataFrame) -> Iterator[dict[str, object]]:
    loss = sets["loss"]
    for name, title in MEANT.items():
        mean, low, high = (sets[f"{name}_{c}"].astype(float) for c in ("mean", "low", "high"))
        known = high.notna()
        yield {
            "from": title,
            "error": float((mean - loss).abs().mean()),
            "bias": float((mean - loss).mean()),
            "inside the interval": coverage(loss.to_numpy(), low.to_numpy(), high.to_numpy()),
            "above it": float((loss > high + 1e-9)[known].mean()),
            "mean width": float((high - low).mean()),
        }


def _verdicts(sets: pd.DataFrame) -> pd.DataFrame:
    groups = sets.groupby("verdict")
    return pd.DataFrame(
        {
            "n": groups.size(),
            "clean draws": groups["kind"].apply(lambda k: (k == "clean").sum()),
            "mean loss": groups["loss"].mean(),
            "loss > 5 %": groups["loss"].apply(lambda v: (v > 0.05).mean()),
            "loss > 20 %": groups["loss"].apply(lambda v: (v > 0.2).mean()),
        }
    ).reset_index()


def _kinds(sets: pd.DataFrame) -> Iterator[dict[str, object]]:
    for kind, part in sets.groupby("kind"):
        alarm, loss = part["ours_alarm"].to_numpy(float), part["loss"].to_numpy(float)
        mean, low, high = (part[f"kind_{c}"].to_numpy(float) for c in ("mean", "low", "high"))
        yield {
            "kind": kind,
            "n": len(part),
            "mean score": float(part["S"].mean()),
            "predicted": float(mean.mean()),
            "mean loss": float(loss.mean()),
            "error": float(np.abs(mean - loss).mean()),
            "inside": coverage(loss, low, high),
            "rho": spearman(alarm, loss),
        }


def _sampling(pairs: pd.DataFrame) -> Table:
    pairs = pairs.assign(inside=covered(pairs), width=pairs["high"] - pairs["low"])
    groups = {"all": pairs.assign(name="all"), "by variant": pairs}
    parts = [
        part.groupby("name").agg(
            n=("inside", "size"), inside=("inside", "mean"), width=("width", "mean")
        )
        for part in groups.values()
    ]
    said = (
        "90 % sampling interval of S: does it hold the mean score of the other pairs of disjoint "
        "1,000-row\npilots and productions, to which the same happened?"
    )
    return Table("sampling", said, pd.concat(parts).reset_index())
