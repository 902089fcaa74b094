"""Small plots as inline SVG: drawn with classes, so that the page's colours apply.

Positions are percentages and text has its own size, so that a plot may be as wide as its
place without its words growing or shrinking. Each plot says in words what it shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from markupsafe import Markup

from dataready.readiness.assessment import FixPlan, Histogram, Score
from dataready.report.data import TrendPoint
from dataready.report.number import percent, score
from dataready.report.number import points as points_of
from dataready.report.text import clip, moment
from dataready.report.wording import VERDICTS, Limits

__all__ = ["BINS_SHOWN", "bar", "histogram", "scale", "shown_bins", "trend", "waterfall"]

_Place = Callable[[float], float]

STEPS_SHOWN = 10
"""Repairs that a picture has room for; the rest of a plan is one step."""

BINS_SHOWN = 16
"""Bins that fit a small plot; what is beyond is added up as one."""


def bar(value: float, maximum: float = 100.0) -> Markup:
    """Draw a value as a bar; the number stands beside it, so the bar itself is silent."""
    width = _percent(value / maximum if maximum > 0 else 0.0)
    return Markup(
        '<svg class="bar" width="100%" height="8" aria-hidden="true">'
        '<rect class="track" width="100%" height="8"/>'
        '<rect class="value" width="{}" height="8"/></svg>'
    ).format(width)


def histogram(bins: Histogram, *, width: int = 120, height: int = 32) -> Markup:
    """Draw both sides over the pilot's bins: production filled, the pilot as an outline."""
    bins = shown_bins(bins)
    if not bins.labels:
        return Markup('<span class="muted">no values</span>')
    pilot, production = _shares(bins.pilot), _shares(bins.production)
    top = max((*pilot, *production)) or 1.0
    step = width / len(pilot)

    def y(share: float) -> str:
        return _number(height - 1 - share / top * (height - 2))

    base = _number(height - 1)
    bars = "".join(
        f"M{_number(i * step + 0.5)} {base}V{y(share)}H{_number((i + 1) * step - 0.5)}V{base}z"
        for i, share in enumerate(production)
        if share > 0
    )
    outline = f"M0 {base}" + "".join(
        f"V{y(share)}H{_number((i + 1) * step)}" for i, share in enumerate(pilot)
    )
    return Markup(
        '<svg class="hist" width="{0}" height="{1}" viewBox="0 0 {0} {1}" role="img" '
        'aria-label="{2}"><path class="production" d="{3}"/>'
        '<path class="pilot" d="{4}V{5}"/></svg>'
    ).format(width, height, _histogram_words(bins, pilot, production), bars, outline, base)


def shown_bins(bins: Histogram) -> Histogram:
    """Keep the first bins and add up the others as one, so that a plot stays readable."""
    more = len(bins.labels) - BINS_SHOWN
    if more <= 1:
        return bins
    keep = BINS_SHOWN - 1
    return Histogram(
        labels=(*bins.labels[:keep], f"{more + 1:,} others"),
        pilot=(*bins.pilot[:keep], sum(bins.pilot[keep:])),
        production=(*bins.production[:keep], sum(bins.production[keep:])),
    )


def scale(value: Score, limits: Limits, *, labelled: bool = True) -> Markup:
    """Draw a score with its 90 % interval on 0-100, with the limits of the policy."""
    parts = [
        _rect("track", 0, 100, y=0, height=10),
        _rect("zone", limits.conditional_at, limits.go_at, y=0, height=10),
        _rect("zone best", limits.go_at, 100, y=0, height=10),
    ]
    if value.low is not None and value.high is not None:
        parts.append(_rect("interval", value.low, value.high, y=2, height=6))
    parts += [_line("limit", limit, -4, 14) for limit in limits]
    if value.value is not None:
        parts.append(_line("value", value.value, -4, 14))
    words = _scale_words(value, limits)
    if not labelled:
        return _svg("scale small", 18, words, _inner(parts, x=0, y=4, width=100))
    below, go = f"no-go below {limits.conditional_at:g}", f"go from {limits.go_at:g}"
    parts += [
        _text(limits.conditional_at, -9, below, anchor="end"),
        _text(limits.go_at, 28, go, anchor="end"),
    ]
    ends = [_text(6.5, 31, "0", anchor="end"), _text(92.5, 31, "100")]
    return _svg("scale", 54, words, _inner(parts, x=8, y=22, width=83) + Markup().join(ends))


