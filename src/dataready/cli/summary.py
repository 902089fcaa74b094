"""An assessment and findings as a terminal shows them: the decision first, then the reasons."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from dataready.cli.console import value
from dataready.model import Finding, Severity, Verdict
from dataready.readiness.assessment import Assessment, Score
from dataready.report.number import count, points, score
from dataready.report.wording import NOT_CALIBRATED, VERDICTS, interval, meaning, verdict_line

__all__ = ["STYLES", "bar", "findings_table", "score_line", "show"]

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
    verdict = assessment.verdict
    yield Text.assemble((VERDICTS[verdict], STYLES[verdict]), f": {verdict_line(verdict)}")
    yield Text(score_line(assessment.score), style="bold")
    for sentence in meaning(assessment):
        yield Padding(value(sentence, 400), (0, 0, 0, 2), expand=False)
    if assessment.reasons:
        yield Text("\nWhy", style="bold")
        for reason in assessment.reasons[:_REASONS]:
            yield Padding(value(f"- {reason}", 400), (0, 0, 0, 2), expand=False)
    if assessment.dimensions:
        yield Text("\nThe score if this were the only damage", style="bold")
        yield _dimensions(assessment.dimensions)
    yield findings_table(assessment.findings)


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
