"""The scores of all runs: an index in SQLite, derived from the run folders.

Nothing is in it that the folders do not say, so an index that is missing, damaged or of
another version is made anew, and deleting it loses nothing. Writers wait for each other and
readers for nobody (WAL); a new file is filled under another name and renamed.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import AfterValidator, TypeAdapter, ValidationError

from dataready.errors import WarehouseError
from dataready.model import Severity, Verdict
from dataready.sql import ident
from dataready.warehouse.run_folder import RUN_FILE, list_runs

__all__ = ["Broken", "History", "Point"]

T = TypeVar("T")

BUSY_S = 60.0
DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR})
"""Primary codes of SQLite; ERROR is what it answers where a table or column is missing."""

RUN = "CREATE TABLE run (run_id TEXT PRIMARY KEY, at REAL NOT NULL, clock TEXT NOT NULL)"
POINT = """
CREATE TABLE point (
  run_id TEXT NOT NULL,
  dataset TEXT NOT NULL,
  value REAL,
  low REAL,
  high REAL,
  verdict TEXT NOT NULL,
  info INTEGER NOT NULL,
  warn INTEGER NOT NULL,
  fail INTEGER NOT NULL,
  error INTEGER NOT NULL,
  PRIMARY KEY (run_id, dataset)
)"""
FIELDS = "run_id, dataset, value, low, high, verdict, info, warn, fail, error"
BROKEN = "CREATE TABLE broken (run_id TEXT PRIMARY KEY, reason TEXT NOT NULL)"

MIGRATIONS = ((RUN, POINT, BROKEN),)
"""Statements that lead from each version to the next; the version is `user_version`."""

TABLES = ("run", "point", "broken")


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """What one run said of one dataset.

    `value`, `low` and `high` are the score and its interval on 0-100; `findings` counts
    them by severity, those that did not occur included.
    """

    run_id: str
    clock: str
    dataset: str
    value: float | None
    low: float | None
    high: float | None
    verdict: Verdict
    findings: dict[Severity, int]


@dataclass(frozen=True, slots=True)
class Broken:
    """A run folder that the index leaves out, and why."""

    run_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class _Score:
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class _Finding:
    severity: Severity


@dataclass(frozen=True, slots=True)
class _Dataset:
    dataset: str
    verdict: Verdict
    score: _Score
    findings: tuple[_Finding, ...] = ()


def _instant(clock: str) -> datetime:
    moment = datetime.fromisoformat(clock)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _parsed(clock: str) -> str:
    _instant(clock)
    return clock


@dataclass(frozen=True, slots=True)
class _Run:
    """The part of a `run.json` that the index holds."""

    run_id: str
    clock: Annotated[str, AfterValidator(_parsed)]
    datasets: tuple[_Dataset, ...]


_RUNS = TypeAdapter(_Run)


class _DamagedError(sqlite3.DatabaseError):
    """The file is no index, or one that has rotted."""


class History:
    """The index of a folder of runs.

    Every call opens the index and closes it again, so that a `History` may be kept, shared
    between threads and sent to other processes.
    """

    def __init__(self, path: Path, *, runs: Path | None = None) -> None:
        """Name the index; nothing is opened yet.

        Args:
            path: The SQLite file; made when it is first needed.
            runs: The folder of runs that it is derived from; the file's own if not given.
        """
        self.path, self.folder = path, path.parent if runs is None else runs

    def add(self, run: Path) -> None:
        """Add a completed run, or replace what the index says of it.

        Raises:
            WarehouseError: The run's `run.json` is missing or not understood. The index is
                as it was.
        """
        read = _read(run)
        if isinstance(read, Broken):
            msg = f"The run '{run.name}' is not added to the history: {read.reason}"
            raise WarehouseError(msg)
        self._do(lambda con: _in_transaction(con, lambda: _insert(con, read)))

    def update(self) -> int:
        """Add the runs that the index lacks and drop those that are gone.

        Returns:
            How many were added.
        """
        return self._do(lambda con: _in_transaction(con, lambda: _update(con, self.folder)))

    def rebuild(self, runs: Path | None = None) -> int:
        """Forget everything and read all run folders again.

        Args:
            runs: The folder of runs, where it is not the one given at the start.

        Returns:
            How many runs the index holds now; those left out are in `broken`.
        """
        folder = self.folder if runs is None else runs

        def work(con: sqlite3.Connection) -> int:
            for table in TABLES:
                con.execute(f"DELETE FROM {table}")
            return _update(con, folder)

        return self._do(lambda con: _in_transaction(con, lambda: work(con)))

    def trend(self, dataset: str | None = None, *, limit: int = 90) -> tuple[Point, ...]:
        """Answer the scores of the newest runs, oldest first.

        Args:
            dataset: Only this dataset; None for all.
            limit: Of how many runs at most.
        """
        chosen = "SELECT DISTINCT run_id FROM point WHERE :dataset IS NULL OR dataset = :dataset"
        newest = (
            f"SELECT run_id FROM run WHERE run_id IN ({chosen})"
            " ORDER BY at DESC, run_id DESC LIMIT :limit"
        )
        query = (
            f"SELECT clock, {FIELDS} FROM point JOIN run USING (run_id) WHERE run_id IN ({newest})"
            " AND (:dataset IS NULL OR dataset = :dataset) ORDER BY at, run_id, dataset"
        )
        given = {"dataset": dataset, "limit": max(limit, 0)}
        return self._do(lambda con: tuple(_point(row) for row in con.execute(query, given)))

    def runs(self) -> tuple[str, ...]:
        """Answer the ids of the runs, oldest first."""
        query = "SELECT run_id FROM run ORDER BY at, run_id"
        return tuple(run_id for (run_id,) in self._do(lambda con: con.execute(query).fetchall()))

    def broken(self) -> tuple[Broken, ...]:
        """Answer the run folders that the index leaves out, by id."""
        query = "SELECT run_id, reason FROM broken ORDER BY run_id"
        return tuple(Broken(*row) for row in self._do(lambda con: con.execute(query).fetchall()))

    def _do(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Work on an index that is there, whole and of this version."""
        try:
            seen = self._inode()
            try:
                return self._attempt(work)
            except _DamagedError:
                self._replace(seen)
                return self._attempt(work)
        except (OSError, sqlite3.Error) as e:
            msg = (
                f"The history '{self.path}' cannot be used: {e}. Check the space and the rights "
                "of its folder; the file itself may be deleted, it is made anew."
            )
            raise WarehouseError(msg) from e

    def _attempt(self, work: Callable[[sqlite3.Connection], T]) -> T:
        if self._inode() is None:
            self._replace(None)
        with closing(_connect(self.path)) as con:
            try:
                version = _version(con)
                if version == 0:
                    msg = "it is no index"
                    raise _DamagedError(msg)
                if version != len(MIGRATIONS):
                    _in_transaction(con, lambda: _migrate(con, self.folder))
                return work(con)
            except (ValueError, sqlite3.DatabaseError) as e:
                code = getattr(e, "sqlite_errorcode", 0) & 0xFF
                if isinstance(e, ValueError) or code in DAMAGED:
                    raise _DamagedError(str(e)) from e
                raise

    def _inode(self) -> int | None:
        try:
            return self.path.stat().st_ino
        except FileNotFoundError:
            return None

    def _replace(self, seen: int | None) -> None:
        """Put a new index in the place of the one seen, unless somebody else has."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _locked(self.path.parent):
            if self._inode() != seen:
                return
            new = self.path.with_name(f"{self.path.name}.new")
            _delete(new)
            os.close(os.open(new, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600))
            with closing(_connect(new)) as con:
                con.execute("PRAGMA journal_mode = WAL")
                _in_transaction(con, lambda: _migrate(con, self.folder))
            # A log of the damaged file would be replayed into the new one.
            _delete(self.path)
            new.rename(self.path)


def _connect(path: Path) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?mode=rw"
    return sqlite3.connect(uri, uri=True, timeout=BUSY_S, isolation_level=None)


def _version(con: sqlite3.Connection) -> int:
    (version,) = con.execute("PRAGMA user_version").fetchone()
    return int(version)


def _in_transaction(con: sqlite3.Connection, work: Callable[[], T]) -> T:
    con.execute("BEGIN IMMEDIATE")
    try:
        result = work()
    except BaseException:
        # Some failures, a full disk among them, have rolled back already.
        if con.in_transaction:
            con.execute("ROLLBACK")
        raise
    con.execute("COMMIT")
    return result


def _migrate(con: sqlite3.Connection, runs: Path) -> None:
    """Bring an index to this version, and read the runs again.

    One from a newer version has tables that are not known here: it starts from nothing.
    """
    version = _version(con)
    if version == len(MIGRATIONS):
        return
    if version > len(MIGRATIONS):
        names = con.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        for (name,) in names:
            con.execute(f"DROP TABLE {ident(name)}")
        version = 0
    for statements in MIGRATIONS[version:]:
        for statement in statements:
            con.execute(statement)
    con.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
    for table in TABLES:
        con.execute(f"DELETE FROM {table}")
    _update(con, runs)


def _update(con: sqlite3.Connection, runs: Path) -> int:
    there = {run.name: run for run in list_runs(runs)}
    known = {run_id for (run_id,) in con.execute("SELECT run_id FROM run")}
    con.execute("DELETE FROM broken")
    for run_id in known - there.keys():
        for table in ("run", "point"):
            con.execute(f"DELETE FROM {table} WHERE run_id = ?", (run_id,))
    added = 0
    for run_id in sorted(there.keys() - known):
        read = _read(there[run_id])
        if isinstance(read, Broken):
            con.execute(
                "INSERT INTO broken (run_id, reason) VALUES (?, ?)", (read.run_id, read.reason)
            )
        else:
            _insert(con, read)
            added += 1
    return added


def _insert(con: sqlite3.Connection, run: _Run) -> None:
    con.execute("DELETE FROM broken WHERE run_id = ?", (run.run_id,))
    row = (run.run_id, _instant(run.clock).timestamp(), run.clock)
    con.execute("INSERT OR REPLACE INTO run (run_id, at, clock) VALUES (?, ?, ?)", row)
    con.execute("DELETE FROM point WHERE run_id = ?", (run.run_id,))
    for dataset in run.datasets:
        counts = Counter(finding.severity for finding in dataset.findings)
        score = dataset.score
        said = (run.run_id, dataset.dataset, score.value, score.low, score.high, dataset.verdict)
        con.execute(
            f"INSERT OR REPLACE INTO point ({FIELDS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*said, *(counts[severity] for severity in Severity)),
        )


def _read(run: Path) -> _Run | Broken:
    """Read what the index holds of a run, or say why it cannot be read."""
    try:
        read = _RUNS.validate_json((run / RUN_FILE).read_bytes())
    except OSError as e:
        return Broken(run.name, f"Its '{RUN_FILE}' cannot be read: {e.strerror}.")
    except ValidationError as e:
        first = e.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        return Broken(run.name, f"Its '{RUN_FILE}' is not understood at '{place}': {first['msg']}.")
    if read.run_id != run.name:
        return Broken(run.name, f"Its '{RUN_FILE}' says that it is another run: '{read.run_id}'.")
    return read


def _point(row: tuple[str, str, str, float | None, float | None, float | None, str, int]) -> Point:
    clock, run_id, dataset, value, low, high, verdict, *counts = row
    return Point(
        run_id=run_id,
        clock=clock,
        dataset=dataset,
        value=value,
        low=low,
        high=high,
        verdict=Verdict(verdict),
        findings=dict(zip(Severity, counts, strict=True)),
    )


def _delete(path: Path) -> None:
    """Delete a database with its logs."""
    for suffix in ("-wal", "-shm", "-journal", ""):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder: one process at a time makes an index in it."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
