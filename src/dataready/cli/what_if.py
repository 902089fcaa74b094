"""`dataready what-if`: ask a completed run what would be if a gap were mended, or grew."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from dataready.cli.argument import SETTINGS, Settings
from dataready.cli.console import output, say
from dataready.cli.report import chosen_run
from dataready.errors import ConfigError

__all__ = ["what_if"]


def what_if(
    run: Annotated[
        str, typer.Argument(help="A run's id or folder, or a settings file for its latest run.")
    ],
    asked: Annotated[
        list[str] | None,
        typer.Argument(help="`fix COLUMN [PART]` or `lose COLUMN SHARE`; several, together."),
    ] = None,
    settings: Settings = SETTINGS,
    *,
    dataset: Annotated[
        str | None, typer.Option(help="Which dataset, where the run has several.", metavar="NAME")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
) -> None:
    """Say what score and verdict would be if gaps were mended, or grew.

    The data are not read again: a run keeps what the answer needs. Parts of a column are
    missing, validity, drift, relations, absent and all; a share is one of the cells there.

    Example: dataready what-if dataready.yaml "fix ship_weight" --dataset orders

    Exit codes: 0 done, 2 arguments wrong or no such run, 3 the run is damaged, 1 a bug.
    """
    from dataready.cli.summary import show_what_if
    from dataready.pipeline.what_if import ask_run
    from dataready.readiness.assessment import round_numbers

    if not asked:
        msg = (
            "Nothing is asked. Name the run (or the settings file) first, then what to suppose: "
            'dataready what-if dataready.yaml "fix COLUMN".'
        )
        raise ConfigError(msg)
    name, answer = ask_run(_folder(run, settings), asked, dataset)
    if as_json:
        told = {when: _plain(getattr(answer, when)) for when in ("before", "after")}
        plain = {"dataset": name, "asked": list(answer.asked), **told}
        say(json.dumps(round_numbers(plain), indent=2, sort_keys=True))
    else:
        show_what_if(answer, output())


def _folder(run: str, settings: Path) -> Path:
    """Find the run: named by its folder, by its id, or as the latest of a settings file."""
    from dataready.config import load_config

    place = Path(run)
    if place.is_dir():
        return place
    config = load_config(place if place.is_file() else settings)
    return chosen_run(config.resolve(config.runs), None if place.is_file() else run)


def _plain(judgement: Any) -> dict[str, Any]:  # noqa: ANN401
    score = judgement.score
    return {
        "verdict": judgement.verdict.value,
        "score": {"value": score.value, "low": score.low, "high": score.high},
        "reasons": list(judgement.reasons),
    }
