"""The counts that the score is made of, as arrays; nothing else of the data enters it.

They are taken from two profiles of one plan, and can be resampled: what Poisson noise in
the counts does to the score is the score's sampling interval.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from dataready.profile.plan import ColumnPlan
from dataready.profile.profile import ColumnStates, Profile
from dataready.profile.state import Tally

__all__ = ["ColumnCounts", "Counts", "counts_of"]

Array = NDArray[np.float64]
BINS = 11


def _none() -> Array:
    return np.zeros(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnCounts:
    """Counts of one column on both sides.

    `pilot_bins`, `production_bins` are rows per bin (numbers: the pilot's bins; text: every
    category of both sides, aligned). `known` marks the categories that the pilot has, and
    `shapes_known` the unseen formats' counterpart for ids: [pilot total, top five, singles,
    production total, production known].
    """

    plan: ColumnPlan
    absent: bool
    pilot_rows: float
    pilot_missing: float
    rows: float = 0.0
    missing: float = 0.0
    unparsed: float = 0.0
    outside: float = 0.0
    unknown: float = 0.0
    absurd: float = 0.0
    pilot_bins: Array = field(default_factory=_none)
    production_bins: Array = field(default_factory=_none)
    known: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, bool))
    unseen_values: float = 0.0
    shapes: Array = field(default_factory=_none)

    @property
    def pilot_usable(self) -> float:
        """Pilot cells with a value that is in the comparison."""
        return self.pilot_rows - self.pilot_missing

    @property
    def usable(self) -> float:
        """Production cells with a value of the column's base."""
        return max(0.0, self.rows - self.missing - self.unparsed)


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts of all columns, and the joint counts of pairs, shape (pairs, 11, 11).

    `strength` fixes how strongly pairs are related, where that is known from elsewhere:
    resampled counts keep what the observed ones say, or noise would make partners.
    """

    columns: tuple[ColumnCounts, ...]
    pairs: tuple[tuple[int, int], ...]
    pilot_joint: Array
    production_joint: Array
    strength: Array | None = None

    def resampled(self, rng: np.random.Generator) -> Counts:
        """Replace every count by a Poisson draw of the same mean."""

        def draw(a: Array) -> Array:
            return rng.poisson(a).astype(float)

        def one(value: float) -> float:
            return float(rng.poisson(value))

        columns = []
        for c in self.columns:
            missing, unparsed = one(c.missing), one(c.unparsed)
            usable, pilot_missing = one(c.usable), one(c.pilot_missing)
            columns.append(
                replace(
                    c,
                    pilot_rows=one(c.pilot_usable) + pilot_missing,
                    pilot_missing=pilot_missing,
                    rows=missing + unparsed + usable,
                    missing=missing,
                    unparsed=unparsed,
                    outside=min(usable, one(c.outside)),
                    unknown=min(usable, one(c.unknown)),
                    absurd=min(usable, one(c.absurd)),
                    pilot_bins=draw(c.pilot_bins),
                    production_bins=draw(c.production_bins),
                    unseen_values=one(c.unseen_values),
                    shapes=_draw_shapes(c.shapes, rng),
                )
            )
        joints = draw(self.pilot_joint), draw(self.production_joint)
        return Counts(tuple(columns), self.pairs, *joints, self.strength)


def _draw_shapes(shapes: Array, rng: np.random.Generator) -> Array:
    """Resample production's ids in known and unknown formats; the pilot's stay."""
    if not len(shapes):
        return shapes
    known = float(rng.poisson(shapes[4]))
    return np.array([*shapes[:3], known + rng.poisson(shapes[3] - shapes[4]), known])


def counts_of(pilot: Profile, production: Profile) -> Counts:
    """Collect the counts of every column of the plan but the target and the ignored.

    Raises:
        ValueError: The profiles were taken under different plans.
    """
    if pilot.plan.hash != production.plan.hash:
        msg = f"Profiles of different plans: {pilot.plan.hash} and {production.plan.hash}."
        raise ValueError(msg)
    scored = sorted(
        (c for c in pilot.plan if c.role not in {"target", "ignore"}), key=lambda c: c.name
    )
    columns = tuple(_column(plan, pilot, production) for plan in scored)
    index = {c.plan.name: k for k, c in enumerate(columns)}
    pairs, left, right = [], [], []
    for a, b in pilot.plan.pairs:
        p, q = pilot.pair(a, b), production.pair(a, b)
        if p is None or q is None or a not in index or b not in index:
            continue
        # By name, as the columns are: raking starts with the first, and it must not matter
        # in which order a table has them.
        first, second = index[a], index[b]
        turned = first > second
        pairs.append((second, first) if turned else (first, second))
        left.append(_table(p).T if turned else _table(p))
        right.append(_table(q).T if turned else _table(q))
    empty = np.zeros((0, BINS, BINS))
    return Counts(
        columns,
        tuple(pairs),
        np.stack(left) if left else empty,
        np.stack(right) if right else empty,
    )


def _table(tally: Tally) -> Array:
    joint = np.zeros((BINS, BINS))
    for key, n in tally.counts.items():
        joint[cast("tuple[int, int]", key)] = n
    return joint


def _column(plan: ColumnPlan, pilot: Profile, production: Profile) -> ColumnCounts:
    here = pilot[plan.name]
    # What the pilot itself cannot read is no value there: production is not blamed for it.
    base = ColumnCounts(
        plan=plan,
        absent=plan.name not in production,
        pilot_rows=here.rows,
        pilot_missing=here.missing + here.counts["unparsed"],
    )
    if base.absent:
        return base
    there = production[plan.name]
    got = replace(
        base,
        rows=there.rows,
        missing=there.missing,
        unparsed=there.counts["unparsed"],
    )
    if there.validity is not None:
        got = replace(
            got,
            outside=there.validity["outside"],
            unknown=there.validity["unknown"],
            absurd=there.validity["absurd"],
        )
    if plan.kind == "id":
        return replace(got, shapes=_shapes(here, there))
    if plan.base == "text" and plan.kind == "text":
        return _categories(got, here.values, there.values)
    if here.histogram is not None and there.histogram is not None:
        got = replace(
            got,
            pilot_bins=_bins(here.histogram, plan.bins),
            production_bins=_bins(there.histogram, plan.bins),
        )
    return got


def _bins(tally: Tally, size: int) -> Array:
    counts = tally.counts
    return np.array([float(counts.get(k, 0)) for k in range(size)])


def _categories(counts: ColumnCounts, pilot: Tally, production: Tally) -> ColumnCounts:
    """Align the categories of both sides; too many unseen ones share one place."""
    p, q = pilot.counts, production.counts
    values = sorted({*p, *q}, key=str)
    known = np.array([v in p for v in values], bool)
    left = np.array([float(p.get(v, 0)) for v in values])
    right = np.array([float(q.get(v, 0)) for v in values])
    rest = 0.0 if production.exact else float(production.unknown)
    return replace(counts, pilot_bins=left, production_bins=right, known=known, unseen_values=rest)


def _shapes(pilot: ColumnStates, production: ColumnStates) -> Array:
    """[pilot rows, in its five most frequent shapes, in shapes met once, rows, known]."""
    if pilot.formats is None or production.formats is None or not pilot.formats.exact:
        return _none()
    ranked = [n for _, n in pilot.formats.ranked()]
    known = sum(n for v, n in production.formats.counts.items() if v in pilot.formats.counts)
    return np.array(
        [
            float(sum(ranked)),
            float(sum(ranked[:5])),
            float(sum(1 for n in ranked if n == 1)),
            float(production.formats.total),
            float(known),
        ]
    )
