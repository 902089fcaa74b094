"""Every public table of the folder of real data, landed as the product lands it."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

import duckdb

from dataready.errors import DatareadyError
from dataready.extract.manifest import Extract
from dataready.extract.pull import pull
from dataready.model import FILE_COLUMN, ROW_COLUMN, TABLE, SourceSpec
from dataready.sql import ident, literal

__all__ = ["BOTH", "files", "half", "land", "parted", "tables"]

BOTH = SourceSpec(path="landed")
"""A side that settings must name, and that is landed already."""
_TABLES = frozenset({".csv", ".data", ".dat", ".test", ".txt", ".json"})
_FILES = _TABLES | {".tsv", ".parquet", ".zip"}
_NO_TABLE = frozenset({"docs", "truth"})
_BARE = ("horse_colic/", "openflights/", "wine_quality/")
"""Folders of files without a header."""
_MANY = 6
"""From this many files on, a folder is one table in parts."""


def files(folder: Path) -> Iterator[tuple[Path, Extract]]:
    """Land every file of a folder that is a table, one at a time, as a pilot; tell the others."""
    for path in sorted(p for p in folder.rglob("*") if p.suffix.lower() in _FILES):
        if "truth" in path.parts:
            continue
        with TemporaryDirectory() as temp:
            try:
                extract = pull(
                    SourceSpec(path=str(path)),
                    dataset=path.stem,
                    side="pilot",
                    folder=Path(temp),
                    name="t",
                    base=folder,
                )
            except DatareadyError as e:
                print(f"{path.relative_to(folder)}: not a table ({type(e).__name__})")
                continue
            yield path, extract


def tables(folder: Path, scratch: Path) -> Iterator[tuple[str, SourceSpec]]:
    """List all tables by name: files, folders of many files, tables of databases.

    Args:
        folder: The public tables.
        scratch: Where archives are unpacked and scripts are run.
    """
    by_folder: dict[Path, list[Path]] = defaultdict(list)
    for path in sorted(folder.glob("*/*/*")):
        inside = path.relative_to(folder)
        if inside.parts[1] in _NO_TABLE and inside.name != "clean.csv":
            continue
        if path.suffix in _TABLES:
            by_folder[path.parent].append(path)
        elif path.suffix == ".zip":
            with ZipFile(path) as archive:
                archive.extractall(scratch)
                for name in archive.namelist():
                    yield f"{inside.parts[0]}/{name}", SourceSpec(path=str(scratch / name))
        elif path.suffix in {".sqlite", ".sql"}:
            yield from _of_database(path, scratch)
    for parent, paths in sorted(by_folder.items()):
        where = str(parent.relative_to(folder))
        header = False if where.startswith(_BARE) else None
        if len(paths) >= _MANY:
            yield where, SourceSpec(path=f"{parent}/*{paths[0].suffix}", header=header)
            continue
        for path in paths:
            yield f"{where}/{path.name}", SourceSpec(path=str(path), header=header)


def _of_database(path: Path, scratch: Path) -> Iterator[tuple[str, SourceSpec]]:
    base = path
    if path.suffix == ".sql":
        base = scratch / f"{path.parts[-3]}.sqlite"
        with sqlite3.connect(base) as con:
            con.executescript(path.read_text(encoding="utf-8-sig", errors="replace"))
        con.close()
    with sqlite3.connect(base) as con:
        listed = con.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        ).fetchall()
    con.close()
    for (name,) in sorted(listed):
        spec = SourceSpec(path=str(base), table=name, format="sqlite")
        yield f"{path.parts[-3]}/{name}", spec


def land(spec: SourceSpec, folder: Path, name: str = "t") -> Extract:
    """Pull a table into a folder of its own."""
    return pull(spec, dataset=name, side="production", folder=folder, name="all", base=folder)


def half(whole: Extract, rest: int, path: Path, *, seed: int = 5) -> Extract:
    """Keep every other row of an extract, by the hash of its number."""
    row = f"{ident(FILE_COLUMN)}, {ident(ROW_COLUMN)}"
    return parted(whole, f"hash({row}, {seed}) % 2 = {rest}", path)


def parted(whole: Extract, where: str, path: Path, columns: str = "*") -> Extract:
    """Keep some rows of an extract, and some of its columns, under other names perhaps.

    Args:
        whole: The extract.
        where: A predicate.
        path: The file to write.
        columns: What to select.
    """
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as con:
        con.execute(f"ATTACH {literal(str(whole.path))} AS whole (READ_ONLY)")
        con.execute(
            f"CREATE TABLE {ident(TABLE)} AS SELECT {columns} FROM whole.{ident(TABLE)}"
            f" WHERE {where}"
        )
        (rows,) = con.execute(f"SELECT count(*) FROM {ident(TABLE)}").fetchone() or (0,)
    # Two parts of one file are two tables: they must not count as the same file twice.
    return Extract(path, replace(whole.manifest, rows=int(rows), fingerprint=path.stem))
