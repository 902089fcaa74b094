"""What all pulls of a run share: one snapshot of each server, kept open until the run ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import RLock
from types import TracebackType
from typing import Protocol, Self, TypeVar

__all__ = ["Closable", "Session", "living", "open_session", "session_named"]


class Closable(Protocol):
    """Something that holds a connection."""

    def close(self) -> None:
        """Let go of it; never raises."""


class Standing(Closable, Protocol):
    """A server whose state can be lost; `served` says that rows of it are in an extract."""

    served: bool

    @property
    def alive(self) -> bool:
        """Say whether the state can still be had."""


Held = TypeVar("Held", bound=Closable)
Stands = TypeVar("Stands", bound=Standing)


class Session:
    """Holds what is opened once for several pulls, under a name; threads may share it.

    >>> with Session() as session:
    ...     session.shared("db", lambda: open("/dev/null")) is session.shared("db", None)
    True
    """

    def __init__(self, run: Session | None = None) -> None:
        """Hold nothing yet; `run` is the session around this one, of the whole run."""
        self.run = run or self
        self._held: dict[str, Closable] = {}
        self._lock = RLock()

    def shared(self, name: str, make: Callable[[], Held]) -> Held:
        """Answer what is held under a name; made by `make` where nothing is."""
        with self._lock:
            if name not in self._held:
                self._held[name] = make()
            return self._held[name]  # type: ignore[return-value]

    def forget(self, name: str, only: Closable | None = None) -> None:
        """Close what is held under a name, since it is of no more use; `only` if it is this."""
        with self._lock:
            if only is not None and self._held.get(name) is not only:
                return
            held = self._held.pop(name, None)
        if held is not None:
            held.close()

    def close(self) -> None:
        """Close all that is held, the last one first."""
        for name in reversed(list(self._held)):
            self.forget(name)

    def __enter__(self) -> Self:
        """Answer itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close all that is held."""
        self.close()


_OPEN: dict[str, Session] = {}
"""The sessions of runs that this process is at, for tasks that can only hand names on."""


@contextmanager
def open_session(name: str) -> Iterator[Session]:
    """Hold a session under a name that threads of this process can find it by.

    >>> with open_session("run") as session:
    ...     session_named("run") is session
    True
    >>> session_named("run") is None
    True
    """
    with Session() as session:
        _OPEN[name] = session
        try:
            yield session
        finally:
            del _OPEN[name]


def session_named(name: str) -> Session | None:
    """Answer the session that is open under a name, or None."""
    return _OPEN.get(name)


def living(run: Session, name: str, make: Callable[[str], Stands]) -> Stands:
    """Answer the server that a run holds under a name; a new one where its state is lost.

    Args:
        run: What the pulls of the run share.
        name: The server's.
        make: Makes one that fixes a state; its note says what is to be known of that.
    """
    server = run.shared(name, lambda: make(""))
    if server.alive:
        return server
    run.forget(name, server)
    note = "the state that tables before it were read from was lost" if server.served else ""
    return run.shared(name, lambda: make(note))
