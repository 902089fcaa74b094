"""Tests for `dataready.sources.csv`: what stands in a file is what lands."""

import codecs
import csv
import gzip
import io
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dataready.errors import ConfigError, EmptySourceError, SourceError
from dataready.sources import scan
from dataready.sources.text import encoding_of


def test_values_land_as_they_stand(land):
    """Nothing is trimmed, typed or taken for NULL; only a bare empty field is NULL."""
    got = land("a.csv", {"a.csv": 'n,s\n1, x\n?,""\n,NA\n 007 ,"a,b"\n'})

    assert got.values == [("1", " x"), ("?", ""), (None, "NA"), (" 007 ", "a,b")]
    assert got.types == ["VARCHAR", "VARCHAR"]
    assert not got.manifest.typed


def test_rows_are_numbered_through_quoted_line_breaks(land):
    """A record of three lines is one record."""
    got = land("a.csv", {"a.csv": 'n,s\n1,"x\ny\nz"\n2,b\n'})

    assert got.rows == [("1", "x\ny\nz", 0, 0), ("2", "b", 0, 1)]


def test_rejected_records_keep_their_number(land):
    """Rows behind refused records are numbered as they stand in the file."""
    got = land("a.csv", {"a.csv": "a,b\n1,2\nx\ny,y,y\n3,4\nz\n5,6\n"})

    assert [(r[0], r[-1]) for r in got.rows] == [("1", 0), ("3", 3), ("5", 5)]
    assert got.rejects == [
        (0, 1, 3, "too few fields: 1 instead of 2", "x"),
        (0, 2, 4, "too many fields: 3 instead of 2", "y,y,y"),
        (0, 4, 6, "too few fields: 1 instead of 2", "z"),
    ]
    assert (got.manifest.rows, got.manifest.rejected) == (3, 3)
    assert "2 of 6 records were refused: too few fields: 1 instead of 2." in got.notes


def test_reject_lines_count_physical_lines(land):
    """The line of a refused record is the one that an editor shows."""
    got = land("a.csv", {"a.csv": 'a,b\n"1\n\n",2\n\nx\n3,4\n'})

    assert got.rejects == [(0, 1, 6, "too few fields: 1 instead of 2", "x")]
    assert [r[-1] for r in got.rows] == [0, 2]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_end(land, end):
    """Files of all systems land alike, with and without a last line end."""
    for last in (end, ""):
        got = land("a.csv", {"a.csv": end.join(["a,b", "1,x", '2,"q""r"', "3,y"]) + last})
        assert got.values == [("1", "x"), ("2", 'q"r'), ("3", "y")]


def test_mixed_line_ends(land):
    """A file put together from two systems is whole."""
    got = land("a.csv", {"a.csv": 'a,b\r\n1,x\n2,"p\nq"\r\n3,r\rs\n'})

    assert got.values == [("1", "x"), ("2", "p\nq"), ("3", "r\rs")]


def test_quotes_inside_bare_fields_are_text(land):
    """Inches are no quotes, wherever they stand in a field."""
    got = land("a.csv", {"a.csv": 'size,n\n5" pipe,1\n6",2\n"7"" pipe",3\na "b" c,4\n'})

    assert got.values == [('5" pipe', "1"), ('6"', "2"), ('7" pipe', "3"), ('a "b" c', "4")]


def test_quotes_that_do_not_match_cost_one_line(land):
    """An open quote takes the rest of its line with it, and no other record."""
    got = land("a.csv", {"a.csv": 'a,b\n1,"x\n2,"y"\n3,z\n4,"p"q\n5,w\n'})

    assert got.values == [("2", "y"), ("3", "z"), ("5", "w")]
    assert [(r[1], r[2], r[3]) for r in got.rejects] == [
        (0, 2, "its quotes do not match"),
        (3, 5, "its quotes do not match"),
    ]


def test_a_quote_that_never_closes_does_not_swallow_the_file(land, monkeypatch):
    """However long the file is, only the line of the open quote is lost."""
    monkeypatch.setattr(scan, "CHUNK", 64)
    monkeypatch.setattr(scan, "LONGEST", 200)
    lines = [f"{i},v{i}" for i in range(300)]
    got = land("a.csv", {"a.csv": "\n".join(["a,b", *lines[:50], '50,"open', *lines[51:]])})

    assert [r[-1] for r in got.rows] == [i for i in range(300) if i != 50]
    assert [r[1] for r in got.rejects] == [50]


