"""pandera: its checks with tolerance, and a suite run by pandera itself on the full extract.

Rows stream through pandera in batches. A check that looks at rows alone is counted batch by
batch and judged at the end; what looks at a whole column (uniqueness, a custom check) is
not: uniqueness is counted by SQL over the full extract, custom checks see whole columns.
"""

from __future__ import annotations

import copy
import importlib.util
import re
import sys
import uuid
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pandera
import pandera.extensions
import pandera.polars as pa
import polars as pl
from pandera.api.polars.types import PolarsData
from pandera.config import ValidationDepth, config_context
from pandera.errors import SchemaErrorReason, SchemaErrors

from dataready.errors import ExpectationError
from dataready.expectations.pandera_module import write_pandera
from dataready.expectations.pandera_result import Tally, declared_type, number, results
from dataready.expectations.predicate import Reader
from dataready.expectations.result import ExpectationResult, SuiteResult
from dataready.expectations.verdict import sha256_of
from dataready.extract.manifest import Extract
from dataready.model import TABLE
from dataready.profile.plan import Plan
from dataready.sql import ident, select
from dataready.warehouse.connection import connect

__all__ = ["LIBRARY", "run_pandera", "write_pandera"]

LIBRARY = "pandera"
BATCH_ROWS = 200_000


def _share_kept(data: PolarsData, kept: pl.Expr, share: float | None) -> pl.LazyFrame | bool:
    """Judge a column by the share of its values that keep a rule; None: row by row."""
    rows = data.lazyframe.select(kept.alias(data.key))
    if share is None:
        return rows
    mean = rows.select(pl.col(data.key).mean()).collect().item()
    return mean is None or bool(mean >= share - 1e-12)


def mostly_filled(data: PolarsData, *, share: float | None) -> pl.LazyFrame | bool:
    """At least this share of the rows have a value."""
    return _share_kept(data, pl.col(data.key).is_not_null(), share)


def mostly_parsed(data: PolarsData, *, share: float | None) -> bool:  # noqa: ARG001
    """At least this share of the cells can be read: in a typed frame, all that are there."""
    return True


def mostly_between(
    data: PolarsData, *, low: float, high: float, share: float | None
) -> pl.LazyFrame | bool:
    """At least this share of the values lie between two bounds, both included."""
    return _share_kept(data, pl.col(data.key).is_between(low, high), share)


def mostly_isin(
    data: PolarsData, *, values: Sequence[object], share: float | None
) -> pl.LazyFrame | bool:
    """At least this share of the values are known."""
    return _share_kept(data, pl.col(data.key).is_in(list(values)), share)


def mostly_format(
    data: PolarsData, *, formats: Sequence[str], share: float | None
) -> pl.LazyFrame | bool:
    """At least this share of the values have a known format: "AB-12 c" has "a-9 a"."""
    shape = pl.col(data.key)
    for pattern, sign in ((r"\p{Nd}+", "9"), (r"\p{L}+", "a"), (r"[\t\n\f\r ]+", " ")):
        shape = shape.str.replace_all(pattern, sign)
    return _share_kept(data, shape.is_in(list(formats)), share)


def mostly_long(
    data: PolarsData, *, shortest: int, longest: int, share: float | None
) -> pl.LazyFrame | bool:
    """At least this share of the texts have a number of characters between two bounds."""
    return _share_kept(data, pl.col(data.key).str.len_chars().is_between(shortest, longest), share)


def mostly_unique(data: PolarsData, *, share: float | None) -> pl.LazyFrame | bool:
    """At least this share of the values occur once."""
    cell = pl.col(data.key)
    return _share_kept(data, pl.when(cell.is_not_null()).then(cell.is_unique()), share)


def _register() -> None:
    """Offer the checks as `pa.Field(mostly_...={...})`; pandera refuses a name twice."""
    for check, statistics in (
        (mostly_filled, ["share"]),
        (mostly_parsed, ["share"]),
        (mostly_between, ["low", "high", "share"]),
        (mostly_isin, ["values", "share"]),
        (mostly_format, ["formats", "share"]),
        (mostly_long, ["shortest", "longest", "share"]),
        (mostly_unique, ["share"]),
    ):
        if not hasattr(pa.Check, check.__name__):
            pandera.extensions.register_check_method(check, statistics=statistics)


_register()

