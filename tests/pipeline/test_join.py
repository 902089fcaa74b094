"""Tests for `pipeline.join`: every row stays once, and finds what its key says."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
from datetime import date, datetime
from decimal import Decimal

import duckdb
import pytest
from tests.pipeline.table import extract_of, rows_of

from dataready.errors import ConfigError, WarehouseError
from dataready.extract.manifest import Extract
from dataready.model import FILE_COLUMN, ROW_COLUMN, TABLE
from dataready.pipeline import join as module
from dataready.pipeline.join import Partner, join, partners_column

FOUND = partners_column("c")


@pytest.fixture
def joined(tmp_path):
    """Join a base table to one called c, by column k on both sides; answer the new extract."""

    def make(base, other, *, types=None, other_types=None, strict=False, **changes):
        here = extract_of(tmp_path / "b", "b", base, types)
        there = extract_of(tmp_path / "c", "c", other, other_types)
        columns = tuple(n for n in other if n != "k")
        partner = {"dataset": "c", "extract": there, "on": {"k": "k"}, "columns": columns}
        return join(
            here,
            [Partner(**(partner | changes))],
            folder=tmp_path / "joined",
            name="run",
            strict=strict,
        )

    return make


def test_every_row_stays_once_and_in_its_place(joined, tmp_path):
    """Many rows find one; whose key is not there, and who has none, stay too."""
    got = joined(
        {"k": ["b", "a", "x", None, "a"], "v": list("12345")}, {"k": ["a", "b"], "w": ["A", "B"]}
    )
    base = Extract.open(tmp_path / "b" / "b.duckdb")
    assert rows_of(got, "k", "v", FILE_COLUMN, ROW_COLUMN) == rows_of(
        base, "k", "v", FILE_COLUMN, ROW_COLUMN
    )
    assert sorted(rows_of(got, "v", "c.w", FOUND)) == [
        ("1", "B", 1),
        ("2", "A", 1),
        ("3", None, 0),
        ("4", None, None),
        ("5", "A", 1),
    ]
    assert got.manifest.schema.names == ("k", "v", "c.w")


def test_the_manifest_says_what_was_joined(joined):
    """It is the base's, with what came to it; it survives being read back."""
    got = joined({"k": ["a", "x", None, "d"]}, {"k": ["a", "d", "d"], "w": ["A", "1", "2"]})
    (table,) = got.manifest.joins
    assert (table.dataset, table.on, table.columns, table.rows) == ("c", {"k": "k"}, ("c.w",), 3)
    assert (table.without_key, table.without_partner) == (1, 1)
    assert (table.ambiguous, table.keys_repeated) == (1, 1)
    assert (got.manifest.base, table.fingerprint) == ("fingerprint of b", "fingerprint of c")
    assert got.manifest.fingerprint not in {got.manifest.base, table.fingerprint}
    assert Extract.open(got.path).manifest == got.manifest
    assert [f.name for f in got.manifest.files] == ["b0.csv", "b1.csv"]
    assert got.path.stat().st_mode & 0o777 == 0o600


def test_what_is_no_key_finds_nothing(joined):
    """NULL is no key, nor is a blank, even if the other table has both."""
    other = {"k": [None, "", " ", "a"], "w": ["null", "empty", "space", "A"]}
    got = joined({"k": [None, "", " ", "a"]}, other, strict=True)
    assert sorted(rows_of(got, "c.w", FOUND), key=str) == [("A", 1), *[(None, None)] * 3]


def test_nan_is_no_key(joined):
    """It stands for a missing number."""
    nan = float("nan")
    got = joined(
        {"k": [nan, 1.0]},
        {"k": [nan, 1.0], "w": ["N", "A"]},
        types={"k": "DOUBLE"},
        other_types={"k": "DOUBLE"},
    )
    assert rows_of(got, "c.w", FOUND) == [(None, None), ("A", 1)]


