"""Judged datasets made of damage and weights alone: what repairs and waivers are tested on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from tests.report.factory import assessment, column

from dataready.compare.damage import Damage
from dataready.config import Policy
from dataready.importance.weight import Weights
from dataready.model import Finding, Severity
from dataready.readiness.assessment import Gate
from dataready.readiness.case import Case, Sample
from dataready.readiness.score import forecast_of, score_of
from dataready.readiness.verdict import verdict

ROWS = 1000


def case(
    damage,
    weights=None,
    *,
    gates=(),
    findings=(),
    suites=(),
    restored=None,
    policy=None,
    noise=0.0,
    predicted=None,
):
    """Judge some damage; `noise` is how much M differs between the sets of resampled counts."""
    rng = np.random.default_rng(0)
    draws = tuple(
        {
            c: v if v.absent else replace(v, M=float(np.clip(v.M + noise * rng.normal(), 0, 1)))
            for c, v in damage.items()
        }
        for _ in range(20)
    )
    known = Weights(mean=weights, origin="test", skills={"boosting": 0.8})
    limits = Policy(**(policy or {}))
    forecast = forecast_of(damage, known, predicted)
    score, total = score_of(damage, draws, known, forecast=forecast)
    said, reasons = verdict(score, gates, findings, limits)
    judged = assessment(
        verdict=said,
        reasons=reasons,
        score=score,
        dimensions=total.dimensions,
        columns=tuple(
            column(
                c,
                damage=v,
                importance=None if weights is None else weights.get(c),
                points_lost=total.points[c],
            )
            for c, v in damage.items()
        ),
        findings=tuple(findings),
        gates=tuple(gates),
        suites=tuple(suites),
        predicted=predicted,
        provenance={"production": {"rows": ROWS}, "policy": limits.model_dump()},
    )
    return Case(
        assessment=judged,
        damage=damage,
        weights=known,
        policy=limits,
        sample=Sample(
            draws=draws,
            restored=restored or {},
            restored_draws=(restored,) * len(draws) if restored else (),
        ),
    )


def found(detector, column="a", *, rows=120, severity=Severity.FAIL, **more):
    """Make a finding of a detector in a column."""
    fields = {
        "dimension": "validity",
        "table": "t",
        "message": f"{detector} in {column}.",
        "fix": f"Mend the {detector}.",
        "sql": f"SELECT '{detector}'",
    }
    return Finding(
        detector=detector, column=column, rows_affected=rows, severity=severity, **(fields | more)
    )


def failed(name, *, measured=1.0, limit=0.5):
    """Make a gate that failed."""
    return Gate(
        name=name,
        result="fail",
        message=f"{name} failed.",
        measured=measured,
        limit=limit,
        origin="test",
    )


DAMAGE = {
    "a": Damage(M=0.2, V=0.3, unparsed=0.1, s=0.3, kappa=0.5, b=0.1),
    "b": Damage(M=0.4),
    "c": Damage(absent=True, M=1.0),
    "d": Damage(),
}
WEIGHTS = {"a": 0.5, "b": 0.2, "c": 0.04, "d": 0.3}
