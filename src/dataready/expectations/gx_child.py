"""The child process in which Great Expectations runs: JSON on standard input and output.

It opens the extract read-only, offers its typed values as a table, and answers counts and
verdicts alone: no value of the data, and no text of an exception, leaves it. Great
Expectations is imported late: to look at this module is cheap.
"""

from __future__ import annotations

import json
import re
import sys
from contextlib import redirect_stdout
from typing import Any
from urllib.parse import quote

__all__ = ["EXCEPTION", "main"]

ROWS = "dataready_rows"
# Without these, GX fetches a result after its connection went back to the pool.
_ENGINE = {
    "pool_reset_on_return": None,
    "isolation_level": "AUTOCOMMIT",
    "skip_autocommit_rollback": True,
}
EXCEPTION = re.compile(r"^([A-Za-z_][\w.]*(?:Error|Exception))(?::|$)", re.MULTILINE)
"""The lines of a traceback that name an exception, not those that quote code or data."""
_COUNTS = ("element_count", "missing_count", "unexpected_count", "observed_value")


def main() -> None:
    """Read a request, run its expectations, write the answer."""
    request = json.load(sys.stdin)
    # Great Expectations prints; the answer must stand alone.
    with redirect_stdout(sys.stderr):
        import great_expectations as gx

        answer = {"version": gx.__version__, "results": _run(request)}
    json.dump(answer, sys.stdout)


def _run(request: dict[str, Any]) -> list[dict[str, Any]]:
    import great_expectations as gx
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    batch = _batch(request)
    suite = gx.ExpectationSuite(name="suite")
    found: dict[int, dict[str, Any]] = {}
    for k, config in enumerate(request["expectations"]):
        try:
            made = ExpectationConfiguration(**config, meta={"position": k})
            suite.add_expectation(made.to_domain_obj())
        except Exception as e:  # noqa: BLE001  one that GX does not know spares the others
            found[k] = {"error": type(e).__name__}
    found |= dict(_validated(batch, suite))
    return [found.get(k, {"error": "no result"}) for k in range(len(request["expectations"]))]


def _batch(request: dict[str, Any]) -> Any:  # noqa: ANN401
    import great_expectations as gx
    import sqlalchemy

    context = gx.get_context(mode="ephemeral")
    options = {
        "access_mode": "read_only",
        "temp_directory": request["temp"],
        "memory_limit": request["memory_limit"],
        "enable_external_access": "false",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "lock_configuration": "true",
    }
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in options.items())
    url = f"duckdb:///{quote(request['extract'])}?{query}"
    source = context.data_sources.add_sql(
        "extract",
        connection_string=url,
        kwargs=_ENGINE,  # type: ignore[call-arg]
    )

    def offer_rows(connection: Any, _record: object) -> None:  # noqa: ANN401
        # Read once, asked many times. A read-only file can have temporary tables.
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {ROWS} AS {request['select']}")

    # On the class: GX makes an engine for itself beside the one that tried the connection.
    sqlalchemy.event.listen(sqlalchemy.Engine, "connect", offer_rows)
    asset = source.add_query_asset("rows", query=f"SELECT * FROM {ROWS}")
    return asset.add_batch_definition_whole_table("all").get_batch()


def _validated(batch: Any, suite: Any) -> list[tuple[int, dict[str, Any]]]:  # noqa: ANN401
    try:
        results = batch.validate(suite, result_format="BASIC").results
        return [(r.expectation_config.meta["position"], _answer(r)) for r in results]
    except Exception:  # noqa: BLE001  one expectation must not lose the run
        return [(e.meta["position"], _alone(batch, e)) for e in suite.expectations]


def _alone(batch: Any, expectation: Any) -> dict[str, Any]:  # noqa: ANN401
    try:
        return _answer(batch.validate(expectation, result_format="BASIC"))
    except Exception as e:  # noqa: BLE001
        return {"error": type(e).__name__}


def _answer(result: Any) -> dict[str, Any]:  # noqa: ANN401
    raised = _raised(result.exception_info or {})
    if raised:
        return {"error": raised}
    counts = {name: result.result.get(name) for name in _COUNTS}
    whole = {k: int(v) for k, v in counts.items() if isinstance(v, int)}
    return {"success": bool(result.success), **whole}


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