@pytest.mark.parametrize(
    ("type_", "key", "other_type", "other", "same"),
    [
        ("VARCHAR", "12", "BIGINT", 12, True),
        ("VARCHAR", "12.0", "BIGINT", 12, True),
        ("VARCHAR", " 12 ", "BIGINT", 12, True),
        ("VARCHAR", "012", "BIGINT", 12, False),
        ("VARCHAR", "12.50", "DOUBLE", 12.5, True),
        ("VARCHAR", "9007199254740993", "BIGINT", 9007199254740992, False),
        ("INTEGER", 12, "DOUBLE", 12.0, True),
        ("INTEGER", 12, "DECIMAL(9,2)", Decimal("12.00"), True),
        ("BIGINT", 9007199254740993, "DECIMAL(20,0)", Decimal(9007199254740993), True),
        ("VARCHAR", "12.0", "VARCHAR", "12", False),
        ("VARCHAR", "2024-05-01", "DATE", date(2024, 5, 1), True),
        ("VARCHAR", "2024-05-01T06:00:00Z", "TIMESTAMP", datetime(2024, 5, 1, 6), True),  # noqa: DTZ001
        ("DATE", date(2024, 5, 1), "TIMESTAMP", datetime(2024, 5, 1), True),  # noqa: DTZ001
        ("VARCHAR", "true", "BOOLEAN", True, True),
        ("VARCHAR", "b", "ENUM('a', 'b')", "b", True),
        ("DATE", date(2024, 5, 1), "BIGINT", 20240501, False),
    ],
)
def test_keys_of_two_types_are_compared_as_what_they_say(
    joined, type_, key, other_type, other, same
):
    """One source has types and the other has none; both directions say the same."""
    sides = ((type_, key, other_type, other), (other_type, other, type_, key))
    for mine, value, theirs, partner in sides:
        got = joined(
            {"k": [value]},
            {"k": [partner], "w": ["A"]},
            types={"k": mine},
            other_types={"k": theirs},
        )
        assert rows_of(got, "c.w", FOUND) == ([("A", 1)] if same else [(None, 0)])


def test_keys_of_several_columns_must_all_agree(joined):
    """A row with a hole in its key has none."""
    got = joined(
        {"k": ["a", "a", "b", "a"], "day": ["1", "2", "1", None]},
        {"k": ["a", "a"], "day": ["1", "2"], "w": ["A1", "A2"]},
        on={"k": "k", "day": "day"},
        columns=("w",),
        strict=True,
    )
    assert sorted(rows_of(got, "k", "day", "c.w", FOUND), key=str) == [
        ("a", "1", "A1", 1),
        ("a", "2", "A2", 1),
        ("a", None, None, None),
        ("b", "1", None, 0),
    ]


def test_a_key_in_several_rows_is_refused_without_its_values(joined, tmp_path):
    """How many there are is said; nothing is kept."""
    other = {"k": ["secret1", "secret1", "secret2", "secret2", "secret2", "c"], "w": list("123456")}
    with pytest.raises(ConfigError) as caught:
        joined({"k": ["c"]}, other, strict=True)
    said = str(caught.value)
    assert "'b' joins 'c' on 'k'" in said
    assert "2 keys are in 5 rows" in said
    assert "secret" not in said
    assert list((tmp_path / "joined").iterdir()) == []


def test_rows_of_one_key_give_what_they_agree_in(joined):
    """What differs is missing, a value beside a NULL too; copies change nothing."""
    other = {
        "k": ["a", "a", "b", "b", "c"],
        "same": ["A", "A", "B", "B", "C"],
        "differs": ["1", "2", "3", "3", "5"],
        "half": ["x", None, "y", "y", "z"],
    }
    names = ("k", "c.same", "c.differs", "c.half", FOUND)
    got = joined({"k": ["a", "b", "c"]}, other)
    expected = [("a", "A", None, None, 2), ("b", "B", "3", "y", 1), ("c", "C", "5", "z", 1)]
    assert sorted(rows_of(got, *names)) == expected
    backwards = {name: cells[::-1] for name, cells in other.items()}
    assert sorted(rows_of(joined({"k": ["a", "b", "c"]}, backwards), *names)) == expected


