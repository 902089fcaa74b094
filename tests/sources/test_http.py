"""Files of a web server: fetched whole, in one state, and held against what the server says."""

from __future__ import annotations

import duckdb
import pytest
from tests.sources.web import Web

from dataready.config.text import FromEnvironment
from dataready.errors import ReconciliationError, SourceError, TransientSourceError
from dataready.model import Politeness

ONCE = Politeness(retries=0)
CSV = b"id,name\n" + b"".join(b"%d,n%d\n" % (i, i) for i in range(5000))


def parquet(tmp_path):
    """Answer the bytes of a small Parquet file."""
    path = tmp_path / "x.parquet"
    duckdb.sql("SELECT 1::BIGINT AS a, 'x' AS b").write_parquet(str(path))
    return path.read_bytes()


def test_files_of_every_kind_land(web, land, tmp_path):
    """CSV, JSON and Parquet, as from a folder; state and proof are in the manifest."""
    web.files |= {"d/a.csv": CSV, "b.json": b'[{"x": 1}]', "c.parquet": parquet(tmp_path)}
    web.checksums = True
    got = land(f"{web.url}/d/a.csv")
    assert (got.manifest.kind, got.manifest.typed, len(got.rows)) == ("csv", False, 5000)
    assert got.manifest.source == f"{web.url}/d/a.csv"
    assert got.manifest.files[0].name == "a.csv"
    assert "bytes with the SHA256 that the server gives" in got.notes
    (state,) = got.manifest.snapshots
    assert (state.server, bool(state.id), state.note) == ("http://127.0.0.1", True, "")
    assert land(f"{web.url}/b.json").names == ["x"]
    assert land(f"{web.url}/c.parquet", without=("b",)).values == [(1,)]
    assert not list(tmp_path.rglob("fetched"))


def test_a_server_that_says_little(web, land):
    """Without tags and checksums there is no known state, and the manifest says so."""
    web.files["a.csv"], web.tags = CSV, False
    got = land(f"{web.url}/a.csv")
    (state,) = got.manifest.snapshots
    assert (state.id, "does not say when a file changes" in state.note) == ("", True)
    assert "as the server says; it gives no checksum" in got.notes


@pytest.mark.parametrize("when", ["between", "meanwhile", "after"])
def test_a_file_that_changes_is_noticed(web, land, tmp_path, when):
    """Whether its new state is met by the GET or only afterwards."""
    web.files["a.csv"] = CSV

    def rewrite():
        web.files["a.csv"] = CSV + b"%d,new\n" % len(web.asked)

    honest = web.answer
    if when == "after":
        web.after_get = rewrite
    else:

        def answer(request, *, send):
            if send:
                rewrite()
            if when == "meanwhile" and "If-Match" in request.headers:
                web.status = [412]
            honest(request, send=send)

        web.answer = answer
    with pytest.raises(TransientSourceError, match="changed while it was read"):
        land(f"{web.url}/a.csv", politeness=ONCE)
    assert list((tmp_path / "extracts").iterdir()) == []


@pytest.mark.parametrize(
    ("alter", "kind", "words"),
    [
        (lambda b: b.replace(b"n4242", b"n4243"), ReconciliationError, "its SHA256 is another"),
        (lambda b: b[:-500], TransientSourceError, "connection was lost|bytes at the source"),
    ],
    ids=["altered", "cut"],
)
def test_what_changes_on_the_way_is_refused(web, land, tmp_path, alter, kind, words):
    """One byte altered, or the end missing: nothing is kept."""
    web.files["a.csv"], web.checksums, web.alter = CSV, True, alter
    with pytest.raises(kind, match=words):
        land(f"{web.url}/a.csv", politeness=ONCE)
    assert list((tmp_path / "extracts").iterdir()) == []


def test_what_may_pass_is_tried_again(web, land):
    """A server that is overloaded once is asked again; a missing file is not."""
    web.files["a.csv"] = CSV
    web.status = [503]
    assert len(land(f"{web.url}/a.csv", politeness=Politeness(retry_wait_s=0)).rows) == 5000
    before = len(web.asked)
    with pytest.raises(SourceError, match=r"no such file \(404\)") as caught:
        land(f"{web.url}/b.csv")
    assert "secret words" not in str(caught.value)
    assert len(web.asked) == before + 1
    with pytest.raises(TransientSourceError, match="cannot be reached"):
        land("http://127.0.0.1:1/a.csv", politeness=ONCE)
    with pytest.raises(SourceError, match="names no file"):
        land(f"{web.url}/d/")


def test_only_the_named_host_is_asked(web, land):
    """A redirect within the host is followed, one to another is not, nor is a proxy used."""
    other = Web()
    try:
        web.files["a.csv"] = other.files["a.csv"] = CSV
        web.hosts = {"near.csv": f"{web.url}/a.csv", "far.csv": f"{other.url}/a.csv"}
        assert len(land(f"{web.url}/near.csv").rows) == 5000
        with pytest.raises(SourceError, match=r"sends on to the host '127\.0\.0\.1', which the"):
            land(f"{web.url}/far.csv")
        assert other.asked == []
    finally:
        other.close()


def test_no_proxy_is_asked(web, land, monkeypatch):
    """One that the environment names is not in the settings."""
    web.files["a.csv"] = CSV
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    assert len(land(f"{web.url}/a.csv").rows) == 5000


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("d/${NAME}", "${NAME}.csv"),
        ("d/${NAME:-a/b.csv}", "${NAME}.csv"),
        ("${FOLDER}/orders-canary.csv?x=1", "orders-canary.csv"),
    ],
)
def test_a_name_from_the_environment_is_not_shown(web, land, monkeypatch, said, name):
    """It may be a token: the part is called as the settings write it."""
    monkeypatch.setenv("NAME", "orders-canary.csv")
    monkeypatch.setenv("FOLDER", "d")
    web.files["d/orders-canary.csv"] = CSV
    url = FromEnvironment(f"{web.url}/d/orders-canary.csv", f"{web.url}/{said}")
    got = land(url)
    assert (got.manifest.files[0].name, len(got.rows)) == (name, 5000)
    assert "as the server says" in got.notes
    assert ("canary" in got.manifest.to_json()) == ("canary" in said)


@pytest.mark.parametrize(
    ("chunked", "words"),
    [(False, "a cut would not be noticed"), (True, "up to the server's mark")],
)
def test_a_server_that_does_not_say_how_many_bytes(web, land, chunked, words):
    """An answer that ends where the connection does may be cut, and the manifest says so."""

    def answer(request, *, send):
        request.protocol_version = "HTTP/1.1"
        request.close_connection = True
        request.send_response(200)
        if chunked:
            request.send_header("Transfer-Encoding", "chunked")
        request.end_headers()
        if send:
            body = b"a,b\n1,2\n"
            request.wfile.write(b"8\r\n" + body + b"\r\n0\r\n\r\n" if chunked else body)

    web.answer = answer
    got = land(f"{web.url}/a.csv")
    assert got.values == [("1", "2")]
    assert words in got.notes
    assert "as the server says" not in got.notes


@pytest.mark.parametrize("name", ["~x.csv", "~", "~root"])
def test_a_name_like_that_of_a_home(web, land, name):
    """It is a name, and leads to no folder of this machine."""
    web.files[name] = CSV
    assert len(land(f"{web.url}/{name}").rows) == 5000
