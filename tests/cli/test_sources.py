"""`dataready sources test` for sources that need no server of their own."""

from __future__ import annotations

import json
import sqlite3

from tests.sources.web import PASSWORD

CSV = b"id,name\n" + b"".join(b"%d,n%d\n" % (i, i) for i in range(5000))


def test_a_sqlite_file_is_tried(cli, here):
    """Version, and tables with their rows."""
    con = sqlite3.connect(here / "shop.db")
    con.execute("CREATE TABLE t AS SELECT 1 AS x UNION ALL SELECT 2")
    con.close()
    done = cli("sources", "test", "sqlite:///shop.db", "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert [(t["name"], t["rows"]) for t in found["tables"]] == [("t", 2)]
    assert found["server"].startswith("SQLite 3")


def test_a_password_goes_to_the_server_alone(web, cli, here, monkeypatch):
    """From the environment to the request; a canary is in no file and no output."""
    web.files["a.csv"], web.user = CSV, f"me:{PASSWORD}@/"
    monkeypatch.setenv("WEB_PASSWORD", f"{PASSWORD}@/")
    at = web.url.removeprefix("http://")
    (here / "dataready.yaml").write_text(
        "project: p\ndatasets:\n  d:\n    pilot: {path: 'http://me:${WEB_PASSWORD}@AT/a.csv'}\n"
        "    production: {path: 'http://me:${WEB_PASSWORD}@AT/b.csv?sig=${WEB_PASSWORD}'}\n"
        .replace("AT", at)
    )  # fmt: skip
    said = [cli("extract", "--side", "pilot").output, cli("extract").output]
    web.user = "me:other"
    said.append(cli("extract", "--side", "production").output)
    assert "5,000 rows of http://me@" in said[0] or "5000 rows of" in said[0]
    assert "no such file" in said[1]
    assert "refuses this one" in said[2]
    files = [p for p in here.rglob("*") if p.is_file()]
    assert len(files) > 2
    assert not [p for p in files if PASSWORD.encode() in p.read_bytes()]
    assert not [text for text in said if PASSWORD in text]


def test_an_address_is_tried(web, cli):
    """Its size; nothing is fetched."""
    web.files["a.csv"] = CSV
    done = cli("sources", "test", f"{web.url}/a.csv", "--json")
    (table,) = json.loads(done.stdout)["tables"]
    assert (table["name"], table["bytes"]) == ("a.csv", len(CSV))
    assert [m for m, *_ in web.asked] == ["HEAD"]
