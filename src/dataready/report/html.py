"""The HTML report: one file that needs nothing from the network, now or later.

Values from data end up in the page, so everything is escaped by default, and a policy in
the page lets run only the one script and the one style sheet whose hashes it names.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Mapping
from importlib import resources
from typing import Any

import jinja2
from markupsafe import Markup

from dataready.report import number, prediction, svg, text, wording
from dataready.report.data import ReportData
from dataready.report.digest import digest
from dataready.report.dots import dots
from dataready.report.wording import Limits

__all__ = ["asset", "environment", "policy", "render_html"]


def render_html(data: ReportData) -> str:
    """Render a report as one self-contained page.

    Args:
        data: The run; its datasets stand in the order given, worst first.

    Returns:
        A whole HTML document. The same data give the same bytes.
    """
    style, script = asset("report.css"), asset("report.js")
    return (
        environment()
        .get_template("report.html.j2")
        .render(
            data=data,
            datasets=digest(data),
            limits=Limits.of(data.worst.provenance),
            style=Markup(style),  # noqa: S704 - ours, and from no one else
            script=Markup(script),  # noqa: S704
            policy=policy(style, script),
        )
        + "\n"
    )


@functools.cache
def environment() -> jinja2.Environment:
    """The templates, with everything escaped by default, and the filters that they use."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("dataready.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "amount": number.amount,
        "clip": text.clip_html,
        "clip_plain": text.clip,
        "count": number.count,
        "kind": _kind,
        "moment": text.moment,
        "percent": number.percent,
        "points": number.points,
        "score": number.score,
        "visible": text.visible,
    }
    environment.globals |= {
        "NOTHING": number.NOTHING,
        "dots": dots,
        "limits_of": Limits.of,
        "prediction": prediction,
        "svg": svg,
        "wording": wording,
    }
    return environment


@functools.cache
def asset(name: str) -> str:
    """The text of a file that stands beside the templates."""
    return (resources.files("dataready.report") / "templates" / name).read_text(encoding="utf-8")


def policy(style: str, script: str = "") -> str:
    """Write a Content-Security-Policy: no network, and no code but what is hashed here."""
    scripts = f"script-src '{_digest(script)}'; " if script else ""
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; {scripts}"
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _digest(source: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()


def _kind(value: Any) -> str:  # noqa: ANN401
    """Name the shape of a value of the provenance, whose keys nobody fixed."""
    if isinstance(value, Mapping):
        return "table"
    if isinstance(value, (list, tuple)):
        return "list"
    if isinstance(value, bool) or value is None:
        return "flag"
    if isinstance(value, int):
        return "count"
    if isinstance(value, float):
        return "number"
    return "sentence" if str(value).endswith(".") else "text"
