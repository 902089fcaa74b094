"""Small tables for the detectors: profiled and searched as the pipeline does it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb
import pyarrow as pa
import pytest

from dataready.compare.counts import counts_of
from dataready.compare.damage import column_damage
from dataready.detect.detectors import detect
from dataready.detect.disguised import propose, read_as_missing
from dataready.detect.roles import guess_key, with_guesses
from dataready.detect.scene import Scene
from dataready.model import FILE_COLUMN, ROW_COLUMN, Column, Schema
from dataready.profile.planning import first_plan, full_plan
from dataready.profile.profile import take

CLOCK = datetime(2026, 6, 1, tzinfo=UTC)


def landed(columns, files=None):
    """Land a table of texts, or of whatever type the values have, in memory; from its files."""
    arrays = {
        name: pa.array(values, pa.string() if all(v is None for v in values) else None)
        for name, values in columns.items()
    }
    rows = len(next(iter(arrays.values())))
    arrays[FILE_COLUMN] = pa.array(files or [0] * rows, pa.int32())
    arrays[ROW_COLUMN] = pa.array(range(rows), pa.int64())
    con = duckdb.connect()
    con.register("arrow", pa.table(arrays))
    con.execute("CREATE TABLE data AS SELECT * FROM arrow")
    con.unregister("arrow")
    described = con.execute("DESCRIBE data").fetchall()
    return con, Schema(tuple(Column(d[0], d[1]) for d in described if d[0] in columns))


@dataclass
class Searched:
    """A scene, what was found in it, and what was proposed as disguised."""

    scene: Scene
    disguises: tuple
    findings: list

    def of(self, detector):
        """List one detector's findings."""
        return [f for f in self.findings if f.detector == detector]

    def one(self, detector, column=None):
        """Answer the only finding of a detector, in a column where one is named."""
        (found,) = self.of(detector)
        assert column is None or found.column == column
        return found

    def rows(self, finding):
        """List the numbers of the rows that a finding's query answers."""
        at = 1  # file, row, then the column
        return [r[at] for r in self.scene.query(finding.sql)]


def assert_reproducible(found):
    """Every predicate counts the rows affected, and every query runs and lists them."""
    for f in found.findings:
        if f.where is not None:
            assert found.scene.count(f.where) == f.rows_affected, f.detector
            if not f.sql.startswith("ATTACH"):
                assert len(found.rows(f)) == f.rows_affected, f.detector
        elif f.sql:
            found.scene.query(f.sql)


def searched(
    production,
    pilot=None,
    *,
    roles=None,
    personal=(),
    key=None,
    references=None,
    neighbours=None,
    private=(),
    time=None,
    files=(None, None),
):
    """Profile and search a table against a pilot, or alone; `files` of the pilot, and its own."""
    con, schema = landed(production, files[1])
    side, own = landed(pilot, files[0]) if pilot else (con, schema)
    roles = dict(roles or {})
    if time:
        roles[time] = "time"
    plan = first_plan(
        side,
        own,
        typed=False,
        roles=roles,
        personal=frozenset(personal),
        least=0.95 if pilot else 0.6,
    )
    look = take(side, plan, own)
    guessed = guess_key(look) if key is None else None
    plan = with_guesses(side, plan, look, roles, key=guessed)
    look = take(side, plan, own)
    first = take(con, plan, schema) if pilot else look
    disguises = propose(con, first, look if pilot else None)
    if pilot:
        disguises += tuple(d for d in propose(side, look) if d.word is not None)
    plan = read_as_missing(plan, disguises)
    plan = full_plan(side, take(side, plan, own))
    here, there = take(side, plan, own) if pilot else None, take(con, plan, schema)
    suspects = frozenset()
    if here is not None and there.rows:
        damage = column_damage(counts_of(here, there))
        suspects = frozenset(c for c, d in damage.items() if max(d.s, d.b, d.V) >= 0.02)
    scene = Scene(
        table="t",
        con=con,
        production=there,
        pilot=here,
        key=tuple(key) if key else (guessed,) if guessed else (),
        time=time or next((c.name for c in plan if c.role == "time"), None),
        references=references or {},
        pilot_con=side if pilot else None,
        neighbours=neighbours or {},
        private=frozenset(private),
    )
    findings = detect(scene, disguises, suspects, CLOCK) if there.rows else []
    found = Searched(scene, disguises, findings)
    assert_reproducible(found)
    return found


@pytest.fixture
def search():
    """Answer the function that searches a table."""
    return searched
