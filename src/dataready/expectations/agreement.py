"""Two engines held against each other: the same verdict and the same rows, or an error."""

from __future__ import annotations

from dataclasses import replace

from dataready.expectations.result import ExpectationResult, SuiteResult

__all__ = ["held_against"]

_Key = tuple[str, str | None, str | None]


def held_against(native: SuiteResult, fast: SuiteResult) -> SuiteResult:
    """Answer what a library said; where our SQL says otherwise, that is an `error`.

    Equal are the verdict, the number of rows that fail and, where both know it, which rows
    these are. Expectations that have no SQL stand as the library judged them.
    """
    said = {_key(result): result for result in fast.results}
    found = []
    for result in native.results:
        other = said.get(_key(result))
        difference = _difference(result, other, native.library) if other else ""
        if difference:
            result = replace(result, result="error", severity="error", message=difference)  # noqa: PLW2901
        found.append(result)
    return replace(native, results=tuple(found))


def _key(result: ExpectationResult) -> _Key:
    return result.expectation, result.column, result.where


def _difference(native: ExpectationResult, fast: ExpectationResult, library: str) -> str:
    if native.result == "error":
        # What could not be evaluated says so itself.
        return ""
    if native.result != fast.result:
        said, other = native.result.replace("_", " "), fast.result.replace("_", " ")
        return f"The engines differ: {library} says '{said}', dataready's SQL '{other}'."
    if native.rows_failed != fast.rows_failed:
        return (
            f"The engines differ: {native.rows_failed or 0:,} rows fail in {library}, "
            f"{fast.rows_failed or 0:,} in dataready's SQL."
        )
    known = native.rows_hash is not None and fast.rows_hash is not None
    if known and native.rows_hash != fast.rows_hash:
        return (
            f"The engines differ: as many rows fail in {library} as in dataready's SQL, "
            "but not the same ones."
        )
    return ""
