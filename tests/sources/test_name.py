"""Tests for `dataready.sources.name`."""

from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from dataready.model import Column
from dataready.sources.name import named, unite
from dataready.sources.parquet import ParquetPart
from dataready.sources.source import NULL_TYPE


def part(*columns):
    """Make a part of which only the columns matter: "name" or ("name", "TYPE")."""
    pairs = [(c, "VARCHAR") if isinstance(c, str) else c for c in columns]
    return ParquetPart(
        name="p",
        path=Path("p"),
        bytes=0,
        sha256="",
        modified_ns=0,
        columns=tuple(Column(n, t, n) for n, t in pairs),
    )


@pytest.mark.parametrize(
    ("header", "names"),
    [
        (["x", "x", "x_2"], ["x", "x_3", "x_2"]),
        (["column1", ""], ["column1", "column1_2"]),
        (["a\0b"], ["a\ufffdb"]),
        (["Ä", "ä"], ["Ä", "ä_2"]),
    ],
)
def test_every_column_has_a_name_of_its_own(header, names):
    """A made name never takes one that the source has elsewhere."""
    columns, _ = named(header, ["VARCHAR"] * len(header))

    assert [c.name for c in columns] == names


def test_exact_names_come_before_spellings():
    """A column unites with its own spelling, though another comes first."""
    columns, _ = named(["B", "b", "A"], ["VARCHAR"] * 3)
    parts = [part("a", "b"), replace(part(), columns=columns)]
    united = unite(parts, duckdb.connect())

    assert [c.name for c in united.columns] == ["a", "b", "B_3"]
    assert united.places == [[0, 1], [2, 1, 0]]


@pytest.mark.parametrize(
    ("first", "second", "type_"),
    [
        ("INTEGER", "BIGINT", "BIGINT"),
        ("DATE", "TIMESTAMP", "TIMESTAMP"),
        ("BOOLEAN", "BIGINT", "VARCHAR"),
        (NULL_TYPE, "DATE", "DATE"),
        ("DATE", NULL_TYPE, "DATE"),
        (NULL_TYPE, NULL_TYPE, "VARCHAR"),
    ],
)
def test_two_types_become_one_that_holds_both(first, second, type_):
    """The wider number or time; else text."""
    united = unite([part(("x", first)), part(("x", second))], duckdb.connect())

    assert united.columns[0].type == type_
