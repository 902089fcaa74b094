"""Tests for `dataready.cli.summary`."""

from rich.console import Console
from tests.report.factory import HOSTILE, assessment, predicted, real

from dataready.cli.summary import show


def shown(judged):
    """Answer what a terminal shows of an assessment."""
    console = Console(width=300)
    with console.capture() as captured:
        show(judged, console)
    return captured.get().replace("\u00a0", " ")


def test_predicted_and_real_loss_have_a_line_each():
    """Both are told right below what the score is, before what stands behind it."""
    lines = [line.strip() for line in shown(assessment(predicted=real())).splitlines()]
    said = [line for line in lines if "loss:" in line]

    assert lines.index(said[0]) == 1 + next(k for k, v in enumerate(lines) if "About 62 %" in v)
    assert said[0].startswith("Predicted loss: AUC 0.81 \u2192 0.74 [0.71, 0.77], 22.6 %")
    assert said[1].startswith("Real loss: AUC 0.73, 26.4 % of the skill (18,204 labelled rows)")
    assert len(said) == 2


def test_no_model_no_line():
    """Where no model could be asked, no loss is spoken of."""
    assert "loss:" not in shown(assessment())


def test_what_a_model_is_called_is_harmless():
    """Brackets and control characters of a name are text."""
    said = shown(assessment(predicted=predicted(model=f"[red]\x1b[2J{HOSTILE}")))

    assert "([red]\\x1b[2J<script>" in said
