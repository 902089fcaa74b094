"""Where tables live: one file per kind of source, drivers imported inside it only."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from dataready.errors import ConfigError, did_you_mean
from dataready.model import SourceSpec
from dataready.sources.delta import DeltaSource
from dataready.sources.file import find, is_delta
from dataready.sources.kinds import open_files
from dataready.sources.mysql import MysqlSource
from dataready.sources.postgres import PostgresSource
from dataready.sources.remote import RemoteSource
from dataready.sources.session import Session, open_session, session_named
from dataready.sources.source import Part, Reading, Reject, Source
from dataready.sources.sqlite import SqliteSource
from dataready.sources.url import scheme_of

__all__ = [
    "Part",
    "Reading",
    "Reject",
    "Session",
    "Source",
    "open_session",
    "open_source",
    "session_named",
]

_SCHEMES: dict[str, Callable[..., Source]] = {
    "delta": DeltaSource,
    "delta+s3": DeltaSource,
    "http": RemoteSource,
    "https": RemoteSource,
    "mariadb": MysqlSource,
    "mysql": MysqlSource,
    "postgres": PostgresSource,
    "postgresql": PostgresSource,
    "s3": RemoteSource,
    "sqlite": SqliteSource.at,
}
"""The scheme of a URL -> what is called with `spec`, `base` and `session`."""


def open_source(spec: SourceSpec, *, base: Path, session: Session | None = None) -> Source:
    """Find what a source means and of which kind it is; hardly anything is read yet.

    Args:
        spec: What the settings say.
        base: The folder that relative paths start from.
        session: What pulls of the same run share, closed by whoever made it; servers are
            reached through it. None: only to find out whether the source can be read at all.

    Raises:
        ConfigError: Nothing here reads URLs of this scheme, or a setting is for databases.
        SourceError: The path is missing or not readable, or mixes kinds.
        EmptySourceError: There is no file with data.
    """
    scheme = scheme_of(spec.path)
    if scheme is not None:
        if scheme in _SCHEMES:
            return _SCHEMES[scheme](spec=spec, base=base, session=session or Session())
        msg = (
            f"Nothing here reads a URL that begins with '{scheme}://'."
            f"{did_you_mean(scheme, _SCHEMES)} There are: {', '.join(sorted(_SCHEMES))}; "
            "and paths of files."
        )
        raise ConfigError(msg)
    if is_delta(spec, base=base):
        return DeltaSource(spec=spec, base=base, session=session or Session())
    return open_files(spec, find(spec, base=base), session or Session())
