"""Runs of a project whose datasets are joined: evidence, suites, retention, reproducibility."""

from __future__ import annotations

import duckdb
import pyarrow.parquet as pq
import pytest
from tests.pipeline.shop import customers, orders, shop

from dataready.errors import WarehouseError
from dataready.pipeline import run as module
from dataready.pipeline.run import read_report, run_project

OWN_SUITE = """\
schema_type: polars_dataframe
api: polars
name: orders
columns:
  order_id: {dtype: Int64}
  customer: {dtype: String}
  amount: {dtype: Float64}
  late: {dtype: Int64, nullable: true}
strict: true
"""
SOME = [row for row in customers() if row[0] not in {f"C{k}" for k in range(0, 60, 5)}]


def orders_of(folder):
    """Answer the assessment of the orders in a run's folder."""
    return next(a for a in read_report(folder).datasets if a.dataset == "orders")


def test_a_run_scores_what_the_model_sees(tmp_path):
    """The segment, which is the customers', carries the score; its orphans are the reason."""
    config = shop(tmp_path, customers=SOME)
    folder = run_project(config)
    a = orders_of(folder)
    columns = {c.name: c for c in a.columns}
    assert a.score.kind == "S"
    assert columns["customers.segment"].importance > 0.3
    assert columns["customers.name"].personal
    assert columns["customers.name"].production.frequent == ()
    cause = next(f for f in a.findings if f.detector == "join_orphans")
    lost = sum(c.points_lost for c in a.columns if c.name in cause.explains)
    assert cause.points == pytest.approx(lost, rel=1e-6)
    assert any("find no row of 'customers'" in reason for reason in a.reasons)
    rows = pq.read_table(folder / "datasets" / "orders" / "rows.parquet").to_pylist()
    named = {(r["file"], r["row"]) for r in rows if r["finding"] == cause.id}
    wanted = {k for k, row in enumerate(orders(800, seed=2)[1:]) if int(row[1][1:]) % 5 == 0}
    assert named == {("orders.csv", k) for k in wanted}
    assert a.provenance["joins"] == [
        "customers by customer = customers.id: 0 of 400 rows find no partner in the pilot; "
        f"{len(wanted)} of 800 rows find no partner in production."
    ]
    assert "find no partner in the pilot" in (folder / "report.html").read_text()


def test_the_quoted_sql_runs_on_the_joined_extract(tmp_path):
    """It stands in the warehouse under the run's name, beside the extract that was pulled."""
    folder = run_project(shop(tmp_path, customers=SOME))
    cause = next(f for f in orders_of(folder).findings if f.detector == "join_orphans")
    path = tmp_path / "warehouse" / "orders" / "production-joined" / f"{folder.name}.duckdb"
    with duckdb.connect(str(path), read_only=True) as con:
        assert len(con.execute(cause.sql).fetchall()) == cause.rows_affected


def test_references_and_joins_live_together(tmp_path):
    """A key that points nowhere is said once, also to a reference to the own table."""
    more = "\n    references: {customer: customers.id, order_id: orders.order_id}"
    a = orders_of(run_project(shop(tmp_path, more=more, customers=SOME)))
    severities = {f.detector: f.severity for f in a.findings if f.column == "customer"}
    assert severities["orphans"] == "info"
    assert severities["join_orphans"] == "fail"


def test_the_same_tables_have_the_same_hashes(tmp_path):
    """What was joined is in them: other customers are another subject."""
    config = shop(tmp_path)
    first, second = orders_of(run_project(config)), orders_of(run_project(config))
    assert first.provenance["hashes"] == second.provenance["hashes"]
    assert first.score == second.score
    other = orders_of(run_project(shop(tmp_path, customers=SOME)))
    assert other.provenance["hashes"]["pilot"] == first.provenance["hashes"]["pilot"]
    assert other.provenance["hashes"]["production"] != first.provenance["hashes"]["production"]


def test_joined_extracts_are_kept_as_long_as_others(tmp_path, monkeypatch):
    """Old ones go; a run that fails takes its own along."""
    config = shop(tmp_path)
    config = config.model_copy(
        update={"policy": config.policy.model_copy(update={"keep_extracts": 1})}
    )
    run_project(config)
    last = run_project(config).name
    folders = sorted((tmp_path / "warehouse" / "orders").iterdir())
    assert [f.name for f in folders] == ["pilot", "pilot-joined", "production", "production-joined"]
    expected = [[f"{last}.duckdb", f"{last}.json"]] * 4

    def extracts():
        """What production was profiled as stays beside its extracts, for the next night."""
        return [sorted(p.name for p in f.iterdir() if p.suffix != ".states") for f in folders]

    assert extracts() == expected

    def broken(*_, **__):
        msg = "broken"
        raise WarehouseError(msg)

    monkeypatch.setattr(module, "measure", broken)
    with pytest.raises(WarehouseError):
        run_project(config)
    assert extracts() == expected


@pytest.mark.slow
def test_suites_of_people_are_about_their_own_table(tmp_path):
    """A strict one does not see joined columns; those learnt from the pilot do."""
    tmp_path.joinpath("own.yaml").write_text(OWN_SUITE)
    config = shop(tmp_path, suites="{learn: true, pandera: own.yaml}", customers=SOME)
    a = orders_of(run_project(config))
    learnt, gx, own = a.suites
    assert not any(s.error for s in a.suites)
    assert {r.result for r in own.results} == {"pass"}
    for suite in (learnt, gx):
        broken = {r.column for r in suite.results if r.result == "fail"}
        assert broken == {"customers.name", "customers.segment", "customers.score"}
        assert not [r for r in suite.results if r.result == "error"]
    repeated = [f for f in a.findings if f.detector == "expectation"]
    assert {f.severity for f in repeated} == {"info"}
