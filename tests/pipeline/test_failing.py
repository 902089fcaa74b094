"""Failing rows: all of them by their keys, what they break together, and how they look."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from tests.expectations.table import extract_of

from dataready.model import Finding, Severity
from dataready.pipeline.failing import Together, secret_of, with_looks, write_failing

COLUMNS = """
    CASE WHEN i <> 3 THEN 'K-' || i END AS id, 'ada' || i || '@example.com' AS email,
    i || ' days' AS wait, i AS n
"""
NONE: Mapping[str, str] = {}


def finding(where: str, column: str = "n", detector: str = "expectation") -> Finding:
    """An expectation on a column that some rows break."""
    return Finding(
        dimension="expectation",
        detector=detector,
        severity=Severity.WARN,
        table="t",
        column=column,
        message=f"{detector} '{where}' is not met.",
        rows_affected=1,
        where=where,
    )


def written(
    folder: Path,
    findings: Collection[Finding],
    key: Sequence[str] = (),
    personal: Collection[str] = (),
) -> tuple[list[dict[str, Any]], tuple[Together, ...]]:
    """Write the failing rows of a table of 20; answer them, and what is broken together."""
    path = folder / "t.duckdb"
    extract = extract_of(path, COLUMNS, 20)
    out = folder / "failing.parquet"
    more: dict[str, Any] = {"key": key, "personal": personal, "secret": "x" * 64}
    together = write_failing(out, extract, findings, attached=NONE, **more)
    path.unlink()
    return pq.read_table(out).to_pylist(), together


def test_every_failing_row_has_its_key_and_only_those_without_one_a_number(tmp_path: Path) -> None:
    """Of each expectation; what other findings say is not told here."""
    rules = [finding("n < 5"), finding("n < 2"), finding("n > 0", detector="sentinel")]
    rows, _ = written(tmp_path, rules, key=("id",))
    of = [row for row in rows if row["finding"] == rules[0].id]
    assert sorted(r["key"][0] for r in of if r["key"]) == ["K-0", "K-1", "K-2", "K-4"]
    assert [r["row"] for r in of if not r["key"]] == [3]
    assert len(rows) == 5 + 2


def test_without_a_key_rows_go_by_their_numbers(tmp_path: Path) -> None:
    """As they stand in their file."""
    rows, _ = written(tmp_path, [finding("n < 2")])
    assert [(r["key"], r["row"]) for r in rows] == [(None, 0), (None, 1)]


def test_personal_keys_are_hashed_with_a_secret(tmp_path: Path) -> None:
    """The same key has the same hash; another secret, another one."""
    rules = [finding("n < 2"), finding("n < 1")]
    rows, _ = written(tmp_path, rules, key=("email",), personal=("email",))
    hashes = [r["key"][0] for r in rows]
    assert len(set(hashes)) == 2
    assert all(len(h) == 64 for h in hashes)
    assert "ada" not in repr(rows)


def test_expectations_broken_by_the_same_rows_are_counted(tmp_path: Path) -> None:
    """Sets of two or more, most rows first."""
    one, two, three = finding("n < 9"), finding("n < 6"), finding("n < 2")
    _, together = written(tmp_path, [one, two, three])
    assert together == (
        Together((one.id, two.id), 4),
        Together((one.id, two.id, three.id), 2),
    )


def test_nothing_failed_is_an_empty_file(tmp_path: Path) -> None:
    """So that who reads it need not ask whether it is there."""
    assert written(tmp_path, [], key=("id",)) == ([], ())


def test_cells_are_shown_by_their_looks(tmp_path: Path) -> None:
    """Never by their values, not at all where they are personal, and not for a handful of rows."""
    extract = extract_of(tmp_path / "t.duckdb", COLUMNS, 20)
    asked = [finding("n < 9", "wait"), finding("n < 9", "email"), finding("n < 3", "wait")]
    looked = with_looks(asked, extract, names=NONE, personal={"email"}, attached=NONE)
    assert [f.examples for f in looked] == [("9 a",), (), ()]


def test_the_secret_is_made_once_and_for_its_owner(tmp_path: Path) -> None:
    """Hashes of one night can be compared with those of another."""
    first = secret_of(tmp_path / "runs")
    assert secret_of(tmp_path / "runs") == first
    assert len(first) == 64
    assert (tmp_path / "runs" / ".key").stat().st_mode & 0o777 == 0o600
