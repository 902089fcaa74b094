"""Tests for `dataready.report.prediction`."""

import pytest
from tests.report.factory import HOSTILE, RTL, assessment, predicted, real

from dataready.importance.metric import METRICS
from dataready.importance.model import PROBES
from dataready.importance.own import OWN
from dataready.report.prediction import (
    change,
    in_words,
    lines,
    outcome,
    skill_lost,
    source,
    written,
)


def plain(sentence):
    """Answer a sentence with ordinary spaces."""
    return sentence.replace("\u00a0", " ")


MAE = {"metric": "mae", "pilot": 1234.4, "expected": 1402.0, "low": 1350.0, "high": 1460.6}


def test_a_change_is_written_as_people_of_the_field_do():
    """Metric, both values and the interval, in this order."""
    assert change(predicted()) == "AUC 0.81 \u2192 0.74 [0.71, 0.77]"
    assert change(predicted(**MAE)) == "MAE 1,234 \u2192 1,402 [1,350, 1,461]"


@pytest.mark.parametrize(
    ("metric", "value", "shown"),
    [
        ("auc", 0.994, "0.99"),
        ("auc", 0.997, "0.997"),
        ("auc", 0.99997, ">\u00a00.999"),
        ("auc", 1.0, "1.00"),
        ("mae", 0.0000123, "0.0000123"),
        ("mae", 0.0, "0"),
        ("rmse", 12.345, "12.3"),
        ("rmse", 1e7, "10,000,000"),
    ],
)
def test_values_read_well_at_any_size(metric, value, shown):
    """What is nearly perfect does not read as perfect, and nothing as 1e-05."""
    assert written(predicted(metric=metric), value) == shown


@pytest.mark.parametrize("metric", METRICS)
def test_every_metric_has_words(metric):
    """A new metric cannot be shown before it is said for those who do not know it."""
    said = in_words(predicted(metric=metric), "late")

    assert said.startswith("A model trained on the pilot ")
    assert "on production it would be" in said


def test_a_rank_is_said_in_pairs():
    """A director reads an AUC as pairs in a hundred, with the interval and what guessing is."""
    assert plain(in_words(predicted(), "late")) == (
        "A model trained on the pilot ranks 81 of 100 pairs rightly; on production it would be 74 "
        "(90 % interval 71 to 77). A pair is two rows of different outcomes; guessing ranks 50 of "
        "100 rightly."
    )


def test_an_error_is_said_in_units_of_the_target():
    """Numbers alone would leave the reader to guess of what."""
    assert plain(in_words(predicted(**MAE), "price")) == (
        "A model trained on the pilot is off by 1,234 on average; on production it would be 1,402 "
        "(90 % interval 1,350 to 1,461). Numbers are in units of 'price'."
    )


def test_no_change_is_said_as_such():
    """The same number twice would look like a mistake."""
    assert "would still be 81" in in_words(predicted(expected=0.8101), "late")


def test_a_change_of_population_is_told_apart():
    """What a repair cannot give back is said, if there is any of it, and is never all of more."""
    assert plain(skill_lost(predicted())) == (
        "Of its skill, which is what it has over guessing, 22.6 % is lost (90 % interval 13.1 % to "
        "32.2 %); 3.1 % would be lost without any damage, since production has another mix of "
        "rows."
    )
    assert "mix of rows" not in skill_lost(predicted(population_loss=0.0))
    assert "; 22.6\u00a0% would" in skill_lost(predicted(population_loss=0.9))


def test_it_is_said_whose_model_was_asked():
    """The probes are explained, the pilot's own model is named."""
    assert source(predicted(model=PROBES)).startswith("Two models of ours (boosting and a linear")
    assert source(predicted(model=OWN)).startswith("The pilot's own model answered")


@pytest.mark.parametrize(
    ("loss", "low", "high", "said"),
    [
        (0.2, 0.15, 0.25, "That is inside the predicted interval."),
        (0.35, 0.3, 0.4, "That is more than the predicted interval holds, though both intervals"),
        (0.5, 0.4, 0.6, "the same inputs may have come to mean another outcome."),
        (0.1, 0.05, 0.15, "That is less than the predicted interval holds, though both intervals"),
        (0.02, 0.0, 0.04, "the damage costs this model less than it seemed."),
        (0.5, None, None, "the same inputs may have come to mean another outcome."),
    ],
)
def test_the_real_loss_is_held_against_the_prediction(loss, low, high, said):
    """Inside, outside by chance perhaps, or outside: and then what that may mean."""
    told = outcome(real(real_loss=loss, real_loss_low=low, real_loss_high=high))

    assert told.startswith("Labels of 18,204 production rows say AUC 0.73: ")
    assert said in told


def test_without_labels_nothing_came_true():
    """No sentence speaks of a real loss that nobody knows."""
    assert outcome(predicted()) == ""
    assert len(lines(assessment(predicted=predicted()))) == 1


def test_each_is_a_line():
    """A memo and a terminal have room for a line each; none where no model was asked."""
    assert [plain(line) for line in lines(assessment(predicted=real()))] == [
        "Predicted loss: AUC 0.81 \u2192 0.74 [0.71, 0.77], 22.6 % of the skill (the probes).",
        "Real loss: AUC 0.73, 26.4 % of the skill (18,204 labelled rows); inside the predicted "
        "interval of 13.1 % to 32.2 %.",
    ]
    assert lines(assessment()) == ()


def test_names_are_cut_and_turn_nothing_round():
    """A target or a model may be called anything."""
    said = in_words(predicted(**MAE), RTL + "x" * 900) + source(predicted(model=RTL + HOSTILE * 99))

    assert "\u202e" not in said
    assert len(said) < 600
