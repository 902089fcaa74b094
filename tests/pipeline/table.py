"""Extracts made by hand, and what is in them."""

from __future__ import annotations

import duckdb

from dataready.extract.draft import keep
from dataready.extract.manifest import Extract, Manifest, SourceFile
from dataready.model import FILE_COLUMN, ROW_COLUMN, TABLE, Column
from dataready.sql import ident

SYSTEM = {FILE_COLUMN, ROW_COLUMN}


def extract_of(folder, dataset, columns, types=None, *, side="pilot", typed=True):
    """Write an extract of two files, the rows dealt to them in turn, and open it."""
    folder.mkdir(parents=True, exist_ok=True)
    types = {name: (types or {}).get(name, "VARCHAR") for name in columns}
    rows = list(zip(*columns.values(), strict=True))
    path = folder / f"{dataset}.draft"
    with duckdb.connect(str(path)) as con:
        own = {FILE_COLUMN: "INTEGER", ROW_COLUMN: "BIGINT"}
        listed = ", ".join(f"{ident(n)} {t}" for n, t in (types | own).items())
        con.execute(f"CREATE TABLE {TABLE} ({listed})")
        con.execute(
            'CREATE TABLE rejects (file INTEGER, "row" BIGINT, line BIGINT, '
            "reason VARCHAR, text VARCHAR)"
        )
        placed = sorted(((k % 2, k // 2), row) for k, row in enumerate(rows))
        marks = ", ".join("?" * (len(types) + 2))
        for place, row in placed:
            con.execute(f"INSERT INTO {TABLE} VALUES ({marks})", [*row, *place])
    halves = ((len(rows) + 1) // 2, len(rows) // 2)
    files = tuple(
        SourceFile(name=f"{dataset}{k}.csv", bytes=1, sha256=str(k), rows=n)
        for k, n in enumerate(halves)
    )
    manifest = Manifest(
        dataset=dataset,
        side=side,
        source=dataset,
        kind="csv",
        columns=tuple(Column(n, t) for n, t in types.items()),
        files=files,
        rows=len(rows),
        rejected=0,
        typed=typed,
        reconciled=True,
        reconciliation=(),
        fingerprint=f"fingerprint of {dataset}",
        clock="2026-01-01T00:00:00+00:00",
    )
    return keep(path, Extract(folder / f"{dataset}.duckdb", manifest))


def rows_of(extract, *columns):
    """Answer an extract's rows in their order; all columns but dataready's own if none is named."""
    names = columns or extract.manifest.schema.names
    with duckdb.connect(str(extract.path), read_only=True) as con:
        return con.execute(f"SELECT {', '.join(map(ident, names))} FROM {TABLE}").fetchall()
