"""The Prefect flow: its tasks as functions, and a run with a real Prefect."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.project import project
from tests.pipeline.shop import shop

from dataready.errors import EmptySourceError, SourceError, WarehouseError
from dataready.pipeline.run import read_report

FLOW = Path(__file__).parents[2] / "flows" / "readiness.py"
QUIET = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_LOGGING_LEVEL": "WARNING",
}


@pytest.fixture(scope="module")
def flow(tmp_path_factory):
    """Import the flow with a Prefect home of its own."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in QUIET.items():
            patch.setenv(name, value)
        patch.setenv("PREFECT_HOME", str(tmp_path_factory.mktemp("prefect")))
        from flows import readiness

        yield readiness


def test_the_tasks_are_the_pipeline_s_functions(flow, tmp_path):
    """Each task, called as a function, takes and returns texts, and the steps make a run."""
    settings = str(project(tmp_path))
    run = flow.begin.fn(settings)
    sides = [flow.extract.fn(settings, run, "orders", side) for side in ("pilot", "production")]
    assessment = flow.assess.fn(settings, run, "orders", {"orders": sides})
    folder = flow.finish.fn(settings, run)
    assert json.dumps([run, sides, assessment, folder])
    assert read_report(Path(folder)).run_id == run["run_id"]


def test_what_is_joined_is_extracted_and_scored(flow, tmp_path):
    """The task that judges a dataset joins its extracts to those of the others."""
    shop(tmp_path)
    settings = str(tmp_path / "dataready.yaml")
    run = flow.begin.fn(settings)
    needed = flow.chosen_datasets(flow.load_config(Path(settings)), ("orders",))[1]
    sides = {
        name: [flow.extract.fn(settings, run, name, side) for side in ("pilot", "production")]
        for name in needed
    }
    flow.assess.fn(settings, run, "orders", sides)
    (orders,) = read_report(Path(flow.finish.fn(settings, run))).datasets
    assert "customers.segment" in {c.name for c in orders.columns}


@pytest.mark.parametrize(
    ("error", "again"),
    [(SourceError("x"), True), (EmptySourceError("x"), False), (WarehouseError("x"), False)],
)
def test_only_a_source_that_failed_is_tried_again(flow, error, again):
    """An empty source does not fill up by waiting, and DuckDB does not change its mind."""

    class State:
        async def aresult(self, *, raise_on_failure):
            assert raise_on_failure is False
            return error

    assert asyncio.run(flow.transient(None, None, State())) is again


def test_the_script_says_how_to_use_it(flow, capsys):
    """Without settings there is nothing to run."""
    assert flow.main([]) == flow.main(["--trust-model"]) == 2
    assert capsys.readouterr().err.count("Usage") == 2


def test_models_are_trusted_only_where_the_script_is_told_to(flow, monkeypatch):
    """The flag stands before the settings; what follows them is a dataset."""
    told = []
    monkeypatch.setattr(flow, "readiness", lambda *given, **how: told.append((given, how)))
    assert flow.main(["s.yaml", "orders"]) == flow.main(["--trust-model", "s.yaml"]) == 0
    assert told == [
        (("s.yaml", ["orders"]), {"trust_model": False}),
        (("s.yaml", None), {"trust_model": True}),
    ]


SCRIPT = """
import sys
from prefect.client.orchestration import get_client
from prefect.client.schemas.sorting import FlowRunSort
sys.path.insert(0, sys.argv[1])
from readiness import readiness
print(readiness(sys.argv[2], return_state=True).result())
try:
    readiness(sys.argv[2], ["nope"])
except Exception as e:
    print(type(e).__name__)
with get_client(sync_client=True) as client:
    for run in client.read_flow_runs(sort=FlowRunSort.START_TIME_ASC):
        print(run.state.type.value, run.state.name, run.state.message)
    print(sorted(a.key for a in client.read_artifacts() if a.key))
"""


@pytest.mark.slow
def test_a_flow_run_with_a_real_prefect(tmp_path):
    """A verdict is a completed run that is named after it; a wrong dataset is a failed one."""
    settings = project(tmp_path / "project")
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(FLOW.parent), str(settings)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | QUIET | {"PREFECT_HOME": str(tmp_path / "prefect")},
    )
    assert done.returncode == 0, done.stderr
    folder, error, completed, failed, artifacts = done.stdout.splitlines()
    assert (Path(folder) / "report.html").is_file()
    assert error == "ConfigError"
    assert completed.startswith("COMPLETED Conditional Conditional, score ")
    assert failed.startswith("FAILED")
    assert artifacts == str(
        ["dataready-findings", "dataready-memo", "dataready-progress", "dataready-report"]
    )


@pytest.mark.slow
def test_the_command_runs_the_flow(tmp_path):
    """`dataready run --prefect` answers with the verdict's code and the report's path."""
    settings = project(tmp_path / "project")
    done = subprocess.run(
        [
            *(sys.executable, "-c", "from dataready.cli import main; main()"),
            *("run", "--prefect", "--settings", str(settings)),
        ],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | QUIET | {"PREFECT_HOME": str(tmp_path / "prefect")},
    )
    assert done.returncode == 10, done.stderr
    assert Path(done.stdout.splitlines()[-1]).is_file()
