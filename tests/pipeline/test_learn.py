"""Tests for `dataready.pipeline.learn`: whose weights, which models, and what is said of them."""

from __future__ import annotations

import joblib
import numpy as np
import pytest
from tests.importance.test_load import Boobytrap
from tests.pipeline.scored import TAKES, dataset, measured, rows, scored

from dataready.errors import ConfigError, NoSuchColumnError
from dataready.importance.probe import NoProbeError

MODEL = {"model": {"path": "model.joblib"}}
LABELS = {"labels": {"source": "labels.csv"}}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Write pilot, production, labels and model once."""
    folder = tmp_path_factory.mktemp("scored")
    scored(folder)
    return folder


def test_the_pilot_s_own_model_weighs_what_it_takes(folder):
    """Its weights are the score's; what it does not take weighs nothing; its hash is kept."""
    got = measured(folder, dataset(**MODEL), trusted=True)
    assert got.weights.origin == "the pilot's own model"
    assert set(got.weights.mean) == {*TAKES, "idle"}
    assert got.weights.mean["idle"] == 0.0
    assert got.weights.mean["weight"] > 0.3
    assert got.weights.skills.keys() == {"boosting", "linear"}
    assert got.learnt.record["model"]["name"] == "model.joblib"
    assert any("fitted on the very rows" in said for said in got.guesses)
    assert [seat().name for seat in got.learnt.panels] == ["the pilot's own model", "the probes"]


def test_a_model_that_is_not_trusted_is_not_even_opened(tmp_path):
    """Its file would run a command; without trust, the probes weigh and the reader is told."""
    scored(tmp_path)
    sprung = tmp_path / "sprung"
    joblib.dump(Boobytrap((sprung.mkdir.__func__, (sprung,))), tmp_path / "model.joblib")
    got = measured(tmp_path, dataset(**MODEL))
    assert not sprung.exists()
    assert got.weights.origin == "probes on the labelled pilot"
    assert "The pilot's own model was not loaded: give --trust-model." in got.guesses
    assert "model" not in got.learnt.record
    measured(tmp_path, dataset(**MODEL), trusted=True)
    assert sprung.exists()


@pytest.mark.parametrize(
    ("model", "why"),
    [
        ({"path": "gone.joblib"}, "is not there: no file 'gone.joblib'"),
        ({"path": "pilot.csv"}, "could not be loaded: "),
        ({"path": "model.joblib", "columns": ["idle"]}, "failed on 240 rows: ValueError."),
        ({"path": "model.joblib", "columns": ["wieght"]}, "Did you mean 'weight'?"),
        ({"path": "model.joblib", "columns": ["paid"]}, "no such feature"),
    ],
)
def test_a_model_that_fails_costs_no_run(folder, model, why):
    """It is an error for the verdict to know of, and the probes stand in for it."""
    got = measured(folder, dataset(model=model), trusted=True)
    (finding,) = [f for f in got.findings if f.detector == "own_model"]
    assert finding.severity == "error"
    assert why in finding.message
    assert finding.message.endswith("Our probes stand in for it.")
    assert got.weights.origin == "probes on the labelled pilot"


def test_declared_weights_are_the_user_s_word(folder):
    """They count whatever models say; these are asked for the loss all the same."""
    got = measured(folder, dataset(importance={"idle": 1.0}, **MODEL), trusted=True)
    assert got.weights.mean == {"id": 0.0, "weight": 0.0, "kind": 0.0, "idle": 1.0}
    assert len(got.learnt.panels) == 2


def test_outcomes_of_production_come_in_both_encodings(folder):
    """Whoever is asked about them can be; the record says where the labels came from."""
    got = measured(folder, dataset(**MODEL, **LABELS), trusted=True)
    own, probes = (seat().outcomes for seat in got.learnt.panels)
    assert len(own.labels) == len(probes.labels) == 1200
    assert (own.words is None, probes.words is None) == (False, True)
    assert got.learnt.record["labels"]["rows"] == 1200


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda y: y.str.upper(), "1,200 labels of production, 1,200 are no class of the pilot's"),
        (lambda y: y.where(y.index < 30), "Production has 30 labelled rows; 50 are needed"),
        (lambda y: y.where(y == "no"), "of one class only"),
        (lambda y: y.where(y.index >= 9, "maybe"), "leaves out 9 rows of classes unknown"),
    ],
)
def test_outcomes_that_prove_little_are_told(tmp_path, change, said):
    """A recoded label is no evidence of a loss, and neither are a few."""
    labels = rows(1200, seed=2, start=5000)
    scored(tmp_path, labels=labels.assign(paid=change(labels["paid"])))
    got = measured(tmp_path, dataset(**LABELS))
    assert any(said in note for note in got.guesses), got.guesses
    (probes,) = got.learnt.panels
    assert (probes().outcomes is not None) is ("leaves out" in said)


@pytest.mark.parametrize("rarer", ["yes", "ada@example.org"])
def test_f1_says_which_class_it_is_about(tmp_path, rarer):
    """Unless the class looks like somebody."""
    scored(tmp_path)
    pilot = rows(600, seed=1)
    pilot.assign(paid=pilot["paid"].replace("yes", rarer)).to_csv(tmp_path / "pilot.csv")
    got = measured(tmp_path, dataset(metric="f1"))
    (said,) = [note for note in got.guesses if note.startswith("F1 is that of")]
    assert ("'yes'" in said) is (rarer == "yes")
    assert "ada" not in said


def test_a_metric_that_does_not_fit_is_refused_early(folder, monkeypatch):
    """Before production is looked at."""

    def never(*_args, **_known):
        raise AssertionError

    monkeypatch.setattr("dataready.pipeline.measure.propose", never)
    with pytest.raises(
        ConfigError, match="'mae' is for numbers, and the target 'paid' has classes"
    ):
        measured(folder, dataset(metric="mae"))


def test_a_column_that_labels_lack_is_refused(folder):
    """The settings are wrong, and the message says what there is."""
    settings = dataset(labels={"source": "labels.csv", "column": "payed"})
    with pytest.raises(NoSuchColumnError, match=r"Did you mean 'paid'\? It has: id, paid"):
        measured(folder, settings)


def test_without_a_target_nothing_is_learnt(folder):
    """Neither weights nor panels."""
    got = measured(folder, dataset(target=None))
    assert got.weights.mean is None
    assert got.learnt.panels == ()


def test_labels_that_teach_nothing_leave_no_weights(tmp_path):
    """The reason is the weights' origin, with a model of the pilot's own too."""
    scored(tmp_path)
    pilot = rows(600, seed=1)
    noise = np.random.default_rng(0).permutation(pilot["paid"])
    pilot.assign(paid=noise).to_csv(tmp_path / "pilot.csv", index=False)
    got = measured(tmp_path, dataset(**MODEL), trusted=True)
    assert got.weights.mean is None
    assert "next to nothing" in got.weights.origin
    assert "next to no skill" in next(f for f in got.findings if f.detector == "own_model").message


def test_probes_without_skill_are_fitted_once(tmp_path, monkeypatch):
    """Every group of every segment asks for them: that there are none is remembered."""
    scored(tmp_path)
    tried = []

    def unable(samples, metric, outcomes):
        tried.append((len(samples.labels), metric, outcomes))
        msg = "models learn next to nothing"
        raise NoProbeError(msg)

    monkeypatch.setattr("dataready.importance.model.probe_panel", unable)
    (seat,) = measured(tmp_path, dataset()).learnt.panels
    for _ in range(3):
        with pytest.raises(NoProbeError, match="next to nothing"):
            seat()
    assert len(tried) == 1
