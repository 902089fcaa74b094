"""Great Expectations: a suite run by it on the full extract, in a process of its own.

It is slow to import and opens files in its own way, so a child process (`gx_child`) does
both, and waits for the next suite (`gx_process`). What comes back are verdicts and counts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb

from dataready.errors import ExpectationError
from dataready.expectations.gx_child import EXCEPTION
from dataready.expectations.gx_process import lent
from dataready.expectations.gx_suite import rule_of, severity_of, write_gx
from dataready.expectations.predicate import ROW, Reader, attachments
from dataready.expectations.result import ExpectationResult, SuiteResult
from dataready.expectations.rules import MEASURED, WRITTEN, Rule
from dataready.expectations.verdict import judged, measured, sha256_of, unjudged
from dataready.extract.manifest import Extract
from dataready.model import TABLE
from dataready.profile.plan import Plan
from dataready.sql import ident, literal, or_, select

__all__ = ["LIBRARY", "rules_of_gx", "run_gx", "write_gx"]

LIBRARY = "great_expectations"
TIMEOUT_S = 900.0
MEMORY_LIMIT = "1GiB"
"""Of the rows in the child; more is spilled to its temporary folder."""
_ROW = "dataready·row"
_HOLDS = "expect_column_values_to_be_in_set"
_ABSENT = "Production lacks the column."
_REGEX = {
    "expect_column_values_to_match_regex": "regexp_matches({}, {})",
    "expect_column_values_to_not_match_regex": "NOT regexp_matches({}, {})",
}
_TYPED = {
    "expect_column_values_to_be_of_type": "type_",
    "expect_column_values_to_be_in_type_list": "type_list",
}
_IS = {
    "whole": "({0})::DOUBLE = floor(({0})::DOUBLE)",
    "number": "({0}) IS NOT NULL",
    "truth": "lower(trim({0})) IN ('true', 'false', 't', 'f', 'yes', 'no', 'y', 'n', '0', '1')",
    "time": "TRY_CAST(({0}) AS TIMESTAMP) IS NOT NULL",
    "text": "TRUE",
}
"""What a value's text must be for a type; of a number, what was read."""
_FAMILIES = {
    "whole": r"u?(tiny|small|big|huge)?int(eger)?(8|16|32|64)?(type)?|long(type)?|(short|byte)type",
    "number": r"(float|double|decimal|real|numeric)(16|32|64)?(\(.*\))?(type)?|double precision",
    "truth": r"bool(ean)?(type)?",
    "time": r"date|datetime(64)?(\[.*\])?|timestamp(type)?|datetype",
    "text": r"str(ing)?(type)?|object|text|(var)?char(\(.*\))?",
}
"""The names of types in pandas, Spark and SQL."""


def run_gx(
    path: Path,
    extract: Extract,
    plan: Plan,
    names: Mapping[str, str],
    *,
    trust: bool,
    rows: bool = False,
    others: Mapping[str, Extract] | None = None,
    docs: Path | None = None,
    timeout_s: float = TIMEOUT_S,
) -> SuiteResult:
    """Let Great Expectations validate the full extract against a suite.

    No connection to the extract may be open in this process.

    Args:
        path: The JSON of an `ExpectationSuite`.
        extract: Production's.
        plan: How the pilot reads its columns.
        names: Pilot column -> production's, where they differ.
        trust: Whether SQL inside the suite may run.
        rows: Whether to ask which rows failed, by `rows_hash`; it costs more.
        others: The extracts that references lead to, by dataset.
        docs: A folder for Great Expectations' own page of what it found, readable offline.
        timeout_s: After so many seconds the child is ended.

    Raises:
        ExpectationError: The suite cannot be understood, or the child failed.
    """
    configs = _configs(path)
    reader = Reader.of(extract, plan, names, others)
    refused = [_refusal(config, reader, trust=trust) for config in configs]
    asked = [k for k, reason in enumerate(refused) if not reason]
    offered, wanted = _rows([configs[k] for k in asked], reader)
    request: dict[str, Any] = {"columns": reader.columns, "rows": _ROW if rows else None}
    request |= {"select": offered, "expectations": wanted}
    request |= {"attach": attachments(reader.others), "name": path.stem}
    request |= {"page": docs is not None}
    answer = _ask(path, extract, request, timeout_s)
    if docs is not None and answer["page"]:
        docs.mkdir(parents=True, exist_ok=True)
        page = docs / f"{path.stem}-{sha256_of(path)[:8]}.html"
        page.write_text(answer["page"], encoding="utf-8")
        page.chmod(0o600)
    found = dict(zip(asked, answer["results"], strict=True))
    return SuiteResult(
        library=LIBRARY,
        library_version=str(answer["version"]),
        suite=path.name,
        suite_sha256=sha256_of(path),
        results=tuple(
            _result(config, reader, found.get(k) or {"error": refused[k]}, extract.manifest.rows)
            for k, config in enumerate(configs)
        ),
    )


