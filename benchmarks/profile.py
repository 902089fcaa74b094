"""What a full profile costs, beside DuckDB's own SUMMARIZE: `python -m benchmarks.profile`.

Each table is extracted once; then SUMMARIZE and the profile read the same DuckDB file, each in
a process of its own: wall and CPU seconds, peak memory, and their ratios.

    python -m benchmarks.profile                 the tables that take minutes
    python -m benchmarks.profile lineitem60      TPC-H lineitem, 60 million rows
    python -m benchmarks.profile growth          a 1 % new partition, beside a full profile
    python -m benchmarks.profile distinct        how far off the count of distinct values is
    python -m benchmarks.profile others          ydata-profiling, Evidently, Great Expectations

DATAREADY_MEMORY_LIMIT bounds DuckDB's memory for both, such as 700MiB.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
from sample_data.generate import generate

from benchmarks.cost import Cost, cost_of
from benchmarks.environment import environment
from dataready.detect.disguised import propose
from dataready.extract.manifest import Extract
from dataready.extract.pull import pull
from dataready.model import TABLE, SourceSpec
from dataready.pipeline.alone import profile_alone
from dataready.profile.look import looked
from dataready.profile.metrics import LOOK
from dataready.profile.plan import ColumnPlan, Plan
from dataready.profile.profile import Profile, take
from dataready.profile.state import Sketch
from dataready.warehouse.connection import connect

KEPT = Path("build/benchmarks/tables")
CHILD = Path(__file__).with_name("profile_child.py")
PEERS = {
    "ydata_profiling": "ydata-profiling, minimal",
    "evidently": "Evidently, drift and summary",
    "great_expectations": "Great Expectations, 30 expectations",
}
SEEDS = 5


def main() -> None:
    """Print what was asked for."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.profile",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("what", nargs="*", default=list(SHORT), choices=[*TABLES, *OTHERS])
    asked = parser.parse_args().what
    tables = [name for name in asked if name in TABLES]
    if tables:
        print_costs(tables)
    for name in asked:
        if name in OTHERS:
            OTHERS[name]()


def print_costs(names: list[str]) -> None:
    """Print one line a table: SUMMARIZE, the profile, and their ratios."""
    print(
        f"{'table':12}{'rows':>12}{'columns':>9}{'SUMMARIZE s':>13}{'MiB':>7}"
        f"{'profile s':>11}{'CPU s':>8}{'MiB':>7}{'wall ratio':>12}{'CPU ratio':>11}"
    )
    for name in names:
        extract = table(name)
        theirs, ours = cost_of(summarize, extract.path), cost_of(profile, extract)
        rows, columns = extract.manifest.rows, len(extract.manifest.columns)
        print(
            f"{name:12}{rows:12,}{columns:9}{theirs.wall_s:13.2f}{theirs.peak_mib:7,.0f}"
            f"{ours.wall_s:11.2f}{ours.cpu_s:8.1f}{ours.peak_mib:7,.0f}"
            f"{ours.wall_s / theirs.wall_s:12.2f}{ours.cpu_s / theirs.cpu_s:11.2f}",
            flush=True,
        )


def summarize(path: Path) -> None:
    """Let DuckDB describe the table."""
    with connect(path, read_only=True) as con:
        con.execute(f"SUMMARIZE {TABLE}").fetchall()


def profile(extract: Extract) -> None:
    """Profile the table in full."""
    with connect(extract.path, read_only=True) as con:
        profile_alone(con, extract)


def table(name: str) -> Extract:
    """Answer the extract of a table, made the first time."""
    folder = KEPT / name
    source = folder / ("production/orders" if name == "orders10" else "data.parquet")
    if not source.exists():
        folder.mkdir(parents=True, exist_ok=True)
        TABLES[name](folder / "data.parquet")
    return pull(
        SourceSpec(path=str(source)),
        dataset=name,
        side="production",
        folder=folder,
        name="x",
        base=Path.cwd(),
    )


