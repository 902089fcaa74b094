"""Gates: limits fixed before anybody looks, which no score outweighs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from dataready.compare.damage import Damage
from dataready.compare.evidence import percent
from dataready.config import Gates, Policy
from dataready.expectations.result import SuiteResult
from dataready.importance.weight import Weights
from dataready.model import Finding, Verdict
from dataready.profile.profile import Profile
from dataready.readiness.assessment import Gate

__all__ = ["Evidence", "gates"]

ABSENT_WEIGHT = 0.05
UNPARSED_WEIGHT = 0.02
LEAK_WEIGHT = 0.5
LEAK_ALONE = 0.9
LEAK_SKILL = 0.8
"""An honest column may dominate a noisy task; one that nearly is the answer is suspect."""
COLLAPSE_WEIGHT = 0.3
COLLAPSE = 0.1
LEAST_ROWS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the gates of one dataset are judged on."""

    pilot: Profile
    production: Profile
    damage: Mapping[str, Damage]
    weights: Weights
    findings: tuple[Finding, ...]
    suites: tuple[SuiteResult, ...]
    time: str | None
    clock: datetime


def gates(evidence: Evidence, policy: Policy, own: Gates) -> tuple[Gate, ...]:
    """Judge every gate: those of the policy, those that protect the score, the user's own."""
    return (
        *_volume(evidence, policy),
        *_protective(evidence),
        *_declared(evidence, own),
    )


def _gate(
    name: str,
    message: str,
    measured: float | None,
    limit: float | None,
    *,
    ok: bool | None,
    origin: str,
    otherwise: Verdict = Verdict.NO_GO,
) -> Gate:
    result = "not_applicable" if ok is None else "pass" if ok else "fail"
    return Gate(
        name=name,
        result=result,
        message=message,
        measured=measured,
        limit=limit,
        origin=origin,
        verdict_if_failed=otherwise,
    )


def _volume(e: Evidence, policy: Policy) -> Iterable[Gate]:
    sides = (
        ("pilot", e.pilot.rows, policy.min_pilot_rows),
        ("production", e.production.rows, policy.min_production_rows),
    )
    for side, rows, least in sides:
        yield _gate(
            f"{side}_rows",
            f"The {side} has {rows:,} rows; {least:,} are needed to judge.",
            float(rows),
            float(least),
            ok=rows >= least,
            origin=f"policy.min_{side}_rows",
            otherwise=Verdict.NOT_ENOUGH_EVIDENCE,
        )


def _protective(e: Evidence) -> Iterable[Gate]:
    """Columns that matter are there, can be read, and do not give the answer away."""
    weights = e.weights.mean or {}
    for column, weight in sorted(weights.items()):
        loss = e.damage.get(column)
        if loss is None:
            continue
        if loss.absent and weight >= ABSENT_WEIGHT:
            yield _gate(
                f"present:{column}",
                f"'{column}' carries {percent(weight)} of the skill and is not in production.",
                weight,
                ABSENT_WEIGHT,
                ok=False,
                origin="score: a column of importance 0.05 or more must be present",
            )
        if loss.unparsed > 0.5 and weight >= UNPARSED_WEIGHT:
            yield _gate(
                f"readable:{column}",
                f"{percent(loss.unparsed)} of '{column}' cannot be read as the pilot's type.",
                loss.unparsed,
                0.5,
                ok=False,
                origin="score: a column of importance 0.02 or more must parse in half its cells",
            )
        yield from _leakage(e, column, weight)


def _leakage(e: Evidence, column: str, weight: float) -> Iterable[Gate]:
    alone = e.weights.alone.get(column, 0.0)
    skill = alone * e.weights.skills.get("boosting", 0.0)
    others = len(e.weights.mean or {}) > 1
    if others and weight > LEAK_WEIGHT and alone > LEAK_ALONE and skill > LEAK_SKILL:
        yield _gate(
            f"leakage:{column}",
            f"'{column}' alone reaches {percent(min(1.0, alone))} of the pilot model's skill: it "
            "may hold the answer itself.",
            alone,
            LEAK_ALONE,
            ok=False,
            origin="score: no column may carry more than half of the skill, reach nine tenths of "
            "it alone, and by itself predict almost perfectly (skill above 0.8)",
        )
    few = e.production.rows < LEAST_ROWS
    if weight <= COLLAPSE_WEIGHT or column not in e.production or few:
        return
    here, there = e.pilot[column], e.production[column]
    if not here.rows:
        return
    filled = (here.usable / here.rows, there.usable / there.rows if there.rows else 0.0)
    spreads = [s.moments.std if s.moments else None for s in (here, there)]
    thin = filled[1] < COLLAPSE * filled[0]
    still = bool(spreads[0]) and spreads[1] is not None and spreads[1] < COLLAPSE * spreads[0]  # type: ignore[operator]
    if thin or still:
        yield _gate(
            f"leakage:{column}",
            f"'{column}' carries {percent(weight)} of the skill, and in production it is "
            f"{'hardly filled' if thin else 'nearly constant'}: it may be known only afterwards.",
            filled[1] if thin else spreads[1],
            COLLAPSE,
            ok=False,
            origin="score: a column of importance above 0.3 must keep its fill and its spread",
        )


