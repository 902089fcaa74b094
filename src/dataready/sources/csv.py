"""CSV and its kin: delimited text, in one file or in many with drifting headers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import NamedTemporaryFile

import duckdb

from dataready.errors import ConfigError, SourceError
from dataready.model import SourceSpec
from dataready.sources.dialect import find_dialect, header_is_likely
from dataready.sources.file import Found, facts
from dataready.sources.name import named
from dataready.sources.record import Dialect, split
from dataready.sources.scan import Records, scan
from dataready.sources.source import FilePart, Part, Reading, Rejecter
from dataready.sources.text import encoding_of, plain
from dataready.sql import literal

__all__ = ["CsvPart", "CsvSource"]

_HEAD = 1 << 20
_ROWS = 1000
_LINE_LIMIT = 2_000_000


@dataclass(frozen=True, slots=True)
class _Start:
    """What the start of one file says."""

    encoding: str
    dialect: Dialect
    rows: tuple[tuple[str, ...], ...]
    certain: bool
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvPart(FilePart):
    """One delimited file, its dialect found."""

    dialect: Dialect

    @contextmanager
    def read(
        self,
        con: duckdb.DuckDBPyConnection,  # noqa: ARG002 - other kinds need it
        scratch: Path,
        reject: Rejecter,
    ) -> Iterator[Reading]:
        """Scan the whole file, and say how DuckDB is to read what is good of it."""
        with (
            plain(self.path, self.encoding or "utf-8", scratch) as text,
            NamedTemporaryFile(dir=scratch, suffix=".csv") as out,
        ):
            found = scan(text, self.dialect, out, reject)
            with _understood(self.name):
                yield Reading(
                    select=_select(found, self.dialect.written),
                    records=found.records,
                    counted="counted in the text, apart from DuckDB",
                    rejected=found.rejected,
                    notes=tuple(_remarks(found)),
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvSource:
    """Delimited text files; every value is the text that stands there."""

    spec: SourceSpec
    found: Found
    kind: str = "csv"
    typed: bool = False

    @property
    def where(self) -> str:
        """The path as the settings give it."""
        return self.spec.path

    @property
    def options(self) -> tuple[str, ...]:
        """What the settings say of the dialect."""
        s = self.spec
        said = {"delimiter": s.delimiter, "quote": s.quote, "encoding": s.encoding}
        said |= {"header": None if s.header is None else str(s.header)}
        return tuple(f"{k}={v!r}" for k, v in said.items() if v is not None)

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences about the source as a whole."""
        return self.found.notes

    def look(
        self,
        con: duckdb.DuckDBPyConnection,  # noqa: ARG002 - other kinds need it
        scratch: Path,
    ) -> tuple[Part, ...]:
        """Find encoding, dialect, header and columns of every file."""
        _refuse_nonsense(self.spec)
        starts = [_start(path, self.spec, scratch) for _, path in self.found.files]
        if self.spec.header is None:
            starts = _agreed(starts)
        return tuple(
            _part(name, path, start)
            for (name, path), start in zip(self.found.files, starts, strict=True)
        )


def _start(path: Path, spec: SourceSpec, scratch: Path) -> _Start:
    """Look at the start of one file."""
    encoding, notes = encoding_of(path, spec.encoding)
    with plain(path, encoding, scratch) as text, text.open("rb") as f:
        head = f.read(_HEAD)
        if len(head) == _HEAD:
            head = head[: head.rfind(b"\n") + 1] or head
    dialect = find_dialect(head, delimiter=spec.delimiter, quote=spec.quote)
    rows = tuple(
        tuple(v.decode("utf-8", "backslashreplace") for v in row)
        for row in split(head, dialect, most=_ROWS)
        if row
    )
    if not rows:
        msg = (
            f"'{path.name}' does not start with a record that can be read: its quotes do not "
            "match, or it is longer than 1 MiB. Say its 'quote' in the settings."
        )
        raise SourceError(msg)
    likely, certain = header_is_likely(rows)
    header = likely if spec.header is None else spec.header
    return _Start(encoding, replace(dialect, header=header), rows, certain, notes)


def _refuse_nonsense(spec: SourceSpec) -> None:
    """Raise if delimiter and quote cannot be told apart, from each other or from line ends.

    Raises:
        ConfigError: They cannot.
    """
    delimiter, quote = spec.delimiter, spec.quote
    if delimiter == "" or len(quote or "") > 1 or {"\n", "\r", quote} & set(delimiter or ","):
        msg = (
            f"The delimiter {delimiter!r} and the quote {quote!r} do not go together: "
            "say a delimiter such as ',' and a quote of one other character, or '' for none."
        )
        raise ConfigError(msg)


