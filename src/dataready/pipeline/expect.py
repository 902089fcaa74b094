"""What a pilot's rows teach: its profile, read as a run reads it, and rules proven on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from operator import attrgetter
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from dataready.config import Config, Dataset
from dataready.detect.disguised import propose as disguises_of
from dataready.detect.disguised import read_as_missing
from dataready.errors import SourceError
from dataready.expectations.contract import write_contract
from dataready.expectations.gx_suite import write_gx
from dataready.expectations.learn import Declared, learn_rows, propose
from dataready.expectations.pandera_module import write_pandera
from dataready.expectations.period import LEAST_NIGHTS
from dataready.expectations.predicate import Reader, attachments
from dataready.expectations.proposal import Proposal
from dataready.expectations.rules import Rule
from dataready.expectations.suite_file import read_suite, write_suite
from dataready.extract.manifest import Extract
from dataready.extract.pull import pull
from dataready.pipeline.measure import bare_plan
from dataready.pipeline.nights import nights_of, of_past
from dataready.pipeline.reference import found_references, referred
from dataready.profile.plan import Plan
from dataready.profile.planning import full_plan
from dataready.profile.profile import Profile, take
from dataready.warehouse.connection import connect, refusals

__all__ = [
    "Learnt",
    "Taught",
    "export_suite",
    "learn_suite",
    "pilot_plan",
    "pilot_rules",
    "suite_path",
    "teach",
]


@dataclass(frozen=True, slots=True)
class Taught:
    """A pilot's profile, its key, and the rules proposed."""

    pilot: Profile
    key: tuple[str, ...]
    proposals: tuple[Proposal, ...]


def teach(
    name: str,
    dataset: Dataset,
    pilot: Extract,
    others: Mapping[str, Extract] | None = None,
    past: Callable[[duckdb.DuckDBPyConnection, Reader], list[Proposal]] | None = None,
) -> Taught:
    """Learn from a pilot what holds on rows that took no part in learning it.

    Args:
        name: The dataset's.
        dataset: Its settings.
        pilot: The pilot's extract.
        others: The pilots that its references lead to, or may lead to, by dataset.
        past: Proposes what the runs before teach, by the pilot's connection and reader.

    Raises:
        WarehouseError: DuckDB refused.
    """
    with connect(pilot.path, read_only=True) as con, refusals(f"to learn from '{name}'"):
        plan, key = pilot_plan(con, dataset, pilot)
        profile = take(
            con, full_plan(con, take(con, plan, pilot.manifest.schema)), pilot.manifest.schema
        )
        found = found_references(con, name, dataset, profile, others or {})
        declared = Declared(key, dataset.references, dataset.time, found)
        reader = Reader.of(pilot, profile.plan, {}, others)
        for statement in attachments(reader.others):
            con.execute(statement)

        def learnt(table: str) -> tuple[Rule, ...]:
            return pilot_rules(con, name, replace(reader, plan=plan), declared, table)

        proposals = propose(con, learnt, reader) + (past(con, reader) if past else [])
        return Taught(profile, key, tuple(proposals))


def pilot_plan(
    con: duckdb.DuckDBPyConnection, dataset: Dataset, pilot: Extract
) -> tuple[Plan, tuple[str, ...]]:
    """Say how the pilot's cells are read, words for "missing" included, and what its key is."""
    plan, key = bare_plan(con, dataset, pilot)
    look = take(con, plan, pilot.manifest.schema)
    words = tuple(d for d in disguises_of(con, look) if d.word is not None)
    return read_as_missing(plan, words), key


def pilot_rules(
    con: duckdb.DuckDBPyConnection, name: str, reader: Reader, declared: Declared, table: str
) -> tuple[Rule, ...]:
    """Learn the rules of some of a pilot's rows: a table or view of its extract."""
    plan, schema = reader.plan, reader.schema
    full = full_plan(con, take(con, plan, schema, table=table), table=table)
    profile = take(con, full, schema, table=table)
    own = replace(reader, plan=full)
    return learn_rows(con, profile, reader=own, dataset=name, declared=declared, table=table)


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """What learning did to a suite's file: which rules it got, and where people's differ.

    `remark` says why no rule on the number of rows is proposed, where none is.
    """

    path: Path
    added: tuple[Rule, ...]
    differing: tuple[tuple[Rule, Rule], ...] = ()
    untaught: tuple[Rule, ...] = ()
    remark: str = ""


