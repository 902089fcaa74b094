"""The history: an index of the run folders that may be lost at any time."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from dataready.errors import WarehouseError
from dataready.model import Finding, Severity, Verdict
from dataready.readiness.assessment import Assessment, Score
from dataready.report.data import ReportData
from dataready.warehouse import history as module
from dataready.warehouse.history import MIGRATIONS, Broken, History

WRITER = """\
import sys
from pathlib import Path
from dataready.warehouse.history import History
runs = Path(sys.argv[1])
for turn in range(int(sys.argv[3])):
    for run in sorted(runs.glob(sys.argv[2] + "*")):
        History(runs / "history.sqlite").add(run)
"""


def run(
    runs: Path, run_id: str, *, clock: str | None = None, **datasets: tuple[str, float | None]
) -> Path:
    """Make a completed run folder whose datasets have these verdicts and scores."""
    folder = runs / run_id
    folder.mkdir(parents=True)
    plain = {
        "project": "Demo",
        "run_id": run_id,
        "clock": clock or f"2026-11-{int(run_id[1:]):02}T00:00:00+00:00",
        "version": "0.1.0",
        "datasets": [
            {
                "dataset": name,
                "verdict": verdict,
                "score": {"value": value, "low": value, "high": None, "kind": "S"},
                "findings": [{"severity": "fail", "message": "x"}] * 2 + [{"severity": "info"}],
                "gates": [],
            }
            for name, (verdict, value) in (datasets or {"orders": ("go", 96.5)}).items()
        ],
        "trend": [],
    }
    (folder / "run.json").write_text(json.dumps(plain))
    return folder


@pytest.fixture
def runs(tmp_path):
    """Three nights, the last of two datasets."""
    folder = tmp_path / "runs"
    run(folder, "r1", orders=("go", 96.0))
    run(folder, "r2", orders=("no-go", None))
    run(folder, "r3", customers=("conditional", 90.0), orders=("go", 97.0))
    return folder


@pytest.fixture
def history(runs):
    """The index of the three nights, not yet made."""
    return History(runs / "history.sqlite")


def ids(history: History) -> list[str]:
    """Answer the runs of the trend, in its order."""
    return [point.run_id for point in history.trend("orders")]


def test_a_missing_index_is_made_from_the_folders(history):
    """The first question builds the index; nobody has to."""
    first, second, *last = history.trend()
    assert (first.run_id, first.dataset, first.value, first.low, first.high) == (
        "r1",
        "orders",
        96.0,
        96.0,
        None,
    )
    assert first.clock == "2026-11-01T00:00:00+00:00"
    assert first.verdict is Verdict.GO
    assert first.findings == {
        Severity.INFO: 1,
        Severity.WARN: 0,
        Severity.FAIL: 2,
        Severity.ERROR: 0,
    }
    assert (second.value, second.verdict) == (None, Verdict.NO_GO)
    assert [(p.run_id, p.dataset) for p in last] == [("r3", "customers"), ("r3", "orders")]
    assert history.runs() == ("r1", "r2", "r3")


def test_what_a_run_writes_is_what_the_index_reads(tmp_path):
    """The report's own JSON, not only our idea of it, is understood."""
    score = Score(
        value=91.5,
        low=88.0,
        high=93.0,
        calibrated=True,
        kind="S",
        if_unknown_fail=88.0,
        if_unknown_pass=93.0,
        coverage=1.0,
    )
    finding = Finding(
        dimension="validity",
        detector="d",
        severity=Severity.WARN,
        table="orders",
        column=None,
        message="m",
    )
    assessment = Assessment(
        dataset="orders",
        verdict=Verdict.CONDITIONAL,
        reasons=(),
        score=score,
        dimensions={},
        columns=(),
        findings=(finding,),
        gates=(),
        suites=(),
        target=None,
        probe_skill={},
        limits=(),
        provenance={},
    )
    report = ReportData(
        project="Demo",
        run_id="r1",
        clock="2026-11-21T11:30:00Z",
        version="0.1.0",
        datasets=(assessment,),
    )
    folder = tmp_path / "r1"
    folder.mkdir()
    (folder / "run.json").write_bytes(TypeAdapter(ReportData).dump_json(report))
    history = History(tmp_path / "h.sqlite")
    history.add(folder)
    (point,) = history.trend()
    assert (point.value, point.low, point.high, point.verdict) == (
        91.5,
        88.0,
        93.0,
        Verdict.CONDITIONAL,
    )
    assert (point.clock, point.findings[Severity.WARN]) == ("2026-11-21T11:30:00Z", 1)


def test_only_the_owner_reads_the_index(history):
    """The index says what the reports say, and is kept like them."""
    history.runs()
    assert history.path.stat().st_mode & 0o777 == 0o600


def test_the_limit_is_of_the_newest_runs(history):
    """The newest runs are chosen, and told oldest first."""
    assert [p.run_id for p in history.trend("orders", limit=2)] == ["r2", "r3"]
    assert [p.dataset for p in history.trend(limit=1)] == ["customers", "orders"]
    assert [p.run_id for p in history.trend("customers", limit=2)] == ["r3"]
    assert history.trend("orders", limit=0) == history.trend("nobody") == ()


