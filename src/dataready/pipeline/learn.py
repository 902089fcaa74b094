"""What the labelled pilot teaches: the weights of the score, and models that can be asked again.

The pilot's own model comes first, where it is trusted and answers; our probes stand in for it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from dataready.config import Dataset, Metric, written
from dataready.errors import did_you_mean
from dataready.extract.manifest import Extract
from dataready.importance.metric import Yardstick, chosen, classed
from dataready.importance.weight import Weights
from dataready.model import Finding, Severity
from dataready.pipeline.outcome import Outcomes, outcomes_of
from dataready.profile.plan import ColumnPlan
from dataready.profile.profile import Profile
from dataready.profile.relation import looks_personal

if TYPE_CHECKING:
    # scikit-learn takes two seconds to import: only those who name a target wait for it.
    from dataready.importance.model import Panel
    from dataready.importance.probe import Samples

__all__ = ["Learnt", "Side", "learn", "model_error"]

LEAST_LABELLED = 50
LEAST_GROUP = 5
FITTED_ON_IT = (
    "The pilot's own model may have been fitted on the very rows that it is asked on here: what it "
    "reaches on the pilot, and so what it loses, may be overstated."
)


@dataclass(frozen=True, slots=True)
class Side:
    """An extract, its profile, and an open connection to it."""

    con: duckdb.DuckDBPyConnection
    extract: Extract
    profile: Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """The weights, and panels of models to be asked: the first that can be seated and answers.

    `metric` is what they are measured in; `notes` are sentences for the reader; `record` says
    where labels and the pilot's own model came from.
    """

    weights: Weights
    metric: Metric | None = None
    panels: tuple[Callable[[], Panel], ...] = ()
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    record: Mapping[str, object] = field(default_factory=dict)


def learn(
    name: str,
    dataset: Dataset,
    pilot: Side,
    production: Side,
    *,
    labels: Extract | None = None,
    trusted: Path | None = None,
) -> Learnt:
    """Weigh the pilot's columns and fit or load models of its target.

    Args:
        name: The dataset's.
        dataset: Its settings.
        pilot: The pilot's side.
        production: Production's.
        labels: The extract of the labels that the settings name.
        trusted: The settings file's folder, if the model that they name may be loaded.

    Raises:
        ConfigError: The metric does not fit the target.
    """
    declared = _declared(dataset, pilot.profile)
    if dataset.target is None:
        return Learnt(weights=declared or Weights(mean=None, origin="no target is named"))
    seen = pilot.profile[dataset.target]
    metric = chosen(dataset.metric, classes=classed(seen), target=dataset.target)
    from dataready.importance.model import probe_panel
    from dataready.importance.probe import NoProbeError
    from dataready.importance.samples import labelled

    try:
        samples = labelled(pilot.con, pilot.profile, dataset.target)
    except NoProbeError as e:
        return Learnt(weights=declared or Weights(mean=None, origin=str(e)))
    there = outcomes_of(production.con, name, dataset, seen.plan, production.profile, labels)
    real, notes = _real(production, there, dataset.target, samples)
    own = _own(name, dataset, metric, pilot, production, there, trusted)
    return Learnt(
        weights=declared or _weights(own.weights, samples),
        metric=metric,
        panels=(*own.panels, _once(partial(probe_panel, samples, metric, real))),
        findings=(*there.findings, *own.findings),
        notes=(*own.notes, *there.notes, *notes, *_about(metric, samples, seen.plan)),
        record=_record(own, labels),
    )


def _once(seat: Callable[[], Panel]) -> Callable[[], Panel]:
    """Remember a panel, or that there is none: every group of every segment asks for it."""
    from dataready.importance.probe import NoProbeError

    @cache
    def tried() -> Panel | NoProbeError:
        try:
            return seat()
        except NoProbeError as e:
            return e

    def seated() -> Panel:
        found = tried()
        if isinstance(found, NoProbeError):
            raise found
        return found

    return seated


def _record(own: _Own, labels: Extract | None) -> dict[str, object]:
    record: dict[str, object] = {"model": dict(own.model)} if own.model else {}
    if labels is not None:
        told = labels.manifest
        record["labels"] = {k: getattr(told, k) for k in ("source", "rows", "fingerprint", "clock")}
    return record


def model_error(name: str, error: Exception) -> Finding:
    """Say that the pilot's own model could not be asked; `error` says why, and no value."""
    return Finding(
        dimension="governance",
        detector="own_model",
        severity=Severity.ERROR,
        table=name,
        column=None,
        message=f"The pilot's own model {error} Our probes stand in for it.",
        limit_origin="the settings: model",
        fix="Check the model and the columns that it takes, or leave 'model' out.",
    )


def _declared(dataset: Dataset, pilot: Profile) -> Weights | None:
    if not dataset.importance:
        return None
    weights = {c.name: dataset.importance.get(c.name, 0.0) for c in pilot.plan}
    weights.pop(dataset.target or "", None)
    whole = math.fsum(weights.values())
    if 0 < whole < 1:
        # Shares of the skill: if all of them were tiny, nothing could ever be lost.
        weights = {c: w / whole for c, w in weights.items()}
    return Weights(
        mean=weights, splits=(weights,), origin="declared in the settings", declared=True
    )


