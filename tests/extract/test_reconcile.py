"""Holding what landed against what a source said, without any server."""

from __future__ import annotations

import duckdb
import pytest

from dataready.errors import ReconciliationError
from dataready.extract.reconcile import compare, reconcile
from dataready.sources import Reading
from dataready.sources.source import Figure

SUM = Figure(column=0, what="sum", expected="6", sql="sum({})", shown=True)
LEAST = Figure(column=0, what="smallest value", expected="1", sql="min({})")
DIGEST = Figure(column=1, what="checksum", expected="6", sql="{}", shown=True,
                digest=lambda a: sum(len(v.as_py()) for v in a))  # fmt: skip


@pytest.fixture
def con():
    """Three rows that landed."""
    with duckdb.connect() as con:
        con.execute("CREATE TABLE data AS SELECT * FROM (VALUES (1, 'a', 0), (2, NULL, 0), "
                    "(3, 'secret'[:5], 0)) AS t(n, t, _dataready_file)")  # fmt: skip
        yield con


def reading(*figures, records=3, present=(3, 2)):
    """Answer what a source says."""
    return Reading(
        select="", records=records, counted="counted", present=present, figures=figures
    )  # fmt: skip


def test_all_that_agrees_is_said(con):
    """Counts and figures, each in their number."""
    said = reconcile(con, 0, "t", reading(SUM, LEAST, DIGEST), ["n", "t"])
    assert said == (
        "'t': 3 records counted, 3 rows landed; the non-null counts of 2 columns agree; "
        "3 figures of their values agree."
    )


@pytest.mark.parametrize(
    ("figure", "present", "words"),
    [
        (SUM, (3, 1), "column 't': 1 values in the source, 2 landed"),
        (Figure(column=0, what="sum", expected="7", sql="sum({})", shown=True), (3, 2),
         "column 'n': sum 7 in the source, 6 landed"),
        (Figure(column=1, what="smallest value", expected="b", sql="min({})"), (3, 2),
         "column 't': another smallest value"),
        (Figure(column=1, what="checksum", expected="9", sql="{}", digest=len, shown=True),
         (3, 2), "column 't': checksum 9 in the source, 2 landed"),
        (Figure(column=0, what="sum", expected=None, sql="sum({})"), (3, 2), "another sum"),
    ],
)  # fmt: skip
def test_each_difference_is_listed_by_column(con, figure, present, words):
    """Values of the data are not shown, counts and sums are."""
    with pytest.raises(ReconciliationError, match="not what the source holds") as caught:
        reconcile(con, 0, "t", reading(figure, present=present), ["n", "t"])
    assert words in str(caught.value)
    assert "secre" not in str(caught.value)


def test_hashed_and_absent_columns_are_only_counted(con):
    """Of a hash, no figure of the value can be had."""
    wrong = Figure(column=1, what="checksum", expected="9", sql="{}", digest=len)
    found = compare(con, "data", reading(SUM, wrong), ["n", "t"], frozenset({"t"}))
    assert (found.counts, found.figures, found.differences) == (2, 1, ())
    found = compare(con, "data", reading(SUM, wrong), ["n", None])
    assert (found.counts, found.figures, found.differences) == (1, 1, ())


def test_rows_too_many_or_too_few(con):
    """The count comes first, and the columns that differ with it."""
    with pytest.raises(ReconciliationError, match=r"has 4 records .* but 3 rows"):
        reconcile(con, 0, "t", reading(SUM, records=4), ["n", "t"])


def test_heavy_rows_are_read_a_few_at_a_time():
    """Texts of any length, without filling the memory; their sum is that of all."""
    read = []

    def weigh(values):
        read.append(values.nbytes)
        return len(values)

    figure = Figure(column=0, what="checksum", expected="4096", sql="{}", digest=weigh)
    with duckdb.connect() as con:
        con.execute(
            "CREATE TABLE data AS SELECT repeat('x', 20000) || i AS t FROM range(4096) r(i)"
        )
        found = compare(con, "data", reading(figure, records=4096, present=(4096,)), ["t"])
    assert found.differences == ()
    assert max(read) < 33 << 20


def test_light_rows_are_read_many_at_a_time():
    """Batches are put together: nothing is lost between them, and there are few."""
    read = []

    def digest(values):
        read.append(len(values))
        return sum(values.to_pylist())

    figure = Figure(column=0, what="checksum", expected=str(sum(range(200_000))), sql="{}",
                    digest=digest)  # fmt: skip
    with duckdb.connect() as con:
        con.execute("CREATE TABLE data AS SELECT i AS n, repeat('x', i % 2) AS t "
                    "FROM range(200_000) r(i)")  # fmt: skip
        found = compare(con, "data", reading(figure, present=()), ["n"])
    assert (found.differences, len(read)) == ((), 7)
