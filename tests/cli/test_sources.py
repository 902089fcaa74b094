"""`dataready sources test` for sources that need no server of their own."""

from __future__ import annotations

import json
import sqlite3


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