_BY_ROW = frozenset(
    """equal_to not_equal_to greater_than greater_than_or_equal_to less_than less_than_or_equal_to
    in_range isin notin str_matches str_contains str_startswith str_endswith str_length
    mostly_filled mostly_between mostly_isin mostly_format mostly_long""".split()  # noqa: SIM905
)
"""Checks whose verdict on a row does not depend on other rows."""
_WHAT = {
    SchemaErrorReason.COLUMN_NOT_IN_DATAFRAME: "present",
    SchemaErrorReason.WRONG_DATATYPE: "type",
    SchemaErrorReason.DATATYPE_COERCION: "type",
    SchemaErrorReason.SERIES_CONTAINS_NULLS: "not_null",
    SchemaErrorReason.SERIES_CONTAINS_DUPLICATES: "unique",
}


def run_pandera(
    path: Path, extract: Extract, plan: Plan, names: Mapping[str, str], *, trust: bool
) -> SuiteResult:
    """Let pandera validate the full extract against a suite.

    Args:
        path: A Python module with `DataFrameModel`s, or a YAML file of a `DataFrameSchema`.
        extract: Production's.
        plan: How the pilot reads its columns.
        names: Pilot column -> production's, where they differ.
        trust: Whether a Python module may run.

    Raises:
        ExpectationError: The suite is not trusted, or cannot be understood.
        WarehouseError: The extract cannot be read.
    """
    reader = Reader(plan, extract.manifest.schema, names)
    found: list[ExpectationResult] = []
    with warnings.catch_warnings(), connect(extract.path, read_only=True) as con:
        # pandera's warnings quote values.
        warnings.simplefilter("ignore")
        for schema in (_expanded(s, reader) for s in _schemas(path, trust=trust)):
            tally = _validate(schema, reader, con)
            found += results(schema, reader, con, tally)
    return SuiteResult(
        library=LIBRARY,
        library_version=pandera.__version__,
        suite=path.name,
        suite_sha256=sha256_of(path),
        results=tuple(found),
    )


def _schemas(path: Path, *, trust: bool) -> list[pa.DataFrameSchema]:
    if path.suffix in {".yaml", ".yml"}:
        text = path.read_text(encoding="utf-8")
        try:
            return [pa.DataFrameSchema.from_yaml(text)]
        except Exception as e:  # noqa: BLE001  pandera raises many kinds
            msg = f"'{path.name}' is no pandera schema in YAML ({type(e).__name__})."
            raise ExpectationError(msg) from None
    if not trust:
        msg = (
            f"'{path.name}' is a Python module, and it was not run: 'trust' is false. Read it, "
            "then set 'suites: trust: true' in the settings."
        )
        raise ExpectationError(msg)
    found = _load(path)
    if not found:
        msg = f"'{path.name}' holds no pandera.polars DataFrameModel and no DataFrameSchema."
        raise ExpectationError(msg)
    return found


def _load(path: Path) -> list[pa.DataFrameSchema]:
    name = f"dataready_suite_{uuid.uuid4().hex}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        msg = f"'{path.name}' is neither a Python module (.py) nor YAML (.yaml)."
        raise ExpectationError(msg)
    module = importlib.util.module_from_spec(spec)
    # Annotations are looked up in the module by its name.
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
        own = [v for v in vars(module).values() if getattr(v, "__module__", None) == name]
        models = [v for v in own if isinstance(v, type) and issubclass(v, pa.DataFrameModel)]
        leaves = [m for m in models if not any(o is not m and issubclass(o, m) for o in models)]
        schemas = [v for v in vars(module).values() if isinstance(v, pa.DataFrameSchema)]
        return [m.to_schema() for m in leaves] + schemas
    except (Exception, SystemExit) as e:  # noqa: BLE001  it is foreign code
        msg = f"'{path.name}' raised {type(e).__name__} when it was loaded; run it with Python."
        raise ExpectationError(msg) from None
    finally:
        del sys.modules[name]


def _expanded(schema: pa.DataFrameSchema, reader: Reader) -> pa.DataFrameSchema:
    """Write a column that names a pattern once for each column that it matches."""
    made = copy.deepcopy(schema)
    made.columns = {}
    for name, column in schema.columns.items():
        matched = [c for c in reader.columns if column.regex and re.fullmatch(name, c)]
        for own in matched or [name]:
            made.columns[own] = copy.deepcopy(column)
            made.columns[own].name, made.columns[own].regex = own, False
    return made


