"""Excel: sheets of .xlsx workbooks, typed by their cells, proven by the sheet's own XML."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb
import pyarrow as pa

from dataready.errors import EmptySourceError, SourceError, did_you_mean
from dataready.model import SourceSpec
from dataready.sources.checksum import MD5_SUM, digest_bits
from dataready.sources.excel_xml import ColumnFacts, SheetFacts, refuse_large, sheet_facts
from dataready.sources.file import Found, facts
from dataready.sources.name import named
from dataready.sources.source import Degraded, Figure, FilePart, Part, Reading, Rejecter
from dataready.sources.stream import NUMBER, streamed

__all__ = ["ExcelPart", "ExcelSource"]

_ROWS = 8_192
_EXACT = 1 << 53
_MODULUS = 1 << 64
_LANDS = {
    "whole": ("BIGINT", pa.int64()),
    "number": ("DOUBLE", pa.float64()),
    "text": ("VARCHAR", pa.string()),
    "flag": ("BOOLEAN", pa.bool_()),
    "date": ("DATE", pa.date32()),
    "moment": ("TIMESTAMP", pa.timestamp("us")),
    "time": ("TIME", pa.time64("us")),
}
_WIDER = {frozenset({"whole", "number"}): "number", frozenset({"date", "moment"}): "moment"}
_PLAIN = "replace(replace({}, chr(13) || chr(10), chr(10)), chr(13), chr(10))"


def _driver() -> ModuleType:
    """Import the driver.

    Raises:
        SourceError: It is not installed.
    """
    try:
        import python_calamine
    except ImportError:
        msg = "The driver for Excel is not installed. Install it: pip install 'dataready[excel]'"
        raise SourceError(msg) from None
    module: ModuleType = python_calamine
    return module


@dataclass(frozen=True, slots=True, kw_only=True)
class ExcelPart(FilePart):
    """One sheet of a workbook; `kinds` are those of its columns, `places` where they stand."""

    sheet: str
    has_header: bool
    kinds: tuple[str, ...]
    places: tuple[int, ...]
    sums: SheetFacts

    @contextmanager
    def read(
        self,
        con: duckdb.DuckDBPyConnection,
        scratch: Path,  # noqa: ARG002 - other kinds need it
        reject: Rejecter,  # noqa: ARG002 - a sheet has no records that can be refused
    ) -> Iterator[Reading]:
        """Read the sheet again, and hand its rows on; what they come to, the XML says."""
        schema = pa.schema([(f"c{i}", _arrow(kind)) for i, kind in enumerate(self.kinds)])
        rows = _rows(self.path, self.sheet, has_header=self.has_header)
        with streamed(con, schema, self._batches(rows, schema)) as relation:
            columns = [self.sums.column(place) for place in self.places]
            names = ", ".join([*schema.names, NUMBER])
            yield Reading(
                select=f"SELECT {names} FROM {relation}",
                records=self.sums.rows,
                counted="counted in the sheet's XML",
                numbered=True,
                present=tuple(c.values for c in columns),
                figures=tuple(
                    figure
                    for i, (kind, column) in enumerate(zip(self.kinds, columns, strict=True))
                    for figure in _figures(i, kind, column)
                ),
            )

    def _batches(
        self, rows: Iterator[Sequence[object]], schema: pa.Schema
    ) -> Iterator[pa.RecordBatch]:
        """Make batches of rows."""
        some: list[Sequence[object]] = []
        for row in rows:
            some.append(row)
            if len(some) == _ROWS:
                yield self._batch(some, schema)
                some = []
        if some:
            yield self._batch(some, schema)

    def _batch(self, rows: Sequence[Sequence[object]], schema: pa.Schema) -> pa.RecordBatch:
        """Make a batch, each column of its kind."""
        arrays = [
            pa.array([_value(row, place, kind) for row in rows], field.type)
            for place, kind, field in zip(self.places, self.kinds, schema, strict=True)
        ]
        return pa.RecordBatch.from_arrays(arrays, schema=schema)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExcelSource:
    """Workbooks; of each the sheet that the settings name, or the only one with values."""

    spec: SourceSpec
    found: Found
    kind: str = "excel"
    typed: bool = True

    @property
    def where(self) -> str:
        """The path as the settings give it."""
        return self.spec.path

    @property
    def options(self) -> tuple[str, ...]:
        """The sheet, and whether it has a header, where the settings say it."""
        said = {"table": self.spec.table, "header": self.spec.header}
        return tuple(f"{name}={value!r}" for name, value in said.items() if value is not None)

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences about the source as a whole."""
        return self.found.notes

    def look(
        self,
        con: duckdb.DuckDBPyConnection,  # noqa: ARG002 - other kinds need it
        scratch: Path,  # noqa: ARG002 - other kinds need it
    ) -> tuple[Part, ...]:
        """Go through the sheet of every workbook, to see what its cells are."""
        _driver()
        return tuple(_part(name, path, self.spec) for name, path in self.found.files)


