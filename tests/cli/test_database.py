"""`dataready sources test`, `extract` and `run` against a real PostgreSQL; secrets stay secret."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.project import rows
from tests.postgres import PASSWORD, READER

SETTINGS = """\
project: shop
datasets:
  orders:
    pilot: pilot.csv
    production: {{path: "{url}", table: orders}}
    key: id
    suites: {{learn: false}}
"""
MAIN = "import sys; from dataready.cli import main; sys.argv[0] = 'dataready'; main()"


@pytest.fixture
def shop(postgres, here):
    """Make a table, and settings that name it; answer what writes them for another address."""
    postgres.give(
        "CREATE TABLE orders AS SELECT i AS id, 10 + i % 7 AS amount, 5.5 AS weight, "
        "chr(97 + i % 3) AS kind, i % 2 AS paid FROM generate_series(1, 900) i",
        "CREATE TABLE secrets AS SELECT 1 AS x",
        "ANALYZE orders",
    )
    postgres.run(f"REVOKE ALL ON secrets FROM {READER}")
    (here / "pilot.csv").write_text(rows(400, seed=1))

    def write(url):
        (here / "dataready.yaml").write_text(SETTINGS.format(url=url))

    write(postgres.url)
    return write


def test_a_password_on_the_command_line_is_refused(cli):
    """Everybody on the machine can read it there; it is not repeated."""
    done = cli("sources", "test", f"postgresql://reader:{PASSWORD}@db/shop")
    assert done.exit_code == 2
    assert "PGPASSWORD" in done.stderr
    assert PASSWORD not in done.output


def test_a_driver_that_is_missing(cli, monkeypatch):
    """The message is the command that installs it."""
    monkeypatch.setitem(sys.modules, "adbc_driver_postgresql", None)
    done = cli("sources", "test", "postgresql://reader@db/shop")
    assert done.exit_code == 3
    assert "pip install 'dataready[postgres]'" in done.stderr


def test_a_file_can_be_tried_too(cli, pair):
    """It is there, and what it is."""
    done = cli("sources", "test", pair[0])
    assert (done.exit_code, done.stdout) == (0, "pilot.csv: csv, can be read.\n")


@pytest.mark.database
@pytest.mark.usefixtures("shop")
def test_a_server_is_tried(cli, postgres):
    """Version, user, tables with rows, size and time, and what is wrong with the rights."""
    done = cli("sources", "test", postgres.url)
    assert done.exit_code == 0, done.output
    assert "PostgreSQL " in done.stdout
    assert "as user 'reader'" in done.stdout
    assert "900" in done.stdout
    assert "may not read 1 of 2 tables, such as 'secrets'" in done.stderr
    found = json.loads(cli("sources", "test", postgres.url, "--json").stdout)
    assert {t["name"]: (t["rows"], t["readable"]) for t in found["tables"]} == {
        "orders": (900, True),
        "secrets": (None, False),
    }
    assert found["tables"][0]["seconds"] > 0


@pytest.mark.database
def test_a_server_without_anything_to_read(cli, postgres):
    """It can be reached, and that is all."""
    postgres.give()
    done = cli("sources", "test", postgres.url)
    assert done.exit_code == 3
    assert "holds no table that 'reader' may read" in done.stderr


@pytest.mark.database
@pytest.mark.usefixtures("shop")
def test_extract_pulls_and_does_no_more(cli, here):
    """There are extracts, and there is no run."""
    done = cli("extract", "--side", "production")
    assert done.exit_code == 0, done.output
    assert "orders production: 900 rows of postgresql://" in done.stdout
    assert "figures of their values agree" in done.stdout
    (path,) = here.glob("warehouse/orders/production/*.duckdb")
    assert str(path) in done.stdout
    assert not (here / "warehouse" / "orders" / "pilot").exists()
    assert not list((here / "runs").iterdir())
    (plain,) = json.loads(cli("extract", "--side", "production", "--json").stdout)
    assert plain["rows"] == 900
    assert cli("extract", "--side", "both").exit_code == 2
    assert cli("extract", "--dataset", "order").exit_code == 2


def command(here, *arguments, **environment):
    """Run the command in a process of its own; answer its output and its list of arguments."""
    plain = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
    with subprocess.Popen(
        [sys.executable, "-c", MAIN, *arguments],
        cwd=here,
        env=plain | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        listed = Path(f"/proc/{process.pid}/cmdline").read_bytes()
        out, _ = process.communicate()
        return process.returncode, out, listed


def leaks(here, *said):
    """Answer where the password is: in files that are not where it belongs, or in output."""
    kept = {"pgpass", "service"}
    files = [p for p in here.rglob("*") if p.is_file() and p.name not in kept]
    assert len(files) > 3
    found = [str(p) for p in files if PASSWORD.encode() in p.read_bytes()]
    return found + [text for text in said if PASSWORD.encode() in text]


@pytest.mark.database
@pytest.mark.parametrize("way", ["variable", "reference", "whole", "pgpass", "service"])
def test_a_password_comes_from_where_secrets_live_and_goes_nowhere(postgres, shop, here, way):
    """Manifest, history, report, log, output and list of processes: the canary is in none."""
    url, bare = postgres.url, f"127.0.0.1:{postgres.port}/postgres"
    environment = {}
    if way == "variable":
        environment["PGPASSWORD"] = PASSWORD
    elif way == "reference":
        url, environment["SHOP"] = f"postgresql://{READER}:${{SHOP}}@{bare}", PASSWORD
    elif way == "whole":
        url, environment["SHOP"] = "${SHOP}", f"postgresql://{READER}:{PASSWORD}@{bare}"
    elif way == "pgpass":
        (here / "pgpass").write_text(f"127.0.0.1:{postgres.port}:*:{READER}:{PASSWORD}\n")
        (here / "pgpass").chmod(0o600)
        environment["PGPASSFILE"] = str(here / "pgpass")
    else:
        (here / "service").write_text(
            f"[night]\nhost=127.0.0.1\nport={postgres.port}\nuser={READER}\n"
            f"password={PASSWORD}\ndbname=postgres\n"
        )
        url, environment["PGSERVICEFILE"] = "postgresql:///?service=night", str(here / "service")
    shop(url)

    code, out, listed = command(here, "run", DATAREADY_TRACEBACK="1", **environment)

    assert code in {10, 11, 12}, out
    assert leaks(here, out, listed) == []


@pytest.mark.database
def test_a_password_is_in_no_complaint(postgres, shop, here):
    """Wrong password, no server, no table: whatever is said, it is not that."""
    url = f"postgresql://{READER}:${{SHOP}}@127.0.0.1:PORT/postgres?sslmode=disable"
    said = []
    wrong, right = f"{PASSWORD}@/x", PASSWORD
    for port, secret in ((postgres.port, wrong), (1, right), (postgres.port, right)):
        shop(url.replace("PORT", str(port)))
        postgres.run("DROP TABLE IF EXISTS orders")
        code, out, listed = command(here, "run", SHOP=secret, DATAREADY_TRACEBACK="1")
        assert code == 3
        said += [out, listed]
    assert [s for s in said if PASSWORD.encode() in s] == []
    assert b"refuses this user" in said[0]
    assert b"has no table 'orders'" in said[4]
