"""The plan of repairs: what each gives back, and the cheapest set that leads to go.

The set has the least effort, then the fewest repairs, then the most points. Up to twelve
repairs are searched exactly, by rising cost, and the first set that leads to go is it; more
are searched greedily. Whether a set leads to go is judged by the functions that judge
production, with the repaired damage gone from every set of resampled counts too.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import combinations

from dataready.model import Verdict
from dataready.readiness.assessment import Fix, FixPlan
from dataready.readiness.case import Case, Change, Judgement
from dataready.readiness.repair import Repair, change_of, gains, shapley

__all__ = ["EXACT", "fix_plan"]

EXACT = 12
"""So many repairs have 4,096 subsets, which can all be looked at."""
WORTH_SHOWING = 0.05
"""Points that a report would show as 0.1; less is left to the end of the search."""

_Set = frozenset[int]


def fix_plan(case: Case, every: Sequence[Repair]) -> FixPlan | None:
    """Say what each repair gives back, and which are the cheapest that lead to go.

    Where none do, the plan is all that are worth a tenth of a point or that a gate asks for.

    Args:
        case: What was judged.
        every: The repairs there are.

    Returns:
        The plan, repairs that give most back first; None where there is no score to mend.
    """
    search = _Search(case, every)
    now = search.judge(frozenset())
    if now.score.value is None:
        return None
    points = search.points(now.score.value)
    lifting = search.lifting()
    useful = [k for k in range(len(every)) if points[k] > 0 or k in lifting]
    if now.verdict is Verdict.GO:
        chosen, after = frozenset[int](), now
    else:
        worth = [k for k in useful if points[k] >= WORTH_SHOWING or k in lifting]
        candidates = useful if len(useful) <= EXACT else worth
        found = search.cheapest(candidates, points) or search.cheapest(useful, points)
        chosen = frozenset(worth) if found is None else found
        after = search.judge(chosen)
    order = sorted(useful, key=lambda k: (-points[k], every[k].column, every[k].parts))
    steps = [k for k in order if k in chosen]
    reached = {k: search.value(frozenset(steps[: i + 1])) for i, k in enumerate(steps)}
    return FixPlan(
        fixes=tuple(
            Fix(
                column=every[k].column,
                also=tuple(c for c in every[k].changes if c != every[k].column),
                parts=every[k].parts,
                why=every[k].why,
                what=every[k].what,
                points=points[k],
                alone=search.value(frozenset({k})) - now.score.value,
                rows=every[k].rows,
                owner=every[k].owner,
                effort=every[k].effort,
                in_plan=k in chosen,
                after=reached.get(k),
                sql=every[k].sql,
            )
            for k in order
        ),
        verdict=after.verdict,
        value=after.score.value,
        low=after.score.low,
        reasons=() if after.verdict is Verdict.GO else after.reasons,
    )


class _Search:
    """Judges sets of repairs, and remembers what it has learnt."""

    def __init__(self, case: Case, every: Sequence[Repair]) -> None:
        self.case, self.every = case, every
        self.failed = -math.inf
        self.judged: dict[_Set, Judgement] = {}

    @cached_property
    def columns(self) -> dict[str, list[int]]:
        """Column -> the places of its repairs of damage."""
        out: dict[str, list[int]] = {}
        for k, r in enumerate(self.every):
            for column in (c for c, change in r.changes.items() if change.mended):
                out.setdefault(column, []).append(k)
        return out

    @cached_property
    def gains(self) -> dict[str, dict[_Set, float]]:
        """Column -> what each subset of its repairs gives back to it."""
        return {
            column: {
                frozenset(own[k] for k in chosen): gain
                for chosen, gain in gains(self.case, column, [self.every[k] for k in own]).items()
            }
            for column, own in self.columns.items()
        }

    @cached_property
    def repairs(self) -> dict[str, _Set]:
        """Column -> the places of its repairs, as a set."""
        return {column: frozenset(own) for column, own in self.columns.items()}

    def points(self, now: float) -> list[float]:
        """Each repair's share of what all give back: their Shapley values, scaled to it."""
        values = [0.0] * len(self.every)
        for column, own in self.columns.items():
            places = {k: i for i, k in enumerate(own)}
            worth = {frozenset(places[k] for k in s): g for s, g in self.gains[column].items()}
            for k, value in zip(own, shapley(worth, len(own)), strict=True):
                values[k] += max(0.0, value)
        total = math.fsum(values)
        back = self.value(frozenset(range(len(self.every)))) - now
        return [back * v / total if total else 0.0 for v in values]

    def value(self, chosen: _Set) -> float:
        """The score as if some repairs were done: what the judge says, from the gains alone."""
        score, gain = self.judge(frozenset()).score, self._gain(chosen)
        if self.case.weights.mean is None:
            return 100 - 100 * math.sqrt(max(0.0, (1 - (score.value or 0.0) / 100) ** 2 - gain))
        product = (score.product or 0.0) * math.exp(gain)
        forecast = self.case.forecast
        return forecast.together(product) if forecast else product

    def lifting(self) -> set[int]:
        """Repairs that a failed gate asks for."""
        failed = {g.name for g in self.case.gates_after({}) if g.result in {"fail", "error"}}
        columns = {name.partition(":")[2] for name in failed}
        if "suites_must_pass" in failed:
            columns |= self.case.unmet() or frozenset()
        return {
            k
            for k, r in enumerate(self.every)
            if columns & r.changes.keys() or "duplicates" in r.parts
        }

    def judge(self, chosen: _Set) -> Judgement:
        """Judge the dataset as if some repairs were done."""
        if chosen not in self.judged:
            self.judged[chosen] = self.case.judge(self._changes(chosen))
        return self.judged[chosen]

    def _changes(self, chosen: _Set) -> dict[str, Change]:
        return change_of((self.every[k] for k in sorted(chosen)), self.every)

    def _gain(self, chosen: _Set) -> float:
        return math.fsum(g[chosen & self.repairs[c]] for c, g in self.gains.items())

    def _is_go(self, chosen: _Set, *, exact: bool) -> bool:
        """Whether some repairs lead to go; what is known to give back too little is not judged.

        The score rises with the gain: where it alone is too low, every set that gives back less
        fails as well. Without `exact`, so does every such set where the interval is too wide.
        """
        gain = self._gain(chosen)
        if gain <= self.failed:
            return False
        gates = self.case.gates_after(self._changes(chosen))
        if any(g.result in {"fail", "error"} for g in gates):
            return False
        high_enough = self.case.judge(self._changes(chosen), quick=True).verdict is Verdict.GO
        go = high_enough and self.judge(chosen).verdict is Verdict.GO
        if not (high_enough if exact else go):
            self.failed = gain
        return go

    def cheapest(self, candidates: Sequence[int], points: Sequence[float]) -> _Set | None:
        """Find the cheapest set of some repairs that leads to go; None if all do not."""
        if self.judge(frozenset(candidates)).verdict is not Verdict.GO:
            return None
        if len(candidates) > EXACT:
            return self._greedy(candidates, points)
        by_cost = sorted(_subsets(candidates), key=self._cost)
        return next(s for s in by_cost if self._is_go(s, exact=True))

    def _cost(self, chosen: _Set) -> tuple[float, int, float, list[int]]:
        effort = round(math.fsum(self.every[k].effort for k in chosen), 9)
        return effort, len(chosen), -self._gain(chosen), sorted(chosen)

    def _greedy(self, candidates: Sequence[int], points: Sequence[float]) -> _Set:
        """Take what gives most per effort until it is go; leave out what is not needed."""
        lifting = self.lifting()
        worth = {k: points[k] / self.every[k].effort for k in candidates}
        order = sorted(candidates, key=lambda k: (k not in lifting, -worth[k], k))
        least, most = 0, len(order)
        while least < most:
            middle = (least + most) // 2
            if self._is_go(frozenset(order[:middle]), exact=False):
                most = middle
            else:
                least = middle + 1
        chosen = frozenset(order[:most])
        for k in sorted(chosen, key=lambda k: (-self.every[k].effort, points[k], k)):
            if self._is_go(chosen - {k}, exact=False):
                chosen -= {k}
        return chosen


def _subsets(of: Sequence[int]) -> Iterator[_Set]:
    return (frozenset(s) for size in range(len(of) + 1) for s in combinations(of, size))