def test_undecodable_records_are_refused(land):
    """In a file that is UTF-8 but for one line, that line is refused."""
    raw = "a,b\n1,é\n2,ü\n".encode() + b"3,\xff\n" + "4,ß\n".encode()
    got = land("a.csv", {"a.csv": raw})

    assert got.values == [("1", "é"), ("2", "ü"), ("4", "ß")]
    assert got.rejects == [
        (0, 2, 4, "it has bytes that are not text in the file's encoding", "3,\\xff")
    ]


@pytest.mark.parametrize(
    ("raw", "encoding"),
    [
        ("a,b\nß,1\né,2\n".encode("cp1252"), "cp1252"),
        ("a,b\n\x81ß,1\né,2\n".encode("latin-1"), "latin-1"),
        (codecs.BOM_UTF8 + "a,b\nß,1\né,2\n".encode(), "utf-8-sig"),
        ("a,b\nß,1\né,2\n".encode("utf-16"), "utf-16"),
        ("a,b\nß,1\né,2\n".encode("utf-16-le"), "utf-16-le"),
        ("a,b\nß,1\né,2\n".encode("utf-16-be"), "utf-16-be"),
    ],
)
def test_other_encodings_are_found_and_said(land, raw, encoding):
    """Text is text, whatever it was encoded in; the note says what was found."""
    got = land("a.csv", {"a.csv": raw})

    assert [v[0].strip("\x81") for v in got.values] == ["ß", "é"]
    assert got.names == ["a", "b"]
    assert got.manifest.files[0].encoding == encoding
    assert encoding in got.notes


def test_an_encoding_that_is_said_is_believed(land):
    """Latin-2 cannot be found, only said."""
    got = land("a.csv", {"a.csv": "a,b\nł,1\n".encode("iso8859-2")}, encoding="latin2")

    assert got.values == [("ł", "1")]


def test_an_unknown_encoding_is_a_wrong_setting(land):
    """A typo in the settings is exit code 2, not a broken source."""
    with pytest.raises(ConfigError, match="no encoding 'utf-9'"):
        land("a.csv", {"a.csv": "a,b\n1,2\n"}, encoding="utf-9")


def test_nul_bytes_land(land):
    """A NUL is a character like any other."""
    assert land("a.csv", {"a.csv": "a,b\n1\x002,3\n"}).values == [("1\x002", "3")]


def test_gzip_is_unpacked(land):
    """A packed file lands like the file that is in it."""
    got = land("a.csv.gz", {"a.csv.gz": "a,b\n1,2\n"})

    assert (got.manifest.kind, got.values) == ("csv", [("1", "2")])


