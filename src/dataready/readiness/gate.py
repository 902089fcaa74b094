"""Gates: limits fixed before anybody looks, which no score outweighs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile

from dataready.compare.counts import Counts
from dataready.compare.damage import Damage
from dataready.compare.evidence import percent
from dataready.config import Gates, Policy
from dataready.expectations.result import SuiteResult
from dataready.importance.weight import Weights
from dataready.model import Finding, Verdict
from dataready.profile.profile import ColumnStates, Profile
from dataready.readiness.assessment import Gate, PredictedLoss

__all__ = [
    "STABILITY",
    "Evidence",
    "gates",
    "gates_of_part",
    "gates_with_weights",
    "real_loss",
    "stability",
]

STABILITY = "stability"
"""The gate that asks for go in several runs in a row."""

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
        *_volume(
            (evidence.pilot.rows, evidence.production.rows),
            (evidence.pilot.distinct_share, evidence.production.distinct_share),
            policy,
        ),
        *_protective(evidence),
        *_declared(evidence, own),
    )


def gates_of_part(
    whole: Sequence[Gate],
    rows: tuple[int, int],
    counts: Counts,
    damage: Mapping[str, Damage],
    weights: Weights,
    policy: Policy,
    own: Gates,
) -> tuple[Gate, ...]:
    """Judge some of the rows: again what counts decide, all else as it is for all rows.

    Args:
        whole: The gates of all rows.
        rows: How many rows of the pilot and of production are judged.
        counts: The counts of these rows.
        damage: Their damage.
        weights: The importances.
        policy: The limits of the verdict.
        own: The user's own limits.
    """
    missing = {
        c.plan.name: 1.0 if c.absent else c.missing / c.rows if c.rows else None
        for c in counts.columns
    }
    again = (
        *_volume(rows, counts.distinct, policy),
        *(g for c, weight in _weighed(weights, damage) for g in _usable(c, weight, damage[c])),
        *_agreed(own, missing, damage),
    )
    names = {g.name for g in again}
    kept = (g for g in whole if g.name.partition(":")[0] not in {"present", "readable"})
    return (*again, *(g for g in kept if g.name not in names))


def gates_with_weights(
    judged: Sequence[Gate], weights: Weights, damage: Mapping[str, Damage]
) -> tuple[Gate, ...]:
    """Judge again, with other importances, which absent or unreadable columns matter."""
    kept = (g for g in judged if g.name.partition(":")[0] not in {"present", "readable"})
    again = (g for c, weight in _weighed(weights, damage) for g in _usable(c, weight, damage[c]))
    return (*kept, *again)


def real_loss(predicted: PredictedLoss | None, policy: Policy) -> tuple[Gate, ...]:
    """Judge what labels of production show: a measured loss decides, whatever was counted.

    Even its lower end must be beyond what go allows; beyond what conditional allows, it is
    no-go.
    """
    if predicted is None or predicted.real_loss is None or predicted.real_loss_low is None:
        return ()
    worst = 1 - policy.conditional_at / 100
    limit = 1 - policy.go_at / 100
    return (
        _gate(
            "real_loss",
            f"By {predicted.labelled_rows:,} labels of production, {percent(predicted.real_loss)} "
            f"of the skill is lost (at least {percent(max(0.0, predicted.real_loss_low))}).",
            predicted.real_loss,
            limit,
            ok=predicted.real_loss_low <= limit,
            origin="policy.go_at",
            otherwise=Verdict.NO_GO if predicted.real_loss_low > worst else Verdict.CONDITIONAL,
        ),
    )


def stability(earned: Verdict, earlier: Sequence[Verdict], policy: Policy) -> tuple[Gate, ...]:
    """Judge whether go was earned often enough in a row; no gate where once is enough.

    Args:
        earned: The verdict of this run by itself.
        earlier: Those of the dataset's runs before, the newest first.
        policy: Says how many runs in a row, this one included, must earn go.
    """
    needed = policy.go_after_runs
    if needed == 1:
        return ()
    row = sum(1 for _ in takewhile(lambda v: v is Verdict.GO, (earned, *earlier)))
    gate = _gate(
        STABILITY,
        f"Go was earned in {min(row, needed)} of {needed} runs in a row.",
        float(min(row, needed)),
        float(needed),
        ok=row >= needed if earned is Verdict.GO else None,
        origin="policy.go_after_runs",
        otherwise=Verdict.CONDITIONAL,
    )
    return (gate,)


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


def _volume(rows: tuple[int, int], shares: tuple[float, float], policy: Policy) -> Iterable[Gate]:
    """Enough rows on both sides, of which copies of other rows are none."""
    needed = policy.min_pilot_rows, policy.min_production_rows
    for side, n, share, least in zip(("pilot", "production"), rows, shares, needed, strict=True):
        distinct = round(n * share)
        copies = f", {distinct:,} of them no copies of others" if distinct < n else ""
        yield _gate(
            f"{side}_rows",
            f"The {side} has {n:,} rows{copies}; {least:,} are needed to judge.",
            float(distinct),
            float(least),
            ok=distinct >= least,
            origin=f"policy.min_{side}_rows",
            otherwise=Verdict.NOT_ENOUGH_EVIDENCE,
        )


def _protective(e: Evidence) -> Iterable[Gate]:
    """Columns that matter are there, can be read, and do not give the answer away."""
    for column, weight in _weighed(e.weights, e.damage):
        yield from _usable(column, weight, e.damage[column])
        yield from _leakage(e, column, weight)


def _weighed(weights: Weights, damage: Mapping[str, Damage]) -> list[tuple[str, float]]:
    return sorted((c, w) for c, w in (weights.mean or {}).items() if c in damage)


def _usable(column: str, weight: float, loss: Damage) -> Iterable[Gate]:
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
    yield from _agreed(own, {c: _missing(e.production.get(c)) for c in own.max_missing}, e.damage)
    if own.max_key_duplicates is not None:
        yield _key_duplicates(e, own.max_key_duplicates)
    if own.max_age_days is not None:
        yield _freshness(e, own.max_age_days)
    if own.suites_must_pass:
        yield _suites(e)


def _missing(seen: ColumnStates | None) -> float | None:
    if seen is None:
        return 1.0
    return seen.missing / seen.rows if seen.rows else None


def _agreed(
    own: Gates, missing: Mapping[str, float | None], damage: Mapping[str, Damage]
) -> Iterable[Gate]:
    origin = "settings: gates."
    for column, limit in own.max_missing.items():
        if column in missing:
            name, share = f"max_missing:{column}", missing[column]
            yield _share(name, f"of '{column}' is missing", share, limit, origin)
    for column, limit in own.max_damage.items():
        loss = damage.get(column)
        share = loss.d if loss else None
        yield _share(f"max_damage:{column}", f"of '{column}' is damaged", share, limit, origin)


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
    results = [r for s in e.suites for r in s.results]
    unmet = [r for r in results if r.result in {"fail", "error"}]
    broken = [s.suite for s in e.suites if s.error and not s.results]
    bad = len(unmet) + len(broken)
    named = dict.fromkeys([*broken, *(r.column for r in unmet if r.column)])
    where = ", ".join(f"'{name}'" for name in list(named)[:3])
    asked = len(results) + len(broken)
    said = f"{bad:,} of {asked:,} expectations failed or could not be evaluated"
    return _gate(
        "suites_must_pass",
        f"{said}{f' ({where})' if where else ''}; none may."
        if e.suites
        else "No suite was run, and all must pass.",
        float(bad) if e.suites else None,
        0.0,
        ok=bool(e.suites) and bad == 0,
        origin="settings: gates.suites_must_pass",
    )
