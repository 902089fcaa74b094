"""Progress on a terminal, and off it."""

from __future__ import annotations

import pytest

from dataready.cli import console


def test_without_a_terminal_each_step_is_a_line(capsys):
    """A log gets one plain line as a step begins."""
    with console.steps() as say:
        say("one\x1b[2J")
        say("two")
    assert capsys.readouterr().err == "one\\x1b[2J\ntwo\n"


def test_on_a_terminal_finished_steps_stay_with_their_time(capsys, monkeypatch):
    """What is done is written with its seconds; what failed is not."""
    monkeypatch.setenv("FORCE_COLOR", "1")

    def work():
        with console.steps() as say:
            say("first")
            say("second")
            raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - ours, of three lines above
        work()
    shown = capsys.readouterr().err
    assert "first: 0.0 s" in shown
    assert "second: 0" not in shown


def test_values_are_shown_as_they_are(capsys):
    """Markup in a value is text."""
    console.output().print(console.value("[bold]x[/bold]"))
    console.complain("[red]y[/red]")
    shown = capsys.readouterr()
    assert "[bold]x[/bold]" in shown.out
    assert "[red]y[/red]" in shown.err


def test_a_share_that_is_told_is_a_bar_and_no_step_of_its_own(capsys, monkeypatch):
    """Of the present step alone; what is no terminal hears of the step once."""
    with console.steps() as say:
        for step in ("profiling", "profiling (40 %)", "profiling (90 %)", "judging"):
            say(step)
    assert capsys.readouterr().err.splitlines() == ["profiling", "judging"]

    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    with console.steps() as say:
        for step in ("profiling", "profiling (40 %)", "judging"):
            say(step)
    told = capsys.readouterr().err
    assert "profiling: 0.0 s" in told
    assert "40 %" not in told