def _lineitem(scale: int) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        tool = Path(environment("tpchgen")).with_name("tpchgen-cli")
        order = ["parquet", "-s", str(scale), "--tables=lineitem", f"--output-dir={path.parent}"]
        subprocess.run([tool, *order], check=True, stdout=subprocess.DEVNULL)  # noqa: S603
        path.with_name("lineitem.parquet").rename(path)

    return make


def _orders(path: Path) -> None:
    """The sample project's CSV files; its text is read as the profile sees fit."""
    generate(path.parent, rows=10_000_000)


def _wide(path: Path) -> None:
    """20,000 rows of 1,000 columns: numbers, whole numbers, categories, dates, texts."""
    kinds = (
        "hash({k}, i) / 18446744073709551615.0",
        "(hash({k}, i) % 1000)::INTEGER",
        "'level ' || hash({k}, i) % 12",
        "DATE '2020-01-01' + (hash({k}, i) % 900)::INTEGER",
        "'item-' || hash({k}, i) % 100000",
    )
    cells = (
        f"CASE WHEN hash(i, {k}) % 20 > 0 THEN {kinds[k % len(kinds)].format(k=k)} END AS c{k}"
        for k in range(1000)
    )
    _copied(f"SELECT {', '.join(cells)} FROM range(20000) AS t(i)", path)


def _text(path: Path) -> None:
    """5 million rows of names, addresses, links, comments and codes."""
    _copied(
        """SELECT 'Name' || chr(65 + (h % 26)::INTEGER) || ' Family' || h % 90000 AS name,
          'user' || h % 4000000 || '@mail' || h % 50 || '.example' AS email,
          h % 900 || ' Street ' || (h // 7) % 20000 || ', Town ' || h % 3000 AS address,
          'https://shop.example/p/' || h % 1000000 || '?ref=' || (h // 11) % 1000 AS link,
          'The parcel ' || i || ' came '
            || ['late', 'early', 'broken', 'twice'][(1 + h % 4)::INTEGER]
            || ' to ' || h % 7000 || '; please call back.' AS comment,
          printf('%08d', (h % 90000000)::INTEGER) AS code,
          ['new', 'paid', 'sent', 'back'][(1 + h % 4)::INTEGER] AS state, md5(h::VARCHAR) AS token
        FROM (SELECT i, hash(i) AS h FROM range(5000000) AS t(i))""",
        path,
    )


def _copied(sql: str, path: Path) -> None:
    with duckdb.connect() as con:
        con.execute(f"COPY ({sql}) TO '{path}' (FORMAT parquet)")


def print_growth(scale: str = "lineitem6") -> None:
    """Print what a 1 % new partition costs, beside reading all rows under the same plan."""
    whole = table(scale)
    folder = KEPT / f"{scale}-grown"
    files = folder / "files"
    shutil.rmtree(files, ignore_errors=True)
    files.mkdir(parents=True)
    rows, source = whole.manifest.rows, KEPT / scale / "data.parquet"
    cut = rows * 99 // 100
    numbered = f"SELECT * EXCLUDE n FROM (SELECT *, row_number() OVER () AS n FROM '{source}')"
    spec, nights = SourceSpec(path=str(files)), []
    for number, where in enumerate((f"n <= {cut}", f"n > {cut}")):
        _copied(f"{numbered} WHERE {where}", files / f"{number}.parquet")
        night = pull(
            spec, dataset="t", side="production", folder=folder, name=f"{number}", base=Path.cwd()
        )
        nights.append(night)
    before, after = nights
    with connect(before.path, read_only=True) as con:
        pilot = profile_alone(con, before)[0]
    took = []
    for some in ((before, after), (after,)):
        for store in folder.glob("*.states"):
            store.unlink()
        for extract in some:
            start = time.perf_counter()
            nightly(extract, pilot)
            elapsed_s = time.perf_counter() - start
        took.append(elapsed_s)
    grown, full = took
    print(f"{rows:,} rows: {full:.2f} s; 1 % new rows: {grown:.2f} s, {grown / full:.1%}")


