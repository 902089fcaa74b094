"""The subject of a dataset: its table with the columns of those that its settings join.

The dataset's own columns come first; each joined column is called `dataset.column` and is read as
the settings of its own dataset say. The pilot is joined to the others' pilots, production to
their production. A key of the pilot that finds several rows is refused: the settings are wrong.
In production it is a fault of the data, which must not cost the run: it becomes a finding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from dataready.compare.evidence import FAIL_DAMAGE, percent, rows_sql, severity_of, share_limit
from dataready.config import Config, Dataset
from dataready.config.declared import Join
from dataready.errors import NoSuchColumnError
from dataready.extract.manifest import Extract, JoinedTable, Manifest
from dataready.model import Finding, Role, Schema, Severity
from dataready.pipeline.join import Partner, join, partners_column
from dataready.sql import ident

__all__ = [
    "JOINED",
    "Subject",
    "join_findings",
    "joins_told",
    "subject_of",
    "with_joins_explained",
]

Side = Literal["pilot", "production"]
JOINED: Mapping[Side, str] = {"pilot": "pilot-joined", "production": "production-joined"}
"""Side -> the folder of its joined extracts, beside that of its own."""
_KEY_LOST = frozenset({"missing", "key_missing"})


@dataclass(frozen=True, slots=True)
class Subject:
    """What is scored of a dataset: both sides, and what the settings say of all columns."""

    settings: Dataset
    pilot: Extract
    production: Extract


def subject_of(
    config: Config,
    name: str,
    extracts: Mapping[str, tuple[Path, Path]],
    *,
    progress: Callable[[str], None] | None = None,
) -> Subject:
    """Join a dataset's extracts to those of its joins; without joins they are the subject.

    Args:
        config: The settings.
        name: The dataset's.
        extracts: Dataset -> paths of its pilot and production extracts, joined ones included.
        progress: Told what is being joined.

    Raises:
        NoSuchColumnError: The settings join by a column, or want one, that a pilot lacks.
        ConfigError: A key is in several rows of a joined pilot, or two columns share a name.
        WarehouseError: DuckDB refused.
    """
    settings = config.datasets[name]
    own = tuple(Extract.open(path) for path in extracts[name])
    if not settings.joins:
        return Subject(settings, *own)
    if progress is not None:
        progress(f"joining {', '.join(j.dataset for j in settings.joins)}")
    sides: list[Extract] = []
    for k, side in enumerate(JOINED):
        others = {j.dataset: Extract.open(extracts[j.dataset][k]) for j in settings.joins}
        partners = [_partner(config, name, j, side, own[k], others) for j in settings.joins]
        folder = config.resolve(config.warehouse) / name / JOINED[side]
        run = own[k].path.stem
        sides.append(join(own[k], partners, folder=folder, name=run, strict=side == "pilot"))
    return Subject(_settings(config, name, sides[0].manifest), *sides)


def _partner(
    config: Config,
    name: str,
    wanted: Join,
    side: Side,
    base: Extract,
    others: Mapping[str, Extract],
) -> Partner:
    """Say what of another dataset is joined on one side; production by its own names."""
    own, other = config.datasets[name], config.datasets[wanted.dataset]
    ours = own.mapping if side == "production" else {}
    theirs = other.mapping if side == "production" else {}
    extract = others[wanted.dataset]
    schema = extract.manifest.schema
    if side == "pilot":
        _check(wanted.on, base.manifest.schema, f"{name} (pilot)")
        _check((*wanted.on.values(), *wanted.columns), schema, f"{wanted.dataset} (pilot)")
    on = {ours.get(a, a): theirs.get(b, b) for a, b in wanted.on.items()}
    left_out = {*on.values()}
    if other.target and f"{wanted.dataset}.{other.target}" != own.target:
        # What another model predicts is not known when this one is asked.
        left_out.add(theirs.get(other.target, other.target))
    columns = tuple(theirs.get(c, c) for c in wanted.columns) or tuple(
        c for c in schema.names if c not in left_out
    )
    return Partner(dataset=wanted.dataset, extract=extract, on=on, columns=columns)


def _check(columns: Iterable[str], schema: Schema, table: str) -> None:
    for column in columns:
        if column not in schema:
            raise NoSuchColumnError(column, table=table, available=schema.names)


def _settings(config: Config, name: str, pilot: Manifest) -> Dataset:
    """A dataset's settings with what other datasets say of their columns; its own word counts."""
    own = config.datasets[name]
    roles: dict[str, Role] = {}
    owners, mapping, effort, personal = {}, {}, {}, list(own.personal)
    for table in pilot.joins:
        other = config.datasets[table.dataset]
        declared: dict[str, Role] = {**dict.fromkeys(other.key, "key"), **other.roles}
        if other.time:
            declared.setdefault(other.time, "time")
        # What is personal there is so here, too, under whatever name it is the key.
        personal += [mine for mine, its in table.on.items() if its in other.personal]
        for column in table.columns:
            there = column.removeprefix(f"{table.dataset}.")
            owners[column] = other.owners.get(there) or other.owner or ""
            if there in declared and column not in {own.target, own.time, *own.key}:
                roles[column] = declared[there]
            if there in other.mapping:
                mapping[column] = f"{table.dataset}.{other.mapping[there]}"
            if there in other.effort:
                effort[column] = other.effort[there]
            if there in other.personal:
                personal.append(column)
    changes = {
        "roles": roles | dict(own.roles),
        "owners": owners | dict(own.owners),
        "mapping": mapping | dict(own.mapping),
        "effort": effort | dict(own.effort),
        "personal": tuple(dict.fromkeys(personal)),
    }
    return own.model_copy(update=changes)