def _part(name: str, path: Path, spec: SourceSpec) -> ExcelPart:
    """Look at one workbook."""
    file = facts(path)
    refuse_large(path)
    has_header = spec.header is not False
    sheet, others = _sheet(name, path, spec.table)
    sums = sheet_facts(path, sheet, header=has_header)
    header, kinds, odd = _kinds(_rows(path, sheet, has_header=False), has_header=has_header)
    if not kinds:
        msg = f"The sheet '{sheet}' of '{name}' is empty."
        raise EmptySourceError(msg)
    places = tuple(range(len(kinds)))
    columns, notes = named(header, [_LANDS.get(k, _LANDS["text"])[0] for k in kinds])
    notes += _remarks(sums, [c.name for c in columns], places)
    if others:
        notes.append(f"Other sheets were not read: {', '.join(repr(o) for o in others[:12])}.")
    return ExcelPart(
        name=f"{name}:{sheet}",
        path=path,
        bytes=file.bytes,
        modified_ns=file.modified_ns,
        sha256=file.sha256,
        columns=columns,
        header=tuple(header),
        header_found=has_header,
        notes=tuple(notes),
        degraded=tuple(
            Degraded(column=c.name, type="cells of Excel", values=sums.column(i).values, reason=o)
            for i, (c, o) in enumerate(zip(columns, odd, strict=True))
            if o
        ),
        sheet=sheet,
        has_header=has_header,
        kinds=kinds,
        places=places,
        sums=sums,
    )


def _remarks(sums: SheetFacts, names: Sequence[str], places: Sequence[int]) -> list[str]:
    """Say what a sheet has that a table has not."""
    notes = []
    if sums.merged:
        notes.append(
            f"{sums.merged:,} areas of merged cells: the first cell of each has the value, the "
            "others are NULL."
        )
    for name, place in zip(names, places, strict=True):
        column = sums.column(place)
        if column.errors:
            notes.append(f"{column.errors:,} cells of '{name}' are errors of formulas: NULL here.")
        if column.uncached:
            notes.append(
                f"{column.uncached:,} formulas of '{name}' have no computed value: NULL here. "
                "Open the workbook in a spreadsheet program and save it."
            )
    return notes


def _sheet(name: str, path: Path, wanted: str | None) -> tuple[str, list[str]]:
    """Choose a sheet; answer the others too.

    Raises:
        SourceError: There is no such sheet, or several and none is named.
    """
    with _opened(path) as workbook:
        there = [str(n) for n in workbook.sheet_names]
        if wanted is None:
            full = [n for n in there if workbook.get_sheet_by_name(n).height]
    if wanted is not None:
        if wanted in there:
            return wanted, [n for n in there if n != wanted]
        msg = (
            f"The workbook '{name}' has no sheet '{wanted}'.{did_you_mean(wanted, there)} "
            f"It has: {', '.join(repr(n) for n in there)}."
        )
        raise SourceError(msg)
    if len(full) == 1:
        return full[0], []
    if not full:
        msg = f"The workbook '{name}' has no sheet with values."
        raise EmptySourceError(msg)
    listed = ", ".join(f"'{n}'" for n in full)
    msg = f"The workbook '{name}' has {len(full)} sheets: {listed}. Name one by 'table'."
    raise SourceError(msg)


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """Open a workbook with the reader, and say so where it cannot.

    Raises:
        SourceError: It is no workbook that can be read.
    """
    driver = _driver()
    try:
        workbook = driver.CalamineWorkbook.from_path(str(path))
    except driver.CalamineError:
        msg = (
            f"'{path.name}' is no whole .xlsx workbook: it is damaged, protected by a password, or "
            "of another kind. Save it as .xlsx without a password."
        )
        raise SourceError(msg) from None
    try:
        yield workbook
    finally:
        workbook.close()


