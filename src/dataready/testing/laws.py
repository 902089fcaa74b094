"""The laws of states, as an assertion."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from dataready.profile.look import looked
from dataready.profile.metric import Aggregates, Groups, Joint, Metric
from dataready.profile.plan import Plan
from dataready.profile.scan import scan
from dataready.profile.state import State
from dataready.testing.factory import Columns, table_of

__all__ = ["assert_metric_laws"]


def assert_metric_laws(
    metrics: Sequence[Metric[State]],
    plan: Plan,
    parts: Sequence[Columns],
    *,
    types: Mapping[str, str],
    cap: int | None = None,
) -> None:
    """Check the four laws of metrics on rows that are split into three parts.

    Floats are compared to a relative 1e-9 of their scale, since their addition is
    associative only nearly; everything else is compared exactly.

    Args:
        metrics: They are scanned together, and checked one by one.
        plan: How cells are read.
        parts: Three tables of the same columns (column -> cells); each may be empty.
        types: Column -> its DuckDB type; one that is not named is VARCHAR.
        cap: How many groups are too many, in place of the metrics' own limit, so that few
            rows show what happens beyond it.

    Raises:
        AssertionError: A law does not hold; the message names the metric and the law.
    """
    asked = [_Capped(m, cap) if cap is not None else m for m in metrics]
    con = duckdb.connect()

    def of(columns: Columns, *, tally: bool = False) -> Mapping[str, Any]:
        _, schema = table_of(columns, types=types, con=con)
        with looked(con, schema, tally=tally) as look:
            return scan(con, plan, schema, asked, look=look)

    a, b, c = (of(part) for part in parts)
    together = {name: [v for part in parts for v in part[name]] for name in parts[0]}
    whole, tallied = of(together), of(together, tally=True)
    con.close()
    rows = any(parts[0].values())
    for metric in asked:
        x, y, z, all_ = (s[metric.id] for s in (a, b, c, whole))
        scale = _scale(all_)
        laws = {
            "no rows give the empty state": (metric.empty, metric.empty if rows else x),
            "identity": (x + metric.empty, x),
            "identity from the left": (metric.empty + x, x),
            "commutativity": (x + y, y + x),
            "associativity": ((x + y) + z, x + (y + z)),
            "homomorphism": (x + y + z, all_),
            "a tally of the cells says what the rows say": (tallied[metric.id], all_),
        }
        for law, (left, right) in laws.items():
            if not _close(_plain(left), _plain(right), scale):
                msg = f"{metric.id}: {law} does not hold: {left} != {right}"
                raise AssertionError(msg)


@dataclass(frozen=True, slots=True)
class _Capped:
    """A metric whose groups are too many at another number."""

    metric: Metric[State]
    cap: int

    @property
    def id(self) -> str:
        return self.metric.id

    @property
    def columns(self) -> tuple[str, ...]:
        return self.metric.columns

    @property
    def empty(self) -> Any:  # noqa: ANN401
        capped = isinstance(self.query(), Groups) and hasattr(self.metric.empty, "cap")
        empty: Any = self.metric.empty
        return dataclasses.replace(empty, cap=self.cap) if capped else empty

    @property
    def waits(self) -> bool:
        return self.metric.waits

    def implied(self, states: Mapping[str, State]) -> Any:  # noqa: ANN401
        found: Any = self.metric.implied(states)
        return dataclasses.replace(found, cap=self.cap) if hasattr(found, "cap") else found

    def narrowed(self, states: Mapping[str, State]) -> _Capped:
        return dataclasses.replace(self, metric=self.metric.narrowed(states))

    def query(self) -> Aggregates | Groups | Joint:
        query = self.metric.query()
        if not isinstance(query, Groups) or query.smallest is not None:
            return query
        return dataclasses.replace(query, cap=self.cap)

    def state(self, answer: Any) -> Any:  # noqa: ANN401
        return self.metric.state(answer)


def _plain(state: Any) -> Any:  # noqa: ANN401
    """A state as plain values: of counts, those that are not 0."""
    if dataclasses.is_dataclass(state):
        return {f.name: _plain(getattr(state, f.name)) for f in dataclasses.fields(state)}
    if isinstance(state, Mapping):
        return {k: v for k, v in state.items() if v}
    return state


def _scale(state: Any) -> float:  # noqa: ANN401
    """The greatest magnitude in a state: what rounding errors are measured by."""
    if dataclasses.is_dataclass(state):
        return max(_scale(getattr(state, f.name)) for f in dataclasses.fields(state))
    return abs(state) if isinstance(state, float) and math.isfinite(state) else 0.0


def _close(left: Any, right: Any, scale: float) -> bool:  # noqa: ANN401
    if isinstance(left, float) and isinstance(right, float):
        return left == right or math.isclose(left, right, rel_tol=1e-9, abs_tol=1e-9 * scale)
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_close(left[k], right[k], scale) for k in left)
    return bool(left == right)
