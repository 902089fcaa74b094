"""What was pulled: the manifest that stands beside every extract."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import TypeAdapter

from dataready.errors import WarehouseError
from dataready.model import Column, Schema, Treatment
from dataready.sources.source import Degraded, Snapshot

__all__ = ["Extract", "JoinedTable", "Manifest", "SourceFile"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """One file (or table) that rows came from, as it was found.

    `name` is relative to the source given, so that two machines say the same. `rows` are
    the records that landed, `rejected` those that the reader refused; `header` is the
    file's own, before names were made unique; `notes` are sentences for the reader.
    """

    name: str
    bytes: int
    sha256: str
    rows: int
    rejected: int = 0
    header: tuple[str, ...] = ()
    encoding: str | None = None
    delimiter: str | None = None
    header_found: bool | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinedTable:
    """A table that an extract was left-joined to, and what the extract's rows found there.

    `on` leads from columns here to those there; `columns` are those taken over, by their
    names here; `lacks` are columns of `on` that this side does not have, so that no row can
    find anything. `fingerprint` and `rows` are the table's. Of its keys, `keys_repeated` stand
    in more than one row. Of the extract's rows, `without_key` have no whole key,
    `without_partner` have one that is not there, and `ambiguous` find rows that differ.
    """

    dataset: str
    on: dict[str, str]
    columns: tuple[str, ...]
    fingerprint: str
    rows: int
    lacks: tuple[str, ...] = ()
    keys_repeated: int = 0
    without_key: int = 0
    without_partner: int = 0
    ambiguous: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What an extract holds and how that is known.

    `typed` is False where the source has no types of its own (CSV): its values are the
    text that stood there, and the profile says what they are; of a table that others were
    joined to, it is the names of the columns whose sources have types. `fingerprint` is a hash
    of the files' contents and of how they were read, and of what was joined; `base` is then
    the fingerprint of the extract that `joins` were joined to. `clock` is the only field that
    differs between two extracts of the same source. `scope` is the declared condition: unless
    it is empty, the extract is not a full one. `treated` columns did not land, or as keyed
    hashes; `degraded` ones landed as text. `snapshots` are the states of servers that were read.
    `request` is a hash of what the settings asked for. `late` says what an incremental pull
    found to have changed below its watermark, so that all was pulled again.
    """

    dataset: str
    side: str
    source: str
    kind: str
    columns: tuple[Column, ...]
    files: tuple[SourceFile, ...]
    rows: int
    rejected: int
    typed: bool | tuple[str, ...]
    reconciled: bool
    reconciliation: tuple[str, ...]
    fingerprint: str
    clock: str
    notes: tuple[str, ...] = ()
    scope: str = ""
    treated: Mapping[str, Treatment] = field(default_factory=dict)
    degraded: tuple[Degraded, ...] = ()
    snapshots: tuple[Snapshot, ...] = ()
    request: str = ""
    late: str = ""
    base: str | None = None
    joins: tuple[JoinedTable, ...] = ()
    version: int = 1

    @property
    def schema(self) -> Schema:
        """The observed schema, in order, without dataready's own two columns."""
        return Schema(self.columns)

    @property
    def joined_columns(self) -> frozenset[str]:
        """The columns that come from tables that were joined."""
        return frozenset(column for join in self.joins for column in join.columns)

    def to_json(self) -> str:
        """Write the manifest as JSON."""
        return TypeAdapter(Manifest).dump_json(self, indent=2).decode() + "\n"


@dataclass(frozen=True, slots=True)
class Extract:
    """One DuckDB file that holds one table, `dataready.model.TABLE`, and its manifest.

    The table has the source's columns in order, then `FILE_COLUMN` (INTEGER) and
    `ROW_COLUMN` (BIGINT). A second table, `rejects`, holds the records that the reader
    refused: file (INTEGER), row (BIGINT), line (BIGINT), reason and text (VARCHAR).
    """

    path: Path
    manifest: Manifest

    @property
    def manifest_path(self) -> Path:
        """The manifest's place: beside the extract, `.json` instead of `.duckdb`."""
        return self.path.with_suffix(".json")

    @classmethod
    def open(cls, path: Path) -> Extract:
        """Read an extract's manifest.

        Raises:
            WarehouseError: The extract or its manifest is missing or not readable.
        """
        try:
            text = path.with_suffix(".json").read_bytes()
            manifest = TypeAdapter(Manifest).validate_json(text)
        except (OSError, ValueError) as e:
            msg = (
                f"The extract '{path.name}' has no readable manifest beside it. "
                "Run the extract again."
            )
            raise WarehouseError(msg) from e
        if not path.is_file():
            msg = f"The extract '{path.name}' is missing. Run the extract again."
            raise WarehouseError(msg)
        return cls(path, manifest)
