"""The records of a delimited text, one by one: exact, and slow.

This is dataready's own reading of the format. `dataready.sources.scan` takes it to what
is odd in a file, and `dataready.sources.dialect` to the start of one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

__all__ = ["Dialect", "Reader", "Row", "split"]


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a delimited text is written; an empty quote means that nothing is quoted.

    `escape` is what makes a quote inside a quoted field literal: the quote itself, or a
    backslash. `newline` is a carriage return in files that have no other line end.
    """

    delimiter: str
    quote: str = '"'
    escape: str = '"'
    width: int = 1
    header: bool = False
    newline: bytes = b"\n"

    @property
    def vectorised(self) -> bool:
        """Say whether whole blocks can be looked at."""
        return (
            len(self.delimiter.encode()) == 1
            and self.newline == b"\n"
            and self.escape in ("", self.quote)
        )

    @property
    def written(self) -> Dialect:
        """The dialect of what is written anew: quotes are doubled, delimiters one byte."""
        if self.vectorised:
            return self
        delimiter = self.delimiter if len(self.delimiter.encode()) == 1 else ","
        quote = self.quote or '"'
        return replace(self, delimiter=delimiter, quote=quote, escape=quote, newline=b"\n")


def _patterns(dialect: Dialect) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    """Write the pattern of a field with its end, and that of a quoted field up to its end.

    Groups of the first: 1 what is quoted, 2 what is bare, 3 the delimiter or line end.
    """
    delimiter = re.escape(dialect.delimiter.encode())
    plain = dialect.newline == b"\n"
    newline = rb"\r?\n" if plain else re.escape(dialect.newline)
    end = rb"(" + delimiter + rb"|" + newline + rb"|\Z)"
    bare = rb"((?:(?!" + delimiter + rb"|" + newline + rb").)*+)"
    if plain and len(dialect.delimiter.encode()) == 1:
        bare = rb"((?:[^" + delimiter + rb"\r\n]|\r(?!\n))*+)"
    if not dialect.quote:
        return re.compile(rb"(\A(?!))?" + bare + end, re.DOTALL), re.compile(rb"(?!)")
    quote, escape = re.escape(dialect.quote.encode()), re.escape(dialect.escape.encode())
    inner = rb"[^" + quote + rb"]*+(?:" + quote * 2 + rb"[^" + quote + rb"]*+)*+"
    if escape != quote:
        inner = rb"(?:[^" + quote + escape + rb"]|" + escape + rb".|" + quote * 2 + rb")*+"
    space = rb" *" if dialect.delimiter != " " else rb""
    opened = space + quote + rb"(" + inner + rb")"
    field_ = rb"(?:" + opened + quote + space + rb"|(?!" + space + quote + rb")" + bare + rb")"
    return re.compile(field_ + end, re.DOTALL), re.compile(opened, re.DOTALL)


def split(text: bytes, dialect: Dialect, *, most: int) -> list[list[bytes]]:
    """Split the start of a text into fields; for finding out what it is.

    Args:
        text: Whole lines.
        dialect: How to read it; its width and header are not looked at.
        most: Records that are enough.

    Returns:
        The fields of each record; none where its quotes do not match.

    >>> split(b'a,"b,c"' + chr(10).encode() + b'1,2', Dialect(","), most=9)
    [[b'a', b'b,c'], [b'1', b'2']]
    """
    reader = Reader(text, dialect)
    rows: list[list[bytes]] = []
    while len(rows) < most and (row := reader.record()) is not None:
        if row.end > row.start and not row.cut:
            rows.append([v for v, _ in row.fields or ()])
    return rows


@dataclass(slots=True)
class Row:
    """One record as it stands: its bytes from start to end without the line end.

    `fields` are (content, quoted); None where quotes do not match. `cut` says that the
    text ends before the record does.
    """

    start: int
    end: int
    fields: list[tuple[bytes, bool]] | None
    cut: bool = False


class Reader:
    """Reads records one by one, exactly; slow, for what is odd."""

    def __init__(self, text: bytes, dialect: Dialect) -> None:
        """Begin at the start of a text."""
        self.text, self.dialect, self.pos = text, dialect, 0
        self.pattern, self.opened = _patterns(dialect)

    def record(self) -> Row | None:
        """Read one record and go behind it; None at the end of the text."""
        text, start = self.text, self.pos
        if start >= len(text):
            return None
        fields: list[tuple[bytes, bool]] = []
        at = start
        while True:
            match = self.pattern.match(text, at)
            if match is None:
                return self._broken(start, at)
            quoted = match[1] is not None
            fields.append((self._literal(match[1]) if quoted else match[2], quoted))
            at = match.end()
            if match[3] != self.dialect.delimiter.encode():
                self.pos = at
                return Row(start, match.start(3), fields)

    def _literal(self, content: bytes) -> bytes:
        """Answer what a quoted field's content says: escaped quotes are quotes."""
        quote = self.dialect.quote.encode()
        content = content.replace(quote * 2, quote)
        if self.dialect.escape == "\\":
            content = re.sub(rb"\\([\\" + re.escape(quote) + rb"])", rb"\1", content)
        return content

    def _broken(self, start: int, at: int) -> Row:
        """Give up on a record at the end of the line on which its quotes fail."""
        newline = self.text.find(self.dialect.newline, at)
        self.pos = len(self.text) if newline < 0 else newline + 1
        end = len(self.text) if newline < 0 else newline
        opened = self.opened.match(self.text, at)
        left = self.text[opened.end() :] if opened else b"-"
        # A carriage return behind a closing quote may be half of a line end.
        half = left.endswith(b"\r") and left[:-1].strip(b" ") == self.dialect.quote.encode()
        return Row(start, end, None, cut=not left or half)
