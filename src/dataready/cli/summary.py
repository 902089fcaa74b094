"""An assessment and findings as a terminal shows them: the decision first, then the reasons."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from dataready.cli.console import value
from dataready.model import Finding, Severity, Verdict
from dataready.readiness.assessment import Assessment, FixPlan, Score
from dataready.readiness.what_if import WhatIf
from dataready.report.number import count, points, score
from dataready.report.prediction import lines
from dataready.report.wording import (
    NOT_CALIBRATED,
    VERDICTS,
    attributions,
    days,
    interval,
    meaning,
    plan_line,
    ready,
    verdict_line,
    waived_line,
)

__all__ = ["STYLES", "bar", "findings_table", "score_line", "show", "show_what_if"]

STYLES = {
    Verdict.GO: "bold green",
    Verdict.CONDITIONAL: "bold yellow",
    Verdict.NO_GO: "bold red",
    Verdict.NOT_ENOUGH_EVIDENCE: "bold magenta",
}
_SEVERITY = {
    Severity.INFO: "dim",
    Severity.WARN: "yellow",
    Severity.FAIL: "red",
    Severity.ERROR: "magenta",
}
_BAR = 24
_SHOWN = 12
_REASONS = 6


def show(assessment: Assessment, console: Console) -> None:
    """Print the verdict in plain words, the score, the reasons and the top findings."""
    for part in _parts(assessment):
        console.print(part)


def _parts(assessment: Assessment) -> Iterator[RenderableType]:
    verdict = assessment.decided
    yield Text.assemble((VERDICTS[verdict], STYLES[verdict]), f": {verdict_line(verdict)}")
    yield Text(score_line(assessment.score), style="bold")
    if assessment.waived:
        yield _indented(waived_line(assessment))
    first, *more = meaning(assessment)
    yield from (_indented(sentence) for sentence in (first, *lines(assessment), *more))
    for scope in assessment.ready_scope:
        yield Padding(value(ready(scope), 600), (0, 0, 0, 2), expand=False)
    if assessment.reasons:
        yield Text("\nWhy", style="bold")
        for reason in assessment.reasons[:_REASONS]:
            yield Padding(value(f"- {reason}", 400), (0, 0, 0, 2), expand=False)
    if assessment.fix_plan:
        yield from _repairs(assessment, assessment.fix_plan)
    if assessment.dimensions:
        yield Text("\nThe score if this were the only damage", style="bold")
        yield _dimensions(assessment.dimensions)
    yield findings_table(assessment.findings)


def _repairs(assessment: Assessment, plan: FixPlan) -> Iterator[RenderableType]:
    costs = attributions(assessment)
    if costs:
        yield Text("\nWhere the points go", style="bold")
        yield from (_indented(f"- {cost}") for cost in costs)
    yield Text("\nWhat to repair", style="bold")
    yield _indented(plan_line(plan))
    chosen = [f for f in plan.fixes if f.in_plan]
    for f in chosen[:_REASONS]:
        told = [f"+{points(f.points)} points", days(f.effort), *([f.owner] if f.owner else [])]
        yield _indented(f"- {f.column}: {f.what} ({', '.join(told)})")
    if len(chosen) > _REASONS:
        yield _indented(f"{len(chosen) - _REASONS} more; --json and --html have them all.")
    if plan.reasons:
        yield _indented(f"Still in the way: {plan.reasons[0]}")


def show_what_if(answer: WhatIf, console: Console) -> None:
    """Print score and verdict before and after, and what is still in the way."""
    for part in _what_if(answer):
        console.print(part)


def _what_if(answer: WhatIf) -> Iterator[RenderableType]:
    yield Text("\nWhat if: ", style="bold") + value("; ".join(answer.asked), 400)
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 2))
    for when, said in (("now", answer.before), ("then", answer.after)):
        verdict = Text(VERDICTS[said.verdict], style=STYLES[said.verdict])
        table.add_row(when, verdict, score_line(said.score))
    yield table
    for reason in answer.after.reasons[:_REASONS]:
        yield _indented(f"- {reason}")


def _indented(text: str) -> RenderableType:
    return Padding(value(text, 400), (0, 0, 0, 2), expand=False)


def score_line(published: Score) -> str:
    """Write a score with its interval."""
    said = f"Score {score(published.value)} of 100"
    if published.low is not None:
        said += f", 90 % interval {interval(published)}"
    return said if published.calibrated else f"{said} ({NOT_CALIBRATED})"


def bar(share: float, width: int = _BAR) -> str:
    """Draw a share in [0, 1] as a bar; only a whole share fills it.

    >>> bar(0.5, 4), bar(0.999, 4)
    ('██░░', '███░')
    """
    filled = int(max(0.0, min(share, 1.0)) * width)
    return "█" * filled + "░" * (width - filled)


def _dimensions(dimensions: dict[str, float]) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for name, reached in dimensions.items():
        table.add_row(value(f"  {name}"), bar(reached / 100), score(reached))
    return table


def findings_table(findings: Sequence[Finding]) -> RenderableType:
    """Tabulate the gravest findings; what is left out is said."""
    told = [f for f in findings if f.severity is not Severity.INFO]
    if not told:
        return Text("\nNo finding asks for a decision.")
    table = Table(title="\nFindings, the gravest first", title_justify="left", expand=False)
    table.add_column("", no_wrap=True)
    table.add_column("column", overflow="fold", max_width=24)
    table.add_column("what", overflow="fold", ratio=1)
    table.add_column("rows", justify="right")
    table.add_column("points", justify="right")
    for finding in told[:_SHOWN]:
        table.add_row(
            Text(finding.severity.value, style=_SEVERITY[finding.severity]),
            value(finding.column or "", 40),
            value(finding.message, 240),
            count(finding.rows_affected),
            points(finding.points),
        )
    if len(told) > _SHOWN:
        table.caption = f"{len(told) - _SHOWN} more; --json, --html or --findings have them all."
    return table
