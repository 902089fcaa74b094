"""What the XML of a workbook says of a sheet: the proof of what the reader makes of it.

The reader that lands values is another library; here the sheet's own XML is gone through once,
cell by cell, and counted and summed by column.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers.expat import ExpatError, ParserCreate

from dataready.errors import SourceError
from dataready.sources.checksum import short_md5

__all__ = ["ColumnFacts", "SheetFacts", "refuse_large", "sheet_facts"]

LARGEST = 1 << 30
"""Bytes of a workbook, unpacked, that are read; the reader holds a sheet in memory."""
_CHUNK = 1 << 20
_ESCAPED = re.compile("_x[0-9A-Fa-f]{4}_")


@dataclass(slots=True)
class ColumnFacts:
    """Sums over one column, its first row left out where that names the columns."""

    values: int = 0
    errors: int = 0
    uncached: int = 0
    numbers: int = 0
    bits: int = 0
    true: int = 0
    texts: int = 0
    md5: int = 0
    escaped: bool = False


@dataclass(slots=True)
class SheetFacts:
    """Rows with values, columns by their place from 0, and areas of merged cells."""

    rows: int = 0
    merged: int = 0
    columns: dict[int, ColumnFacts] = field(default_factory=dict)

    def column(self, place: int) -> ColumnFacts:
        """Answer the facts of a column."""
        return self.columns.setdefault(place, ColumnFacts())


def refuse_large(path: Path) -> None:
    """Refuse a workbook that would fill the memory of whoever opens it.

    Raises:
        SourceError: It is too large when unpacked, or damaged.
    """
    with _opened(path) as archive:
        total = sum(i.file_size for i in archive.infolist())
        if total > LARGEST:
            msg = (
                f"'{path.name}' has {total >> 20:,} MiB when unpacked; up to {LARGEST >> 20:,} MiB "
                "are read. Export the sheet as CSV or Parquet."
            )
            raise SourceError(msg)
        for item in archive.infolist():
            # A size that is not the true one is noticed here, before anybody trusts it.
            with archive.open(item) as stream:
                while stream.read(_CHUNK):
                    pass


def sheet_facts(path: Path, sheet: str, *, header: bool) -> SheetFacts:
    """Go through a sheet.

    Args:
        path: The workbook.
        sheet: The name of the sheet.
        header: Whether the first row with values names the columns.

    Raises:
        SourceError: It is damaged, or holds what no workbook should.
    """
    with _opened(path) as archive:
        place = _sheet_place(archive, sheet)
        strings = _Strings()
        if "xl/sharedStrings.xml" in archive.namelist():
            _parse(archive, "xl/sharedStrings.xml", strings.start, strings.end, strings.text)
        cells = _Cells(strings, header=header)
        _parse(archive, place, cells.start, cells.end, cells.text)
        return cells.facts


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open a workbook, and say so where it is damaged."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    # RuntimeError is a password, and a compression that no workbook has.
    except (zipfile.BadZipFile, zlib.error, KeyError, EOFError, ExpatError, RuntimeError):
        msg = (
            f"'{path.name}' is no whole .xlsx workbook: it is damaged, protected by a password, or "
            "of another kind. Save it as .xlsx without a password."
        )
        raise SourceError(msg) from None


def _parse(
    archive: zipfile.ZipFile,
    name: str,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None] = lambda _: None,
    text: Callable[[str], None] = lambda _: None,
) -> None:
    """Go through one XML file; names of elements come without their prefixes."""
    parser = ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = lambda tag, given: start(tag.rpartition(":")[2], given)
    parser.EndElementHandler = lambda tag: end(tag.rpartition(":")[2])
    parser.CharacterDataHandler = text

    def refuse(*_: object) -> None:
        raise zipfile.BadZipFile

    # Entities are how XML is made to explode; workbooks have none.
    parser.StartDoctypeDeclHandler = refuse
    with archive.open(name) as stream:
        parser.ParseFile(stream)


def _sheet_place(archive: zipfile.ZipFile, sheet: str) -> str:
    """Answer where in the archive a sheet is."""
    relation: list[str] = []
    targets: dict[str, str] = {}

    def in_workbook(tag: str, given: dict[str, str]) -> None:
        if tag == "sheet" and given.get("name") == sheet:
            relation.extend(v for k, v in given.items() if k.rpartition(":")[2] == "id")

    def in_relations(tag: str, given: dict[str, str]) -> None:
        if tag == "Relationship":
            targets[given["Id"]] = given["Target"]

    _parse(archive, "xl/workbook.xml", in_workbook)
    _parse(archive, "xl/_rels/workbook.xml.rels", in_relations)
    target = targets[relation[0]] if relation else ""
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _plain(text: str) -> str:
    """Answer a text with the line ends that XML makes of all."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


