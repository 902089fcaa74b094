"""The Prefect flow: its tasks as functions, and a run with a real Prefect."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.project import SETTINGS, project
from tests.pipeline.shop import shop

from dataready.errors import (
    ConfigError,
    EmptySourceError,
    SourceError,
    TransientSourceError,
    WarehouseError,
)
from dataready.pipeline.run import read_report

FLOW = Path(__file__).parents[2] / "flows" / "readiness.py"
QUIET = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_LOGGING_LEVEL": "WARNING",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
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
    [
        (TransientSourceError("x"), True),
        (SourceError("x"), False),
        (EmptySourceError("x"), False),
        (WarehouseError("x"), False),
    ],
)
def test_only_what_may_pass_is_tried_again(flow, error, again):
    """A password gets no better by waiting, and DuckDB does not change its mind."""

    class State:
        async def aresult(self, *, raise_on_failure):
            assert raise_on_failure is False
            return error

    assert asyncio.run(flow.transient(None, None, State())) is again


@pytest.mark.parametrize("arguments", [[], ["--trust-model"], ["--secret", "block", "s.yaml"]])
def test_the_script_says_how_to_use_it(flow, capsys, arguments):
    """Without settings there is nothing to run, and a block is for a variable."""
    with pytest.raises(SystemExit) as e:
        flow.main(arguments)
    assert e.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_what_the_script_is_told(flow, monkeypatch):
    """Models are trusted, secrets unlocked and engines changed only where it is said."""
    told = []
    monkeypatch.setattr(flow, "readiness", lambda *given, **how: told.append((given, how)))
    assert flow.main(["s.yaml", "orders"]) == 0
    assert flow.main(["--trust-model", "--secret", "PGPASSWORD=shop", "s.yaml"]) == 0
    assert flow.main(["--engine", "fast", "s.yaml"]) == 0
    plain = {"trust_model": False, "engine": None, "secrets": {}}
    assert told == [
        (("s.yaml", ["orders"]), plain),
        (("s.yaml", None), plain | {"trust_model": True, "secrets": {"PGPASSWORD": "shop"}}),
        (("s.yaml", None), plain | {"engine": "fast"}),
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


SECRETS = """
import sys
from prefect.blocks.system import Secret
sys.path.insert(0, sys.argv[1])
Secret(value="canary-5c1e").save("place-of-orders")
Secret(value="production.csv").save("place")
from readiness import main
code = main(["--secret", "PLACE=place", "--secret", "OTHER=place-of-orders", sys.argv[2]])
code += main(["--secret", "PLACE=nowhere", sys.argv[2]])
from prefect.client.orchestration import get_client
with get_client(sync_client=True) as client:
    print([run.parameters["secrets"] for run in client.read_flow_runs()])
    print("\\n".join(log.message for log in client.read_logs()))
sys.exit(code)
"""


@pytest.mark.slow
def test_secrets_come_from_blocks_and_stay_there(tmp_path):
    """A variable of the settings has a block's value during the run; nobody reads it elsewhere."""
    settings = project(tmp_path / "project")
    text = settings.read_text()
    assert "production.csv" in text
    settings.write_text(text.replace("production.csv", "${PLACE}"))
    done = subprocess.run(
        [sys.executable, "-c", SECRETS, str(FLOW.parent), str(settings)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | QUIET | {"PREFECT_HOME": str(tmp_path / "prefect")},
    )
    assert done.returncode == ConfigError.exit_code, done.stderr
    assert "Prefect has no Secret block 'nowhere'" in done.stderr
    assert "'OTHER': 'place-of-orders'" in done.stdout
    assert "canary-5c1e" not in done.stdout + done.stderr
    (run,) = (settings.parent / "runs").glob("2*")
    assert b"canary-5c1e" not in b"".join(p.read_bytes() for p in run.rglob("*") if p.is_file())


@pytest.mark.slow
def test_the_command_runs_the_flow(tmp_path):
    """`run --prefect` answers with the verdict's code and the report; the engine is passed on."""
    settings = project(tmp_path / "project", SETTINGS.replace("learn: false", "learn: true"))
    done = subprocess.run(
        [
            *(sys.executable, "-c", "from dataready.cli import main; main()"),
            *("run", "--prefect", "--engine", "fast", "--settings", str(settings)),
        ],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | QUIET | {"PREFECT_HOME": str(tmp_path / "prefect")},
    )
    assert done.returncode == 10, done.stderr
    report = Path(done.stdout.splitlines()[-1])
    assert report.is_file()
    (orders,) = read_report(report.parent).datasets
    assert {suite.library for suite in orders.suites} == {"dataready"}
