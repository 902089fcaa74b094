"""Tests for `dataready.pipeline.predict`: what is asked of whom, and what is said of it.

What a replay does to rows has tests of its own; here it only takes weights away.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.pipeline.scored import TAKES, dataset, measured, rows, scored

from dataready.compare.damage import Damage
from dataready.importance.replay import Replayed
from dataready.pipeline.predict import predict, predicted_loss

MODEL = {"model": {"path": "model.joblib"}}
LABELS = {"labels": {"source": "labels.csv"}}


@pytest.fixture(autouse=True)
def _replay(monkeypatch):
    """Replay missing values alone."""

    def stand_in(samples, counts, damage, seed):
        assert counts.columns
        rng = np.random.default_rng(seed)
        gone = rng.random(len(samples.labels)) < damage["weight"].M
        weight = np.where(gone, np.nan, samples.features["weight"])
        changed = replace(samples, features=samples.features | {"weight": weight})
        return Replayed(changed, np.ones(len(weight)))

    monkeypatch.setattr("dataready.importance.replay.replay", stand_in)


def brittle(folder):
    """Write a function that knows the truth, and cannot do without weights."""
    (folder / "brittle_model.py").write_text(
        "def paid(frame):\n"
        "    if frame['weight'].isna().any():\n"
        "        raise ValueError('secret')\n"
        "    pull = 2 * (frame['weight'] - 5) + 2 * (frame['kind'] == 'a')\n"
        "    return (pull > 0.7).astype(float)\n"
    )
    return {"model": {"function": "brittle_model:paid", "columns": TAKES}}


def test_what_the_pilot_s_own_model_loses_is_predicted_and_measured(tmp_path):
    """With half of the weights gone, the prediction covers what labels say later."""
    scored(tmp_path, lost=0.5)
    settings = dataset(metric="accuracy", **MODEL, **LABELS)
    got = predict("orders", measured(tmp_path, settings, trusted=True))
    loss = got.loss
    assert got.findings == ()
    assert (loss.metric, loss.model) == ("accuracy", "the pilot's own model")
    assert loss.low < loss.expected < loss.high < loss.pilot
    assert loss.loss_low < loss.loss < loss.loss_high
    assert loss.loss > 0.2
    assert loss.labelled_rows == 1200
    assert loss.real < loss.pilot - 0.05
    assert loss.real_loss_low < loss.real_loss < loss.real_loss_high
    assert loss.real_loss == pytest.approx(loss.loss, abs=0.12)


def test_without_damage_and_without_labels_nothing_is_lost(tmp_path):
    """And nothing is made up about what came true."""
    scored(tmp_path)
    loss = predict("orders", measured(tmp_path, dataset())).loss
    assert (loss.metric, loss.model) == ("auc", "the probes")
    assert loss.pilot == loss.expected
    assert (loss.loss, loss.loss_high) == (0.0, 0.0)
    assert (loss.real, loss.real_loss, loss.labelled_rows) == (None, None, 0)


def test_a_model_that_fails_on_damaged_rows_is_told(tmp_path):
    """It may fail in production too; the probes predict in its place."""
    scored(tmp_path, lost=0.5)
    got = predict("orders", measured(tmp_path, dataset(**brittle(tmp_path)), trusted=True))
    (finding,) = got.findings
    assert finding.detector == "own_model"
    assert "ValueError. These rows are damaged as production's are" in finding.message
    assert "secret" not in finding.message
    assert got.loss.model == "the probes"
    assert got.loss.loss > 0.1


def test_other_counts_have_a_loss_of_their_own(tmp_path):
    """A group, or production after a repair, is asked about without reading a row again."""
    scored(tmp_path, lost=0.5)
    known = measured(tmp_path, dataset(**LABELS))
    half = predicted_loss(known, known.counts, known.damage)
    mended = predicted_loss(known, known.counts, known.damage | {"weight": Damage()})
    assert half.loss > 0.1 > mended.loss
    assert half.real is None
    assert half == predicted_loss(known, known.counts, known.damage)


def test_nobody_is_asked_where_nothing_was_learnt(tmp_path):
    """Without a target, or where its labels teach nothing, there is no prediction."""
    scored(tmp_path)
    blind = measured(tmp_path, dataset(target=None))
    assert predict("orders", blind).loss is None
    assert predicted_loss(blind, blind.counts, blind.damage) is None
    pilot = rows(600, seed=1)
    noise = np.random.default_rng(0).permutation(pilot["paid"])
    pilot.assign(paid=noise).to_csv(tmp_path / "pilot.csv", index=False)
    assert predict("orders", measured(tmp_path, dataset())).loss is None


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_loss_that_is_no_number_is_said_and_not_published(tmp_path, monkeypatch):
    """No held-out row is like production's: an error, which go does not survive."""

    def nowhere(samples, counts, damage, seed):
        assert counts.columns
        assert damage is not None
        assert seed >= 0
        return Replayed(samples, np.full(len(samples.labels), np.nan))

    monkeypatch.setattr("dataready.importance.replay.replay", nowhere)
    scored(tmp_path)
    got = predict("orders", measured(tmp_path, dataset()))
    assert got.loss is None
    assert [(f.detector, f.severity.name) for f in got.findings] == [("replay", "ERROR")]
