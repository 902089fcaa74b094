"""The sample project with its production in a PostgreSQL: started, loaded, judged, stopped.

`python -m benchmarks.demo_postgres --rows N --out FOLDER`
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path

from sample_data.generate import generate
from tests.postgres import PASSWORD, READER, Postgres

from dataready.cli import main as dataready
from dataready.extract.pull import pull
from dataready.model import SourceSpec
from dataready.warehouse.connection import connect

ROOT = Path(__file__).parents[1]
TABLES = {
    "orders": "production/orders",
    "customers": "production/customers.parquet",
    "shipments": "production/shipments.parquet",
}
ADDRESS = f"postgresql://{READER}@127.0.0.1:${{DATAREADY_DEMO_PORT}}/postgres"


def load(server: Postgres, out: Path) -> None:
    """Load the generated production into tables; files with other headers become one table."""
    for table, path in TABLES.items():
        extract = pull(
            SourceSpec(path=path), dataset=table, side="production",
            folder=out / "loading", name=table, base=out,
        )  # fmt: skip
        with connect(extract.path, read_only=True) as con, server.connect() as cursor:
            rows = con.sql("SELECT * EXCLUDE (_dataready_file, _dataready_row) FROM data")
            cursor.adbc_ingest(table, rows.to_arrow_reader(100_000), mode="create")
    shutil.rmtree(out / "loading")
    server.run(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {READER}", "ANALYZE")


def settings(out: Path) -> Path:
    """Write the settings of the sample project, with the server for production."""
    text = (ROOT / "sample_data" / "dataready.yaml").read_text()
    for table, path in TABLES.items():
        new = f'production: {{path: "{ADDRESS}", table: {table}}}\n'
        text = text.replace(f"production: {path}\n", new)
    place = out / "dataready.yaml"
    place.write_text(text)
    return place


def main() -> None:
    """Make the project, start the server, run the job; the report's path is the last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    generate(given.out, rows=given.rows)
    shutil.copytree(ROOT / "expectations", given.out / "expectations", dirs_exist_ok=True)
    server = Postgres()
    try:
        server.start()
        server.run(f"CREATE ROLE {READER} LOGIN PASSWORD '{PASSWORD}'")
        load(server, given.out)
        os.environ |= {"PGPASSWORD": PASSWORD, "DATAREADY_DEMO_PORT": str(server.port)}
        sys.argv = ["dataready", "run", "--settings", str(settings(given.out))]
        dataready()
    except SystemExit as e:
        # A verdict is no failure of the demo.
        sys.exit(0 if e.code in {0, 10, 11, 12} else e.code)
    finally:
        server.remove()


if __name__ == "__main__":
    main()
