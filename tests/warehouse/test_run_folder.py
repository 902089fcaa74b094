"""Run folders: whole or not there, also when the process is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from dataready.errors import WarehouseError
from dataready.warehouse import run_folder
from dataready.warehouse.run_folder import (
    abandoned,
    begin,
    complete,
    discard,
    discard_abandoned,
    latest,
    list_runs,
    new_run_id,
    prune,
)

CLOCK = datetime(2026, 11, 21, 11, 30, tzinfo=UTC)

KILLED_AT_STEP = """\
import os, signal, sys
from pathlib import Path
from dataready.warehouse import run_folder

runs, steps = Path(sys.argv[1]), 0

def kill_at(last):
    seen = 0
    def trace(frame, event, arg):
        nonlocal seen
        if frame.f_code.co_filename != run_folder.__file__:
            return None
        if event == "line":
            seen += 1
            if seen == last:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace
    return trace

while True:
    steps += 1
    pid = os.fork()
    if pid == 0:
        sys.settrace(kill_at(steps))
        temp = run_folder.begin(runs, f"run-{steps:04}")
        (temp / "report").mkdir()
        (temp / "report" / "index.html").write_text("whole")
        (temp / "run.json").write_text("{}")
        run_folder.complete(temp, runs, f"run-{steps:04}")
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    for run in run_folder.list_runs(runs):
        assert (run / "run.json").read_text() == "{}", run
        assert (run / "report" / "index.html").read_text() == "whole", run
    if not os.WIFSIGNALED(status):
        assert status == 0, status
        break
