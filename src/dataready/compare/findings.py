"""Findings of a comparison: missing, invalid, shifted and unrelated, beyond what n and m allow."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np

from dataready.compare.counts import Array, ColumnCounts, Counts
from dataready.compare.damage import Damage, noise, relations
from dataready.compare.evidence import (
    FAIL_DAMAGE,
    FAIL_SHIFT,
    percent,
    rows_sql,
    severity_of,
    share_limit,
)
from dataready.model import Finding, Severity
from dataready.profile.metrics.validity import outside, unknown_code
from dataready.profile.profile import ColumnStates, Profile
from dataready.profile.relation import blank, is_one_of, null, unparsed, value
from dataready.profile.shape import shape
from dataready.profile.state import Tally
from dataready.sql import and_, ident, or_, values_in

__all__ = ["comparison_findings", "foretold", "missing_limit", "range_limit", "shift_limit"]


RARE = 5
"""A category that the pilot met so often at most may well be absent from as many other rows."""
LEAST_MOVED = 0.05
"""A relation whose break moves fewer rows than this is too weak to speak of."""


def comparison_findings(
    pilot: Profile,
    production: Profile,
    counts: Counts,
    damage: Mapping[str, Damage],
    *,
    table: str,
) -> list[Finding]:
    """List what the comparison says of every column that both sides have.

    A column of an empty production gets one finding: that there is nothing to compare.
    """
    if not production.rows:
        return [_no_rows(table)]
    found: list[Finding] = []
    for column in counts.columns:
        name = column.plan.name
        if column.absent:
            continue
        here, there = pilot[name], production[name]
        found += _missing(here, there, damage[name], table)
        if column.plan.role == "key":
            continue
        found += _unparsed(here, there, damage[name], table)
        if column.plan.role == "time":
            continue
        found += _outside(here, there, table)
        found += _formats(here, there, damage[name], table)
        if damage[name].V <= 0.5:
            found += _drift(column, there, damage[name], table)
    found += _flat(pilot, production, table)
    found += _unrelated(counts, damage, production, table)
    return found


def _no_rows(table: str) -> Finding:
    return Finding(
        dimension="volume",
        detector="no_rows",
        severity=Severity.FAIL,
        table=table,
        column=None,
        message="Production has no rows.",
        measured=0.0,
        limit=1.0,
        limit_origin="a table needs rows",
        rows_affected=0,
        sql='SELECT count(*) FROM "data"',
        fix="Check the extract's source and scope.",
    )


def _missing(here: ColumnStates, there: ColumnStates, loss: Damage, table: str) -> list[Finding]:
    """Nulls and blanks; disguised missing values are a finding of their own."""
    p, q = (s.counts["nulls"] + s.counts["blanks"] for s in (here, there))
    limit = missing_limit(here, there)
    share = q / there.rows
    if share <= limit:
        return []
    blanks = there.counts["blanks"]
    kinds = f"{q - blanks:,} null" + (f", {blanks:,} blank" if blanks else "")
    raw = ident(there.name)
    empty = blank(raw, there.type)
    where = or_(null(raw, there.type), empty if blanks else "")
    return [
        Finding(
            dimension="completeness",
            detector="missing",
            severity=severity_of(loss.M, FAIL_DAMAGE),
            table=table,
            column=here.plan.name,
            message=f"{percent(share)} of '{here.plan.name}' is missing ({kinds}); "
            f"{percent(p / here.rows)} in the pilot.",
            measured=share,
            limit=limit,
            limit_origin=f"the pilot's {percent(p / here.rows)} of {here.rows:,} rows, plus three "
            "standard errors and half a point",
            rows_affected=q,
            where=where,
            sql=rows_sql(where, there.name),
            # Ordinary nulls are wrong cells only where the pilot has none at all.
            cells=p == 0,
            fix=f"Fill '{there.name}' at its source, or train the pilot on rows that lack it.",
        )
    ]


def missing_limit(here: ColumnStates, there: ColumnStates) -> float:
    """The share of production's rows that may be null or blank."""
    empty = here.counts["nulls"] + here.counts["blanks"]
    return share_limit(empty, here.rows, there.rows, slack=0.005)


def _unparsed(here: ColumnStates, there: ColumnStates, loss: Damage, table: str) -> list[Finding]:
    bad = there.counts["unparsed"]
    limit = share_limit(here.counts["unparsed"], here.rows, there.rows, slack=0.0)
    if loss.unparsed > 0.5 or not bad:
        return []
    share = bad / there.rows
    where = unparsed(ident(there.name), there.type, there.plan)
    return [
        Finding(
            dimension="validity",
            detector="unparsed",
            severity=severity_of(share, FAIL_DAMAGE) if share > limit else Severity.INFO,
            table=table,
            column=here.plan.name,
            message=f"{bad:,} cells of '{here.plan.name}' ({percent(share)}) do not parse as "
            f"{here.plan.base}.",
            measured=share,
            limit=limit,
            limit_origin="the pilot's share, plus three standard errors",
            rows_affected=bad,
            where=where,
            sql=rows_sql(where, there.name),
            cells=True,
            fix=f"Bring '{there.name}' to one notation at the source.",
        )
    ]


