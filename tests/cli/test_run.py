"""`dataready run`, `report` and `history` on a tiny project."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from dataready.cli.history import sparkline


def test_a_run_prints_verdicts_and_the_report_s_path_last(cli, settings, here):
    """The last line of standard output is a report that is there; the code is the verdict's."""
    done = cli("run")
    assert done.exit_code == 10, done.output
    assert done.stdout.startswith("orders: Conditional, score ")
    assert Path(done.stdout.splitlines()[-1]).is_file()
    assert "orders: extracting pilot" in done.stderr
    assert not list(here.rglob(".tmp-*"))
    assert settings.is_file()


def test_a_run_keeps_failing_rows_and_pages_of_great_expectations(cli, settings, here):
    """Rows by their keys, always; the library's own pages where the settings ask for them."""
    asked = "learn: true\n      data_docs: true\n      engine: both"
    settings.write_text(settings.read_text().replace("learn: false", asked))
    lines = (here / "production.csv").read_text().splitlines()
    broken = [line.rsplit(",", 2)[0] + ",never seen," for line in lines[1:101]]
    (here / "production.csv").write_text("\n".join([lines[0], *broken, *lines[101:]]) + "\n")
    run = Path(cli("run").stdout.splitlines()[-1]).parent
    folder = run / "datasets" / "orders"
    rows = pq.read_table(folder / "failing.parquet").to_pylist()
    assert {row["key"][0] for row in rows} == {line.split(",")[0] for line in broken}
    assert not {row["row"] for row in rows} - {None}
    (page,) = (folder / "data_docs").glob("*.html")
    assert "unexpected values found" in page.read_text(encoding="utf-8")
    suites = json.loads((folder / "assessment.json").read_text())["suites"]
    assert not [r for s in suites for r in s["results"] if r["result"] == "error"]


@pytest.mark.usefixtures("settings")
def test_json_is_for_machines(cli):
    """`--json` prints one document with the folder, the verdicts and the scores."""
    plain = json.loads(cli("run", "--json").stdout)
    assert plain["verdict"] == "conditional"
    assert [d["dataset"] for d in plain["datasets"]] == ["orders"]
    assert Path(plain["report"]).parent == Path(plain["folder"])


def test_a_wrong_dataset_or_settings_file_is_exit_2(cli, settings):
    """The message names what there is."""
    unknown = cli("run", "--dataset", "order")
    missing = cli("run", "--settings", "nope.yaml")
    assert (unknown.exit_code, missing.exit_code) == (2, 2)
    assert "Did you mean 'orders'?" in unknown.stderr
    assert settings.name in missing.stderr


def test_a_failed_run_leaves_the_last_one(cli, settings, here):
    """A source that is gone is exit 3, and the history is as before."""
    cli("run")
    (here / "production.csv").unlink()
    done = cli("run")
    assert done.exit_code == 3
    assert not list(here.rglob(".tmp-*"))
    assert len(json.loads(cli("history", "--json").stdout)) == 1
    assert settings.is_file()


@pytest.mark.usefixtures("settings")
def test_a_report_is_written_again_beside_its_run(cli, here):
    """The pages are equal to the run's, which stays as it was."""
    run = Path(cli("run").stdout.splitlines()[-1]).parent
    before = {p: p.stat().st_mtime_ns for p in run.rglob("*")}
    done = cli("report")
    assert done.exit_code == 0
    page = Path(done.stdout.strip())
    assert page == here / "report" / "report.html"
    assert page.read_bytes() == (run / "report.html").read_bytes()
    assert {p: p.stat().st_mtime_ns for p in run.rglob("*")} == before
    named = cli("report", run.name, "--out", "pages")
    assert sorted(p.name for p in (here / "pages").iterdir()) == [
        "junit.xml",
        "memo.md",
        "report.html",
    ]
    assert named.stdout.strip() == "pages/report.html"


@pytest.mark.usefixtures("settings")
def test_a_report_of_no_run_is_refused(cli, here):
    """No run at all, and a run that is not there, are told apart."""
    assert "There is no run in" in cli("report").stderr
    cli("run")
    assert "There is no run 'x'" in cli("report", "x").stderr
    (here / "broken").mkdir()
    assert cli("report", "broken", "--out", "pages").exit_code == 3


@pytest.mark.usefixtures("settings")
def test_the_history_shows_every_run(cli, here):
    """Two runs are two rows; an index that is gone is made anew; a damaged run is told."""
    assert "There is no run yet" in cli("history").stdout
    cli("run")
    cli("run")
    assert cli("history").stdout.count("Conditional") == 2
    (here / "runs" / "history.sqlite").unlink()
    points = json.loads(cli("history", "--rebuild", "--json").stdout)
    assert [p["dataset"] for p in points] == ["orders", "orders"]
    damaged = next(p for p in (here / "runs").iterdir() if p.is_dir())
    (damaged / "run.json").write_text("{")
    done = cli("history", "--rebuild")
    assert done.exit_code == 0
    assert damaged.name in done.stderr


def test_a_sparkline_is_on_a_fixed_scale():
    """Small changes near the top look small; a run without a score is a gap."""
    assert sparkline([99, 98.5, None, 10]) == "██ ▁"


@pytest.mark.usefixtures("settings")
def test_failed_nights_cost_no_good_extract(cli, here):
    """After failures and a success, the extracts are those of runs that can be seen."""
    assert cli("run").exit_code < 20
    (here / "production.csv").rename(here / "away.csv")
    for _ in range(3):
        assert cli("run").exit_code == 3
    good = sorted(p.stem for p in (here / "warehouse").rglob("*.duckdb"))
    (here / "away.csv").rename(here / "production.csv")

    assert cli("run").exit_code < 20

    kept = {p.stem for p in (here / "warehouse").rglob("*.duckdb")}
    assert len(good) == 2
    assert set(good) < kept == {p.name for p in (here / "runs").glob("2*")}
