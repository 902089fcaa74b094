"""Sheets of real workbooks: typed by their cells, and held against their own XML."""

from __future__ import annotations

import re
import zipfile
from datetime import date

import openpyxl
import pytest
from tests.sources.excel_types import CASES

from dataready.errors import EmptySourceError, ReconciliationError, SourceError, WarehouseError
from dataready.sources import excel, excel_xml
from dataready.warehouse.connection import connect


@pytest.fixture
def workbook(tmp_path):
    """Write a workbook of sheets, name -> rows; answer its path."""

    def make(name="book.xlsx", merge="", **sheets):
        book = openpyxl.Workbook()
        book.remove(book.active)
        for title, rows in sheets.items():
            sheet = book.create_sheet(title)
            for row in rows:
                sheet.append(row)
            if merge:
                sheet.merge_cells(merge)
        (tmp_path / "source").mkdir(exist_ok=True)
        book.save(tmp_path / "source" / name)
        return tmp_path / "source" / name

    return make


def rewritten(path, change, name="xl/worksheets/sheet1.xml"):
    """Change the text of one file of a workbook."""
    with zipfile.ZipFile(path) as z:
        files = {n: z.read(n) for n in z.namelist()}
    files[name] = change(files[name].decode()).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        for n, content in files.items():
            z.writestr(n, content)


@pytest.mark.parametrize("case", CASES, ids=[c[0] for c in CASES])
def test_cells_land_as_the_table_says(workbook, land, tmp_path, case):
    """Type, values in their order, and the number of them where the type is degraded."""
    _, cells, lands, landed, degraded = case
    workbook(S=[["i", "v"], *[[i, c] for i, c in enumerate(cells)], [99, None]])
    got = land("book.xlsx")
    assert got.types == ["BIGINT", lands]
    with connect(tmp_path / "extracts" / "e.duckdb", read_only=True) as con:
        values = con.execute("SELECT CAST(v AS VARCHAR) FROM data ORDER BY i").fetchall()
    assert [v for (v,) in values] == [*landed, None]
    found = [(d.column, d.values) for d in got.manifest.degraded]
    assert found == ([("v", len(cells))] if degraded else [])


def test_a_sheet_is_named(workbook, land):
    """Where several have values one is named; the others are told of."""
    workbook(Orders=[["a"], [1]], Notes=[["b"], ["x"]], Empty=[])
    assert land("book.xlsx", table="Notes").values == [("x",)]
    assert "Other sheets were not read: 'Orders', 'Empty'" in land("book.xlsx", table="Notes").notes
    with pytest.raises(SourceError, match="has 2 sheets: 'Orders', 'Notes'"):
        land("book.xlsx")
    with pytest.raises(SourceError, match=r"no sheet 'Order'\. Did you mean 'Orders'\?"):
        land("book.xlsx", table="Order")
    workbook("one.xlsx", Data=[["a"], [1]], Empty=[])
    got = land("one.xlsx")
    assert (got.values, got.manifest.files[0].name) == ([(1,)], "one.xlsx:Data")
    assert got.manifest.kind == "excel"
    assert "counts of 1 columns agree; 1 figures" in got.manifest.reconciliation[0]
    workbook("none.xlsx", Data=[])
    with pytest.raises(EmptySourceError, match="no sheet with values"):
        land("none.xlsx")


def test_what_a_table_does_not_have_is_noted(workbook, land):
    """Merged cells, errors, formulas that nobody computed, blank rows, columns without names."""
    path = workbook(
        S=[[], [None, "g", None, "f"], [None, "x", 1, "=1+1"], [], [None, None, 2, "#N/A"]],
        merge="B3:B5",
    )
    got = land("book.xlsx", without=())
    assert got.names[1:] == ["g", "column2", "f"]
    assert [r[1:] for r in got.values] == [("x", 1, None), (None, 2, None)]
    assert "1 areas of merged cells" in got.notes
    assert "1 cells of 'f' are errors of formulas" in got.notes
    assert "1 formulas of 'f' have no computed value" in got.notes
    rewritten(path, lambda x: re.sub(r"<f>1\+1</f><v ?/>", "<f>1+1</f><v>2</v>", x))
    assert [r[3] for r in land("book.xlsx").values] == [2, None]
    assert land("book.xlsx", header=False).names == ["column0", "column1", "column2", "column3"]


