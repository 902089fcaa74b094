"""Real public tables, as they were published: what lands is what stands there."""

import csv
import os
from pathlib import Path

import pytest

from dataready.extract.pull import pull
from dataready.model import SourceSpec
from dataready.warehouse.connection import connect

BESIDE = Path(__file__).parents[3] / "shared" / "data"
DATA = os.environ.get("DATAREADY_REAL_DATA") or (str(BESIDE) if BESIDE.is_dir() else None)
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(DATA is None, reason="DATAREADY_REAL_DATA names no folder of real tables"),
]


@pytest.fixture
def real(tmp_path):
    """Pull a real source; answer its extract."""

    def pull_it(path):
        return pull(
            SourceSpec(path=path),
            dataset="d",
            side="production",
            folder=tmp_path,
            name="e",
            base=Path(DATA),
        )

    return pull_it


def values(extract, order="_dataready_file, _dataready_row"):
    """Read all rows of an extract."""
    with connect(extract.path, read_only=True) as con:
        return con.execute(f"FROM data ORDER BY {order}").fetchall()


@pytest.mark.parametrize(
    ("path", "rows", "columns", "header", "names"),
    [
        ("wine_quality/production", 4898, 12, False, ["column0"]),
        ("occupancy_detection/production", 12417, 8, True, ["column0", "date"]),
        ("adult_uci/production", 16281, 15, True, ["age", " workclass"]),
        ("horse_colic/raw/horse-colic.csv", 300, 28, False, ["column0"]),
        ("openflights/raw/airports.dat", 7698, 14, False, ["column0"]),
        ("openflights/raw/countries.dat", 261, 3, False, ["column0"]),
        ("openflights/raw/planes.dat", 246, 3, False, ["column0"]),
        ("italy_covid_regions/production", 2436, 30, True, ["data", "stato"]),
        ("council_harrogate/production", 23126, 21, True, ["Body Name"]),
    ],
)
def test_headers_and_records_are_found(real, path, rows, columns, header, names):
    """Every record lands, under the names that a reader of the file would use."""
    m = real(path).manifest

    assert (m.rows, m.rejected, len(m.columns)) == (rows, 0, columns)
    assert {f.header_found for f in m.files} == {header}
    assert list(m.schema.names[: len(names)]) == names


@pytest.mark.parametrize(
    ("folder", "encodings"),
    [("council_harrogate/production", {"cp1252", "utf-8"}), ("adult_uci/pilot", {"utf-8"})],
)
def test_values_are_those_that_python_reads(real, folder, encodings):
    """Field by field, what landed is what Python's own reader finds."""
    extract = real(folder)
    m = extract.manifest
    landed = values(extract)
    expected = []
    for i, file in enumerate(m.files):
        with (Path(DATA) / folder / file.name).open(encoding=file.encoding, newline="") as f:
            reader = csv.reader(f)
            header = next(reader)
            records = [r for r in reader if r]
        names = [
            next(c.name for c in m.columns if c.name.casefold() == n.casefold())
            if header.index(n) == at
            else f"{n}_2"
            for at, n in enumerate(header)
        ]
        for row, record in enumerate(records):
            cells = dict(zip(names, record, strict=True))
            expected.append((*(cells.get(n, "") for n in m.schema.names), i, row))

    assert {f.encoding for f in m.files} == encodings
    assert [tuple("" if v is None else v for v in row) for row in landed] == expected


def test_each_file_keeps_its_own_header(real):
    """The drift of a ledger's headers is evidence, and stays."""
    m = real("council_harrogate/production").manifest

    assert len({f.header for f in m.files}) > 5
    assert "Supplier Name_2" in m.schema


def test_movies_keep_numbers_as_titles(real):
    """Titles that are numbers make the column text, and are counted."""
    m = real("vega_movies/raw/movies.json").manifest

    assert (m.rows, m.schema.type_of("Title")) == (3201, "VARCHAR")
    assert m.schema.type_of("US Gross") == "BIGINT"
    assert any("'Title' mixes types" in n for n in m.files[0].notes)
