"""What a call costs, in a process of its own: seconds by the clock and of the CPU, memory."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

__all__ = ["Cost", "cost_of"]


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds by the clock, seconds of all CPUs, and the greatest memory in MiB."""

    wall_s: float
    cpu_s: float
    peak_mib: float


def cost_of(function: Callable[..., Any], *arguments: object) -> Cost:
    """Call a function of a module with arguments that pickle, in a new process."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
        return alone.submit(_measured, function, arguments).result()


def _measured(function: Callable[..., Any], arguments: tuple[object, ...]) -> Cost:
    wall, cpu = time.perf_counter(), time.process_time()
    function(*arguments)
    wall_s, cpu_s = time.perf_counter() - wall, time.process_time() - cpu
    return Cost(wall_s, cpu_s, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
