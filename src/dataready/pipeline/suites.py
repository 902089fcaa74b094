"""The suites of a dataset: reviewed or learnt from its pilot, and those that its settings name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol, get_args

from dataready.config import Config, Suites
from dataready.errors import ConfigError, ExpectationError, did_you_mean
from dataready.expectations.bridge import Suite, run_suites
from dataready.expectations.findings import subject, suite_findings
from dataready.expectations.gx_process import warm
from dataready.expectations.gx_project import suites_in
from dataready.expectations.gx_suite import write_gx
from dataready.expectations.learn import Declared, learn_rows
from dataready.expectations.pandera_module import write_pandera
from dataready.expectations.predicate import Reader, attachments
from dataready.expectations.result import SuiteResult
from dataready.expectations.rules import Rule
from dataready.expectations.suite_file import SuiteFile, read_suite
from dataready.expectations.verdict import broken_suite
from dataready.extract.manifest import Extract
from dataready.model import TABLE, Engine, Finding, Severity
from dataready.pipeline.failing import with_looks
from dataready.pipeline.measure import Measured
from dataready.pipeline.nights import nights_of, of_past
from dataready.pipeline.suite_trend import with_trend
from dataready.readiness.assessment import Assessment
from dataready.sql import and_, ident, literal, or_
from dataready.warehouse.connection import connect, refusals

__all__ = [
    "Sides",
    "judged_by",
    "make_ready",
    "run_dataset_suites",
    "with_dictionary",
    "write_suites",
]

_WARN = Severity.WARN.rank
_OF_TABLES = {"schema", "volume", "timeliness"}
"""What findings are about that say something of a table, or of a column, rather than of rows."""


@dataclass(frozen=True, slots=True)
class Sides:
    """The extracts of a dataset: both sides with what was joined, and production by itself.

    `attached` are name -> path of other extracts that findings' predicates speak of, `beside`
    the two sides of the datasets that references lead to.
    """

    pilot: Extract
    production: Extract
    own: Extract
    attached: Mapping[str, str]
    beside: Mapping[str, tuple[Extract, Extract]] = field(default_factory=dict)


class Writing(Protocol):
    """A run that is being written."""

    @property
    def folder(self) -> Path:
        """Its temporary folder."""

    @property
    def clock(self) -> str:
        """When it began."""


def judged_by(config: Config, engine: str | None) -> Config:
    """Answer the same settings with another engine for all suites; None changes nothing.

    Raises:
        ConfigError: There is no such engine.
    """
    if engine is None:
        return config
    if engine not in get_args(Engine):
        known = get_args(Engine)
        msg = f"There is no engine '{engine}', but {', '.join(known)}.{did_you_mean(engine, known)}"
        raise ConfigError(msg)
    datasets = {
        name: d.model_copy(update={"suites": d.suites.model_copy(update={"engine": engine})})
        for name, d in config.datasets.items()
    }
    return config.model_copy(update={"datasets": datasets})


def make_ready(wanted: Suites) -> None:
    """Start what the suites of a dataset will need and takes seconds: Great Expectations."""
    if wanted.engine != "fast" and (wanted.learn or wanted.rules or wanted.great_expectations):
        warm()


def run_dataset_suites(
    config: Config, run: Writing, dataset: str, measured: Measured, sides: Sides
) -> tuple[tuple[SuiteResult, ...], tuple[Finding, ...]]:
    """Run all suites of a dataset on the full production extract.

    Args:
        config: The settings.
        run: The run; suites learnt now are kept in its `datasets/<name>/suites`.
        dataset: The dataset's name.
        measured: What was measured of it; no connection to its extracts is open any more.
        sides: Its extracts.

    Returns:
        What was said of each, and the failed and broken expectations as findings.
    """
    wanted = config.datasets[dataset].suites
    broken: list[SuiteResult] = []
    ours: list[Suite] = []
    try:
        reviewed = _reviewed(config, dataset, measured, sides)
    except ExpectationError as e:
        reviewed = SuiteFile(dataset, ())
        broken.append(broken_suite("dataready", config.resolve(wanted.rules or ""), str(e)))
    if reviewed.active:
        kept = run.folder / "datasets" / dataset / "suites"
        ours = write_suites(kept, dataset, reviewed.active)
        # One engine need not judge the same rules twice.
        ours = ours[:1] if wanted.engine == "fast" else ours
    theirs, missing = _named_suites(config, dataset, sides.own)
    broken += missing
    plan, names = measured.plan, measured.production.names
    suites = (*ours, *theirs)
    others = {name: production for name, (_, production) in sides.beside.items()}
    table = sides.production, plan, names
    docs = run.folder / "datasets" / dataset / "data_docs" if wanted.data_docs else None
    results = run_suites(suites, *table, engine=wanted.engine, others=others, docs=docs)
    found = _said_once(
        suite_findings(results[: len(ours)], table=dataset),
        measured.findings,
        tuple(
            subject(r.kind, None if r.kind == "unique" and r.also else r.column)
            for r in reviewed.active
            if r.id in reviewed.decided
        ),
        sides,
    )
    more = suite_findings((*results[len(ours) :], *broken), table=dataset)
    told = with_trend((*results, *broken), config.resolve(config.runs), dataset, run.clock)
    looked = with_looks(
        (*found, *more),
        sides.production,
        names=names,
        personal={c.name for c in plan if c.personal},
        attached=sides.attached,
    )
    return told, tuple(looked)


def _named_suites(
    config: Config, dataset: str, own: Extract
) -> tuple[list[Suite], list[SuiteResult]]:
    """The suites that the settings name, and folders that hold none."""
    wanted = config.datasets[dataset].suites
    found = [
        Suite("pandera", config.resolve(path), wanted.trust, table=own) for path in wanted.pandera
    ]
    broken = []
    for named in wanted.great_expectations:
        try:
            paths = suites_in(config.resolve(named), dataset)
        except ExpectationError as e:
            broken.append(broken_suite("great_expectations", config.resolve(named), str(e)))
            continue
        found += [Suite("great_expectations", path, wanted.trust, table=own) for path in paths]
    return found, broken


def _reviewed(config: Config, dataset: str, measured: Measured, sides: Sides) -> SuiteFile:
    """The suite that people decided on, or what the pilot teaches now.

    Raises:
        ExpectationError: The file cannot be read or understood.
    """
    settings = config.datasets[dataset]
    wanted = settings.suites
    if wanted.rules is not None:
        suite = read_suite(config.resolve(wanted.rules))
        return suite.read_as({c.name: (c.base, c.date_format) for c in measured.plan})
    if not wanted.learn or measured.pilot is None:
        return SuiteFile(dataset, ())
    declared = Declared(measured.key, settings.references, settings.time)
    others = {name: pilot for name, (pilot, _) in sides.beside.items()}
    plan, names = measured.pilot.plan, measured.pilot.names
    reader = Reader.of(sides.pilot, plan, names, others)
    with (
        connect(sides.pilot.path, read_only=True) as con,
        refusals(f"to learn from '{dataset}'"),
    ):
        for statement in attachments(others):
            con.execute(statement)
        rules = learn_rows(con, measured.pilot, reader=reader, dataset=dataset, declared=declared)
        past = of_past(config, dataset, con, reader, nights_of(config, dataset))
        return SuiteFile.learnt(dataset, (*rules, *(p.rule for p in past)))


def with_dictionary(config: Config, dataset: str, assessment: Assessment) -> Assessment:
    """Add what people answered of the columns, in the reviewed suite, to what is known."""
    named = config.datasets[dataset].suites.rules
    try:
        columns = read_suite(config.resolve(named)).columns if named else {}
    except ExpectationError:
        return assessment
    told = {c: {n: v for n, v in said.items() if v is not None} for c, said in columns.items()}
    known = {c: said for c, said in told.items() if said}
    if not known:
        return assessment
    return replace(assessment, provenance={**assessment.provenance, "dictionary": known})


def write_suites(folder: Path, name: str, rules: tuple[Rule, ...]) -> list[Suite]:
    """Write rules in both libraries' formats; code that we wrote is trusted."""
    folder.mkdir(parents=True, exist_ok=True)
    module, suite = folder / f"{name}.py", folder / f"{name}.json"
    write_pandera(rules, module)
    write_gx(rules, suite)
    return [
        Suite("pandera", module, trust=True, rules=rules),
        Suite("great_expectations", suite, trust=True, rules=rules),
    ]


