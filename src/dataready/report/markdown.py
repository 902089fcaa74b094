"""The memo for the meeting: one page of Markdown, the decision first."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Sequence

from dataready.readiness.assessment import Assessment, Gate
from dataready.report.data import ReportData
from dataready.report.digest import Gap, gaps, trend_of
from dataready.report.number import count, percent, points, score
from dataready.report.prediction import lines
from dataready.report.text import clip, moment
from dataready.report.wording import (
    NOT_CALIBRATED,
    VERDICTS,
    attributions,
    days,
    interval,
    meaning,
    plan_line,
    project,
    ready,
    verdict_line,
    waived_line,
)

__all__ = ["render_memo"]

_COSTS = 3
_DATASETS = 8
_FIXES = 5
_GATES = 5
_LIMITS = 4
_PREDICTED = 3
_RUNS = 6
_SEGMENTS = 3

_MARKUP = re.compile(r"[\\`*\[\]|~]|(?<!\w)_|_(?!\w)")
_LINK = re.compile(r"(?<=[a-z])(:)(?=//)|(?<=www)(\.)|(@)", re.IGNORECASE)


def render_memo(data: ReportData) -> str:
    """Write what a meeting needs to decide, on one page.

    Lists are cut to fit, and say so; the HTML report has all of it.
    """
    worst = data.worst
    parts = [
        f"# {_say(data.project, 60)}: {VERDICTS[data.verdict].lower()}",
        f"{moment(data.clock)}, run {_say(data.run_id, 40)}, dataready {_say(data.version, 20)}",
        f"**{verdict_line(data.verdict)}** {' '.join(meaning(worst))}",
        waived_line(worst),
        *_predicted(data.datasets),
        _say(" ".join(project(data)), 800),
        _bullets(worst.reasons, at_most=_LIMITS, more="reasons"),
        _segments(worst),
        _datasets(data.datasets),
        _gaps(data.datasets),
        _repairs(worst),
        _gates(data.datasets),
        _trend(data),
        "## What this cannot see",
        _bullets(worst.limits, at_most=_LIMITS, more="limits") or "None was recorded.",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _predicted(datasets: Sequence[Assessment]) -> Iterator[str]:
    """What a model loses, and really lost: a line each."""
    for a in [a for a in datasets if a.predicted][:_PREDICTED]:
        where = f"**{_say(a.dataset, 40)}.** " if len(datasets) > 1 else ""
        yield "\n".join(f"- {where}{_say(line, 400)}" for line in lines(a))


def _datasets(datasets: Sequence[Assessment]) -> str:
    if len(datasets) == 1:
        return ""
    rows = [
        [
            _say(a.dataset, 40),
            VERDICTS[a.decided],
            score(a.score.value) + (f" ({NOT_CALIBRATED})" if a.score.kind == "A0" else ""),
            interval(a.score),
        ]
        for a in datasets[:_DATASETS]
    ]
    table = _table(["Dataset", "Verdict", "Score", "90 % interval"], rows)
    return "## Datasets, weakest first\n\n" + table + _more(len(datasets), _DATASETS, "datasets")


def _segments(assessment: Assessment) -> str:
    lines = []
    for scope in assessment.ready_scope[:_SEGMENTS]:
        worst = next(g for g in assessment.segments if g.column == scope.column)
        why = f", {_say(worst.worst, 80)}" if worst.worst else ""
        lines.append(
            f"- {_say(ready(scope), 600)} Worst off: {_say(worst.value, 40)} "
            f"({VERDICTS[worst.verdict].lower()}, score {score(worst.score.value)}{why})."
        )
    more = _more(len(assessment.ready_scope), _SEGMENTS, "segments")
    return "## Who is ready\n\n" + "\n".join(lines) + more if lines else ""


def _gaps(datasets: Sequence[Assessment]) -> str:
    worst = datasets[0]
    where = f" in {_say(worst.dataset, 40)}" if len(datasets) > 1 else ""
    found = gaps(worst)
    title = f"## What costs most{where}\n\n"
    if not found:
        return title + "No finding asks for a decision."
    return title + _table(
        ["Column", "What", "Points", "Rows", "Owner", "Fix"], [_gap_row(gap) for gap in found]
    )


def _gap_row(gap: Gap) -> list[str]:
    finding = gap.finding
    share = f" ({percent(gap.share)})" if gap.share is not None else ""
    return [
        _say(finding.column or finding.table, 40),
        _say(finding.message, 160),
        points(gap.points),
        count(finding.rows_affected) + share,
        _say(gap.owner, 40) or "nobody named",
        _say(finding.fix, 160) or "none proposed",
    ]


def _repairs(assessment: Assessment) -> str:
    """The plan: what leads to go, and where the points go."""
    plan = assessment.fix_plan
    if plan is None:
        return ""
    costs = _bullets(attributions(assessment, at_most=_COSTS), at_most=_COSTS, more="costs")
    chosen = [f for f in plan.fixes if f.in_plan]
    rows = [
        [
            _say(f.column, 40),
            _say(f.what, 160),
            _say(f.owner, 40) or "nobody named",
            days(f.effort),
            points(f.points),
        ]
        for f in chosen[:_FIXES]
    ]
    table = _table(["Column", "What to do", "Who", "Effort", "Points back"], rows) if rows else ""
    parts = ("## What to repair", plan_line(plan), costs, table)
    return "\n\n".join(p for p in parts if p) + _more(len(chosen), _FIXES, "repairs")


def _gates(datasets: Sequence[Assessment]) -> str:
    missed = [(a, g) for a in datasets for g in a.gates if g.result in {"fail", "error"}]
    lines = [_gate_line(a, g) for a, g in missed[:_GATES]]
    if not lines:
        return ""
    return "## Gates not passed\n\n" + "\n".join(lines) + _more(len(missed), _GATES, "gates")


def _gate_line(assessment: Assessment, gate: Gate) -> str:
    name, dataset = _say(gate.name, 40), _say(assessment.dataset, 40)
    return f"- **{name}** ({dataset}, {gate.result}): {_say(gate.message, 200)}"


def _trend(data: ReportData) -> str:
    runs = trend_of(data, data.worst)
    if len(runs) == 1:
        return ""
    steps = [f"{moment(p.clock)[:10]} {score(p.value)}" for p in runs[-_RUNS:]]
    return f"**Trend of {_say(data.worst.dataset, 40)}:** {'; '.join(steps)}"


def _bullets(sentences: Sequence[str], *, at_most: int, more: str) -> str:
    lines = "\n".join(f"- {_say(sentence, 240)}" for sentence in sentences[:at_most])
    return lines + _more(len(sentences), at_most, more)


def _more(total: int, shown: int, noun: str) -> str:
    return f"\n\n{total - shown} more {noun} stand in the full report." if total > shown else ""


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _say(value: str, limit: int) -> str:
    r"""Make a value plain text in Markdown: no markup, no HTML, no link.

    >>> print(_say("a|b <i> _x_ a_b http://x", 40))
    a\|b &lt;i&gt; \_x\_ a_b http&#58;//x
    """
    shown = html.escape(clip(value, limit), quote=False)
    escaped = _MARKUP.sub(lambda m: "\\" + m[0], shown)
    return _LINK.sub(lambda m: f"&#{ord(m[0])};", escaped)