def trend(points: Sequence[TrendPoint], limits: Limits) -> Markup:
    """Draw a dataset's score over its runs, the 90 % interval as a band."""
    floor = _floor(points, limits)

    def x(i: int) -> float:
        return 100 * i / (len(points) - 1) if len(points) > 1 else 100.0

    def y(value: float) -> float:
        return 100 * (100 - value) / (100 - floor)

    shapes: list[Markup] = []
    for run in _runs([p.value is not None for p in points]):
        shapes += _band([(x(i), points[i]) for i in run], y)
        line = " ".join(f"{_number(x(i))},{_number(y(points[i].value or 0.0))}" for i in run)
        shapes.append(Markup('<polyline class="line" points="{}"/>').format(line))
    stretched = Markup(
        '<svg viewBox="0 0 100 100" preserveAspectRatio="none" overflow="visible">{}</svg>'
    ).format(Markup().join(shapes))
    grid = [_grid(y(limit), f"{limit:g}", kind="limit") for limit in limits]
    grid += [_grid(0, "", kind="edge"), _grid(100, f"{floor:g}", kind="edge")]
    dots = [_dot(x(i), p.value, y, last=i == len(points) - 1) for i, p in enumerate(points)]
    plot = Markup('<svg x="2%" y="8" width="89%" height="112" overflow="visible">{}</svg>').format(
        Markup().join([*grid, stretched, *dots])
    )
    dates = [
        _text(2, 142, moment(points[0].clock)[:10]),
        _text(91, 142, moment(points[-1].clock)[:10], anchor="end"),
    ]
    return _svg("trend", 150, _trend_words(points), plot + Markup().join(dates))