def _agreed(starts: Sequence[_Start]) -> list[_Start]:
    """Let files that leave it open follow the others in whether they have a header.

    A first row that shares no name with the headers of the other files, though it is as
    wide as they are, is data; one that shares a name is a header.
    """
    known = {
        name.casefold()
        for s in starts
        if s.dialect.header and s.certain
        for name in s.rows[0]
        if name
    }
    widths = {len(s.rows[0]) for s in starts if s.dialect.header and s.certain}
    agreed = []
    for s in starts:
        header = s.dialect.header
        shares = any(name.casefold() in known for name in s.rows[0] if name)
        if not s.certain and known:
            header = shares or (header and len(s.rows[0]) not in widths)
        agreed.append(replace(s, dialect=replace(s.dialect, header=header)))
    return agreed


def _part(name: str, path: Path, start: _Start) -> CsvPart:
    """Name the columns of one file."""
    dialect, notes = start.dialect, list(start.notes)
    if dialect.header:
        header = names = list(start.rows[0])
        width = len(header) if len(start.rows) < 2 else dialect.width
        if width == len(header) + 1:
            names, note = _one_short(header, start.rows[1:])
            notes.append(note)
        dialect = replace(dialect, width=len(names))
    else:
        header, names = [], [""] * dialect.width
        notes.append("The file has no header; its columns are column0, column1 and so on here.")
    file = facts(path)
    columns, remarks = named(names, ["VARCHAR"] * len(names))
    notes += remarks if dialect.header else ()
    return CsvPart(
        name=name,
        path=path,
        bytes=file.bytes,
        modified_ns=file.modified_ns,
        sha256=file.sha256,
        columns=columns,
        header=tuple(header),
        encoding=start.encoding,
        delimiter=dialect.delimiter,
        header_found=dialect.header,
        notes=tuple(notes),
        dialect=dialect,
    )


def _one_short(header: list[str], body: Sequence[Sequence[str]]) -> tuple[list[str], str]:
    """Place the one column that a header leaves out: first, or last where it is empty."""
    last = len(header)
    if all(row[last] == "" for row in body if len(row) > last):
        return [*header, ""], "Every record ends in one more delimiter than the header."
    return ["", *header], (
        "The header has one name less than the records have fields: "
        "the first column is taken for an index without a name."
    )


@contextmanager
def _understood(name: str) -> Iterator[None]:
    """Say where a file stops being delimited text, if DuckDB finds that it does.

    Raises:
        SourceError: It does.
    """
    try:
        yield
    except duckdb.InvalidInputException as e:
        place = re.search(r"CSV Error on Line: (\d+)", str(e))
        where = f" at line {place[1]}" if place else ""
        msg = (
            f"DuckDB cannot read '{name}'{where} as delimited text. "
            "Say delimiter, quote and encoding in the settings."
        )
        raise SourceError(msg) from None


def _select(found: Records, dialect: Dialect) -> str:
    """Write the SELECT that reads every value as text, as it stands."""
    columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(dialect.width))
    options = {
        "delim": literal(dialect.delimiter),
        "quote": literal(dialect.quote),
        "escape": literal(dialect.quote),
        "new_line": r"'\r\n'" if found.ends_crlf else r"'\n'",
        "header": literal(found.clean and dialect.header),
        # Threads that start inside a quoted line break would have to guess.
        "parallel": literal(not found.multiline),
        "max_line_size": str(max(_LINE_LIMIT, found.longest + 1024)),
    }
    listed = ", ".join(f"{k} = {v}" for k, v in options.items())
    return (
        f"SELECT * FROM read_csv({literal(found.path)}, auto_detect = false, "
        f"columns = {{{columns}}}, {listed}, nullstr = '', allow_quoted_nulls = false)"
    )


def _remarks(found: Records) -> Iterator[str]:
    """Say what of the records is worth knowing."""
    if found.blank:
        yield f"{found.blank} blank lines are no records."
    for reason, count in sorted(found.reasons.items(), key=lambda item: (-item[1], item[0])):
        yield f"{count} of {found.records} records were refused: {reason}."
    if found.records and found.rejected == found.records:
        yield "Every record was refused: say delimiter, quote, encoding or header in the settings."
