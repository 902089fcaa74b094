"""What became of a suite: one frozen value, whichever library ran it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ExpectationResult", "SuiteResult"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectationResult:
    """One expectation. `result` is pass, fail, error or not_applicable.

    `share_limit` is the share of the rows checked that may fail, in [0, 1]. `where` is true
    for exactly the failing rows of the extract; None where no predicate can be derived.
    `rows_hash` is the XOR of the failing rows' hashes, where whoever judged could tell which
    they are: two results with the same one speak of the same rows. `failing_since` is the
    clock of the first run of the unbroken row of runs in which it failed, this one last, and
    `rows_failed_before` what the run before counted. `measured` is the number that an expectation
    about the table as a whole bounds, where who judged told it.
    """

    expectation: str
    column: str | None
    result: str
    message: str
    rows_failed: int | None = None
    rows_checked: int | None = None
    limit: str = ""
    limit_origin: str = ""
    where: str | None = None
    sql: str | None = None
    severity: str = "warn"
    share_limit: float | None = None
    rows_hash: str | None = None
    failing_since: str = ""
    rows_failed_before: int | None = None
    measured: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteResult:
    """One suite as its own library ran it on the full extract."""

    library: str
    library_version: str
    suite: str
    suite_sha256: str
    results: tuple[ExpectationResult, ...]
    error: str = ""
