"""A run: every dataset of a project extracted, measured, judged and reported.

Each step is a plain function of paths and names, idempotent, so that a scheduler can call
it, retry it, and call the datasets in parallel. A run is visible whole or not at all.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path

from dataready.config import Config, Dataset
from dataready.errors import WarehouseError
from dataready.extract.manifest import Extract
from dataready.model import Verdict
from dataready.pipeline.evidence import write_evidence
from dataready.pipeline.extracts import (
    LABELS,
    PASSING,
    SIDES,
    check_datasets,
    drop_extracts,
    extract_all,
    extract_run_side,
    tidy_extracts,
)
from dataready.pipeline.failing import secret_of
from dataready.pipeline.measure import measure
from dataready.pipeline.reference import referred
from dataready.pipeline.settle import earned_before, settle
from dataready.pipeline.subject import subject_of
from dataready.pipeline.suites import Sides, make_ready, run_dataset_suites, with_dictionary
from dataready.readiness.assessment import Assessment
from dataready.report.data import ReportData, TrendPoint
from dataready.report.html import render_html
from dataready.report.json_view import to_json
from dataready.report.junit import render_junit
from dataready.report.markdown import render_memo
from dataready.sources import Session, open_session
from dataready.warehouse.history import History
from dataready.warehouse.run_folder import (
    RUN_FILE,
    begin,
    complete,
    discard,
    discard_abandoned,
    new_run_id,
    prune,
)

__all__ = [
    "SIDES",
    "Run",
    "abandon_run",
    "assess_dataset",
    "chosen_datasets",
    "extract_side",
    "finish_run",
    "read_report",
    "run_project",
    "start_run",
    "write_views",
]

Step = Callable[[str, str], None]
"""Told a dataset's name and what is being done with it."""

_ORDER = (Verdict.NO_GO, Verdict.NOT_ENOUGH_EVIDENCE, Verdict.CONDITIONAL, Verdict.GO)


@dataclass(frozen=True, slots=True)
class Run:
    """A run that is being written: its id, its temporary folder, and when it began."""

    run_id: str
    folder: Path
    clock: str


def start_run(config: Config) -> Run:
    """Begin a run; what killed runs left behind is removed."""
    runs = config.resolve(config.runs)
    discard_abandoned(runs)
    clock = datetime.now(UTC).replace(microsecond=0)
    run_id = new_run_id(clock)
    return Run(run_id, begin(runs, run_id), clock.isoformat())


def extract_side(
    config: Config, run: Run, dataset: str, side: str, *, session: Session | None = None
) -> Path:
    """Pull one side of a dataset in full, or its labels; answer the extract's path.

    Args:
        config: The settings.
        run: The run being written.
        dataset: The dataset's name.
        side: `pilot`, `production` or `labels`.
        session: What all pulls of the run share, so that they read a server in one state.

    Raises:
        SourceError: The source cannot be read; the last good extract stays as it is.
        WarehouseError: DuckDB refused, or the extract does not reconcile with its source.
    """
    return extract_run_side(config, run.run_id, dataset, side, session=session).path


