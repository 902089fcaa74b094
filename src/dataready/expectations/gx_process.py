"""The processes in which Great Expectations waits: it takes seconds to import, so once for all.

A process answers one request after another, a line of JSON each, and ends when its input does:
whatever becomes of us, none is left behind. One that failed is not asked again.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock, Timer
from typing import Any

__all__ = ["Process", "lent", "warm"]

_idle: list[Process] = []
_lock = Lock()


class Process:
    """One child with a folder of its own and no telemetry."""

    def __init__(self) -> None:
        """Start it; it imports while nobody waits for it."""
        self._folder = TemporaryDirectory(prefix="dataready-")
        self.temp = self._folder.name
        self.timed_out = False
        own = str(Path(__file__).parents[2])
        paths = [p for p in (os.environ.get("PYTHONPATH"), own) if p]
        environment = os.environ | {
            "GX_ANALYTICS_ENABLED": "false",
            "HOME": self.temp,
            "TMPDIR": self.temp,
            "PYTHONPATH": os.pathsep.join(paths),
        }
        self._stderr = (Path(self.temp) / "stderr").open("w+", encoding="utf-8", errors="replace")
        self.child = subprocess.Popen(
            [sys.executable, "-m", "dataready.expectations.gx_child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            text=True,
            encoding="utf-8",
            cwd=self.temp,
            env=environment,
        )

    @property
    def alive(self) -> bool:
        """Whether it can still be asked."""
        return self.child.poll() is None

    def ask(self, request: dict[str, Any], *, timeout_s: float) -> dict[str, Any] | None:
        """Answer what the child says, or None if it ended, or was ended after so many seconds.

        Raises:
            ValueError: What it says is no JSON.
        """
        if self.child.stdin is None or self.child.stdout is None:
            return None
        timer = Timer(timeout_s, self._give_up)
        timer.start()
        try:
            self.child.stdin.write(json.dumps(request) + "\n")
            self.child.stdin.flush()
            line = self.child.stdout.readline()
        except OSError:
            line = ""
        finally:
            timer.cancel()
        if not line:
            self.child.wait()
            return None
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _give_up(self) -> None:
        self.timed_out = True
        self.child.kill()

    @property
    def stderr(self) -> str:
        """What it wrote beside its answers."""
        self._stderr.seek(0)
        return self._stderr.read()

    def end(self) -> None:
        """End it, and remove its folder."""
        self.child.kill()
        self.child.communicate()
        self._stderr.close()
        self._folder.cleanup()


def warm() -> None:
    """Let a process start now that will be needed later, unless one is waiting already."""
    with _lock:
        if not _idle:
            _idle.append(Process())


@contextmanager
def lent() -> Iterator[Process]:
    """Lend a process that waits, or a new one; it is taken back if it can be asked again."""
    process = _waiting() or Process()
    try:
        yield process
    except BaseException:
        process.end()
        raise
    with _lock:
        _idle.append(process)


def _waiting() -> Process | None:
    """Take a process that waits; those that the system has ended meanwhile are cleared away."""
    with _lock:
        while _idle:
            process = _idle.pop()
            if process.alive:
                return process
            process.end()
    return None


@atexit.register
def _end_all() -> None:
    while _idle:
        _idle.pop().end()
