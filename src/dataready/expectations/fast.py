"""The fast path: all rules of a suite as SQL, counted in one scan over the extract.

What rows a rule is asked of, and which of them break it, is said by `Reader`; here it is only
counted. No library of expectations takes part, so that each can be held against it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb

from dataready.expectations.predicate import ROW, Reader, attachments, is_flag
from dataready.expectations.result import ExpectationResult, SuiteResult
from dataready.expectations.rules import MEASURED, Rule
from dataready.expectations.verdict import judged, measured, sha256_of
from dataready.extract.manifest import Extract
from dataready.model import TABLE
from dataready.profile.plan import Plan
from dataready.sql import ident
from dataready.warehouse.connection import connect, refusals

__all__ = ["LIBRARY", "count_rules", "run_fast"]

LIBRARY = "dataready"
LOOK_ROWS = 10_000


def run_fast(
    rules: Sequence[Rule],
    path: Path,
    extract: Extract,
    plan: Plan,
    names: Mapping[str, str],
    *,
    rows: bool = False,
    others: Mapping[str, Extract] | None = None,
) -> SuiteResult:
    """Judge rules by SQL over the full extract.

    Args:
        rules: What the suite asks.
        path: The suite's file, named in the result.
        extract: Production's.
        plan: How the pilot reads its columns.
        names: Pilot column -> production's, where they differ.
        rows: Whether to tell which rows failed, by `rows_hash`.
        others: The extracts that references lead to, by dataset.

    Raises:
        WarehouseError: DuckDB refused.
    """
    reader = Reader.of(extract, plan, names, others)
    with (
        connect(extract.path, read_only=True) as con,
        refusals(f"to judge the rules of '{path.name}'"),
    ):
        for statement in attachments(reader.others):
            con.execute(statement)
        found = count_rules(con, rules, reader, rows=rows)
    return SuiteResult(
        library=LIBRARY,
        library_version=version("dataready"),
        suite=path.name,
        suite_sha256=sha256_of(path),
        results=tuple(found),
    )


def count_rules(
    con: duckdb.DuckDBPyConnection,
    rules: Sequence[Rule],
    reader: Reader,
    *,
    table: str = TABLE,
    rows: bool = False,
) -> list[ExpectationResult]:
    """Judge rules by one scan of a table, one of its odd values, and one a key that may repeat.

    Args:
        con: An open connection to the table.
        rules: In the order of the result.
        reader: How the table's cells are read.
        table: Its bare name.
        rows: Whether to tell which rows failed.
    """
    cells = replace(reader, read=True)
    rising = _rising(con, rules, reader, table)
    asked = [_sums(rule, cells, rows=rows, rising=rule in rising) for rule in rules]
    answers: dict[str, Any] = {}
    # Rules with a query of their own are joins: each would carry what all others read.
    for joined in (False, True):
        wanted = {r: s for r, s in zip(rules, asked, strict=True) if s and is_flag(r) is joined}
        sums = list(dict.fromkeys(s for several in wanted.values() for s in several))
        source = f"FROM (\n{reader.cells(wanted, table=ident(table))}\n)"
        row = con.execute(f"SELECT {', '.join(sums)}\n{source}").fetchone() if sums else ()
        answers |= zip(sums, row or (), strict=True)
    found = []
    for rule, several in zip(rules, asked, strict=True):
        if rule.kind in MEASURED:
            found.append(measured(rule, reader, answers[several[0]] if several else None))
            continue
        failed, checked, hashed = [*(answers[s] for s in several), None, None, None][:3]
        if rule.kind == "unique" and several:
            failed, hashed = 0, 0 if rows else None
            if rule not in rising and (rule.limit or answers[several[0]] < checked):
                failed, hashed = _repeats(con, rule, reader, cells, table, rows=rows)
        found.append(
            judged(rule, reader, failed=failed or 0, checked=checked or 0, rows_hash=hashed)
        )
    return found


def _rising(
    con: duckdb.DuckDBPyConnection, rules: Sequence[Rule], reader: Reader, table: str
) -> frozenset[Rule]:
    """Keys of which every value is above that of the row before: none of them repeats.

    Most tables are kept in the order of their key, and that is seen without remembering values.
    """
    keys = [r for r in rules if r.kind == "unique" and not r.also and reader.judges(r)]
    for few in (f" LIMIT {LOOK_ROWS}", ""):
        if not keys:
            break
        cells = [f"({reader.value(rule.column)}) AS v{k}" for k, rule in enumerate(keys)]
        before = [f"v{k}, lag(v{k}) OVER () AS b{k}" for k in range(len(keys))]
        rise = [
            f"count_if({_above(k, rule, reader)}) = count(*) - 1" for k, rule in enumerate(keys)
        ]
        read = f"SELECT {', '.join(cells)} FROM {ident(table)}{few}"
        told = f"SELECT {', '.join(rise)} FROM (SELECT {', '.join(before)} FROM ({read}))"
        kept = con.execute(told).fetchone() or ()
        keys = [rule for rule, is_rising in zip(keys, kept, strict=True) if is_rising]
    return frozenset(keys)


def _above(k: int, rule: Rule, reader: Reader) -> str:
    """The predicate that a key's value is above the one before: C10 is above C9."""
    if reader.planned(rule.column).base != "text":
        return f"v{k} > b{k}"
    longer, as_long = (f"strlen(v{k}) {sign} strlen(b{k})" for sign in (">", "="))
    return f"{longer} OR ({as_long} AND v{k} > b{k})"


def _sums(rule: Rule, cells: Reader, *, rows: bool, rising: bool) -> tuple[str, ...]:
    """Write the aggregates of one rule: rows that fail, rows asked, and which rows fail.

    Of a key that must be unique, in the place of rows that fail: how many different hashes its
    values have. As many as values, and none repeats. Of a measured rule its number alone.
    """
    if rule.kind in MEASURED:
        return (cells.measure(rule),) if cells.judges(rule) else ()
    where, checked = cells.where(rule), f"count_if({cells.checked(rule)})"
    if where is None:
        return ()
    if rule.kind not in {"not_null", "type"} and not rule.also:
        checked = f"count({cells.value(rule.column)})"
    if rising:
        return checked, checked
    if rule.kind == "unique":
        key = cells.key(rule)
        distinct = f"count(DISTINCT CASE WHEN {key} IS NOT NULL THEN hash({key}) END)"
        return checked if rule.limit else distinct, checked
    counted = (f"count_if({where})", checked)
    return (*counted, f"coalesce(bit_xor({ROW}) FILTER ({where}), 0)") if rows else counted


def _repeats(
    con: duckdb.DuckDBPyConnection,
    rule: Rule,
    reader: Reader,
    cells: Reader,
    table: str,
    *,
    rows: bool,
) -> tuple[int, int | None]:
    """Count rows whose key occurs more than once, and tell which they are."""
    which = f", bit_xor({ROW}) AS which" if rows else ""
    inner = (
        f"SELECT count(*) AS n{which} FROM ({reader.cells([rule], table=ident(table))})\n"
        f"WHERE {cells.checked(rule)} GROUP BY {', '.join(map(cells.value, rule.columns))}"
    )
    hashed = ", coalesce(bit_xor(which) FILTER (n > 1), 0)" if rows else ""
    total = f"coalesce(sum(n) FILTER (n > 1), 0){hashed}"
    row = con.execute(f"SELECT {total} FROM ({inner})").fetchone() or (0, 0)
    return int(row[0]), row[1] if rows else None