def suite_path(config: Config, dataset: str) -> Path:
    """Answer where a dataset's reviewed suite is, or would be."""
    named = config.datasets[dataset].suites.rules
    return config.resolve(named or f"expectations/{dataset}.rules.yaml")


def learn_suite(config: Config, dataset: str) -> Learnt:
    """Learn a dataset's suite from its pilot, beside what people have decided before.

    A rule that is in the file is never touched, rejected ones included; what the pilot
    teaches now is answered beside it.

    Raises:
        SourceError: The pilot cannot be read.
        ExpectationError: The suite that is there cannot be understood; it stays as it is.
        WarehouseError: DuckDB refused.
    """
    path, settings = suite_path(config, dataset), config.datasets[dataset]
    before = {e.rule.id: e.rule for e in read_suite(path).entries} if path.is_file() else {}
    with TemporaryDirectory(prefix="dataready-") as temp:
        nights = nights_of(config, dataset)
        taught = teach(
            dataset,
            settings,
            _pilot(config, dataset, Path(temp)),
            _neighbours(config, dataset, Path(temp)),
            lambda con, reader: of_past(config, dataset, con, reader, nights),
        )
    proposed = {p.rule.id: p.rule for p in taught.proposals}
    write_suite(path, dataset, taught.proposals, [c.plan.name for c in taught.pilot])
    demand = attrgetter("wording", "values", "severity")
    return Learnt(
        path=path,
        added=tuple(rule for one, rule in proposed.items() if one not in before),
        differing=tuple(
            (rule, proposed[one])
            for one, rule in before.items()
            if one in proposed and demand(rule) != demand(proposed[one])
        ),
        untaught=tuple(rule for one, rule in before.items() if one not in proposed),
        remark="" if "rows()" in proposed else _no_volume(len(nights)),
    )


def _pilot(config: Config, name: str, folder: Path) -> Extract:
    place = f"pilot-{list(config.datasets).index(name)}"
    source = config.datasets[name].pilot
    return pull(source, dataset=name, side="pilot", folder=folder, name=place, base=config.base)


def _neighbours(config: Config, dataset: str, folder: Path) -> dict[str, Extract]:
    """Pull the pilots of all other datasets: any of them may be referred to.

    Raises:
        SourceError: One that the settings or the suite refer to cannot be read.
    """
    needed, found = referred(config, dataset), {}
    for name in config.datasets:
        if name == dataset:
            continue
        try:
            found[name] = _pilot(config, name, folder)
        except SourceError:
            if name in needed:
                raise
    return found


def _no_volume(nights: int) -> str:
    few = f"{nights} of {LEAST_NIGHTS} nights are known, and a pilot may be any part of its table"
    why = few if nights < LEAST_NIGHTS else f"the {nights} nights before differ too much"
    return f"No rule on the number of rows: {why}."


def export_suite(config: Config, dataset: str, folder: Path) -> tuple[Path, ...]:
    """Write the reviewed suite for pandera, Great Expectations and as a data contract.

    A file that is there is left as it is: people edit them.

    Returns:
        The files written now.

    Raises:
        ExpectationError: The suite cannot be read.
    """
    suite = read_suite(suite_path(config, dataset))
    writers: dict[str, Callable[[Path], None]] = {
        f"{dataset}_suite.py": lambda path: write_pandera(suite.active, path),
        f"{dataset}_suite.json": lambda path: write_gx(suite.active, path),
        f"{dataset}.odcs.yaml": lambda path: write_contract(suite, path),
    }
    folder.mkdir(parents=True, exist_ok=True)
    missing = [folder / name for name in writers if not (folder / name).exists()]
    for path in missing:
        writers[path.name](path)
    return tuple(missing)
