"""Objects of a real S3-compatible server on loopback: listed, fetched, proven; keys stay secret."""

from __future__ import annotations

import os

import boto3
import pytest
from moto.server import ThreadedMotoServer

from dataready.errors import (
    ConfigError,
    EmptySourceError,
    ReconciliationError,
    SourceError,
    TransientSourceError,
)
from dataready.model import Politeness
from dataready.sources import fetch

pytestmark = pytest.mark.database

ONCE = Politeness(retries=0)
SECRET = "canary-7f3d"  # noqa: S105 - of a server of the tests
A, B = b"id,name\n1,a\n2,b\n", b"id,name\n3,c\n"


@pytest.fixture(scope="module")
def server():
    """Start the server."""
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    yield f"http://{host}:{port}"
    moto.stop()


@pytest.fixture
def bucket(server, monkeypatch):
    """Make a bucket with a few objects; answer how an address within it is written."""
    for name in [n for n in os.environ if n.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "me")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    client = boto3.client("s3", endpoint_url=server, region_name="us-east-1")
    client.create_bucket(Bucket="shop")

    class Bucket:
        def __init__(self):
            self.client = client

        def url(self, path, bucket="shop"):
            return f"s3://{bucket}/{path}?endpoint={server}"

        def put(self, key, content, **more):
            client.put_object(Bucket="shop", Key=key, Body=content, **more)

    made = Bucket()
    made.put("orders/2024/a.csv", A)
    made.put("orders/2024/b.csv", B)
    made.put("orders/2024/deep/c.csv", b"id,name\n9,z\n")
    made.put("orders/2025/a.csv", b"id,name\n4,d\n")
    yield made
    for o in client.list_objects_v2(Bucket="shop").get("Contents", ()):
        client.delete_object(Bucket="shop", Key=o["Key"])
    client.delete_bucket(Bucket="shop")


def test_objects_land(bucket, land, tmp_path):
    """One, a folder, a pattern within it or through folders; state and proof in the manifest."""
    got = land(bucket.url("orders/2024/a.csv"))
    assert got.values == [("1", "a"), ("2", "b")]
    assert got.manifest.files[0].name == "a.csv"
    assert "with the MD5 that the server gives" in got.notes
    (state,) = got.manifest.snapshots
    assert (state.server, bool(state.id), state.note) == ("s3://shop", True, "")
    assert [r[0] for r in land(bucket.url("orders/2024/")).values] == ["1", "2", "3"]
    assert [r[0] for r in land(bucket.url("orders/*/a.csv")).values] == ["1", "2", "4"]
    assert [r[0] for r in land(bucket.url("orders/2024/?.csv")).values] == ["1", "2", "3"]
    got = land(bucket.url("orders/**/*.csv"))
    assert [r[0] for r in got.values] == ["1", "2", "9", "4"] or len(got.values) == 5
    assert {f.name for f in got.manifest.files} == {
        "2024/a.csv", "2024/b.csv", "2024/deep/c.csv", "2025/a.csv",
    }  # fmt: skip
    assert not list(tmp_path.rglob("fetched"))


def test_what_is_not_there_is_said(bucket, land, monkeypatch):
    """No object, no bucket, no server, no endpoint of that name, no driver."""
    with pytest.raises(EmptySourceError, match="holds no object"):
        land(bucket.url("orders/2023/"))
    with pytest.raises(SourceError, match="404"):
        land(bucket.url("x.csv", bucket="other"))
    with pytest.raises(TransientSourceError, match="cannot be reached"):
        land("s3://shop/x.csv?endpoint=http://127.0.0.1:1", politeness=ONCE)
    with pytest.raises(ConfigError, match="is no address of objects"):
        land("s3://shop/x.csv?region=x&profile=me")
    monkeypatch.setitem(__import__("sys").modules, "boto3", None)
    with pytest.raises(SourceError, match=r"pip install 'dataready\[s3\]'"):
        land(bucket.url("orders/2024/a.csv"))


@pytest.mark.parametrize("when", ["before the fetch", "after the fetch"])
def test_an_object_that_changes_is_noticed(bucket, land, tmp_path, monkeypatch, when):
    """Its tag is not the one that was listed, whether it is met before or afterwards."""
    honest = fetch.S3Store.fetch

    def changing(self, item, place):
        if when == "before the fetch":
            bucket.put(item.key, A + b"7,new\n")
            return honest(self, item, place)
        said = honest(self, item, place)
        bucket.put(item.key, A + b"7,new\n")
        return said

    monkeypatch.setattr(fetch.S3Store, "fetch", changing)
    with pytest.raises(TransientSourceError, match="changed while it was read"):
        land(bucket.url("orders/2024/a.csv"), politeness=ONCE)
    assert list((tmp_path / "extracts").iterdir()) == []


def test_what_is_altered_on_the_way_is_refused(bucket, land, tmp_path, monkeypatch):
    """A byte that differs makes another checksum."""
    honest = fetch._copy  # noqa: SLF001

    def altering(stream, place):
        honest(stream, place)
        place.write_bytes(place.read_bytes().replace(b"2,b", b"2,c"))

    monkeypatch.setattr(fetch, "_copy", altering)
    with pytest.raises(ReconciliationError, match="its MD5 is another"):
        land(bucket.url("orders/2024/a.csv"))
    assert list((tmp_path / "extracts").iterdir()) == []


@pytest.mark.parametrize("key", ["orders/../../evil.csv", "x/a\\b.csv"])
def test_names_that_lead_elsewhere_are_refused(bucket, land, tmp_path, key):
    """An object's name cannot say where on this machine it is written."""
    bucket.put(key, A)
    with pytest.raises(SourceError, match="cannot be one of a file"):
        land(bucket.url("**"))
    assert not list(tmp_path.rglob("*evil*"))


def test_keys_come_from_the_environment_alone(bucket, land, tmp_path, monkeypatch):
    """Neither files nor the machine's own service are asked; a canary is in no file."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    (tmp_path / "config").write_text("[default]\nendpoint_url = http://127.0.0.1:1\n")
    assert len(land(bucket.url("orders/2024/a.csv")).rows) == 2
    files = [p for p in tmp_path.rglob("*") if p.is_file()]
    assert not [p for p in files if SECRET.encode() in p.read_bytes()]
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    bucket.put("public.csv", A, ACL="public-read")
    seen = []
    client = fetch.S3Store._client.func  # noqa: SLF001

    def watched(self):
        made = client(self)
        made.meta.events.register(
            "before-send.s3", lambda request, **_: seen.append(request.headers)
        )
        return made

    monkeypatch.setattr(fetch.S3Store, "_client", property(watched))
    assert len(land(bucket.url("public.csv")).rows) == 2
    assert seen
    assert not [h for h in seen if "Authorization" in h]


def test_a_delta_table_lands_from_a_store(bucket, server, land, monkeypatch):
    """Its version pinned, and the environment's own endpoint not asked."""
    import deltalake
    import pyarrow as pa

    options = {"AWS_ENDPOINT_URL": server, "AWS_ALLOW_HTTP": "true", "AWS_REGION": "us-east-1",
               "AWS_S3_ALLOW_UNSAFE_RENAME": "true"}  # fmt: skip
    deltalake.write_deltalake("s3://shop/lake", pa.table({"id": [1, 2]}), storage_options=options)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    got = land(f"delta+{bucket.url('lake')}")
    assert (sorted(got.values), got.manifest.snapshots[0].id) == ([(1,), (2,)], "version 0")
