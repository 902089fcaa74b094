"""Real Delta tables: one version is pinned, and held against the counts of its log."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import deltalake
import pyarrow as pa
import pytest

from dataready.errors import ConfigError, NoSuchColumnError, ReconciliationError, SourceError
from dataready.model import Politeness
from dataready.sources.delta import DeltaPart


@pytest.fixture
def lake(tmp_path):
    """Answer what appends a table to one in the source folder."""

    def write(table, name="orders", **options):
        place = tmp_path / "source" / name
        deltalake.write_deltalake(str(place), table, mode="append", **options)
        return place

    return write


def test_the_newest_version_lands(lake, land):
    """By its folder: types, partitions, version and proof."""
    lake(
        pa.table(
            {
                "id": pa.array([1, 2], pa.int64()),
                "at": pa.array([datetime(2024, 1, 1, tzinfo=UTC), None], pa.timestamp("us", "UTC")),
                "amount": pa.array([Decimal("1.50"), None], pa.decimal128(10, 2)),
                "day": pa.array([date(2024, 2, 29), None], pa.date32()),
                "tags": pa.array([["a", None], []], pa.list_(pa.string())),
                "region": ["x", "y"],
            }
        ),
        partition_by=["region"],
    )
    lake(pa.table({"id": [3], "region": pa.array([None], pa.string())}), partition_by=["region"],
         schema_mode="merge")  # fmt: skip
    got = land("orders")
    assert got.names == ["id", "at", "amount", "day", "tags", "region"]
    assert got.types == [
        "BIGINT", "TIMESTAMP WITH TIME ZONE", "DECIMAL(10,2)", "DATE", "VARCHAR[]", "VARCHAR",
    ]  # fmt: skip
    assert sorted((r[0], r[5]) for r in got.values) == [(1, "x"), (2, "y"), (3, None)]
    assert got.manifest.kind == "delta"
    assert "3 records by the table's log" in got.manifest.reconciliation[0]
    assert "2 figures" in got.manifest.reconciliation[0]
    (state,) = got.manifest.snapshots
    assert (state.server, state.id) == ("Delta Lake", "version 1")
    assert "no checksums" in got.notes


def test_an_older_version_is_named(lake, land):
    """It is pinned in the address; columns are chosen as everywhere."""
    lake(pa.table({"id": [1], "name": ["a"]}))
    lake(pa.table({"id": [2], "name": ["b"]}))
    got = land("delta:///orders?version=0", columns=("name",))
    assert (got.values, got.manifest.snapshots[0].id) == ([("a",)], "version 0")
    assert len(land("delta:///orders").rows) == 2
    with pytest.raises(SourceError, match="no such version"):
        land("delta:///orders?version=7")
    with pytest.raises(ConfigError, match="There are: version, endpoint, region"):
        land("delta:///orders?verson=0")
    with pytest.raises(ConfigError, match="'where' is for databases"):
        land("orders", where="id > 1")
    with pytest.raises(NoSuchColumnError):
        land("orders", without=("nam",))
    with pytest.raises(SourceError, match="is no Delta table"):
        land("delta:///others")


@pytest.mark.parametrize("feature", ["deletionVectors", "columnMapping", "v2Checkpoint", "other"])
def test_features_that_are_not_supported_are_refused(lake, land, feature):
    """Rows that are marked as deleted would come back to life."""
    place = lake(pa.table({"id": [1]}))
    protocol = {"minReaderVersion": 3, "minWriterVersion": 7, "readerFeatures": [feature],
                "writerFeatures": [feature]}  # fmt: skip
    log = place / "_delta_log" / "00000000000000000001.json"
    log.write_text(json.dumps({"protocol": protocol}) + "\n")
    with pytest.raises(SourceError, match=f"{feature}|a feature that is not supported"):
        land("orders")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t.slice(1), "has 3 records .* but 2 rows"),
        (lambda t: pa.concat_tables([t, t.slice(0, 1)]), "has 3 records .* but 4 rows"),
        (lambda t: t.set_column(0, "c0", pa.array([1, 2, 9])), "column 'id': another largest"),
        (
            lambda t: t.set_column(1, "c1", pa.array([None, "y", "z"])),
            "'v': 3 values in the source",
        ),
    ],
)
def test_what_changes_on_the_way_is_refused(lake, land, tmp_path, monkeypatch, change, words):
    """A row lost or doubled, a value that is another or gone: the log says otherwise."""
    lake(pa.table({"id": [1, 2, 3], "v": ["x", "y", "z"]}))
    honest = DeltaPart._batches  # noqa: SLF001

    def altered(self, names, schema):
        table = pa.Table.from_batches(honest(self, names, schema))
        yield from change(table).cast(schema).to_batches()

    monkeypatch.setattr(DeltaPart, "_batches", altered)
    with pytest.raises(ReconciliationError, match=words):
        land("orders")
    assert list((tmp_path / "extracts").iterdir()) == []


def test_a_file_that_is_gone_is_said(lake, land):
    """As after a VACUUM; another try sees the version of then."""
    place = lake(pa.table({"id": [1]}))
    (path,) = place.glob("*.parquet")
    path.unlink()
    with pytest.raises(SourceError, match=r"gone|cannot be read"):
        land("orders", politeness=Politeness(retries=0))


def test_a_driver_that_is_missing(lake, land, monkeypatch):
    """The message is the command that installs it."""
    lake(pa.table({"id": [1]}))
    monkeypatch.setitem(__import__("sys").modules, "deltalake", None)
    with pytest.raises(SourceError, match=r"pip install 'dataready\[delta\]'"):
        land("orders")
