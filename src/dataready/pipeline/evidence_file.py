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

__all__ = ["hits_sql", "write_cells", "write_findings", "write_rows"]

_FILES, _ABOUT = "dataready_files", "dataready_about"


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
    listed = [f for f in findings if f.where is not None]
    about = {"finding": [f.id for f in listed]}
    _copy(path, extract, listed, about, ("finding", "file", "row"), attached or {})


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
    listed = [f for f in findings if f.cells and f.where is not None and f.column is not None]
    about = {
        "table": [f.table for f in listed],
        "column": [names.get(str(f.column), str(f.column)) for f in listed],
        "detector": [f.detector for f in listed],
        "reason": [f.message for f in listed],
    }
    wanted = ("table", "file", "row", "column", "detector", "reason")
    _copy(path, extract, listed, about, wanted, attached or {})


def hits_sql(findings: Sequence[Finding]) -> str:
    """Write the SELECT of every row of every finding: file, row, and the finding's number.

    Predicates are judged in one pass, so that what they have in common is computed once; only
    those that look into other rows have a pass of their own.
    """
    system = f"{ident(FILE_COLUMN)} AS f, {ident(ROW_COLUMN)} AS r"
    own = {k: f.where for k, f in enumerate(findings) if "SELECT" in str(f.where)}
    cases = ", ".join(
        f"CASE WHEN {f.where} THEN {k} END" for k, f in enumerate(findings) if k not in own
    )
    selects = [
        f"SELECT {system}, unnest(list_filter([{cases or 'NULL::INTEGER'}],"
        f" lambda dataready_k: dataready_k IS NOT NULL)) AS k\nFROM {ident(TABLE)}",
        *(f"SELECT {system}, {k} AS k\nFROM {ident(TABLE)} WHERE {w}" for k, w in own.items()),
    ]
    return "\nUNION ALL\n".join(f"({sql})" for sql in selects)


def _copy(
    path: Path,
    extract: Extract,
    findings: Sequence[Finding],
    about: Mapping[str, Sequence[str]],
    wanted: Sequence[str],
    attached: Mapping[str, str],
) -> None:
    """Write the rows of some findings, with what is said about each, and their files."""
    names = [f.name for f in extract.manifest.files]
    files = pa.table({"id": pa.array(range(len(names)), pa.int32()), "file": pa.array(names)})
    numbers = pa.array(range(len(findings)), pa.int32())
    said = {name: pa.array(values, pa.string()) for name, values in about.items()}
    sql = (
        f"SELECT {', '.join(map(ident, wanted))}\n"
        f"FROM (SELECT r AS row, f.file, a.* FROM ({hits_sql(findings)}) AS h\n"
        f"JOIN {_FILES} AS f ON f.id = h.f JOIN {_ABOUT} AS a ON a.k = h.k)"
    )
    with connect(extract.path, read_only=True) as con, refusals("to write the evidence"):
        con.register(_FILES, files)
        con.register(_ABOUT, pa.table({"k": numbers, **said}))
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
