"""Tests for `dataready.extract.pull`: all or nothing, and every record accounted for."""

import hashlib
import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from dataready.errors import SourceError, WarehouseError
from dataready.extract import pull as module
from dataready.extract.manifest import Extract
from dataready.extract.pull import pull
from dataready.model import SourceSpec
from dataready.sources.csv import CsvPart
from dataready.warehouse.connection import connect

CSV = "a,b\n1,2\n3\n4,5\n"


@pytest.fixture
def source(tmp_path):
    """Write a small file to pull."""
    path = tmp_path / "orders.csv"
    path.write_text(CSV, encoding="utf-8")
    return path


@pytest.fixture
def pulled(tmp_path, source):  # noqa: ARG001 - the file must be there
    """Pull it, with some settings of the source changed."""

    def run(name="orders-1", progress=None, **spec):
        return pull(
            SourceSpec(**{"path": "orders.csv"} | spec),
            dataset="orders",
            side="production",
            folder=tmp_path / "extracts",
            name=name,
            base=tmp_path,
            progress=progress,
        )

    return run


def test_an_extract_is_a_file_and_its_manifest(pulled, tmp_path):
    """Both stand side by side, readable by nobody else, and nothing else does."""
    extract = pulled()

    assert sorted(p.name for p in (tmp_path / "extracts").iterdir()) == [
        "orders-1.duckdb",
        "orders-1.json",
    ]
    assert Extract.open(extract.path) == extract
    assert {p.stat().st_mode & 0o777 for p in (extract.path, extract.manifest_path)} == {0o600}


def test_the_manifest_says_what_was_pulled(pulled, source):
    """Source, files, hashes, counts and how they were reconciled."""
    m = pulled().manifest

    assert (m.dataset, m.side, m.source, m.kind) == ("orders", "production", "orders.csv", "csv")
    assert (m.rows, m.rejected, m.typed, m.reconciled) == (2, 1, False, True)
    assert m.files[0].sha256 == hashlib.sha256(source.read_bytes()).hexdigest()
    assert m.files[0].bytes == len(CSV)
    assert m.reconciliation == (
        "'orders.csv': 3 records counted in the text, apart from DuckDB, 2 rows landed, 1 refused.",
    )
    assert m.clock.endswith("+00:00")


def test_the_manifest_names_no_folder_of_this_machine(pulled, tmp_path):
    """Two machines write the same manifest, but for the clock."""
    assert str(tmp_path) not in json.dumps(pulled().manifest_path.read_text())


def test_the_fingerprint_is_of_contents_and_options(pulled, source):
    """The same bytes read the same way have one fingerprint; anything else another."""
    first = pulled().manifest
    again = pulled(name="orders-2").manifest
    told = pulled(delimiter=";", quote="").manifest
    source.write_text(CSV + "6,7\n", encoding="utf-8")
    changed = pulled().manifest

    assert again == replace(first, clock=again.clock)
    assert len({first.fingerprint, told.fingerprint, changed.fingerprint}) == 3


def test_progress_is_told_file_by_file(pulled):
    """Each file's name comes with the rows that landed of it."""
    told = []
    pulled(progress=lambda name, rows: told.append((name, rows)))

    assert told == [("orders.csv", 2)]


def test_missing_rows_are_never_kept(pulled, tmp_path, monkeypatch):
    """If the source counts one record more than landed, there is no extract."""
    original = CsvPart.read

    @contextmanager
    def one_more(*args):
        with original(*args) as reading:
            yield replace(reading, records=reading.records + 1)

    monkeypatch.setattr(CsvPart, "read", one_more)
    with pytest.raises(WarehouseError, match=r"has 4 records .* 2 rows landed and 1 records"):
        pulled()
    assert not list((tmp_path / "extracts").iterdir())


def test_a_file_that_changes_meanwhile_is_refused(pulled, source, monkeypatch):
    """Half of one state and half of another is no table."""
    original = CsvPart.read

    def appending(self, *args):
        with source.open("a", encoding="utf-8") as f:
            f.write("8,9\n")
        return original(self, *args)

    monkeypatch.setattr(CsvPart, "read", appending)
    with pytest.raises(SourceError, match="changed while it was read"):
        pulled()


@pytest.mark.parametrize("step", range(1, 3))
def test_a_failure_between_the_renames_leaves_no_extract(pulled, tmp_path, monkeypatch, step):
    """Wherever it stops, there is a whole extract or none that can be opened."""
    original = Path.replace
    calls = []

    def failing(self, target):
        calls.append(target)
        if len(calls) == step:
            raise OSError
        return original(self, target)

    monkeypatch.setattr(Path, "replace", failing)
    with pytest.raises(OSError, match=r"^$"):
        pulled()
    monkeypatch.undo()

    assert not list((tmp_path / "extracts").glob("*.duckdb"))
    with pytest.raises(WarehouseError):
        Extract.open(tmp_path / "extracts" / "orders-1.duckdb")
    assert pulled().manifest.rows == 2


def test_a_new_pull_replaces_an_extract(pulled, source):
    """The same name holds what the source holds now."""
    pulled()
    source.write_text("a,b\n9,9\n", encoding="utf-8")
    extract = pulled()

    with connect(extract.path, read_only=True) as con:
        assert con.execute("FROM data").fetchall() == [("9", "9", 0, 0)]


@pytest.mark.kill
def test_a_killed_pull_leaves_only_what_the_next_one_removes(pulled, tmp_path):
    """Killed while it lands, a pull leaves its own folder, which is gone after the next."""
    code = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from dataready.extract import land\n"
        "from dataready.extract import pull as m\n"
        "from dataready.model import SourceSpec\n"
        "land._shift = lambda *a: os.kill(os.getpid(), signal.SIGKILL)\n"
        "base = Path(sys.argv[1])\n"
        "m.pull(SourceSpec(path='orders.csv'), dataset='o', side='pilot',\n"
        "       folder=base / 'extracts', name='orders-0', base=base)\n"
    )
    src = str(Path(module.__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        env=os.environ | {"PYTHONPATH": src},
        check=False,
    )

    assert done.returncode == -signal.SIGKILL
    (left,) = (tmp_path / "extracts").iterdir()
    assert left.name.startswith(".tmp-")
    pulled()
    assert sorted(p.name for p in (tmp_path / "extracts").iterdir()) == [
        "orders-1.duckdb",
        "orders-1.json",
    ]
