"""What may be deleted from a folder of extracts: old ones, and what killed pulls left."""

from __future__ import annotations

import shutil
from pathlib import Path

from dataready.warehouse.folder_lock import free

__all__ = ["MARK", "prune", "sweep"]

MARK = ".tmp-"
"""Begins the name of what a pull is still writing; then its process, then the extract."""


def prune(folder: Path, keep: int) -> tuple[Path, ...]:
    """Delete all but the newest extracts of a folder, and left-overs of killed pulls.

    Args:
        folder: Holds extracts; other files in it are left alone.
        keep: How many to leave, at least 0.

    Returns:
        The extracts that were deleted, newest first.
    """
    sweep(folder)
    extracts = [p for p in folder.glob("*.duckdb") if p.with_suffix(".json").exists()]
    newest = sorted(extracts, key=lambda p: (p.stat().st_mtime_ns, p.name), reverse=True)
    old = tuple(newest[keep:])
    for path in old:
        # The database goes first: without it, there is no extract.
        path.unlink()
        path.with_suffix(".json").unlink()
    return old


def sweep(folder: Path) -> None:
    """Delete what pulls have left whose process is gone."""
    for left in folder.glob(f"{MARK}*"):
        with free(left) as abandoned:
            if abandoned:
                shutil.rmtree(left, ignore_errors=True)