def test_hostile_names_are_names(tmp_path):
    """Quotes, dots, SQL and the names of our own aliases are columns like any other."""
    odd = ['k"0', "k0", "c0", "n", "b", "t", "x'); DROP TABLE data; --", "rowid", "p0.k0"]
    here = extract_of(tmp_path / "b", "b", {'a"; --': ["1"], "k0": ["z"], "n": ["9"]})
    there = extract_of(tmp_path / "c", "c", {'key"': ["1"], **{name: [name] for name in odd}})
    partner = Partner(dataset="c", extract=there, on={'a"; --': 'key"'}, columns=tuple(odd))
    got = join(here, [partner], folder=tmp_path, name="run", strict=True)
    assert rows_of(got) == [("1", "z", "9", *odd)]


@pytest.mark.parametrize("taken", ["c.w", "C.W", "c._dataready_partners"])
def test_a_name_that_is_taken_is_refused(joined, taken):
    """DuckDB would not tell the two apart."""
    with pytest.raises(ConfigError, match="another name") as caught:
        joined({"k": ["a"], taken: ["1"]}, {"k": ["a"], "w": ["A"]})
    assert f"'{taken}' is there already" in str(caught.value)


@pytest.mark.parametrize(
    ("on", "lacks", "found"),
    [({"gone": "k"}, ("gone",), (None, None)), ({"k": "gone"}, ("c.gone",), (None, 0))],
)
def test_a_side_that_lacks_its_key_finds_nothing(joined, on, lacks, found):
    """The columns are there, with their types and without values."""
    got = joined(
        {"k": ["a"]}, {"k": ["a"], "w": [1]}, other_types={"w": "BIGINT"}, on=on, strict=True
    )
    assert got.manifest.joins[0].lacks == lacks
    assert got.manifest.schema.type_of("c.w") == "BIGINT"
    assert rows_of(got, "c.w", FOUND) == [found]


def test_columns_keep_whether_their_source_had_types(tmp_path):
    """Text of a CSV may be numbers; text of Parquet is text."""
    here = extract_of(tmp_path / "b", "b", {"k": ["1"]}, typed=False)
    there = extract_of(tmp_path / "c", "c", {"k": ["1"], "w": ["2"]}, typed=True)
    partner = Partner(dataset="c", extract=there, on={"k": "k"}, columns=("w",))
    assert join(here, [partner], folder=tmp_path, name="r", strict=True).manifest.typed == ("c.w",)


def test_tables_are_joined_side_by_side(tmp_path):
    """Each by its own key; a column that is not there is passed over."""
    here = extract_of(tmp_path / "b", "b", {"k": ["1", "2"], "l": ["x", "y"]})
    first = extract_of(tmp_path / "c", "c", {"k": ["1", "2"], "w": ["one", "two"]})
    second = extract_of(tmp_path / "d", "d", {"id": ["y"], "w": ["Y"]})
    partners = [
        Partner(dataset="c", extract=first, on={"k": "k"}, columns=("w", "gone")),
        Partner(dataset="d", extract=second, on={"l": "id"}, columns=("w",)),
    ]
    got = join(here, partners, folder=tmp_path, name="run", strict=True)
    assert sorted(rows_of(got)) == [("1", "x", "one", None), ("2", "y", "two", "Y")]


def test_refused_records_come_along(tmp_path):
    """A finding about them quotes their table."""
    here = extract_of(tmp_path / "b", "b", {"k": ["1"]})
    with duckdb.connect(str(here.path)) as con:
        con.execute("INSERT INTO rejects VALUES (0, 1, 2, 'broken', 'x')")
    there = extract_of(tmp_path / "c", "c", {"k": ["1"], "w": ["A"]})
    partner = Partner(dataset="c", extract=there, on={"k": "k"}, columns=("w",))
    got = join(here, [partner], folder=tmp_path, name="run", strict=True)
    with duckdb.connect(str(got.path), read_only=True) as con:
        assert con.execute('SELECT reason FROM "rejects"').fetchall() == [("broken",)]