def rules_of_gx(path: Path, reader: Reader) -> tuple[list[Rule], bool]:
    """Answer the expectations of a suite that the catalogue has, and whether that is all.

    Raises:
        ExpectationError: The suite cannot be understood.
    """
    found = [rule_of(config, reader) for config in _configs(path)]
    rules = [rule for rule in found if rule is not None]
    return rules, len(rules) == len(found)


def _configs(path: Path) -> list[dict[str, Any]]:
    try:
        suite = json.loads(path.read_text(encoding="utf-8"))
        configs = [dict(config) for config in suite["expectations"]]
        for config in configs:
            # Suites of before 1.0 say expectation_type.
            config["type"] = str(config.get("type") or config["expectation_type"])
            config["kwargs"] = dict(config.get("kwargs") or {})
    except (OSError, ValueError, KeyError, TypeError) as e:
        msg = (
            f"'{path.name}' is no suite of Great Expectations: JSON with a list 'expectations', "
            f"each with 'type' and 'kwargs' ({type(e).__name__})."
        )
        raise ExpectationError(msg) from None
    return configs


def _named(config: Mapping[str, Any]) -> list[str]:
    """List the columns that an expectation speaks of."""
    says = config["kwargs"]
    listed = says.get("column_list")
    several = listed if isinstance(listed, list) else []
    return [str(c) for c in (*(says.get(f"column{s}") for s in ("", "_A", "_B")), *several) if c]


def _refusal(config: Mapping[str, Any], reader: Reader, *, trust: bool) -> str:
    """Say why an expectation is not run, or ""."""
    says = config["kwargs"]
    if not trust and any("query" in name for name in says):
        return (
            "It holds SQL, and it was not run: 'trust' is false. Read the suite, then set "
            "'suites: trust: true' in the settings."
        )
    if config["type"] == "expect_column_to_exist":
        return ""
    if not all(_at_hand(*reader.source(c), reader) for c in _named(config)):
        return _ABSENT
    if config["type"] in _REGEX and not _is_pattern(says.get("regex")):
        return "Its regular expression is none that DuckDB understands (RE2)."
    return ""


def _at_hand(column: str, what: str, reader: Reader) -> bool:
    target = what.removeprefix("in·")
    return column in reader and (target == what or reader.reaches(target))


def _is_pattern(regex: object) -> bool:
    try:
        with duckdb.connect() as con:
            con.execute(f"SELECT regexp_matches('', {literal(str(regex))})").fetchall()
    except duckdb.Error:
        return False
    return isinstance(regex, str)


def _rows(configs: list[dict[str, Any]], reader: Reader) -> tuple[str, list[dict[str, Any]]]:
    """Write the SELECT that Great Expectations sees, and what it is asked of it."""
    columns = {_ROW: ROW} | {name: reader.typed(name) for name in reader.columns}
    wanted = []
    for k, config in enumerate(configs):
        for column in _named(config):
            source, what = reader.source(column)
            if what:
                columns[column] = reader.derived(source, what)
        pattern = _REGEX.get(config["type"])
        says = {name: value for name, value in config["kwargs"].items() if name != "batch_id"}
        kind = config["type"]
        if pattern:
            # Great Expectations has no regular expressions on DuckDB; our SELECT has.
            tested, name = says.pop("column"), f"dataready·matches·{k}"
            cell = f"({reader.typed(tested)})::VARCHAR"
            columns[name] = pattern.format(cell, literal(says.pop("regex")))
            kind = _HOLDS
            says |= {"column": name, "value_set": [True]}
        elif families := _families(config):
            # What pandas or a database calls a column is what its cells must read as.
            tested, name = says.pop("column"), f"dataready·type·{k}"
            columns[name] = _reads_as(reader, tested, families)
            kind, says = _HOLDS, {"column": name, "value_set": [True]} | _mostly(says)
        wanted.append({"type": kind, "kwargs": says})
    return select(columns, from_=ident(TABLE)), wanted


