"""Tests for `dataready.extract.retention`."""

import os

from dataready.extract.draft import draft
from dataready.extract.retention import MARK, prune


def extract(folder, name, age):
    """Make what looks like an extract of some age."""
    for suffix in (".duckdb", ".json"):
        path = folder / f"{name}{suffix}"
        path.write_text("x", encoding="utf-8")
        os.utime(path, (1_000_000 - age, 1_000_000 - age))
    return folder / f"{name}.duckdb"


def test_the_newest_stay(tmp_path):
    """Old extracts go with their manifests; the answer lists them, newest first."""
    new, old, older = (extract(tmp_path, n, age) for n, age in (("b", 0), ("c", 1), ("a", 2)))

    assert prune(tmp_path, keep=1) == (old, older)
    assert sorted(p.name for p in tmp_path.iterdir()) == [new.name, "b.json"]


def test_keeping_more_than_there_are(tmp_path):
    """Nothing is deleted, and nothing that is no extract is."""
    extract(tmp_path, "a", 0)
    (tmp_path / "other.duckdb").write_text("x", encoding="utf-8")

    assert prune(tmp_path, keep=5) == ()
    assert prune(tmp_path, keep=0) == (tmp_path / "a.duckdb",)
    assert (tmp_path / "other.duckdb").exists()


def test_only_the_dead_leave_something_to_delete(tmp_path):
    """What is being written stays; what a killed process left goes, whatever its number was."""
    left = tmp_path / f"{MARK}{os.getpid()}-killed"
    left.mkdir()
    (left / "orders.duckdb").write_text("x", encoding="utf-8")

    with draft(tmp_path, "orders") as writing:
        prune(tmp_path, keep=0)
        assert list(tmp_path.iterdir()) == [writing]

    assert list(tmp_path.iterdir()) == []
