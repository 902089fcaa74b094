"""Do pandera, Great Expectations and our SQL agree? `python -m benchmarks.equality --tables 30`.

Every kind of check is asked of every table, and each engine says whether it holds, of how many
rows, and which rows break it. The tables hold what engines disagree about: nulls, NaN,
infinities, empty strings, blanks, time zones, decimals, text of many scripts.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb

from dataready.expectations.agreement import held_against
from dataready.expectations.fast import run_fast
from dataready.expectations.gx_bridge import run_gx, write_gx
from dataready.expectations.pandera_bridge import run_pandera, write_pandera
from dataready.expectations.rules import Rule
from dataready.extract.manifest import Extract, Manifest
from dataready.model import Column, Schema
from dataready.profile.plan import Plan
from dataready.profile.planning import first_plan
from dataready.sql import literal

ROWS = 120
REFERRING = 5
TEXTS = (
    "",
    " ",
    "plain",
    "Straße",
    "ﬁne",
    "é",
    "e\u0301",
    "\U0001f600 ok",
    'it\'s "q"',
    "a{b}:c%s",
    "9-9",
    "AB-12",
    "ab-12",
    "日本語",
    "Ωmega",
    "tab\tin",
    "x\u00a0y",
    "٣٤",
    "line\nend",
    "\\N",
)
COLUMNS = ("n", "i", "x", "t", "c", "at", "until", "day", "d", "a", "b")


def main() -> None:
    """Print how many checks were compared, and every difference."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", type=int, default=30)
    tables = parser.parse_args().tables
    kinds, compared, differences = compare(tables)
    print(f"{kinds} kinds of check, {tables} tables: {compared:,} comparisons with our SQL")
    for difference in differences:
        print(f"  {difference}")
    print(f"{len(differences)} differences")


def compare(tables: int) -> tuple[int, int, list[str]]:
    """Ask all kinds of check of some tables; answer kinds, comparisons and differences."""
    with tempfile.TemporaryDirectory() as temp:
        folder = Path(temp)
        extract = table_of(folder / "wide.duckdb", tables)
        plan = plan_of(extract)
        # References lead to a table of some of the same values.
        others = {"other": table_of(folder / "other.duckdb", 1, rows=40)}
        groups = [[renamed(rule, k, plan) for rule in checks(plan, k)] for k in range(tables)]
        every = [rule for group in groups for rule in group]
        write_gx(every, folder / "all.json")
        judged = [
            run_gx(folder / "all.json", extract, plan, {}, trust=False, rows=True, others=others)
        ]
        for k, group in enumerate(groups):
            path = folder / f"t{k}.py"
            write_pandera(group, path)
            judged.append(run_pandera(path, extract, plan, {}, trust=True, others=others))
        fast = run_fast(every, folder / "all.json", extract, plan, {}, rows=True, others=others)
    held = [held_against(native, fast) for native in judged]
    differences = [
        f"{suite.library} {r.expectation}({r.column}): {r.message}"
        for suite in held
        for r in suite.results
        if r.result == "error"
    ]
    known = {(r.expectation, r.column, r.where) for r in fast.results}
    found = [r for s in judged for r in s.results]
    compared = sum((r.expectation, r.column, r.where) in known for r in found)
    return max(map(len, groups)), compared, differences


def renamed(rule: Rule, k: int, plan: Plan) -> Rule:
    """Ask a rule of table k's columns, as they are read."""
    if not rule.column:
        return rule
    column, also = f"t{k}_{rule.column}", tuple(f"t{k}_{c}" for c in rule.also)
    return replace(rule, column=column, also=also, base=plan[column].base)