def test_clocks_are_compared_as_moments(tmp_path):
    """Zones and spellings of a clock do not change the order."""
    run(tmp_path, "r1", clock="2026-11-21T12:00:00+05:00")
    run(tmp_path, "r2", clock="2026-11-21T06:00:00Z")
    run(tmp_path, "r3", clock="2026-11-21T06:30:00")
    assert History(tmp_path / "h.sqlite").runs() == ("r2", "r3", "r1")


def test_adding_twice_is_adding_once(runs, history):
    """A run added again replaces what the index said of it."""
    added = run(runs, "r4")
    for _ in range(3):
        history.add(added)
    assert ids(history) == ["r1", "r2", "r3", "r4"]


def test_update_follows_the_folders(runs, history):
    """Runs that were never added come in, runs that are gone go out."""
    history.runs()
    run(runs, "r4")
    (runs / "r1" / "run.json").unlink()
    assert history.runs() == ("r1", "r2", "r3")
    assert history.update() == 1
    assert history.runs() == ("r2", "r3", "r4")
    assert ids(history) == ["r2", "r3", "r4"]
    assert history.update() == 0


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda _: "", "not understood"),
        (lambda text: text[:50], "not understood"),
        (lambda text: text.replace('"conditional"', '"perhaps"'), "datasets.0.verdict"),
        (lambda text: text.replace("2026-11-03", "yesterday"), "clock"),
        (lambda text: text.replace('"r3"', '"r9"'), "another run: 'r9'"),
        (lambda _: "[]", "not understood"),
        (lambda _: "[" * 100_000, "not understood"),
    ],
)
def test_a_broken_run_is_left_out_and_told(runs, history, change, reason):
    """One unreadable run neither stops the others nor disappears silently."""
    path = runs / "r3" / "run.json"
    text = path.read_text()
    path.write_text(change(text))
    assert history.rebuild() == 2
    assert history.runs() == ("r1", "r2")
    (broken,) = history.broken()
    assert broken.run_id == "r3"
    assert reason in broken.reason
    with pytest.raises(WarehouseError, match="not added to the history"):
        history.add(runs / "r3")
    path.write_text(text)
    history.add(runs / "r3")
    assert history.broken() == ()
    assert history.runs() == ("r1", "r2", "r3")


def test_a_reason_shows_no_values(runs, history):
    """What stood in the file is not repeated; it may be anything."""
    path = runs / "r3" / "run.json"
    path.write_text(path.read_text().replace('"conditional"', '"canary"'))
    history.rebuild()
    assert isinstance(history.broken()[0], Broken)
    assert "canary" not in str(history.broken())


def rot(path: Path) -> None:
    """Overwrite all but the header with noise."""
    data = path.read_bytes()
    path.write_bytes(data[:100] + b"\xa5" * (len(data) - 100))


