"""What a command answers when it cannot go on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest
import typer
from tests.cli.project import rows

from dataready.cli.failure import reported
from dataready.errors import SourceError

COMMAND = [sys.executable, "-c", "from dataready.cli import main; main()"]


def test_an_error_of_ours_is_its_message_and_its_code(capsys):
    """The exit code is the error's, and there is no traceback."""
    with pytest.raises(typer.Exit) as caught, reported():
        raise SourceError("No 'x'.")  # noqa: EM101, TRY003
    assert caught.value.exit_code == 3
    shown = capsys.readouterr().err
    assert "No 'x'." in shown
    assert "Traceback" not in shown


def test_a_bug_is_told_without_values(capsys, monkeypatch):
    """The words of a foreign exception may hold data; its kind and place do not."""
    monkeypatch.delenv("DATAREADY_TRACEBACK", raising=False)
    with pytest.raises(typer.Exit) as caught, reported():
        raise KeyError("canary")  # noqa: EM101
    assert caught.value.exit_code == 1
    shown = capsys.readouterr().err
    assert "KeyError" in shown
    assert "canary" not in shown


def test_the_traceback_is_shown_on_demand(capsys, monkeypatch):
    """Only who asks for it sees it."""
    monkeypatch.setenv("DATAREADY_TRACEBACK", "1")
    with pytest.raises(typer.Exit), reported():
        raise KeyError("canary")  # noqa: EM101
    assert "canary" in capsys.readouterr().err


def test_control_characters_of_names_do_not_reach_the_terminal(cli, here):
    """A file name with an escape sequence is spelt out."""
    done = cli("profile", here / "\x1b[2Jx.csv")
    assert done.exit_code == 3
    assert "\x1b[2J" not in done.output


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("step", ["extracting production", "profiling production"])
def test_a_stopped_command_leaves_nothing(here, number, code, step):
    """Stopped while it works, a command answers 128 + the signal and cleans up."""
    (here / "p.csv").write_text(rows(400))
    (here / "q.csv").write_text(rows(150_000))
    temp = here / "temp"
    temp.mkdir()
    with subprocess.Popen(
        [*COMMAND, "compare", "p.csv", "q.csv", "--json", "o.json"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"TMPDIR": str(temp)},
    ) as process:
        said = []
        for line in process.stderr:
            said.append(line)
            if line.startswith(step):
                break
        time.sleep(0.05)
        process.send_signal(number)
        shown = "".join(said) + process.stderr.read()
    assert process.returncode == code, shown
    assert "Traceback" not in shown
    assert list(temp.iterdir()) == []
    assert not (here / "o.json").exists()


def test_a_reader_that_goes_away_is_no_error(here):
    """`dataready compare ... | head` is quiet."""
    (here / "p.csv").write_text(rows(400))
    for output in (["--json", "-"], []):
        read, write = os.pipe()
        os.close(read)
        done = subprocess.run(
            [*COMMAND, "compare", "p.csv", "p.csv", *output],
            stdout=write,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        os.close(write)
        assert done.returncode == 141
        assert "Error" not in done.stderr
        assert "Traceback" not in done.stderr


def test_a_terminal_without_the_characters_is_no_crash(here):
    """In a locale of ASCII the bars and arrows come out as codes."""
    (here / "p.csv").write_text(rows(600))
    done = subprocess.run(
        [*COMMAND, "compare", "p.csv", "p.csv"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONIOENCODING": "ascii", "LC_ALL": "C"},
    )
    assert done.returncode == 10, done.stderr