@dataclass(frozen=True, slots=True)
class _Sides:
    """One join of both sides: what `here` (the pilot) and `there` found, of n and m rows."""

    name: str
    here: JoinedTable
    there: JoinedTable
    n: int
    m: int

    @property
    def key(self) -> str:
        """The key as people read it, by the pilot's names."""
        return " and ".join(f"'{a}'" for a in self.here.on)

    def finding(self, found: str, **parts: Any) -> Finding:  # noqa: ANN401
        """Make a finding of production's rows whose partners are as `found` says."""
        where = f"{ident(partners_column(self.here.dataset))} {found}"
        keys = [a for a in self.there.on if a not in self.there.lacks]
        return Finding(
            table=self.name,
            column=next(iter(self.here.on)),
            where=where,
            sql=rows_sql(where, *keys),
            explains=self.here.columns,
            **parts,
        )


def join_findings(name: str, pilot: Manifest, production: Manifest) -> list[Finding]:
    """Say which production rows found no row of a joined table, and which found several.

    Orphans are a finding where there are more of them than the pilot foretells. That they are
    missing in the joined columns follows from it (`Finding.explains`).
    """
    found: list[Finding] = []
    if not production.rows:
        return found
    for here, there in zip(pilot.joins, production.joins, strict=True):
        sides = _Sides(name, here, there, pilot.rows, production.rows)
        found += _lacking(sides) if there.lacks else _orphans(sides)
        found += _ambiguous(sides)
    return found


def _lacking(sides: _Sides) -> list[Finding]:
    lost = " and ".join(f"'{column}'" for column in sides.there.lacks)
    return [
        sides.finding(
            "IS DISTINCT FROM 1",
            dimension="integrity",
            detector="join_orphans",
            severity=Severity.FAIL,
            message=f"No row can be joined to '{sides.here.dataset}': production has no column "
            f"{lost}. All columns joined from there are missing.",
            measured=1.0,
            limit=0.0,
            limit_origin="the settings: the columns of the join",
            rows_affected=sides.m,
            fix="If the column has another name now, map it in the settings of its dataset.",
        )
    ]


def _orphans(sides: _Sides) -> list[Finding]:
    rows, before = sides.there.without_partner, sides.here.without_partner / max(1, sides.n)
    limit = share_limit(sides.here.without_partner, sides.n, sides.m, slack=0.005)
    share = rows / sides.m
    if share <= limit:
        return []
    return [
        sides.finding(
            "= 0",
            dimension="integrity",
            detector="join_orphans",
            severity=severity_of((share - before) / (1 - before), FAIL_DAMAGE),
            message=f"{rows:,} rows ({percent(share)}) find no row of '{sides.here.dataset}' by "
            f"{sides.key}; {percent(before)} in the pilot. All columns joined from there are "
            "missing in them.",
            measured=share,
            limit=limit,
            limit_origin=f"the pilot's {percent(before)} of {sides.n:,} rows, plus three standard "
            "errors and half a point",
            rows_affected=rows,
            brief=f"without a row of '{sides.here.dataset}'",
            fix=f"Load the missing rows of '{sides.here.dataset}', or drop the rows that need "
            "them.",
        )
    ]


def _ambiguous(sides: _Sides) -> list[Finding]:
    rows = sides.there.ambiguous
    if not rows:
        return []
    return [
        sides.finding(
            "= 2",
            dimension="uniqueness",
            detector="join_duplicates",
            severity=severity_of(rows / sides.m, FAIL_DAMAGE),
            message=f"{rows:,} rows ({percent(rows / sides.m)}) find several rows of "
            f"'{sides.here.dataset}' by {sides.key}, and these differ. Which one is meant is not "
            "known: what they differ in counts as missing.",
            measured=rows / sides.m,
            limit=0.0,
            limit_origin="the settings: a key finds one row",
            rows_affected=rows,
            brief=f"with several rows of '{sides.here.dataset}'",
            fix=f"Keep one row of '{sides.here.dataset}' a key, or join by what tells them apart.",
        )
    ]


def with_joins_explained(findings: Iterable[Finding], pilot: Manifest) -> list[Finding]:
    """Let a key that is missing explain what is missing in the columns joined by it."""
    reach: dict[str, tuple[str, ...]] = {}
    for table in pilot.joins:
        for column in table.on:
            reach[column] = (*reach.get(column, ()), *table.columns)
    return [
        f.with_(explains=reach[f.column]) if f.detector in _KEY_LOST and f.column in reach else f
        for f in findings
    ]


def joins_told(pilot: Manifest, production: Manifest) -> tuple[str, ...]:
    """Say in a sentence each what was joined, by what, and how many rows found nothing."""
    return tuple(
        f"{here.dataset} by {', '.join(f'{a} = {here.dataset}.{b}' for a, b in here.on.items())}: "
        f"{_found(here, pilot.rows)} in the pilot; {_found(there, production.rows)} in production."
        for here, there in zip(pilot.joins, production.joins, strict=True)
    )


def _found(table: JoinedTable, rows: int) -> str:
    said = f"{table.without_partner:,} of {rows:,} rows find no partner"
    said += f", {table.without_key:,} have no key" if table.without_key else ""
    return said + (f", {table.ambiguous:,} find several that differ" if table.ambiguous else "")