print(steps)
"""

HOLDS_A_RUN = """\
import sys, time
from pathlib import Path
from dataready.warehouse.run_folder import begin
print(begin(Path(sys.argv[1]), "held"), flush=True)
time.sleep(60)
"""


def python(script: str, *arguments: object) -> subprocess.Popen[str]:
    """Start a script in a process of its own."""
    source = Path(run_folder.__file__).parents[2]
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(source)},
    )


def finished(runs: Path, run_id: str) -> Path:
    """Make a completed run."""
    temp = begin(runs, run_id)
    (temp / "run.json").write_text("{}")
    return complete(temp, runs, run_id)


def test_a_run_is_seen_once_it_is_complete(tmp_path):
    """Before the rename there is no run, after it there is a whole one."""
    runs = tmp_path / "deep" / "runs"
    assert list_runs(runs) == ()
    assert latest(runs) is None
    temp = begin(runs, "20261121T113000Z-ab12")
    assert temp == runs / f".tmp-20261121T113000Z-ab12-{os.getpid()}"
    (temp / "run.json").write_text("{}")
    assert list_runs(runs) == ()
    run = complete(temp, runs, "20261121T113000Z-ab12")
    assert run == runs / "20261121T113000Z-ab12"
    assert list_runs(runs) == (run,)
    assert not temp.exists()


def test_only_the_owner_reads_a_run(tmp_path):
    """Files are 0600 and folders 0700, whatever those who wrote them thought."""
    runs = tmp_path / "runs"
    temp = begin(runs, "a")
    (temp / "data").mkdir(mode=0o777)
    for name in ("run.json", "data/x.parquet"):
        (temp / name).touch(mode=0o666)
        (temp / name).chmod(0o666)
    run = complete(temp, runs, "a")
    modes = {p.name: p.stat().st_mode & 0o777 for p in (runs, run, *run.rglob("*"))}
    assert modes == {"runs": 0o700, "a": 0o700, "data": 0o700, "run.json": 0o600} | {
        "x.parquet": 0o600
    }


def test_runs_are_listed_oldest_first(tmp_path):
    """Ids sort as their clocks do; what is no run is not listed."""
    ids = [new_run_id(CLOCK + timedelta(hours=h)) for h in (5, 1, 3)]
    made = [finished(tmp_path, i) for i in ids]
    (tmp_path / "notes.txt").touch()
    (tmp_path / "empty").mkdir()
    begin(tmp_path, "unfinished")
    assert list_runs(tmp_path) == (made[1], made[2], made[0])
    assert latest(tmp_path) == made[0]


def test_ids_are_utc_and_do_not_collide():
    """Ids of the same second differ; a clock without a zone would be ambiguous."""
    east = CLOCK.astimezone(timezone(timedelta(hours=14)))
    ids = {new_run_id(east) for _ in range(50)}
    assert len(ids) == 50
    assert all(i.startswith("20261121T113000Z-") for i in ids)
    with pytest.raises(ValueError, match="time zone"):
        new_run_id(CLOCK.replace(tzinfo=None))


@pytest.mark.parametrize("run_id", ["../x", "a/b", "", ".tmp-x", "a\0b", "-a", "x" * 65])
def test_hostile_ids_are_refused(tmp_path, run_id):
    """An id names a folder, and only inside the folder of runs."""
    with pytest.raises(WarehouseError, match="no id for a run"):
        begin(tmp_path / "runs", run_id)
    with pytest.raises(WarehouseError, match="no id for a run"):
        complete(tmp_path, tmp_path / "runs", run_id)
    assert not (tmp_path / "runs").exists()


def test_a_completed_run_is_never_replaced(tmp_path):
    """Neither begin nor complete touches a run that exists."""
    temp = begin(tmp_path, "a")
    (temp / "run.json").write_text("new")
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "run.json").write_text("old")
    with pytest.raises(WarehouseError, match="exists already"):
        complete(temp, tmp_path, "a")
    with pytest.raises(WarehouseError, match="exists already"):
        begin(tmp_path, "a")
    assert (tmp_path / "a" / "run.json").read_text() == "old"
    assert (temp / "run.json").read_text() == "new"


def test_a_run_without_its_file_is_not_completed(tmp_path):
    """A folder without run.json would be no run."""
    temp = begin(tmp_path, "a")
    with pytest.raises(WarehouseError, match=r"no 'run\.json'"):
        complete(temp, tmp_path, "a")
    assert list_runs(tmp_path) == ()


def test_a_run_holds_its_own_files(tmp_path):
    """A link would make an immutable run change."""
    temp = begin(tmp_path, "a")
    (temp / "run.json").write_text("{}")
    (temp / "link").symlink_to(tmp_path)
    with pytest.raises(WarehouseError, match="'link' is neither"):
        complete(temp, tmp_path, "a")
    assert list_runs(tmp_path) == ()


def test_a_second_attempt_starts_from_nothing(tmp_path):
    """A retry in the same process does not inherit files of the attempt before."""
    (begin(tmp_path, "a") / "left.txt").touch()
    temp = begin(tmp_path, "a")
    assert list(temp.iterdir()) == []
    assert abandoned(tmp_path) == ()


def test_what_a_live_process_writes_is_not_abandoned(tmp_path):
    """Neither one's own run nor another process's is touched before that process ends."""
    other = python(HOLDS_A_RUN, tmp_path)
    theirs = Path(other.stdout.readline().strip())
    mine = begin(tmp_path, "mine")
    assert discard_abandoned(tmp_path) == ()
    other.send_signal(signal.SIGKILL)
    other.communicate()
    assert abandoned(tmp_path) == (theirs,)
    assert theirs.exists()
    assert discard_abandoned(tmp_path) == (theirs,)
    assert not theirs.exists()
    assert mine.exists()


def test_a_link_is_not_taken_for_an_abandoned_run(tmp_path):
    """Cleaning never follows a link out of the folder of runs."""
    (tmp_path / "precious").mkdir()
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / ".tmp-x-1").symlink_to(tmp_path / "precious")
    assert discard_abandoned(tmp_path / "runs") == ()
    assert (tmp_path / "precious").exists()
    assert discard_abandoned(tmp_path / "nowhere") == ()


def test_the_newest_runs_are_kept(tmp_path):
    """Pruning deletes whole runs, oldest first, and never the last one."""
    made = [finished(tmp_path, i) for i in ("a", "b", "c")]
    assert prune(tmp_path, keep=2) == (made[0],)
    assert prune(tmp_path, keep=2) == ()
    assert prune(tmp_path, keep=0) == (made[1],)
    assert [p.name for p in tmp_path.iterdir()] == ["c"]


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    """The system's reason arrives as an error of the warehouse."""
    (tmp_path / "runs").touch()
    with pytest.raises(WarehouseError, match="cannot be begun") as caught:
        begin(tmp_path / "runs", "a")
    assert caught.value.exit_code == 3
    assert list_runs(tmp_path / "runs") == ()


@pytest.mark.kill
def test_a_kill_between_any_two_steps_leaves_no_half_run(tmp_path):
    """Killed at every line in turn: no half run is seen, and the next run works."""
    runs = tmp_path / "runs"
    process = python(KILLED_AT_STEP, runs)
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    steps = int(out)
    assert steps > 40
    finished(runs, "next")
    assert latest(runs).name == f"run-{steps:04}"
    discard_abandoned(runs)
    assert {p.name for p in runs.iterdir()} == {p.name for p in list_runs(runs)}


def test_a_run_that_is_given_up_is_gone_at_once(tmp_path):
    """Its folder is deleted and its lock free; a completed run is not touched."""
    temp = begin(tmp_path, "run-1")
    discard(temp)
    assert list(tmp_path.iterdir()) == []
    temp = begin(tmp_path, "run-1")
    (temp / "run.json").write_text("{}")
    whole = complete(temp, tmp_path, "run-1")
    discard(temp)
    assert list_runs(tmp_path) == (whole,)
