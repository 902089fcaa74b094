"""How fast, how small and how true a full extract is: `python benchmarks/extract.py --rows N`.

A private PostgreSQL holds a table of 14 mixed columns. What is timed: the server's own binary
COPY to nowhere; dataready, proven and with rows only counted; connectorx and DuckDB's own
extension, each in a virtual environment that this script makes, with what each got wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

TABLE = """
CREATE TABLE t AS SELECT i::int8 AS id, md5(i::text)::uuid AS u,
  (i * 1.2345 - 1000)::numeric(18,4) AS amount,
  CASE WHEN i % 100 = 0 THEN 'NaN'::numeric ELSE (i / 7.0)::numeric(20,6)::numeric END AS free,
  timestamptz '2019-01-01 UTC' + i * interval '37.123456 s' AS at,
  date '2019-01-01' + i % 2000 AS day,
  CASE WHEN i % 50 = 0 THEN '' WHEN i % 51 = 0 THEN NULL
       ELSE 'customer number ' || i || ' of the shop' END AS name,
  i % 3 = 0 AS ok, ARRAY['a' || i % 10, NULL, 'c'] AS tags,
  jsonb_build_object('n', i, 'k', 'v' || i % 100) AS doc,
  (ARRAY['new', 'paid', 'sent'])[1 + i % 3]::state AS state,
  (i % 1000)::int4 AS n, ('code-' || i % 100000)::varchar(40) AS code, i / 3.0::float8 AS ratio
FROM generate_series(1, {rows}) i
"""
PLAIN = "CREATE VIEW plain AS SELECT id, u, amount, at, day, name, ok, doc, state::text, n, code, "
PLAIN += "ratio FROM t"

PULL = """
import json, resource, sys, time
from pathlib import Path
from dataready.model import SourceSpec
from dataready.extract.pull import pull
from dataready.sources import postgres
from dataready.sources.postgres_figure import Proof, proof
if sys.argv[3] == "bare":
    # Rows are counted, and nothing else is proven.
    postgres.proof = lambda t: Proof(proof(t).terms[:1 + len(t)], (), len(t))
began = time.monotonic()
e = pull(SourceSpec(path=sys.argv[1], table="t"), dataset="t", side="production",
         folder=Path(sys.argv[2]), name=sys.argv[3], base=Path("."))
