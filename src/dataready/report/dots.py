"""A model's metric as a picture: a dot for the pilot, one for production, and what came true.

The axis is whole, from guessing (or the worst) to perfect: a small change looks small.
"""

from __future__ import annotations

import math

from markupsafe import Markup

from dataready.readiness.assessment import PredictedLoss
from dataready.report.prediction import change, written

__all__ = ["dots"]

_AXIS = 28
_GUESSING = 0.5


def dots(loss: PredictedLoss) -> Markup:
    """Draw the metric on the pilot, what is expected of it with its interval, and the real one."""
    told = [loss.pilot, loss.expected, loss.low, loss.high]
    real = loss.real
    told += [] if real is None else [real]
    if not all(math.isfinite(v) for v in told):
        return Markup()
    start, end, left, right = _ends(loss.metric, told)

    def x(value: float) -> float:
        return round(100 * (value - start) / (end - start), 2)

    pilot, expected = x(loss.pilot), x(loss.expected)
    parts = [
        _line("axis", 0, 100),
        _line("change", pilot, expected),
        _line("interval", x(loss.low), x(loss.high)),
        _dot("pilot", pilot),
        _dot("expected", expected),
        _label(pilot, 14, f"pilot {written(loss, loss.pilot)}"),
        _label(expected, 50, f"expected {written(loss, loss.expected)}"),
    ]
    words, bottom = change(loss), 50
    if real is not None:
        bottom += 17
        parts += [_mark(x(real)), _label(x(real), bottom, f"real {written(loss, real)}")]
        words += f", real {written(loss, real)}"
    bottom += 19
    parts += [_text(0, bottom, left, "start"), _text(100, bottom, right, "end")]
    return Markup(
        '<svg class="dots" width="100%" height="{}" role="img" aria-label="{}">'
        '<svg x="1.5%" width="97%" overflow="visible">{}</svg></svg>'
    ).format(bottom + 6, words, Markup().join(parts))


def _ends(metric: str, told: list[float]) -> tuple[float, float, str, str]:
    """Where the axis starts and ends, and what is said of both."""
    if metric in {"mae", "rmse"}:
        return 0.0, 1.1 * max(told) or 1.0, "0: perfect", ""
    least = _GUESSING if metric == "auc" else 0.0
    start = min(least, math.floor(10 * min(told)) / 10)
    guessing = metric == "auc" and start == least
    return start, 1.0, f"{start:g}{': guessing' if guessing else ''}", "1: perfect"


def _line(kind: str, a: float, b: float) -> Markup:
    return Markup('<line class="{0}" x1="{1}%" x2="{2}%" y1="{3}" y2="{3}"/>').format(
        kind, a, b, _AXIS
    )


def _dot(kind: str, x: float) -> Markup:
    return Markup('<circle class="{}" cx="{}%" cy="{}" r="6"/>').format(kind, x, _AXIS)


def _mark(x: float) -> Markup:
    return Markup('<line class="real" x1="{0}%" x2="{0}%" y1="{1}" y2="{2}"/>').format(
        x, _AXIS - 10, _AXIS + 10
    )


def _label(x: float, y: int, words: str) -> Markup:
    """Write beside a mark, on the side where there is room."""
    return _text(x, y, words, "start" if x < 50 else "end")


def _text(x: float, y: int, words: str, anchor: str) -> Markup:
    return Markup('<text x="{}%" y="{}" text-anchor="{}">{}</text>').format(x, y, anchor, words)
