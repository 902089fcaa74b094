"""A whole run against a real PostgreSQL: one state of all tables, findings, report."""

from __future__ import annotations

import json

import pytest
from tests.cli.project import rows

from dataready.config import load_config
from dataready.extract.manifest import Extract
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