def assess_dataset(
    config: Config,
    run: Run,
    dataset: str,
    extracts: Mapping[str, tuple[Path, Path]],
    *,
    trust_model: bool = False,
    step: Step | None = None,
) -> Path:
    """Measure and judge one dataset; write its assessment and evidence into the run.

    Args:
        config: The settings.
        run: The run being written.
        dataset: The dataset's name.
        extracts: Dataset -> paths of its pilot and production extracts, for all of them:
            references and joins lead from one to another.
        trust_model: Whether the model that the settings name may be loaded, which runs its code.
        step: Told what is being done.

    Returns:
        The path of the assessment's JSON.
    """
    say = partial(step or (lambda *_: None), dataset)
    make_ready(config.datasets[dataset].suites)
    subject = subject_of(config, dataset, extracts, progress=say)
    settings, sides = subject.settings, (subject.pilot, subject.production)
    neighbours = {n: str(paths[1]) for n, paths in extracts.items() if n != dataset}
    measured = measure(
        dataset,
        settings,
        *sides,
        labels=_labels(config, run, dataset),
        references=_references(settings, extracts),
        neighbours=neighbours,
        private=_private(config, dataset),
        trusted=config.base if trust_model else None,
        progress=say,
    )
    say("running the suites")
    # What predicates speak of beside production.
    attached = {f"dataready_{name}": path for name, path in neighbours.items()}
    beside = {n: _opened(extracts[n]) for n in sorted(referred(config, dataset))}
    extracted = Sides(*sides, Extract.open(extracts[dataset][1]), attached, beside)
    suites, found = run_dataset_suites(config, run, dataset, measured, extracted)
    say("judging")
    assessment, case = settle(
        dataset,
        settings,
        config.policy,
        measured,
        *sides,
        suites=suites,
        suite_findings=found,
        earlier=_earned_before(config, dataset, sides[1]),
    )
    say("writing the evidence")
    told, folder = with_dictionary(config, dataset, assessment), run.folder / "datasets" / dataset
    secret = secret_of(config.resolve(config.runs))
    return write_evidence(folder, case, measured, sides[1], told, attached, secret)


def _private(config: Config, dataset: str) -> frozenset[tuple[str, str]]:
    """The personal columns of the other datasets, under either name."""
    return frozenset(
        (name, one)
        for name, other in config.datasets.items()
        for c in other.personal
        for one in (c, other.mapping.get(c, c))
        if name != dataset
    )


def _opened(paths: tuple[Path, Path]) -> tuple[Extract, Extract]:
    return Extract.open(paths[0]), Extract.open(paths[1])


def _earned_before(config: Config, dataset: str, production: Extract) -> tuple[Verdict, ...]:
    """Answer what the dataset's runs before earned, of other production than this one."""
    runs = config.resolve(config.runs)
    seen = production.manifest.fingerprint
    return earned_before(runs, dataset, config.policy, fingerprint=seen)


def _labels(config: Config, run: Run, dataset: str) -> Extract | None:
    """Open the labels that a run has pulled for a dataset; None where its settings name none."""
    if config.datasets[dataset].labels is None:
        return None
    return Extract.open(
        config.resolve(config.warehouse) / dataset / LABELS / f"{run.run_id}.duckdb"
    )


def _references(
    settings: Dataset, extracts: Mapping[str, tuple[Path, Path]]
) -> dict[str, tuple[str, str, str]]:
    """Column -> (dataset, column, path of its production extract) that it refers to."""
    referred = {c: r.partition(".") for c, r in settings.references.items()}
    return {c: (o, name, str(extracts[o][1])) for c, (o, _, name) in referred.items()}


def finish_run(config: Config, run: Run) -> Path:
    """Write the report of all assessments, make the run visible, add it to the history.

    Returns:
        The run's folder.
    """
    runs = config.resolve(config.runs)
    found = [
        Assessment.from_dict(json.loads(path.read_text()))
        for path in sorted(run.folder.glob("datasets/*/assessment.json"))
    ]
    found.sort(key=lambda a: (_ORDER.index(a.decided), a.score.value or 0.0, a.dataset))
    history = History(runs / "history.sqlite", runs=runs)
    history.update()
    points = [_trend_point(p) for p in history.trend()]
    points += [_now(a, run) for a in found]
    data = ReportData(
        project=config.project,
        run_id=run.run_id,
        clock=run.clock,
        version=version("dataready"),
        datasets=tuple(found),
        trend=tuple(points),
    )
    (run.folder / RUN_FILE).write_text(to_json(data))
    write_views(data, run.folder)
    folder = complete(run.folder, runs, run.run_id)
    history.add(folder)
    tidy_extracts(config)
    if config.policy.keep_runs is not None:
        prune(runs, keep=config.policy.keep_runs)
        history.update()
    return folder


def _trend_point(point: object) -> TrendPoint:
    return TrendPoint(
        **{
            name: getattr(point, name)
            for name in ("run_id", "clock", "dataset", "value", "low", "high", "verdict")
        }
    )


