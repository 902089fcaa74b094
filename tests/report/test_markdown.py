"""Tests for `dataready.report.markdown`."""

import pytest
from tests.report.factory import (
    HOSTILE,
    assessment,
    finding,
    fix,
    fix_plan,
    full_report,
    gate,
    real,
    report,
    score,
    waived,
)

from dataready.model import Verdict
from dataready.report.markdown import render_memo


def test_the_decision_comes_first():
    """Title and first paragraph hold the verdict, the score and what it needs."""
    memo = render_memo(report()).replace("\u00a0", " ")
    assert memo.startswith("# Churn pilot: no-go\n")
    assert memo.index("About 62 %") < memo.index("## What costs most")


def test_it_fits_a_page():
    """However much there is to say, a memo stays about a page."""
    many = assessment(
        reasons=tuple(f"reason {i}" for i in range(40)),
        limits=tuple(f"limit {i}" for i in range(40)),
        gates=tuple(gate("fail", name=f"gate {i}") for i in range(40)),
        findings=tuple(finding(f"column {i}", message="m" * 900) for i in range(40)),
    )
    memo = render_memo(report(*[many] * 30))
    assert len(memo.splitlines()) < 60
    assert "36 more limits stand in the full report." in memo
    assert "22 more datasets stand in the full report." in memo


def test_values_cannot_become_markup():
    """HTML, table cells, emphasis and links in values stay text."""
    evil = f"{HOSTILE}|**b** [x](http://evil) www.evil.example a@b _i_\n# no"
    memo = render_memo(
        report(
            assessment(
                dataset=evil, reasons=(evil,), findings=(finding(evil, message=evil, owner=evil),)
            )
        )
    )
    for forbidden in ("<script>", "**b**", "[x]", "://", "www.", "a@b", " _i_", "\n# no"):
        assert forbidden not in memo
    header, *rows = [line for line in memo.splitlines() if line.startswith("|")]
    assert all(r.replace("\\|", "").count("|") == header.count("|") for r in rows)


@pytest.mark.parametrize("result", ["fail", "error"])
def test_gates_that_did_not_pass_are_named(result):
    """A failed gate and one that could not be evaluated both stand in the memo."""
    memo = render_memo(report(assessment(gates=(gate(result, name="freshness"), gate()))))
    assert f"- **freshness** (customers, {result})" in memo
    assert "**rows**" not in memo


def test_a_clean_go_reads_well():
    """Without gaps, gates or limits the memo says so instead of showing empty tables."""
    memo = render_memo(
        report(
            assessment(
                verdict=Verdict.GO,
                findings=(),
                gates=(),
                limits=(),
                reasons=(),
                score=score(99.2, 98, 99.6),
            )
        )
    )
    assert "No finding asks for a decision." in memo
    assert "None was recorded." in memo
    assert "\n\n\n" not in memo


def test_the_full_report_has_a_memo():
    """No score, no target and hostile names are no obstacle."""
    memo = render_memo(full_report())
    assert "| events | Not enough evidence |" in memo
    assert "not calibrated to model loss" in memo
    assert "**Trend of customers:**" in memo


def test_the_plan_is_listed():
    """What to do, who, how much it costs and gives back; what is not in the plan is left out."""
    plan = fix_plan(fix(), fix("other", in_plan=False), *(fix(f"c{k}") for k in range(9)))
    memo = render_memo(report(assessment(fix_plan=plan))).replace("\u00a0", " ")
    assert "The cheapest way to go: 10 repairs, 25 days" in memo
    assert "| income | Restore the join to payroll" in memo
    assert "| Payroll integration | 2.5 days | 16.3 |" in memo
    assert "| other |" not in memo
    assert "5 more repairs stand in the full report." in memo


def test_predicted_and_real_loss_have_a_line_each():
    """The metric's brackets stay text; of several datasets each is named."""
    memo = render_memo(report(assessment(predicted=real()))).replace("\u00a0", " ")
    assert "\n- Predicted loss: AUC 0.81 \u2192 0.74 \\[0.71, 0.77\\], 22.6 % of the skill" in memo
    assert "\n- Real loss: AUC 0.73, 26.4 % of the skill (18,204 labelled rows); inside" in memo

    full = render_memo(full_report())
    assert "\n- **customers.** Predicted loss: AUC" in full
    assert "\n- **orders.** Real loss: MAE 14.9" in full


def test_waivers_are_told():
    """The title is the verdict with them; the one without stands below."""
    memo = render_memo(report(assessment(waived=waived())))
    assert memo.startswith("# Churn pilot: conditional\n")
    assert "Without: no-go, score 62.3." in memo
