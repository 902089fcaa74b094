"""Predicted against real loss as plain SVG: colours follow the reader's light or dark."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from xml.sax.saxutils import escape

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.accuracy import Array
from dataready.readiness.calibration import Band

__all__ = ["STYLE", "calibration"]

WIDTH, HEIGHT = 760, 620
LEFT, RIGHT, TOP, BOTTOM = 76, 736, 112, 556
TICKS = (0, 1, 5, 10, 20, 40, 60, 80, 100)
GROUPS = 10
KINDS = {
    "damage": "corruption",
    "natural": "another time or place",
    "benign": "population",
    "clean": "clean draws",
}
STYLE = """
svg{--paper:#fff;--ink:#1d2433;--soft:#667085;--grid:#e6e9ef;--band:#dfe8fb;
--damage:#3565c9;--natural:#8a4fc4;--benign:#c77700;--clean:#15836b}
@media (prefers-color-scheme:dark){svg{--paper:#12161f;--ink:#e8ecf4;--soft:#98a2b6;
--grid:#262d3b;--band:#1e2c4a;--damage:#7ea6ff;--natural:#c79bf5;--benign:#f0b04c;--clean:#4fcfae}}
text{font:13px system-ui,sans-serif;fill:var(--soft)}
.title{font-size:19px;font-weight:650;fill:var(--ink)}
.axis{font-size:14px;fill:var(--ink)}
.paper{fill:var(--paper)}.grid{stroke:var(--grid)}.band{fill:var(--band)}
.equal{stroke:var(--soft);stroke-dasharray:5 5;stroke-width:1.5}
.mean{fill:none;stroke:var(--ink);stroke-width:2;stroke-linejoin:round}
.dot{fill:var(--paper);stroke:var(--ink);stroke-width:2}
.damage{fill:var(--damage)}.natural{fill:var(--natural)}
.benign{fill:var(--benign)}.clean{fill:var(--clean)}
.sets{fill-opacity:.5}
"""


def calibration(sets: pd.DataFrame, bands: Sequence[Band]) -> str:
    """Draw the loss of every production set: as a table without its task predicts it, and the real.

    Args:
        sets: Completed: with `task_mean`, `loss`, `kind` and `benign`.
        bands: The table of all tasks; its 5th to 95th percentile is the shaded band.
    """
    meant, loss = sets["task_mean"].to_numpy(float), sets["loss"].to_numpy(float)
    groups = _groups(sets)
    said = f"{len(sets):,} production sets of {sets['task'].nunique()} public tables"
    words = (
        f"{said}. Across: the loss that a table made without the set's own task predicts; upwards: "
        "the loss that three families of models really have. The band holds nine sets of ten."
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-labelledby="t d"><title id="t">Predicted and real loss of skill</title>'
        f'<desc id="d">{escape(words)}</desc><style>{STYLE}</style>',
        f'<rect class="paper" width="{WIDTH}" height="{HEIGHT}" rx="10"/>',
        _text(LEFT, 40, "Predicted and real loss of skill", kind="title"),
        _text(LEFT, 64, said),
        *_legend(groups),
        *_grid(),
        _band(bands),
        f'<line class="equal" x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(1)}"/>',
        *(_sets(kind, meant[groups == kind], loss[groups == kind]) for kind in KINDS),
        *_means(meant, loss),
        _text((LEFT + RIGHT) / 2, 604, "predicted loss", kind="axis", anchor="middle"),
        f'<g transform="translate(22 {(TOP + BOTTOM) / 2}) rotate(-90)">'
        f"{_text(0, 0, 'real loss', kind='axis', anchor='middle')}</g>",
    ]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _groups(sets: pd.DataFrame) -> NDArray[np.object_]:
    """Which of the four colours each set has."""
    own = sets["kind"].where(sets["kind"].isin(["clean", "natural"]), "damage")
    return np.asarray(own.where(~sets["benign"], "benign"), object)


def _x(share: float) -> float:
    # Square roots: most losses are small, and small ones decide.
    return round(LEFT + (RIGHT - LEFT) * float(np.sqrt(share)), 1)


def _y(share: float) -> float:
    return round(BOTTOM - (BOTTOM - TOP) * float(np.sqrt(share)), 1)


def _text(x: float, y: float, words: str, *, kind: str = "", anchor: str = "start") -> str:
    said = f' class="{kind}"' if kind else ""
    return f'<text x="{x}" y="{y}"{said} text-anchor="{anchor}">{escape(words)}</text>'


def _legend(groups: NDArray[np.object_]) -> Iterator[str]:
    place = LEFT + 5.0
    for kind, words in KINDS.items():
        label = f"{words} ({int((groups == kind).sum()):,})"
        yield f'<circle class="{kind}" cx="{place}" cy="87" r="5"/>'
        yield _text(place + 11, 91.5, label)
        place += 34 + 6.9 * len(label)


def _grid() -> Iterator[str]:
    for tick in TICKS:
        x, y = _x(tick / 100), _y(tick / 100)
        yield f'<path class="grid" d="M{x} {TOP}V{BOTTOM}M{LEFT} {y}H{RIGHT}"/>'
        yield _text(x, BOTTOM + 22, f"{tick} %", anchor="middle")
        yield _text(LEFT - 10, y + 4.5, f"{tick} %", anchor="end")


def _band(bands: Sequence[Band]) -> str:
    there = [f"{_x(b.mean)} {_y(b.high)}" for b in bands]
    back = [f"{_x(b.mean)} {_y(b.low)}" for b in reversed(bands)]
    return f'<path class="band" d="M{"L".join([*there, *back])}z"/>'


def _sets(kind: str, meant: Array, loss: Array) -> str:
    dots = "".join(
        f'<circle cx="{_x(a)}" cy="{_y(b)}" r="2.6"/>' for a, b in zip(meant, loss, strict=True)
    )
    return f'<g class="sets {kind}">{dots}</g>'


def _means(meant: Array, loss: Array) -> Iterable[str]:
    """Ten groups of equal size by predicted loss: what was said and what came true on average."""
    parts = np.array_split(np.argsort(meant, kind="stable"), GROUPS)
    places = [(_x(meant[rows].mean()), _y(loss[rows].mean())) for rows in parts if len(rows)]
    yield f'<path class="mean" d="M{"L".join(f"{x} {y}" for x, y in places)}"/>'
    yield from (f'<circle class="dot" cx="{x}" cy="{y}" r="4.5"/>' for x, y in places)
