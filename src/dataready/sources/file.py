"""Which files a path means, and of what kind they are."""

from __future__ import annotations

import glob
import gzip
import hashlib
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedIOBase
from pathlib import Path

from dataready.errors import EmptySourceError, SourceError, did_you_mean
from dataready.model import SourceSpec

__all__ = ["Facts", "Found", "content", "facts", "find", "is_delta", "kind_of", "located",
           "reading", "suffix_of"]  # fmt: skip

_SUFFIXES = {
    ".csv": "csv", ".tsv": "csv", ".tab": "csv", ".psv": "csv", ".txt": "csv",
    ".dat": "csv", ".data": "csv", ".test": "csv", ".train": "csv",
    ".parquet": "parquet", ".pq": "parquet", ".parq": "parquet",
    ".json": "json", ".ndjson": "json", ".jsonl": "json", ".geojson": "json",
    ".duckdb": "duckdb", ".ddb": "duckdb",
    ".sqlite": "sqlite", ".sqlite3": "sqlite", ".xlsx": "excel",
}  # fmt: skip
_PROSE = frozenset({"readme", "license", "licence", "changelog", "notice", "source", "sources"})
_GZIP = b"\x1f\x8b"
_OLE = b"\xd0\xcf\x11\xe0"
_LISTED = 12


@dataclass(frozen=True, slots=True)
class Found:
    """The files that a source means: (name relative to the source, path), sorted by name."""

    kind: str
    files: tuple[tuple[str, Path], ...]
    notes: tuple[str, ...] = ()


def find(spec: SourceSpec, *, base: Path) -> Found:
    """Find the files of a source and decide their kind, by name and then by content.

    Args:
        spec: What the settings say.
        base: The folder that relative paths start from.

    Raises:
        SourceError: The path is missing or not readable, or mixes kinds.
        EmptySourceError: There is no file with data.
    """
    path = located(spec.path, base)
    with reading(spec.path):
        if path.is_dir():
            return _in_folder(path, spec)
        if path.exists():
            files = [(path.name, path)]
        else:
            matches = sorted(glob.glob(str(path), recursive=True))  # noqa: PTH207 - absolute globs
            root = _fixed_part(path)
            files = [(p.relative_to(root).as_posix(), p) for p in map(Path, matches) if p.is_file()]
        if not files:
            raise SourceError(_missing(path, spec.path))
        kinds = Counter(kind_of(p) if spec.format == "auto" else spec.format for _, p in files)
    if len(kinds) > 1:
        raise SourceError(_mixed(spec.path, kinds))
    return Found(next(iter(kinds)), tuple(files))


def is_delta(spec: SourceSpec, *, base: Path) -> bool:
    """Say whether a path is the folder of a Delta table."""
    with reading(spec.path):
        return (located(spec.path, base) / "_delta_log").is_dir()


def located(said: str, base: Path) -> Path:
    """Answer where a path leads; like a shell, `~name` is a name where no user is called so."""
    try:
        return base / Path(said).expanduser()
    except RuntimeError:
        return base / said


def kind_of(path: Path) -> str:
    """Answer the kind of a file: by its content where that is plain, or by its name.

    Raises:
        SourceError: It is a kind of file that is not read.
    """
    with content(path) as stream:
        start = stream.read(4096)
    if start[:4] == b"PAR1":
        return "parquet"
    if start[8:12] == b"DUCK":
        return "duckdb"
    if start[:15] == b"SQLite format 3":
        return "sqlite"
    if start[:4] == b"PK\x03\x04" and _suffix(path) in {".xlsx", ".xlsm"}:
        return "excel"
    if start[:4] == b"PK\x03\x04" or start[:5] == b"%PDF-" or start[:4] == _OLE:
        msg = (
            f"'{path.name}' is an archive, old spreadsheet or document, not a table. "
            "Export it as CSV, JSON, Parquet, DuckDB or .xlsx."
        )
        raise SourceError(msg)
    named = _SUFFIXES.get(_suffix(path))
    if named:
        return named
    return "json" if start.lstrip()[:1] in (b"{", b"[") else "csv"


