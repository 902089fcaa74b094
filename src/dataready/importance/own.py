"""The pilot's own model as a judge: asked in frames like those that its makers had."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from threadpoolctl import threadpool_limits

from dataready.config import Metric
from dataready.importance.load import Loaded, guarded, importing
from dataready.importance.metric import Array, Yardstick, lost
from dataready.importance.model import SEEDS, ModelError, Panel, skill
from dataready.importance.probe import LEAST_SKILL, Samples, check_labels
from dataready.importance.weight import Weights
from dataready.profile.plan import ColumnPlan
from dataready.profile.profile import Profile
from dataready.profile.relation import is_date

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["OWN", "Own", "own_panel", "own_weights"]

OWN = "the pilot's own model"
MOST_PERMUTED = 10_000
LARGEST_EXACT = 2.0**53
NOBODY = "\ufffd"
"""What stands for a text that the pilot never had."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """The pilot's own model, and how its frame is made."""

    model: Any
    columns: tuple[ColumnPlan, ...]
    types: Mapping[str, str]
    base: Path

    def ask(self, samples: Samples) -> tuple[Array, ...]:
        """Answer what the model says of the rows (`importance.model.Judge`)."""
        doing = guarded(f"failed on {len(samples.labels):,} rows")
        with doing, importing(self.base), threadpool_limits(1):
            frame = self.frame(samples)
            shares = getattr(self.model, "predict_proba", None) if samples.classes else None
            plain = getattr(self.model, "predict", self.model)
            said = np.atleast_1d((shares or plain)(frame))
            known = list(getattr(self.model, "classes_", ())) if samples.classes else []
        return (_answer(said, known, samples),)

    def frame(self, samples: Samples) -> pd.DataFrame:
        """Make the frame that the model takes: numbers, times and text as the pilot has them."""
        import pandas as pd

        cells = {c.name: self._column(c, samples) for c in self.columns}
        # Of objects, pandas finds out whether all of them are texts, or truths.
        return pd.DataFrame(cells, index=range(len(samples.labels))).infer_objects()

    def _column(self, column: ColumnPlan, samples: Samples) -> Any:  # noqa: ANN401
        import pandas as pd

        values, type_ = samples.features[column.name], self.types[column.name]
        gone = np.isnan(values)
        if column.name in samples.text:
            words = (samples.words or {})[column.name]
            truths = [w.casefold() == "true" for w in words] if type_ == "BOOLEAN" else None
            named = np.array([*(truths or words), NOBODY, np.nan], object)
            place = np.where(gone, len(words) + 1, np.minimum(np.nan_to_num(values), len(words)))
            return named[place.astype(int)]
        if column.base == "date":
            micros = (np.nan_to_num(values) * 1e6).round().astype(np.int64)
            times = pd.Series(micros.astype("datetime64[us]")).mask(gone)
            return times if is_date(type_) else _spelt(times, column.date_format)
        exact = np.abs(values) < LARGEST_EXACT
        whole = "INT" in type_ and bool((exact & (values == np.trunc(values))).all())
        return values.astype(np.int64) if whole else values


def _spelt(times: pd.Series, date_format: str | None) -> pd.Series:
    """Times as text, in the column's format or in ISO 8601."""
    days = bool((times.dropna() == times.dropna().dt.normalize()).all())
    return times.dt.strftime(date_format or ("%Y-%m-%d" if days else "%Y-%m-%d %H:%M:%S"))


def _answer(said: np.ndarray, known: list[object], samples: Samples) -> Array:
    """Bring what a model said into the order of the target's classes.

    Raises:
        ModelError: It has another shape, holes, or speaks of other classes.
    """
    rows, size = len(samples.labels), len(samples.names)
    if said.ndim == 2 and said.shape[1] == 1:
        said = said[:, 0]
    if len(said) != rows or said.ndim > 2 or (said.ndim == 2 and not size):
        shape = " x ".join(str(n) for n in said.shape)
        msg = f"answered {shape} values on {rows} rows. One a row (or one a class) is expected."
        raise ModelError(msg)
    if size and said.ndim == 1:
        return _one_hot(said, samples)
    with guarded("answered what are no numbers"):
        numbers = said.astype(float)
    if not np.isfinite(numbers).all():
        msg = "answered nothing, or infinity, on some rows."
        raise ModelError(msg)
    if not size:
        return numbers
    order = _places(known, samples.names) if known else list(range(numbers.shape[1]))
    if len(order) != numbers.shape[1] or (not known and len(order) != size):
        msg = f"answered {numbers.shape[1]} classes, and the target has {size}."
        raise ModelError(msg)
    out = np.zeros((rows, size))
    for k, place in enumerate(order):
        if place is not None:
            out[:, place] = numbers[:, k]
    return out