def checks(plan: Plan, k: int) -> Iterator[Rule]:
    """All kinds of check, as the columns of table k are read."""
    for column in ("n", "x", "t", "at", "d"):
        yield Rule(kind="not_null", column=column)
        yield Rule(kind="unique", column=column, limit=0.1 if k % 2 else 0.0)
    yield Rule(kind="present", column="c")
    for column in ("x", "at", "until"):
        base = plan[f"t{k}_{column}"].base
        if base != "text":
            yield Rule(kind="type", column=column, base=base, limit=0.05)
    for column, low, high in (("n", -5.0, 40.0), ("d", 0.0, 9.25), ("i", 3.0, 60.0)):
        yield Rule(kind="range", column=column, low=low, high=high)
        yield Rule(kind="range", column=column, low=low, limit=0.4)
        yield Rule(kind="range", column=column, high=high, limit=0.4)
    yield Rule(kind="range", column="day", low=1.58e9, high=1.6e9, base="date")
    yield Rule(kind="categories", column="c", values=("red", "Grün", "it's"))
    yield Rule(kind="categories", column="c", values=("red",), negated=True, limit=0.5)
    yield Rule(kind="categories", column="t", values=("", "é", "plain"), limit=0.9)
    yield Rule(kind="categories", column="i", values=(1.0, 2.0, 3.0), negated=True)
    yield Rule(kind="format", column="t", values=("a", "9-9", "a-9", "a a"))
    yield Rule(kind="format", column="c", values=("a",), limit=0.2)
    for low, high in ((1, 5), (0, 3), (5, 5)):
        yield Rule(kind="length", column="t" if low else "c", low=low, high=high, limit=high / 10)
    for column, pattern in (("t", "^[a-z]"), ("t", "[0-9]+$"), ("c", "r.d"), ("c", "\\.")):
        yield Rule(kind="pattern", column=column, pattern=pattern)
        yield Rule(kind="pattern", column=column, pattern=pattern, negated=True, limit=0.3)
    yield Rule(kind="order", column="at", also=("until",))
    yield Rule(kind="order", column="i", also=("a",), limit=0.5)
    yield Rule(kind="unique", column="a", also=("b",))
    # One statement reads all tables, and each reference is a join in it: some of them have one.
    for column, limit in (("i", 0.0), ("c", 0.3), ("a", 0.9)) if k < REFERRING else ():
        yield Rule(kind="reference", column=column, refers_to=f"other.t0_{column}", limit=limit)
    yield Rule(kind="past", column="until", base="date", limit=0.1)
    yield from habits(k)


def habits(k: int) -> Iterator[Rule]:
    """What is asked of the table as a whole, and of values that repeat."""
    for column, end in (("n", 3.0), ("d", 5.5)):
        yield Rule(kind="lower_quarter", column=column, low=end, limit=0.3)
        yield Rule(kind="upper_quarter", column=column, high=end, limit=0.3)
    for column, values in (("c", ("red", "it's")), ("t", ("é", "9-9"))):
        yield Rule(kind="usual", column=column, values=values, limit=0.6)
        yield Rule(kind="unusual", column=column, values=values, limit=0.6)
    if not k:
        yield Rule(kind="rare", column="t", high=0.06)
        yield Rule(kind="gapless", column="until", base="date", high=1.5, low=1.58e9)
        yield Rule(kind="rows", low=100.0, high=ROWS - 1.0)
        yield Rule(kind="fresh", column="until", base="date", high=2.0)
        yield Rule(kind="daily", column="until", base="date", low=24.0, high=24.0, limit=0.2)
        yield Rule(kind="weekly", column="day", base="date", low=5.0)


def plan_of(extract: Extract) -> Plan:
    """How the cells of the wide table are read."""
    schema = Schema(extract.manifest.columns)
    with duckdb.connect(str(extract.path), read_only=True) as con:
        return first_plan(con, schema, typed={c.name for c in schema if c.type != "VARCHAR"})


def table_of(path: Path, tables: int, *, rows: int = ROWS) -> Extract:
    """Write a table of which each group of columns is a table of its own."""
    columns = [column for k in range(tables) for column in _columns(k)]
    with duckdb.connect(str(path)) as con:
        con.execute("SET TimeZone = 'UTC'")
        con.execute(
            f"CREATE TABLE data AS SELECT {', '.join(columns)}, 0 AS _dataready_file,"
            f" i AS _dataready_row FROM range({rows}) AS t(i)"
        )
    return extract_of(path, rows)


