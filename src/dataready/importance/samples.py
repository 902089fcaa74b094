"""The labelled pilot as arrays for the probes, read from its extract."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
import numpy as np

from dataready.importance.probe import MOST_CATEGORIES, NoProbeError, Samples
from dataready.model import TABLE
from dataready.profile.metric import part
from dataready.profile.plan import ColumnPlan
from dataready.profile.profile import Profile
from dataready.profile.relation import cells
from dataready.sql import ident

__all__ = ["labelled"]

MOST_ROWS = 50_000


def labelled(
    con: duckdb.DuckDBPyConnection, pilot: Profile, target: str, *, table: str = TABLE
) -> Samples:
    """Read the pilot's labelled rows: at most 50,000, chosen by a hash of their content.

    Keys and ignored columns are left out: a model that learns from them learns nothing.

    Raises:
        NoProbeError: The target has no value.
    """
    goal = pilot[target].plan
    features = [
        c.plan for c in pilot if c.plan.name != target and c.plan.role not in {"key", "ignore"}
    ]
    relation = cells(ident(table), pilot.plan, pilot.schema, pilot.names)
    wanted = [part(c.name, "value") for c in (*features, goal)]
    hashed = "md5(concat_ws('|', " + ", ".join(f"{w}::VARCHAR" for w in wanted) + "))"
    sql = (
        f"SELECT {', '.join(wanted)} FROM (\n{relation}\n)\nWHERE {wanted[-1]} IS NOT NULL\n"
        f"ORDER BY {hashed} LIMIT {MOST_ROWS}"
    )
    rows = con.execute(sql).to_arrow_table()
    if not rows.num_rows or not features:
        msg = "the pilot has no labelled row" if features else "the pilot has no feature"
        raise NoProbeError(msg)
    arrays = [rows.column(k).to_pylist() for k in range(len(wanted))]
    ranks = {c.name: _ranks(c) for c in features if c.base == "text"}
    return Samples(
        {
            c.name: _numbers(values, ranks.get(c.name))
            for c, values in zip(features, arrays[:-1], strict=True)
        },
        frozenset(ranks),
        *_labels(arrays[-1], goal, pilot),
    )


def _ranks(column: ColumnPlan) -> dict[str, float]:
    return {v: float(k) for k, v in enumerate(column.categories[:MOST_CATEGORIES])}


def _numbers(values: list[object], ranks: Mapping[str, float] | None) -> np.ndarray:
    if ranks is not None:
        return np.array([ranks.get(str(v), np.nan) if v is not None else np.nan for v in values])
    return np.array([np.nan if v is None else float(str(v)) for v in values], float)


def _labels(values: list[object], goal: ColumnPlan, pilot: Profile) -> tuple[np.ndarray, bool]:
    """Numbers and dates of more than ten distinct values are regressed, the rest classified."""
    seen = pilot[goal.name]
    many = not seen.values.exact or len(seen.values.counts) > 10
    if goal.base != "text" and many:
        return np.array(values, float), False
    return np.unique(np.array([str(v) for v in values]), return_inverse=True)[1].astype(float), True
