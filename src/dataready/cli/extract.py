"""`dataready extract`: pull and prove the tables of a project, and do no more."""

from __future__ import annotations

import json
from time import monotonic
from typing import TYPE_CHECKING, Annotated

import typer

from dataready.cli.argument import SETTINGS, Settings
from dataready.cli.console import say, steps
from dataready.report.text import clip

if TYPE_CHECKING:
    from dataready.extract.manifest import Extract

__all__ = ["extract"]


def extract(
    settings: Settings = SETTINGS,
    dataset: Annotated[
        list[str] | None, typer.Option(help="Only this dataset; repeat it.", metavar="NAME")
    ] = None,
    *,
    side: Annotated[
        str | None, typer.Option(help="Only `pilot` or `production`.", metavar="SIDE")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the manifests as JSON instead of lines.")
    ] = False,
) -> None:
    """Pull the tables of a project into its warehouse, proven, without judging them.

    All tables of one server are read in one state. Each line names an extract: one DuckDB
    file with the table `data`, and its manifest beside it.

    Example: dataready extract --dataset orders --side production

    Exit codes: 0 all is there and proven, 2 settings or arguments wrong, 3 a source or the
    warehouse failed, or what landed is not what the source holds; 1 a bug.
    """
    from dataready.config import load_config
    from dataready.pipeline.extracts import extract_project

    config = load_config(settings)
    began = monotonic()
    with steps() as doing:
        found = extract_project(
            config,
            only=tuple(dataset or ()),
            side=side,
            step=lambda name, what: doing(f"{name}: {what}"),
        )
    if as_json:
        say(json.dumps([json.loads(e.manifest.to_json()) for e in found], indent=2))
        return
    for each in found:
        _tell(each)
    rows = sum(e.manifest.rows for e in found)
    say(f"{rows:,} rows in {monotonic() - began:,.1f} s")


def _tell(extract: Extract) -> None:
    """Print what was pulled, how it was proven, and where it is."""
    m = extract.manifest
    scope = f", only where {clip(m.scope)}" if m.scope else ""
    say(f"{clip(m.dataset)} {m.side}: {m.rows:,} rows of {clip(m.source)}{scope}")
    for sentence in (*m.reconciliation, *m.notes):
        say(f"  {clip(sentence, 300)}")
    for d in m.degraded:
        say(f"  '{clip(d.column)}' lands as text ({clip(d.type)}, {d.values:,} values): {d.reason}")
    say(f"  {extract.path}")
