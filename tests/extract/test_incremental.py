"""Incremental pulls: only newer rows travel, and what changed below the watermark is found."""

from __future__ import annotations

import pytest

from dataready.errors import ConfigError, NoSuchColumnError
from dataready.extract.pull import pull
from dataready.model import SourceSpec
from dataready.warehouse.connection import connect

pytestmark = pytest.mark.database

TABLE = (
    "CREATE TABLE orders AS SELECT i AS id, 'v' || i AS v, "
    "timestamptz '2024-01-01 UTC' + i * interval '1 h' AS at FROM generate_series(1, 1000) i"
)
MORE = (
    "INSERT INTO orders SELECT i, 'v' || i, timestamptz '2024-01-01 UTC' + i * interval '1 h' "
    "FROM generate_series(1001, 1100) i"
)


@pytest.fixture
def night(postgres, tmp_path):
    """Pull as every night; answer the manifest, the rows, and how many of them travelled."""
    nights = iter(range(100))

    def run(**spec):
        travelled = []
        asked = {"table": "orders", "mode": "incremental", "watermark": "id"} | spec
        extract = pull(
            SourceSpec(path=postgres.url, **asked),
            dataset="orders",
            side="production",
            folder=tmp_path / "extracts",
            name=f"night-{next(nights)}",
            base=tmp_path,
            progress=lambda _, rows: travelled.append(rows),
        )
        with connect(extract.path, read_only=True) as con:
            rows = con.execute("SELECT id, v FROM data ORDER BY id, v").fetchall()
        return extract.manifest, rows, travelled[-1]

    return run


@pytest.mark.parametrize(
    ("spec", "travelled"),
    [
        ({}, 101),
        ({"look_back": "100"}, 201),
        ({"watermark": "at"}, 101),
        ({"watermark": "at", "look_back": "10 hours"}, 111),
        ({"where": "id % 2 = 0"}, 51),
        ({"treat": {"v": "hash"}}, 101),
    ],
)
def test_only_newer_rows_travel(postgres, night, monkeypatch, spec, travelled):
    """They are a part of their own, and the whole is proven."""
    monkeypatch.setenv("DATAREADY_HASH_KEY", "a key of more than sixteen bytes")
    postgres.give(TABLE)
    night(**spec)
    postgres.run(MORE)
    manifest, rows, moved = night(**spec)

    expected = postgres.run(f"SELECT count(*) FROM orders WHERE {spec.get('where', 'true')}")[0][0]
    assert (len(rows), manifest.rows, moved) == (expected, expected, travelled)
    assert [f.name for f in manifest.files] == ["orders", "orders, part 2"]
    assert sum(f.rows for f in manifest.files) == expected
    assert "the older ones too" in manifest.reconciliation[-1]
    assert manifest.late == ""


def test_a_third_night_grows_on(postgres, night):
    """Each night adds a part; a night without news adds the last row again."""
    postgres.give(TABLE)
    night()
    postgres.run(MORE)
    night()
    manifest, rows, moved = night()
    assert (len(rows), moved, len(manifest.files)) == (1100, 1, 3)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("DELETE FROM orders WHERE id = 7", "there are 1,099 rows, where 1,100"),
        ("UPDATE orders SET v = 'late' WHERE id = 7", "column 'v'"),
        ("INSERT INTO orders VALUES (7, 'late', now())", "there are 1,101 rows"),
        ("ALTER TABLE orders ADD COLUMN w int", "its columns are others"),
    ],
)
def test_late_changes_are_found_and_said(postgres, night, change, words):
    """Deleted, altered or inserted below the watermark: all is pulled again, and it is said."""
    postgres.give(TABLE)
    night()
    postgres.run(MORE, change)
    manifest, rows, moved = night()

    there = postgres.run("SELECT id, v FROM orders ORDER BY id, v")
    assert rows == [tuple(r) for r in there]
    assert moved == len(there)
    assert words in manifest.late


def test_rows_without_a_watermark_are_always_read(postgres, night):
    """They might be new."""
    postgres.give(TABLE, "UPDATE orders SET at = NULL WHERE id < 5")
    night(watermark="at")
    manifest, rows, moved = night(watermark="at")
    assert (len(rows), moved, manifest.late) == (1000, 5, "")


@pytest.mark.parametrize(
    ("spec", "error", "words"),
    [
        ({"watermark": "idd"}, NoSuchColumnError, "Did you mean 'id'"),
        ({"look_back": "3 days"}, ConfigError, "cannot be taken from 'id'"),
        ({"watermark": "at", "look_back": "many"}, ConfigError, "like '3 days'"),
        ({"treat": {"id": "hash"}}, ConfigError, "lands as a hash"),
    ],
)
def test_settings_that_do_not_fit(postgres, night, monkeypatch, spec, error, words):
    """They are refused: a look-back once there is something to look back at."""
    monkeypatch.setenv("DATAREADY_HASH_KEY", "a key of more than sixteen bytes")
    postgres.give(TABLE)

    def nights():
        night(**spec)
        night(**spec)

    with pytest.raises(error, match=words):
        nights()
