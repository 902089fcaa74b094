"""`dataready expectations`: suites learnt from the pilot, decided on by people."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dataready.cli.argument import SETTINGS, Settings
from dataready.cli.console import say, steps
from dataready.cli.failure import Command
from dataready.errors import ConfigError

if TYPE_CHECKING:
    from dataready.config import Config
    from dataready.expectations.rules import Rule
    from dataready.expectations.suite_file import Decision, Entry

__all__ = ["expectations"]

expectations = typer.Typer(
    name="expectations",
    help="Learn what data must keep, and decide on it.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)
Name = Annotated[str, typer.Argument(help="A dataset of the settings.", metavar="DATASET")]


@expectations.callback()
def _expectations() -> None:
    """Learn what data must keep, and decide on it."""


@expectations.command(cls=Command)
def learn(dataset: Name, settings: Settings = SETTINGS) -> None:
    """Propose what a dataset's pilot promises, as a suite that people read and decide on.

    Each rule is learnt from most of the pilot's rows and proven on the rest. A suite that is
    there gets what is new; what people decided or changed in it is never touched, and where
    the pilot now teaches otherwise, both are printed.

    Example: dataready expectations learn orders

    Exit codes: 0 done, 2 settings or suite wrong, 3 the pilot cannot be read, 1 a bug.
    """
    from dataready.pipeline.expect import export_suite, learn_suite

    config = _config(settings, dataset)
    with steps() as doing:
        doing(f"{dataset}: learning from the pilot")
        learnt = learn_suite(config, dataset)
    for rule in learnt.added:
        say(f"+ {_line(rule)}")
    for mine, theirs in learnt.differing:
        say(f"~ {_line(mine)}; the pilot now teaches: {theirs.wording}")
    if learnt.remark:
        say(learnt.remark)
    for rule in learnt.untaught:
        say(f"- {_line(rule)}; the pilot does not teach it")
    for path in (learnt.path, *export_suite(config, dataset, learnt.path.parent)):
        say(str(path))
    if config.datasets[dataset].suites.rules is None:
        path = learnt.path.resolve()
        named = path.relative_to(config.base) if path.is_relative_to(config.base) else path
        say(f"To run it, name it in the settings: suites: {{rules: {named}}}")


@expectations.command(cls=Command)
def review(
    dataset: Name,
    settings: Settings = SETTINGS,
    *,
    accept: Annotated[
        list[str] | None, typer.Option(help="Accept this rule, or `all` proposed.", metavar="RULE")
    ] = None,
    reject: Annotated[
        list[str] | None, typer.Option(help="Reject this rule; it is run no more.", metavar="RULE")
    ] = None,
    why: Annotated[str, typer.Option(help="The reason, kept with the decision.")] = "",
    by: Annotated[str, typer.Option(help="Who decides; else the user of this machine.")] = "",
    page: Annotated[
        Path | None, typer.Option(help="Write the suite as an HTML page.", metavar="FILE")
    ] = None,
) -> None:
    """Decide on proposed rules: accepted, changed or rejected, with who, when and why.

    Without --accept, --reject and --page each proposed rule is shown and asked about.

    Example: dataready expectations review orders --accept "range(order_value)" --why "as agreed"

    Exit codes: 0 done, 2 settings or suite wrong, no such rule, 1 a bug.
    """
    from dataready.expectations.suite_file import decide, read_suite
    from dataready.pipeline.expect import suite_path

    config = _config(settings, dataset)
    path, at = suite_path(config, dataset), datetime.now(UTC).date().isoformat()
    who = by or getpass.getuser()
    proposed = [e for e in read_suite(path).entries if e.decision == "proposed"]
    decided: dict[Decision, list[str]] = {
        "accepted": _wanted(accept, proposed),
        "rejected": _wanted(reject, proposed),
    }
    if accept is None and reject is None and page is None:
        for entry in proposed:
            decision, reason = _asked(entry)
            if decision is None:
                break
            if decision != "proposed":
                decide(path, [entry.rule.id], decision, by=who, at=at, why=reason)
    for decision, ids in decided.items():
        decide(path, ids, decision, by=who, at=at, why=why)
    suite = read_suite(path)
    if page is not None:
        from dataready.cli.argument import whole
        from dataready.report.review import render_review

        with whole(page) as partial:
            partial.write_text(render_review(suite), encoding="utf-8")
        say(str(page))
    counts = {d: sum(e.decision == d for e in suite.entries) for d in _DECISIONS}
    say(", ".join(f"{n} {decision}" for decision, n in counts.items()))


_DECISIONS = ("accepted", "changed", "rejected", "proposed")


@expectations.command(cls=Command)
def questions(
    dataset: Name,
    settings: Settings = SETTINGS,
    *,
    out: Annotated[Path, typer.Option(help="Where the questions go.", metavar="FILE")],
) -> None:
    """Write a YAML file of questions for those who know the data: one block a column.

    Meaning, unit, allowed values and owner; `answer` reads the file back.

    Example: dataready expectations questions orders --out questions.yaml

    Exit codes: 0 done, 2 settings or suite wrong, 1 a bug.
    """
    from dataready.cli.argument import whole
    from dataready.expectations.dictionary import write_questions
    from dataready.expectations.suite_file import read_suite
    from dataready.pipeline.expect import suite_path

    suite = read_suite(suite_path(_config(settings, dataset), dataset))
    with whole(out) as partial:
        write_questions(suite, partial)
    say(str(out))


@expectations.command(cls=Command)
def answer(
    dataset: Name,
    answers: Annotated[Path, typer.Argument(help="The file of questions, filled in.")],
    settings: Settings = SETTINGS,
    *,
    by: Annotated[str, typer.Option(help="Who answered; else the user of this machine.")] = "",
) -> None:
    """Keep the answers as the suite's data dictionary; allowed values become rules.

    Example: dataready expectations answer orders questions.yaml --by "Ada"

    Exit codes: 0 done, 2 settings, suite or answers wrong, 1 a bug.
    """
    from dataready.expectations.dictionary import keep_answers
    from dataready.pipeline.expect import suite_path

    path = suite_path(_config(settings, dataset), dataset)
    at = datetime.now(UTC).date().isoformat()
    for line in keep_answers(path, answers, by=by or getpass.getuser(), at=at):
        say(line)


@expectations.command(name="export", cls=Command)
def export_formats(
    dataset: Name,
    settings: Settings = SETTINGS,
    *,
    out: Annotated[Path, typer.Option(help="The folder they go to.", metavar="FOLDER")],
) -> None:
    """Write the suite for pandera, for Great Expectations, and as an open data contract.

    Files that are there are left as they are.

    Example: dataready expectations export orders --out suites

    Exit codes: 0 done, 2 settings or suite wrong, 1 a bug.
    """
    from dataready.pipeline.expect import export_suite

    for path in export_suite(_config(settings, dataset), dataset, out):
        say(str(path))


@expectations.command(name="import", cls=Command)
def import_contract(
    dataset: Name,
    contract: Annotated[Path, typer.Argument(help="A data contract (ODCS, version 3).")],
    settings: Settings = SETTINGS,
    *,
    table: Annotated[str | None, typer.Option(help="Which of its tables.")] = None,
) -> None:
    """Propose what a data contract demands, beside what the suite holds already.

    Example: dataready expectations import orders orders.odcs.yaml

    Exit codes: 0 done, 2 settings, suite or contract wrong, 1 a bug.
    """
    from dataready.expectations.contract import read_contract
    from dataready.expectations.proposal import Proposal
    from dataready.expectations.suite_file import write_suite
    from dataready.pipeline.expect import suite_path

    path = suite_path(_config(settings, dataset), dataset)
    proposals = [Proposal(rule) for rule in read_contract(contract, table)]
    for one in write_suite(path, dataset, proposals, ()):
        say(f"+ {one}")
    say(str(path))


@expectations.command(cls=Command)
def quarantine(
    dataset: Name,
    run: Annotated[str | None, typer.Argument(help="A run's id; the latest if not given.")] = None,
    settings: Settings = SETTINGS,
    *,
    out: Annotated[Path, typer.Option(help="Where the SQL goes.", metavar="FILE")],
) -> None:
    """Write SQL that makes views of the rows that broke an expectation, and of the others.

    Nothing is copied: the views read what the run found and pulled. They are `quarantine`,
    `clean`, and `together`, the expectations that the same rows break.

    Example: dataready expectations quarantine orders --out quarantine.sql

    Exit codes: 0 done, 2 arguments wrong or no such run, 3 the extract is gone, 1 a bug.
    """
    from dataready.cli.argument import whole
    from dataready.cli.report import chosen_run
    from dataready.pipeline.quarantine import quarantine_sql

    config = _config(settings, dataset)
    folder = chosen_run(config.resolve(config.runs), run)
    with whole(out) as partial:
        partial.write_text(quarantine_sql(config, folder, dataset), encoding="utf-8")
    say(str(out))


def _config(settings: Path, dataset: str) -> Config:
    from dataready.config import load_config
    from dataready.pipeline.extracts import check_datasets

    config = load_config(settings)
    check_datasets(config, (dataset,))
    return config


def _line(rule: Rule) -> str:
    return f"{rule.id}: {rule.wording}"


def _wanted(given: list[str] | None, proposed: list[Entry]) -> list[str]:
    if given == ["all"]:
        return [e.rule.id for e in proposed]
    return given or []


def _asked(entry: Entry) -> tuple[Decision | None, str]:
    """Ask about one rule; None ends the questions."""
    rule = entry.rule
    say(f"\n{_line(rule)}\n  {rule.evidence or rule.limit_origin}")
    if entry.held_out:
        say(f"  held out: {entry.held_out}")
    known: dict[str, Decision | None] = {"a": "accepted", "r": "rejected", "s": "proposed"}
    told = typer.prompt("accept (a), reject (r), skip (s) or quit (q)", default="s").strip().lower()
    if told[:1] not in {*known, "q"}:
        msg = f"'{told}' is no answer. Type a, r, s or q."
        raise ConfigError(msg)
    decision = known.get(told[:1])
    reason = typer.prompt("why", default="") if decision in {"accepted", "rejected"} else ""
    return decision, reason