print(json.dumps({"s": time.monotonic() - began, "rows": e.manifest.rows, "peak_mib":
      resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
"""
CONNECTORX = """
import json, resource, sys, time, connectorx as cx
began = time.monotonic()
def attempt(q):
    try:
        return cx.read_sql(sys.argv[1], q, return_type="arrow"), ""
    except BaseException as e:
        return None, type(e).__name__
whole, why = attempt("SELECT * FROM t")
began = time.monotonic()
t, _ = attempt("SELECT * FROM plain")
print(json.dumps({"s": time.monotonic() - began, "rows": t.num_rows, "peak_mib":
  resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
  "wrong": [f"all 14 columns: {why}"] * (not t is None and bool(why)) +
           [f"{f.name} lands as {f.type}" for f in t.schema if f.name in ("amount", "u")]}))
"""
EXTENSION = """
import json, resource, sys, time, duckdb, glob, os, site
con = duckdb.connect(sys.argv[2])
path = glob.glob(os.path.join(site.getsitepackages()[0], "duckdb_extension_postgres_scanner",
                 "extensions", "*", "postgres_scanner.duckdb_extension"))[0]
con.execute(f"LOAD '{path}'")
con.execute(f"ATTACH '{sys.argv[1]}' AS pg (TYPE postgres, READ_ONLY)")
began = time.monotonic()
con.execute("CREATE TABLE t AS FROM pg.public.t")
total = time.monotonic() - began
n, nan, zero = con.execute("SELECT count(*), count(*) FILTER (WHERE isnan(free)), "
                           "count(*) FILTER (WHERE free = 0) FROM t").fetchone()
print(json.dumps({"s": total, "rows": n, "peak_mib":
  resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
  "wrong": [f"{zero:,} NaN became 0.0, {nan:,} stayed", "numeric lands as DOUBLE"]}))
"""


def child(python: str, code: str, *arguments: str, **environment: str) -> dict[str, Any]:
    """Run a measurement in a process of its own; answer what it printed last."""
    done = subprocess.run(  # noqa: S603 - our own code
        [python, "-c", code, *arguments],
        env=os.environ | environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        last = (done.stderr.strip() or "killed").splitlines()[-1]
        return {"failed": last[:200]}
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def venv(name: str, *packages: str) -> str:
    """Make a virtual environment with packages, where there is none; answer its Python."""
    folder = ROOT / "build" / "benchmarks" / name
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)  # noqa: S603
        pip = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        subprocess.run([*pip, *packages], check=True)  # noqa: S603
        (folder / "ready").touch()
    return str(python)


def show(name: str, found: dict[str, Any], copy_s: float) -> None:
    """Print a line of the table."""
    if "failed" in found:
        print(f"{name:<24} failed: {found['failed']}")
        return
    rate = found["rows"] / found["s"]
    line = f"{name:<24} {found['s']:>8.1f} s {rate:>12,.0f} rows/s {copy_s / found['s']:>6.2f}"
    print(f"{line} {found['peak_mib']:>8,.0f} MiB  {'; '.join(found.get('wrong', []))}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--others", action=argparse.BooleanOptionalAction, default=True)
    given = parser.parse_args()
    from tests.postgres import PASSWORD, READER, Postgres

    server = Postgres(shared_buffers="256MB", max_wal_size="8GB")
    try:
        server.start()
        server.run(f"CREATE ROLE {READER} LOGIN PASSWORD '{PASSWORD}'")
        for rows in (given.rows // 5, given.rows):
            server.give(
                "DROP TYPE IF EXISTS state", "CREATE TYPE state AS ENUM ('new', 'paid', 'sent')",
                TABLE.format(rows=rows), PLAIN,
            )  # fmt: skip
            server.run("VACUUM ANALYZE t")
            measure(server, rows, others=given.others and rows == given.rows)
    finally:
        server.remove()


def measure(server: Any, rows: int, *, others: bool) -> None:  # noqa: ANN401
    """Measure all ways for a table of so many rows."""
    from tests.postgres import PASSWORD

    times = []
    for _ in range(2):
        began = time.monotonic()
        server.run("COPY t TO '/dev/null' (FORMAT binary)")
        times.append(time.monotonic() - began)
    copy_s = min(times)
    print(f"\n{rows:,} rows x 14 columns", flush=True)
    print(f"{'COPY to nowhere':<24} {copy_s:>8.1f} s {rows / copy_s:>12,.0f} rows/s {1:>6.2f}")
    secret = {"PGPASSWORD": PASSWORD}
    with tempfile.TemporaryDirectory() as folder:
        bare = child(sys.executable, PULL, server.url, folder, "bare", **secret)
        show("dataready, only counted", bare, copy_s)
        found = child(sys.executable, PULL, server.url, folder, "proven", **secret)
        show("dataready, proven", found, copy_s)
        if "failed" not in found | bare:
            more = found["s"] / bare["s"] - 1
            print(f"{'':<24} the proof costs {more:.0%} of the pull", flush=True)
        if others:
            python = venv("connectorx", "connectorx", "pyarrow")
            url = server.url.replace("@", f":{PASSWORD}@")
            show("connectorx, arrow", child(python, CONNECTORX, url), copy_s)
            python = venv("extension", "duckdb==1.5.5", "duckdb-extension-postgres-scanner==1.5.5")
            file = str(Path(folder) / "x.duckdb")
            show("DuckDB's extension", child(python, EXTENSION, server.url, file, **secret), copy_s)


if __name__ == "__main__":
    main()
