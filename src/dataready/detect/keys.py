"""Keys: duplicated, missing, and pointing nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dataready.compare.evidence import FAIL_DAMAGE, rows_sql, severity_of
from dataready.detect.scene import Scene
from dataready.model import TABLE, Finding, Severity
from dataready.profile.plan import ColumnPlan
from dataready.profile.profile import ColumnStates
from dataready.profile.relation import blank, parse
from dataready.sql import and_, ident, literal, or_
from dataready.warehouse.connection import refusals

__all__ = [
    "home_of",
    "key_findings",
    "reference_findings",
    "text_of",
    "type_in",
]

FAIL_DUPLICATES = 0.05
LOOK_ROWS = 100_000
MOST_OTHERS = 60
MOST_PROVED = 5
_NO_KEY = ("DOUBLE", "FLOAT", "DECIMAL", "BOOLEAN", "INTERVAL", "BLOB")
_AS_TEXT = ColumnPlan(name="", base="text")


def key_findings(scene: Scene) -> list[Finding]:
    """Rows that share their key, and rows whose key is not whole."""
    columns = [scene.production[k] for k in scene.key if k in scene.production]
    if not columns or len(columns) < len(scene.key) or not scene.production.rows:
        return []
    listed = ", ".join(f"'{c.plan.name}'" for c in columns)
    holes = or_(
        *(f"{ident(c.name)} IS NULL" for c in columns),
        *(b for c in columns if (b := blank(ident(c.name), c.type)) != "FALSE"),
    )
    return [*_without(scene, columns, holes, listed), *_repeated(scene, columns, holes, listed)]


def _without(scene: Scene, columns: list[ColumnStates], holes: str, listed: str) -> list[Finding]:
    without = scene.count(holes)
    if not without:
        return []
    return [
        scene.finding(
            dimension="completeness",
            detector="key_missing",
            severity=Severity.FAIL,
            column=columns[0].plan.name,
            message=f"{without:,} rows have no whole key ({listed}).",
            measured=without / scene.production.rows,
            limit=0.0,
            limit_origin="a key identifies every row",
            where=holes,
            rows_affected=without,
            fix="Find out which rows lose their key on the way.",
        )
    ]


def _repeated(scene: Scene, columns: list[ColumnStates], holes: str, listed: str) -> list[Finding]:
    names = ", ".join(ident(c.name) for c in columns)
    groups = f"FROM {ident(TABLE)} WHERE NOT ({holes}) GROUP BY {names} HAVING count(*) > 1"
    sql = f"SELECT coalesce(sum(n), 0), count(*) FROM (SELECT count(*) AS n {groups})"
    ((rows, keys),) = scene.query(sql)
    share = (int(rows) - int(keys)) / scene.production.rows
    limit = _pilot_duplicates(scene)
    if share <= limit:
        return []
    key = f"({names})" if len(columns) > 1 else names
    where = and_(f"NOT ({holes})", f"{key} IN (SELECT {names} {groups})")
    sql = rows_sql(where, *(c.name for c in columns)) + f"\nORDER BY {names}"
    other = _other_key(scene, columns, where) if share >= FAIL_DUPLICATES else ""
    facts = {
        "severity": severity_of(share, FAIL_DUPLICATES),
        "column": columns[0].plan.name,
        "measured": share,
        "where": where,
        "rows_affected": int(rows),
        "sql": sql,
    }
    return [
        *([_changed(scene, listed, other, facts)] if other else []),
        scene.finding(
            **facts,
            dimension="uniqueness",
            detector="key_duplicates",
            message=f"{int(rows) - int(keys):,} rows repeat the key {listed} of another row "
            f"({int(keys):,} keys occur more than once).",
            limit=limit,
            limit_origin="the pilot's share of repeated keys" if limit else "a key occurs once",
            fix="Remove the re-imported rows, or add what tells them apart to the key.",
        ),
    ]


def _changed(scene: Scene, listed: str, other: str, facts: Mapping[str, Any]) -> Finding:
    """The key of the pilot is none any more, and another is; `facts` are of the repeated rows."""
    return scene.finding(
        **facts,
        dimension="schema",
        detector="key_changed",
        message=f"The key has changed: {listed} told every pilot row from the others and does not "
        f"any more ({facts['rows_affected']:,} rows share theirs); {other} does. Breaking for "
        "whatever joins by it.",
        limit=0.0,
        limit_origin="no key of the pilot repeats",
        examples=(other,),
        fix=f"If rows are told apart by {other} now, name that as the key in the settings.",
    )


def _other_key(scene: Scene, columns: list[ColumnStates], repeated: str) -> str:
    """What identifies every row where the pilot's key, that did in the pilot, does not; or "".

    A column by itself, or one beside the key: a version, a day, a part, no measured number.
    """
    side = scene.pilot_side
    if side is None or not set(scene.key) <= set(side.production.schema.names):
        return ""
    before = ", ".join(map(ident, scene.key))
    ((alike,),) = side.query(f"SELECT count(*) - count(DISTINCT ({before})) FROM {ident(TABLE)}")
    here = {c.name for c in columns}
    numbers = {s.name for s in scene.production if s.plan.kind == "number"}
    others = [
        c.name
        for c in scene.production.schema
        if c.name not in here | numbers and not c.type.startswith(_NO_KEY)
    ][:MOST_OTHERS]
    if alike or not others:
        return ""
    key = [ident(c.name) for c in columns]
    told = {f"'{o}'": [ident(o)] for o in others}
    told |= {f"the key with '{o}'": [*key, ident(o)] for o in others}
    proofs = {said: _identifies(names) for said, names in told.items()}
    (some,) = scene.query(
        f"SELECT {', '.join(proofs.values())} FROM"
        f" (SELECT * FROM {ident(TABLE)} WHERE {repeated} LIMIT {LOOK_ROWS})"
    )
    for said in [said for said, held in zip(told, some, strict=True) if held][:MOST_PROVED]:
        if scene.query(f"SELECT {proofs[said]} FROM {ident(TABLE)}") == [(True,)]:
            return said
    return ""


def _identifies(names: list[str]) -> str:
    """The aggregate that says whether some columns are whole and never repeat together."""
    whole = and_(*(f"{n} IS NOT NULL" for n in names))
    return f"count(DISTINCT ({', '.join(names)})) FILTER ({whole}) = count(*)"


def _pilot_duplicates(scene: Scene) -> float:
    """The pilot's share of repeated keys where one column is the key; 0 where unknown."""
    seen = scene.pilot.get(scene.key[0]) if scene.pilot and len(scene.key) == 1 else None
    if seen is None or not seen.values.exact or not seen.usable:
        return 0.0
    return (seen.usable - len(seen.values.counts)) / seen.usable