def half(path: Path) -> None:
    """Cut the file in two."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def execute(*statements: str):
    """Answer what runs statements on the index."""

    def change(path: Path) -> None:
        con = sqlite3.connect(path)
        for statement in statements:
            con.execute(statement)
        con.commit()
        con.close()

    return change


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"no database at all" * 99),
        rot,
        half,
        execute("DROP TABLE point"),
        execute("ALTER TABLE point RENAME COLUMN value TO score"),
        execute("UPDATE point SET verdict = 'maybe'"),
        execute("PRAGMA user_version = 0"),
        execute("PRAGMA user_version = 99"),
        execute("PRAGMA user_version = 99", 'CREATE TABLE "a""b" (x)', "DROP TABLE run"),
    ],
)
def test_a_damaged_index_is_made_anew(history, damage):
    """Missing, empty, foreign, rotten, older or newer: the answer is the same."""
    before = history.trend()
    damage(history.path)
    assert history.trend() == before
    assert history.runs() == ("r1", "r2", "r3")
    assert history.broken() == ()
    assert [p.name for p in history.path.parent.glob("history*")] == ["history.sqlite"]


def test_logs_left_behind_are_not_replayed(history):
    """A deleted index whose logs were left cannot spoil the next one."""
    before = history.trend()
    for suffix in ("-wal", "-shm"):
        history.path.with_name(history.path.name + suffix).write_bytes(b"\x37\x7f\x06\x82" * 99)
    history.path.unlink()
    assert history.trend() == before


def test_an_index_of_an_older_version_is_brought_up(history, monkeypatch):
    """Migrations are applied in order, each once, and the runs are read again."""
    before = history.trend()
    later = (*MIGRATIONS, ("ALTER TABLE run ADD COLUMN note TEXT",), ("CREATE TABLE more (x)",))
    monkeypatch.setattr(module, "MIGRATIONS", later[:-1])
    assert history.trend() == before
    monkeypatch.setattr(module, "MIGRATIONS", later)
    assert history.trend() == before
    con = sqlite3.connect(history.path)
    assert con.execute("PRAGMA user_version").fetchone() == (len(later),)
    assert con.execute("SELECT count(*) FROM run WHERE note IS NULL").fetchone() == (3,)
    con.close()


def test_the_index_may_stand_elsewhere(runs, tmp_path):
    """An index apart from its runs is told where they are."""
    history = History(tmp_path / "deep" / "h.sqlite", runs=runs)
    assert history.runs() == ("r1", "r2", "r3")
    assert History(tmp_path / "alone" / "h.sqlite").runs() == ()
    assert History(tmp_path / "alone" / "h.sqlite").rebuild(runs) == 3


def test_hostile_names_stay_names(tmp_path):
    """Names of datasets are values, never SQL."""
    name = "x'; DROP TABLE run; --"
    run(tmp_path, "r1", **{name: ("go", 1.0)})
    history = History(tmp_path / "h.sqlite")
    assert [p.dataset for p in history.trend(name)] == [name]
    assert history.runs() == ("r1",)


def test_an_index_that_cannot_be_opened_is_an_error(tmp_path):
    """A folder in its place is not deleted, but told."""
    (tmp_path / "h.sqlite").mkdir()
    with pytest.raises(WarehouseError, match="cannot be used"):
        History(tmp_path / "h.sqlite").runs()


def test_a_failed_write_changes_nothing(history, monkeypatch):
    """A rebuild that is cut short leaves the index as it was."""
    before = history.trend()

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "_insert", fail)
    with pytest.raises(KeyboardInterrupt):
        history.rebuild()
    assert history.trend() == before


def test_two_processes_write_while_others_read(runs, history):
    """Writers in two processes and readers in threads: none fails, nothing is lost."""
    for number in range(10, 20):
        run(runs, f"a{number}")
        run(runs, f"b{number}")
    (runs / "history.sqlite").write_bytes(b"and the index is damaged to begin with")
    environ = os.environ | {"PYTHONPATH": str(Path(module.__file__).parents[2])}
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(runs), prefix, "5"], env=environ)
        for prefix in "ab"
    ]

    def read(_: int) -> list[int]:
        counts = []
        while any(writer.poll() is None for writer in writers):
            counts.append(len(history.trend("orders")))
            history.update()
        return counts

    with ThreadPoolExecutor(3) as pool:
        counts = list(pool.map(read, range(3)))
    assert [writer.wait() for writer in writers] == [0, 0]
    assert len(history.trend("orders")) == 23
    assert all(min(count) >= 3 for count in counts if count)


def predicting(
    runs: Path, run_id: str, production: str, *, real: float | None, **more: str
) -> None:
    """Make a run that predicted a loss of 10 % [5 %, 15 %] for some production."""
    folder = run(runs, run_id)
    plain = json.loads((folder / "run.json").read_text())
    (dataset,) = plain["datasets"]
    dataset["provenance"] = {"hashes": {"production": production}}
    dataset["predicted"] = {
        "metric": "auc",
        "model": "the probes",
        "loss": 0.1,
        "loss_low": 0.05,
        "loss_high": 0.15,
        "real_loss": real,
        "labelled_rows": 0 if real is None else 500,
    } | more
    (folder / "run.json").write_text(json.dumps(plain))


def test_a_prediction_comes_true_when_labels_come(tmp_path):
    """The newest real loss of the same production counts, from that run on and not before."""
    predicting(tmp_path, "r1", "monday", real=None)
    predicting(tmp_path, "r2", "monday", real=0.3)
    predicting(tmp_path, "r3", "monday", real=0.12)
    predicting(tmp_path, "r4", "tuesday", real=None)
    predicting(tmp_path, "r5", "monday", real=None)
    first, second, third, fourth, last = History(tmp_path / "history.sqlite").predictions()
    assert (first.real_loss, first.real_run, first.labelled_rows) == (0.12, "r3", 500)
    assert second.real_run == third.real_run == "r3"
    assert first.inside is True
    assert (fourth.real_loss, fourth.real_run, fourth.inside) == (None, None, None)
    assert last.real_loss is None


def test_what_another_model_lost_proves_nothing(tmp_path):
    """The loss of one model is not held against what was predicted for another."""
    predicting(tmp_path, "r1", "monday", real=None)
    predicting(tmp_path, "r2", "monday", real=0.3, model="the pilot's own model")
    first, second = History(tmp_path / "history.sqlite").predictions()
    assert first.inside is None
    assert second.inside is False


def test_what_is_not_known_to_be_the_same_production_is_not_taken_for_it(tmp_path):
    """A run that does not say what it looked at lends its labels to no other but itself."""
    predicting(tmp_path, "r1", "", real=None)
    predicting(tmp_path, "r2", "", real=0.1)
    first, second = History(tmp_path / "history.sqlite").predictions()
    assert (first.inside, second.inside) == (None, True)


def test_runs_without_a_prediction_have_none(history):
    """Nothing is made up for a dataset without a target."""
    assert history.predictions() == ()
