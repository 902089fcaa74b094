"""`dataready profile`: what is wrong with one table by itself."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dataready.cli.argument import (
    STDOUT,
    Cells,
    Findings,
    JsonFile,
    Key,
    names,
    source,
    table_name,
    whole,
    writable,
    write_json,
)
from dataready.cli.console import errors, output, steps, value

if TYPE_CHECKING:
    from rich.table import Table

    from dataready.pipeline.compare import Inspection

__all__ = ["profile"]


def profile(
    data: Annotated[str, typer.Argument(help="A file, a folder, a glob or a DuckDB file.")],
    *,
    key: Key = None,
    name: Annotated[
        str | None, typer.Option(help="What to call the table; else its file's name.")
    ] = None,
    json_file: JsonFile = None,
    findings: Findings = None,
    cells: Cells = None,
    explain: Annotated[
        bool,
        typer.Option("--explain", help="Say how it would be profiled, with the SQL, and stop."),
    ] = False,
) -> None:
    """Look at one table and say what is wrong with it, without a pilot.

    There is no verdict: without a pilot nobody knows what the table should be like.

    Example: dataready profile orders.parquet --key order_id --json -

    Exit codes: 0 it was read, whatever was found; 2 arguments wrong, 3 it cannot be read,
    1 a bug.
    """
    from dataready.cli.summary import findings_table
    from dataready.pipeline.compare import inspect

    if explain:
        _explain(data, name or table_name(data))
        return
    writable((json_file, findings, cells))
    keys = names(key)
    with steps() as say:
        looked = inspect(
            name or table_name(data),
            source(data),
            base=Path.cwd(),
            key=keys,
            roles=dict.fromkeys(keys, "key"),
            progress=say,
        )
        with looked as inspection:
            say("writing the results")
            plain = document(inspection)
            if findings is not None:
                with whole(findings) as path:
                    inspection.write_findings(path)
            if cells is not None:
                with whole(cells) as path:
                    inspection.write_cells(path)
            if json_file is not None:
                write_json(json_file, plain)
    console = errors() if json_file == STDOUT else output()
    rows, columns = plain["rows"], len(plain["columns"])
    console.print(value(f"{plain['table']}: {rows:,} rows, {columns:,} columns", 200, style="bold"))
    console.print(_columns(plain["columns"]))
    console.print(findings_table(inspection.findings))


def _explain(data: str, name: str) -> None:
    """Print what a first look shows, and the statements that a profile would run."""
    from rich.table import Table

    from dataready.pipeline.compare import explained

    with steps() as say:
        say("looking")
        found = explained(name, source(data), base=Path.cwd())
    table = Table("column", "type", "different cells, about", "read from", box=None)
    for column, type_, different, tallied in found.columns:
        where = "a tally of its cells" if tallied else "its rows"
        table.add_row(value(column, 60), value(type_, 40), f"{different:,}", where)
    console = output()
    console.print(value(f"{name}: {found.rows:,} rows", 200, style="bold"))
    console.print(table)
    for sql in found.sql:
        typer.echo(f"\n{sql};")


def document(inspection: Inspection) -> dict[str, Any]:
    """Answer everything that is known of the table, as plain JSON types."""
    from pydantic import TypeAdapter

    from dataready.model import Finding
    from dataready.pipeline.assess import summary
    from dataready.readiness.assessment import SCHEMA_VERSION, round_numbers

    seen, manifest = inspection.measured.production, inspection.extract.manifest
    columns = []
    for plan in inspection.measured.plan:
        states = seen[plan.name]
        known = {"name": plan.name, "type": states.type, "kind": plan.kind, "role": plan.role}
        side = summary(states)
        columns.append(
            known | {"personal": plan.personal, "missing_share": side.missing_share} | asdict(side)
        )
    adapter = TypeAdapter(Finding)
    plain: dict[str, Any] = round_numbers(
        {
            "schema_version": SCHEMA_VERSION,
            "table": manifest.dataset,
            "rows": seen.rows,
            "columns": columns,
            "findings": [
                adapter.dump_python(f, mode="json") | {"id": f.id} for f in inspection.findings
            ],
            "provenance": asdict(manifest),
        }
    )
    return plain


def _columns(columns: list[dict[str, Any]]) -> Table:
    from rich.table import Table

    from dataready.report.number import count, percent

    table = Table()
    table.add_column("column", overflow="fold")
    for title in ("kind", "role"):
        table.add_column(title)
    for title in ("missing", "distinct"):
        table.add_column(title, justify="right")
    table.add_column("from", overflow="fold")
    table.add_column("to", overflow="fold")
    for column in columns:
        table.add_row(
            value(column["name"], 40),
            column["kind"],
            column["role"],
            percent(column["missing_share"]),
            count(column["distinct"]),
            value(column["minimum"] or "", 24),
            value(column["maximum"] or "", 24),
        )
    return table