def _outside(here: ColumnStates, there: ColumnStates, table: str) -> list[Finding]:
    plan, seen = here.plan, there.validity
    if seen is None or not there.usable or plan.kind != "number":
        return []
    cell = value(ident(there.name), there.type, there.plan)
    # As many new codes as those met once foretell (Good-Turing) are no surprise.
    once = sum(1 for n in here.values.counts.values() if n == 1)
    usual = share_limit(2 * once, here.usable, there.usable, slack=0.02)
    unknown = seen["unknown"] if seen["unknown"] > usual * there.usable else 0
    bad = seen["outside"] + unknown
    limit = range_limit(here, there)
    share = bad / there.usable
    if share <= limit:
        return []
    where = or_(outside(cell, plan), unknown_code(cell, plan) if unknown else "")
    low, high = _number(plan.low), _number(plan.high)
    return [
        Finding(
            dimension="validity",
            detector="out_of_range",
            severity=severity_of(share, FAIL_DAMAGE),
            table=table,
            column=plan.name,
            message=f"{bad:,} values of '{plan.name}' ({percent(share)}) lie outside what the "
            "pilot held" + ("." if plan.personal else f" ({low} to {high})."),
            measured=share,
            limit=limit,
            limit_origin=f"what {here.usable:,} pilot values predict (2 in n + 1), plus three "
            "standard errors and 0.2 points; 2 % of the range beyond its ends is allowed",
            rows_affected=bad,
            # The ends of a personal column's range are somebody's values.
            where=None if plan.personal else where,
            sql=None if plan.personal else rows_sql(where, there.name),
            cells=not plan.personal,
            fix=f"Check unit and entry of '{there.name}' in these rows.",
        )
    ]


def range_limit(here: ColumnStates, there: ColumnStates) -> float:
    """The share of production's values that may lie outside what the pilot held.

    An honest next row leaves the range of n values with chance 2/(n + 1).
    """
    return share_limit(2, here.usable + 1, there.usable, slack=0.002)


def foretold(known: Tally, rows: int) -> float:
    """How large a share of new values is no surprise: Good-Turing, doubled, and noise."""
    singles = sum(1 for n in known.counts.values() if n == 1)
    return share_limit(2 * singles, known.total, rows, slack=0.002)


def _number(number: float | None) -> str:
    return "-" if number is None else f"{number:,.6g}"


def _formats(here: ColumnStates, there: ColumnStates, loss: Damage, table: str) -> list[Finding]:
    plan = here.plan
    if plan.kind != "id" or here.formats is None or there.formats is None or not loss.V:
        return []
    known = here.formats.counts
    strange = {v: n for v, n in there.formats.counts.items() if v not in known}
    bad = there.formats.total - sum(n for v, n in there.formats.counts.items() if v in known)
    limit = foretold(here.formats, there.formats.total)
    if bad <= limit * there.rows:
        return []
    examples = sorted(strange, key=lambda v: (-strange[v], str(v)))[:3]
    cell = value(ident(there.name), there.type, there.plan)
    where = and_(f"{cell} IS NOT NULL", f"NOT {values_in(shape(cell), known)}")
    return [
        Finding(
            dimension="validity",
            detector="format",
            severity=severity_of(loss.V, FAIL_DAMAGE),
            table=table,
            column=plan.name,
            message=f"{bad:,} values of '{plan.name}' ({percent(bad / there.rows)}) have a format "
            "that the pilot never had.",
            measured=bad / there.rows,
            limit=limit,
            limit_origin="formats met once in the pilot foretell as many new ones (Good-Turing, "
            "doubled), plus three standard errors and 0.2 points",
            rows_affected=bad,
            where=where,
            sql=rows_sql(where, there.name),
            # Among names and free text another shape is news, not an error.
            cells=_is_structured(here),
            examples=() if plan.personal else tuple(str(v) for v in examples),
            fix=f"Bring '{there.name}' to the pilot's format.",
        )
    ]


def _is_structured(here: ColumnStates) -> bool:
    """Whether most of a column's texts have digits in them, as codes have."""
    counts = here.formats.counts if here.formats else {}
    return 2 * sum(n for v, n in counts.items() if "9" in str(v)) >= here.usable


def _drift(
    column: ColumnCounts, there: ColumnStates, loss: Damage, table: str
) -> Iterable[Finding]:
    plan = column.plan
    if not plan.binned or loss.s >= 1:
        return
    p, q = _comparable(column)
    n, m = p.sum(), q.sum()
    if not n or not m:
        return
    shares = (p + q) / (n + m)
    distance = float(np.abs(p / n - q / m).sum() / 2)
    limit = shift_limit(shares, n, m)
    if distance <= limit:
        return
    yield Finding(
        dimension="drift",
        detector="distribution",
        severity=severity_of(loss.kappa * loss.s, FAIL_SHIFT),
        table=table,
        column=plan.name,
        message=f"The values of '{plan.name}' are distributed differently: {percent(distance)} of "
        "the rows would have to change to look like the pilot.",
        measured=distance,
        limit=limit,
        limit_origin=f"noise of {n:,.0f} and {m:,.0f} rows (E0 + 3 standard deviations) plus 0.05",
        sql=f"SELECT {ident(there.name)}, count(*) AS n\nFROM {ident('data')}\nGROUP BY ALL\n"
        "ORDER BY n DESC",
        fix="Ask whether the population really changed; if so, extend the pilot to it.",
    )


