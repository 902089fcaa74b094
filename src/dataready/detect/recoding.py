"""Recoded columns: the pilot's categories are gone, and others stand for them.

What stands for what is told by the words (yes and no), by how frequent each value is, and by what
it goes with in the strongest partner columns; assigned one to one. Only what is clear is said:
a mapping that could as well be another is none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from dataready.compare.damage import noise, pair_table
from dataready.compare.evidence import FAIL_DAMAGE, percent, severity_of
from dataready.detect.scene import MOST_ROWS, Scene
from dataready.detect.spelling import spellings
from dataready.model import Finding
from dataready.profile.metric import part
from dataready.profile.plan import ColumnPlan
from dataready.profile.profile import ColumnStates
from dataready.profile.relation import bin_expression, is_text, looks_personal
from dataready.sql import ident, values_in

__all__ = ["Values", "mapping", "may_be_recoded", "partners", "recoding_findings", "values_of"]

Matrix = NDArray[np.float64]
MOST_VALUES = 50
LEAST_ROWS = 20
LEAST_SHARE = 0.05
GONE = 0.1
PARTNERS = 6
STRENGTH = 0.02
BINS = 12
SURE = 0.5
CLEAR = 0.05
MOST_SAID = 6


@dataclass(frozen=True, slots=True)
class Values:
    """Values of a column on one side, and the expression of its cells as text."""

    cell: str
    rows: Mapping[str, int]
    of: int

    def share(self, value: str) -> float:
        """The share of filled cells that hold a value."""
        return self.rows.get(value, 0) / max(1, self.of)


def recoding_findings(scene: Scene) -> list[Finding]:
    """One finding a column whose categories go by other names throughout."""
    side = scene.pilot_side
    if side is None:
        return []
    found = []
    for seen, before in scene.pairs():
        if before is None or not may_be_recoded(before) or not seen.rows:
            continue
        old, new = values_of(side, before), values_of(scene, seen)
        if old is None or new is None:
            continue
        gone = [v for v in old.rows if new.share(v) <= GONE * old.share(v)]
        strange = [v for v, n in new.rows.items() if v not in old.rows and n >= LEAST_ROWS]
        mass = sum(new.share(v) for v in strange)
        if not 2 <= len(strange) <= len(gone) or mass < LEAST_SHARE:
            continue
        if sum(old.share(v) for v in gone) > 2 * mass:
            continue
        said = mapping(scene, side, before.plan.name, (old, new), (gone, strange))
        if len(said) >= 2 and 2 * sum(new.rows[v] for v in said) >= mass * new.of:
            found.append(_finding(scene, seen, new, said))
    return found


def may_be_recoded(before: ColumnStates) -> bool:
    """Whether a column holds few categories or codes, none of a person's."""
    plan = before.plan
    coded = plan.base == "number" and plan.codes
    few = before.values.exact and 2 <= len(before.values.counts) <= MOST_VALUES
    text = plan.base == "text" and plan.kind == "text"
    return bool(few and (coded or text) and not plan.personal and plan.role == "feature")


def values_of(scene: Scene, seen: ColumnStates) -> Values | None:
    """The values as text, those of a column of codes that are no numbers among them."""
    counts = {_text(v): n for v, n in seen.values.counts.items()}
    cell = scene.cell(seen)
    if seen.plan.base == "number":
        if seen.counts["unparsed"]:
            if seen.foreign is None or not seen.foreign.exact or not is_text(seen.type):
                return None
            for v, n in seen.foreign.counts.items():
                counts[str(v).strip()] = counts.get(str(v).strip(), 0) + n
        raw = f"trim({ident(seen.name)}::VARCHAR)"
        cell = f"coalesce(({cell})::BIGINT::VARCHAR, {raw})"
    if not seen.values.exact or len(counts) > 2 * MOST_VALUES:
        return None
    return Values(cell, {v: n for v, n in counts.items() if n}, sum(counts.values()))


def _text(v: object) -> str:
    return str(int(v)) if isinstance(v, float) and v.is_integer() else str(v)


def mapping(
    scene: Scene,
    side: Scene,
    name: str,
    values: tuple[Values, Values],
    names: tuple[Sequence[str], Sequence[str]],
    *,
    but: str = "",
) -> dict[str, tuple[str, float]]:
    """New value -> the old one that it stands for, and how sure that is, in (0, 1].

    Args:
        scene: The table that holds the new values.
        side: The one that holds the old values; it may be the same.
        name: The column's.
        values: Its values in `side`, and in `scene`.
        names: Which of them are old, and which are new.
        but: A column that tells nothing of it: where it stands the new values do.
    """
    old, new = values
    gone, strange = names
    spelt = spellings(strange, gone)
    if len(spelt) == len(strange) == len(set(spelt.values())):
        return {u: (v, 1.0) for u, v in spelt.items()}
    of_old = sum(old.share(v) for v in gone)
    of_new = sum(new.share(u) for u in strange)
    p = np.array([old.share(v) / of_old for v in gone])[:, None]
    q = np.array([new.share(u) / of_new for u in strange])[None, :]
    apart = np.abs(p - q) / (p + q)
    mates = list(partners(scene, side, name, but=but))
    before = _joints(side, old.cell, gone, [b for b, _ in mates])
    after = _joints(scene, new.cell, strange, [s for _, s in mates])
    profiles = [_apart(b, s) for b, s in zip(before, after, strict=True)]
    cost: Matrix = apart + (np.sum(profiles, 0) if profiles else 0.0)
    rows, cols = linear_sum_assignment(cost)
    found = {}
    for i, j in zip(rows, cols, strict=True):
        rest = np.append(np.delete(cost[i], j), np.delete(cost[:, j], i))
        best, own = float(rest.min(initial=2.0)), float(cost[i, j])
        if best - own >= CLEAR and 1 - own / best >= SURE:
            found[strange[j]] = (gone[i], 1 - own / best)
    return found