def _weights(own: Weights | None, samples: Samples) -> Weights:
    """The weights of the pilot's own model, or those of the probes, or none with the reason.

    Whether a column holds the answer itself is asked of the probes in any case.
    """
    from dataready.importance.probe import NoProbeError
    from dataready.importance.probe import measure as probe

    try:
        measured = probe(samples)
    except NoProbeError as e:
        measured = Weights(mean=None, origin=str(e))
    if own is None or own.mean is None:
        return measured
    # What the model does not take is worth nothing to it.
    others = dict.fromkeys(samples.features, 0.0)
    return replace(
        own,
        mean=others | dict(own.mean),
        splits=tuple(others | dict(split) for split in own.splits),
        skills=measured.skills,
        alone=measured.alone,
    )


def _real(
    production: Side, there: Outcomes, target: str, like: Samples
) -> tuple[Samples | None, tuple[str, ...]]:
    """Production's labelled rows in the encoding of the pilot's, if they can prove anything."""
    from dataready.importance.samples import outcomes

    if there.rows is None:
        return None, ()
    typed = production.extract.manifest.typed
    rows, unknown = outcomes(production.con, there.rows, target, like, typed=typed)
    n = len(rows.labels)
    if unknown > n:
        return None, (
            f"Of {n + unknown:,} labels of production, {unknown:,} are no class of the pilot's: "
            "they seem to be recoded, which is no evidence of a loss.",
        )
    if n < LEAST_LABELLED:
        return None, (
            f"Production has {n:,} labelled rows; {LEAST_LABELLED} are needed to measure a loss.",
        )
    if like.classes and _second(rows) < LEAST_GROUP:
        return None, ("Production's labels are of one class only: no loss can be measured.",)
    notes = []
    if unknown:
        notes.append(f"The real loss leaves out {unknown:,} rows of classes unknown to the pilot.")
    if there.known > n + unknown:
        notes.append(f"The real loss is that of {n:,} of {there.known:,} labelled rows.")
    return rows, tuple(notes)


def _second(rows: Samples) -> int:
    """How many rows are not of the most frequent class."""
    counts = Counter(rows.labels.tolist())
    return counts.total() - max(counts.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Own:
    """What came of the pilot's own model."""

    weights: Weights | None = None
    panels: tuple[Callable[[], Panel], ...] = ()
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    model: Mapping[str, str] = field(default_factory=dict)


def _own(
    name: str,
    dataset: Dataset,
    metric: Metric,
    pilot: Side,
    production: Side,
    there: Outcomes,
    trusted: Path | None,
) -> _Own:
    """Load the pilot's own model and weigh columns by it, if the settings are trusted."""
    target, named = dataset.target, dataset.model
    if named is None or target is None:
        return _Own()
    if trusted is None:
        return _Own(notes=("The pilot's own model was not loaded: give --trust-model.",))
    from dataready.importance.load import load
    from dataready.importance.model import ModelError
    from dataready.importance.own import own_panel, own_weights
    from dataready.importance.probe import NoProbeError
    from dataready.importance.samples import sourced

    try:
        loaded = load(named, trusted)
        columns = _columns(loaded.columns, pilot.profile, target)
        typed = pilot.extract.manifest.typed
        samples = sourced(pilot.con, pilot.profile, target, columns, typed=typed)
        panel = own_panel(loaded, samples, pilot.profile, metric, base=trusted)
        weights = own_weights(panel)
    except NoProbeError:
        return _Own()
    except ModelError as e:
        return _Own(findings=(model_error(name, e),))
    real, _ = _real(production, there, target, samples)
    seated = replace(panel, outcomes=real)
    known = {"name": written(named.path or named.function or ""), "sha256": loaded.sha256}
    return _Own(
        weights=weights,
        panels=(lambda: seated,),
        notes=(FITTED_ON_IT, *loaded.notes),
        model=known,
    )


def _columns(taken: tuple[str, ...], pilot: Profile, target: str) -> tuple[str, ...]:
    """The columns that a model takes: those it names, or all features.

    Raises:
        ModelError: It takes a column that the pilot lacks, or the target itself.
    """
    from dataready.importance.model import ModelError

    there = [c.plan.name for c in pilot if c.plan.name != target]
    for column in taken:
        if column not in there:
            said = f"takes a column '{column}', and the pilot has no such feature."
            msg = said + did_you_mean(column, there)
            raise ModelError(msg)
    return taken or tuple(c for c in there if pilot.plan[c].role not in {"key", "ignore"})


def _about(metric: Metric, samples: Samples, target: ColumnPlan) -> tuple[str, ...]:
    """Which of two classes F1 is about: the rarer one."""
    if metric != "f1" or len(samples.names) != 2:
        return ()
    rarer = samples.names[Yardstick.of(metric, samples.labels, 2).rarer]
    shown = "" if target.personal or looks_personal(rarer) else f", '{rarer}'"
    return (f"F1 is that of the target's rarer class{shown}.",)
