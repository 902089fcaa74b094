"""Tests for `dataready.pipeline.outcome`: which outcome belongs to which row of production."""

from __future__ import annotations

import pandas as pd
import pytest

from dataready.config import Dataset
from dataready.errors import NoSuchColumnError
from dataready.extract.pull import pull
from dataready.model import Column, Schema, SourceSpec
from dataready.pipeline.outcome import LABEL, check_labels, labels_key, outcomes_of
from dataready.profile.planning import first_plan, full_plan
from dataready.profile.profile import take
from dataready.testing import table_of

PRODUCTION = {"id": ["1", "2", "3", None], "x": ["1.5", "2.5", "3.5", "4.5"]}


@pytest.fixture
def found(tmp_path):
    """Answer a function that looks for the outcomes of some production in some labels."""

    def find(told, production=PRODUCTION, types=None, **known):
        pilot = {"id": ["7"], "x": ["1"], "y": ["no"]}
        if "y" in production:
            pilot["y"] = ["yes"]
        con, schema = table_of(pilot, types={})
        bare = first_plan(con, schema, typed=False, roles={"y": "target", "id": "key"})
        plan = full_plan(con, take(con, bare, schema))
        con, schema = table_of(production, types=types or {}, con=con)
        seen = take(con, plan, schema)
        settings = {"pilot": "p", "production": "q", "target": "y", "key": "id"} | known
        extract = None
        if told is not None:
            told.to_parquet(tmp_path / "labels.parquet")
            settings.setdefault("labels", {"source": "labels.parquet"})
            spec = SourceSpec(path="labels.parquet")
            where = {"dataset": "d", "side": "labels", "folder": tmp_path, "name": "l"}
            extract = pull(spec, **where, base=tmp_path)
        dataset = Dataset.model_validate(settings)
        got = outcomes_of(con, "orders", dataset, plan["y"], seen, extract)
        if got.rows is None:
            return got, None
        return got, con.execute(f'SELECT x, "{LABEL}" FROM {got.rows.table} ORDER BY x').fetchall()

    return find


def test_labels_find_their_rows_by_the_key(found):
    """Rows without a label, without a key, and labels without an outcome are left out."""
    got, rows = found(pd.DataFrame({"id": ["3", "1", "2", "9"], "y": ["a", "b", None, "c"]}))
    assert rows == [("1.5", "b"), ("3.5", "a")]
    assert (got.known, got.findings, got.notes) == (2, (), ())
    assert got.rows.names == {"y": LABEL}


def test_a_key_is_the_same_as_text_and_as_a_number(found):
    """A CSV's '1' is a Parquet's 1."""
    _, rows = found(pd.DataFrame({"id": [3.0, 1.0, None], "y": ["a", "b", "c"]}))
    assert rows == [("1.5", "b"), ("3.5", "a")]


def test_columns_may_have_other_names_there(found):
    """The settings say what equals what, hostile names included; a mapping is followed."""
    hostile = 'k"; DROP'
    labels = pd.DataFrame({hostile: ["2"], "what": ["a"]})
    known = {"labels": {"source": "l", "key": {"id": hostile}, "column": "what"}}
    assert found(labels, **known)[1] == [("2.5", "a")]
    renamed = {"number": PRODUCTION["id"], "x": PRODUCTION["x"]}
    assert found(labels, renamed, mapping={"id": "number"}, **known)[1] == [("2.5", "a")]
    settings = {"pilot": "p", "production": "q", "target": "y", "mapping": {"id": "number"}}
    assert labels_key(Dataset.model_validate(settings | known)) == {"number": hostile}


def test_a_key_in_several_labels_is_refused(found):
    """Which outcome is meant is not known: an error that names counts and no value."""
    got, rows = found(pd.DataFrame({"id": ["3", "3", "secret", "1"], "y": ["a", "b", "c", "d"]}))
    (finding,) = got.findings
    assert rows is None
    assert (finding.detector, finding.severity) == ("labels_repeated", "error")
    assert finding.message.startswith("The labels repeat 1 of their keys, in 2 rows")
    assert "secret" not in str(finding)


def test_labels_without_outcome_do_not_count_as_copies(found):
    """A row that waits for its outcome is no label yet."""
    got, rows = found(pd.DataFrame({"id": ["3", "3"], "y": ["a", None]}))
    assert got.findings == ()
    assert rows == [("3.5", "a")]


def test_production_without_the_key_is_an_error(found):
    """The run goes on; the finding says what to name."""
    got, _ = found(pd.DataFrame({"id": ["1"], "y": ["a"]}), {"x": ["1"]})
    assert [f.detector for f in got.findings] == ["labels_key_absent"]


def test_labels_of_other_rows_are_said(found):
    """That none is known yet is no error."""
    got, _ = found(pd.DataFrame({"id": ["77"], "y": ["a"]}))
    assert got.findings == ()
    assert "None of the labels" in got.notes[0]


def test_a_column_that_the_labels_lack_is_the_settings_fault():
    """The error names what there is."""
    side = {"path": "a.csv"}
    known = Dataset(pilot=side, production=side, target="y", key=("id",), labels={"source": side})
    check_labels("orders", known, Schema((Column("id", "VARCHAR"), Column("y", "VARCHAR"))))
    with pytest.raises(NoSuchColumnError, match=r"'orders \(labels\)' has no column 'y'"):
        check_labels("orders", known, Schema((Column("id", "VARCHAR"), Column("why", "VARCHAR"))))


def test_production_may_have_outcomes_of_its_own(found):
    """Where the target is filled; where it is empty or absent there is nothing to say."""
    filled = PRODUCTION | {"y": ["a", None, "b", " "]}
    assert found(None, filled)[1] == [("1.5", "a"), ("3.5", "b")]
    assert found(None, PRODUCTION | {"y": [None] * 4})[0].rows is None
    assert found(None)[0].rows is None


def test_some_of_many_labels_are_chosen_by_their_place(found, monkeypatch):
    """The same ones every time, and it is known how many there are."""
    monkeypatch.setattr("dataready.pipeline.outcome.MOST_ROWS", 20)
    many = {"id": [str(k) for k in range(100)], "x": [str(k) for k in range(100)]}
    labels = pd.DataFrame({"id": many["id"], "y": ["a"] * 100})
    got, rows = found(labels, many)
    assert got.known == 100
    assert len(rows) == 20
    assert rows == found(labels, many)[1]
