"""A judged dataset that can be judged again, as if parts of its damage were mended or grew.

Repairs, waivers and what-ifs are all questions of one kind: what would score and verdict be
if this were otherwise? They are answered by the very functions that judged production, on the
damage changed as measured and in every set of resampled counts alike.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from dataready.compare.damage import Damage
from dataready.compare.evidence import percent
from dataready.config import Policy
from dataready.importance.weight import Weights
from dataready.model import Finding, Verdict
from dataready.readiness.assessment import Assessment, ColumnSummary, Gate, Score
from dataready.readiness.forecast import Forecast
from dataready.readiness.gate import STABILITY
from dataready.readiness.score import Draws, score_of
from dataready.readiness.verdict import verdict

__all__ = ["ALL", "PARTS", "Case", "Change", "Judgement", "Sample", "changed"]

PARTS = ("absent", "missing", "unparsed", "invalid", "drift", "relations")
"""What may be mended of a column: V is what does not parse and what is invalid otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The damage in sets of resampled counts, and that of columns under a proposed name.

    `restored` is what is left of the damage of absent columns once people accept the names
    that production seems to have for them; `restored_draws` the same in resampled counts.
    """

    draws: Draws
    restored: Mapping[str, Damage] = field(default_factory=dict)
    restored_draws: Draws = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What becomes of a column: part -> the share of it that is mended; more that is lost.

    `lost` is a share of the cells that are there now. `settled` are things that cost no
    points and that gates ask for: "duplicates" of the key, "expectations" that failed.
    """

    mended: Mapping[str, float] = field(default_factory=dict)
    lost: float = 0.0
    settled: frozenset[str] = frozenset()


ALL = Change(mended=dict.fromkeys(PARTS, 1.0), settled=frozenset({"duplicates", "expectations"}))
"""Everything about a column is mended."""
_NOTHING = Change()


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is said of a dataset once it is judged again."""

    score: Score
    verdict: Verdict
    reasons: tuple[str, ...]
    gates: tuple[Gate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Everything that a dataset was judged on, and what was said of it."""

    assessment: Assessment
    damage: Mapping[str, Damage]
    weights: Weights
    policy: Policy
    sample: Sample

    @property
    def forecast(self) -> Forecast | None:
        """The replay of the damage as it is, where it is part of the score."""
        score, predicted = self.assessment.score, self.assessment.predicted
        if score.replay is None or score.product is None or predicted is None:
            return None
        return Forecast.of(score.product, predicted)

    def judge(self, changes: Mapping[str, Change], *, quick: bool = False) -> Judgement:
        """Judge again with some columns changed.

        Args:
            changes: Column -> what becomes of it; all others stay as they are.
            quick: Leave out the resampled counts: the interval is then of the unknown alone.
        """
        damage = self.damage_after(changes)
        restored = self.sample.restored_draws or ({},) * len(self.sample.draws)
        draws = [
            _after(draw, changes, other)
            for draw, other in zip(self.sample.draws, restored, strict=True)
            if not quick
        ]
        before = self.assessment.score.smallest_visible_shift
        score, total = score_of(damage, draws, self.weights, before, forecast=self.forecast)
        gates = self.gates_after(changes)
        findings = [self._finding_after(f, total.points) for f in self.assessment.findings]
        said, reasons = verdict(score, gates, findings, self.policy)
        return Judgement(score, said, reasons, gates)

    def _finding_after(self, f: Finding, points: Mapping[str, float]) -> Finding:
        """What a finding costs: of what it cost, the share that its columns still do."""
        own = {f.column, *f.explains}
        before = math.fsum(c.points_lost for c in self.assessment.columns if c.name in own)
        after = math.fsum(max(0.0, v) for c, v in points.items() if c in own)
        return f.with_(points=(f.points or 0.0) * after / before if before else 0.0)

    def damage_after(self, changes: Mapping[str, Change]) -> dict[str, Damage]:
        """Answer every column's damage with some of them changed."""
        return _after(self.damage, changes, self.sample.restored)

    def gates_after(self, changes: Mapping[str, Change]) -> tuple[Gate, ...]:
        """Answer the gates with some columns changed; how stable go is, is not asked again."""
        after = self.damage_after(changes)
        asked = [g for g in self.assessment.gates if g.name != STABILITY]
        return tuple(self._gate_after(gate, changes, after) for gate in asked)

    def _gate_after(
        self, gate: Gate, changes: Mapping[str, Change], after: Mapping[str, Damage]
    ) -> Gate:
        kind, _, column = gate.name.partition(":")
        if kind == "real_loss" and any(c.mended for c in changes.values()):
            return _passed(gate, "The loss is to be measured again after the repairs.")
        if kind in {"max_key_duplicates", "suites_must_pass"}:
            return self._settled(gate, kind, changes)
        if column not in changes or column not in after:
            return gate
        loss = after[column]
        if kind in {"present", "columns_present"}:
            return gate if loss.absent else _passed(gate, f"'{column}' is in production.")
        measured, word = {
            "readable": (loss.unparsed, "unreadable"),
            "max_damage": (loss.d, "damaged"),
            "max_missing": (self._missing(gate, column, loss), "missing"),
        }.get(kind, (None, ""))
        if measured is None or gate.limit is None:
            return gate
        said = f"{percent(measured)} of '{column}' would be {word}"
        return replace(
            gate,
            result="pass" if measured <= gate.limit else "fail",
            measured=measured,
            message=f"{said}; at most {percent(gate.limit)} is allowed.",
        )

    def _missing(self, gate: Gate, column: str, loss: Damage) -> float | None:
        """The share of missing cells once their excess over the pilot is what `loss` says."""
        if loss.M == self.damage[column].M:
            return gate.measured
        seen = next((c.pilot for c in self.assessment.columns if c.name == column), None)
        pilot = seen.missing_share if isinstance(seen, ColumnSummary) else None
        return 1 - (1 - loss.M) * (1 - (pilot or 0.0))

    def _settled(self, gate: Gate, kind: str, changes: Mapping[str, Change]) -> Gate:
        if kind == "max_key_duplicates":
            done = any("duplicates" in c.settled for c in changes.values())
        else:
            unmet = self.unmet()
            done = unmet is not None and all(
                "expectations" in changes.get(c, _NOTHING).settled for c in unmet
            )
        return _passed(gate, "It is met after the repairs.") if done else gate

    def unmet(self) -> frozenset[str] | None:
        """Columns with expectations that failed; None where a repair of columns does not help."""
        suites = self.assessment.suites
        results = [r for s in suites for r in s.results if r.result in {"fail", "error"}]
        broken = any(s.error for s in suites) or any(r.result == "error" for r in results)
        columns = {r.column for r in results}
        if broken or not suites or None in columns:
            return None
        return frozenset(c for c in columns if c is not None)


