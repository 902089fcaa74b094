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
    TrustModel,
    dataset,
    names,
    pairs,
    readable,
    supposed,
    table_name,
    whole,
    writable,
    write_json,
)
from dataready.cli.console import errors, output, steps

if TYPE_CHECKING:
    from dataready.config import Dataset
    from dataready.pipeline.compare import Comparison

__all__ = ["compare"]

Pilot = Annotated[str, typer.Argument(help="The pilot: a file, a folder, a glob or a DuckDB file.")]
Production = Annotated[str, typer.Argument(help="Production, likewise; read in full.")]
Html = Annotated[
    Path | None, typer.Option(help="Write the report as one HTML page.", metavar="FILE")
]
MetricName = Annotated[
    str | None,
    typer.Option(
        "--metric",
        help="What the model's loss is told in: auc, accuracy, f1, mae or rmse.",
        metavar="NAME",
    ),
]
ModelFile = Annotated[
    Path | None,
    typer.Option("--model", help="The pilot's own model, a file of joblib.", metavar="FILE"),
]
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

Segments = Annotated[
    list[str] | None,
    typer.Option(
        "--segment", help="Judge each group of this column by itself; repeat it.", metavar="COLUMN"
    ),
]


WhatIfs = Annotated[
    list[str] | None,
    typer.Option(
        "--what-if",
        help="Also say what would be if: `fix COLUMN`, `lose COLUMN 10%`. Several, together.",
        metavar="TEXT",
    ),
]


def compare(
    pilot: Pilot,
    production: Production,
    *,
    target: Target = None,
    metric: MetricName = None,
    model: ModelFile = None,
    trust_model: TrustModel = False,
    key: Key = None,
    time: Time = None,
    name: Name = None,
    mapping: Mapping = None,
    accept_renames: Accept = False,
    personal: Personal = None,
    segments: Segments = None,
    asked: WhatIfs = None,
    json_file: JsonFile = None,
    html: Html = None,
    findings: Findings = None,
    cells: Cells = None,
) -> None:
    """Compare a pilot with production and say whether it is ready.

    Both are read in full; nothing is kept but the files you ask for.

    Example: dataready compare pilot.csv production/ --target late --html report.html

    Exit codes: 0 go, 10 conditional, 11 no-go, 12 not enough evidence; 2 arguments wrong,
    3 a source cannot be read, 1 a bug.
    """
    files = (json_file, html, findings, cells)
    writable(files)
    readable(model)
    supposed(asked)
    settings = dataset(
        pilot,
        production,
        target=target,
        key=names(key),
        time=time,
        mapping=pairs(mapping),
        personal=names(personal),
        segments=names(segments),
        metric=metric,
        model=model and {"path": str(model)},
    )
    called = name or table_name(production)
    how = {"accept_renames": accept_renames, "trust_model": trust_model}
    compared = _compared(called, settings, files, **how)
    from dataready.cli.summary import show, show_what_if
    from dataready.readiness.what_if import what_if

    console = errors() if json_file == STDOUT else output()
    show(compared.assessment, console)
    if asked:
        show_what_if(what_if(compared.case, asked), console)
    raise typer.Exit(compared.assessment.decided.exit_code)


def _compared(
    called: str, settings: Dataset, files: tuple[Path | None, ...], **how: bool
) -> Comparison:
    """Compare, write the files that are wanted, and answer what was found."""
    from dataready.config import Policy
    from dataready.pipeline import compare as pipeline

    with (
        steps() as say,
        pipeline.compare(
            called, settings, Policy(), base=Path.cwd(), progress=say, **how
        ) as compared,
    ):
        say("writing the results")
        _write(compared, *files)
        return compared


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
