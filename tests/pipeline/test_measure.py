"""Tests for `pipeline.measure`: what settings say of columns goes before what is guessed."""

from __future__ import annotations

from tests.pipeline.table import extract_of

from dataready.config import Dataset
from dataready.pipeline.measure import bare_plan
from dataready.warehouse.connection import connect


def test_settings_overrule_what_is_taken_for_personal(tmp_path):
    """Of a column in both lists no value is shown."""
    columns = {c: [f"+4930234567{k}" for k in range(20, 60)] for c in ("call", "line", "desk")}
    extract = extract_of(tmp_path, "calls", columns, typed=False)
    dataset = Dataset(pilot="a", production="b", not_personal=("line", "desk"), personal=("desk",))
    with connect(extract.path, read_only=True) as con:
        plan, _ = bare_plan(con, dataset, extract)
    assert [c.name for c in plan if c.personal] == ["call", "desk"]