def test_a_truncated_gzip_is_no_source(land, tmp_path):
    """Half a packed file never lands, and leaves nothing behind."""
    rows = "".join(f"{i},{i * 7919}\n" for i in range(5000))
    whole = gzip.compress(("a,b\n" + rows).encode())
    with pytest.raises(SourceError, match="cut short or damaged"):
        land("a.dat", {"a.dat": whole[: len(whole) // 2]})
    assert not list((tmp_path / "extracts").iterdir())


@pytest.mark.parametrize("text", ["", "\n\n", " \r\n\t\n", "\ufeff"])
def test_blank_files_are_empty_sources(land, text):
    """No text is no table; the message names the file."""
    with pytest.raises(EmptySourceError, match=r"'a\.csv' is empty"):
        land("a.csv", {"a.csv": text})


def test_a_header_alone_is_a_table_of_no_rows(land):
    """An export of nothing is an export."""
    got = land("a.csv", {"a.csv": "id,name\n"})

    assert (got.names, got.rows, got.manifest.reconciled) == (["id", "name"], [], True)


def test_no_header_gives_numbered_columns(land):
    """Numbers in the first row, above numbers, are data."""
    got = land("a.csv", {"a.csv": "7.4,0.7,5\n7.8,0.88,6\n"})

    assert got.names == ["column0", "column1", "column2"]
    assert got.values[0] == ("7.4", "0.7", "5")
    assert got.manifest.files[0].header_found is False
    assert "has no header" in got.notes


def test_the_settings_decide_on_the_header(land):
    """What the settings say of header, delimiter and quote is believed."""
    got = land("a.csv", {"a.csv": "'a;b';1\n'c';2\n"}, header=False, delimiter=";", quote="'")

    assert got.values == [("a;b", "1"), ("c", "2")]


def test_no_quotes_at_all(land):
    """With quote '' every character stands for itself."""
    got = land("a.csv", {"a.csv": 'a,b\n"x,1\n5",2\n'}, quote="")

    assert got.values == [('"x', "1"), ('5"', "2")]


def test_delimiter_and_quote_must_differ(land):
    """Nonsense in the settings is a wrong setting."""
    with pytest.raises(ConfigError, match="do not go together"):
        land("a.csv", {"a.csv": "a,b\n"}, delimiter=",", quote=",")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "^"])
def test_delimiters_are_found(land, delimiter):
    """The delimiter is the one that splits every line alike."""
    lines = [["id", "text"], ["1", "x y"], ["2", "p q"]]
    got = land("a.txt", {"a.txt": "\n".join(delimiter.join(x) for x in lines)})

    assert got.values == [("1", "x y"), ("2", "p q")]
    assert got.manifest.files[0].delimiter == delimiter


@pytest.mark.parametrize("delimiter", ["||", "<sep>", "¦"])
def test_long_delimiters_can_be_said(land, delimiter):
    """A delimiter of several bytes is read all the same."""
    text = f'a{delimiter}b\n1,2{delimiter}"x{delimiter}y"\n'
    assert land("a.csv", {"a.csv": text}, delimiter=delimiter).values == [("1,2", f"x{delimiter}y")]


def test_backslash_escapes_are_found(land):
    """A backslash before a quote makes it text; any other stays."""
    text = 'id,s\n1,"a \\"b\\", c"\n2,"C:\\dir"\n3,\\N\n'
    assert [v[1] for v in land("a.csv", {"a.csv": text}).values] == ['a "b", c', "C:\\dir", "\\N"]


def test_a_header_one_name_short(land):
    """The index that R writes without a name becomes column0."""
    got = land("a.csv", {"a.csv": '"x","y"\n"1",5,6\n"2",7,8\n'})

    assert got.names == ["column0", "x", "y"]
    assert got.values == [("1", "5", "6"), ("2", "7", "8")]
    assert "one name less" in got.notes


def test_records_that_end_in_a_delimiter(land):
    """A last field that is always empty is no index: no name moves."""
    got = land("a.csv", {"a.csv": "x,y\n5,6,\n7,8,\n"})

    assert got.names == ["x", "y", "column2"]
    assert got.values == [("5", "6", None), ("7", "8", None)]


def test_names_that_cannot_stay(land):
    """Twice, empty, or the same but for case: each gets a name, and a note."""
    got = land("a.csv", {"a.csv": "id,ID,,x,x\na,b,c,d,e\n"})

    assert got.names == ["id", "ID_2", "column2", "x", "x_2"]
    assert [c.source_name for c in got.manifest.columns] == ["id", "ID", "", "x", "x"]
    assert got.manifest.files[0].header == ("id", "ID", "", "x", "x")
    for name in ("ID_2", "column2", "x_2"):
        assert f"'{name}'" in got.notes


def test_hostile_names_are_only_names(land):
    """SQL and HTML in a header do nothing."""
    names = ['"; drop table data; --', "<script>", "a'b", "c$1", "{}", "ключ", "x\ny"]
    out = io.StringIO()
    csv.writer(out).writerows([names, ["v"] * len(names)])
    got = land("a.csv", {"a.csv": out.getvalue()})

    assert got.names == names
    assert got.values == [("v",) * len(names)]


@pytest.mark.parametrize("name", ["_dataready_file", "_DATAREADY_ROW"])
def test_reserved_names_are_refused(land, name):
    """A column that would hide dataready's own is an error that says so."""
    with pytest.raises(SourceError, match=f"'{name}'.*Rename it"):
        land("a.csv", {"a.csv": f"a,{name}\n1,2\n"})


def test_many_files_unite_by_name(land):
    """Columns that come and go are NULL where they are not; each file keeps its header."""
    files = {"1.csv": "a,b\n1,2\n", "2.csv": "b,c\n3,4\nx\n5,6\n"}
    got = land("*.csv", files)

    assert got.names == ["a", "b", "c"]
    assert got.rows == [
        ("1", "2", None, 0, 0),
        (None, "3", "4", 1, 0),
        (None, "5", "6", 1, 2),
    ]
    assert [f.header for f in got.manifest.files] == [("a", "b"), ("b", "c")]
    assert [(f.rows, f.rejected) for f in got.manifest.files] == [(1, 0), (2, 1)]


def test_spellings_of_a_name_unite(land):
    """Names that differ in case are one column, and the note says which file and how."""
    got = land(".", {"1.csv": "Amount,x\n1,2\n", "2.csv": "amount,x\n3,4\n"})

    assert got.names == ["Amount", "x"]
    assert got.values == [("1", "2"), ("3", "4")]
    assert "'amount' is spelt so here; it lands under 'Amount'" in got.manifest.files[1].notes[0]


def test_one_file_of_several_without_its_header(land):
    """A first row that shares no name with the others is data, and that is noted."""
    got = land(
        ".",
        {
            "1.csv": "city,n\nBonn,1\nKiel,2\n",
            "2.csv": "city,n\nUlm,3\n",
            "3.csv": "Trier,x\nMainz,y\n",
        },
    )

    assert [f.header_found for f in got.manifest.files] == [True, True, False]
    assert [f.rows for f in got.manifest.files] == [2, 1, 2]
    assert "has no header" in got.manifest.files[2].notes[0]


def test_a_file_of_only_rejects_lands_empty(land):
    """Every record refused is said, and is no crash."""
    got = land("a.csv", {"a.csv": "a,b,c\n1\n2\n3\n"}, delimiter=",")

    assert (got.rows, got.manifest.rejected) == ([], 3)
    assert "Every record was refused" in got.notes


def test_one_column(land):
    """Without any delimiter a line is a value, and an empty line a missing one."""
    got = land("a.csv", {"a.csv": 'name\nx\n\n""\ny\n'})

    assert got.rows == [("x", 0, 0), (None, 0, 1), ("", 0, 2), ("y", 0, 3)]


def test_blank_lines_are_no_records(land):
    """Blank lines between records are left out, and counted."""
    got = land("a.csv", {"a.csv": "\n\na,b\n1,2\n\n3,4\n\n"})

    assert got.rows == [("1", "2", 0, 0), ("3", "4", 0, 1)]
    assert "4 blank lines" in got.notes


def test_a_long_record_lands(land):
    """A field of three megabytes is a field."""
    long = "x\n" * 1_500_000
    got = land("a.csv", {"a.csv": f'a,b\n"{long}",1\n2,3\n'})

    assert got.values == [(long, "1"), ("2", "3")]


def test_nuls_at_every_second_place_are_not_utf16_if_they_cannot_be(land):
    """An odd number of bytes is no UTF-16."""
    got = land("a.csv", {"a.csv": "\0a,\0b\n\x001,\x002\n\x003,\x004\n\0"[:-1]}, delimiter=",")

    assert got.manifest.files[0].encoding == "utf-8"
    assert got.values == [("\x001", "\x002"), ("\x003", "\x004")]


_CELLS = st.text(st.sampled_from('a1 ,;"\n\r\té\0'), max_size=5)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    header=st.lists(_CELLS, min_size=3, max_size=3),
    rows=st.lists(st.lists(_CELLS, min_size=3, max_size=3), min_size=1, max_size=12),
    chunk=st.integers(8, 64),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_whatever_is_written_is_read(land, monkeypatch, header, rows, chunk, end):
    """What Python's own writer writes lands unchanged, wherever blocks are cut."""
    monkeypatch.setattr(scan, "CHUNK", chunk)
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows([header, *rows])
    told = {"header": True, "delimiter": ",", "quote": '"', "encoding": "utf-8"}
    got = land("a.csv", {"a.csv": out.getvalue()}, **told)

    assert got.manifest.files[0].header == tuple(header)
    assert got.values == [tuple(row) for row in rows]
    assert [r[-1] for r in got.rows] == list(range(len(rows)))


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    lines=st.lists(st.text(st.sampled_from('a,," \n\r'), max_size=8), min_size=1, max_size=12),
    chunk=st.integers(8, 64),
)
def test_no_text_is_lost_or_crashes(land, monkeypatch, lines, chunk):
    """Any text lands or is refused record by record, and is the same in any blocks."""
    text = "h,i\n1,2\n" + "\n".join(lines)
    spec = {"header": True, "delimiter": ",", "quote": '"'}
    whole = land("a.csv", {"a.csv": text}, **spec)
    with monkeypatch.context() as smaller:
        smaller.setattr(scan, "CHUNK", chunk)
        cut = land("a.csv", {"a.csv": text}, **spec)

    assert (cut.rows, cut.rejects) == (whole.rows, whole.rejects)
    numbers = sorted([r[-1] for r in cut.rows] + [r[1] for r in cut.rejects])
    assert numbers == list(range(len(numbers)))


def test_binary_rubbish_is_refused(tmp_path):
    """Bytes that are no text are an error, not a table of one column."""
    path = tmp_path / "rubbish.csv"
    path.write_bytes(random.Random(1).randbytes(20_000))  # noqa: S311

    with pytest.raises(SourceError, match="does not hold text"):
        encoding_of(path, None)
