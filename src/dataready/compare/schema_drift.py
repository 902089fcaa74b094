"""Schema drift: what happened to the columns between the pilot and production."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from dataready.compare.damage import Damage
from dataready.compare.evidence import percent, rows_sql
from dataready.model import Finding, Schema, Severity
from dataready.profile.plan import Plan
from dataready.profile.profile import Profile
from dataready.profile.relation import blank, null, unparsed
from dataready.sql import ident, or_

__all__ = ["new_columns", "schema_findings"]

BY_CHANCE = 0.001


def new_columns(pilot: Schema, production: Schema, names: Mapping[str, str]) -> tuple[str, ...]:
    """List production's columns that no pilot column is read from, in order.

    Args:
        pilot: The pilot's schema.
        production: Production's.
        names: Accepted mapping, pilot column -> production column.
    """
    read = {names.get(c.name, c.name) for c in pilot}
    return tuple(c.name for c in production if c.name not in read)


def schema_findings(
    pilot: Profile,
    production: Profile,
    damage: Mapping[str, Damage],
    weights: Mapping[str, float] | None,
    *,
    table: str,
) -> list[Finding]:
    """Say what was removed, retyped, reordered, respelt, added, and what may be null now."""
    plan = pilot.plan
    added = new_columns(pilot.schema, production.schema, production.names)
    return [
        *_removed(plan, production, weights, added, table),
        *_retyped(pilot, production, damage, table),
        *_nullable(pilot, production, table),
        *_reordered(pilot.schema, production.schema, production.names, table),
        *_added(added, production.schema, table),
    ]


def _removed(
    plan: Plan,
    production: Profile,
    weights: Mapping[str, float] | None,
    added: Sequence[str],
    table: str,
) -> Iterable[Finding]:
    for column in plan:
        if column.name in production or column.role in {"target", "ignore"}:
            continue
        weight = None if weights is None else weights.get(column.name, 0.0)
        respelt = [a for a in added if _bare(a) == _bare(column.name)]
        hint = f" Production has '{respelt[0]}', which differs only in spelling." if respelt else ""
        worth = "" if weight is None else f" It carries {percent(weight)} of the model's skill."
        yield Finding(
            dimension="schema",
            detector="column_respelt" if respelt else "column_removed",
            severity=Severity.WARN if weight is not None and weight < 0.005 else Severity.FAIL,
            table=table,
            column=column.name,
            message=f"Column '{column.name}' is not in production.{hint}{worth} Breaking: a pilot "
            "model reads it.",
            measured=1.0,
            limit=0.0,
            limit_origin="every pilot column must be in production",
            rows_affected=production.rows,
            examples=tuple(respelt[:1]),
            sql=rows_sql("TRUE"),
            fix=(
                f"Accept the mapping {column.name} -> {respelt[0]} or restore the name."
                if respelt
                else "Restore the column at the source, or retrain the pilot without it."
            ),
        )


def _bare(name: str) -> str:
    return "".join(c for c in name.casefold() if c.isalnum())


def _retyped(
    pilot: Profile, production: Profile, damage: Mapping[str, Damage], table: str
) -> Iterable[Finding]:
    for here in pilot:
        name = here.plan.name
        if name not in production:
            continue
        there = production[name]
        loss = damage[name].unparsed if name in damage else 0.0
        broken = loss > 0.5
        if here.type == there.type and not broken:
            continue
        where = unparsed(ident(there.name), there.type, here.plan)
        what = f"{here.type} in the pilot, {there.type} in production"
        if here.type == there.type:
            what = f"{here.plan.base} in the pilot, other text in production"
        yield Finding(
            dimension="schema",
            detector="column_retyped",
            severity=Severity.FAIL if broken else Severity.INFO,
            table=table,
            column=name,
            message=f"Column '{name}' is {what}; {percent(loss)} of its cells do not parse as "
            f"{here.plan.base}. "
            + (
                "Breaking for a pilot model."
                if broken
                else "Not breaking: the others read as before."
            ),
            measured=loss,
            limit=0.5,
            limit_origin="more than half of the cells must parse as the pilot's type",
            rows_affected=there.counts["unparsed"] if broken else 0,
            where=where if broken else None,
            sql=rows_sql(where, there.name) if broken else None,
            cells=broken,
            fix=f"Cast '{there.name}' to {here.plan.base} at the source, or convert it on the way.",
        )


def _nullable(pilot: Profile, production: Profile, table: str) -> Iterable[Finding]:
    """Columns that were never empty in the pilot, and by more than chance are now."""
    for here in pilot:
        there = production.get(here.plan.name)
        if there is None or here.missing or here.plan.role == "ignore":
            continue
        empty = there.counts["nulls"] + there.counts["blanks"]
        # If both had the same share, all of the empty cells would lie in production so often.
        chance = (there.rows / max(1, here.rows + there.rows)) ** empty
        if not here.rows or chance > BY_CHANCE:
            continue
        raw, blanks = ident(there.name), there.counts["blanks"]
        where = or_(null(raw, there.type), blank(raw, there.type) if blanks else "")
        yield Finding(
            dimension="schema",
            detector="column_nullable",
            severity=Severity.INFO,
            table=table,
            column=here.plan.name,
            message=f"Column '{here.plan.name}' may be empty now: {empty:,} rows are, none "
            f"of {here.rows:,} in the pilot. Breaking for a pilot model that takes no empty cells.",
            measured=empty / there.rows,
            limit=0.0,
            limit_origin="no cell is empty in the pilot; that all of them are production's comes "
            f"by chance once in {1 / BY_CHANCE:,.0f} columns at most",
            rows_affected=empty,
            where=where,
            sql=rows_sql(where, there.name),
            fix=f"Say what a model does where '{there.name}' is empty, or fill it at the source.",
        )


def _reordered(
    pilot: Schema, production: Schema, names: Mapping[str, str], table: str
) -> Iterable[Finding]:
    wanted = [names.get(c.name, c.name) for c in pilot]
    here = [c for c in dict.fromkeys(wanted) if c in production]
    there = [c for c in production.names if c in here]
    if here == there:
        return
    moved = [c for c, d in zip(here, there, strict=True) if c != d]
    yield Finding(
        dimension="schema",
        detector="columns_reordered",
        severity=Severity.INFO,
        table=table,
        column=None,
        message=f"{len(moved)} columns stand in another order than in the pilot, "
        f"'{moved[0]}' first. Not breaking where columns are read by name.",
        measured=float(len(moved)),
        limit=0.0,
        limit_origin="the pilot's order",
        fix="Nothing to do where columns are read by name.",
    )


def _added(added: Sequence[str], schema: Schema, table: str) -> Iterable[Finding]:
    for name in added:
        yield Finding(
            dimension="schema",
            detector="column_added",
            severity=Severity.INFO,
            table=table,
            column=name,
            message=f"Production has a column '{name}' ({schema.type_of(name)}) that the pilot "
            "did not. Not breaking: a pilot model does not read it.",
            limit_origin="the pilot's columns",
            fix="Nothing to do: the pilot model does not read it.",
        )
