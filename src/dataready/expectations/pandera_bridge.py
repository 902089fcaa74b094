"""pandera: its checks with tolerance, and a suite run by pandera itself on the full extract.

Rows stream through pandera in batches. A check that looks at rows alone is counted batch by
batch and judged at the end; what looks at a whole column is not: uniqueness is asked of
parts that share no key, custom checks see whole columns.
"""

from __future__ import annotations

import copy
import math
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pandera
import pandera.polars as pa
import polars as pl
from pandera.config import ValidationDepth, config_context
from pandera.errors import SchemaErrorReason, SchemaErrors

from dataready.expectations.pandera_check import BY_ROW
from dataready.expectations.pandera_module import write_pandera
from dataready.expectations.pandera_result import Key, Tally, asked_of, declared_type, results
from dataready.expectations.pandera_schema import expanded, schemas_of
from dataready.expectations.predicate import ROW, Reader, attachments, beside
from dataready.expectations.result import ExpectationResult, SuiteResult
from dataready.expectations.rules import Rule
from dataready.expectations.verdict import sha256_of
from dataready.extract.manifest import Extract
from dataready.model import TABLE
from dataready.profile.plan import Plan
from dataready.sql import and_, ident, select
from dataready.warehouse.connection import connect

__all__ = ["LIBRARY", "rules_of_pandera", "run_pandera", "write_pandera"]

LIBRARY = "pandera"
BATCH_ROWS = 200_000
PART_ROWS = 1_000_000
_ROW = "dataready·row"
_Naming = Callable[[str, int], Key]


_WHAT = {
    SchemaErrorReason.COLUMN_NOT_IN_DATAFRAME: "present",
    SchemaErrorReason.WRONG_DATATYPE: "type",
    SchemaErrorReason.DATATYPE_COERCION: "type",
    SchemaErrorReason.SERIES_CONTAINS_NULLS: "not_null",
    SchemaErrorReason.SERIES_CONTAINS_DUPLICATES: "unique",
    SchemaErrorReason.DUPLICATES: "unique",
}


def run_pandera(
    path: Path,
    extract: Extract,
    plan: Plan,
    names: Mapping[str, str],
    *,
    trust: bool,
    others: Mapping[str, Extract] | None = None,
) -> SuiteResult:
    """Let pandera validate the full extract against a suite.

    Args:
        path: A Python module with `DataFrameModel`s, or a YAML file of a `DataFrameSchema`.
        extract: Production's.
        plan: How the pilot reads its columns.
        names: Pilot column -> production's, where they differ.
        trust: Whether a Python module may run.
        others: The extracts that references lead to, by dataset.

    Raises:
        ExpectationError: The suite is not trusted, or cannot be understood.
        WarehouseError: The extract cannot be read.
    """
    reader = Reader.of(extract, plan, names, others)
    found: list[ExpectationResult] = []
    with warnings.catch_warnings(), connect(extract.path, read_only=True) as con:
        # pandera's warnings quote values.
        warnings.simplefilter("ignore")
        for statement in attachments(reader.others):
            con.execute(statement)
        for schema in (expanded(s, reader) for s in schemas_of(path, trust=trust)):
            tally = _validate(schema, reader, con)
            found += results(schema, reader, tally)
    return SuiteResult(
        library=LIBRARY,
        library_version=pandera.__version__,
        suite=path.name,
        suite_sha256=sha256_of(path),
        results=tuple(found),
    )


def rules_of_pandera(path: Path, reader: Reader, *, trust: bool) -> tuple[list[Rule], bool]:
    """Answer the expectations of a suite that the catalogue has, and whether that is all.

    Raises:
        ExpectationError: The suite is not trusted, or cannot be understood.
    """
    schemas = [expanded(s, reader) for s in schemas_of(path, trust=trust)]
    asked = [what for schema in schemas for what in asked_of(schema, reader).values()]
    rules = [what for what in asked if isinstance(what, Rule)]
    strict = any(schema.strict or schema.ordered for schema in schemas)
    return rules, len(rules) == len(asked) and not strict