def _families(config: Mapping[str, Any]) -> set[str]:
    """The kinds of value that an expectation of types allows; none where a name is unknown."""
    says = config["kwargs"].get(_TYPED.get(config["type"], ""))
    names = says if isinstance(says, list) else [says] if says else []
    known = [
        next((f for f, p in _FAMILIES.items() if re.fullmatch(p, str(n).strip().lower())), "")
        for n in names
    ]
    return set(known) if all(known) else set()


def _reads_as(reader: Reader, column: str, families: set[str]) -> str:
    """Write whether a cell that is there is a value of one of several kinds."""
    text, base = f"{ident(reader.own(column))}::VARCHAR", reader.planned(column).base
    number = reader.value(column) if base == "number" else f"TRY_CAST({text} AS DOUBLE)"
    told = [
        f"coalesce({_IS[f].format(number if f in {'whole', 'number'} else text)}, FALSE)"
        for f in sorted(families)
    ]
    return f"CASE WHEN {reader.there(column)} THEN {or_(*told)} END"


def _mostly(says: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in says.items() if name == "mostly"}


def _ask(path: Path, extract: Extract, request: dict[str, Any], timeout_s: float) -> dict[str, Any]:
    """Ask a child process; what it says on stderr stays unread, but for an exception's name."""
    with lent() as process:
        request |= {
            "extract": str(extract.path.resolve()),
            "temp": process.temp,
            "memory_limit": MEMORY_LIMIT,
        }
        try:
            answer = process.ask(request, timeout_s=timeout_s)
        except ValueError:
            msg = f"Great Expectations gave no answer to '{path.name}'."
            raise ExpectationError(msg) from None
        if answer is None and process.timed_out:
            msg = f"'{path.name}' took more than {timeout_s:g} s in Great Expectations."
            raise ExpectationError(msg)
        if answer is None:
            raise ExpectationError(_last_words(path, process.stderr))
        return answer


def _last_words(path: Path, stderr: str) -> str:
    """Name the exception that ended the child, without its text: it may hold values."""
    named = EXCEPTION.findall(stderr)
    last = named[-1].rsplit(".", 1)[-1] if named else "it named no exception"
    if last in {"ImportError", "ModuleNotFoundError"}:
        return f"Great Expectations cannot be imported ({last}). Install 'great-expectations'."
    return f"Great Expectations ended at '{path.name}' ({last})."


def _result(
    config: dict[str, Any], reader: Reader, answer: Mapping[str, Any], rows: int
) -> ExpectationResult:
    rule = rule_of(config, reader)
    error = answer.get("error")
    element, missing = answer.get("element_count"), answer.get("missing_count") or 0
    checked = rows if element is None else element - missing
    failed = answer.get("unexpected_count") or 0
    if rule is not None:
        if error and error != _ABSENT:
            return unjudged(rule, _said(error))
        if rule.kind in MEASURED:
            found = answer.get("observed_value")
            kept = None if found is None else bool(answer.get("success"))
            return measured(rule, reader, found, kept=kept)
        return judged(
            rule,
            reader,
            failed=failed,
            checked=checked,
            kept=bool(answer.get("success")),
            rows_hash=answer.get("rows_hash") if failed else 0,
        )
    column = next(iter(_named(config)), None)
    made = ExpectationResult(
        expectation=config["type"],
        column=column,
        result="pass" if answer.get("success") else "fail",
        message="It holds." if answer.get("success") else "It does not hold.",
        limit=config["type"],
        limit_origin=(config.get("meta") or {}).get("limit_origin") or WRITTEN,
        severity=severity_of(config).value,
    )
    if error:
        if error == _ABSENT:
            return replace(made, result="not_applicable", message=error)
        return replace(made, result="error", severity="error", message=_said(error))
    return _counted(made, config, answer, checked)


def _said(error: str) -> str:
    return error if " " in error else f"Great Expectations raised {error}."


def _counted(
    made: ExpectationResult, config: Mapping[str, Any], answer: Mapping[str, Any], checked: int
) -> ExpectationResult:
    """Add what Great Expectations counted to an expectation that is no rule."""
    failed = answer.get("unexpected_count")
    if config["type"] == "unexpected_rows_expectation":
        failed = answer.get("observed_value")
    if failed is None:
        return made
    if not checked:
        message = "There are no values to judge."
        return replace(made, result="not_applicable", message=message)
    return replace(
        made,
        message=f"{failed:,} of {checked:,} rows do not keep it." if failed else made.message,
        rows_failed=failed,
        rows_checked=checked,
        share_limit=round(1 - (config["kwargs"].get("mostly") or 1.0), 6),
    )
