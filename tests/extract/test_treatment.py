"""Columns that are left out or hashed at the door: their values are nowhere afterwards."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from dataready.errors import ConfigError, NoSuchColumnError
from dataready.extract.pull import pull
from dataready.extract.treatment import KEY
from dataready.model import SourceSpec
from dataready.warehouse.connection import connect

SECRET = "a key of more than sixteen bytes"  # noqa: S105 - made up
CSV = "id,email,city\n1,ann@example.org,Ulm\n2,,Bonn\n3,x,y,too many ann@example.org\n"


@pytest.fixture
def landed(tmp_path, monkeypatch):
    """Pull a small file with some treatment; answer its columns, its rows and all bytes."""
    monkeypatch.setenv(KEY, SECRET)
    (tmp_path / "people.csv").write_text(CSV)

    def land(**spec):
        extract = pull(
            SourceSpec(path="people.csv", **spec),
            dataset="people",
            side="production",
            folder=tmp_path / "extracts",
            name="e",
            base=tmp_path,
        )
        with connect(extract.path, read_only=True) as con:
            names = ", ".join(extract.manifest.schema.names)
            rows = con.execute(f"SELECT {names} FROM data ORDER BY id").fetchall()
        files = (tmp_path / "extracts").iterdir()
        return extract.manifest, rows, b"".join(p.read_bytes() for p in files)

    return land


def test_a_hash_is_keyed_and_is_the_same_for_the_same_value(landed):
    """It is HMAC-SHA-256 of the value's text; what is missing stays missing."""
    manifest, rows, raw = landed(treat={"email": "hash"})

    expected = hmac.new(SECRET.encode(), b"ann@example.org", hashlib.sha256).hexdigest()
    assert rows == [("1", expected, "Ulm"), ("2", None, "Bonn")]
    assert manifest.treated == {"email": "hash"}
    assert b"ann@" not in raw
    assert SECRET.encode() not in raw


@pytest.mark.parametrize(
    "spec", [{"treat": {"email": "drop"}}, {"without": ("email",)}, {"columns": ("id", "city")}]
)
def test_a_column_that_is_left_out_is_nowhere(landed, spec):
    """Not in the table, not in the refused records, not in the manifest's schema."""
    manifest, rows, raw = landed(**spec)

    assert manifest.schema.names == ("id", "city")
    assert rows == [("1", "Ulm"), ("2", "Bonn")]
    assert manifest.rejected == 1
    assert b"ann@" not in raw


@pytest.mark.parametrize("setting", ["columns", "without"])
def test_a_misspelt_column_is_refused(landed, setting):
    """Otherwise it would let in what is to be kept out."""
    with pytest.raises(NoSuchColumnError, match="Did you mean 'email'"):
        landed(**{setting: ("emial",)})


def test_leaving_out_everything_is_refused(landed):
    """A table without columns says nothing."""
    with pytest.raises(ConfigError, match="leave no column"):
        landed(without=("id", "email", "city"))


@pytest.mark.parametrize("key", ["", "short"])
def test_a_key_that_keeps_nobody_out_is_refused(landed, monkeypatch, key):
    """Neither an unset key nor a short one is used, and it is not shown."""
    monkeypatch.setenv(KEY, key)
    with pytest.raises(ConfigError, match=KEY) as caught:
        landed(treat={"email": "hash"})
    assert "short" not in str(caught.value)


@pytest.mark.parametrize(
    "spec",
    [
        {"where": "id > 1"},
        {"query": "SELECT 1"},
        {"tables": ("a",)},
        {"mode": "incremental", "watermark": "id"},
    ],
)
def test_files_refuse_what_only_databases_do(landed, spec):
    """A condition that nobody applies would be taken for applied."""
    with pytest.raises(ConfigError, match="is for databases"):
        landed(**spec)


def test_the_fingerprint_is_of_the_treatment_too(landed):
    """The same file read another way is another extract."""
    prints = {
        landed(**spec)[0].fingerprint
        for spec in ({}, {"treat": {"email": "hash"}}, {"without": ("email",)})
    }
    assert len(prints) == 3
