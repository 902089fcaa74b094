"""Tests for `dataready.report.data`: a project is as good as its worst dataset."""

from __future__ import annotations

import json

import pytest
from tests.report.factory import assessment, report, score

from dataready.model import Verdict
from dataready.report.html import render_html
from dataready.report.json_view import to_json
from dataready.report.markdown import render_memo
from dataready.report.wording import project

GATED = assessment("gated", verdict=Verdict.NO_GO, score=score(99.0))
LOW = assessment("low", verdict=Verdict.CONDITIONAL, score=score(88.4))
PLAIN = assessment("plain", verdict=Verdict.CONDITIONAL, score=score(91.0, kind="A0"))
NONE = assessment("none", verdict=Verdict.NOT_ENOUGH_EVIDENCE, score=score(None, None, None))


def test_verdict_and_score_may_be_those_of_two_datasets():
    """A gate fails in one, the score is lowest in another."""
    data = report(GATED, LOW, PLAIN)
    assert (data.verdict, data.score.value) == (Verdict.NO_GO, 88.4)
    assert data.lowest.dataset == "low"
    assert json.loads(to_json(data))["score"] == 88.4


def test_a_dataset_without_a_score_leaves_the_project_without_one():
    """What was not measured could be anything."""
    data = report(GATED, NONE)
    assert data.score.value is None
    assert project(data) == ("The project has no score, since none has none.",)


def test_one_dataset_needs_no_words():
    """It is the project."""
    assert project(report(GATED)) == ()


@pytest.mark.parametrize(
    ("others", "words"),
    [
        ((PLAIN,), "(plain) the score is about undamaged cells (A0)"),
        (
            (PLAIN, assessment("other", score=score(93.0, kind="A0"))),
            "(plain, other) the scores are about undamaged cells (A0)",
        ),
    ],
)
def test_scores_of_two_kinds_are_said_to_be_no_measure_of_each_other(others, words):
    """Whose is which; every page says it."""
    data = report(GATED, LOW, *others)
    lowest, kinds = project(data)
    assert lowest == "The project's score is the lowest of its datasets': 88.4, of low."
    assert words in kinds
    assert "the two are no measure of each other" in render_memo(data)
    assert "the two are no measure of each other" in render_html(data)


@pytest.mark.parametrize("data", [report(GATED, LOW), report(PLAIN, PLAIN)])
def test_scores_of_one_kind_need_no_warning(data):
    """They can be compared."""
    assert len(project(data)) == 1
