"""Pull a source into an extract: all of it or nothing, and every record accounted for."""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from dataready.config.text import written as as_written
from dataready.errors import TransientSourceError
from dataready.extract.draft import draft, keep
from dataready.extract.grow import LateChangesError, grow, previous_extract
from dataready.extract.land import Landed, land
from dataready.extract.manifest import Extract, Manifest
from dataready.model import Politeness, SourceSpec
from dataready.sources import Session, Source, open_source
from dataready.sources.selection import request_of, selection_options
from dataready.sources.url import scheme_of
from dataready.warehouse.connection import connect

__all__ = ["pull"]

Progress = Callable[[str, int], None]
_LONGEST_WAIT_S = 60.0
_STREAM_MEMORY = "256MB"


def pull(
    spec: SourceSpec,
    *,
    dataset: str,
    side: str,
    folder: Path,
    name: str,
    base: Path,
    progress: Progress | None = None,
    session: Session | None = None,
) -> Extract:
    """Land every record of a source, as it stands, in `folder/name.duckdb`.

    Args:
        spec: Where the source is and how to read it.
        dataset: What the settings call the table.
        side: `pilot` or `production`.
        folder: Made where it is missing. Left-overs of killed pulls in it are removed.
        name: The extract's; one that is there is replaced.
        base: The folder that relative paths start from.
        progress: Told each file's name and its records once it has landed.
        session: What pulls of one run share, so that all read a server in one state; None
            for a state of its own.

    Returns:
        The extract, reconciled: rows, refused records and figures are those of the source.

    Raises:
        SourceError: The source cannot be read; nothing is kept.
        ReconciliationError: What landed is not what the source holds; nothing is kept.
        WarehouseError: DuckDB refused, or rows are missing; nothing is kept.
    """
    if session is None:
        with Session() as own:
            return pull(
                spec,
                dataset=dataset,
                side=side,
                folder=folder,
                name=name,
                base=base,
                progress=progress,
                session=own,
            )
    for attempt in range(1, spec.politeness.retries + 2):
        try:
            with Session(session.run) as own:
                source = open_source(spec, base=base, session=own)
                with draft(folder, name) as scratch:
                    kept = scratch / f"{name}.duckdb"
                    landed, late = _landed(spec, source, kept, folder, progress)
                    known = _manifest(spec, source, landed, dataset=dataset, side=side)
                    manifest = replace(known, late=late)
                    return keep(kept, Extract(folder / f"{name}.duckdb", manifest))
        except TransientSourceError as e:
            _again(e, attempt, spec.politeness)
    raise AssertionError


def _again(error: TransientSourceError, attempt: int, politeness: Politeness) -> None:
    """Wait before another try, twice as long each time.

    Raises:
        TransientSourceError: It was the last one.
    """
    if attempt > politeness.retries:
        msg = f"{error} Tried {attempt} times." if attempt > 1 else str(error)
        raise TransientSourceError(msg) from None
    time.sleep(min(politeness.retry_wait_s * 2 ** (attempt - 1), _LONGEST_WAIT_S))


def _landed(
    spec: SourceSpec, source: Source, kept: Path, folder: Path, progress: Progress | None
) -> tuple[Landed, str]:
    """Land all of a source, or what is new of it where that is asked for and proves enough.

    Returns:
        What landed, and what was found to have changed below the watermark, if anything.
    """
    late = ""
    previous = previous_extract(folder, spec) if spec.mode == "incremental" else None
    if previous is not None:
        shutil.copyfile(previous.path, kept)
        try:
            with _opened(spec, kept) as con:
                return grow(con, source, spec, previous, kept.parent, progress), ""
        except LateChangesError as e:
            late = str(e)
            kept.unlink()
    with _opened(spec, kept) as con:
        return land(con, source, spec, kept.parent, progress), late


def _opened(spec: SourceSpec, kept: Path) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
    """Open the database to land in; rows that stream need little memory, however many."""
    limit = None if scheme_of(spec.path) is None else _STREAM_MEMORY
    return connect(kept, memory_limit=limit, temp=kept.parent / "spill")


def _manifest(
    spec: SourceSpec, source: Source, landed: Landed, *, dataset: str, side: str
) -> Manifest:
    """Say what was pulled."""
    return Manifest(
        dataset=dataset,
        side=side,
        source=as_written(source.where),
        kind=source.kind,
        columns=landed.columns,
        files=landed.files,
        rows=sum(f.rows for f in landed.files),
        rejected=sum(f.rejected for f in landed.files),
        typed=source.typed,
        reconciled=True,
        reconciliation=landed.checks,
        fingerprint=_fingerprint(spec, source, landed),
        clock=datetime.now(UTC).isoformat(timespec="seconds"),
        notes=source.notes,
        scope=as_written(spec.where or ""),
        treated=dict(sorted(spec.treat.items())),
        degraded=landed.degraded,
        snapshots=landed.snapshots,
        request=request_of(spec),
    )


def _fingerprint(spec: SourceSpec, source: Source, landed: Landed) -> str:
    """Hash the contents of a source and how it was read."""
    said = [source.kind, *source.options, *selection_options(spec)]
    said += [
        repr((f.name, f.sha256, f.encoding, f.delimiter, f.header_found)) for f in landed.files
    ]
    return hashlib.sha256("\0".join(said).encode()).hexdigest()