def test_shared_strings_are_proven_too(workbook, land):
    """As spreadsheet programs write them: rich text, phonetics, empty ones."""
    path = workbook(S=[["a", "b"], ["x", 1], ["y", 2], ["z", 3]])
    with zipfile.ZipFile(path) as z:
        names, types = z.namelist(), z.read("[Content_Types].xml").decode()
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    with zipfile.ZipFile(path, "a") as z:
        if "xl/sharedStrings.xml" not in names:
            z.writestr(
                "xl/sharedStrings.xml",
                f"<sst {main}><si><r><t>ri</t></r><r><t>ch</t></r><rPh sb='0' eb='1'><t>no</t>"
                "</rPh></si><si><t></t></si></sst>",
            )
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    rewritten(path, lambda _: types.replace(
        "</Types>", f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}"/></Types>'
    ), "[Content_Types].xml")  # fmt: skip
    cell = '<c r="A{}" t="s"><v>{}</v></c>'
    inline = r'<c r="A{}" t="inlineStr"><is><t>.</t></is></c>'
    for row, index in ((2, 0), (3, 1)):
        rewritten(
            path,
            lambda x, row=row, index=index: re.sub(inline.format(row), cell.format(row, index), x),
        )
    assert [a for a, _ in land("book.xlsx").values] == ["rich", None, "z"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda rows: rows[:-1], "has 3 records .* but 2 rows"),
        (lambda rows: [*rows, rows[0]], "has 3 records .* but 4 rows"),
        (lambda rows: [["p", *rows[0][1:]], *rows[1:]], "column 'a': checksum"),
        (lambda rows: [[rows[0][0], 1.5 + 1e-15, *rows[0][2:]], *rows[1:]], "column 'b': checksum"),
        (lambda rows: [[*rows[0][:2], not rows[0][2], *rows[0][3:]], *rows[1:]], "column 'c'"),
        (lambda rows: [[*rows[0][:3], ""], *rows[1:]], "'d': 3 values in the source, 2 landed"),
    ],
)
def test_what_the_reader_makes_different_is_refused(workbook, land, monkeypatch, change, words):
    """A row lost or doubled, a value altered or lost: the sheet's XML says otherwise."""
    day = date(2024, 1, 1)
    workbook(S=[["a", "b", "c", "d"], ["x", 1.5, True, day], ["y", 2, False, day],
                ["z", 3, True, day]])  # fmt: skip
    honest = excel._rows  # noqa: SLF001
    calls = []

    def altered(path, sheet, *, has_header):
        calls.append(has_header)
        rows = list(honest(path, sheet, has_header=has_header))
        yield from change(rows) if has_header else rows

    monkeypatch.setattr(excel, "_rows", altered)
    with pytest.raises((ReconciliationError, WarehouseError), match=words):
        land("book.xlsx")
    assert calls == [False, True]


def test_bombs_and_damage_are_refused(workbook, land, monkeypatch):
    """Too large when unpacked, entities, cut short, an old format, a password."""
    path = workbook(S=[["a"], *[[i] for i in range(500)]])
    whole = path.read_bytes()
    monkeypatch.setattr(excel_xml, "LARGEST", 10_000)
    with pytest.raises(SourceError, match="MiB when unpacked"):
        land("book.xlsx")
    monkeypatch.undo()
    rewritten(path, lambda x: '<!DOCTYPE a [<!ENTITY b "c">]>' + x)
    with pytest.raises(SourceError, match=r"no whole \.xlsx workbook"):
        land("book.xlsx")
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SourceError, match=r"no whole \.xlsx workbook"):
        land("book.xlsx")
    with pytest.raises(SourceError, match="old spreadsheet"):
        land("old.xls", {"old.xls": b"\xd0\xcf\x11\xe0" + b"x" * 600})


def test_a_driver_that_is_missing(workbook, land, monkeypatch):
    """The message is the command that installs it."""
    workbook(S=[["a"], [1]])
    monkeypatch.setitem(__import__("sys").modules, "python_calamine", None)
    with pytest.raises(SourceError, match=r"pip install 'dataready\[excel\]'"):
        land("book.xlsx")
