"""The child process in which Great Expectations runs: a line of JSON in, a line out, until the end.

It opens the extract read-only, offers its typed values as a table, and answers counts and
verdicts alone: no value of the data, and no text of an exception, leaves it. Great
Expectations is imported late: to look at this module is cheap.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout
from typing import Any
from urllib.parse import quote

from dataready.expectations.gx_page import page_of
from dataready.sql import ident

__all__ = ["EXCEPTION", "main"]

ROWS = "dataready_rows"
_ALL = f"SELECT * FROM {ROWS}"
# Without these, GX fetches a result after its connection went back to the pool.
_ENGINE = {
    "pool_reset_on_return": None,
    "isolation_level": "AUTOCOMMIT",
    "skip_autocommit_rollback": True,
}
EXCEPTION = re.compile(r"^([A-Za-z_][\w.]*(?:Error|Exception))(?::|$)", re.MULTILINE)
"""The lines of a traceback that name an exception, not those that quote code or data."""
_LOCK = ("SET enable_external_access = false", "SET lock_configuration = true")
_COUNTS = ("element_count", "missing_count", "unexpected_count", "observed_value")


def main() -> None:
    """Read requests, run their expectations, write the answers."""
    answers = sys.stdout
    # Great Expectations prints; answers must stand alone.
    with redirect_stdout(sys.stderr):
        import great_expectations as gx

        for line in iter(sys.stdin.readline, ""):
            answer = {"version": gx.__version__, **_run(json.loads(line))}
            answers.write(json.dumps(answer) + "\n")
            answers.flush()


def _run(request: dict[str, Any]) -> dict[str, Any]:
    import great_expectations as gx
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    with _batches(request) as (own, rows):
        # What is asked of the table itself must not see the columns that we offer beside it.
        suites = {k: (b, gx.ExpectationSuite(request["name"])) for k, b in enumerate((rows, own))}
        found: dict[int, dict[str, Any]] = {}
        for k, config in enumerate(request["expectations"]):
            try:
                made = ExpectationConfiguration(**config, meta={"position": k})
                of_table = config["type"].startswith("expect_table_column")
                suites[of_table][1].add_expectation(made.to_domain_obj())
            except Exception as e:  # noqa: BLE001  one that GX does not know spares the others
                found[k] = {"error": type(e).__name__}
        said: list[Any] = []
        for batch, suite in suites.values():
            if suite.expectations:
                found |= dict(_validated(batch, suite, request.get("rows"), said))
    results = [found.get(k, {"error": "no result"}) for k in range(len(request["expectations"]))]
    return {"results": results, "page": page_of(said) if request.get("page") else ""}


@contextmanager
def _batches(request: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    """Open the extract, and close it whatever happens: others wait for its file."""
    import great_expectations as gx

    context = gx.get_context(mode="ephemeral")
    options = {
        "access_mode": "read_only",
        "temp_directory": request["temp"],
        "memory_limit": request["memory_limit"],
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in options.items())
    url = f"duckdb:///{quote(request['extract'])}?{query}"
    opened: list[Any] = []

    def lock(connection: Any, _record: object) -> None:  # noqa: ANN401
        if not opened:
            # For all connections: they share the database, and its settings once locked.
            for statement in (*request["attach"], *_LOCK):
                connection.execute(statement)
        opened.append(connection)

    def offer_rows(connection: Any, _record: object) -> None:  # noqa: ANN401
        # Read once, asked many times. A read-only file can have temporary tables.
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {ROWS} AS {request['select']}")

    columns = ", ".join(map(ident, request["columns"]))
    queries = {"own": f"SELECT {columns or 1} FROM {ROWS}", "rows": _ALL}
    with _listening(lock), ExitStack() as later:
        later.callback(lambda: [connection.close() for connection in opened])
        source = context.data_sources.add_sql(
            "extract",
            connection_string=url,
            kwargs=_ENGINE,  # type: ignore[call-arg]
        )
        # GX makes an engine for itself beside the one that tried the connection.
        with _listening(offer_rows):
            assets = [source.add_query_asset(name, query=query) for name, query in queries.items()]
            own, rows = (a.add_batch_definition_whole_table("all").get_batch() for a in assets)
            yield own, rows


@contextmanager
def _listening(told: Callable[[Any, object], None]) -> Iterator[None]:
    """Have a function told of every connection: on the class, as GX makes its engines itself."""
    import sqlalchemy

    sqlalchemy.event.listen(sqlalchemy.Engine, "connect", told)
    try:
        yield
    finally:
        sqlalchemy.event.remove(sqlalchemy.Engine, "connect", told)


def _validated(
    batch: Any,  # noqa: ANN401
    suite: Any,  # noqa: ANN401
    row: str | None,
    said: list[Any],
) -> list[tuple[int, dict[str, Any]]]:
    """Answer each expectation's position and result; what GX itself says is added to `said`."""
    shape: Any = "BASIC"
    if row is not None:
        shape = {"result_format": "COMPLETE", "unexpected_index_column_names": [row]}
    try:
        whole = batch.validate(suite, result_format=shape)
        results = whole.results
        said.append(whole)
        return [(r.expectation_config.meta["position"], _answer(batch, r, row)) for r in results]
    except Exception:  # noqa: BLE001  one expectation must not lose the run
        return [(e.meta["position"], _alone(batch, e)) for e in suite.expectations]


def _alone(batch: Any, expectation: Any) -> dict[str, Any]:  # noqa: ANN401
    try:
        return _answer(batch, batch.validate(expectation, result_format="BASIC"), None)
    except Exception as e:  # noqa: BLE001
        return {"error": type(e).__name__}


def _answer(batch: Any, result: Any, row: str | None) -> dict[str, Any]:  # noqa: ANN401
    raised = _raised(result.exception_info or {})
    if raised:
        return {"error": raised}
    counts = {name: result.result.get(name) for name in _COUNTS}
    whole = {k: int(v) for k, v in counts.items() if isinstance(v, int)}
    query = result.result.get("unexpected_index_query") if row else None
    hashed = {"rows_hash": _hash_of(batch, query, str(row))} if query else {}
    return {"success": bool(result.success), **whole, **hashed}


def _hash_of(batch: Any, query: str, row: str) -> int | None:  # noqa: ANN401
    """XOR the hashes of the rows that Great Expectations' own query lists."""
    import sqlalchemy

    # GX writes it for tables: a query in the table's place lacks the brackets.
    listed = query.replace(f"FROM {_ALL}", f"FROM {ROWS}").rstrip().rstrip(";")
    sql = f"SELECT coalesce(bit_xor({ident(row)}), 0) FROM ({listed})".replace(":", r"\:")
    try:
        return int(batch.data.execution_engine.execute_query(sqlalchemy.text(sql)).scalar())
    except Exception:  # noqa: BLE001  GX leaves parameters out of the queries of keys
        return None


def _raised(info: dict[str, Any]) -> str:
    """Name the exception inside a result; GX keeps one, or one per metric."""
    each = [info] if "raised_exception" in info else [v for v in info.values() if v]
    for one in each:
        if isinstance(one, dict) and one.get("raised_exception"):
            named = EXCEPTION.findall(str(one.get("exception_traceback") or ""))
            return named[-1].rsplit(".", 1)[-1] if named else "an exception"
    return ""


if __name__ == "__main__":
    main()
