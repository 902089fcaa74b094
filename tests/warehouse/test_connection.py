"""Tests for `dataready.warehouse.connection`."""

import duckdb
import pytest

from dataready.errors import ConfigError, WarehouseError
from dataready.warehouse.connection import connect, locked, refusals


def test_it_writes_reads_and_closes(tmp_path):
    """What one connection wrote the next can read, and only read if so asked."""
    path = tmp_path / "x.duckdb"
    with connect(path) as con:
        con.execute("CREATE TABLE t AS SELECT 1 AS x")
    with connect(path, read_only=True) as con:
        assert con.execute("FROM t").fetchall() == [(1,)]
        with pytest.raises(duckdb.InvalidInputException):
            con.execute("CREATE TABLE u (x INTEGER)")
    with pytest.raises(duckdb.ConnectionException):
        con.execute("SELECT 1")


def test_settings_keep_it_bounded_and_offline(tmp_path):
    """Memory has a limit; nothing is fetched; Python's variables are no tables."""
    names = (
        "memory_limit",
        "temp_directory",
        "autoinstall_known_extensions",
        "autoload_known_extensions",
        "python_enable_replacements",
    )
    listed = ", ".join(f"current_setting('{n}')" for n in names)
    with connect(None, memory_limit="64MiB", temp=tmp_path / "spill") as con:
        (row,) = con.execute(f"SELECT {listed}").fetchall()

    assert row == ("64.0 MiB", str(tmp_path / "spill"), False, False, False)


def test_the_default_limit_is_at_most_four_gigabytes():
    """Without a limit said, the machine keeps three quarters of its memory."""
    with connect(None) as con:
        (row,) = con.execute("SELECT current_setting('memory_limit')").fetchall()

    number, unit = row[0].split()
    assert unit == "MiB" or (unit == "GiB" and float(number) <= 4)


def test_files_that_cannot_be_opened(tmp_path):
    """Missing or damaged, the message names the file and the kind of failure."""
    (tmp_path / "bad.duckdb").write_bytes(b"no database at all" * 1000)
    for name in ("bad.duckdb", "missing.duckdb"):
        with (
            pytest.raises(WarehouseError, match=f"to open '{name}'"),
            connect(tmp_path / name, read_only=True),
        ):
            pass


def test_refusals_carry_no_values():
    """DuckDB quotes the value that failed; the message does not, nor its cause."""
    with pytest.raises(WarehouseError) as caught, refusals("to count"), connect(None) as con:
        con.execute("SELECT 'secret'::INTEGER")

    assert str(caught.value) == "DuckDB refused to count: a value does not fit its type."
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_foreign_sql_reaches_no_file(tmp_path):
    """A locked connection reads its tables, no files, and keeps its settings."""
    (tmp_path / "x.csv").write_text("a\n1\n")
    with connect(None) as con:
        con.execute("CREATE TABLE t AS SELECT 1 AS x")
        assert locked(con).execute("FROM t").fetchall() == [(1,)]
        for foreign in (
            f"FROM read_csv('{tmp_path / 'x.csv'}')",
            f"ATTACH '{tmp_path / 'y.duckdb'}' AS y",
            f"COPY t TO '{tmp_path / 'z.csv'}'",
            "SET enable_external_access = true",
        ):
            with pytest.raises(duckdb.Error):
                con.execute(foreign)


def test_a_full_disk_is_said():
    """Of all that can be wrong with a file, this is what people can mend."""
    cause = duckdb.IOException('Could not write file "x": No space left on device')
    with pytest.raises(WarehouseError, match="the disk is full"), refusals("to try"):
        raise cause


def test_moments_read_alike_on_every_machine(monkeypatch):
    """Their text does not depend on the time zone of the machine."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    with connect(None) as con:
        (row,) = con.execute("SELECT CAST(TIMESTAMPTZ '2024-06-01 12:00:00+02' AS TEXT)").fetchall()
    assert row == ("2024-06-01 10:00:00+00",)


def test_the_environment_bounds_the_memory(monkeypatch):
    """An amount is taken; what is none is refused by name."""
    monkeypatch.setenv("DATAREADY_MEMORY_LIMIT", "512MiB")
    with connect(None) as con:
        assert con.execute("SELECT current_setting('memory_limit')").fetchone() == ("512.0 MiB",)
    monkeypatch.setenv("DATAREADY_MEMORY_LIMIT", "lots'; DROP")
    with pytest.raises(ConfigError, match="DATAREADY_MEMORY_LIMIT"), connect(None):
        pass