class _Strings:
    """The shared strings: of each its checksum, whether it is empty, and whether it is escaped."""

    def __init__(self) -> None:
        self.known: list[tuple[int, bool, bool]] = []
        self._pieces: list[str] = []
        self._reading, self._phonetic = False, 0

    def start(self, tag: str, _given: dict[str, str]) -> None:
        """Begin an element."""
        if tag == "si":
            self._pieces = []
        self._phonetic += tag == "rPh"
        self._reading = tag == "t" and not self._phonetic

    def text(self, text: str) -> None:
        """Take text in."""
        if self._reading:
            self._pieces.append(text)

    def end(self, tag: str) -> None:
        """End an element."""
        self._reading = False
        self._phonetic -= tag == "rPh"
        if tag == "si":
            self.known.append(described("".join(self._pieces)))


def described(text: str) -> tuple[int, bool, bool]:
    """Answer the checksum of a text, whether it is empty, and whether it has escapes in it."""
    return short_md5(_plain(text).encode()), not text, bool(_ESCAPED.search(text))


class _Cells:
    """Goes through the cells of a sheet."""

    def __init__(self, strings: _Strings, *, header: bool) -> None:
        self.facts = SheetFacts()
        self._strings, self._header = strings.known, header
        self._place, self._kind, self._formula = -1, "n", False
        self._pieces: list[str] = []
        self._reading, self._phonetic = False, 0
        self._row: list[tuple[int, str, str, bool]] = []

    def start(self, tag: str, given: dict[str, str]) -> None:
        """Begin an element."""
        if tag == "row":
            self._place, self._row = -1, []
        elif tag == "c":
            letters = given.get("r", "").rstrip("0123456789")
            self._place = _number(letters) if letters else self._place + 1
            self._kind, self._formula, self._pieces = given.get("t", "n"), False, []
        elif tag == "f":
            self._formula = True
        elif tag == "mergeCell":
            self.facts.merged += 1
        self._phonetic += tag == "rPh"
        self._reading = tag in {"v", "t"} and not self._phonetic

    def text(self, text: str) -> None:
        """Take text in."""
        if self._reading:
            self._pieces.append(text)

    def end(self, tag: str) -> None:
        """End an element."""
        self._reading = False
        self._phonetic -= tag == "rPh"
        if tag == "c":
            self._row.append((self._place, self._kind, "".join(self._pieces), self._formula))
        elif tag == "row":
            self._end_row()

    def _end_row(self) -> None:
        """Count a row with values; the first is the header, if there is one."""
        found = [cell for cell in self._row if self._is_value(cell[1], cell[2])]
        if found and self._header:
            self._header = False
            return
        self.facts.rows += bool(found)
        for place, kind, text, formula in self._row:
            column = self.facts.column(place)
            if kind == "e":
                column.errors += 1
            elif not self._is_value(kind, text):
                column.uncached += formula and not text and kind != "str"
            else:
                self._take(column, kind, text)

    def _is_value(self, kind: str, text: str) -> bool:
        """Say whether a cell holds something."""
        if kind == "e" or not text:
            return False
        return kind != "s" or not self._strings[int(text)][1]

    def _take(self, column: ColumnFacts, kind: str, text: str) -> None:
        """Sum a value up."""
        column.values += 1
        if kind in {"s", "str", "inlineStr"}:
            md5, _, escaped = self._strings[int(text)] if kind == "s" else described(text)
            column.texts += 1
            column.md5 += md5
            column.escaped |= escaped
        elif kind == "b":
            column.true += text in {"1", "true"}
        elif kind == "n":
            column.numbers += 1
            column.bits += int.from_bytes(struct.pack("<d", float(text)), "little")


def _number(letters: str) -> int:
    """Answer the place of a column from 0.

    >>> _number("A"), _number("AA")
    (0, 26)
    """
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter.upper()) - 64
    return place - 1
