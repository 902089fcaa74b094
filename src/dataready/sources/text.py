"""Text files as UTF-8: what they are encoded in, and the same text where that is not it."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedIOBase
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

from dataready.errors import ConfigError, EmptySourceError, SourceError
from dataready.sources.file import content, reading

__all__ = ["CHUNK", "encoding_of", "plain"]

CHUNK = 8 << 20
"""Bytes that are looked at in one go."""
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_AS_IT_IS = ("utf-8", "ascii")
_UNDEFINED_IN_CP1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
_HALF_NULS = 0.3
_LEAST_TO_TELL = 1024
_CONTROLS = bytes(b for b in range(1, 32) if b not in b"\t\n\v\f\r") + b"\x7f"
_PROBED_CHUNKS = 8


@dataclass(slots=True)
class _Lines:
    """Lines that are not ASCII: those that are UTF-8, and those that are not."""

    good: int = 0
    bad: int = 0
    undefined: bool = False

    def take(self, block: bytes) -> None:
        """Count the lines of a block that is not UTF-8 as a whole."""
        self.undefined |= bool(_UNDEFINED_IN_CP1252.search(block))
        for line in block.split(b"\n"):
            if not line.isascii():
                try:
                    line.decode()
                    self.good += 1
                except UnicodeDecodeError:
                    self.bad += 1


def encoding_of(path: Path, said: str | None) -> tuple[str, tuple[str, ...]]:
    """Answer the encoding of a text file and what the reader should know of it.

    Args:
        path: The file; packed by gzip or not.
        said: What the settings say; believed.

    Returns:
        A Python codec: `said`, or utf-8, utf-8-sig, utf-16 (by their marks), utf-16-le,
        utf-16-be, or else cp1252 or latin-1. A file with more lines of good UTF-8 than
        of bad is UTF-8; its bad records are refused.

    Raises:
        ConfigError: There is no such encoding as said.
        EmptySourceError: There is nothing but blank space.
        SourceError: One character in twenty is a control character: this is no text.
    """
    if said is not None:
        try:
            name = codecs.lookup(said).name
        except LookupError:
            msg = f"There is no encoding '{said}'. Try 'utf-8', 'cp1252', 'utf-16' or leave it out."
            raise ConfigError(msg) from None
    with content(path) as stream:
        start = stream.read(CHUNK)
        _refuse_blank(path, start, stream)
        if said is not None:
            return (
                "utf-8-sig" if name == "utf-8" and start.startswith(codecs.BOM_UTF8) else name
            ), ()
        for mark, encoding in _BOMS:
            if start.startswith(mark):
                return encoding, (f"The file starts with a byte order mark ({encoding}).",)
        nuls = (start[0::2].count(0), start[1::2].count(0))
        if max(nuls) > len(start) // 2 * _HALF_NULS and min(nuls) * 10 < max(nuls):
            encoding = "utf-16-le" if nuls[1] > nuls[0] else "utf-16-be"
            if _is(encoding, start):
                return encoding, (f"The file has no byte order mark; it is read as {encoding}.",)
        _refuse_binary(path, start)
        lines = _not_utf8(start, stream)
    if lines.good >= lines.bad:
        return "utf-8", ()
    encoding = "latin-1" if lines.undefined else "cp1252"
    note = f"The file is not UTF-8 ({lines.bad} lines or more are not); it is read as {encoding}."
    return encoding, (note,)


def _is(encoding: str, start: bytes) -> bool:
    """Say whether a file's beginning can be text of an encoding."""
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        decoder.decode(start, final=len(start) < CHUNK)
    except UnicodeDecodeError:
        return False
    return True


def _refuse_blank(path: Path, start: bytes, stream: BufferedIOBase) -> None:
    """Raise if there is nothing in a file but blank space and marks."""
    block = start
    while block:
        if block.strip(b" \t\r\n\0\xef\xbb\xbf\xfe\xff"):
            return
        block = stream.read(CHUNK)
    msg = f"'{path.name}' is empty: it has no line of text. Fetch the file again, or leave it out."
    raise EmptySourceError(msg)


def _refuse_binary(path: Path, start: bytes) -> None:
    """Raise if a file is no text: some control characters happen, one in twenty does not."""
    if len(start) >= _LEAST_TO_TELL and len(start.translate(None, _CONTROLS)) < 0.95 * len(start):
        msg = (
            f"'{path.name}' does not hold text: it is full of control characters. Say its format "
            "if it is no CSV, or fetch the file again."
        )
        raise SourceError(msg)


def _not_utf8(start: bytes, stream: BufferedIOBase) -> _Lines:
    """Look for lines that are not UTF-8, through the whole file if there are none."""
    lines = _Lines()
    probed = 0
    rest = b""
    block = start
    while block and probed < _PROBED_CHUNKS:
        whole, newline, tail = (rest + block).rpartition(b"\n")
        if not newline and len(tail) < CHUNK * 2:
            whole, rest = b"", tail
        else:
            whole, rest = (whole, tail) if newline else (tail, b"")
        probed += _probe(lines, whole)
        block = stream.read(CHUNK)
    _probe(lines, rest)
    return lines


def _probe(lines: _Lines, block: bytes) -> bool:
    """Take in a block that is not UTF-8 as a whole, and say whether it was one."""
    try:
        block.decode()
    except UnicodeDecodeError:
        lines.take(block)
        return True
    return False


@contextmanager
def plain(path: Path, encoding: str, scratch: Path) -> Iterator[Path]:
    """Answer a file with the same text, not packed and in UTF-8: itself, where it is so.

    Bytes that the encoding does not know stay as they are, so that whoever reads the
    records refuses those that hold them. The file, if made, is gone afterwards.

    Raises:
        SourceError: The file is damaged, or not at all in its encoding.
    """
    with path.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
    if not packed and encoding in _AS_IT_IS:
        yield path
        return
    with reading(path.name), NamedTemporaryFile(dir=scratch, suffix=".txt") as out:
        with content(path) as stream:
            if encoding in _AS_IT_IS:
                while block := stream.read(CHUNK):
                    out.write(block)
            else:
                _transcode(path.name, stream, encoding, out)
        out.flush()
        yield Path(out.name)


def _transcode(name: str, stream: BufferedIOBase, encoding: str, out: IO[bytes]) -> None:
    """Write a stream's text as UTF-8 without a mark, bytes that cannot be decoded as they are."""
    errors = "surrogatepass" if encoding.startswith(("utf-16", "utf-32")) else "surrogateescape"
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    try:
        block, begun = b"-", False
        while block:
            block = stream.read(CHUNK)
            text = decoder.decode(block, final=not block)
            out.write((text if begun else text.removeprefix("\ufeff")).encode("utf-8", errors))
            begun = begun or bool(text)
    except UnicodeError:
        msg = f"'{name}' is not {encoding} text. Say its 'encoding' in the settings."
        raise SourceError(msg) from None
