"""Labelled rows as arrays, read from an extract: the pilot's, and production's where it has any.

For our probes they hold what the plan reads: no disguised missing values, the 200 most
frequent categories. For the pilot's own model they hold what its makers saw: numbers and
texts as they stand, less what pandas takes for missing in a CSV.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Literal

import duckdb
import numpy as np

from dataready.importance.metric import Array, classed
from dataready.importance.probe import MOST_CATEGORIES, NoProbeError, Samples
from dataready.model import FILE_COLUMN, ROW_COLUMN, TABLE
from dataready.profile.metric import part
from dataready.profile.plan import ColumnPlan
from dataready.profile.profile import Profile
from dataready.profile.relation import Relation
from dataready.sql import ident

__all__ = ["labelled", "outcomes", "sourced"]

MOST_ROWS = 50_000
LARGEST = 1e140
NO_VALUE = frozenset(
    """#N/A #NA -1.#IND -1.#QNAN -NaN -nan 1.#IND 1.#QNAN <NA> N/A NA NULL NaN None n/a nan
    null""".split()  # noqa: SIM905
)
"""Texts that pandas takes for missing in a CSV, unless it is told otherwise."""

Cells = dict[str, list[object]]
Ranks = Mapping[str, Mapping[str, float]]


def labelled(
    con: duckdb.DuckDBPyConnection, pilot: Profile, target: str, *, table: str = TABLE
) -> Samples:
    """Read the pilot's labelled rows for probes: at most 50,000, by a hash of their content.

    Keys and ignored columns are left out: a model that learns from them learns nothing.

    Raises:
        NoProbeError: The target has no value, or there is no feature.
    """
    features = [
        c.plan for c in pilot if c.plan.name != target and c.plan.role not in {"key", "ignore"}
    ]
    if not features:
        msg = "the pilot has no feature"
        raise NoProbeError(msg)
    relation = Relation(table, pilot.plan, pilot.schema, pilot.names)
    cells, said = _read(con, relation, features, target, "value", _content(features, target))
    _refuse_none(said)
    ranks = _most_frequent(features)
    return Samples(_coded(cells, ranks), frozenset(ranks), *_labels(said, pilot, target))


def sourced(
    con: duckdb.DuckDBPyConnection,
    pilot: Profile,
    target: str,
    columns: Collection[str],
    *,
    typed: bool | tuple[str, ...],
) -> Samples:
    """Read labelled rows of the pilot for its own model: some columns, as their source had them.

    Args:
        con: An open connection to the pilot's extract.
        pilot: Its profile.
        target: The column that is predicted.
        columns: Those that the model takes, whatever their role.
        typed: Whether the source had types, or which columns had.

    Raises:
        NoProbeError: The target has no value.
    """
    wanted = [pilot.plan[c] for c in columns]
    relation = Relation(TABLE, pilot.plan, pilot.schema, pilot.names)
    cells, said = _read(con, relation, wanted, target, "parsed", _content(wanted, target))
    _refuse_none(said)
    known = {c.name: c.categories for c in wanted if c.base == "text"}
    cells = _as_pandas(cells, known.keys() & _untyped(relation, typed=typed))
    ranks = _all_of_them(cells, known)
    words = {name: tuple(ranked) for name, ranked in ranks.items()}
    labels = _labels(said, pilot, target)
    return Samples(_coded(cells, ranks), frozenset(ranks), *labels, words)


def outcomes(
    con: duckdb.DuckDBPyConnection,
    production: Relation,
    target: str,
    like: Samples,
    *,
    typed: bool | tuple[str, ...],
) -> tuple[Samples, int]:
    """Read production's labelled rows as the pilot's were: at most 50,000, by a hash.

    Args:
        con: An open connection to production's extract.
        production: The table, under the pilot's plan, with the target in it.
        target: The pilot's name of it.
        like: The pilot's samples.
        typed: Whether production's source had types, or which columns had.

    Returns:
        The rows whose label the pilot knows, and how many have another one. A column that
        production lacks is missing in every row.
    """
    wanted = [production.plan[c] for c in like.features]
    place = [ident(FILE_COLUMN), ident(ROW_COLUMN)]
    words = None
    if like.words is None:
        cells, said = _read(con, production, wanted, target, "value", place)
        ranks = _most_frequent(wanted)
    else:
        cells, said = _read(con, production, wanted, target, "parsed", place)
        cells = _as_pandas(cells, like.text & _untyped(production, typed=typed))
        ranks = _all_of_them(cells, like.words)
        words = {name: tuple(ranked) for name, ranked in ranks.items()}
    numbers = {name: float(k) for k, name in enumerate(like.names)}
    labels = _numbers(said, numbers if like.classes else None)
    found = Samples(_coded(cells, ranks), like.text, labels, like.classes, like.names, words)
    known = np.flatnonzero(~np.isnan(labels))
    return found.take(known), len(labels) - len(known)


def _content(columns: Iterable[ColumnPlan], target: str) -> list[str]:
    return [part(name, "value") for name in (*(c.name for c in columns), target)]


def _read(
    con: duckdb.DuckDBPyConnection,
    relation: Relation,
    columns: list[ColumnPlan],
    target: str,
    wanted: Literal["value", "parsed"],
    hashed: list[str],
) -> tuple[Cells, list[object]]:
    """Read cells by column, and the labels; what the table lacks is None."""
    there = {c.name for c in relation.present}
    here = [c.name for c in columns if c.name in there]
    label = part(target, "value")
    # By name: in which order a table has its columns must not matter.
    texts = ", ".join(f"{w}::VARCHAR" for w in sorted(hashed))
    digest = f"md5(concat_ws('|', {texts}))"
    sql = (
        f"SELECT {', '.join([*(part(c, wanted) for c in here), label])} FROM (\n"
        f"{relation.select([*here, target])}\n)\nWHERE {label} IS NOT NULL\n"
        f"ORDER BY {digest} LIMIT {MOST_ROWS}"
    )
    rows = con.execute(sql).to_arrow_table()
    *found, said = (rows.column(k).to_pylist() for k in range(len(here) + 1))
    nothing: list[object] = [None] * len(said)
    cells = dict(zip(here, found, strict=True))
    return {c.name: cells.get(c.name, nothing) for c in columns}, said


def _refuse_none(labels: list[object]) -> None:
    if not labels:
        msg = "the pilot has no labelled row"
        raise NoProbeError(msg)


def _most_frequent(columns: Iterable[ColumnPlan]) -> dict[str, dict[str, float]]:
    """Ranks for probes: of what is beyond them, nothing can be learnt."""
    return {
        c.name: {v: float(k) for k, v in enumerate(c.categories[:MOST_CATEGORIES])}
        for c in columns
        if c.base == "text"
    }


def _untyped(relation: Relation, *, typed: bool | tuple[str, ...]) -> frozenset[str]:
    """The columns, by their pilot names, whose source had no types of its own."""
    if isinstance(typed, bool):
        return frozenset(() if typed else (c.name for c in relation.present))
    own = relation.names
    return frozenset(c.name for c in relation.present if own.get(c.name, c.name) not in typed)


def _as_pandas(cells: Cells, texts: Collection[str]) -> Cells:
    """Leave out of some columns what pandas takes for missing: blanks too."""

    def read(value: object) -> object:
        return None if value is None or not str(value).strip() or value in NO_VALUE else value

    return cells | {name: [read(v) for v in cells[name]] for name in texts}


def _all_of_them(cells: Cells, known: Mapping[str, tuple[str, ...]]) -> dict[str, dict[str, float]]:
    """Ranks of every text there is, known ones first."""
    out = {}
    for name, words in known.items():
        found = {str(v) for v in cells[name] if v is not None}
        ranked = [*words, *sorted(found.difference(words))]
        out[name] = {v: float(k) for k, v in enumerate(ranked)}
    return out


def _coded(cells: Cells, ranks: Ranks) -> dict[str, Array]:
    return {name: _numbers(values, ranks.get(name)) for name, values in cells.items()}


def _numbers(values: list[object], ranks: Mapping[str, float] | None) -> Array:
    if ranks is not None:
        return np.array([ranks.get(str(v), np.nan) if v is not None else np.nan for v in values])
    numbers = np.array([np.nan if v is None else float(str(v)) for v in values], float)
    # Learners square them: beyond this that is no number any more.
    return np.where(np.abs(numbers) < LARGEST, numbers, np.nan)


def _labels(said: list[object], pilot: Profile, target: str) -> tuple[Array, bool, tuple[str, ...]]:
    """The labels as numbers, whether they are classes, and what the classes are called."""
    if not classed(pilot[target]):
        return np.array(said, float), False, ()
    names, labels = np.unique(np.array([str(v) for v in said]), return_inverse=True)
    return labels.astype(float), True, tuple(str(n) for n in names)