def shift_limit(shares: Array, n: float, m: float) -> float:
    """The total variation that n and m rows of the same population stay below.

    What is expected (E0), three standard deviations, and 0.05.
    """
    spread = float((shares * (1 - shares)).sum()) * (1 / n + 1 / m)
    return noise(shares, n, m) + 1.5 * math.sqrt((1 - 2 / math.pi) * spread) + 0.05


def _comparable(column: ColumnCounts) -> tuple[Array, Array]:
    """Rows per bin on both sides; categories that the pilot met five times at most are one bin.

    To this bin belong production's unknown categories too, as many as those met once foretell:
    what is rare on one side is mostly absent from the other, which is no shift (Good-Turing).
    More of them are another finding's.
    """
    p, q, known = column.pilot_bins, column.production_bins, column.known
    if column.plan.base != "text":
        return p, q
    often = known & (p > RARE)
    n, m = p.sum(), q.sum() + column.unseen_values
    singles = float((known & (p <= 1) & (p > 0)).sum())
    foretold = m * share_limit(2 * singles, n, m, slack=0.002)
    unknown = min(float(q[~known].sum()) + column.unseen_values, foretold)
    return (
        np.append(p[often], p[known & ~often].sum()),
        np.append(q[often], q[known & ~often].sum() + unknown),
    )


def _flat(pilot: Profile, production: Profile, table: str) -> Iterable[Finding]:
    """A column that was constant in the pilot and no longer is: no model has learnt from it."""
    for here in pilot:
        name = here.plan.name
        if here.plan.kind != "flat" or name not in production:
            continue
        there = production[name]
        new = any(v not in here.values.counts for v in there.values.counts)
        if not (new or not there.values.exact) or here.plan.role in {"target", "ignore"}:
            continue
        kept = sum(there.values.counts.get(v, 0) for v in here.values.counts)
        rows = there.usable - kept if there.values.exact or here.plan.base == "text" else None
        cell = value(ident(there.name), there.type, there.plan)
        known = is_one_of(cell, list(here.values.counts), here.plan)
        where = and_(f"{cell} IS NOT NULL", f"NOT {known}")
        yield Finding(
            dimension="drift",
            detector="was_constant",
            severity=Severity.INFO,
            table=table,
            column=name,
            message=f"'{name}' was constant in the pilot; in production "
            + ("some" if rows is None else f"{rows:,}")
            + " rows hold another value. A model cannot have learnt what that means.",
            measured=None if rows is None else rows / there.rows,
            limit=0.0,
            limit_origin="the pilot's only value",
            rows_affected=rows,
            where=where,
            sql=rows_sql(where, there.name),
            fix="Extend the pilot to the cases it never saw.",
        )


def _unrelated(
    counts: Counts, damage: Mapping[str, Damage], production: Profile, table: str
) -> Iterable[Finding]:
    pairs = relations(counts)
    names = [c.plan.name for c in counts.columns]
    for k, column in enumerate(counts.columns):
        loss = damage[column.plan.name]
        if loss.b < 0.05 or loss.s >= 1:
            continue
        weights = np.where(np.isnan(pairs.broken[k]), 0.0, pairs.strength[k])
        order = [i for i in np.argsort(-weights, kind="stable") if weights[i] > 0]
        moved = max((float(pairs.moved[k, i]) for i in order[:6]), default=0.0)
        if moved < LEAST_MOVED:
            continue
        partners = [names[i] for i in order[:3]]
        listed = ", ".join(f"'{p}'" for p in partners)
        there = production[column.plan.name]
        yield Finding(
            dimension="consistency",
            detector="relation",
            severity=severity_of(loss.b, FAIL_SHIFT),
            table=table,
            column=column.plan.name,
            message=f"In {percent(loss.b)} of the rows '{column.plan.name}' no longer goes with "
            f"{listed} as it did in the pilot.",
            measured=loss.b + 0.03,
            limit=0.08,
            limit_origin="the pilot's joint distribution at production's marginals, its noise "
            "taken off, plus 0.08; and at least one row in twenty has to move",
            sql=_joint_sql(there.name, production[partners[0]].name),
            fix="Look for swapped, stale or wrongly joined values in these columns.",
        )


def _joint_sql(first: str, second: str) -> str:
    return (
        f"SELECT {ident(first)}, {ident(second)}, count(*) AS n\nFROM {ident('data')}\n"
        "GROUP BY ALL\nORDER BY n DESC"
    )
