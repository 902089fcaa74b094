"""How alike the values of a new column are to what a pilot column held."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Self

import numpy as np
from numpy.typing import NDArray

from dataready.compare.damage import noise
from dataready.detect.scene import Scene
from dataready.profile.plan import ColumnPlan
from dataready.profile.profile import ColumnStates
from dataready.profile.relation import missing, parse
from dataready.profile.shape import shape
from dataready.sql import ident

__all__ = ["Sample", "content", "may_hold", "telling"]

Numbers = NDArray[np.float64]
LOOK_ROWS = 10_000
MANY_VALUES = 5.0
MOVED_ON = 0.5
READS = 0.9
SOME = 0.05
_SAMPLE = "dataready_rename_sample"
_FLAGS = frozenset("true false yes no y n t f m w 0 1 on off".split())  # noqa: SIM905


class Sample:
    """Up to 10,000 evenly chosen rows of production, each column read once a reading."""

    def __init__(self, scene: Scene) -> None:
        """Choose the rows when entered; `scene` must outlive the sample."""
        self._scene = scene
        self._known: dict[tuple[str, ...], tuple[int, list[tuple[Hashable, int]]]] = {}

    def __enter__(self) -> Self:
        """Make the temporary table."""
        self._scene.con.execute(
            f"CREATE OR REPLACE TEMP TABLE {_SAMPLE} AS SELECT * FROM {self._scene.some(LOOK_ROWS)}"
        )
        return self

    def __exit__(self, *_: object) -> None:
        """Drop it."""
        self._scene.con.execute(f"DROP TABLE {_SAMPLE}")

    def is_filled(self, name: str) -> bool:
        """Whether a column holds anything in the sample."""
        (rows,) = self._scene.query(f"SELECT count({ident(name)}) FROM {_SAMPLE}")[0]
        return bool(rows)

    def values(
        self, name: str, plan: ColumnPlan, *, shapes: bool = False
    ) -> tuple[int, list[tuple[Hashable, int]]]:
        """Read a column as a plan says: its cells that are there, and rows per value."""
        type_ = self._scene.production.schema.type_of(name)
        raw = ident(name)
        bare = ColumnPlan(name=name, base=plan.base, date_format=plan.date_format)
        key = (name, plan.base, plan.date_format or "", str(shapes))
        if key not in self._known:
            read = parse(raw, type_, bare)
            rows = self._scene.query(
                f"SELECT {shape(read) if shapes else read} AS v, count(*) FROM {_SAMPLE}"
                f" WHERE NOT ({missing(raw, type_, bare)}) GROUP BY 1 ORDER BY 1"
            )
            cells = sum(n for _, n in rows)
            self._known[key] = cells, [(v, n) for v, n in rows if v is not None]
        return self._known[key]


def telling(here: ColumnStates) -> bool:
    """Whether a pilot column's content is telling enough to be known again without its name.

    Flags and grades of like shares are many: five values at least, or words that say what
    they are.
    """
    counts = here.values.counts
    if not here.values.exact or not counts:
        return not here.values.exact
    shares = np.array(list(counts.values())) / here.values.total
    words = here.plan.base == "text" and all(
        len(str(v).strip()) > 2 and str(v).strip().casefold() not in _FLAGS for v in counts
    )
    return bool(1 / (shares**2).sum() >= MANY_VALUES) or (words and len(counts) > 1)


def content(here: ColumnStates, sample: Sample, new: str) -> float:
    """How alike a new column's values are to a pilot column's: parse share times overlap.

    Args:
        here: The pilot column.
        sample: Rows of production.
        new: A column of it.

    Returns:
        0 to 1; 0 where either holds nothing.
    """
    plan = here.plan
    cells, values = sample.values(new, plan)
    usable = sum(n for _, n in values)
    if not usable or not here.usable or plan.kind == "empty":
        return 0.0
    loose = plan.kind in {"id", "flat"} or plan.role in {"key", "time", "text"}
    if plan.base != "text":
        numbers = np.array([float(str(v)) for v, _ in values])
        rows = np.array([n for _, n in values], float)
        return usable / cells * _numbers(here, numbers, rows, loose=loose)
    if not loose:
        return usable / cells * _shared(here.values.counts, dict(values))
    _, shapes = sample.values(new, plan, shapes=True)
    alike = _shared(here.formats.counts if here.formats else {}, dict(shapes))
    distinct = here.different
    apart = abs(distinct / here.usable - len(values) / usable)
    # Two kinds of identifier may look alike: never as sure as equal values.
    return usable / cells * alike * (1 - min(1.0, apart) / 2) * 0.9


def may_hold(here: ColumnStates, sample: Sample, new: str, alike: float) -> bool:
    """Whether a new column may be a pilot column's although, or because, its values are others.

    Both are empty; or it reads as the pilot's does, and holds some of the same unless the
    pilot's values hardly repeat.
    """
    filled = sample.is_filled(new)
    if not filled or not here.usable:
        return not filled and not here.usable
    cells, values = sample.values(new, here.plan)
    if sum(n for _, n in values) < READS * cells:
        return False
    loose = here.plan.kind == "id" or here.plan.role in {"key", "time", "text"}
    if loose and here.plan.base == "text" and here.formats:
        # Names and codes are no numbers, nor are numbers names.
        _, shapes = sample.values(new, here.plan, shapes=True)
        return abs(_digits(here.formats.counts) - _digits(dict(shapes))) < READS
    return loose or alike >= SOME


def _digits(shapes: Mapping[Hashable, float]) -> float:
    """The share of shapes that are numbers."""
    numbers = sum(n for s, n in shapes.items() if str(s) in {"9", "9.9", "-9", "-9.9"})
    return numbers / max(1.0, sum(shapes.values()))


def _numbers(here: ColumnStates, numbers: Numbers, rows: Numbers, *, loose: bool) -> float:
    common = _range_overlap(here, float(numbers.min()), float(numbers.max()))
    if here.plan.base == "date":
        # Time goes on: later dates are no other content.
        common = max(common, MOVED_ON)
    if loose or here.histogram is None:
        return common
    # Few bins cannot tell 5 from 5,000; the outer ones of many can, whatever the longest tail.
    common = common if len(here.plan.cuts) < MANY_VALUES else 1.0
    bins = np.searchsorted(np.array(here.plan.cuts), numbers, side="left")
    held = np.bincount(bins, rows, len(here.plan.cuts) + 1)
    return _shared(here.histogram.counts, dict(enumerate(held.tolist()))) * common


def _range_overlap(here: ColumnStates, low: float, high: float) -> float:
    """The share of the joint range that both cover, its square root."""
    a = here.range
    if a is None or a.low is None or a.high is None:
        return 0.0
    joint = max(a.high, high) - min(a.low, low)
    common = min(a.high, high) - max(a.low, low)
    return float(np.sqrt(max(0.0, common) / joint)) if joint > 0 else 1.0


def _shared(p: Mapping[Hashable, float], q: Mapping[Hashable, float]) -> float:
    """The mass that two distributions share, by what n and m rows of one would share."""
    n, m = sum(p.values()), sum(q.values())
    if not n or not m:
        return 0.0
    expected = noise(np.array(list(p.values())) / n, n, m)
    overlap = sum(min(p.get(k, 0) / n, q[k] / m) for k in q)
    return float(min(1.0, overlap / (1 - min(0.5, expected))))
