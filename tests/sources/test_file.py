"""Tests for `dataready.sources.file`: which files a path means."""

import pytest

from dataready.errors import EmptySourceError, SourceError
from dataready.model import SourceSpec
from dataready.sources import open_source
from dataready.sources.file import find

CSV = b"a,b\n1,2\n"


@pytest.fixture
def found(tmp_path):
    """Write files, and answer what a path means among them."""

    def write_and_find(path, files, **spec):
        for name, raw in files.items():
            place = tmp_path / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(raw)
        return find(SourceSpec(path=path, **spec), base=tmp_path)

    return write_and_find


@pytest.mark.parametrize(
    ("name", "raw", "kind"),
    [
        ("a.csv", CSV, "csv"), ("a.test", CSV, "csv"), ("a.names2", CSV, "csv"),
        ("a.jsonl", b'{"a":1}', "json"), ("a", b' [{"a":1}]', "json"),
        ("a.dump", b"PAR1...", "parquet"), ("a.csv", b"PAR1...", "parquet"),
        ("a.db", b"12345678DUCK", "duckdb"),
    ],
)  # fmt: skip
def test_a_file_is_of_the_kind_it_shows(found, name, raw, kind):
    """Plain content decides, then the name."""
    assert found(name, {name: raw}).kind == kind


@pytest.mark.parametrize("raw", [b"PK\x03\x04...", b"%PDF-1.4", b"\xd0\xcf\x11\xe0..."])
def test_documents_are_no_tables(found, raw):
    """A spreadsheet under the name of a CSV is refused, with what to do."""
    with pytest.raises(SourceError, match="Export it as CSV"):
        found("a.csv", {"a.csv": raw})


def test_a_folder_gives_its_data_files(found):
    """Texts for people, manifests, hidden files and folders stay out, and that is said."""
    got = found(
        "d",
        {
            "d/2.csv": CSV, "d/1.csv": CSV, "d/README.txt": b"x", "d/m.json": b"{}",
            "d/.hidden.csv": CSV, "d/x.md": b"", "d/sub/3.csv": CSV,
        },
    )  # fmt: skip

    assert [name for name, _ in got.files] == ["1.csv", "2.csv"]
    assert got.notes == ("Not read, since they are no csv data: 'README.txt', 'm.json', 'x.md'.",)


def test_a_glob_names_files_by_their_place(found):
    """Names are relative to the fixed part of a glob, on every machine the same."""
    got = found("d/**/*.csv", {"d/1.csv": CSV, "d/s/2.csv": CSV})

    assert [name for name, _ in got.files] == ["1.csv", "s/2.csv"]


@pytest.mark.parametrize("path", ["d", "d/*"])
def test_mixed_kinds_are_refused(found, path):
    """Two kinds of data in one place are counted, and the way out is said."""
    with pytest.raises(SourceError, match=r"mixes kinds of files: 1 csv, 1 parquet.*'format'"):
        found(path, {"d/a.csv": CSV, "d/b.parquet": b"PAR1"})


def test_the_format_chooses_in_a_mixed_folder(found):
    """With a format said, the files of that kind are the source."""
    got = found("d", {"d/a.csv": CSV, "d/b.parquet": b"PAR1"}, format="parquet")

    assert [name for name, _ in got.files] == ["b.parquet"]


def test_a_missing_path_says_what_is_there(found):
    """The nearest name is proposed, and the folder listed."""
    with pytest.raises(SourceError) as caught:
        found("d/ordrs.csv", {"d/orders.csv": CSV, "d/z.csv": CSV})

    assert str(caught.value) == (
        "There is no 'd/ordrs.csv': 'ordrs.csv' is missing. Did you mean 'orders.csv'? "
        "Its folder holds: 'orders.csv', 'z.csv'."
    )


def test_a_missing_folder_and_an_empty_glob(found):
    """The first part that is missing is named; a glob without a match is said to be one."""
    with pytest.raises(SourceError, match=r"'dd' is missing\. Did you mean 'd'"):
        found("dd/a.csv", {"d/a.csv": CSV})
    with pytest.raises(SourceError, match=r"No file matches 'd/\*\.tsv'"):
        found("d/*.tsv", {})


def test_a_folder_without_data_is_empty(found):
    """What is in it instead is listed."""
    with pytest.raises(EmptySourceError, match=r"It holds: 'sub/', 'x\.md'"):
        found("d", {"d/x.md": b"", "d/sub/a.csv": CSV})


def test_a_file_that_may_not_be_read(tmp_path, monkeypatch):
    """No permission is said as such."""
    (tmp_path / "a.csv").write_bytes(CSV)

    def refuse(*_args, **_kwargs):
        raise PermissionError

    monkeypatch.setattr("pathlib.Path.open", refuse)
    with pytest.raises(SourceError, match="may not be read by this user"):
        open_source(SourceSpec(path="a.csv"), base=tmp_path)


def test_a_name_like_that_of_a_home_of_nobody(land):
    """Like a shell, it is taken as it is."""
    assert land("~nobody-of-this-name.csv", {"~nobody-of-this-name.csv": "a\n1\n"}).values == [
        ("1",)
    ]
