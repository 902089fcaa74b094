"""Locks of temporary folders: what a killed process leaves is known by that nobody holds it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["free", "lock"]


def lock(temp: Path, *, wait: bool) -> int | None:
    """Lock a temporary folder.

    Returns:
        The descriptor that holds the lock until it is closed, or None: the folder is gone,
        or, without `wait`, another process has it.
    """
    try:
        descriptor = os.open(temp, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        locked = True
    except OSError:
        # A file system without locks: work begins there, and none is taken for abandoned.
        locked = wait
    if locked and temp.is_dir():
        return descriptor
    os.close(descriptor)
    return None


@contextmanager
def free(temp: Path) -> Iterator[bool]:
    """Hold the lock of a temporary folder, or answer False where somebody else does."""
    descriptor = lock(temp, wait=False)
    try:
        yield descriptor is not None
    finally:
        if descriptor is not None:
            os.close(descriptor)