def _one_hot(said: np.ndarray, samples: Samples) -> Array:
    """Classes by name; or, of two classes, the probability of the second."""
    size = len(samples.names)
    with guarded("answered classes of several types"):
        values, place = np.unique(said, return_inverse=True)
    numeric = np.issubdtype(said.dtype, np.number)
    try:
        order = _places(list(values), samples.names)
    except ModelError:
        order = [None]
    if None not in order:
        one: Array = np.eye(size)[np.array(order)[place]]
        return one
    if size != 2 or not numeric or not np.isfinite(values.astype(float)).all():
        msg = f"answered classes that are not among the target's {size}."
        raise ModelError(msg)
    second = said.astype(float)
    return np.column_stack([1 - second, second])


def _places(known: list[object], names: tuple[str, ...]) -> list[int | None]:
    """Where each class that a model knows stands among the target's; None for nowhere.

    They are the same if they read the same, are the same number, or differ in case alone. A
    model of 0 ... k - 1, where the target's are others, was taught their ranks.

    Raises:
        ModelError: None of them is a class of the target.
    """
    for same in (str, _number, lambda v: str(v).casefold()):
        there = {same(name): k for k, name in enumerate(names)}
        found = [there.get(same(value)) for value in known]
        if any(place is not None for place in found):
            return found
    if [_number(v) for v in known] == [repr(float(k)) for k in range(len(names))]:
        return list(range(len(names)))
    msg = f"knows {len(known)} classes, and none of them is among the target's {len(names)}."
    raise ModelError(msg)


def _number(value: object) -> str:
    try:
        return repr(float(value if isinstance(value, bool | np.bool_) else str(value)))
    except ValueError:
        return str(value)


def own_panel(
    loaded: Loaded, samples: Samples, pilot: Profile, metric: Metric, *, base: Path
) -> Panel:
    """Seat the pilot's own model on the labelled pilot: three times 40 % of it, as the probes are.

    Args:
        loaded: The model.
        samples: What `samples.sourced` read: the columns that the model takes, in its order.
        pilot: The pilot's profile.
        metric: What it is measured in.
        base: The folder that its modules are imported from.

    Raises:
        ModelError: It fails, or its skill is below 0.15: it was fitted on something else.
        NoProbeError: The labels teach nothing.
    """
    check_labels(samples)
    columns = tuple(pilot.plan[name] for name in samples.features)
    types = {c.name: pilot.schema.type_of(c.name) for c in columns}
    judge = Own(model=loaded.model, columns=columns, types=types, base=base)
    yardstick = Yardstick.of(metric, samples.labels, len(samples.names))
    sittings = tuple((judge, samples.split(seed)[1]) for seed in SEEDS)
    panel = Panel(name=OWN, sittings=sittings, yardstick=yardstick)
    reached = skill(panel, max)
    if reached < LEAST_SKILL:
        msg = (
            f"has next to no skill on the labelled pilot ({reached:.2f}, at least {LEAST_SKILL}). "
            "Name the columns that it takes, in their order, and check what it predicts."
        )
        raise ModelError(msg)
    return panel


def own_weights(panel: Panel) -> Weights:
    """Measure what each column is worth to the pilot's own model, by permuting it.

    Each sitting's first 10,000 rows are asked, once a column.

    Raises:
        ModelError: The model failed.
    """
    splits = tuple(_permuted(panel, k) for k in range(len(panel.sittings)))
    mean = {c: float(np.mean([s[c] for s in splits])) for c in splits[0]}
    return Weights(mean=mean, splits=splits, origin=OWN)


def _permuted(panel: Panel, sitting: int) -> dict[str, float]:
    judge, rows = panel.sittings[sitting]
    rows = rows.take(np.arange(min(len(rows.labels), MOST_PERMUTED)))
    rng = np.random.default_rng(SEEDS[sitting])

    def reached(samples: Samples) -> float:
        return panel.yardstick.skill(rows.labels, judge.ask(samples)[0])(None)

    whole = reached(rows)
    out = {}
    for name in sorted(rows.features):
        mixed = rng.permutation(rows.features[name])
        out[name] = lost(whole, reached(replace(rows, features=rows.features | {name: mixed})))
    return out