def _now(assessment: Assessment, run: Run) -> TrendPoint:
    score = assessment.score
    return TrendPoint(
        run_id=run.run_id,
        clock=run.clock,
        dataset=assessment.dataset,
        value=score.value,
        low=score.low,
        high=score.high,
        verdict=assessment.verdict,
    )


def write_views(data: ReportData, folder: Path) -> tuple[Path, ...]:
    """Write the pages that people read; answer their paths, the HTML report last."""
    pages = {
        "junit.xml": render_junit(data),
        "memo.md": render_memo(data),
        "report.html": render_html(data),
    }
    written = []
    for name, text in pages.items():
        path = folder / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        written.append(path)
    return tuple(written)


def read_report(run: Path) -> ReportData:
    """Read a completed run back.

    Raises:
        WarehouseError: The folder holds no readable run.
    """
    try:
        plain = json.loads((run / RUN_FILE).read_text())
        datasets = tuple(Assessment.from_dict(d) for d in plain["datasets"])
        trend = tuple(
            TrendPoint(**(p | {"verdict": Verdict(p["verdict"])})) for p in plain["trend"]
        )
        return ReportData(
            project=plain["project"],
            run_id=plain["run_id"],
            clock=plain["clock"],
            version=plain["version"],
            datasets=datasets,
            trend=trend,
        )
    except (OSError, ValueError, KeyError, TypeError) as e:
        msg = f"'{run}' holds no run that can be read ('{RUN_FILE}' is missing or damaged)."
        raise WarehouseError(msg) from e


def chosen_datasets(
    config: Config, only: tuple[str, ...] = ()
) -> tuple[tuple[str, ...], dict[str, tuple[str, ...]]]:
    """Say which datasets a run judges, and what it must pull: dataset -> its sides.

    Datasets that are only referred to or joined are pulled, too.

    Args:
        config: The settings.
        only: Names of datasets; none for all of them.

    Raises:
        ConfigError: A name in `only` is no dataset.
    """
    check_datasets(config, only)
    chosen = tuple(dict.fromkeys(only)) or tuple(config.datasets)
    known = [config.datasets[n] for n in chosen]
    others = {other for n in chosen for other in referred(config, n)}
    others |= {join.dataset for d in known for join in d.joins}
    # Labels are wanted of what is judged only.
    needed: dict[str, tuple[str, ...]] = {
        n: (*SIDES, LABELS) if config.datasets[n].labels else SIDES for n in chosen
    }
    return chosen, needed | dict.fromkeys(sorted(others - needed.keys()), SIDES)


def abandon_run(config: Config, run: Run, *, keep: bool = False) -> None:
    """Remove what a failed run wrote; the extracts of good runs stay.

    Args:
        config: The settings.
        run: The run that failed.
        keep: Leave what it has pulled from servers: the next run takes it over.
    """
    discard(run.folder)
    drop_extracts(config, run.run_id, keep=keep)


def run_project(
    config: Config,
    *,
    only: tuple[str, ...] = (),
    trust_model: bool = False,
    step: Step | None = None,
) -> Path:
    """Run all steps for all datasets, one after the other; answer the run's folder.

    Args:
        config: The settings.
        only: Names of datasets; none for all of them.
        trust_model: Whether models that the settings name may be loaded, which runs their code.
        step: Told a dataset's name and what is being done.

    Raises:
        ConfigError: A name in `only` is no dataset.
        DatareadyError: A step failed; no run is visible then, the last one stays.
    """
    say = step or (lambda *_: None)
    chosen, needed = chosen_datasets(config, only)
    run = start_run(config)
    try:
        with open_session(run.run_id) as session:
            extracts = extract_all(config, run.run_id, needed, session=session, step=say)
        for name in chosen:
            assess_dataset(config, run, name, extracts, trust_model=trust_model, step=step)
        say("all", "writing the report")
        return finish_run(config, run)
    except BaseException as e:
        abandon_run(config, run, keep=isinstance(e, PASSING))
        raise