def _declared(e: Evidence, own: Gates) -> Iterable[Gate]:
    origin = "settings: gates."
    if own.min_rows is not None:
        rows = e.production.rows
        yield _gate(
            "min_rows",
            f"Production has {rows:,} rows; at least {own.min_rows:,} were agreed.",
            float(rows),
            float(own.min_rows),
            ok=rows >= own.min_rows,
            origin=f"{origin}min_rows",
        )
    for column in own.columns_present:
        present = column in e.production
        yield _gate(
            f"columns_present:{column}",
            f"'{column}' is {'' if present else 'not '}in production.",
            float(present),
            1.0,
            ok=present,
            origin=f"{origin}columns_present",
        )
    for column, limit in own.max_missing.items():
        share: float | None = 1.0
        if column in e.production:
            seen = e.production[column]
            share = seen.missing / seen.rows if seen.rows else None
        yield _share(f"max_missing:{column}", f"of '{column}' is missing", share, limit, origin)
    for column, limit in own.max_damage.items():
        loss = e.damage.get(column)
        share = loss.d if loss else None
        yield _share(f"max_damage:{column}", f"of '{column}' is damaged", share, limit, origin)
    if own.max_key_duplicates is not None:
        yield _key_duplicates(e, own.max_key_duplicates)
    if own.max_age_days is not None:
        yield _freshness(e, own.max_age_days)
    if own.suites_must_pass:
        yield _suites(e)


def _share(name: str, what: str, share: float | None, limit: float, origin: str) -> Gate:
    said = "It cannot be measured how much" if share is None else percent(share)
    # What a gate was fixed for and cannot be measured does not pass: it fails closed.
    return _gate(
        name,
        f"{said} {what}; at most {percent(limit)} was agreed.",
        share,
        limit,
        ok=share is not None and share <= limit,
        origin=origin + name.split(":", maxsplit=1)[0],
    )


def _key_duplicates(e: Evidence, limit: float) -> Gate:
    found = [f for f in e.findings if f.detector == "key_duplicates"]
    keys = [c.name for c in e.pilot.plan if c.role == "key"]
    looked = bool(keys) and all(k in e.production for k in keys) and e.production.rows
    share = found[0].measured if found else 0.0 if looked else None
    return _share(
        "max_key_duplicates", "of the rows repeat a key", share, limit, "settings: gates."
    )


def _freshness(e: Evidence, limit: float) -> Gate:
    newest, now = None, e.clock.timestamp()
    if e.time and e.time in e.production:
        seen = e.production[e.time]
        newest = seen.range.high if seen.range else None
        if newest is not None and newest > now and seen.periods:
            # A date to come proves no freshness: what counts is the newest day that has been.
            days = (86_400.0 * int(str(day)) for day in seen.periods.counts)
            newest = max((day for day in days if day <= now), default=None)
    age = None if newest is None else max(0.0, (now - newest) / 86_400)
    said = "cannot be told" if age is None else f"is {age:,.1f} days"
    return _gate(
        "max_age_days",
        f"The age of the newest row {said}; at most {limit:g} days were agreed.",
        age,
        limit,
        ok=age is not None and age <= limit,
        origin="settings: gates.max_age_days",
    )


def _suites(e: Evidence) -> Gate:
    bad = sum(r.result in {"fail", "error"} for s in e.suites for r in s.results)
    bad += sum(bool(s.error) and not s.results for s in e.suites)
    return _gate(
        "suites_must_pass",
        f"{bad:,} expectations failed or could not be evaluated."
        if e.suites
        else "No suite was run.",
        float(bad) if e.suites else None,
        0.0,
        ok=bool(e.suites) and bad == 0,
        origin="settings: gates.suites_must_pass",
    )
