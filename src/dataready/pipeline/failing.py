"""Every row that broke an expectation, by its key; which break several; how they look.

Keys of personal columns are hashed with a secret that stays beside the runs: equal keys have
equal hashes from night to night, and nobody without the secret can try values against them.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dataready.extract.manifest import Extract
from dataready.model import FILE_COLUMN, ROW_COLUMN, TABLE, Finding
from dataready.profile.shape import shape
from dataready.sql import and_, ident, literal, or_
from dataready.warehouse.connection import connect, refusals

__all__ = ["Together", "secret_of", "with_looks", "write_failing"]

MOST_TOGETHER = 10
MOST_LOOKS = 3
LEAST_GROUP = 5
"""What fewer rows have in common is not shown."""
SAMPLED = 10_000
KEPT = ".key"
"""The file of the secret, in the folder of runs."""


@dataclass(frozen=True, slots=True)
class Together:
    """A set of expectations, by the ids of their findings, and the rows that break just these."""

    findings: tuple[str, ...]
    rows: int


def secret_of(runs: Path) -> str:
    """Read the secret of a project's runs, made where there is none; its owner alone can."""
    path = runs / KEPT
    runs.mkdir(parents=True, exist_ok=True)
    try:
        made = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii")
    with os.fdopen(made, "w", encoding="ascii") as file:
        file.write(secret := secrets.token_hex(32))
    return secret


def write_failing(
    path: Path,
    extract: Extract,
    findings: Iterable[Finding],
    *,
    key: Sequence[str],
    personal: Collection[str],
    secret: str,
    attached: Mapping[str, str],
) -> tuple[Together, ...]:
    """Write every failing row of every expectation: (finding, expectation, key, file, row).

    `key` is a list of texts; `file` and `row` stand only where a row has no whole key.

    Args:
        path: A Parquet file, replaced if it is there.
        extract: Production's.
        findings: All of a dataset's; those of expectations with a predicate are written.
        key: The extract's names of the columns of the key; none, and rows go by their numbers.
        personal: Those columns of the extract whose values nobody may see.
        secret: What hashes of personal keys are made with.
        attached: Name -> path of other extracts that predicates speak of.

    Returns:
        The sets of expectations that most rows break.

    Raises:
        WarehouseError: DuckDB refused, or the file cannot be written.
    """
    listed = [f for f in findings if f.detector == "expectation" and f.where is not None]
    names = ", ".join(f"({k}, {literal(f.id)}, {literal(f.message)})" for k, f in enumerate(listed))
    files = ", ".join(f"({k}, {literal(f.name)})" for k, f in enumerate(extract.manifest.files))
    named = _named(key, personal, secret)
    told = (
        "SELECT e.id AS finding, e.said AS expectation, b.key,\n"
        "  CASE WHEN b.key IS NULL THEN f.name END AS file,\n"
        "  CASE WHEN b.key IS NULL THEN b.row END AS row\n"
        "FROM (SELECT unnest(broken) AS k, key, file, row FROM dataready_broken) AS b\n"
        f"JOIN (VALUES {names or '(NULL, NULL, NULL)'}) AS e(k, id, said) ON e.k = b.k\n"
        f"LEFT JOIN (VALUES {files or '(NULL, NULL)'}) AS f(id, name) ON f.id = b.file"
    )
    with connect(extract.path, read_only=True) as con, refusals("to write the failing rows"):
        for name, other in attached.items():
            con.execute(f"ATTACH IF NOT EXISTS {literal(other)} AS {ident(name)} (READ_ONLY)")
        con.execute(f"CREATE TEMP TABLE dataready_broken AS {_broken(listed, named)}")
        con.execute(f"COPY ({told}) TO {literal(str(path))} (FORMAT parquet)")
        path.chmod(0o600)
        sets = con.execute(
            "SELECT broken, count(*) AS rows FROM dataready_broken WHERE len(broken) > 1\n"
            f"GROUP BY broken ORDER BY rows DESC, broken LIMIT {MOST_TOGETHER}"
        ).fetchall()
    return tuple(Together(tuple(listed[k].id for k in broken), rows) for broken, rows in sets)


def _broken(findings: Sequence[Finding], key: str) -> str:
    """Write the SELECT of the rows that break any expectation, with the numbers of those."""
    broken = ", ".join(f"CASE WHEN {f.where} THEN {k} END" for k, f in enumerate(findings))
    return (
        f"SELECT list_filter([{broken or 'NULL::INTEGER'}], lambda k: k IS NOT NULL) AS broken,\n"
        f"{key} AS key, {ident(FILE_COLUMN)} AS file, {ident(ROW_COLUMN)} AS row\n"
        f"FROM {ident(TABLE)} WHERE {or_(*(f.where or '' for f in findings))}"
    )


def _named(key: Sequence[str], personal: Collection[str], secret: str) -> str:
    """Write the key of a row as a list of texts; NULL where a part of it is missing."""
    if not key:
        return "NULL::VARCHAR[]"
    cells = [_part(ident(c), is_personal=c in personal, secret=secret) for c in key]
    whole = and_(*(f"{ident(c)} IS NOT NULL" for c in key))
    return f"CASE WHEN {whole} THEN [{', '.join(cells)}] END"


def _part(column: str, *, is_personal: bool, secret: str) -> str:
    """Write a part of a key as text: itself, or its keyed hash."""
    if not is_personal:
        return f"{column}::VARCHAR"
    inner = f"sha256({literal(secret)} || {column}::VARCHAR)"
    return f"sha256({literal(secret)} || {inner})"


def with_looks(
    findings: Iterable[Finding],
    extract: Extract,
    *,
    names: Mapping[str, str],
    personal: Collection[str],
    attached: Mapping[str, str],
) -> list[Finding]:
    """Show what failing cells look like, never what they say: "3 days" as "9 a".

    Args:
        findings: Those of expectations.
        extract: Production's.
        names: Pilot column -> production's, where they differ.
        personal: Columns, by their pilot names, of which not even that is shown.
        attached: Name -> path of other extracts that predicates speak of.
    """
    looked = []
    with connect(extract.path, read_only=True) as con, refusals("to look at failing rows"):
        for name, other in attached.items():
            con.execute(f"ATTACH IF NOT EXISTS {literal(other)} AS {ident(name)} (READ_ONLY)")
        for finding in findings:
            own = names.get(finding.column or "", finding.column or "")
            hidden = finding.column in personal or own not in extract.manifest.schema
            if finding.where is None or hidden:
                looked.append(finding)
                continue
            cell = shape(f"left({ident(own)}::VARCHAR, 60)")
            rows = con.execute(
                f"SELECT coalesce({cell}, 'nothing') AS look, count(*) AS n\n"
                f"FROM (SELECT * FROM {ident(TABLE)} WHERE {finding.where} LIMIT {SAMPLED})\n"
                f"GROUP BY 1 HAVING n >= {LEAST_GROUP} ORDER BY n DESC, look LIMIT {MOST_LOOKS}"
            ).fetchall()
            looked.append(finding.with_(examples=tuple(str(look) for look, _ in rows)))
    return looked
