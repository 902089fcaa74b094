"""Tests for `dataready.report.html`; what needs a browser is in `test_browser.py`."""

import base64
import hashlib
import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from tests.report.factory import (
    HOSTILE,
    LONG,
    NASTY_SQL,
    assessment,
    column,
    finding,
    fix_plan,
    full_report,
    gate,
    predicted,
    real,
    report,
    score,
    waived,
    wide,
)

from dataready.model import Severity, Verdict
from dataready.report.html import render_html

VOID = {"meta", "link", "br", "wbr", "input"}


class Page(HTMLParser):
    """A page's elements, checked for balance while they are read."""

    def __init__(self, html):
        """Parse a whole page."""
        super().__init__()
        self.elements, self.open, self.text = [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        """Remember an element."""
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        """Remember an element that closes itself."""
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        """Refuse an end that does not match the start."""
        assert self.open.pop() == tag, f"</{tag}> at {self.getpos()}"

    def handle_data(self, data):
        """Remember text."""
        self.text.append(data)


@pytest.fixture(scope="module")
def full():
    """Render the realistic report once."""
    return render_html(full_report())


def without_code(html):
    """Answer a page without its script and style."""
    return re.sub(r"<(script|style)>.*?</\1>", "", html, flags=re.DOTALL)


def test_elements_are_balanced_and_ids_unique(full):
    """The page is well formed and every link in it has one place to go."""
    page = Page(full)
    ids = [a["id"] for _, a in page.elements if "id" in a]
    targets = [a["href"][1:] for t, a in page.elements if t == "a"]
    assert page.open == []
    assert len(ids) == len(set(ids))
    assert set(targets) <= set(ids)


def test_values_cannot_become_elements(full):
    """A script in a name, a value, a message or SQL is shown and never run."""
    page = Page(full)
    assert [t for t, _ in page.elements].count("script") == 1
    assert "img" not in {t for t, _ in page.elements}
    assert not [a for _, a in page.elements for name in a if name.startswith("on")]
    assert HOSTILE in "".join(page.text)


def test_the_policy_names_the_code_and_nothing_else(full):
    """The hashes are those of the script and the style; inline styles would be refused."""
    for tag in ("script", "style"):
        code = re.search(rf"<{tag}>(.*?)</{tag}>", full, re.DOTALL)[1]
        digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
        assert f"{tag}-src &#39;sha256-{digest}&#39;" in full
    assert "default-src &#39;none&#39;" in full
    assert not [a for _, a in Page(full).elements if "style" in a]


def test_nothing_points_outside(full):
    """No address of any kind stands in what the page itself wrote."""
    links = [v for _, a in Page(full).elements for n, v in a.items() if n in {"href", "src"}]
    assert all(link.startswith(("#", "data:")) for link in links)
    assert not re.search(r"url\(|@import|https?://", full)


def test_headings_come_in_order(full):
    """No level is skipped on the way down."""
    levels = [int(t[1]) for t, _ in Page(full).elements if re.fullmatch(r"h[1-6]", t)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_tables_have_scopes(full):
    """Every header cell says what it is the header of."""
    assert all("scope" in a for t, a in Page(full).elements if t == "th")


def test_the_reading_order(full):
    """Verdict, what costs most, then each dataset: dimensions to limits."""
    marks = [
        "verdict",
        "gaps",
        "d0",
        *(
            f"d0-{part}"
            for part in ("dimensions", "columns", "details", "schema", "rules", "method", "limits")
        ),
        "d1",
    ]
    places = [full.index(f'id="{mark}"') for mark in marks]
    assert places == sorted(places)


def test_a_gap_has_owner_rows_points_and_fix():
    """What costs most comes with all that a decision needs."""
    html = render_html(report())
    top = html[html.index('id="gaps"') : html.index('id="d0"')]
    for expected in ("Payroll integration", "281,034", "16.3", "Restore the join to payroll"):
        assert expected in top


def test_sql_is_shown_safely_and_copied_exactly(full):
    """What is seen is harmless; what is copied is the query as it was."""
    raw = [a["data-raw"] for t, a in Page(full).elements if t == "pre" and "data-raw" in a]
    assert set(raw) == {NASTY_SQL}
    assert "\u202e" not in re.sub(r'data-raw="[^"]*"', "", full)


@pytest.mark.parametrize("verdict", list(Verdict))
def test_every_verdict_can_be_shown(verdict):
    """Each verdict has its heading and its accent."""
    html = render_html(report(assessment(verdict=verdict)))
    assert f'<body class="{verdict.value}">' in html


def test_no_score_reads_well():
    """A dataset without score, columns, findings or provenance is still a page."""
    nothing = assessment(
        verdict=Verdict.NOT_ENOUGH_EVIDENCE, score=score(None, None, None, coverage=0.0),
        columns=(), findings=(), gates=(), dimensions={}, limits=(), provenance={}, reasons=(),
        probe_skill={}, target=None,
    )  # fmt: skip
    text = "".join(Page(without_code(render_html(report(nothing)))).text)
    assert "Not enough evidence" in text
    assert "No score could be computed" in text
    assert "Every pilot column is there" not in text
    assert not re.search(r"\bNone\b(?! was)|nan", text)


def test_a_score_without_target_is_labelled():
    """A0 says beside the number that it is not calibrated."""
    html = render_html(report(assessment(score=score(kind="A0"))))
    assert html.count("not calibrated to model loss") >= 3


def test_long_values_are_cut(full):
    """A name of hundreds of characters is neither shown nor kept in full."""
    text = "".join(Page(full).text)
    assert LONG not in full.replace("<wbr>", "")
    assert "very_long_column_name_very_long" in text


def test_unknown_provenance_is_shown_and_escaped(full):
    """Keys that nobody foresaw are shown, as text, with numbers for people."""
    assert "Weather &lt;b&gt;" in full
    assert "0.00001" in full


def test_personal_columns_say_why_there_are_no_values():
    """A column without values does not look as if it had been forgotten."""
    html = render_html(report(assessment(columns=(column(personal=True),))))
    assert "Classified as personal data" in html


@pytest.mark.parametrize("severity", list(Severity))
def test_severities_are_words(severity):
    """Colour and shape are never all that tells a severity."""
    html = render_html(report(assessment(findings=(finding(severity=severity),))))
    assert f">{severity.value}</span>" in html


def test_gate_results_are_words():
    """A result of two words reads as two words."""
    html = render_html(report(assessment(gates=(gate("not_applicable"),))))
    assert '<span class="tag not-applicable">not applicable</span>' in html


def test_the_same_report_has_the_same_bytes(full):
    """Nothing of the moment or the machine gets into the page."""
    assert render_html(full_report()) == full


def test_a_thousand_columns_fit():
    """A very wide table is still a page that can be sent: under 10 MB."""
    html = render_html(report(wide(1000)))
    assert html.count('<details class="column"') == 1000
    assert len(html.encode()) < 10_000_000


def test_the_plan_says_what_who_and_how_much():
    """A director finds defect, repair, owner, effort, points and the way to go in one table."""
    html = render_html(report(assessment(fix_plan=fix_plan())))
    section = html[html.index('id="d0-repairs"') : html.index('id="d0-columns"')]
    for expected in (
        "The cheapest way to go: 1 repair, 2.5 days",
        "23.4 % of rows missing",
        "Restore the join to payroll",
        "Payroll integration",
        "2.5 days",
        "16.3",
        "in the plan",
        'class="waterfall"',
    ):
        assert expected in section


def top_of(judged):
    """Answer what a report on one dataset says above what costs most."""
    html = render_html(report(judged))
    return html[html.index('id="verdict-title"') : html.index('id="gaps"')]


def test_the_predicted_loss_is_told_and_drawn():
    """Metric, words, picture, share of skill and whose model it was stand in the score section."""
    top = top_of(assessment(predicted=predicted()))
    for expected in (
        "AUC 0.81 \u2192 0.74 [0.71, 0.77]",
        "ranks 81 of 100 pairs rightly",
        'class="dots"',
        "22.6\u00a0% is lost",
        "Two models of ours",
        "Labels of production would show whether that comes true",
    ):
        assert expected in top


def test_the_real_loss_stands_beside_the_prediction():
    """Where labels exist, they are told and drawn, and nobody asks for them."""
    top = top_of(assessment(predicted=real()))
    assert "is really gone" in top
    assert 'class="real"' in top
    assert "Labels of production would show" not in top


def test_without_a_model_no_loss_is_predicted():
    """The section says so rather than leave a gap."""
    top = top_of(assessment())
    assert "No model could be asked what it would lose" in top
    assert 'class="dots"' not in top


def test_the_score_section_reads_by_itself():
    """Where the points go, both estimates, the record, and the way to limits and method."""
    top = top_of(assessment(fix_plan=fix_plan()))
    for expected in (
        "-16.3 points: &#39;income&#39;, 23.4 % of rows missing",
        "counted 65, column by column; replayed 60",
        "nine in ten at most",
        'href="#d0-limits"',
        'href="#d0-method"',
    ):
        assert expected in top


def test_names_in_a_prediction_stay_text():
    """A target and a model may be called anything."""
    evil = predicted(model=HOSTILE, metric="mae")
    top = top_of(assessment(target=HOSTILE, predicted=evil))
    assert "units of &#39;&lt;script&gt;" in top
    assert "<script" not in top


@pytest.mark.parametrize("replay", [59.62, None])
def test_the_method_fits_the_score(replay):
    """A replay is explained where it is part of the score, and nowhere else."""
    html = render_html(report(assessment(score=score(replay=replay))))
    method = html[html.index('id="d0-method"') : html.index('id="d0-limits"')]
    assert ("Replayed" in method) is (replay is not None)
    assert ("the score is their mean" in method) is (replay is not None)


def test_what_no_repair_lifts_stands_in_the_report():
    """Where no set of repairs leads to go, why is said."""
    stuck = fix_plan(verdict=Verdict.NO_GO, reasons=("Production has 12 rows.",))
    html = render_html(report(assessment(fix_plan=stuck)))
    assert "Still in the way then:" in html
    assert "Production has 12 rows." in html


def test_waivers_are_told_beside_the_verdict():
    """The headline is the verdict with them, and says what it is without; void ones are listed."""
    html = render_html(report(assessment(waived=waived())))
    top = html[html.index('id="verdict-title"') : html.index('id="gaps"')]
    assert 'class="verdict">Conditional<' in top
    assert "Without: no-go, score 62.3." in top
    assert "it expired on 2026-10-31." in html


def test_silence_is_told_by_what_would_have_been_seen():
    """Per detector the rows that it takes, the hardest column, and how often it errs."""
    text = "".join(Page(render_html(full_report())).text)
    rows = text.split("What a silent detector says")[1]
    assert "3,120 to 98,211" in rows
    assert "1 in 740" in rows
    assert "duplicate rows" in rows
