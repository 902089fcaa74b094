"""Profile both sides of a dataset, compare them, and find what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import duckdb

from dataready.compare.counts import Counts, counts_of
from dataready.compare.damage import Damage, column_damage
from dataready.compare.findings import comparison_findings
from dataready.compare.schema_drift import schema_findings
from dataready.compare.segment import Segmentation
from dataready.config import Dataset
from dataready.detect.detectors import detect, without_consequences
from dataready.detect.disguised import Disguise, propose, read_as_missing
from dataready.detect.roles import guess_key, with_guesses, with_personal
from dataready.detect.scene import Scene
from dataready.errors import ConfigError, NoSuchColumnError
from dataready.extract.manifest import Extract
from dataready.importance.metric import chosen, classed
from dataready.importance.weight import Weights
from dataready.model import Finding, Role, Schema
from dataready.pipeline.landing import landing_findings
from dataready.pipeline.learn import Learnt, Side, learn
from dataready.pipeline.outcome import check_labels
from dataready.pipeline.segment import segmentations
from dataready.pipeline.subject import with_joins_explained
from dataready.profile.look import Look, looked
from dataready.profile.metrics import LOOK
from dataready.profile.plan import Plan
from dataready.profile.planning import first_plan, full_plan
from dataready.profile.profile import Profile, take
from dataready.warehouse.connection import connect, refusals

__all__ = ["Measured", "bare_plan", "clock_of", "measure", "told"]

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Everything known of a dataset before suites, gates and verdict."""

    plan: Plan
    pilot: Profile | None
    production: Profile
    counts: Counts | None
    damage: Mapping[str, Damage]
    weights: Weights
    findings: tuple[Finding, ...]
    key: tuple[str, ...]
    time: str | None
    guesses: tuple[str, ...] = ()
    proposed: Mapping[str, str] = field(default_factory=dict)
    counts_if_mapped: Counts | None = None
    segmentations: tuple[Segmentation, ...] = ()
    learnt: Learnt | None = None


def measure(
    name: str,
    dataset: Dataset,
    pilot: Extract,
    production: Extract,
    *,
    labels: Extract | None = None,
    references: Mapping[str, tuple[str, str, str]] | None = None,
    neighbours: Mapping[str, str] | None = None,
    private: frozenset[tuple[str, str]] = frozenset(),
    trusted: Path | None = None,
    progress: Progress | None = None,
) -> Measured:
    """Profile both sides under the pilot's plan, compare and search them.

    Args:
        name: The dataset's.
        dataset: Its settings.
        pilot: The pilot's extract; `production` likewise.
        production: Production's.
        labels: The extract of the labels that the settings name, if they do.
        references: Column -> (dataset, column, path of its production extract).
        neighbours: Other dataset -> the path of its production extract.
        private: Columns of theirs, (dataset, column), that the settings declare as personal.
        trusted: The settings file's folder, if the model that they name may be loaded, which
            runs its code.
        progress: Told the name of each step.

    Raises:
        NoSuchColumnError: The settings name a column that the pilot, or the labels, lack.
        ConfigError: The metric that they name does not fit the target.
        WarehouseError: DuckDB refused; nothing has been written.
    """
    settled = _with_names_found(name, dataset, pilot.manifest.schema)
    if labels is not None:
        check_labels(name, settled, labels.manifest.schema)
    with (
        connect(pilot.path, read_only=True) as p,
        connect(production.path, read_only=True) as q,
        refusals(f"to profile dataset '{name}'"),
    ):
        sides = _Sides(p, q, pilot, production, labels, trusted, neighbours or {}, private)
        return _measured(name, settled, sides, references or {}, progress or (lambda _: None))


@dataclass(frozen=True, slots=True)
class _Sides:
    """Both extracts, and an open connection to each: p to the pilot's, q to production's.

    `labels`, `trusted`, `neighbours` and `private` are as `measure` has them.
    """

    p: duckdb.DuckDBPyConnection
    q: duckdb.DuckDBPyConnection
    pilot: Extract
    production: Extract
    labels: Extract | None
    trusted: Path | None
    neighbours: Mapping[str, str]
    private: frozenset[tuple[str, str]]