def nightly(extract: Extract, pilot: Profile) -> None:
    """Profile production as a run does, under a pilot's plan, with the states kept."""
    schema, folder, plan = extract.manifest.schema, extract.path.parent, pilot.plan
    bare = Plan(tuple(ColumnPlan(name=c.name, base=c.base, role=c.role) for c in plan))
    with connect(extract.path, read_only=True) as con, looked(con, schema) as look:
        store = (extract, folder / "look.states")
        seen = take(con, bare, schema, only=LOOK, look=look, store=store)
        propose(con, seen, pilot, first=look)
        take(con, plan, schema, look=look, store=(extract, folder / "profile.states"))


def print_distinct() -> None:
    """Print how far off the count of distinct values is, over cardinalities and seeds."""
    print(f"{'distinct':>12}{'mean error':>12}{'largest':>10}{'DuckDB, largest':>17}")
    for distinct in (10, 100, 1_000, 8_000, 10_000, 100_000, 1_000_000, 10_000_000):
        errors, theirs = [], []
        for seed in range(SEEDS):
            with duckdb.connect() as con:
                values = f"SELECT 'v{seed}-' || i AS v FROM range({distinct}) AS t(i)"
                hashes = con.execute(
                    f"SELECT min(hash(v), {Sketch().size}) FROM ({values})"
                ).fetchone() or ([],)
                (other,) = con.execute(
                    f"SELECT approx_count_distinct(v) FROM ({values})"
                ).fetchone() or (0,)
            errors.append(abs(Sketch.of(hashes[0]).distinct / distinct - 1))
            theirs.append(abs(other / distinct - 1))
        mean = sum(errors) / SEEDS
        print(f"{distinct:12,}{mean:12.2%}{max(errors):10.2%}{max(theirs):17.2%}", flush=True)


def print_peers() -> None:
    """Print what others take for less: each in an environment of its own."""
    data, text = table("peers"), KEPT / "peers" / "data.csv"
    with duckdb.connect() as con:
        con.execute(f"COPY (FROM '{KEPT / 'peers' / 'data.parquet'}') TO '{text}'")
    ours, theirs = cost_of(profile, data), cost_of(summarize, data.path)
    print(f"{'':38}{'seconds':>9}{'CPU s':>8}{'peak MiB':>10}{'ratio':>7}")
    print(f"{'dataready, full profile':38}{_cost(ours)}{1:7.1f}")
    print(f"{'DuckDB SUMMARIZE':38}{_cost(theirs)}{theirs.wall_s / ours.wall_s:7.1f}", flush=True)
    for tool, title in PEERS.items():
        python = environment(tool)
        done = subprocess.run(  # noqa: S603  our own script
            [python, CHILD, tool, text],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            print(f"{title:38}  failed: {done.stderr.strip().splitlines()[-1:]}", flush=True)
            continue
        cost = Cost(**json.loads(done.stdout.splitlines()[-1]))
        print(f"{title:38}{_cost(cost)}{cost.wall_s / ours.wall_s:7.1f}", flush=True)


def _cost(cost: Cost) -> str:
    return f"{cost.wall_s:9.2f}{cost.cpu_s:8.1f}{cost.peak_mib:10,.0f}"


def _peers(path: Path) -> None:
    """1 million rows of 16 columns: numbers, categories, dates and texts, 5 % missing."""
    kinds = (
        "hash({k}, i) / 18446744073709551615.0",
        "(hash({k}, i) % 1000)::INTEGER",
        "'level ' || hash({k}, i) % 12",
        "TIMESTAMP '2020-01-01' + to_minutes((hash({k}, i) % 900000)::INTEGER)",
    )
    cells = (
        f"CASE WHEN hash(i, {k}) % 20 > 0 THEN {kinds[k % len(kinds)].format(k=k)} END AS c{k}"
        for k in range(16)
    )
    _copied(f"SELECT {', '.join(cells)} FROM range(1000000) AS t(i)", path)


TABLES: dict[str, Callable[[Path], None]] = {
    "lineitem6": _lineitem(1),
    "lineitem60": _lineitem(10),
    "orders10": _orders,
    "wide": _wide,
    "text": _text,
    "peers": _peers,
}
SHORT = ("lineitem6", "wide", "text")
OTHERS: dict[str, Callable[[], None]] = {
    "growth": print_growth,
    "distinct": print_distinct,
    "others": print_peers,
}


if __name__ == "__main__":
    main()