def _rows(path: Path, sheet: str, *, has_header: bool) -> Iterator[Sequence[object]]:
    """Read the rows of a sheet that hold anything, without the first if that is a header."""
    with _opened(path) as workbook:
        read = workbook.get_sheet_by_name(sheet)
        pad = [""] * (read.start[1] if read.start else 0)
        skip = has_header
        for row in read.iter_rows():
            if all(v == "" for v in row):
                continue
            if skip:
                skip = False
                continue
            yield [*pad, *row]


def _kinds(
    rows: Iterator[Sequence[object]], *, has_header: bool
) -> tuple[list[str], tuple[str, ...], list[str]]:
    """Find names, kinds, and for a mixture of kinds what is mixed."""
    header: list[str] = []
    counts: list[dict[str, int]] = []
    first = True
    for row in rows:
        if first and has_header:
            header = [_spelt(v) for v in row]
            first = False
            counts = [{} for _ in header]
            continue
        first = False
        counts += [{} for _ in range(len(row) - len(counts))]
        for seen, value in zip(counts, row, strict=False):
            if value != "":
                kind = _kind(value)
                seen[kind] = seen.get(kind, 0) + 1
    header += [""] * (len(counts) - len(header))
    kinds, odd = [], []
    for seen in counts:
        there = frozenset(seen)
        kind = _WIDER.get(there) or (next(iter(there)) if len(there) == 1 else "")
        if not there:
            kind = "text"
        if kind in _LANDS:
            odd.append("")
        else:
            counted = ", ".join(f"{n:,} {k}" for k, n in sorted(seen.items()))
            odd.append(f"its values are of several types: {counted}")
            kind = "mixed"
        kinds.append(kind)
    return header, tuple(kinds), odd


def _kind(value: object) -> str:
    """Say what a value is."""
    if isinstance(value, bool):
        return "flag"
    if isinstance(value, (int, float)):
        return "whole" if float(value).is_integer() and abs(value) < _EXACT else "number"
    if isinstance(value, str):
        return "text"
    if isinstance(value, datetime):
        return "moment"
    if isinstance(value, date):
        return "date"
    return "time" if isinstance(value, time) else "duration"


def _value(row: Sequence[object], place: int, kind: str) -> object:
    """Answer a value as its column's kind has it."""
    value = row[place] if place < len(row) else ""
    if value == "":
        return None
    if kind == "mixed":
        return _spelt(value)
    if kind == "whole" and isinstance(value, float):
        return int(value)
    if kind == "moment" and isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001 - cells have no zone
    return value


def _spelt(value: object) -> str:
    """Write a value as text."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return str(int(value)) if _kind(value) == "whole" else repr(value)
    return str(value)


def _arrow(kind: str) -> pa.DataType:
    return _LANDS.get(kind, _LANDS["text"])[1]


def _figures(column: int, kind: str, sums: ColumnFacts) -> list[Figure]:
    """Answer what the XML says of the values of a column."""
    if kind in {"whole", "number"}:
        return [
            Figure(column=column, what="checksum of the values", sql="CAST({} AS DOUBLE)",
                   expected=str(sums.bits % _MODULUS), digest=digest_bits, shown=True)
        ]  # fmt: skip
    if kind == "flag":
        return [
            Figure(column=column, what="count of what is true",
                   sql="count(*) FILTER (WHERE CAST({} AS BOOLEAN))", expected=str(sums.true),
                   shown=True)
        ]  # fmt: skip
    if kind == "text" and not sums.escaped:
        expected = str(sums.md5) if sums.texts else None
        return [
            Figure(column=column, what="checksum of the values", sql=MD5_SUM.format(_PLAIN),
                   expected=expected, shown=True)
        ]  # fmt: skip
    return []
