"""A whole run against a real PostgreSQL: one state of all tables, findings, report."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import pytest
from tests.cli.project import rows

from dataready.config import load_config
from dataready.errors import SourceError
from dataready.extract.manifest import Extract
from dataready.pipeline.extracts import extract_project
from dataready.pipeline.run import run_project

pytestmark = pytest.mark.database

SETTINGS = """\
project: shop
datasets:
  orders:
    pilot: pilot.csv
    production:
      path: {url}
      table: orders
    key: id
    references: {{kind: kinds.kind}}
    suites: {{learn: false}}
  kinds:
    pilot: {{path: "{url}", table: kinds}}
    production: {{path: "{url}", table: kinds, where: kind <> 'z'}}
    suites: {{learn: false}}
"""
ORDERS = (
    "CREATE TABLE orders AS SELECT i AS id, (10 + i % 7)::numeric(8, 2) AS amount, "
    "5 + (i % 11) / 10.0 AS weight, chr(97 + i % 3) AS kind, i % 2 AS paid, "
    "'10.0.0.1'::inet AS address FROM generate_series(1, 900) i"
)


@pytest.fixture
def config(postgres, tmp_path):
    """Write the project and its tables; answer its settings."""
    postgres.give(ORDERS, "CREATE TABLE kinds AS SELECT unnest(ARRAY['a', 'b', 'c', 'z']) AS kind")
    (tmp_path / "pilot.csv").write_text(rows(400, seed=1))
    path = tmp_path / "dataready.yaml"
    path.write_text(SETTINGS.format(url=postgres.url))
    return load_config(path)


def test_a_run_reads_all_tables_in_one_state(postgres, config, tmp_path):
    """Rows that come between two tables are in neither, and the report says what was read."""

    def step(dataset, what):
        if (dataset, what) == ("orders", "extracting production"):
            return
        if (dataset, what) == ("kinds", "extracting pilot"):
            postgres.run("INSERT INTO kinds VALUES ('late')", "DELETE FROM orders WHERE id < 100")

    folder = run_project(config, step=step)

    manifests = [
        Extract.open(p).manifest for p in (tmp_path / "warehouse").glob("*/production/*.duckdb")
    ]
    assert sorted(m.rows for m in manifests) == [3, 900]
    assert len({s.id for m in manifests for s in m.snapshots}) == 1
    found = {
        f["detector"]: f["message"]
        for d in json.loads((folder / "run.json").read_text())["datasets"]
        for f in d["findings"]
    }
    assert "the rows where kind <> 'z'" in found["scoped_extract"]
    assert found["type_degraded"] == (
        "'address' is inet at the source and lands as text, with 900 values: "
        "its type has no equal here."
    )
    assert "no_common_snapshot" not in found
    assert "kind &lt;&gt; " in (folder / "report.html").read_text()


def rows_and_notes(tmp_path, dataset):
    """Answer the rows of the only production extract, and what is said of its state."""
    (path,) = (tmp_path / "warehouse" / dataset / "production").glob("*.duckdb")
    manifest = Extract.open(path).manifest
    return manifest.rows, [s.note for s in manifest.snapshots]


def test_the_next_run_goes_on_where_a_failed_one_stopped(postgres, config, tmp_path):
    """The table that was pulled is not pulled again, and the report says that it is older."""
    postgres.run("REVOKE SELECT ON kinds FROM reader")
    with pytest.raises(SourceError, match="may not read 'kinds'"):
        run_project(config)
    assert rows_and_notes(tmp_path, "orders") == (900, [""])
    postgres.run("GRANT SELECT ON kinds TO reader", "DELETE FROM orders WHERE id > 800")

    folder = run_project(config)

    rows, (note,) = rows_and_notes(tmp_path, "orders")
    assert (rows, note) == (900, "it was pulled by a run that failed, and taken over")
    assert "taken over" in (folder / "report.html").read_text()
    run_project(config)
    found = [
        Extract.open(p).manifest.rows
        for p in sorted((tmp_path / "warehouse" / "orders" / "production").glob("*.duckdb"))
    ]
    assert sorted(found) == [800, 900]


def test_an_extract_goes_on_where_a_failed_one_stopped(postgres, config, tmp_path):
    """What `dataready extract` has pulled before it failed is not pulled again."""
    postgres.run("REVOKE SELECT ON kinds FROM reader")
    with pytest.raises(SourceError, match="may not read 'kinds'"):
        extract_project(config, side="production")
    postgres.run("GRANT SELECT ON kinds TO reader", "DELETE FROM orders WHERE id > 800")

    orders = next(
        e for e in extract_project(config, side="production") if e.manifest.dataset == "orders"
    )

    assert orders.path.name.startswith("extract-")
    assert orders.manifest.rows == 900
    assert rows_and_notes(tmp_path, "orders") == (
        900, ["it was pulled by a run that failed, and taken over"]
    )  # fmt: skip
    assert not list((tmp_path / "runs").iterdir())


def test_what_is_asked_for_must_be_the_same(postgres, config, tmp_path):
    """With other settings, what the failed run has pulled is no answer."""
    postgres.run("REVOKE SELECT ON kinds FROM reader")
    with pytest.raises(SourceError):
        run_project(config)
    postgres.run("GRANT SELECT ON kinds TO reader", "DELETE FROM orders WHERE id > 800")
    text = config.base / "dataready.yaml"
    text.write_text(
        text.read_text().replace("table: orders\n", "table: orders\n      where: id>0\n")
    )

    run_project(load_config(text))
    assert rows_and_notes(tmp_path, "orders") == (800, [""])


@pytest.mark.parametrize("setting", ["resume_within_s: 0", "resume_within_s: 1"])
def test_what_is_too_old_is_pulled_again(postgres, config, tmp_path, setting):
    """`resume_within_s` is the age from which a table is pulled again; 0 is never."""
    postgres.run("REVOKE SELECT ON kinds FROM reader")
    text = config.base / "dataready.yaml"
    new = f"table: orders\n      politeness: {{{setting}}}\n"
    text.write_text(text.read_text().replace("table: orders\n", new))
    with pytest.raises(SourceError):
        run_project(load_config(text))
    postgres.run("GRANT SELECT ON kinds TO reader", "DELETE FROM orders WHERE id > 800")
    time.sleep(2.1)
    run_project(load_config(text))
    assert rows_and_notes(tmp_path, "orders") == (800, [""])


def test_a_run_that_is_killed_is_gone_on_with(postgres, config, tmp_path):
    """Kill -9 while the second table is read: nothing half-written is taken for whole."""
    postgres.run(
        "CREATE TABLE big AS SELECT i AS kind, repeat('x', 3000) AS v "
        "FROM generate_series(1, 20000) i",
        "GRANT SELECT ON big TO reader",
    )
    text = config.base / "dataready.yaml"
    text.write_text(
        text.read_text().replace(
            "table: kinds, where: kind <> 'z'",
            "table: big, columns: [kind], politeness: {rows_per_second: 100}",
        )
    )
    code = "import sys; from dataready.cli import main; sys.argv[0] = 'dataready'; main()"
    command = [sys.executable, "-c", code, "run", "--settings", str(text)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        folder = tmp_path / "warehouse" / "kinds" / "production"
        for _ in range(600):
            if list(folder.glob(".tmp-*")):
                break
            time.sleep(0.05)
        process.kill()
    assert list(folder.glob(".tmp-*"))
    assert not list(folder.glob("*.duckdb"))
    text.write_text(text.read_text().replace("{rows_per_second: 100}", "{rows_per_second: 0}"))

    run_project(load_config(text))

    assert rows_and_notes(tmp_path, "orders")[1] == [
        "it was pulled by a run that failed, and taken over"
    ]
    assert rows_and_notes(tmp_path, "kinds") == (20_000, [""])
    assert not list(tmp_path.rglob(".tmp-*"))
