"""Run folders: written under a temporary name, completed by one rename.

A run is seen by others whole or not at all. While a run is being written, its process holds
a lock on the temporary folder that the system releases when the process ends, however it
ends: so a folder whose lock is free was abandoned, even if its process's id is used again.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from dataready.errors import WarehouseError
from dataready.warehouse.folder_lock import free, lock

__all__ = [
    "RUN_FILE",
    "abandoned",
    "begin",
    "complete",
    "discard",
    "discard_abandoned",
    "latest",
    "list_runs",
    "new_run_id",
    "prune",
]

RUN_FILE = "run.json"
"""The file that says what a run found; a folder without it is no run."""

TEMPORARY = ".tmp-"
SAFE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")

_held: dict[Path, int] = {}
"""Temporary folders of this process -> the descriptor that holds their lock."""


def new_run_id(clock: datetime) -> str:
    """Make the id of a run: ids sort as their clocks do.

    Args:
        clock: When the run began, with a time zone.

    Raises:
        ValueError: The clock has no time zone.

    >>> new_run_id(datetime(2026, 11, 21, 11, 30, tzinfo=UTC))[:17]
    '20261121T113000Z-'
    """
    if clock.tzinfo is None:
        msg = "The clock of a run needs a time zone, as in datetime.now(UTC)."
        raise ValueError(msg)
    return f"{clock.astimezone(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"


def begin(runs: Path, run_id: str) -> Path:
    """Make the empty temporary folder in which a run is written.

    What an earlier attempt of this process at the same run left behind is discarded.

    Args:
        runs: The folder of runs; made if it is not there.
        run_id: As `new_run_id` makes it: letters, digits, `_` and `-`.

    Raises:
        WarehouseError: The id is no safe name, the run exists already, or the folder
            cannot be made.
    """
    final = _place(runs, run_id)
    temp = runs / f"{TEMPORARY}{run_id}-{os.getpid()}"
    with _explained("begun", run_id):
        runs.mkdir(mode=0o700, parents=True, exist_ok=True)
        _refuse_existing(final)
        if temp.exists():
            _release(temp)
            shutil.rmtree(temp)
        descriptor = None
        while descriptor is None:
            temp.mkdir(mode=0o700)
            # None: somebody took the folder for an abandoned one before it was locked.
            descriptor = lock(temp, wait=True)
    _held[temp] = descriptor
    return temp


def complete(temp: Path, runs: Path, run_id: str) -> Path:
    """Make a run visible, all at once, after its files have reached the disk.

    Args:
        temp: What `begin` answered; it holds `run.json` by now.
        runs: The folder of runs.
        run_id: The run's id.

    Returns:
        The run's folder, which nobody changes from now on.

    Raises:
        WarehouseError: There is no `run.json`, the run exists already, or a file cannot be
            written. The run is not visible then, and its temporary folder is still there.
    """
    final = _place(runs, run_id)
    with _explained("completed", run_id):
        if not (temp / RUN_FILE).is_file():
            msg = f"The run '{run_id}' has no '{RUN_FILE}'. Write it before completing the run."
            raise WarehouseError(msg)
        _refuse_existing(final)
        _persist(temp)
        temp.rename(final)
        _synchronise(runs)
    _release(temp)
    return final


def discard(temp: Path) -> None:
    """Give up a run that is being written: delete its temporary folder.

    Args:
        temp: What `begin` answered; completed or deleted already, it is no matter.
    """
    shutil.rmtree(temp, ignore_errors=True)
    _release(temp)


def list_runs(runs: Path) -> tuple[Path, ...]:
    """Answer the completed runs, oldest first; none where there is no such folder."""
    try:
        folders = sorted(runs.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return ()
    return tuple(
        folder
        for folder in folders
        if not folder.name.startswith(".") and (folder / RUN_FILE).is_file()
    )


def latest(runs: Path) -> Path | None:
    """Answer the newest completed run, or None."""
    return next(reversed(list_runs(runs)), None)


def prune(runs: Path, *, keep: int) -> tuple[Path, ...]:
    """Delete all but the newest completed runs; answer which were deleted.

    Args:
        runs: The folder of runs.
        keep: How many stay, at least 1.
    """
    old = list_runs(runs)[: -max(keep, 1)]
    for run in old:
        # Renamed first: a run is whole or not there, also when its deletion is cut short.
        temp = run.with_name(f"{TEMPORARY}{run.name}-{os.getpid()}")
        with _explained("deleted", run.name):
            run.rename(temp)
            shutil.rmtree(temp, ignore_errors=True)
    return old


def abandoned(runs: Path) -> tuple[Path, ...]:
    """Answer the temporary folders whose process is gone, sorted by name."""
    found = []
    for temp in sorted(runs.glob(f"{TEMPORARY}*")):
        with free(temp) as unheld:
            if unheld:
                found.append(temp)
    return tuple(found)


def discard_abandoned(runs: Path) -> tuple[Path, ...]:
    """Delete the temporary folders whose process is gone; answer which they were."""
    discarded = []
    for temp in sorted(runs.glob(f"{TEMPORARY}*")):
        with free(temp) as unheld:
            if unheld:
                shutil.rmtree(temp, ignore_errors=True)
                discarded.append(temp)
    return tuple(discarded)


def _place(runs: Path, run_id: str) -> Path:
    if not SAFE_ID.fullmatch(run_id):
        msg = f"'{run_id}' is no id for a run. Use up to 64 letters, digits, '_' and '-'."
        raise WarehouseError(msg)
    return runs / run_id


def _refuse_existing(final: Path) -> None:
    if os.path.lexists(final):
        msg = f"The run '{final.name}' exists already. Runs never change; begin one with a new id."
        raise WarehouseError(msg)


@contextmanager
def _explained(done: str, run_id: str) -> Iterator[None]:
    try:
        yield
    except OSError as e:
        where = f" at '{e.filename}'" if e.filename else ""
        msg = (
            f"The run '{run_id}' cannot be {done}: {e.strerror}{where}. Check the space and the "
            "rights of the folder of runs."
        )
        raise WarehouseError(msg) from e


def _persist(folder: Path) -> None:
    """Bring a folder's files to the disk, readable by their owner alone."""
    for parent, folders, files in os.walk(folder, topdown=False):
        for name in (*files, *folders):
            path = Path(parent, name)
            mode = path.lstat().st_mode
            if stat.S_ISREG(mode):
                path.chmod(0o600)
                _synchronise(path)
            elif not stat.S_ISDIR(mode):
                msg = f"A run holds files and folders only, and '{name}' is neither. Copy it."
                raise WarehouseError(msg)
        Path(parent).chmod(0o700)
        _synchronise(Path(parent))


def _synchronise(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _release(temp: Path) -> None:
    descriptor = _held.pop(temp, None)
    if descriptor is not None:
        os.close(descriptor)
