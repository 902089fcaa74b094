"""Tests for `dataready.compare.findings`: found where planted, silent where not."""

import duckdb
import numpy as np
import pytest

from dataready.compare.counts import counts_of
from dataready.compare.damage import column_damage
from dataready.compare.findings import comparison_findings
from dataready.testing import profiles_of, table_of

TYPES = {"a": "DOUBLE", "b": "DOUBLE", "k": "BIGINT"}


def table(n, seed):
    """Draw columns of each kind; a and b go together."""
    rng = np.random.default_rng(seed)
    a = rng.normal(size=n)
    return {
        "a": a.tolist(),
        "b": (a + 0.3 * rng.normal(size=n)).tolist(),
        "k": rng.integers(0, 4, n).tolist(),
        "c": [str(v) for v in rng.choice(list("uvw"), n)],
        "id": [f"AB-{v}" for v in range(n)],
        "flat": ["v"] * n,
    }


PILOT = table(600, 1)
CLEAN = table(900, 2)


def found(production, types=None):
    """List the findings of a comparison."""
    here, there = profiles_of(PILOT, production, types=TYPES, production_types=types)
    counts = counts_of(here, there)
    return comparison_findings(here, there, counts, column_damage(counts), table="t")


def test_a_clean_production_has_no_findings():
    """Another sample of the same population is not accused of anything."""
    assert found(CLEAN) == []


def every(n, cells, value):
    """Replace every nth cell."""
    return [value if k % n == 0 else v for k, v in enumerate(cells)]


PLANTED = {
    "missing": ("a", every(5, CLEAN["a"], None), "missing", "fail", 180),
    "a few missing": ("a", every(30, CLEAN["a"], None), "missing", "warn", 30),
    "blank": ("c", every(5, CLEAN["c"], " "), "missing", "fail", 180),
    "out of range": ("a", every(5, CLEAN["a"], 99.0), "out_of_range", "fail", 180),
    "format": ("id", every(5, CLEAN["id"], "12/X"), "format", "fail", 180),
    "constant": ("flat", every(5, CLEAN["flat"], "w"), "was_constant", "info", 180),
}


@pytest.mark.parametrize("fault", PLANTED)
def test_planted_faults_are_found(fault):
    """Where, how grave and in how many rows; and the predicate lists exactly these rows."""
    column, cells, detector, severity, rows = PLANTED[fault]
    production = CLEAN | {column: cells}

    (finding,) = [f for f in found(production) if f.detector == detector]

    assert (finding.column, finding.severity, finding.rows_affected) == (column, severity, rows)
    if finding.where is not None:
        con, _ = table_of(production, types=TYPES)
        listed = [r for _, r, _ in con.execute(finding.sql).fetchall()]
        assert sorted(listed) == list(range(0, 900, 5 if rows == 180 else 30))


def test_cells_that_do_not_parse_are_found():
    """Text among numbers is named with the rows it stands in."""
    cells = every(5, [str(v) for v in CLEAN["a"]], "7 kg")

    (finding,) = [f for f in found(CLEAN | {"a": cells}, types={"a": "VARCHAR"}) if f.column == "a"]

    assert (finding.detector, finding.rows_affected) == ("unparsed", 180)
    assert finding.cells


def test_another_distribution_is_found():
    """Values of the pilot's range in other shares are drift."""
    shifted = [v if v > 0 else -v for v in CLEAN["a"]]

    assert {("distribution", "a")} <= {
        (f.detector, f.column) for f in found(CLEAN | {"a": shifted, "b": shifted})
    }


def test_categories_that_are_mostly_rare_have_not_shifted():
    """Two draws from a long tail share few values: that is chance, and no other distribution."""
    rng = np.random.default_rng(3)

    def drawn(n):
        rare = [f"{v}" if k % 100 < 45 else f"{k % 7} laps" for k, v in enumerate(rng.random(n))]
        return {"c": rare, "row": list(range(n))}

    here, there = profiles_of(drawn(1200), drawn(1200), types={})
    counts = counts_of(here, there)
    found = comparison_findings(here, there, counts, column_damage(counts), table="t")
    assert "distribution" not in {f.detector for f in found}


def test_broken_relations_are_found():
    """Shuffled values keep their distribution and lose what they went with."""
    got = found(CLEAN | {"a": CLEAN["a"][::-1]})

    assert {(f.detector, f.column) for f in got} == {("relation", "a"), ("relation", "b")}
    assert all("'a'" in f.message and "'b'" in f.message for f in got)


def test_an_empty_production_is_one_finding():
    """There is nothing to compare, and that is all that is said."""
    (finding,) = found({name: [] for name in CLEAN})

    assert (finding.detector, finding.severity) == ("no_rows", "fail")


def test_an_empty_pilot_accuses_nobody():
    """Where nothing is known nothing is judged, and nothing breaks."""
    empty = {name: [] for name in PILOT}
    here, there = profiles_of(empty, CLEAN, types=TYPES)
    counts = counts_of(here, there)

    assert comparison_findings(here, there, counts, column_damage(counts), table="t") == []


def test_predicates_of_findings_are_sql():
    """Every query that a report quotes runs on the extract."""
    production = CLEAN | {name: cells for name, cells, *_ in PLANTED.values()}
    con, _ = table_of(production, types=TYPES)

    for finding in found(production):
        if finding.sql is not None:
            assert isinstance(con.execute(finding.sql), duckdb.DuckDBPyConnection)
