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
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import TypeVar

from dataready.errors import WarehouseError
from dataready.model import Severity, Verdict
from dataready.sql import ident
from dataready.warehouse.index_schema import (
    MIGRATIONS,
    OF_RUNS,
    POINT_FIELDS,
    PREDICTION_FIELDS,
    TABLES,
)
from dataready.warehouse.run_entry import Broken, RunEntry, read_entry
from dataready.warehouse.run_folder import list_runs

__all__ = ["Broken", "History", "Point", "Prediction"]

T = TypeVar("T")

BUSY_S = 60.0
DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR})
"""Primary codes of SQLite; ERROR is what it answers where a table or column is missing."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """The loss that one run predicted, and what is known of it since.

    Losses are shares of the model's skill; [low, high] is the 90 % interval. `real_loss` was
    measured by the run `real_run` on `labelled_rows` rows: the newest one, from that run on,
    that had labels for the same production and asked the same model.
    """

    run_id: str
    clock: str
    dataset: str
    model: str
    loss: float
    loss_low: float
    loss_high: float
    real_loss: float | None
    real_run: str | None
    labelled_rows: int | None

    @property
    def inside(self) -> bool | None:
        """Whether the real loss lies in the interval; None while it is not known."""
        if self.real_loss is None:
            return None
        return self.loss_low <= self.real_loss <= self.loss_high


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
        read = read_entry(run)
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
            f"SELECT clock, {POINT_FIELDS} FROM point JOIN run USING (run_id)"
            f" WHERE run_id IN ({newest})"
            " AND (:dataset IS NULL OR dataset = :dataset) ORDER BY at, run_id, dataset"
        )
        given = {"dataset": dataset, "limit": max(limit, 0)}
        return self._do(lambda con: tuple(_point(row) for row in con.execute(query, given)))

    def predictions(self) -> tuple[Prediction, ...]:
        """Answer what all runs predicted, by dataset, oldest first, with what came true."""
        later = (
            "SELECT q.rowid FROM prediction q JOIN run s USING (run_id)"
            " WHERE q.dataset = p.dataset AND q.model = p.model AND q.real_loss IS NOT NULL"
            " AND (q.run_id = p.run_id OR q.production = p.production AND q.production <> '')"
            " AND (s.at, s.run_id) >= (r.at, r.run_id)"
            " ORDER BY s.at DESC, s.run_id DESC LIMIT 1"
        )
        query = (
            "SELECT p.run_id, r.clock, p.dataset, p.model, p.loss, p.loss_low, p.loss_high,"
            " k.real_loss, k.run_id AS real_run, k.labelled_rows"
            " FROM prediction p JOIN run r USING (run_id)"
            f" LEFT JOIN prediction k ON k.rowid = ({later})"
            " ORDER BY p.dataset, r.at, p.run_id"
        )

        def read(con: sqlite3.Connection) -> tuple[Prediction, ...]:
            found = con.execute(query)
            names = [column for column, *_ in found.description]
            return tuple(Prediction(**dict(zip(names, row, strict=True))) for row in found)

        return self._do(read)

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
        for table in ("run", *OF_RUNS):
            con.execute(f"DELETE FROM {table} WHERE run_id = ?", (run_id,))
    added = 0
    for run_id in sorted(there.keys() - known):
        read = read_entry(there[run_id])
        if isinstance(read, Broken):
            con.execute(
                "INSERT INTO broken (run_id, reason) VALUES (?, ?)", (read.run_id, read.reason)
            )
        else:
            _insert(con, read)
            added += 1
    return added


def _insert(con: sqlite3.Connection, run: RunEntry) -> None:
    con.execute("DELETE FROM broken WHERE run_id = ?", (run.run_id,))
    row = (run.run_id, run.at, run.clock)
    con.execute("INSERT OR REPLACE INTO run (run_id, at, clock) VALUES (?, ?, ?)", row)
    for table in OF_RUNS:
        con.execute(f"DELETE FROM {table} WHERE run_id = ?", (run.run_id,))
    for dataset in run.datasets:
        counts = Counter(finding.severity for finding in dataset.findings)
        score = dataset.score
        said = (run.run_id, dataset.dataset, score.value, score.low, score.high, dataset.verdict)
        con.execute(
            f"INSERT OR REPLACE INTO point ({POINT_FIELDS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*said, *(counts[severity] for severity in Severity)),
        )
        if dataset.predicted is not None:
            told = (run.run_id, dataset.dataset, dataset.production, *astuple(dataset.predicted))
            con.execute(
                f"INSERT OR REPLACE INTO prediction ({PREDICTION_FIELDS})"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                told,
            )


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
