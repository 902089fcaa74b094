"""Tests for `detect.keys`: duplicated, missing and orphaned keys, copied rows."""

from __future__ import annotations

import duckdb
import pytest

from dataready.detect.detectors import without_consequences
from dataready.errors import WarehouseError
from dataready.model import Severity

IDS = [f"A{k:05}" for k in range(400)]
VALUES = [str(k * 37 % 401) for k in range(400)]


def parents(path, values, type_="VARCHAR"):
    """Write another dataset's extract."""
    with duckdb.connect(str(path)) as con:
        con.execute(f'CREATE TABLE data ("the id" {type_})')
        con.executemany("INSERT INTO data VALUES (?)", [(v,) for v in values])
    return str(path)


def test_repeated_keys_list_copies_and_originals(search):
    """A reader wants to see both."""
    again = [*IDS, *IDS[:30]]
    found = search({"id": again, "v": VALUES + VALUES[:30]}, {"id": IDS, "v": VALUES}, key=["id"])
    finding = found.one("key_duplicates", "id")
    assert finding.rows_affected == 60
    assert finding.severity is Severity.FAIL
    assert finding.measured == pytest.approx(30 / 430)


def test_unique_keys_are_silent(search):
    """A key that occurs once is no news."""
    found = search({"id": IDS, "v": VALUES}, {"id": IDS[::-1], "v": VALUES}, key=["id"])
    assert not found.findings


def test_missing_and_blank_keys_are_no_keys(search):
    """They are a finding of their own, and no duplicates of each other."""
    ids = [*IDS[:-4], None, None, "", " "]
    found = search({"id": ids, "v": VALUES}, {"id": IDS, "v": VALUES}, key=["id"])
    assert found.one("key_missing").rows_affected == 4
    assert not found.of("key_duplicates")


def test_keys_of_several_columns_must_repeat_together(search):
    """A row with a hole in its key repeats nothing."""
    first, second = [IDS[k // 2] for k in range(400)], ["a", "b"] * 200
    clean = {"order id": first, "line": second}
    assert not search(clean, clean, key=["order id", "line"]).of("key_duplicates")
    second[1] = "a"
    second[3] = second[5] = None
    first[5] = first[3]
    found = search({"order id": first, "line": second}, clean, key=["order id", "line"])
    assert found.rows(found.one("key_duplicates")) == [0, 1]
    assert found.one("key_missing").rows_affected == 2


def test_what_repeats_in_the_pilot_may_repeat(search):
    """A declared key with the pilot's share of copies is no news."""
    pilot = [*IDS[:-10], *IDS[:10]]
    found = search({"id": pilot[::-1], "v": VALUES}, {"id": pilot, "v": VALUES}, key=["id"])
    assert not found.of("key_duplicates")


def test_copied_rows_are_found_where_there_is_no_key(search):
    """Without a pilot they are worth a warning."""
    table = {"x": VALUES + VALUES[:50], "y": VALUES[::-1] + VALUES[::-1][:50]}
    finding = search(table, key=()).one("duplicate_rows")
    assert finding.rows_affected == 100
    assert finding.severity is Severity.WARN
    assert not search({"x": VALUES, "y": VALUES[::-1]}, key=()).of("duplicate_rows")


def test_orphans_are_counted_against_the_other_table(search, tmp_path):
    """Nulls and blanks point nowhere; they are no orphans."""
    path = parents(tmp_path / "p'; --.duckdb", [*IDS[:390], None])
    references = {"id": ("the \"parents'", "the id", path)}
    production = {"id": [*IDS[:-2], None, ""], "v": VALUES}
    found = search(production, {"id": IDS, "v": VALUES}, key=(), references=references)
    finding = found.one("orphans", "id")
    assert finding.rows_affected == 8
    assert finding.dimension == "integrity"
    assert str(tmp_path) not in finding.sql
    where = finding.sql.split(";\n", 1)[1]
    assert len(found.scene.query(where)) == 8


def test_numbers_point_at_numbers_of_another_type(search, tmp_path):
    """3.0 of one source is 3 of another."""
    path = parents(tmp_path / "p.duckdb", range(300), "BIGINT")
    production = {"id": [float(k) for k in range(298)], "v": VALUES[:298]}
    references = {"id": ("parents", "the id", path)}
    found = search(production, production, key=(), references=references)
    assert not found.of("orphans")


def test_a_reference_to_a_column_that_is_not_there_says_so(search, tmp_path):
    """And holds no path of the machine's."""
    path = parents(tmp_path / "p.duckdb", IDS)
    with pytest.raises(WarehouseError, match="references in dataset 'parents'"):
        search({"id": IDS}, {"id": IDS}, references={"id": ("parents", "nothing", path)})


@pytest.mark.parametrize("ids", [[], ["A1"], [None] * 5])
def test_tables_of_nothing_break_nothing(search, ids):
    """Empty, one row, all null."""
    search({"id": ids, "v": ids}, {"id": IDS, "v": VALUES}, key=["id"])
    search({"id": ids, "v": ids}, key=["id"])


def versions(many):
    """Every entry in so many versions, with a number of its own."""
    rows = [(i, str(v), f"{i}-{v}") for i in IDS for v in range(many)]
    return {
        "id": [r[0] for r in rows],
        "version": [r[1] for r in rows],
        "v": [f"{k * 7 % 83}.5" for k in range(len(rows))],
    }


def test_a_key_that_no_longer_identifies_beside_one_that_does_is_a_change(search):
    """Two versions of each row: the key with the version is the key now, told once."""
    found = search(versions(2), versions(1), key=["id"])
    finding = found.one("key_changed", "id")
    assert finding.severity is Severity.FAIL
    assert finding.rows_affected == 800
    assert "the key with 'version' does" in finding.message
    told = without_consequences(found.findings)
    assert [f.detector for f in told if f.severity is not Severity.INFO] == ["key_changed"]


def test_a_column_that_identifies_alone_is_the_better_key(search):
    """A row number that the pilot did not have."""
    production = versions(2)
    production["version"] = ["0"] * 800
    production = {"no": [f"N{k:04}" for k in range(800)]} | production
    finding = search(production, versions(1), key=["id"]).one("key_changed")
    assert "; 'no' does" in finding.message


def test_rows_that_came_twice_are_no_other_key(search):
    """Nothing tells the copies apart, or only what was measured."""
    twice = {c: v * 2 for c, v in versions(1).items()}
    assert not search(twice, versions(1), key=["id"]).of("key_changed")
    measured = twice | {"v": [f"{k / 8}" for k in range(800)]}
    assert not search(measured, versions(1), key=["id"]).of("key_changed")


def test_what_was_no_key_in_the_pilot_has_not_changed(search):
    """The settings may be wrong; that is no news of tonight."""
    assert not search(versions(3), versions(2), key=["id"]).of("key_changed")
