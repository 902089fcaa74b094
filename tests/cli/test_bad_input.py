"""Bad input through the command line: a clear error or a finding, never a traceback."""

from __future__ import annotations

import gzip
import json
import random

import polars as pl
import pytest
from tests.cli.project import rows

from dataready.errors import SourceError
from dataready.sources import file

COUNT = 600
DRAW = random.Random(0)  # noqa: S311 - no secret


def lines(row, *, head="id,amount,kind", count=COUNT):
    """Write a CSV with one row per number."""
    return "\n".join([head, *(row(i) for i in range(count))]).encode() + b"\n"


def plain(i):
    """A row like any other."""
    return f"{i},{DRAW.gauss(10, 2):.2f},{'abc'[i % 3]}"


GOOD = lines(plain)
TABLES = {
    "empty": (b"", 3),
    "header only": (b"id,amount,kind\n", 12),
    "one row": (b"id,amount,kind\n1,2.0,a\n", 12),
    "one column": (lines(str, head="id"), 11),
    "all null": (lines(lambda i: f"{i},,"), 11),
    "names twice": (lines(plain, head="id,id,kind"), 11),
    "no name": (lines(plain, head="id,,kind"), 11),
    "hostile names": (lines(plain, head='"""; drop table data; --",<script>,kind'), 11),
    "ragged": (lines(lambda i: f"{i},1" if i % 9 == 0 else f"{i},9.5,a"), 11),
    "latin-1": (lines(lambda i: f"{i},9.5,caf\xe9").decode().encode("latin-1"), 11),
    "utf-16": (GOOD.decode().encode("utf-16"), 10),
    "byte order mark": (b"\xef\xbb\xbf" + GOOD, 10),
    "NUL bytes": (lines(lambda i: f"{i},9.5,a\0b"), 11),
    # Rows without a key are all alike: 481 of 600 are no copies, and 500 are needed.
    "null keys": (lines(lambda i: f"{i if i % 5 else ''},9.5,a"), 12),
    "smaller than the pilot": (lines(plain, count=20), 12),
    "the same": (GOOD, 10),
}


@pytest.fixture
def pilot(here):
    """Write a good pilot."""
    (here / "pilot.csv").write_bytes(GOOD)
    return "pilot.csv"


@pytest.mark.parametrize("name", TABLES)
def test_a_bad_production_has_its_exit_code(cli, here, pilot, name):
    """What can be read is judged, what cannot is exit 3; a reason is always given."""
    content, code = TABLES[name]
    (here / "production.csv").write_bytes(content)
    done = cli("compare", pilot, "production.csv", "--key", "id", "--json", "o.json")
    assert done.exit_code == code, done.output
    assert "Traceback" not in done.output
    if code == 3:
        assert "production.csv" in done.stderr
    else:
        assert json.loads((here / "o.json").read_text())["reasons"]


@pytest.mark.parametrize("name", TABLES)
def test_a_bad_pilot_or_a_bad_table_alone_is_no_crash(cli, here, pilot, name):
    """The same tables as the pilot, and by themselves."""
    content, _ = TABLES[name]
    (here / "bad.csv").write_bytes(content)
    compared = cli("compare", "bad.csv", pilot)
    alone = cli("profile", "bad.csv", "--json", "o.json")
    assert compared.exit_code in ({3} if not content else {10, 11, 12})
    assert alone.exit_code == (0 if content else 3)
    assert "Traceback" not in compared.output + alone.output


def test_null_keys_and_ragged_records_are_found(cli, here):
    """Keys that are missing are a finding, and so are records that could not be read."""
    (here / "p.csv").write_bytes(TABLES["null keys"][0] + b"7,1,a,b,c\n" * 3)
    cli("profile", "p.csv", "--key", "id", "--json", "o.json")
    found = json.loads((here / "o.json").read_text())["findings"]
    assert any(f["column"] == "id" for f in found)
    assert any(f["detector"] == "rejected_records" for f in found)


def test_files_that_are_cut_short_are_refused(cli, here, pilot):
    """Half a Parquet file and half a gzip file are no data."""
    pl.read_csv(GOOD).write_parquet(here / "whole.parquet")
    (here / "cut.parquet").write_bytes((here / "whole.parquet").read_bytes()[:-200])
    (here / "cut.csv.gz").write_bytes(gzip.compress(GOOD * 9)[:-900])
    for name in ("cut.parquet", "cut.csv.gz"):
        done = cli("compare", pilot, name)
        assert done.exit_code == 3
        assert name in done.stderr


def test_a_folder_without_tables_and_a_path_to_nothing_are_refused(cli, here, pilot):
    """A folder is read as a table in parts, so an empty one holds none."""
    (here / "folder").mkdir()
    assert cli("compare", pilot, "folder").exit_code == 3
    assert cli("compare", pilot, "nothing.csv").exit_code == 3
    assert cli("profile", "").exit_code == cli("compare", pilot, "").exit_code == 2


def test_a_file_that_may_not_be_read_is_refused(cli, here, pilot, monkeypatch):
    """The system's refusal is exit 3 (simulated: the administrator may read everything)."""
    (here / "secret.csv").write_bytes(GOOD)

    def refuse(*_):
        msg = "'secret.csv' cannot be read: Permission denied."
        raise SourceError(msg)

    monkeypatch.setattr(file, "kind_of", refuse)
    done = cli("compare", "secret.csv", pilot)
    assert done.exit_code == 3
    assert "Permission denied" in done.stderr


@pytest.mark.parametrize(("target", "code"), [("nope", 2), ("constant", 10), ("id", 10)])
def test_a_target_that_teaches_nothing_is_told(cli, here, target, code):
    """A target that is absent is refused; one that is constant leaves the score uncalibrated."""
    text = rows(COUNT).replace("kind", "constant").replace(",a,", ",x,").replace(",b,", ",x,")
    (here / "p.csv").write_text(text.replace(",c,", ",x,"))
    done = cli("compare", "p.csv", "p.csv", "--target", target, "--json", "o.json")
    assert done.exit_code == code, done.output
    if target == "constant":
        assert json.loads((here / "o.json").read_text())["score"]["calibrated"] is False


def test_hostile_names_are_shown_as_text(cli, here):
    """Names that are SQL, HTML, markup or escape sequences change neither screen nor page."""
    names = ['"; drop table data; --', "<script>alert(1)</script>", "[red]x[/red]", "\x1b[31mred"]
    quoted = ",".join('"' + n.replace('"', '""') + '"' for n in names)
    for name, cells in (("p.csv", "1,2,3"), ("q.csv", ",2,x")):
        body = "".join(f"{i},{cells}\n" for i in range(COUNT))
        (here / name).write_text(f"{quoted}\n{body}", newline="")
    done = cli("compare", "p.csv", "q.csv", "--html", "o.html", "--json", "o.json")
    assert done.exit_code == 11, done.output
    page = (here / "o.html").read_text()
    columns = json.loads((here / "o.json").read_text())["columns"]
    assert [c["name"] for c in columns] == names
    assert "<script>alert(1)" not in page
    listed = cli("profile", "q.csv")
    assert "\x1b" not in done.output + listed.output
    assert "[red]x[/red]" in listed.output
