"""`dataready compare`: two sources, one verdict, no settings file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dataready.cli.argument import (
    STDOUT,
    Cells,
    Findings,
    JsonFile,
    Key,
    dataset,
    names,
    pairs,
    table_name,
    whole,
    writable,
    write_json,
)
from dataready.cli.console import errors, output, steps

if TYPE_CHECKING:
    from dataready.pipeline.compare import Comparison

__all__ = ["compare"]

Mapping = Annotated[
    list[str] | None,
    typer.Option("--map", help="A column's new name; repeat it.", metavar="PILOT=PRODUCTION"),
]
Target = Annotated[
    str | None, typer.Option(help="The column that the model predicts.", metavar="COLUMN")
]
Time = Annotated[str | None, typer.Option(help="The column that says when.", metavar="COLUMN")]
Name = Annotated[str | None, typer.Option(help="What to call the table; else its file's name.")]
Accept = Annotated[
    bool,
    typer.Option("--accept-renames", help="Take all renames that are found as accepted."),
]
Personal = Annotated[
    list[str] | None,
    typer.Option(help="Columns none of whose values is shown.", metavar="COLUMNS"),
]


def compare(
    pilot: Annotated[
        str, typer.Argument(help="The pilot: a file, a folder, a glob or a DuckDB file.")
    ],
    production: Annotated[str, typer.Argument(help="Production, likewise; read in full.")],
    *,
    target: Target = None,
    key: Key = None,
    time: Time = None,
    name: Name = None,
    mapping: Mapping = None,
    accept_renames: Accept = False,
    personal: Personal = None,
    json_file: JsonFile = None,
    html: Annotated[
        Path | None, typer.Option(help="Write the report as one HTML page.", metavar="FILE")
    ] = None,
    findings: Findings = None,
    cells: Cells = None,
) -> None:
    """Compare a pilot with production and say whether it is ready.

    Both are read in full; nothing is kept but the files you ask for.

    Example: dataready compare pilot.csv production/ --target late --html report.html

    Exit codes: 0 go, 10 conditional, 11 no-go, 12 not enough evidence; 2 arguments wrong,
    3 a source cannot be read, 1 a bug.
    """
    from dataready.cli.summary import show
    from dataready.config import Policy
    from dataready.pipeline import compare as pipeline

    writable((json_file, html, findings, cells))
    settings = dataset(
        pilot,
        production,
        target=target,
        key=names(key),
        time=time,
        mapping=pairs(mapping),
        personal=names(personal),
    )
    called = name or table_name(production)
    with (
        steps() as say,
        pipeline.compare(
            called,
            settings,
            Policy(),
            base=Path.cwd(),
            accept_renames=accept_renames,
            progress=say,
        ) as compared,
    ):
        say("writing the results")
        _write(compared, json_file, html, findings, cells)
        assessment = compared.assessment
    show(assessment, errors() if json_file == STDOUT else output())
    raise typer.Exit(assessment.verdict.exit_code)


def _write(
    compared: Comparison,
    json_file: Path | None,
    html: Path | None,
    findings: Path | None,
    cells: Path | None,
) -> None:
    if findings is not None:
        with whole(findings) as path:
            compared.write_findings(path)
    if cells is not None:
        with whole(cells) as path:
            compared.write_cells(path)
    if html is not None:
        with whole(html) as path:
            path.write_text(_page(compared), encoding="utf-8")
    if json_file is not None:
        write_json(json_file, compared.assessment.to_dict())


def _page(compared: Comparison) -> str:
    """Render the report of a single dataset."""
    from datetime import datetime
    from importlib.metadata import version

    from dataready.report.data import ReportData
    from dataready.report.html import render_html
    from dataready.warehouse.run_folder import new_run_id

    assessment, clock = compared.assessment, compared.production.manifest.clock
    return render_html(
        ReportData(
            project=assessment.dataset,
            run_id=new_run_id(datetime.fromisoformat(clock)),
            clock=clock,
            version=version("dataready"),
            datasets=(assessment,),
        )
    )