def test_the_same_tables_make_the_same_extract(joined):
    """Also if they are joined again in the same place."""
    tables = (
        {"k": [str(n % 50) for n in range(90)]},
        {"k": [str(n) for n in range(40)], "w": [str(n) for n in range(40)]},
    )
    first = joined(*tables)
    rows, manifest = rows_of(first), first.manifest
    again = joined(*tables)
    assert (rows_of(again), again.manifest) == (rows, manifest)


def test_a_failure_on_the_way_keeps_nothing(joined, tmp_path, monkeypatch):
    """The draft goes, and an earlier extract of the name stays."""
    joined({"k": ["a"]}, {"k": ["a"], "w": ["A"]})

    def broken(*_):
        msg = "broken"
        raise WarehouseError(msg)

    monkeypatch.setattr(module, "_reconcile", broken)
    with pytest.raises(WarehouseError, match="broken"):
        joined({"k": ["a"]}, {"k": ["a"], "w": ["B"]})
    assert sorted(p.name for p in (tmp_path / "joined").iterdir()) == ["run.duckdb", "run.json"]
    assert rows_of(Extract.open(tmp_path / "joined" / "run.duckdb"), "c.w") == [("A",)]


KILLED = """
import os, signal, sys
from pathlib import Path
from dataready.extract.manifest import Extract
from dataready.pipeline import join

join._reconcile = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
here, there = (Extract.open(Path(sys.argv[1], n, f"{n}.duckdb")) for n in "bc")
partner = join.Partner(dataset="c", extract=there, on={"k": "k"}, columns=("w",))
join.join(here, [partner], folder=Path(sys.argv[1], "joined"), name="run", strict=True)
"""


def test_a_killed_join_leaves_nothing_half_written(joined, tmp_path):
    """The last extract stays whole; the next join removes what is left."""
    before = joined({"k": ["a"]}, {"k": ["a"], "w": ["A"]})
    bytes_before = before.path.read_bytes()
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    assert done.returncode == -signal.SIGKILL
    (left,) = (tmp_path / "joined").glob(".tmp-*")
    assert list(left.glob("*.duckdb"))
    assert before.path.read_bytes() == bytes_before
    joined({"k": ["a"]}, {"k": ["a"], "w": ["A"]})
    assert not left.exists()


@pytest.mark.slow
def test_a_million_rows_are_joined_within_memory(tmp_path, monkeypatch):
    """What does not fit is spilled, and the order is still the base's."""
    rows = 1_000_000
    here = extract_of(tmp_path / "b", "b", {"k": ["x"], "v": ["y"]})
    there = extract_of(tmp_path / "c", "c", {"k": ["x"], **{f"w{n}": ["y"] for n in range(6)}})
    for extract, count in ((here, rows), (there, rows // 2)):
        wide = ", ".join(
            f"repeat('{name}' || hash(i)::VARCHAR, 2)" for name in extract.manifest.schema.names[1:]
        )
        with duckdb.connect(str(extract.path)) as con:
            con.execute(f"DELETE FROM {TABLE}")
            con.execute(
                f"INSERT INTO {TABLE} SELECT 'K' || (i * 7919 % {rows // 2}), {wide}, 0, i "
                f"FROM range({count}) AS r(i)"
            )
    here = Extract(here.path, module.replace(here.manifest, rows=rows))
    limited = module.connect
    monkeypatch.setattr(
        module, "connect", lambda path, **named: limited(path, memory_limit="300MiB", **named)
    )
    columns = there.manifest.schema.names[1:]
    partner = Partner(dataset="c", extract=there, on={"k": "k"}, columns=columns)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    got = join(here, [partner], folder=tmp_path / "j", name="run", strict=True)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 600 * 1024
    assert got.manifest.joins[0].without_partner == 0
    with duckdb.connect(str(got.path), read_only=True) as con:
        (moved,) = con.execute(
            f"SELECT count(*) FROM {TABLE} WHERE rowid <> {ROW_COLUMN}"
        ).fetchone()
        assert moved == 0