def changed(loss: Damage, change: Change, restored: Damage | None = None) -> Damage:
    """Answer a column's damage after a change.

    Args:
        loss: As it is.
        change: What becomes of it.
        restored: What is left of an absent column's damage once it is there; nothing, if
            not given.

    >>> changed(Damage(M=0.5, V=0.2), Change(mended={"missing": 0.5})).M
    0.25
    """
    if loss.absent:
        if change.mended.get("absent", 0.0) < 1:
            return loss
        loss = restored or Damage(measurable=loss.measurable)
    left = {part: max(0.0, 1 - change.mended.get(part, 0.0)) for part in PARTS}
    missing, unparsed = loss.M * left["missing"], loss.unparsed * left["unparsed"]
    moved = loss.s * left["drift"]
    if moved >= 1 and (missing < loss.M or unparsed < loss.unparsed):
        # Nothing of it could be read, so nothing agreed; what can be read again is as it was.
        moved = 0.0
    return replace(
        loss,
        M=missing + change.lost * (1 - missing),
        stand_in=loss.stand_in * left["missing"],
        V=unparsed + max(0.0, loss.V - loss.unparsed) * left["invalid"],
        unparsed=unparsed,
        x=max(0.0, loss.x - loss.stand_in) * left["invalid"]
        + min(loss.x, loss.stand_in) * left["missing"],
        s=moved,
        b=loss.b * left["relations"],
    )


def _after(
    damage: Mapping[str, Damage], changes: Mapping[str, Change], restored: Mapping[str, Damage]
) -> dict[str, Damage]:
    done = {
        column: changed(damage[column], change, restored.get(column))
        for column, change in changes.items()
        if column in damage
    }
    return {**damage, **done}


def _passed(gate: Gate, message: str) -> Gate:
    return replace(gate, result="pass", message=message)
