"""Runs that are killed at every call to the disk: the last run stays, the next one succeeds."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.kill

KILLED = Path(__file__).with_name("killed.py")


def start(here, last):
    """Start a run that is killed at its `last` call."""
    return subprocess.Popen(
        [sys.executable, str(KILLED), str(last), "count", "run"],
        cwd=here,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def contents(run):
    """Answer a run's files and their bytes."""
    return {p.relative_to(run): p.read_bytes() for p in run.rglob("*") if p.is_file()}


def left_overs(here):
    """Answer what only a killed run leaves."""
    return [p for p in here.rglob("*") if p.name.startswith(".tmp-") or p.suffix == ".spill"]


def check(cli, here, good):
    """The run before is whole, the history works, and a new run cleans up."""
    before = contents(good)
    ids = [p["run_id"] for p in json.loads(cli("history", "--json").stdout)]
    assert good.name in ids
    assert all((here / "runs" / run_id / "report.html").is_file() for run_id in ids)
    done = cli("run")
    assert done.exit_code == 10, done.output
    assert contents(good) == before
    assert left_overs(here) == []
    return Path(done.stdout.splitlines()[-1]).parent


@pytest.mark.usefixtures("settings")
def test_a_run_killed_at_any_call_to_the_disk(cli, here):
    """Whatever call was the last: nothing is lost, and nothing half-written is seen."""
    good = Path(cli("run").stdout.splitlines()[-1]).parent
    with start(here, 0) as process:
        assert process.wait() == 10
    calls = int((here / "count").read_text())
    assert calls > 20
    good = check(cli, here, good)
    for last in range(1, calls + 1):
        with start(here, last) as process:
            assert process.wait() in {-signal.SIGKILL, 10}
        good = check(cli, here, good)


@pytest.mark.usefixtures("settings")
@pytest.mark.parametrize("delay_s", [0.3, 0.9, 1.2, 1.6, 2.0])
def test_a_run_killed_at_any_time(cli, here, delay_s):
    """Not at a call, but wherever it is by then."""
    good = Path(cli("run").stdout.splitlines()[-1]).parent
    with start(here, 0) as process:
        time.sleep(delay_s)
        process.kill()
    check(cli, here, good)
