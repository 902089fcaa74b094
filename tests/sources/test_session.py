"""What pulls of a run share: made once, closed at the end."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from dataready.sources.session import Session, open_session, session_named


class Held:
    """Something that counts how often it was closed."""

    def __init__(self):
        """Open."""
        self.closed = 0

    def close(self):
        """Count."""
        self.closed += 1


def test_threads_share_what_is_made_once():
    """Whoever comes first makes it, and it is closed once."""
    made = []

    def make():
        made.append(Held())
        return made[-1]

    with Session() as session, ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: session.shared("a", make), range(100)))
    assert len(made) == 1
    assert {id(f) for f in found} == {id(made[0])}
    assert made[0].closed == 1


def test_what_is_forgotten_is_closed_and_made_anew():
    """A lost snapshot is of no use to anybody."""
    with Session() as session:
        first = session.shared("a", Held)
        session.forget("a")
        assert first.closed == 1
        assert session.shared("a", Held) is not first
        session.forget("nothing")


def test_a_pull_has_its_own_session_in_that_of_the_run():
    """What is of the pull is closed with it, what is of the run is not."""
    with Session() as run:
        with Session(run.run) as own:
            mine, ours = own.shared("a", Held), own.run.shared("a", Held)
        assert (mine.closed, ours.closed) == (1, 0)
    assert ours.closed == 1


def test_a_named_session_is_gone_when_its_run_fails():
    """Nobody finds a session that is closed."""

    def fail():
        with open_session("run"):
            assert session_named("run") is not None
            raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        fail()
    assert session_named("run") is None