def partners(
    scene: Scene, side: Scene, name: str, *, but: str = ""
) -> Iterator[tuple[ColumnStates, ColumnStates]]:
    """The columns that go most closely with one in `side`, as both tables have them."""
    known = side.production
    strengths = {}
    for other in known:
        mate = other.plan.name
        pair = known.pair(name, mate) or known.pair(mate, name)
        if not pair or mate in {name, but} or mate not in scene.production:
            continue
        joint = np.zeros((1, BINS, BINS))
        for key, n in pair.counts.items():
            joint[(0, *key)] = n  # type: ignore[misc]
        strength = float(pair_table(joint, joint)[0][0])
        if strength >= STRENGTH:
            strengths[mate] = strength
    for mate in sorted(strengths, key=lambda m: (-strengths[m], m))[:PARTNERS]:
        yield known[mate], scene.production[mate]


def _joints(
    scene: Scene, cell: str, values: Sequence[str], mates: Sequence[ColumnStates]
) -> list[Matrix]:
    """Rows per value and bin of each partner column, shape (values, bins), in one scan."""
    if not mates:
        return []
    plans: list[ColumnPlan] = [m.plan for m in mates]
    inner = [f"({scene.cell(m)}) AS {part(m.plan.name, 'value')}" for m in mates]
    bins = [
        f"{part(p.name, 'value') if p.base == 'text' else bin_expression(p)} AS b{k}"
        for k, p in enumerate(plans)
    ]
    sets = ", ".join(f"(x, b{k})" for k in range(len(mates)))
    listed = ", ".join(f"b{k}, grouping(b{k})" for k in range(len(mates)))
    counted = scene.query(
        f"SELECT x, count(*), {listed} FROM (SELECT x, {', '.join(bins)}"
        f" FROM (SELECT {cell} AS x, {', '.join(inner)} FROM {scene.some(MOST_ROWS)})\n"
        f"WHERE {values_in('x', values)}) GROUP BY GROUPING SETS ({sets})"
    )
    at = {v: k for k, v in enumerate(values)}
    joints = [np.zeros((len(values), BINS)) for _ in mates]
    for x, n, *cells in counted:
        for k, plan in enumerate(plans):
            b, aside = cells[2 * k : 2 * k + 2]
            if not aside and b is not None:
                known = {v: min(i, 10) for i, v in enumerate(plan.categories)}
                joints[k][at[x], known.get(b, BINS - 1) if plan.base == "text" else b] += n
    return joints


def _apart(old: Matrix, new: Matrix) -> Matrix:
    """How far each old value's partners lie from each new one's, less what is noise."""
    out = np.zeros((len(old), len(new)))
    for i, p in enumerate(old):
        for j, q in enumerate(new):
            n, m = p.sum(), q.sum()
            if n and m:
                distance = float(np.abs(p / n - q / m).sum() / 2)
                out[i, j] = max(0.0, distance - noise((p + q) / (n + m), n, m))
    return out


def _finding(
    scene: Scene, seen: ColumnStates, new: Values, said: Mapping[str, tuple[str, float]]
) -> Finding:
    name = seen.plan.name
    rows = sum(new.rows[u] for u in said)
    sure = min(s for _, s in said.values())
    most = sorted(said, key=lambda u: (-new.rows[u], u))
    plain = [u for u in most if not looks_personal(u) and not looks_personal(said[u][0])]
    shown = [f"'{said[u][0]}' is '{u}' now" for u in plain[:MOST_SAID]]
    pairs = ", ".join(f"'{u}' -> '{said[u][0]}'" for u in plain)
    return scene.finding(
        dimension="schema",
        detector="recoded",
        severity=severity_of(rows / seen.rows, FAIL_DAMAGE),
        column=name,
        message=f"'{name}' seems to be recoded in {rows:,} rows: {', '.join(shown)} (confidence "
        f"{percent(sure)}). It breaks a model that has learnt the old values.",
        measured=rows / seen.rows,
        limit=0.0,
        limit_origin="the pilot's values: as frequent as these, and with the same partners",
        where=values_in(new.cell, most),
        cells=True,
        examples=tuple(shown[:5]),
        fix=f"If it is so, map '{seen.name}' back before the model reads it: {pairs}.",
    )
