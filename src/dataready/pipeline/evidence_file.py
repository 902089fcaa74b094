"""Findings, the rows behind them and the cells judged wrong, as Parquet files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from dataready.errors import WarehouseError
from dataready.extract.manifest import Extract
from dataready.model import FILE_COLUMN, ROW_COLUMN, TABLE, Finding
from dataready.sql import ident, literal
from dataready.warehouse.connection import connect, refusals

__all__ = ["write_cells", "write_findings", "write_rows"]

_FILES = "dataready_files"


def write_findings(path: Path, findings: Iterable[Finding]) -> None:
    """Write one row a finding.

    Raises:
        WarehouseError: The file cannot be written.
    """
    text, number = pa.string(), pa.float64()
    fields: dict[str, pa.DataType] = {
        "id": text,
        "table": text,
        "column": text,
        "dimension": text,
        "detector": text,
        "severity": text,
        "message": text,
        "rows_affected": pa.int64(),
        "measured": number,
        "limit": number,
        "limit_origin": text,
        "points": number,
        "owner": text,
        "fix": text,
        "where": text,
        "sql": text,
        "examples": pa.list_(text),
        "error": text,
    }
    listed = list(findings)
    columns = {
        name: pa.array([_plain(getattr(f, name)) for f in listed], type_)
        for name, type_ in fields.items()
    }
    with _explained(path):
        pq.write_table(pa.table(columns), path)
        path.chmod(0o600)


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def write_rows(
    path: Path,
    extract: Extract,
    findings: Iterable[Finding],
    attached: Mapping[str, str] | None = None,
) -> None:
    """Write every row of every finding: (finding, file, row), all of them.

    Args:
        path: A Parquet file, replaced if it is there.
        extract: Production's.
        findings: Those that have a predicate.
        attached: Name -> path of other extracts that predicates speak of.

    Raises:
        WarehouseError: DuckDB refused, or the file cannot be written.
    """
    selects = [
        f"SELECT {literal(f.id)} AS finding, {ident(FILE_COLUMN)}, {ident(ROW_COLUMN)}\n"
        f"FROM {ident(TABLE)} WHERE {f.where}"
        for f in findings
        if f.where is not None
    ]
    empty = f"SELECT '' AS finding, 0 AS {ident(FILE_COLUMN)}, 0 AS {ident(ROW_COLUMN)} LIMIT 0"
    sql = (
        f"SELECT r.finding, f.name AS file, r.{ident(ROW_COLUMN)} AS row\n"
        f"FROM ({_union(selects, empty)}) AS r JOIN {_FILES} AS f ON f.id = r.{ident(FILE_COLUMN)}"
    )
    _copy(path, extract, sql, attached or {})


def write_cells(
    path: Path,
    extract: Extract,
    findings: Iterable[Finding],
    names: Mapping[str, str],
    attached: Mapping[str, str] | None = None,
) -> None:
    """Write every cell judged wrong: (table, file, row, column, detector, reason).

    Args:
        path: A Parquet file, replaced if it is there.
        extract: Production's.
        findings: Those that say `cells` name a column and have a predicate.
        names: Pilot column -> production's, where they differ.
        attached: Name -> path of other extracts that predicates speak of.

    Raises:
        WarehouseError: DuckDB refused, or the file cannot be written.
    """
    selects = [
        f'SELECT {literal(f.table)} AS "table", {ident(FILE_COLUMN)}, {ident(ROW_COLUMN)},\n'
        f'  {literal(names.get(f.column, f.column))} AS "column",'
        f" {literal(f.detector)} AS detector, {literal(f.message)} AS reason\n"
        f"FROM {ident(TABLE)} WHERE {f.where}"
        for f in findings
        if f.cells and f.where is not None and f.column is not None
    ]
    empty = (
        f"SELECT '' AS \"table\", 0 AS {ident(FILE_COLUMN)}, 0 AS {ident(ROW_COLUMN)},\n"
        "'' AS \"column\", '' AS detector, '' AS reason LIMIT 0"
    )
    sql = (
        f'SELECT c."table", f.name AS file, c.{ident(ROW_COLUMN)} AS row, c."column",\n'
        f"  c.detector, c.reason\nFROM ({_union(selects, empty)}) AS c\n"
        f"JOIN {_FILES} AS f ON f.id = c.{ident(FILE_COLUMN)}"
    )
    _copy(path, extract, sql, attached or {})


def _union(selects: Sequence[str], empty: str) -> str:
    return "\nUNION ALL\n".join(f"({s})" for s in (*selects, empty))


def _copy(path: Path, extract: Extract, sql: str, attached: Mapping[str, str]) -> None:
    names = [f.name for f in extract.manifest.files]
    files = pa.table({"id": pa.array(range(len(names)), pa.int32()), "name": pa.array(names)})
    with connect(extract.path, read_only=True) as con, refusals("to write the evidence"):
        con.register(_FILES, files)
        for name, other in attached.items():
            con.execute(f"ATTACH IF NOT EXISTS {literal(other)} AS {ident(name)} (READ_ONLY)")
        with _explained(path):
            con.execute(f"COPY ({sql}) TO {literal(str(path))} (FORMAT parquet)")
            path.chmod(0o600)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Say which file cannot be written; the system's own words are not passed on."""
    if not path.parent.is_dir():
        msg = f"There is no folder '{path.parent}' to write '{path.name}' in. Make it first."
        raise WarehouseError(msg)
    try:
        yield
    except (OSError, duckdb.IOException):
        msg = f"The file '{path}' cannot be written. Check the folder's space and rights."
        raise WarehouseError(msg) from None
