"""Production's labelled rows: what came true, from a table of labels or from production itself.

Labels find their rows by a key. A key that is in several of them is no evidence for any row:
they are refused as a whole, which is a finding and does not cost the run.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from dataready.config import Dataset
from dataready.errors import NoSuchColumnError
from dataready.extract.manifest import Extract
from dataready.model import FILE_COLUMN, ROW_COLUMN, TABLE, Column, Finding, Schema, Severity
from dataready.pipeline.join import comparable
from dataready.profile.plan import ColumnPlan
from dataready.profile.profile import Profile
from dataready.profile.relation import Relation, value
from dataready.sql import and_, ident, literal

__all__ = ["Outcomes", "check_labels", "labels_key", "outcomes_of"]

MOST_ROWS = 50_000
LABEL = "_dataready_label"
_LABELS = "dataready_labels"
_CHOSEN = "dataready_chosen"
_OUTCOMES = "dataready_outcomes"
_ROW = f"{ident(FILE_COLUMN)}, {ident(ROW_COLUMN)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """Where production's labelled rows can be read, or why there are none.

    `rows` is a temporary table of at most 50,000 of them, chosen by a hash of their place;
    `known` is how many there are in all.
    """

    rows: Relation | None = None
    known: int = 0
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()


def labels_key(dataset: Dataset) -> dict[str, str]:
    """Answer which column of production equals which column of the labels."""
    if dataset.labels is None:
        return {}
    own = dataset.labels.key or {column: column for column in dataset.key}
    return {dataset.mapping.get(here, here): there for here, there in own.items()}


def _label_column(dataset: Dataset) -> str | None:
    return (dataset.labels.column if dataset.labels else None) or dataset.target


def check_labels(name: str, dataset: Dataset, labels: Schema) -> None:
    """Check that the labels have the columns that the settings name.

    Raises:
        NoSuchColumnError: They lack one.
    """
    for wanted in (*labels_key(dataset).values(), _label_column(dataset)):
        if wanted is not None and wanted not in labels:
            raise NoSuchColumnError(wanted, table=f"{name} (labels)", available=labels.names)


def outcomes_of(
    con: duckdb.DuckDBPyConnection,
    name: str,
    dataset: Dataset,
    target: ColumnPlan,
    production: Profile,
    labels: Extract | None,
) -> Outcomes:
    """Find production's labelled rows, and put some of them into a temporary table.

    Args:
        con: An open connection to production's extract.
        name: The dataset's.
        dataset: Its settings.
        target: How the pilot reads the target.
        production: Production's profile.
        labels: The extract of the labels that the settings name; None if they name none.
    """
    if labels is None:
        if target.name not in production or not production[target.name].usable:
            return Outcomes()
        own = production.names.get(target.name, target.name)
        label = value(ident(own), production.schema.type_of(own), target)
        said = f"{ident(own)} AS {ident(LABEL)}"
        chosen = f"SELECT {_ROW}, {said} FROM {ident(TABLE)} WHERE {label} IS NOT NULL"
        return _put(con, target, production, production.schema.type_of(own), chosen)
    return _joined(con, name, dataset, target, production, labels)


def _joined(
    con: duckdb.DuckDBPyConnection,
    name: str,
    dataset: Dataset,
    target: ColumnPlan,
    production: Profile,
    labels: Extract,
) -> Outcomes:
    key = labels_key(dataset)
    there = labels.manifest.schema
    column = _label_column(dataset) or target.name
    absent = [here for here in key if here not in production.schema]
    if absent:
        listed = " and ".join(f"'{c}'" for c in absent)
        message = f"The labels find no row: production has no column {listed}."
        fix = "Name the columns of production that identify a row in 'labels.key'."
        return Outcomes(findings=(_refused(name, "labels_key_absent", message, fix),))
    types = {a: (production.schema.type_of(a), there.type_of(b)) for a, b in key.items()}
    ours = [comparable(f"p.{ident(a)}", *types[a]) for a in key]
    theirs = [comparable(f"l.{ident(b)}", *reversed(types[a])) for a, b in key.items()]
    label = value(f"l.{ident(column)}", there.type_of(column), target)
    con.execute(f"ATTACH IF NOT EXISTS {literal(str(labels.path))} AS {_LABELS} (READ_ONLY)")
    from_ = f"FROM {_LABELS}.{ident(TABLE)} AS l WHERE {label} IS NOT NULL"
    repeated, rows = _repeated(con, theirs, from_)
    if repeated:
        message = (
            f"The labels repeat {repeated:,} of their keys, in {rows:,} rows: which outcome is "
            "meant is not known, and no real loss is measured."
        )
        fix = "Keep one row a key, or name in 'labels.key' all columns that identify a row."
        return Outcomes(findings=(_refused(name, "labels_repeated", message, fix),))
    equal = and_(*(f"{a} = {b}" for a, b in zip(ours, theirs, strict=True)))
    chosen = (
        f"SELECT p.{ident(FILE_COLUMN)}, p.{ident(ROW_COLUMN)}, l.{ident(column)} AS "
        f"{ident(LABEL)}\nFROM {ident(TABLE)} AS p JOIN {_LABELS}.{ident(TABLE)} AS l ON {equal}\n"
        f"WHERE {label} IS NOT NULL"
    )
    found = _put(con, target, production, there.type_of(column), chosen)
    if found.rows is None:
        return Outcomes(notes=("None of the labels has a row in production: no loss is real yet.",))
    return found


def _repeated(con: duckdb.DuckDBPyConnection, key: list[str], from_: str) -> tuple[int, int]:
    """How many whole keys are in more than one row, and in how many rows."""
    names = [f"k{i}" for i in range(len(key))]
    listed = ", ".join(f"{k} AS {n}" for k, n in zip(key, names, strict=True))
    whole = and_(*(f"{n} IS NOT NULL" for n in names))
    (found,) = con.execute(
        f"SELECT count(*), coalesce(sum(n), 0) FROM (\n  SELECT count(*) AS n\n"
        f"  FROM (SELECT {listed} {from_}) WHERE {whole}\n"
        f"  GROUP BY {', '.join(names)} HAVING count(*) > 1\n)"
    ).fetchall()
    return int(found[0]), int(found[1])


def _put(
    con: duckdb.DuckDBPyConnection,
    target: ColumnPlan,
    production: Profile,
    type_: str,
    chosen: str,
) -> Outcomes:
    """Put at most 50,000 rows with their label into a table; which ones, their place decides."""
    (found,) = con.execute(f"SELECT count(*) FROM ({chosen})").fetchall()
    if not found[0]:
        return Outcomes()
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {_CHOSEN} AS\nSELECT * FROM ({chosen})\n"
        f"ORDER BY md5(concat_ws('|', {_ROW})) LIMIT {MOST_ROWS}"
    )
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {_OUTCOMES} AS\n"
        f"SELECT p.*, c.{ident(LABEL)} FROM {ident(TABLE)} AS p JOIN {_CHOSEN} AS c\n"
        f"USING ({_ROW})"
    )
    schema = Schema((*production.schema.columns, Column(LABEL, type_)))
    names = {**production.names, target.name: LABEL}
    rows = Relation(_OUTCOMES, production.plan, schema, names)
    return Outcomes(rows=rows, known=int(found[0]))


def _refused(name: str, detector: str, message: str, fix: str) -> Finding:
    return Finding(
        dimension="integrity",
        detector=detector,
        severity=Severity.ERROR,
        table=name,
        column=None,
        message=message,
        limit_origin="the settings: labels",
        fix=fix,
    )