def _measured(
    name: str,
    dataset: Dataset,
    sides: _Sides,
    references: Mapping[str, tuple[str, str, str]],
    say: Progress,
) -> Measured:
    here, there, key, disguises = _profiles(dataset, sides, say)
    say("comparing")
    counts = counts_of(here, there)
    damage = column_damage(counts)
    say("measuring importances")
    learnt = learn(
        name,
        dataset,
        Side(sides.p, sides.pilot, here),
        Side(sides.q, sides.production, there),
        labels=sides.labels,
        trusted=sides.trusted,
    )
    say("searching for defects")
    scene = Scene(
        table=name,
        con=sides.q,
        production=there,
        pilot=here,
        key=key,
        time=_time(dataset, here.plan, sides.pilot),
        references=references,
        pilot_con=sides.p,
        neighbours=sides.neighbours,
        private=sides.private,
        joined=frozenset(sides.pilot.manifest.joined_columns),
    )
    findings = [
        *landing_findings(name, dataset, sides.pilot, sides.production),
        *learnt.findings,
        *schema_findings(here, there, damage, learnt.weights.mean, table=name),
        *comparison_findings(here, there, counts, damage, table=name),
        *_defects(scene, disguises, damage, sides.production),
    ]
    proposed = _proposed(findings)
    if dataset.segments:
        say("counting the segments")
    return Measured(
        plan=here.plan,
        pilot=here,
        production=there,
        counts=counts,
        damage=damage,
        weights=learnt.weights,
        findings=tuple(without_consequences(with_joins_explained(findings, sides.pilot.manifest))),
        key=key,
        time=scene.time,
        guesses=(*_guesses(dataset, here.plan, key), *learnt.notes),
        learnt=learnt,
        proposed=proposed,
        counts_if_mapped=_counts_if_mapped(sides.q, here, there, proposed),
        segmentations=segmentations((sides.p, here), (sides.q, there), counts, dataset.segments),
    )


def _profiles(
    dataset: Dataset, sides: _Sides, say: Progress
) -> tuple[Profile, Profile, tuple[str, ...], tuple[Disguise, ...]]:
    """Both profiles under the pilot's plan, the key, and what stands for "missing".

    Words for "no value" count on both sides; other disguises are what production has more of.
    """
    p, q = sides.p, sides.q
    ours, theirs = sides.pilot.manifest.schema, sides.production.manifest.schema
    names = {a: b for a, b in dataset.mapping.items() if b in theirs}
    say("reading the pilot")
    with looked(p, ours) as first:
        bare, key = bare_plan(p, dataset, sides.pilot, look=first)
        pilot = take(p, bare, ours, look=first)
        if dataset.target:
            # A metric that does not fit is told before hours of work.
            chosen(dataset.metric, classes=classed(pilot[dataset.target]), target=dataset.target)
        say("looking at production")
        with looked(q, theirs) as other:
            production = take(
                q,
                bare,
                theirs,
                names=names,
                only=LOOK,
                look=other,
                store=_store(sides.production, "look"),
            )
            disguises = propose(q, production, pilot, first=other)
            disguises += tuple(d for d in propose(p, pilot, first=first) if d.word is not None)
            # What is personal on either side is shown of neither.
            plan = with_personal(
                read_as_missing(bare, disguises), q, production, dataset.not_personal
            )
            plan = full_plan(p, take(p, plan, ours, look=first), look=first)
            say("profiling the pilot")
            here = take(p, plan, ours, look=first)
            say("profiling production")
            there = take(
                q,
                plan,
                theirs,
                names=names,
                look=other,
                store=_store(sides.production, "profile"),
                share=told(say, "profiling production"),
            )
    return here, there, key, disguises


def told(say: Progress, step: str) -> Callable[[float], None]:
    """Tell of a step how much of it is done, once a percent."""
    before = [-1]

    def share(done: float) -> None:
        percent = int(100 * done)
        if percent > before[0]:
            before[0] = percent
            say(f"{step} ({percent} %)")

    return share


def _store(production: Extract, what: str) -> tuple[Extract, Path]:
    """Say where the states of an extract, and of those that it grew from, are kept."""
    return production, production.path.with_name(f"{what}.states")


def _proposed(findings: Iterable[Finding]) -> dict[str, str]:
    """Pilot column -> the production column that it seems to be called now."""
    hints = [f for f in findings if f.detector in {"column_respelt", "column_renamed"}]
    hints.sort(key=lambda f: f.detector == "column_renamed")
    return {f.column: f.examples[0] for f in hints if f.column and f.examples}