@contextmanager
def content(path: Path) -> Iterator[BufferedIOBase]:
    """Open a file for its bytes, unpacked where it is packed by gzip.

    Raises:
        SourceError: It cannot be opened, or its gzip stream is cut short or damaged.
    """
    with reading(path.name), path.open("rb") as raw:
        packed = raw.read(2) == _GZIP
        raw.seek(0)
        if not packed:
            yield raw
            return
        with gzip.GzipFile(fileobj=raw) as stream:
            yield stream


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What identifies a file as it lies on disk."""

    bytes: int
    modified_ns: int
    sha256: str


def facts(path: Path) -> Facts:
    """Hash a file, and say how large it is and when it was last written to.

    Raises:
        SourceError: It cannot be read.
    """
    with reading(path.name), path.open("rb") as f:
        stat = path.stat()
        sha256 = hashlib.file_digest(f, "sha256").hexdigest()
    return Facts(bytes=stat.st_size, modified_ns=stat.st_mtime_ns, sha256=sha256)


@contextmanager
def reading(name: str) -> Iterator[None]:
    """Turn what the operating system and gzip raise into a `SourceError`.

    Raises:
        SourceError: Something could not be read.
    """
    try:
        yield
    except PermissionError:
        msg = f"'{name}' may not be read by this user. Give it the right to read, then run again."
        raise SourceError(msg) from None
    except (EOFError, gzip.BadGzipFile, zlib.error):
        msg = f"'{name}' is packed by gzip, and cut short or damaged. Fetch the whole file again."
        raise SourceError(msg) from None
    except OSError as e:
        msg = f"'{name}' cannot be read: {e.strerror or type(e).__name__}."
        raise SourceError(msg) from None


def suffix_of(name: str) -> str:
    """Answer what in a name says the kind of a file, in lower case; "" if nothing does.

    >>> suffix_of("Orders.CSV.gz"), suffix_of("token.7f3a")
    ('.csv', '')
    """
    found = _suffix(Path(name))
    return found if found in _SUFFIXES else ""


def _suffix(path: Path) -> str:
    """Answer a name's last suffix in lower case, leaving out that of gzip."""
    name = path.name.lower()
    return Path(name.removesuffix(".gz")).suffix


def _fixed_part(path: Path) -> Path:
    """Answer the folders of a glob that come before its first wildcard."""
    parts = path.parts
    wild = next(
        (i for i, part in enumerate(parts) if glob.has_magic(part)),
        len(parts) - 1,
    )
    return Path(*parts[:wild])


def _in_folder(folder: Path, spec: SourceSpec) -> Found:
    """Take the data files that lie directly in a folder, all of one kind."""
    names = sorted(p.name for p in folder.iterdir() if p.is_file() and p.name[0] != ".")
    kinds = {n: k for n in names if (k := _SUFFIXES.get(_suffix(Path(n)))) and not _is_prose(n)}
    if spec.format != "auto":
        wanted = [n for n in names if kinds.get(n, spec.format) == spec.format]
        return _taken(folder, spec, spec.format, [n for n in wanted if n in kinds] or wanted, names)
    plain = [n for n in kinds if _suffix(Path(n)) != ".txt"]
    taken = plain or list(kinds)
    counts = Counter(kinds[n] for n in taken)
    if len(counts) > 1 and counts["json"] <= max(n for k, n in counts.items() if k != "json"):
        # A manifest or an index beside the data is no part of it.
        del counts["json"]
    if len(counts) > 1:
        raise SourceError(_mixed(spec.path, counts))
    kind = next(iter(counts), "csv")
    return _taken(folder, spec, kind, [n for n in taken if kinds[n] == kind], names)


def _taken(folder: Path, spec: SourceSpec, kind: str, taken: list[str], names: list[str]) -> Found:
    """Say which files of a folder are the source, and which are left aside."""
    if not taken:
        msg = (
            f"The folder '{spec.path}' holds no data file (CSV, JSON, Parquet or DuckDB). "
            f"It holds: {_listed(p.name + '/' * p.is_dir() for p in folder.iterdir())}. "
            "Name a file, or a glob such as 'folder/**/*.csv'."
        )
        raise EmptySourceError(msg)
    left = [n for n in names if n not in set(taken)]
    note = f"Not read, since they are no {kind} data: {_listed(left)}."
    return Found(kind, tuple((n, folder / n) for n in taken), (note,) if left else ())


def _is_prose(name: str) -> bool:
    """Say whether a name is that of a text for people."""
    return name.lower().partition(".")[0] in _PROSE


def _listed(names: Iterable[str]) -> str:
    """List names, sorted, the first dozen of them."""
    ordered = sorted(names)
    more = f" and {len(ordered) - _LISTED} more" if len(ordered) > _LISTED else ""
    return (", ".join(f"'{n}'" for n in ordered[:_LISTED]) or "nothing") + more


def _missing(path: Path, said: str) -> str:
    """Say that a path is not there, what is, and what may have been meant."""
    if glob.has_magic(said):
        return f"No file matches '{said}'. Check the pattern and the folder it starts from."
    parent = path.parent
    while not parent.is_dir():
        path, parent = parent, parent.parent
    there = [p.name for p in parent.iterdir() if p.name[0] != "."]
    return (
        f"There is no '{said}': '{path.name}' is missing.{did_you_mean(path.name, there)} "
        f"Its folder holds: {_listed(there)}."
    )


def _mixed(said: str, kinds: Counter[str]) -> str:
    """Say that files of several kinds are mixed."""
    counted = ", ".join(f"{n} {kind}" for kind, n in sorted(kinds.items()))
    return (
        f"'{said}' mixes kinds of files: {counted}. "
        "Name one kind by 'format', or by a glob such as 'folder/*.csv'."
    )
