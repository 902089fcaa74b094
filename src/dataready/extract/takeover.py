"""Take over what a failed run has pulled from a server, so that the next one goes on from there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from dataready.errors import WarehouseError
from dataready.extract.manifest import Extract
from dataready.model import SourceSpec
from dataready.sources.selection import request_of

__all__ = ["is_of_server", "renamed", "take_over"]

NOTE = "it was pulled by a run that failed, and taken over"


def is_of_server(path: Path) -> bool:
    """Say whether an extract was pulled from a server: files are as quickly read again."""
    try:
        return bool(Extract.open(path).manifest.snapshots)
    except WarehouseError:
        return False


def take_over(
    folder: Path, name: str, spec: SourceSpec, *, left: Callable[[str], bool], now: datetime
) -> Extract | None:
    """Give an extract of a failed run a new name, if it answers what is asked for now.

    Args:
        folder: Holds the extracts of one side of a dataset.
        name: The new name.
        spec: What is asked for; `resume_within_s` says how old the answer may be.
        left: Says of an extract's name whether it is of a run that is over and failed.
        now: The time.

    Returns:
        The extract under its new name, which says where it is from; None where there is none.
    """
    within_s = spec.politeness.resume_within_s
    for path in sorted(folder.glob("*.duckdb"), reverse=True):
        if not within_s or not left(path.stem) or not is_of_server(path):
            continue
        old = Extract.open(path)
        age_s = (now - datetime.fromisoformat(old.manifest.clock)).total_seconds()
        if old.manifest.request != request_of(spec) or not 0 <= age_s <= within_s:
            continue
        states = tuple(replace(s, note=s.note or NOTE) for s in old.manifest.snapshots)
        return renamed(replace(old, manifest=replace(old.manifest, snapshots=states)), name)
    return None


def renamed(extract: Extract, name: str) -> Extract:
    """Give an extract another name, and the manifest that it comes with."""
    new = Extract(extract.path.with_name(f"{name}.duckdb"), extract.manifest)
    partial = extract.path.with_name(f".{name}.json")
    partial.write_text(new.manifest.to_json(), encoding="utf-8")
    partial.chmod(0o600)
    # The manifest comes first: without a database beside it, it is nothing.
    partial.replace(new.manifest_path)
    extract.path.replace(new.path)
    extract.manifest_path.unlink()
    return new
