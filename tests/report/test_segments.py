"""Tests of what the report says of groups: who is worst off, and who is ready."""

from dataclasses import replace

from rich.console import Console
from tests.report import factory
from tests.report.factory import HOSTILE, RTL, assessment, predicted, score

from dataready.cli.summary import show
from dataready.model import Verdict
from dataready.readiness.assessment import ReadyScope
from dataready.report.data import ReportData
from dataready.report.html import render_html
from dataready.report.markdown import render_memo
from dataready.report.wording import ready

SCOPE = ReadyScope(
    column=f"region{HOSTILE}",
    ready=("DE", "FR"),
    not_ready=("LATAM", RTL),
    rows_share=0.62,
    value=97.1,
    low=95.3,
)


def group(value, verdict=Verdict.GO, **changes):
    """Build a group of the scope's column, of which no model was asked; changes replace fields."""
    fields = {"column": SCOPE.column, "predicted": None}
    return factory.group(value, verdict, **(fields | changes))


GROUPS = (
    group("LATAM", Verdict.NO_GO, worst="'ship_weight' -6.1 points"),
    group(RTL, Verdict.NOT_ENOUGH_EVIDENCE, comparable=False, pilot_rows=0),
    group("DE", score=score(value=None, low=None, high=None, loss_mean=None)),
    group(HOSTILE),
)
JUDGED = assessment(segments=GROUPS, ready_scope=(SCOPE,))


def report(judged=JUDGED):
    """Build a report of one dataset."""
    return ReportData(
        project="p", run_id="r", clock="2026-11-20T03:00:00Z", version="0", datasets=(judged,)
    )


def test_the_page_lists_the_groups_worst_first():
    """The order of the assessment is kept, and what stands in for the pilot is said."""
    page = render_html(report())
    section = page.partition('id="d0-segments"')[2].partition("<h3")[0]

    assert [section.index(v) for v in ("LATAM</bdi></th>", "No-go", "\\u202e", "DE</bdi></th>")]
    order = [section.index(f'<tr class="{v.value}">') for v in (Verdict.NO_GO, Verdict.GO)]
    assert order == sorted(order)
    assert "The pilot has fewer than 5 such rows: held against all of it." in section
    assert "ship_<wbr>weight" in section
    assert '<a href="#d0-segments">' in page


def test_the_loss_of_a_group_says_what_it_is():
    """The metric where models were asked; else that it is what such scores have meant."""
    groups = (group("LATAM", predicted=predicted()), group("DE"))
    page = render_html(report(assessment(segments=groups, ready_scope=(SCOPE,))))

    assert "22.6\u00a0%<small>AUC 0.81 \u2192 0.74 [0.71, 0.77]</small>" in page
    assert "30.5\u00a0%<small>mean of such scores</small>" in page


def test_the_top_says_for_whom_production_is_ready():
    """A director need not scroll for it."""
    top = render_html(report()).partition('id="gaps"')[0]

    assert "ready for DE, FR (62.0\u00a0% of rows); not for LATAM" in top


def test_values_of_groups_are_escaped():
    """Neither a page nor a memo lets a value be markup, or turn the text round."""
    page, memo = render_html(report()), render_memo(report())

    for text in (page, memo):
        assert HOSTILE not in text
        assert "\u202e" not in text


def test_without_segments_nothing_is_said_of_them():
    """No heading stands over nothing."""
    plain = report(assessment())

    assert "segments" not in render_html(plain).partition("<body")[2]
    assert "Who is ready" not in render_memo(plain)


def test_the_memo_names_who_is_worst_off():
    """The meeting reads it in one line."""
    memo = render_memo(report())

    assert "ready for DE, FR" in memo
    assert "Worst off: LATAM (no-go, score 62.3, 'ship_weight' -6.1 points)." in memo


def test_the_terminal_says_for_whom_production_is_ready():
    """So does the summary of a command."""
    console = Console(width=300)
    with console.capture() as captured:
        show(JUDGED, console)

    assert "ready for DE, FR (62.0\u00a0% of rows); not for LATAM" in captured.get()


def test_the_sentence_is_short():
    """No group and every group need no list; a long one is cut."""
    many = tuple(f"g{k}" for k in range(11))

    assert ready(replace(SCOPE, column="c", ready=())) == "By c: ready for no group."
    assert ready(replace(SCOPE, column="c", not_ready=())) == "By c: ready for every group."
    assert "not for g0, g1, g2, g3, g4, g5, g6, g7 and 3 more." in ready(
        replace(SCOPE, not_ready=many)
    )
