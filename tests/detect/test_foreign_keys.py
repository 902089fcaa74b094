"""Tests for `detect.foreign_keys`: references that nobody declared."""

from __future__ import annotations

import random

import duckdb
import pyarrow as pa
import pytest

from dataready.detect.foreign_keys import named_after
from dataready.model import Severity

RANDOM = random.Random(3)  # noqa: S311 - no secret
CODES = sorted(
    {f"{a}{b}{n}" for a in "ABCDEFGH" for b in "KLMN" for n in RANDOM.sample(range(10), 4)}
)
ROWS = 600


def land(path, **columns):
    """Write an extract of another dataset."""
    with duckdb.connect(str(path)) as con:
        con.register("arrow", pa.table({k: list(v) for k, v in columns.items()}))
        con.execute(
            "CREATE TABLE data AS SELECT *, 0 AS _dataready_file,"
            " row_number() OVER () - 1 AS _dataready_row FROM arrow"
        )
    return str(path)


@pytest.fixture
def parts(tmp_path):
    """A dataset of parts with a code each, and a number each."""
    columns = {"code": CODES, "number": range(1, len(CODES) + 1), "note": ["x"] * len(CODES)}
    return {"parts": land(tmp_path / "parts.duckdb", **columns)}


def drawn(values, *more):
    """Draw rows from values, and append some."""
    return [RANDOM.choice(values) for _ in range(ROWS)] + list(more)


def test_a_column_of_another_dataset_s_codes_is_proposed(search, parts):
    """Its name says nothing; orphans are counted, with the line that would check them."""
    found = search({"made_of": drawn(CODES, "ZZ9", "ZZ9", None)}, neighbours=parts)
    finding = found.one("reference_found", "made_of")
    assert finding.severity is Severity.INFO
    assert finding.rows_affected == 2
    assert "references: {made_of: parts.code}" in finding.fix
    assert "empty cells: 1." in finding.message
    assert found.scene.count(finding.where) == 2


def test_small_numbers_are_nobody_s_key_unless_the_name_says_so(search, parts):
    """Every number to 100 is some part's number."""
    numbers = [str(n) for n in range(1, 60)]
    assert not search({"score": drawn(numbers)}, neighbours=parts).of("reference_found")
    found = search({"part_number": drawn(numbers)}, neighbours=parts)
    assert "parts.number" in found.one("reference_found", "part_number").message


def test_rows_that_lose_their_partner_against_the_pilot_are_a_warning(search, parts):
    """The pilot's rows all find theirs; two halves alike raise nothing."""
    pilot = {"made_of": drawn(CODES)}
    lost = search({"made_of": drawn(CODES, *["ZZ9"] * 30)}, pilot, neighbours=parts)
    assert lost.one("reference_found").severity is Severity.WARN
    alike = search({"made_of": drawn(CODES)}, pilot, neighbours=parts)
    assert alike.one("reference_found").severity is Severity.INFO


def test_the_dataset_that_is_referred_to_does_not_refer_back(search, tmp_path):
    """All orders have an id; deliveries have some of these."""
    ids = [f"O{k:05}X{k % 7}" for k in range(0, 4000, 7)]
    orders = {"orders": land(tmp_path / "o.duckdb", id=ids)}
    deliveries = {"deliveries": land(tmp_path / "d.duckdb", order=ids[:-50])}
    assert search({"order": ids[:-50]}, neighbours=orders).one("reference_found", "order")
    assert not search({"id": ids}, neighbours=deliveries).of("reference_found")


def test_a_copy_of_what_the_key_leads_to_is_no_second_reference(search, tmp_path):
    """The customer's address on the invoice follows from the customer."""
    ids, streets = [f"C{k:03}" for k in range(0, 900, 9)], [f"{k} High St" for k in range(100)]
    customers = {"customers": land(tmp_path / "c.duckdb", customer_id=ids, address=streets)}
    home = dict(zip(ids, streets, strict=True))
    who = drawn(ids)
    invoices = {"customer_id": who, "billing": [home[w] for w in who]}
    assert search(invoices, neighbours=customers).one("reference_found", "customer_id")


def test_a_personal_column_shows_no_value(search, parts):
    """Not the orphans' either."""
    found = search({"made_of": drawn(CODES, *["ZZ9"] * 9)}, neighbours=parts, personal=["made_of"])
    finding = found.one("reference_found")
    assert finding.rows_affected == 9
    assert "ZZ9" not in repr(finding)


@pytest.mark.parametrize("values", [[], [None] * 5, ["A"], ["", " "]])
def test_tables_of_nothing_refer_to_nothing(search, parts, tmp_path, values):
    """On either side."""
    assert not search({"made_of": values}, neighbours=parts).of("reference_found")
    empty = {"empty": land(tmp_path / "e.duckdb", code=[None] * 3, x=[True, True, False])}
    assert not search({"made_of": drawn(CODES)}, neighbours=empty).of("reference_found")


def test_generated_names_say_nothing():
    """`column4` is `column4` in every file without a header."""
    assert not named_after("column4", "airports", "column4")