def extract_of(path: Path, rows: int, dataset: str = "table") -> Extract:
    """Say of a DuckDB file with a table what a pull would have said."""
    with duckdb.connect(str(path), read_only=True) as con:
        found = con.execute("DESCRIBE data").fetchall()
    manifest = Manifest(
        dataset=dataset,
        side="production",
        source="here",
        kind="csv",
        columns=tuple(Column(c[0], c[1]) for c in found if not c[0].startswith("_dataready")),
        files=(),
        rows=rows,
        rejected=0,
        typed=False,
        reconciled=True,
        reconciliation=(),
        fingerprint="",
        clock="2020-03-01T12:00:00+00:00",
    )
    return Extract(path, manifest)


def _columns(k: int) -> Iterator[str]:
    """The columns of table k: values by a row's number, and how often each oddity occurs."""
    odd = 3 + k % 7
    pick = f"((i * {2 * k + 7} + {k}) % 20)"
    texts = ", ".join(map(literal, TEXTS))
    number = f"((i * 37 + {k}) % 101 / 2.0 - 8)"
    special = ("'nan'", "'inf'", "'-inf'", "NULL", "'-0.0'")[k % 5]
    times = ("TIMESTAMP", "TIMESTAMPTZ", "DATE", "VARCHAR", "TIMESTAMP_S")[k % 5]
    begin = f"(TIMESTAMP '2020-02-28 23:30:00' + INTERVAL (i * {k + 1}) HOUR)"
    later = f"CASE WHEN i % {odd + 5} = 0 THEN -3 ELSE 30 END"
    share = f"i % {odd + 1} = 0"
    junk = "['', ' ', '12 EUR', '1e3', '-0', 'NaN', '1_0'][1 + i % 7]"
    text = f"strftime({begin}, '%Y-%m-%dT%H:%M:%S') || '+0{k % 9}:00'"
    zoned = text if times == "VARCHAR" else begin
    made = {
        "n": f"CASE WHEN i % {odd} = 0 THEN {special}::DOUBLE ELSE {number} END",
        "i": f"CASE WHEN i % {odd + 2} = 1 THEN NULL ELSE (i * {k + 3}) % 71 END::{_int(k)}",
        "x": f"CASE WHEN i % {odd} = 0 THEN {junk} ELSE {number}::VARCHAR END",
        "t": f"CASE WHEN i % 11 = {k % 11} THEN NULL ELSE [{texts}][1 + {pick}] END",
        "c": f"['red', 'Grün', 'it''s', 'r d.', NULL, 'RED'][1 + (i * {k + 1}) % {3 + k % 4}]",
        "at": f"CASE WHEN i % 13 <> 5 THEN {zoned} END::{times}",
        "until": f"({begin} + INTERVAL ({later}) HOUR)::TIMESTAMP",
        "day": f"(DATE '2020-01-01' + (i * {k + 1} % 400)::INTEGER)::{('DATE', 'VARCHAR')[k % 2]}",
        "d": f"CASE WHEN {share} THEN NULL ELSE i * 0.1 - 2 END::DECIMAL(18, {1 + k % 6})",
        "a": f"(i // {1 + k % 3})::BIGINT",
        "b": f"CASE WHEN i % 17 = {k % 17} THEN NULL ELSE i % {2 + k % 5} END::BIGINT",
    }
    if k % 10 == 9:
        # A table of which nothing is there.
        made |= {c: f"NULL::{'DOUBLE' if c in 'ni' else 'VARCHAR'}" for c in ("n", "i", "t", "c")}
    return (f'{made[c]} AS "t{k}_{c}"' for c in COLUMNS)


def _int(k: int) -> str:
    return ("INTEGER", "BIGINT", "HUGEINT", "SMALLINT", "UTINYINT")[k % 5]


if __name__ == "__main__":
    main()
