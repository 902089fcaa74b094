"""The review page: a suite's rules with their evidence and what people decided, in one file."""

from __future__ import annotations

from markupsafe import Markup

from dataready.expectations.suite_file import SuiteFile
from dataready.report.html import asset, environment, policy

__all__ = ["render_review"]


def render_review(suite: SuiteFile) -> str:
    """Render a suite as one self-contained page.

    Returns:
        A whole HTML document. The same suite gives the same bytes.
    """
    style = asset("report.css")
    page = environment().get_template("review.html.j2")
    return page.render(suite=suite, style=Markup(style), policy=policy(style)) + "\n"  # noqa: S704