def _counts_if_mapped(
    con: duckdb.DuckDBPyConnection, pilot: Profile, production: Profile, proposed: dict[str, str]
) -> Counts | None:
    """The counts as they would be if the proposed mappings were accepted; None without any."""
    if not proposed:
        return None
    names = {**production.names, **proposed}
    more = take(con, pilot.plan, production.schema, names=names, columns=frozenset(proposed))
    return counts_of(pilot, replace(more, states={**production.states, **more.states}))


def _with_names_found(name: str, dataset: Dataset, schema: Schema) -> Dataset:
    """Find the target, key and time where they differ from a column only in outer blanks.

    Raises:
        NoSuchColumnError: The settings name a column that is not there.
    """
    bare = {c.strip(): c for c in schema.names}

    def found(column: str) -> str:
        return column if column in schema else bare.get(column.strip(), column)

    settled = dataset.model_copy(
        update={
            "target": dataset.target and found(dataset.target),
            "key": tuple(found(c) for c in dataset.key),
            "time": dataset.time and found(dataset.time),
        }
    )
    _check_names(name, settled, schema)
    return settled


def _check_names(name: str, dataset: Dataset, here: Schema) -> None:
    """Every column that the settings name is in the pilot."""
    named = [
        *([dataset.target] if dataset.target else []),
        *dataset.key,
        *([dataset.time] if dataset.time else []),
        *dataset.segments,
        *dataset.roles,
        *dataset.personal,
        *dataset.not_personal,
        *dataset.mapping,
        *dataset.importance,
        *dataset.owners,
        *dataset.effort,
        *dataset.references,
        *dataset.gates.max_missing,
        *dataset.gates.max_damage,
    ]
    for column in named:
        if column not in here:
            raise NoSuchColumnError(column, table=f"{name} (pilot)", available=here.names)
    taken = {c: c for c in here.names if c not in dataset.mapping}
    for column, new in dataset.mapping.items():
        if new in taken:
            msg = (
                f"The mapping reads '{column}' from '{new}', which '{taken[new]}' is read from "
                "already. Map each production column to one pilot column."
            )
            raise ConfigError(msg)
        taken[new] = column


def bare_plan(
    con: duckdb.DuckDBPyConnection,
    dataset: Dataset,
    pilot: Extract,
    *,
    look: Look | None = None,
) -> tuple[Plan, tuple[str, ...]]:
    """Roles as declared, else as guessed from a first look; the key likewise."""
    roles: dict[str, Role] = {}
    if dataset.target:
        roles[dataset.target] = "target"
    roles |= dict.fromkeys(dataset.key, "key")
    if dataset.time:
        roles[dataset.time] = "time"
    roles |= dataset.roles
    schema = pilot.manifest.schema
    plan = first_plan(
        con,
        schema,
        typed=pilot.manifest.typed,
        roles=roles,
        personal=frozenset(dataset.personal),
    )
    bare = take(con, plan, schema, look=look)
    guessed = None if dataset.key else guess_key(bare)
    plan = with_guesses(con, plan, bare, roles, key=guessed, cleared=dataset.not_personal)
    return plan, dataset.key or ((guessed,) if guessed else ())


def _defects(
    scene: Scene,
    disguises: tuple[Disguise, ...],
    damage: Mapping[str, Damage],
    production: Extract,
) -> list[Finding]:
    if not scene.production.rows:
        return []
    moved = frozenset(c for c, d in damage.items() if max(d.s, d.b, d.V) >= 0.02)
    return detect(scene, disguises, moved, clock_of(production))


def clock_of(extract: Extract) -> datetime:
    """Answer when an extract was pulled."""
    return datetime.fromisoformat(extract.manifest.clock)


def _time(dataset: Dataset, plan: Plan, pilot: Extract) -> str | None:
    """The table's own time; one that was joined says when something else happened."""
    joined = pilot.manifest.joined_columns
    guessed = (c.name for c in plan if c.role == "time" and c.name not in joined)
    return dataset.time or next(guessed, None)


def _guesses(dataset: Dataset, plan: Plan, key: tuple[str, ...]) -> tuple[str, ...]:
    said = []
    if key and not dataset.key:
        said.append(f"'{key[0]}' was taken as the key: it is whole and never repeats in the pilot.")
    for column in plan:
        if column.role == "time" and column.name not in {dataset.time, *dataset.roles}:
            said.append(f"'{column.name}' was taken as a time: it holds dates.")
        if column.personal and column.name not in dataset.personal:
            said.append(f"'{column.name}' was taken as personal data: its values are not shown.")
    return tuple(said)
