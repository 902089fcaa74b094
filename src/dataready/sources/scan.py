"""One pass over a delimited text: how many records it has, and which must be refused.

It is taken before DuckDB reads the file, and independently of it. Almost all of a file is
looked at a block at a time, by numpy; a block with something odd in it (a quote inside a
bare field, lines that end differently) is read record by record. Where anything is odd or
refused, the good records are written to a new file in which nothing is, so that there is
one way to read it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from dataready.sources.record import Dialect, Reader
from dataready.sources.source import Reject, Rejecter
from dataready.sources.text import CHUNK

__all__ = ["Records", "scan"]

LONGEST = 16 << 20
"""Bytes of the longest record that is read; a longer one is refused."""
_NL, _CR = 10, 13

Places = NDArray[np.intp]


@dataclass(slots=True)
class Records:
    """What a scan has counted so far; `path` is the file that DuckDB is to read.

    `clean` is False from the first record on that had to be refused or written anew;
    `path` then has neither them nor a header. `multiline`: some record spans lines.
    """

    path: Path
    records: int = 0
    rejected: int = 0
    blank: int = 0
    longest: int = 0
    clean: bool = True
    multiline: bool = False
    line: int = 1
    header: bool = False
    ends_crlf: bool = False
    reasons: dict[str, int] = field(default_factory=dict)


class _Scan:
    """One pass over a file, block by block."""

    def __init__(self, path: Path, dialect: Dialect, out: IO[bytes], reject: Rejecter) -> None:
        self.dialect, self.out, self.reject = dialect, out, reject
        self.counted = Records(path)
        self.source = path
        self.begun = self.body = 0
        self.delimiter = dialect.delimiter.encode()
        self.quote = dialect.quote.encode()
        self.written = dialect.written

    def run(self) -> Records:
        """Go through the file once."""
        with self.source.open("rb") as f:
            self.counted.ends_crlf = self._first_end(f) == b"\r\n"
            f.seek(0)
            rest = b""
            while block := f.read(CHUNK):
                rest = self._take(rest + block, final=False)
            if rest:
                self._take(rest + self._missing_end(rest), final=True)
        return self.counted

    def _first_end(self, f: IO[bytes]) -> bytes:
        """Answer what ends the first record: the line ends of the file, whatever follows."""
        quotes = 0
        while line := f.readline(LONGEST):
            quotes += line.count(self.quote) if self.quote else 0
            if quotes % 2 == 0:
                break
        return line[-2:]

    def _take(self, text: bytes, *, final: bool) -> bytes:
        """Take in the whole records of a text, and answer what is left of it."""
        end = self._block(text) if self.dialect.vectorised else 0
        growing = end == 0 and not final and len(text) <= LONGEST
        if end < 0 or (end == 0 and not (growing and self.dialect.vectorised)):
            end = self._one_by_one(text, final=final)
        self.begun += end
        if final and end < len(text):
            return self._take(text[end:], final=True)
        return text[end:]

    def _missing_end(self, text: bytes) -> bytes:
        """Answer the line end that the last line of a file lacks."""
        newline = self.dialect.newline
        if text.endswith(newline):
            return b""
        return b"\r\n" if self.counted.ends_crlf else newline

    # ---- a whole block -----------------------------------------------------------------

    def _block(self, text: bytes) -> int:
        """Take in a block if nothing in it is odd.

        Returns:
            Bytes taken in: 0 if no record ends in it, and -1 if something is odd.
        """
        a = np.frombuffer(text, np.uint8)
        newline = a == _NL
        inside = None
        if self.quote and self.quote in text:
            quotes = a == self.quote[0]
            inside = np.logical_xor.accumulate(quotes)
            newline_out = newline & ~inside
        else:
            newline_out = newline
        ends = np.flatnonzero(newline_out)
        if ends.size == 0:
            return 0
        end = int(ends[-1]) + 1
        crlf = self._line_ends(text, a, ends, inside)
        if crlf is None or (inside is not None and not self._quotes_fit(a, quotes, end)):
            return -1
        starts = np.concatenate(([0], ends[:-1] + 1))
        delimiters = a[:end] == self.delimiter[0]
        if inside is not None:
            delimiters &= ~inside[:end]
        before = np.concatenate(([0], np.searchsorted(np.flatnonzero(delimiters), ends)))
        widths = np.diff(before) + 1
        self._records(text[:end], starts, ends - int(crlf), widths, np.flatnonzero(newline[:end]))
        return end

    def _line_ends(
        self, text: bytes, a: NDArray[np.uint8], ends: Places, inside: NDArray[np.bool_] | None
    ) -> bool | None:
        """Say whether lines end in CR LF; None if some do and some do not."""
        if _CR not in text:
            crlf = False
        else:
            returns = a == _CR
            outside = returns if inside is None else returns & ~inside
            before = (ends > 0) & (a[ends - 1] == _CR)
            crlf = bool(before.any())
            if np.count_nonzero(outside[: int(ends[-1]) + 1]) != before.sum() or (
                crlf and not before.all()
            ):
                return None
        return crlf if crlf == self.counted.ends_crlf else None

    def _quotes_fit(self, a: NDArray[np.uint8], quotes: NDArray[np.bool_], end: int) -> bool:
        """Say whether every quote opens a field, closes one, or is doubled."""
        at = np.flatnonzero(quotes[:end])
        opening, closing = at[0::2], at[1::2]
        before = a[np.maximum(opening - 1, 0)]
        after = a[closing + 1]
        edges = (self.delimiter[0], self.quote[0], _NL)
        opens = np.isin(before, edges) | (opening == 0)
        # Behind a quote, a carriage return outside quotes is known to be half a line end.
        return bool(opens.all() and np.isin(after, (*edges, _CR)).all())

    def _records(
        self, text: bytes, starts: Places, ends: Places, widths: Places, newlines: Places
    ) -> None:
        """Count the records of a block and refuse those that must be."""
        counted, width = self.counted, self.dialect.width
        lengths = ends - starts
        empty = (lengths == 0) if width > 1 else np.zeros(lengths.size, bool)
        real = ~empty
        first = -1
        undecodable = _undecodable(text, starts)
        if self.dialect.header and not counted.header and lengths.any():
            first = int(np.argmax(lengths > 0))
            counted.header = True
            real[: first + 1] = False
            self.body = self.begun + (
                int(starts[first + 1]) if first + 1 < starts.size else len(text)
            )
            lines = int(np.searchsorted(newlines, ends[first]))
            if lines > 0 or int(widths[first]) != width or first in undecodable:
                self._rewrite()
        counted.longest = max(counted.longest, int(lengths.max()))
        bad = real & ((widths != width) | (lengths > LONGEST))
        if undecodable:
            at = sorted(undecodable)
            bad[at] |= real[at]
        numbers = counted.records + np.cumsum(real) - 1
        refused = np.flatnonzero(bad)
        rejects = [
            Reject(
                row=int(numbers[i]),
                line=counted.line + int(np.searchsorted(newlines, starts[i])),
                reason=self._reason(
                    int(widths[i]), int(lengths[i]), undecodable=int(i) in undecodable
                ),
                text=_shown(text[starts[i] : ends[i]]),
            )
            for i in refused
        ]
        counted.records += int(np.count_nonzero(real))
        counted.blank += int(np.count_nonzero(empty))
        counted.line += newlines.size
        counted.multiline |= newlines.size > starts.size
        self._refuse(rejects)
        if not counted.clean:
            self._copy(text, starts, [*range(first + 1), *map(int, refused)])

    def _copy(self, text: bytes, starts: Places, skipped: list[int]) -> None:
        """Write a block without some of its records."""
        at = 0
        for i in skipped:
            self.out.write(text[at : int(starts[i])])
            at = int(starts[i + 1]) if i + 1 < starts.size else len(text)
        self.out.write(text[at:])

    # ---- one record after the other ------------------------------------------------------

    def _one_by_one(self, text: bytes, *, final: bool) -> int:
        """Take in records one by one, and write the good ones so that nothing is odd."""
        self._rewrite()
        counted, dialect = self.counted, self.dialect
        line_end = b"\r\n" if counted.ends_crlf else b"\n"
        delimiter = self.written.delimiter.encode()
        reader = Reader(text, dialect)
        at = 0
        rejects: list[Reject] = []
        while (row := reader.record()) is not None:
            open_ended = row.cut or reader.pos == len(text)
            if open_ended and not final and len(text) - row.start <= LONGEST:
                break
            at = reader.pos
            raw = text[row.start : row.end]
            line = counted.line
            lines = text.count(dialect.newline, row.start, at)
            counted.line += lines
            counted.multiline |= lines > 1
            if not raw and (dialect.width > 1 or (dialect.header and not counted.header)):
                counted.blank += 1
                continue
            if dialect.header and not counted.header:
                counted.header = True
                continue
            fields = row.fields
            reason = (
                "its quotes do not match"
                if fields is None
                else self._reason(len(fields), len(raw), undecodable=not _is_utf8(raw))
            )
            if fields is None or reason:
                rejects.append(Reject(counted.records, line, reason, _shown(raw)))
            else:
                spelt = delimiter.join(self._spelt(v, quoted=q) for v, q in fields)
                counted.longest = max(counted.longest, len(spelt))
                self.out.write(spelt + line_end)
            counted.records += 1
        self._refuse(rejects)
        return at

    def _spelt(self, value: bytes, *, quoted: bool) -> bytes:
        """Write a field so that it can be read in one way only."""
        quote = self.written.quote.encode()
        odd = (quote, b"\r", b"\n", self.written.delimiter.encode())
        if quote and (quoted or any(o in value for o in odd)):
            return quote + value.replace(quote, quote * 2) + quote
        return value

    # ---- both ------------------------------------------------------------------------------

    def _reason(self, width: int, length: int, *, undecodable: bool) -> str:
        """Say why a record is refused; "" if it is not."""
        if undecodable:
            return "it has bytes that are not text in the file's encoding"
        if length > LONGEST:
            return f"it is longer than {LONGEST >> 20} MiB"
        if width != self.dialect.width:
            few = "few" if width < self.dialect.width else "many"
            return f"too {few} fields: {width} instead of {self.dialect.width}"
        return ""

    def _refuse(self, rejects: list[Reject]) -> None:
        """Hand on refused records, and count them by reason."""
        if not rejects:
            return
        self._rewrite()
        for r in rejects:
            self.counted.reasons[r.reason] = self.counted.reasons.get(r.reason, 0) + 1
        self.counted.rejected += len(rejects)
        self.reject(rejects)

    def _rewrite(self) -> None:
        """Begin the new file with all that came before, which is clean."""
        counted = self.counted
        if not counted.clean:
            return
        counted.clean = False
        counted.path = Path(self.out.name)
        left = self.begun - self.body
        with self.source.open("rb") as f:
            f.seek(self.body)
            while left > 0:
                block = f.read(min(CHUNK, left))
                self.out.write(block)
                left -= len(block)


def scan(path: Path, dialect: Dialect, out: IO[bytes], reject: Rejecter) -> Records:
    """Count the records of a UTF-8 file and refuse those that cannot be read.

    Args:
        path: The file, not packed and without a byte order mark.
        dialect: How it is written; records of another width are refused.
        out: An empty file with a name; written where something is odd or refused.
        reject: Takes the refused records, in order.
    """
    counted = _Scan(path, dialect, out, reject).run()
    out.flush()
    return counted


def _undecodable(text: bytes, starts: Places) -> set[int]:
    """Answer the records with bytes that are not UTF-8."""
    found: set[int] = set()
    view = memoryview(text)
    at = 0
    while True:
        try:
            str(view[at:], "utf-8")
        except UnicodeDecodeError as e:
            i = int(np.searchsorted(starts, at + e.start, side="right")) - 1
            found.add(i)
            if i + 1 >= starts.size:
                return found
            at = int(starts[i + 1])
        else:
            return found


def _is_utf8(raw: bytes) -> bool:
    """Say whether bytes are UTF-8."""
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _shown(raw: bytes) -> str:
    """Answer a refused record as text, its odd bytes spelt out."""
    return raw.decode("utf-8", "backslashreplace")