def _validate(schema: pa.DataFrameSchema, reader: Reader, con: duckdb.DuckDBPyConnection) -> Tally:
    tally = Tally()
    asked = asked_of(schema, reader)
    by_row, places = _row_schema(schema, asked, reader)
    named = dict.fromkeys((*schema.columns, *(schema.unique or ())))
    wanted = reader.columns if schema.strict is True else tuple(named)
    columns = {name: _cell(name, schema, reader) for name in wanted if name in reader}
    columns |= _beside(asked.values(), reader)
    types = [str(name) for name, what in asked if what == "type" and name in columns]
    # A cell that is there and has no value does not parse: nothing is parsed twice.
    as_text = {n for n in types if declared_type(schema, n) == pl.String}
    parsed = {f"{n}·parsed": reader.parsed(n) if n in as_text else reader.there(n) for n in types}
    readable = pa.DataFrameSchema(
        {p: pa.Column(pl.Boolean, pa.Check.isin([True]), nullable=True) for p in parsed}
    )
    orders = {k: r for k, r in asked.items() if isinstance(r, Rule) and r.kind == "order"}
    # A table without the suite's columns still has rows, and pandera says what it lacks.
    for frame in _frames(con, select({_ROW: ROW} | columns | parsed, from_=ident(TABLE))):
        rows = frame[_ROW]
        typed = _as_declared(frame.select(list(columns)), schema, tally, rows)
        tally.rows += frame.height
        tally.values.update({c.name: len(c) - c.null_count() for c in typed})
        _count(by_row, typed, partial(_placed, places), tally, rows)
        flags = frame.select(
            p if n in as_text else pl.when(p).then(pl.col(n).is_not_null()).alias(p)
            for n, p in zip(types, parsed, strict=True)
        )
        _count(readable, flags, lambda p, _: (p[:-7], "type"), tally, rows)
        for name in types:
            tally.checked[name, "type"] += flags[f"{name}·parsed"].count()
        for key, rule in orders.items():
            if set(rule.columns) <= columns.keys():
                tally.checked[key] += typed.select(rule.columns).drop_nulls().height
    _validate_whole(schema, columns, con, tally)
    return tally


def _placed(places: Mapping[str, Sequence[int]], column: str, check: int) -> Key:
    """Say where a check of a cut-down schema stands in the suite."""
    return column, places[column][check]


def _frames(con: duckdb.DuckDBPyConnection, sql: str) -> Iterator[pl.DataFrame]:
    reader = con.sql(sql).to_arrow_reader(BATCH_ROWS)
    empty = pl.DataFrame(pl.from_arrow(reader.schema.empty_table()))
    some = False
    for batch in reader:
        some = True
        yield pl.DataFrame(pl.from_arrow(batch))
    if not some:
        yield empty


def _cell(name: str, schema: pa.DataFrameSchema, reader: Reader) -> str:
    """Read a column as planned, but as text where the suite says that it is text."""
    declared = declared_type(schema, name)
    if declared == pl.String and reader.planned(name).base != "text":
        raw = f"{ident(reader.own(name))}::VARCHAR"
        return f"CASE WHEN ({reader.parsed(name)}) IS NOT NULL THEN {raw} END"
    return reader.typed(name)


def _as_declared(
    frame: pl.DataFrame, schema: pa.DataFrameSchema, tally: Tally, rows: pl.Series | None = None
) -> pl.DataFrame:
    """Cast within numbers, dates and texts, so that a suite may say int of 3.0."""
    for column in frame:
        declared = declared_type(schema, column.name)
        if declared is None or column.dtype == declared:
            continue
        numbers = column.dtype.is_numeric() and declared.is_numeric()
        dates = column.dtype.is_temporal() and declared.is_temporal()
        texts = column.dtype == pl.String and declared in {pl.Categorical, pl.Enum}
        if not (numbers or dates or texts):
            continue
        cast = column.cast(declared, strict=False)
        lost = cast.is_null() & column.is_not_null()
        if declared.is_integer():
            lost |= (cast.cast(column.dtype) != column).fill_null(value=False)
        tally.add((column.name, "type"), lost, rows)
        frame = frame.with_columns(cast)
    return frame


def _beside(asked: Iterable[Rule | str], reader: Reader) -> dict[str, str]:
    """The columns beside the table's own that rules ask of."""
    made = {}
    for rule in asked:
        if isinstance(rule, Rule) and reader.judges(rule) and (what := beside(rule)):
            made[f"{rule.column}·{what}"] = reader.derived(rule.column, what)
    return made


def _row_schema(
    schema: pa.DataFrameSchema, asked: Mapping[Key, Rule | str], reader: Reader
) -> tuple[pa.DataFrameSchema, dict[str, list[int]]]:
    """Keep what judges rows alone; say where each check kept stands in the suite."""
    twin = copy.deepcopy(schema)
    # Casting is done before; pandera's raises where a column is absent.
    twin.checks, twin.unique, twin.coerce = [], None, False
    places: dict[str, list[int]] = {}
    for name, column in twin.columns.items():
        column.unique, column.coerce = False, False
        places[name] = [
            k
            for k, check in enumerate(column.checks)
            if check.name in BY_ROW and _judged(asked[name, k], reader)
        ]
        column.checks = [_row_check(column.checks[k]) for k in places[name]]
    return twin, places


def _judged(asked: Rule | str, reader: Reader) -> bool:
    """Whether a check can be made: one of a reference needs the table that it leads to."""
    return not (isinstance(asked, Rule) and asked.refers_to) or reader.judges(asked)


def _row_check(check: pa.Check) -> pa.Check:
    """Take a check's tolerance away: the rows that fail are counted, and judged at the end."""
    if str(check.name).startswith("mostly_"):
        statistics = {**(check.statistics or {}), "share": None}
        made = getattr(pa.Check, str(check.name))(**statistics)
        # A missing value is what this check is about, and no matter to the others.
        made.ignore_na = check.name != "mostly_filled"
        check = made
    return _counted(check)


def _counted(check: pa.Check) -> pa.Check:
    """Make a check report failures as such, and no more than one of their values."""
    made = copy.copy(check)
    made.n_failure_cases = 1
    made.raise_warning = False
    return made