def waterfall(now: float, plan: FixPlan, limits: Limits) -> Markup:
    """Draw how the score climbs from repair to repair of the plan, a row each."""
    steps = [(f"{f.column}: {f.why}", f.after) for f in plan.fixes if f.in_plan]
    climbs = [(name, after) for name, after in steps if after is not None]
    if len(climbs) > STEPS_SHOWN:
        rest = f"{len(climbs) - STEPS_SHOWN + 1} more repairs"
        climbs = [*climbs[: STEPS_SHOWN - 1], (rest, climbs[-1][1])]
    reached = [now, *(after for _, after in climbs)]
    floor = max(0.0, (min([*reached, limits.conditional_at]) - 5) // 10 * 10)

    def x(value: float) -> float:
        return 88 * _clamp((value - floor) / (100 - floor) * 100) / 100

    rows = [("whole", "now", floor, now, score(now))]
    rows += [
        ("step", name, before, after, f"+{points_of(max(0.0, after - before))}")
        for (name, after), before in zip(climbs, reached, strict=False)
    ]
    rows.append(("whole", "after the plan", floor, reached[-1], score(reached[-1])))
    height = 34 * len(rows)
    parts = [_upright(x(limit), f"{limit:g}", height) for limit in limits]
    for i, (kind, name, before, after, said) in enumerate(rows):
        parts.append(_text(0, 34 * i + 12, clip(name, 48)))
        parts.append(_text(100, 34 * i + 27, said, anchor="end"))
        parts.append(_rect(kind, x(before), x(after), y=34 * i + 18, height=10))
    words = "; ".join(f"{clip(name, 48)}: {said}" for _, name, _, _, said in rows)
    return _svg("waterfall", height + 20, f"From repair to repair: {words}.", Markup().join(parts))


def _upright(x: float, label: str, height: int) -> Markup:
    line = Markup('<line class="limit" x1="{0}%" x2="{0}%" y1="0" y2="{1}"/>')
    return line.format(_number(x), height) + _text(x, height + 14, label, anchor="middle")


def _band(points: Sequence[tuple[float, TrendPoint]], y: _Place) -> list[Markup]:
    known = [(x, p.low, p.high) for x, p in points if p.low is not None and p.high is not None]
    if not known:
        return []
    there = [f"{_number(x)},{_number(y(high))}" for x, _, high in known]
    back = [f"{_number(x)},{_number(y(low))}" for x, low, _ in reversed(known)]
    return [Markup('<polygon class="band" points="{}"/>').format(" ".join([*there, *back]))]


def _dot(x: float, value: float | None, y: _Place, *, last: bool) -> Markup:
    if value is None:
        return _text(x, "100%", "?", anchor="middle")
    return Markup('<circle class="dot" cx="{}%" cy="{}%" r="{}"/>').format(
        _number(x), _number(y(value)), 4 if last else 2
    )


def _grid(y: float, label: str, *, kind: str) -> Markup:
    place = _number(y)
    return Markup(
        '<line class="{}" x1="0" x2="100%" y1="{}%" y2="{}%"/>'
        '<text x="102%" y="{}%" dy="4">{}</text>'
    ).format(kind, place, place, place, label)


def _floor(points: Iterable[TrendPoint], limits: Limits) -> float:
    lows = [v for p in points for v in (p.low, p.value) if v is not None]
    lowest = min([*lows, limits.conditional_at - 5])
    return max(0.0, min(90.0, lowest // 10 * 10))


def _runs(known: Sequence[bool]) -> list[list[int]]:
    """Group the positions of known values, so that a line never crosses a gap."""
    runs: list[list[int]] = [[]]
    for i, there in enumerate(known):
        if there:
            runs[-1].append(i)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _shares(counts: Sequence[int]) -> tuple[float, ...]:
    total = sum(counts)
    return tuple(c / total if total else 0.0 for c in counts)


def _histogram_words(bins: Histogram, pilot: Sequence[float], production: Sequence[float]) -> str:
    if not sum(bins.production):
        return f"{len(pilot)} bins; production has no values."
    moved = max(range(len(pilot)), key=lambda i: abs(production[i] - pilot[i]))
    return (
        f"{len(pilot)} bins; the largest change is at {clip(bins.labels[moved], 30)}: "
        f"pilot {percent(pilot[moved])}, production {percent(production[moved])}."
    )


def _scale_words(value: Score, limits: Limits) -> str:
    spread = (
        f", 90 % interval {score(value.low)} to {score(value.high)}"
        if value.low is not None
        else ""
    )
    now = "No score" if value.value is None else f"Score {score(value.value)}"
    return f"{now}{spread}; no-go below {limits.conditional_at:g}, go from {limits.go_at:g}."


def _trend_words(points: Sequence[TrendPoint]) -> str:
    last = "; ".join(
        f"{moment(p.clock)[:10]}: {score(p.value)}, {VERDICTS[p.verdict].lower()}"
        for p in points[-5:]
    )
    return f"Score over {len(points)} runs. Last: {last}."


def _svg(kind: str, height: int, words: str, inside: Markup) -> Markup:
    return Markup(
        '<svg class="{}" width="100%" height="{}" role="img" aria-label="{}">{}</svg>'
    ).format(kind, height, words, inside)


def _inner(parts: Iterable[Markup], *, x: float, y: int, width: float) -> Markup:
    return Markup('<svg x="{}%" y="{}" width="{}%" height="10" overflow="visible">{}</svg>').format(
        _number(x), y, _number(width), Markup().join(parts)
    )


def _rect(kind: str, low: float, high: float, *, y: int, height: int) -> Markup:
    left, right = _clamp(low), _clamp(high)
    return Markup('<rect class="{}" x="{}%" y="{}" width="{}%" height="{}"/>').format(
        kind, _number(left), y, _number(max(right - left, 0.4)), height
    )


def _line(kind: str, x: float, top: int, bottom: int) -> Markup:
    place = _number(_clamp(x))
    return Markup('<line class="{}" x1="{}%" x2="{}%" y1="{}" y2="{}"/>').format(
        kind, place, place, top, bottom
    )


def _text(x: float, y: float | str, words: str, *, anchor: str = "start") -> Markup:
    return Markup('<text x="{}%" y="{}" text-anchor="{}">{}</text>').format(
        _number(x), y, anchor, words
    )


def _clamp(value: float) -> float:
    return min(100.0, max(0.0, value))


def _percent(share: float) -> str:
    return f"{_number(_clamp(share * 100))}%"


def _number(value: float) -> str:
    """Two decimals are finer than a pixel; fewer bytes matter over a thousand columns."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
