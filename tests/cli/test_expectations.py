"""`dataready expectations`: from the pilot to a suite that people stand for, and its rows."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest
from tests.cli.project import SETTINGS
from tests.pipeline.test_nights import run_before

REVIEWED = SETTINGS.replace(
    "      learn: false\n", "      rules: expectations/orders.rules.yaml\n      engine: fast\n"
)


@pytest.fixture
def reviewed(settings: Path) -> Path:
    """A project that names a suite that is not there yet."""
    settings.write_text(REVIEWED)
    return settings


def test_from_the_pilot_to_a_run_of_what_people_decided(cli, reviewed, here):
    """Learn, decide, run: a rejected rule is not run, and rows that break one are set apart."""
    learnt = cli("expectations", "learn", "orders")
    assert learnt.exit_code == 0, learnt.output
    assert "+ range(amount): from " in learnt.stdout
    suite = here / "expectations" / "orders.rules.yaml"
    assert suite.is_file()
    assert (here / "expectations" / "orders_suite.py").is_file()

    done = cli(
        "expectations", "review", "orders", "--reject", "length(id)", "--why", "no", "--by", "A"
    )
    assert done.exit_code == 2
    assert "has no rule 'length(id)'" in done.stderr
    done = cli("expectations", "review", "orders", "--accept", "all", "--page", "review.html")
    assert "0 proposed" in done.stdout
    assert "<script" not in (here / "review.html").read_text()

    start = "kind: range\n    column: amount\n    low: "
    suite.write_text(suite.read_text().replace(start, f"{start}1", 1))
    ran = cli("run")
    assert ran.exit_code in {10, 11}, ran.output
    report = Path(ran.stdout.splitlines()[-1])
    found = json.loads((report.parent / "datasets" / "orders" / "assessment.json").read_text())
    failed = [r["expectation"] for s in found["suites"] for r in s["results"] if r["failing_since"]]
    assert failed == ["range"]
    assert "<failure" in (report.parent / "junit.xml").read_text()

    cli("expectations", "quarantine", "orders", "--out", "q.sql")
    with duckdb.connect() as con:
        con.execute((here / "q.sql").read_text())
        counted = {
            view: con.execute(f"SELECT count(*) FROM {view}").fetchone()[0]
            for view in ("quarantine", "clean")
        }
        low = con.execute("SELECT count(*) FROM quarantine WHERE amount::DOUBLE > 20").fetchone()
    assert counted["quarantine"] > 0
    assert sum(counted.values()) == 800
    assert low == (0,)
    assert reviewed.is_file()


def test_learning_again_proposes_and_overwrites_nothing(cli, reviewed, here):
    """What a person changed is shown beside what the pilot teaches, and stays."""
    cli("expectations", "learn", "orders")
    suite = here / "expectations" / "orders.rules.yaml"
    edited = suite.read_text().replace("severity: warn", "severity: info", 1)
    suite.write_text(edited)
    again = cli("expectations", "learn", "orders")
    assert again.stdout.startswith("~ ")
    assert suite.read_text() == edited
    assert reviewed.is_file()


def test_a_suite_that_is_broken_is_an_error_and_never_loses_the_run(cli, reviewed, here):
    """The report says what is wrong with the file."""
    (here / "expectations").mkdir()
    (here / "expectations" / "orders.rules.yaml").write_text("rules: [{kind: rnage}]")
    ran = cli("run")
    assert ran.exit_code in {10, 11, 12}, ran.output
    assert "rule 1 needs" in Path(ran.stdout.splitlines()[-1]).read_text()
    assert reviewed.is_file()


@pytest.mark.usefixtures("settings")
def test_an_unknown_engine_names_those_there_are(cli):
    """Before any work is done."""
    done = cli("run", "--engine", "fats")
    assert done.exit_code == 2
    assert "Did you mean 'fast'?" in done.stderr


def test_nights_before_teach_how_many_rows_there_are(cli, reviewed, here):
    """Few nights teach nothing, and learning says so; nine do, and a table that shrank fails."""
    assert "0 of 8 nights are known" in cli("expectations", "learn", "orders").stdout
    for day in range(1, 10):
        run_before(here / "runs", day, 2000 + day % 3)
    learnt = cli("expectations", "learn", "orders")
    assert "+ rows(): from 1,300 to 3,100 rows in all" in learnt.stdout, learnt.stdout
    assert "No rule on the number" not in learnt.stdout
    assert cli("run").exit_code in {10, 11}
    newest = max(p for p in (here / "runs").iterdir() if p.is_dir())
    found = json.loads((newest / "datasets" / "orders" / "assessment.json").read_text())
    told = [r for s in found["suites"] for r in s["results"] if r["expectation"] == "rows"]
    assert [(r["result"], r["measured"]) for r in told] == [("fail", 800.0)]
    assert any(f["message"].startswith("The expectation 'rows'") for f in found["findings"])
    assert reviewed.is_file()
