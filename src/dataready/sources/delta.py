"""Delta Lake: one version of a table, by its folder or in a store; its log says what it holds."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import parse_qsl

import duckdb
import pyarrow as pa

from dataready.errors import ConfigError, SourceError, TransientSourceError
from dataready.model import Politeness, SourceSpec
from dataready.sources.file import located
from dataready.sources.name import named
from dataready.sources.selection import check_names, is_read, refuse_server_settings
from dataready.sources.session import Session
from dataready.sources.source import Figure, Part, Reading, Rejecter, Snapshot
from dataready.sources.stream import NUMBER, streamed
from dataready.sources.url import resolved, scheme_of, shown
from dataready.sql import ident

__all__ = ["DeltaPart", "DeltaSource"]

_OPTIONS = ("version", "endpoint", "region")
_ROWS = 65_536
_EMPTY = "dataready_empty"
_NOTE = (
    "Delta's log has counts, and the ends of whole numbers, but no checksums: values in between "
    "are as the files have them."
)


def _driver() -> ModuleType:
    """Import the driver.

    Raises:
        SourceError: It is not installed.
    """
    try:
        import deltalake
    except ImportError:
        msg = "The driver for Delta Lake is not installed. Install it: pip install "
        msg += "'dataready[delta]'"
        raise SourceError(msg) from None
    module: ModuleType = deltalake
    return module


@contextmanager
def _translated(where: str) -> Iterator[None]:
    """Turn what the driver raises into a `SourceError`, without a word of its own."""
    exceptions = _driver().exceptions
    try:
        yield
    except exceptions.TableNotFoundError:
        msg = f"'{where}' is no Delta table, or its log is gone. Name the folder of '_delta_log'."
        raise SourceError(msg) from None
    except exceptions.DeltaError as e:
        if "version" in str(e) and "Unsupported" not in str(e):
            msg = f"'{where}' has no such version (any more)."
            raise SourceError(msg) from None
        msg = f"'{where}' cannot be read: it is damaged, or uses a feature that is not supported."
        raise SourceError(msg) from None
    except FileNotFoundError:
        msg = f"A file of '{where}' is gone: somebody cleans this version away (VACUUM)."
        raise TransientSourceError(msg) from None
    except (OSError, pa.ArrowException) as e:
        if getattr(e, "errno", None) == 28:
            raise
        msg = f"'{where}' cannot be read: a file of it, or its store."
        raise TransientSourceError(msg) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeltaPart(Part):
    """One version of a table; `log` are the columns of its log, a row for each file."""

    where: str
    dataset: Any
    rows: int | None
    counts: tuple[int | None, ...]
    figures: tuple[Figure, ...]
    rows_per_second: int = 0

    @contextmanager
    def read(
        self,
        con: duckdb.DuckDBPyConnection,
        scratch: Path,  # noqa: ARG002 - other kinds need it
        reject: Rejecter,  # noqa: ARG002 - a table has no records that can be refused
    ) -> Iterator[Reading]:
        """Stream the files' rows; what they must come to, the log says."""
        names = list(self.header)
        fields = [self.dataset.schema.field(n) for n in names]
        schema = pa.schema([pa.field(f"c{i}", f.type) for i, f in enumerate(fields)])
        with _translated(self.where):
            rows = self.rows if self.rows is not None else int(self.dataset.count_rows())
        counted = "by the table's log" if self.rows is not None else "by its files' metadata"
        batches = self._batches(names, schema)
        with streamed(con, schema, batches, self.rows_per_second) as relation:
            yield Reading(
                select=f"SELECT {', '.join([*schema.names, NUMBER])} FROM {relation}",
                records=rows,
                counted=counted,
                numbered=True,
                present=self.counts,
                figures=self.figures,
            )

    def _batches(self, names: Sequence[str], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        """Read the files one after the other."""
        with _translated(self.where):
            scanner = self.dataset.scanner(
                columns=names, batch_size=_ROWS, batch_readahead=2, fragment_readahead=1
            )
            for batch in scanner.to_batches():
                yield pa.RecordBatch.from_arrays(batch.columns, schema=schema)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeltaSource:
    """A Delta table: a folder, `delta:///folder?version=3`, or `delta+s3://bucket/table`."""

    spec: SourceSpec
    base: Path
    session: Session
    kind: str = "delta"
    typed: bool = True
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse settings that are for databases."""
        refuse_server_settings(self.spec, self.kind)

    @property
    def where(self) -> str:
        """The address without any secret."""
        return shown(self.spec.path)

    @property
    def options(self) -> tuple[str, ...]:
        """Nothing more than the version that was read."""
        return ()

    def look(
        self,
        con: duckdb.DuckDBPyConnection,
        scratch: Path,  # noqa: ARG002 - other kinds need it
    ) -> tuple[Part, ...]:
        """Pin a version, and read what its log says of it."""
        with _translated(self.where):
            table = self._opened()
            _refuse_features(table, self.where)
            dataset = table.to_pyarrow_dataset()
            log = pa.table(table.get_add_actions(flatten=True)).to_pylist()
            moment = max((int(f["modification_time"]) for f in log), default=0)
        there = list(dataset.schema.names)
        check_names(there, self.spec, table=self.where)
        names = [n for n in there if is_read(n, self.spec)]
        con.register(_EMPTY, pa.schema([dataset.schema.field(n) for n in names]).empty_table())
        try:
            types = [str(t) for t in con.sql(f"FROM {ident(_EMPTY)}").types]
        finally:
            con.unregister(_EMPTY)
        columns, notes = named(names, types)
        rows = _total([f.get("num_records") for f in log])
        clock = datetime.fromtimestamp(moment / 1000, UTC).isoformat(timespec="seconds")
        said = repr((table.version(), sorted((f["path"], f["size_bytes"]) for f in log)))
        part = DeltaPart(
            name=f"version {table.version()}",
            columns=columns,
            bytes=sum(int(f["size_bytes"]) for f in log),
            sha256=hashlib.sha256(said.encode()).hexdigest(),
            header=tuple(names),
            notes=(*notes, _NOTE),
            snapshot=Snapshot(server="Delta Lake", id=f"version {table.version()}", clock=clock),
            chosen=True,
            where=self.where,
            dataset=dataset,
            rows=rows,
            counts=tuple(_present(log, n) for n in names),
            figures=tuple(
                figure
                for i, n in enumerate(names)
                if pa.types.is_integer(dataset.schema.field(n).type)
                for figure in _ends(log, i, n)
            ),
            rows_per_second=self.spec.politeness.rows_per_second,
        )
        return (part,)

    def _opened(self) -> Any:  # noqa: ANN401 - a class of the driver's
        """Open the table in the version that is asked for, or the newest.

        Raises:
            ConfigError: The address has an option that is not known.
        """
        address = resolved(self.spec.path)
        scheme = scheme_of(address)
        place, _, query = address.partition("?") if scheme else (address, "", "")
        options = dict(parse_qsl(query))
        version = options.get("version")
        if set(options) - set(_OPTIONS) or (version is not None and not version.isdigit()):
            known = ", ".join(_OPTIONS)
            msg = f"'{self.where}' has an option that is not known. There are: {known}."
            raise ConfigError(msg)
        storage = None
        if scheme == "delta+s3":
            place, storage = place.removeprefix("delta+"), _storage(options, self.spec.politeness)
        else:
            bare = place.removeprefix("delta://").removeprefix("/") if scheme else place
            place = str(located(bare, self.base))
        pinned = int(version) if version is not None else None
        return _driver().DeltaTable(place, version=pinned, storage_options=storage)


def _storage(options: dict[str, str], politeness: Politeness) -> dict[str, str]:
    """Say how the store is reached: by keys of the environment, at no other host."""
    region = options.get("region") or os.environ.get("AWS_REGION") or "us-east-1"
    endpoint = options.get("endpoint", f"https://s3.{region}.amazonaws.com")
    found = {
        "AWS_REGION": region,
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ALLOW_HTTP": str(endpoint.startswith("http://")).lower(),
        "connect_timeout": f"{politeness.connect_timeout_s}s",
        "timeout": f"{politeness.stall_timeout_s}s",
        # Trying again is for whoever pulls.
        "max_retries": "0",
    }
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    keys = {n: os.environ[n] for n in names if os.environ.get(n)}
    return found | (keys or {"AWS_SKIP_SIGNATURE": "true"})


def _refuse_features(table: Any, where: str) -> None:  # noqa: ANN401 - a class of the driver's
    """Refuse a table whose rows are not simply those of its files.

    Raises:
        SourceError: It uses deletion vectors, column mapping, or the like.
    """
    found = sorted(set(table.protocol().reader_features or ()) - {"timestampNtz"})
    if found:
        msg = (
            f"'{where}' uses features of Delta Lake that are not supported: {', '.join(found)}. "
            "Have a copy written without them, or read it by a database that knows them."
        )
        raise SourceError(msg)


def _total(counts: Sequence[int | None]) -> int | None:
    """Sum counts up; None where one is not known."""
    known = [int(n) for n in counts if n is not None]
    return sum(known) if len(known) == len(counts) else None


def _present(log: Sequence[dict[str, Any]], name: str) -> int | None:
    """Answer the non-null values of a column, None where the log does not say."""
    if log and f"partition.{name}" in log[0]:
        return _total([f["num_records"] if f[f"partition.{name}"] is not None else 0 for f in log])
    each = [
        f["num_records"] - nulls
        if f.get("num_records") is not None and (nulls := f.get(f"null_count.{name}")) is not None
        else None
        for f in log
    ]
    return _total(each)


def _ends(log: Sequence[dict[str, Any]], column: int, name: str) -> list[Figure]:
    """Answer the smallest and the largest value of a column of whole numbers, if they are known."""
    if _present(log, name) is None or not log or f"min.{name}" not in log[0]:
        return []
    figures = []
    for word, key, function in (("smallest", "min", min), ("largest", "max", max)):
        values = [f[f"{key}.{name}"] for f in log if f[f"{key}.{name}"] is not None]
        known = all(
            f[f"{key}.{name}"] is not None or f[f"null_count.{name}"] == f["num_records"]
            for f in log
        )
        if known:
            expected = str(function(values)) if values else None
            what = f"{word} value"
            figures.append(Figure(column=column, what=what, expected=expected, sql=f"{key}({{}})"))
    return figures