def _count(
    schema: pa.DataFrameSchema,
    frame: pl.DataFrame,
    of: _Naming,
    tally: Tally,
    rows: pl.Series | None,
) -> None:
    """Validate one frame and add up what pandera found.

    Args:
        schema: What to ask.
        frame: Of whom.
        of: Column and position of a check in it -> the tally's key.
        tally: What is added to.
        rows: The hashes of the frame's rows, where they are the extract's.
    """
    try:
        with config_context(validation_depth=ValidationDepth.SCHEMA_AND_DATA):
            schema.validate(frame, lazy=True)
    except SchemaErrors as e:
        for error in e.schema_errors:
            _add(error, of, tally, rows)


def _add(error: Any, of: _Naming, tally: Tally, rows: pl.Series | None) -> None:  # noqa: ANN401
    is_table = isinstance(error.schema, pa.DataFrameSchema)
    column = None if is_table else error.schema.name
    what: str | int = _WHAT.get(error.reason_code, str(error.reason_code.value))
    if what == "present":
        column = str(error.failure_cases)
    key: Key = (column, what)
    if error.check_index is not None:
        key = (None, error.check_index) if column is None else of(column, error.check_index)
    if error.reason_code == SchemaErrorReason.CHECK_ERROR:
        name = type(error.__cause__ or error).__name__
        tally.errors[key] = f"The check raised an exception ({name})."
    elif isinstance(error.failure_cases, pl.DataFrame) and error.check_output is not None:
        kept = error.check_output.to_series(-1)
        tally.add(key, ~kept, rows if rows is not None and len(rows) == len(kept) else None)
    else:
        tally.refused[key] = "pandera refuses it as a whole."


def _validate_whole(
    schema: pa.DataFrameSchema,
    columns: Mapping[str, str],
    con: duckdb.DuckDBPyConnection,
    tally: Tally,
) -> None:
    """Run what looks at whole columns: uniqueness, and the checks of the suite's own making."""
    for name, column in schema.columns.items():
        if name not in columns:
            continue
        for check in (c for c in column.checks if c.name == "mostly_unique"):
            alone = pa.DataFrameSchema({name: pa.Column(checks=_row_check(check), nullable=True)})
            _count_keys(alone, {name: columns[name]}, con, tally)
        if column.unique:
            alone = pa.DataFrameSchema({name: pa.Column(unique=True, nullable=True)})
            _count_keys(alone, {name: columns[name]}, con, tally)
        places = [k for k, c in enumerate(column.checks) if _needs_whole(c)]
        if places:
            of = {c: sql for c, sql in columns.items() if c in {name, f"{name}·elapsed"}}
            frame = con.sql(select(of, from_=ident(TABLE))).pl()
            checks = [_counted(column.checks[k]) for k in places]
            alone = pa.DataFrameSchema({name: pa.Column(nullable=True, checks=checks)})
            typed = _as_declared(frame, schema, Tally())
            _count(alone, typed, partial(_placed, {name: places}), tally, None)
    together = {name: columns[name] for name in schema.unique or () if name in columns}
    if len(together) < len(schema.unique or ()):
        tally.refused[None, "unique"] = "Production lacks a column of the key."
    elif together:
        alone = pa.DataFrameSchema(
            {name: pa.Column(nullable=True) for name in together}, unique=[*together]
        )
        _count_keys(alone, together, con, tally)
    if schema.checks:
        # Rows are counted without their cells.
        needed = columns and any(check.name != "rows_between" for check in schema.checks)
        cells = columns if needed else {_ROW: "TRUE"}
        frame = _as_declared(con.sql(select(cells, from_=ident(TABLE))).pl(), schema, Tally())
        checks = [_counted(check) for check in schema.checks]
        _count(pa.DataFrameSchema(checks=checks), frame, lambda c, k: (c, k), tally, None)


def _count_keys(
    schema: pa.DataFrameSchema,
    cells: Mapping[str, str],
    con: duckdb.DuckDBPyConnection,
    tally: Tally,
) -> None:
    """Ask pandera of the uniqueness of whole keys, in parts that share no key.

    Keys of which a part is missing are not asked: pandera would call two of them equal.
    """
    read = select({_ROW: ROW} | dict(cells), from_=ident(TABLE))
    there = and_(*(f"{ident(c)} IS NOT NULL" for c in cells))
    parts = max(1, math.ceil(tally.rows / PART_ROWS))
    key: Key = (next(iter(cells)) if len(cells) == 1 else None, "unique")
    for part in range(parts):
        mine = f"hash({', '.join(map(ident, cells))}) % {parts} = {part}" if parts > 1 else ""
        frame = con.sql(f"SELECT * FROM ({read}) WHERE {and_(there, mine)}").pl()
        tally.checked[key] += frame.height
        _count(schema, frame.select(list(cells)), lambda c, _: (c, "unique"), tally, frame[_ROW])


def _needs_whole(check: pa.Check) -> bool:
    return check.name not in BY_ROW | {"mostly_parsed", "mostly_unique"}
