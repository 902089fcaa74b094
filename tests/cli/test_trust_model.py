"""The pilot's own model, its metric and late labels, from the command line to the report."""

from __future__ import annotations

import json

import joblib
import pytest
from tests.importance.test_load import Boobytrap
from tests.pipeline.scored import scored

SETTINGS = """\
project: tiny
policy: {keep_extracts: 1}
datasets:
  orders:
    pilot: pilot.csv
    production: production.csv
    target: paid
    key: id
    metric: accuracy
    model: {path: model.joblib}
    labels: {source: labels.csv}
    suites: {learn: false}
"""


@pytest.fixture
def orders(here):
    """Write a project with a model and labels."""
    scored(here, lost=0.1)
    (here / "dataready.yaml").write_text(SETTINGS)
    return here


def assessment(folder):
    """Read what the newest run says."""
    newest = max((folder / "runs").glob("2*"))
    return json.loads((newest / "run.json").read_text())["datasets"][0]


@pytest.fixture
def trap(orders):
    """Put a file in the model's place that runs a command when it is loaded."""
    sprung = orders / "sprung"
    joblib.dump(Boobytrap((sprung.mkdir.__func__, (sprung,))), orders / "model.joblib")
    return sprung


def test_a_run_loads_the_model_only_if_told_to(cli, trap, orders):
    """Without `--trust-model` the file is not opened, and the report says how to have it asked."""
    assert cli("run").exit_code in {0, 10, 11}
    assert not trap.exists()
    assert (
        "The pilot's own model was not loaded: give --trust-model." in assessment(orders)["limits"]
    )
    assert cli("run", "--trust-model").exit_code in {0, 10, 11}
    assert trap.exists()


def test_compare_loads_the_model_only_if_told_to(cli, trap, orders):
    """The same holds where there are no settings."""
    typed = (
        "compare",
        "pilot.csv",
        "production.csv",
        "--target",
        "paid",
        "--model",
        "model.joblib",
    )
    assert cli(*typed).exit_code in {0, 10, 11}
    assert not trap.exists()
    cli(*typed, "--trust-model")
    assert trap.exists()
    assert orders.is_dir()


def test_a_trusted_model_weighs_the_columns(cli, orders):
    """The record says whose weights they are, and where the model and the labels came from."""
    done = cli("run", "--trust-model")
    got = assessment(orders)
    assert done.exit_code in {0, 10, 11}
    assert got["provenance"]["weights"] == "the pilot's own model"
    assert got["provenance"]["model"]["name"] == "model.joblib"
    assert got["provenance"]["labels"]["rows"] == 1200
    idle = next(c for c in got["columns"] if c["name"] == "idle")
    assert idle["importance"] == 0.0
    predicted = got["predicted"]
    assert (predicted["metric"], predicted["model"]) == ("accuracy", "the pilot's own model")
    assert predicted["labelled_rows"] == 1200
    assert predicted["pilot"] > predicted["real"] > 0.6


def test_a_prediction_comes_true_in_a_later_run(cli, orders):
    """Labels of the same production that come later settle what was predicted before."""
    labels = (orders / "labels.csv").read_text()
    (orders / "labels.csv").write_text("id,paid\n-1,yes\n")
    cli("run", "--trust-model")
    assert assessment(orders)["predicted"]["real"] is None
    (orders / "labels.csv").write_text(labels)
    cli("run", "--trust-model")
    first, second = json.loads(cli("history", "--predictions", "--json").stdout)
    assert first["real_run"] == second["real_run"] == second["run_id"]
    assert first["real_loss"] == second["real_loss"]
    assert first["inside"] is True


def test_labels_are_kept_and_forgotten_as_extracts_are(cli, orders):
    """One is kept if the policy keeps one; those of a failed run go with it."""
    cli("run")
    cli("run")
    labels = orders / "warehouse" / "orders" / "labels"
    assert len(list(labels.glob("*.duckdb"))) == 1
    (orders / "production.csv").unlink()
    (orders / "labels.csv").write_text("id,paid\n")
    kept = sorted(labels.iterdir())
    assert cli("run").exit_code == 3
    assert sorted(labels.iterdir()) == kept


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (("--model", "modle.joblib"), "no file 'modle.joblib'. Did you mean 'model.joblib'?"),
        (("--metric", "rmse"), "for numbers, and the target 'paid' has classes"),
        (("--metric", "acuracy"), "'accuracy'"),
    ],
)
@pytest.mark.usefixtures("orders")
def test_what_cannot_be_meant_is_exit_2(cli, typed, said):
    """Before any work is done, the message says what there is."""
    done = cli("compare", "pilot.csv", "production.csv", "--target", "paid", *typed)
    assert done.exit_code == 2
    assert said in " ".join(done.stderr.replace("│", " ").split())


def test_the_history_tells_which_predictions_came_true(cli, orders):
    """A prediction waits for labels of its production, which a later run may have."""
    assert "No run has predicted a loss" in cli("history", "--predictions").stdout
    for run_id, real in (("r1", None), ("r2", 0.12)):
        folder = orders / "runs" / run_id
        folder.mkdir(parents=True)
        told = {"model": "the probes", "loss": 0.1, "loss_low": 0.05, "loss_high": 0.15}
        data = {
            "dataset": "orders",
            "verdict": "go",
            "score": {"value": 97, "low": 96, "high": 98},
            "provenance": {"hashes": {"production": "monday"}},
            "predicted": told | {"real_loss": real, "labelled_rows": 500 if real else 0},
        }
        run = {"run_id": run_id, "clock": f"2026-11-0{run_id[1]}T00:00:00Z", "datasets": [data]}
        (folder / "run.json").write_text(json.dumps(run))
    shown = cli("history", "--predictions").stdout
    assert "2 of 2 came true" in shown
    assert shown.count("10.0\xa0%") == shown.count("12.0\xa0%") == shown.count("yes") == 2
    heads = next(line for line in shown.splitlines() if "loss" in line and "rows" in line)
    assert heads.split()[-3:] == ["real", "rows", "inside"]
    assert all(len(line.rstrip()) <= 80 for line in shown.splitlines())
    plain = json.loads(cli("history", "--predictions", "--json").stdout)
    assert [(p["run_id"], p["real_run"], p["inside"]) for p in plain] == [
        ("r1", "r2", True),
        ("r2", "r2", True),
    ]
