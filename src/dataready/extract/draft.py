"""An extract that is being written: out of sight until it is whole."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EDQUOT, ENOSPC
from pathlib import Path

from dataready.errors import WarehouseError
from dataready.extract.manifest import Extract
from dataready.extract.retention import MARK, sweep
from dataready.warehouse.folder_lock import lock

__all__ = ["draft", "keep"]


@contextmanager
def draft(folder: Path, name: str) -> Iterator[Path]:
    """Make a folder to write an extract in, beside its place, and remove it in the end.

    Args:
        folder: Of extracts; made where it is missing. Left-overs of killed processes in it
            are removed.
        name: The extract's.

    Raises:
        WarehouseError: The disk is full.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        sweep(folder)
        scratch = folder / f"{MARK}{os.getpid()}-{name}"
        held = None
        while held is None:
            scratch.mkdir(mode=0o700)
            # None: somebody took the folder for an abandoned one before it was locked.
            held = lock(scratch, wait=True)
        try:
            yield scratch
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
            os.close(held)
    except OSError as e:
        if e.errno not in (ENOSPC, EDQUOT):
            raise
        msg = (
            "The disk that holds the warehouse is full. Nothing is kept of this extract; the "
            "last good one stays. Make room, or name another 'warehouse'."
        )
        raise WarehouseError(msg) from None


def keep(written: Path, extract: Extract) -> Extract:
    """Put a finished extract in its place: with its manifest, or not at all."""
    text = written.with_suffix(".json")
    text.write_text(extract.manifest.to_json(), encoding="utf-8")
    for file in (written, text):
        file.chmod(0o600)
        _sync(file)
    # The database comes last, so that wherever there is one, its manifest is there too.
    extract.path.unlink(missing_ok=True)
    text.replace(extract.manifest_path)
    written.replace(extract.path)
    _sync(extract.path.parent)
    return extract


def _sync(path: Path) -> None:
    """Have the operating system write a file or folder to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