def _said_once(
    learnt: Iterable[Finding],
    findings: Sequence[Finding],
    decided: tuple[str, ...],
    sides: Sides,
) -> list[Finding]:
    """What a learnt expectation repeats of the findings on its column becomes `info`.

    It repeats them if nine in ten of its rows are among theirs; what people decided on keeps
    the severity that they gave it. A `missing` that is a mere note follows from a cause that
    is told in another column.
    """
    told = [g for g in findings if g.severity.rank >= _WARN or g.detector == "missing"]
    listed, same = list(learnt), {}
    for f in listed:
        if f.severity is Severity.ERROR or f.message.startswith(decided):
            continue
        on_column = [g for g in told if g.column == f.column]
        if f.where is None:
            on_column = [g for g in on_column if g.dimension in _OF_TABLES]
        same[f.id] = [g for g in on_column if f.where is None or g.where is not None]
    shared = _shared_rows([(f, same[f.id]) for f in listed if same.get(f.id) and f.where], sides)
    out = []
    for f in listed:
        rows = shared.get(f.id, 0)
        if not same.get(f.id) or (f.where is not None and rows < 0.9 * (f.rows_affected or 0)):
            out.append(f)
            continue
        said = " and ".join(sorted({g.detector for g in same[f.id]}))
        message = f"{f.message} Said already by: {said}."
        out.append(f.with_(severity=Severity.INFO, message=message))
    return out


def _shared_rows(pairs: Sequence[tuple[Finding, list[Finding]]], sides: Sides) -> dict[str, int]:
    """Count of each finding's rows how many are among those of others, in one scan."""
    if not pairs:
        return {}
    counted = [
        f"count(*) FILTER ({and_(f.where or '', or_(*(g.where or '' for g in others)))})"
        for f, others in pairs
    ]
    with (
        connect(sides.production.path, read_only=True) as con,
        refusals("to compare the rows of findings"),
    ):
        for name, path in sides.attached.items():
            con.execute(f"ATTACH IF NOT EXISTS {literal(path)} AS {ident(name)} (READ_ONLY)")
        row = con.execute(f"SELECT {', '.join(counted)} FROM {ident(TABLE)}").fetchone() or ()
    return {f.id: int(n) for (f, _), n in zip(pairs, row, strict=True)}
