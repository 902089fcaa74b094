"""Tests for `dataready.importance.model`: our own probes as judges."""

import numpy as np
import pytest

from dataready.importance.model import PROBES, SEEDS, probe_panel, skill
from dataready.importance.probe import NoProbeError, Samples


def samples(n=300, *, classes=3):
    """Draw rows whose class, or number if there are no classes, follows from a column."""
    rng = np.random.default_rng(2)
    x, noise = rng.normal(size=(2, n))
    features = {"x": x, "noise": noise, "dead": np.full(n, np.nan)}
    if not classes:
        return Samples(features, frozenset(), 3 * x, classes=False)
    labels = np.digitize(x, np.linspace(-1, 1, classes - 1)).astype(float)
    names = tuple(f"class {k}" for k in range(classes))
    return Samples(features, frozenset(), labels, classes=True, names=names)


@pytest.mark.parametrize("classes", [0, 2, 3])
def test_both_probes_answer_on_rows_they_were_not_fitted_on(classes):
    """Three sittings of two models, which learn what there is to learn; the same every time."""
    rows = samples(classes=classes)

    panel = probe_panel(rows, "auc" if classes else "mae")

    assert (panel.name, len(panel.sittings)) == (PROBES, len(SEEDS))
    assert skill(panel, min) > 0.8
    judge, rest = panel.sittings[0]
    assert len(rest.labels) == 120
    first, second = judge.ask(rest)
    assert first.shape == second.shape == ((120, classes) if classes else (120,))
    again = probe_panel(rows, "auc" if classes else "mae").sittings[0][0].ask(rest)
    assert (again[0] == first).all()


def test_a_class_that_was_not_met_has_no_probability():
    """Answers have a place for every class of the pilot."""
    rows = samples(classes=2)
    more = Samples(rows.features, rows.text, rows.labels, classes=True, names=("a", "b", "c"))

    (answer, _) = probe_panel(more, "auc").sittings[0][0].ask(more)

    assert answer.shape == (300, 3)
    assert (answer[:, 2] == 0).all()


def test_what_cannot_be_learnt_is_told():
    """A panel of probes that know nothing proves nothing."""
    rng = np.random.default_rng(0)
    features = {"x": rng.normal(size=200)}
    labels = rng.permutation([0.0, 1.0] * 100)
    rows = Samples(features, frozenset(), labels, classes=True, names=("a", "b"))
    with pytest.raises(NoProbeError, match="next to nothing"):
        probe_panel(rows, "auc")
    with pytest.raises(NoProbeError, match="20 labelled rows"):
        probe_panel(rows.take(np.arange(20)), "auc")
