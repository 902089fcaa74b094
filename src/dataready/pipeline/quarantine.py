"""Rows that broke an expectation, rows that broke none, and which break several together."""

from __future__ import annotations

from pathlib import Path

from dataready.config import Config
from dataready.errors import WarehouseError
from dataready.extract.manifest import Extract
from dataready.model import FILE_COLUMN, ROW_COLUMN, TABLE
from dataready.sql import ident, literal

__all__ = ["quarantine_sql"]

_PRODUCTION = "dataready_production"
_VIEWS = """\
-- Rows of dataset {dataset} in run {run}: `quarantine` broke an expectation, `clean` broke none;
-- `together` counts the rows of each set of expectations that were broken by the same rows.
-- In DuckDB: .read this-file.sql
ATTACH IF NOT EXISTS {extract} AS {production} (READ_ONLY);
CREATE OR REPLACE TEMP VIEW broken AS
SELECT f.id AS {file}, r.row AS {row}, list(DISTINCT g.message ORDER BY g.message) AS expectations
FROM read_parquet({rows}) AS r
JOIN read_parquet({findings}) AS g ON g.id = r.finding AND g.detector = 'expectation'
JOIN (VALUES {files}) AS f(id, name) ON f.name = r.file
GROUP BY ALL;
CREATE OR REPLACE TEMP VIEW quarantine AS
SELECT d.*, b.expectations FROM {production}.{table} AS d JOIN broken AS b USING ({file}, {row});
CREATE OR REPLACE TEMP VIEW clean AS
SELECT d.* FROM {production}.{table} AS d ANTI JOIN broken AS b USING ({file}, {row});
CREATE OR REPLACE TEMP VIEW together AS
SELECT expectations, count(*) AS rows FROM broken GROUP BY ALL ORDER BY rows DESC, expectations;
"""


def quarantine_sql(config: Config, run: Path, dataset: str) -> str:
    """Write the SQL that makes the views, over what a run found and pulled.

    Args:
        config: The settings.
        run: The run's folder.
        dataset: The dataset's name.

    Raises:
        WarehouseError: The run did not judge the dataset, or its extract has been removed.
    """
    folder = run / "datasets" / dataset
    extract = config.resolve(config.warehouse) / dataset / "production" / f"{run.name}.duckdb"
    if not (folder / "rows.parquet").is_file():
        msg = f"The run '{run.name}' did not judge '{dataset}'. Name a dataset that it did."
        raise WarehouseError(msg)
    if not extract.is_file():
        msg = (
            f"The extract of '{dataset}' in the run '{run.name}' is no longer kept. Name a later "
            "run, or keep more extracts ('keep_runs')."
        )
        raise WarehouseError(msg)
    files = [f.name for f in Extract.open(extract).manifest.files]
    listed = ", ".join(f"({k}, {literal(name)})" for k, name in enumerate(files))
    return _VIEWS.format(
        # In comments: nothing in a name may end the line.
        dataset=ascii(dataset),
        run=ascii(run.name),
        extract=literal(str(extract.resolve())),
        production=ident(_PRODUCTION),
        table=ident(TABLE),
        file=ident(FILE_COLUMN),
        row=ident(ROW_COLUMN),
        rows=literal(str((folder / "rows.parquet").resolve())),
        findings=literal(str((folder / "findings.parquet").resolve())),
        files=listed or "(NULL, NULL)",
    )
