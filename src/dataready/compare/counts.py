"""The counts that the score is made of, as arrays; nothing else of the data enters it.

They are taken from two profiles of one plan, and can be resampled: what Poisson noise in
the counts does to the score is the score's sampling interval.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from dataready.profile.plan import ColumnPlan
from dataready.profile.profile import ColumnStates, Profile
from dataready.profile.state import Moments, Tally

__all__ = ["ColumnCounts", "Counts", "counts_of"]

Array = NDArray[np.float64]
BINS = 11


_PILOT = ("pilot_rows", "pilot_missing", "pilot_bins")
_PRODUCTION = (
    *("rows", "missing", "unparsed", "outside", "unknown", "absurd"),
    *("production_bins", "unseen_values"),
)
"""The counts of either side, by their names in `ColumnCounts`."""


def _none() -> Array:
    return np.zeros(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnCounts:
    """Counts of one column on both sides.

    `pilot_bins`, `production_bins` are rows per bin (numbers: the pilot's bins; text: every
    category of both sides, aligned). `values` are those categories, `known` marks those that the
    pilot has, and `shapes` is the counterpart for the formats of ids: [pilot total, top five,
    singles, production total, production known].

    What follows says where production's numbers lie, for the replay: `spread` of all of them,
    `below` and `above` of those beyond the pilot's range; `stand_in` is the share of the missing
    cells that hold a number which stands for it. They are no counts, and not resampled.
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
    values: tuple[str, ...] = ()
    known: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, bool))
    unseen_values: float = 0.0
    shapes: Array = field(default_factory=_none)
    spread: Moments = field(default_factory=Moments)
    below: Moments = field(default_factory=Moments)
    above: Moments = field(default_factory=Moments)
    stand_in: float = 0.0

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
    resampled counts keep what the observed ones say, or noise would make partners. `distinct`
    are the shares of the pilot's and production's rows that are no copies of others, to which
    all counts have been scaled.
    """

    columns: tuple[ColumnCounts, ...]
    pairs: tuple[tuple[int, int], ...]
    pilot_joint: Array
    production_joint: Array
    strength: Array | None = None
    distinct: tuple[float, float] = (1.0, 1.0)

    def scaled(self, pilot: float, production: float) -> Counts:
        """Count each row as a part of one: a row that is there three times, as a third.

        Shares stay what they are; n and m, which noise and its intervals go by, become those
        of distinct rows.

        Args:
            pilot: The part that a row of the pilot counts, in (0, 1].
            production: Likewise.
        """
        if pilot == production == 1:
            return self
        columns = (
            replace(
                c,
                **{name: _part(getattr(c, name), pilot) for name in _PILOT},
                **{name: _part(getattr(c, name), production) for name in _PRODUCTION},
                shapes=np.append(_part(c.shapes[:3], pilot), _part(c.shapes[3:], production)),
            )
            for c in self.columns
        )
        joints = _part(self.pilot_joint, pilot), _part(self.production_joint, production)
        return Counts(tuple(columns), self.pairs, *joints, self.strength, (pilot, production))

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
        return Counts(tuple(columns), self.pairs, *joints, self.strength, self.distinct)


def _part(counts: Any, share: float) -> Any:  # noqa: ANN401
    # Three copies of a third are one row again, not 0.9999999999999999.
    part = np.round(np.multiply(counts, share), 6)
    return part if part.ndim else float(part)


def _draw_shapes(shapes: Array, rng: np.random.Generator) -> Array:
    """Resample production's ids in known and unknown formats; the pilot's stay."""
    if not len(shapes):
        return shapes
    known = float(rng.poisson(shapes[4]))
    return np.array([*shapes[:3], known + rng.poisson(shapes[3] - shapes[4]), known])


def counts_of(pilot: Profile, production: Profile) -> Counts:
    """Collect the counts of every column of the plan but the target and the ignored.

    They are of distinct rows: copies prove nothing that the first of them does not.

    Raises:
        ValueError: The profiles were taken under different plans.
    """
    if pilot.plan.hash != production.plan.hash:
        msg = f"Profiles of different plans: {pilot.plan.hash} and {production.plan.hash}."
        raise ValueError(msg)
    scored = sorted(
        (c for c in pilot.plan if c.role not in {"target", "ignore"}), key=lambda c: c.name
    )
    distinct = pilot.distinct_share, production.distinct_share
    columns = tuple(_column(plan, pilot, production, distinct[0]) for plan in scored)
    index = {c.plan.name: k for k, c in enumerate(columns)}
    joints: dict[tuple[int, int], tuple[Array, Array]] = {}
    for a, b in pilot.plan.pairs:
        p, q = pilot.pair(a, b), production.pair(a, b)
        if p is None or a not in index or b not in index:
            continue
        # By name, as the columns are: raking starts with the first, and it must not matter
        # in which order a table has them.
        first, second = index[a], index[b]
        # Where production lacks one of them, it has no row of both; that they went together stays.
        left, right = _table(p), _table(q) if q is not None else np.zeros((BINS, BINS))
        if first > second:
            first, second, left, right = second, first, left.T, right.T
        joints[first, second] = left, right
    pairs = tuple(sorted(joints))
    empty = np.zeros((0, BINS, BINS))
    raw = Counts(
        columns,
        pairs,
        np.stack([joints[pair][0] for pair in pairs]) if pairs else empty,
        np.stack([joints[pair][1] for pair in pairs]) if pairs else empty,
    )
    return raw.scaled(*distinct)


def _table(tally: Tally) -> Array:
    joint = np.zeros((BINS, BINS))
    for key, n in tally.counts.items():
        joint[cast("tuple[int, int]", key)] = n
    return joint


def _column(plan: ColumnPlan, pilot: Profile, production: Profile, distinct: float) -> ColumnCounts:
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
    if plan.base != "text":
        disguised = there.counts["disguised"] if plan.sentinels else 0
        got = replace(
            got,
            spread=there.moments or Moments(),
            below=there.below or Moments(),
            above=there.above or Moments(),
            stand_in=disguised / there.missing if disguised else 0.0,
        )
    if plan.kind == "id":
        return replace(got, shapes=_shapes(here, there, distinct))
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
    return replace(
        counts,
        pilot_bins=left,
        production_bins=right,
        values=tuple(str(v) for v in values),
        known=known,
        unseen_values=rest,
    )


def _shapes(pilot: ColumnStates, production: ColumnStates, distinct: float) -> Array:
    """[pilot rows, in its five most frequent shapes, in shapes met once, rows, known].

    Copies of a row meet its shape once: `distinct` is the share of the pilot's rows that are none.
    """
    if pilot.formats is None or production.formats is None or not pilot.formats.exact:
        return _none()
    ranked = [n for _, n in pilot.formats.ranked()]
    known = sum(n for v, n in production.formats.counts.items() if v in pilot.formats.counts)
    return np.array(
        [
            float(sum(ranked)),
            float(sum(ranked[:5])),
            float(sum(n for n in ranked if n * distinct <= 1)),
            float(production.formats.total),
            float(known),
        ]
    )