def _validate(schema: pa.DataFrameSchema, reader: Reader, con: duckdb.DuckDBPyConnection) -> Tally:
    tally = Tally()
    by_row, places = _row_schema(schema)
    named = dict.fromkeys((*schema.columns, *(schema.unique or ())))
    wanted = reader.columns if schema.strict is True else tuple(named)
    columns = {name: _cell(name, schema, reader) for name in wanted if name in reader}
    # A table without the suite's columns still has rows, and pandera says what it lacks.
    sql = select(columns or {"rows": "1"}, from_=ident(TABLE))
    for frame in _frames(con, sql):
        typed = _as_declared(frame.select(list(columns)), schema, tally)
        tally.rows += frame.height
        tally.values.update({c.name: len(c) - c.null_count() for c in typed})
        _count(by_row, typed, places, tally)
    _validate_whole(schema, columns, con, tally)
    return tally


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


def _as_declared(frame: pl.DataFrame, schema: pa.DataFrameSchema, tally: Tally) -> pl.DataFrame:
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
        if numbers:
            lost |= (cast.cast(column.dtype) != column).fill_null(value=False)
        tally.failed[column.name, "type"] += int(lost.sum())
        frame = frame.with_columns(cast)
    return frame


def _row_schema(schema: pa.DataFrameSchema) -> tuple[pa.DataFrameSchema, dict[str, list[int]]]:
    """Keep what judges rows alone; say where each check kept stands in the suite."""
    twin = copy.deepcopy(schema)
    # Casting is done before; pandera's raises where a column is absent.
    twin.checks, twin.unique, twin.coerce = [], None, False
    places: dict[str, list[int]] = {}
    for name, column in twin.columns.items():
        column.unique, column.coerce = False, False
        places[name] = [k for k, check in enumerate(column.checks) if check.name in _BY_ROW]
        column.checks = [_row_check(column.checks[k]) for k in places[name]]
    return twin, places


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
    places: Mapping[str, Sequence[int]],
    tally: Tally,
) -> None:
    """Validate one frame and add up what pandera found."""
    try:
        with config_context(validation_depth=ValidationDepth.SCHEMA_AND_DATA):
            schema.validate(frame, lazy=True)
    except SchemaErrors as e:
        for error in e.schema_errors:
            _add(error, places, tally)


def _add(error: Any, places: Mapping[str, Sequence[int]], tally: Tally) -> None:  # noqa: ANN401
    is_table = isinstance(error.schema, pa.DataFrameSchema)
    column = None if is_table else error.schema.name
    what: str | int = _WHAT.get(error.reason_code, str(error.reason_code.value))
    if what == "present":
        column = str(error.failure_cases)
    if error.check_index is not None:
        found = places.get(column or "")
        what = found[error.check_index] if found else error.check_index
    key = (column, what)
    if error.reason_code == SchemaErrorReason.CHECK_ERROR:
        name = type(error.__cause__ or error).__name__
        tally.errors[key] = f"The check raised an exception ({name})."
    elif isinstance(error.failure_cases, pl.DataFrame) and error.check_output is not None:
        tally.failed[key] += int((~error.check_output.to_series()).sum())
    else:
        tally.refused[key] = "pandera refuses it as a whole."


def _validate_whole(
    schema: pa.DataFrameSchema,
    columns: Mapping[str, str],
    con: duckdb.DuckDBPyConnection,
    tally: Tally,
) -> None:
    """Run the checks of the suite's own making, each on whole columns."""
    for name, column in schema.columns.items():
        places = [k for k, c in enumerate(column.checks) if _needs_whole(c)]
        if not places or name not in columns:
            continue
        sql = select({name: columns[name]}, from_=ident(TABLE))
        frame = _as_declared(con.sql(sql).pl(), schema, Tally())
        checks = [_counted(column.checks[k]) for k in places]
        alone = pa.DataFrameSchema({name: pa.Column(nullable=True, checks=checks)})
        _count(alone, frame, {name: places}, tally)
    together = [columns.get(name) for name in schema.unique or ()]
    if None in together:
        tally.refused[None, "unique"] = "Production lacks a column of the key."
    elif together:
        rows = f"SELECT count(*) AS n FROM {ident(TABLE)} GROUP BY {', '.join(map(str, together))}"
        sql = f"SELECT coalesce(sum(n) FILTER (n > 1), 0)::BIGINT FROM ({rows})"
        tally.failed[None, "unique"] = number(con, sql)
    if schema.checks and columns:
        frame = _as_declared(con.sql(select(columns, from_=ident(TABLE))).pl(), schema, Tally())
        checks = [_counted(check) for check in schema.checks]
        _count(pa.DataFrameSchema(checks=checks), frame, {}, tally)


def _needs_whole(check: pa.Check) -> bool:
    return check.name not in _BY_ROW | {"mostly_parsed", "mostly_unique"}
