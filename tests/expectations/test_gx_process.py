"""Processes in which Great Expectations waits: asked again and again, and cleared away."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dataready.expectations import gx_process
from dataready.expectations.gx_process import Process, lent, warm


@pytest.fixture(autouse=True)
def idle(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Process]]:
    """None waits at first."""
    waiting: list[Process] = []
    monkeypatch.setattr(gx_process, "_idle", waiting)
    yield waiting
    for process in waiting:
        process.end()


def test_one_that_was_started_early_is_lent_and_taken_back(idle: list[Process]) -> None:
    """So that a run imports Great Expectations once."""
    warm()
    warm()
    (first,) = idle
    with lent() as process:
        assert process is first
        assert idle == []
    assert idle == [first]


def test_one_that_failed_is_never_lent_again(idle: list[Process]) -> None:
    """What it was doing when it failed is not known."""
    with pytest.raises(ZeroDivisionError), lent() as process:
        raise ZeroDivisionError
    assert idle == []
    assert not process.alive


def test_one_that_the_system_ended_is_replaced(idle: list[Process]) -> None:
    """A suite does not fail for it."""
    warm()
    ended = idle[0]
    ended.child.kill()
    ended.child.wait()
    with lent() as process:
        assert process is not ended
        assert process.alive


def test_none_outlives_its_input() -> None:
    """Whatever becomes of the process that asks."""
    process = Process()
    process.child.communicate(timeout=60)
    assert process.child.returncode == 0
    process.end()
