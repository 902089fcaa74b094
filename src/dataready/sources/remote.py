"""Files over HTTP(S) and in S3-compatible stores: fetched whole, then read as files are."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import duckdb

from dataready.errors import SourceError, TransientSourceError
from dataready.model import SourceSpec
from dataready.sources.fetch import HttpStore, Object, S3Store, Store
from dataready.sources.file import find
from dataready.sources.kinds import open_files
from dataready.sources.session import Session
from dataready.sources.source import Part, Snapshot, Source
from dataready.sources.survey import Survey, TableFacts
from dataready.sources.url import scheme_of, shown

__all__ = ["RemoteSource"]

_STORES: dict[str, Callable[..., Store]] = {"http": HttpStore, "https": HttpStore, "s3": S3Store}


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteSource:
    """What an address of files means; of which kind they are is known once they are here."""

    spec: SourceSpec
    base: Path
    session: Session
    _read: list[Source] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """What the files are, once they were looked at."""
        return self._read[0].kind if self._read else str(scheme_of(self.spec.path))

    @property
    def where(self) -> str:
        """The address without any secret."""
        return shown(self.spec.path)

    @property
    def typed(self) -> bool:
        """Say whether values land with types of their own."""
        return bool(self._read) and self._read[0].typed

    @property
    def options(self) -> tuple[str, ...]:
        """How the files are read."""
        return self._read[0].options if self._read else ()

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences about the source as a whole."""
        return self._read[0].notes if self._read else ()

    def look(self, con: duckdb.DuckDBPyConnection, scratch: Path) -> tuple[Part, ...]:
        """Fetch all files, see that none has changed meanwhile, and look at each."""
        store = self._store()
        before = store.objects()
        folder = scratch / "fetched"
        folder.mkdir(exist_ok=True)
        said = [store.fetch(item, _place(folder, item.name)) for item in before]
        after = store.objects()
        if before != after:
            msg = f"'{self.where}' changed while it was read. Run again once it is complete."
            raise TransientSourceError(msg)
        # Below the folder even if a name begins as that of a home does.
        path = str(folder / before[0].name) if len(before) == 1 else "**/*"
        spec = replace(self.spec, path=path)
        files = find(spec, base=folder)
        source = open_files(replace(spec, path=str(folder / path)), files, self.session)
        self._read[:] = [source]
        state = _state(store, before)
        parts = source.look(con, scratch)
        return tuple(
            replace(p, snapshot=state, notes=(*p.notes, *(s for s in said if _is_of(s, p))))
            for p in parts
        )

    def survey(self) -> Survey:
        """List the files, and fetch none."""
        store = self._store()
        tables = tuple(
            TableFacts(name=o.name, rows=None, bytes=o.bytes or 0, readable=True)
            for o in store.objects()
        )
        return Survey(where=self.where, server=store.server, user="", tables=tables)

    def _store(self) -> Store:
        return _STORES[str(scheme_of(self.spec.path))](self.spec.path, self.spec.politeness)


def _is_of(sentence: str, part: Part) -> bool:
    """Say whether a sentence about a file is about a part; a table has its file's name in front."""
    name = sentence.partition("': ")[0].removeprefix("'")
    return part.name == name or part.name.startswith(f"{name}:")


def _place(folder: Path, name: str) -> Path:
    """Answer where an object is written to, whatever its name.

    Raises:
        SourceError: It would be outside of the folder.
    """
    pieces = PurePosixPath(name).parts
    if not pieces or name.startswith("/") or ".." in pieces or "\0" in name or "\\" in name:
        msg = f"An object has the name '{name}', which cannot be one of a file. Rename it."
        raise SourceError(msg)
    place = folder.joinpath(*pieces)
    place.parent.mkdir(parents=True, exist_ok=True)
    return place


def _state(store: Store, objects: Sequence[Object]) -> Snapshot:
    """Say which state was read: the same before the first file was fetched and after the last."""
    clock = datetime.now(UTC).isoformat(timespec="seconds")
    if not all(o.tag for o in objects):
        note = "the server does not say when a file changes; only its size was compared"
        return Snapshot(server=store.server, id="", clock=clock, note=note)
    tags = repr([(o.name, o.bytes, o.tag) for o in objects])
    state = hashlib.sha256(tags.encode()).hexdigest()[:16]
    return Snapshot(server=store.server, id=state, clock=clock)