def reference_findings(scene: Scene) -> list[Finding]:
    """Values that must be found in another dataset's column, and are not."""
    found = []
    for column, (dataset, other, path) in scene.references.items():
        if column not in scene.production:
            continue
        seen = scene.production[column]
        with refusals(f"to look up references in dataset '{dataset}'"):
            home, attach = home_of(scene, dataset, path)
            type_ = type_in(scene, home, other)
            known = f"SELECT {text_of(other, type_)} FROM {home} WHERE {ident(other)} IS NOT NULL"
            text = text_of(seen.name, seen.type)
            where = and_(f"NOT ({scene.missing(seen)})", f"{text} NOT IN ({known})")
            rows = scene.count(where)
        if not rows:
            continue
        share = rows / seen.rows
        found.append(
            scene.finding(
                dimension="integrity",
                detector="orphans",
                severity=severity_of(share, FAIL_DAMAGE),
                column=column,
                message=f"{rows:,} rows are orphans: their '{column}' is in no row of "
                f"{dataset}.{other}.",
                measured=share,
                limit=0.0,
                limit_origin=f"the settings: {column} refers to {dataset}.{other}",
                where=where,
                rows_affected=rows,
                sql=attach + rows_sql(where, seen.name),
                fix=f"Load the missing rows of {dataset}, or drop the rows that need them.",
            )
        )
    return found


def home_of(scene: Scene, dataset: str, path: str) -> tuple[str, str]:
    """Attach another extract: its table's name, and what a reader runs to have it too."""
    own = scene.query(
        "SELECT path FROM duckdb_databases() WHERE database_name = current_database()"
    )
    if own == [(path,)]:
        return ident(TABLE), ""
    alias = ident(f"dataready_{dataset}")
    scene.con.execute(f"ATTACH IF NOT EXISTS {literal(path)} AS {alias} (READ_ONLY)")
    said = literal(f"<extract of {dataset}>")
    return f"{alias}.{ident(TABLE)}", f"ATTACH {said} AS {alias} (READ_ONLY);\n"


def type_in(scene: Scene, home: str, column: str) -> str:
    """Answer the DuckDB type of a column of an attached table."""
    described = scene.query(f"DESCRIBE SELECT {ident(column)} FROM {home}")
    return str(described[0][1])


def text_of(column: str, type_: str) -> str:
    """A column's value as text, so that 3.0 of one source equals 3 of another."""
    return parse(ident(column), type_, _AS_TEXT)
