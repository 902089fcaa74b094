"""Commands against a real MariaDB: tried, extracted, and the password found nowhere."""

from __future__ import annotations

import json
import sys

import pytest
from tests.cli.test_database import SETTINGS, command
from tests.mariadb import PASSWORD, READER


@pytest.fixture
def shop(mariadb, here):
    """Make a table, and settings that name it; answer what writes them for another address."""
    mariadb.give("CREATE TABLE orders AS SELECT seq AS id, seq % 7 AS amount FROM seq_1_to_900")
    (here / "pilot.csv").write_text("id,amount\n1,1\n2,2\n")

    def write(url):
        (here / "dataready.yaml").write_text(SETTINGS.format(url=url))

    write(mariadb.url)
    return write


def test_a_driver_that_is_missing(cli, monkeypatch):
    """The message is the command that installs it."""
    monkeypatch.setitem(sys.modules, "pymysql", None)
    monkeypatch.setitem(sys.modules, "pymysql.cursors", None)
    done = cli("sources", "test", "mysql://reader@db/shop")
    assert done.exit_code == 3
    assert "pip install 'dataready[mysql]'" in done.stderr


@pytest.mark.database
@pytest.mark.usefixtures("shop")
def test_a_server_is_tried(cli, mariadb):
    """Version, user, tables with about their rows."""
    done = cli("sources", "test", mariadb.url, "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["server"].startswith("MariaDB 1")
    assert found["user"].startswith(f"{READER}@")
    assert [t["name"] for t in found["tables"]] == ["orders"]
    assert found["notes"] == []


@pytest.mark.database
@pytest.mark.parametrize("way", ["variable", "reference", "whole"])
def test_a_password_goes_to_the_server_alone(mariadb, shop, here, way):
    """Manifest, extract, output, complaints and list of processes: the canary is in none."""
    bare = f"127.0.0.1:{mariadb.port}/shop"
    url, environment = mariadb.url, {}
    if way == "variable":
        environment["MYSQL_PWD"] = PASSWORD
    elif way == "reference":
        url, environment["SHOP"] = f"mysql://{READER}:${{SHOP}}@{bare}", PASSWORD
    else:
        url, environment["SHOP"] = "${SHOP}", f"mysql://{READER}:{PASSWORD}@{bare}"
    shop(url)
    environment = {"MYSQL_PWD": "", "DATAREADY_TRACEBACK": "1"} | environment
    code, out, listed = command(here, "extract", "--side", "production", **environment)
    assert code == 0, out
    wrong = {name: value.replace(PASSWORD, f"{PASSWORD}-x") for name, value in environment.items()}
    code, complaint, _ = command(here, "extract", "--side", "production", **wrong)
    assert code == 3
    assert b"refuses this user" in complaint
    files = [p for p in here.rglob("*") if p.is_file()]
    assert len(files) > 3
    assert not [p for p in files if PASSWORD.encode() in p.read_bytes()]
    assert not [text for text in (out, listed, complaint) if PASSWORD.encode() in text]
