"""Great Expectations' own page of a validation (Data Docs), readable without a network.

Its templates take styles and scripts from eight hosts. Here the page keeps its words, gets a
style of its own, and a policy under which a browser loads nothing and runs nothing: whatever
names and values come with the data. What it says of values is taken away before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

__all__ = ["offline", "page_of"]

_KEPT = frozenset(
    """element_count missing_count missing_percent unexpected_count unexpected_percent
    unexpected_percent_nonmissing""".split()  # noqa: SIM905
)
"""What a result says of rows; the rest is values of the data."""
_RAISED = "raised_exception"
_UNSAID = {
    _RAISED: True,
    "exception_message": "It could not be evaluated.",
    "exception_traceback": "",
}
_GONE = (
    re.compile(r"<script\b.*?</script\s*>", re.DOTALL | re.IGNORECASE),
    re.compile(r"<(?:link|img|iframe|object|embed|base)\b[^>]*>", re.IGNORECASE),
    re.compile(r'\s(?:on[a-z]+="[^"]*"|href="(?!#)[^"]*")', re.IGNORECASE),
    re.compile(r"@font-face\s*\{[^}]*\}|@import[^;]*;|url\([^)]*\)", re.IGNORECASE),
)
_HEAD = """<head>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
"""
_STYLE = """<style>
body { font: 15px/1.5 system-ui, sans-serif; color: #1b1f24; max-width: 75rem; margin: 0 auto; }
table { border-collapse: collapse; margin: .5rem 0 1.5rem; width: 100%; }
td, th { border-top: 1px solid #d0d7de; padding: .35rem .6rem; text-align: left; }
td, th { vertical-align: top; overflow-wrap: anywhere; }
.modal, .btn-group, nav, footer, .col-lg-2 { display: none; }
.badge { border: 1px solid #d0d7de; border-radius: 4px; padding: 0 .3rem; }
.badge-danger, .text-danger { color: #a40e26; } .text-success { color: #116329; }
i.text-danger::before { content: "failed"; } i.text-success::before { content: "passed"; }
i { font-style: normal; }
</style></head>"""


def page_of(results: Iterable[Any]) -> str:
    """Render what Great Expectations said of one suite as its own page, for a browser offline.

    Args:
        results: Its validation results, of one suite; they are not to be used any further.
    """
    from great_expectations.render.renderer.page_renderer import ValidationResultsPageRenderer
    from great_expectations.render.view.view import DefaultJinjaPageView

    listed = list(results)
    if not listed:
        return ""
    whole = listed[0]
    whole.results = [one for result in listed for one in result.results]
    for one in whole.results:
        kept = {k: v for k, v in one.result.items() if k in _KEPT and isinstance(v, (int, float))}
        one.result = kept
        if one.exception_info and one.exception_info.get(_RAISED, True):
            one.exception_info = _UNSAID
    document = ValidationResultsPageRenderer(run_info_at_end=True).render(whole)
    view: Any = DefaultJinjaPageView()
    return offline(str(view.render(document, show_how_to_buttons=False)))


def offline(page: str) -> str:
    """Take from a page whatever a browser would load or run, and forbid the rest.

    >>> "http://x" in offline('<head><script src="http://x"></script></head>')
    False
    """
    for part in _GONE:
        page = part.sub("", page)
    return page.replace("<head>", _HEAD, 1).replace("</head>", _STYLE, 1)
