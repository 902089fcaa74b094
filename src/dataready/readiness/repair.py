"""Repairs: what can be mended of each column, in the words of what was found, and its worth.

A repair mends parts of a column's damage. Causes that were found (a unit, a disguised missing
value, a rename) give it their words, SQL and owner; causes of one part share it by the rows
that they affect. What nobody found a cause for is a repair by itself, so that everything that
costs points can be mended.

Points are Shapley values: what a repair gives back on average over all orders of repair. The
score is a product over columns, so those of its logarithm add up over columns and are exact
within each, over all subsets of its repairs; they then share what all repairs give back.
(L. Shapley, A Value for n-Person Games, 1953.)
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from dataready.compare.damage import Damage
from dataready.compare.evidence import percent
from dataready.model import Finding, Severity
from dataready.readiness.assessment import ColumnAssessment
from dataready.readiness.case import Case, Change, changed
from dataready.readiness.score import combine

__all__ = ["Repair", "change_of", "gains", "repairs", "shapley"]

CAUSES: Mapping[str, tuple[str, ...]] = {
    "column_removed": ("absent",),
    "column_respelt": ("absent",),
    "column_renamed": ("absent",),
    "columns_split": ("absent",),
    "columns_merged": ("absent",),
    "missing": ("missing",),
    "disguised_missing": ("missing", "invalid"),
    "column_renamed_in_part": ("missing",),
    "key_missing": ("missing",),
    "unparsed": ("unparsed",),
    "column_retyped": ("unparsed",),
    "decimal_comma": ("unparsed",),
    "thousands_separator": ("unparsed",),
    "number_range": ("unparsed",),
    "unit_text": ("unparsed",),
    "date_format": ("unparsed",),
    "out_of_range": ("invalid",),
    "outlier": ("invalid",),
    "format": ("invalid",),
    "new_category": ("invalid", "drift"),
    "category_variants": ("invalid", "drift", "relations"),
    "recoded": ("unparsed", "invalid", "drift", "relations"),
    "recoded_part": ("unparsed", "invalid", "drift", "relations"),
    "swapped_columns": ("invalid", "drift", "relations"),
    "unit_change": ("invalid", "drift", "relations"),
    "distribution": ("drift",),
    "relation": ("relations",),
}
"""Detector -> the parts of its column's damage that it explains."""

_BRIEF: Mapping[str, str] = {
    "column_removed": "absent",
    "column_respelt": "absent under this spelling",
    "column_renamed": "absent under this name",
    "columns_split": "absent: split into two columns",
    "columns_merged": "absent: merged with another column",
    "missing": "missing",
    "disguised_missing": "missing in disguise",
    "column_renamed_in_part": "under another name",
    "key_missing": "without a whole key",
    "unparsed": "unreadable",
    "column_retyped": "of another type",
    "decimal_comma": "with a decimal comma",
    "thousands_separator": "with separators of thousands",
    "number_range": "with ranges for numbers",
    "unit_text": "with a unit in the text",
    "date_format": "with dates in another format",
    "out_of_range": "outside the pilot's range",
    "outlier": "far outside the pilot's range",
    "format": "in formats that the pilot never had",
    "new_category": "in categories that the pilot never had",
    "category_variants": "in other spellings",
    "recoded": "under other codes",
    "recoded_part": "under other codes",
    "swapped_columns": "swapped with another column",
    "unit_change": "in another unit",
    "distribution": "distributed otherwise",
    "relation": "out of step with other columns",
}
"""Detector -> its defect in a few words, after "12 % of rows"."""

_UNEXPLAINED: Mapping[str, tuple[str, str]] = {
    "absent": ("absent", "Restore '{}' at the source."),
    "missing": ("missing beyond the pilot", "Fill '{}' as far as the pilot was filled."),
    "unparsed": ("unreadable", "Bring '{}' to the pilot's notation."),
    "invalid": ("unlike any pilot value", "Check the values of '{}' that the pilot never held."),
    "drift": ("distributed otherwise", "Ask why the values of '{}' lie elsewhere."),
    "relations": ("out of step with other columns", "Look for wrongly joined values in '{}'."),
}
"""Part -> its defect in a few words and what to do, where no cause was found."""

_PUBLIC = {"unparsed": "validity", "invalid": "validity"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """One repair: what becomes of the columns that it mends, or settles without points.

    `column` is the one that it is told by; a cause may have followed in others.
    """

    column: str
    changes: Mapping[str, Change]
    why: str
    what: str
    rows: int | None = None
    owner: str = ""
    effort: float = 1.0
    sql: str | None = None

    @property
    def parts(self) -> tuple[str, ...]:
        """What is mended, in the words of reports: V's two halves are both validity."""
        mended = (_PUBLIC.get(p, p) for c in self.changes.values() for p in c.mended)
        settled = (s for c in self.changes.values() for s in sorted(c.settled))
        return tuple(dict.fromkeys((*mended, *settled)))


def repairs(case: Case, effort: Mapping[str, float]) -> tuple[Repair, ...]:
    """List the repairs of every damaged column, and those that only gates ask for.

    Args:
        case: What was judged.
        effort: Column -> what one repair of it costs, in days; 1 where it is not given.
    """
    causes = {
        k: f
        for k, f in enumerate(case.assessment.findings)
        if f.severity is not Severity.INFO and (f.detector in CAUSES or f.explains)
    }
    mends: dict[int, dict[str, dict[str, float]]] = {}
    found: list[Repair] = []
    for column in case.assessment.columns:
        loss = case.damage.get(column.name)
        if loss is None:
            continue
        for part, amount in _parts(loss, case.sample.restored.get(column.name)).items():
            shares = _shares(
                {k: f for k, f in causes.items() if part in _explained(f, column.name)}
            )
            for k, share in shares.items():
                mends.setdefault(k, {}).setdefault(column.name, {})[part] = share
            if not shares:
                found.append(_unexplained(column, part, amount, case, effort))
    found += [_of_cause(causes[k], mended, case, effort) for k, mended in mends.items()]
    return (*found, *_for_gates(case, {c for r in found for c in r.changes}, effort))


def _explained(f: Finding, column: str) -> tuple[str, ...]:
    """The parts of a column's damage that a finding explains."""
    if column in f.explains:
        return ("missing",)
    return CAUSES.get(f.detector, ()) if column == f.column else ()


def _of_cause(
    f: Finding, mended: Mapping[str, Mapping[str, float]], case: Case, effort: Mapping[str, float]
) -> Repair:
    owners = {c.name: c.owner for c in case.assessment.columns}
    column = f.column or next(iter(mended))
    return Repair(
        column=column,
        changes={c: Change(mended=shares) for c, shares in mended.items()},
        why=_why(f, _rows(case)),
        what=f.fix or f.message,
        rows=f.rows_affected,
        owner=f.owner or owners.get(column, ""),
        effort=max(effort.get(c, 1.0) for c in mended),
        sql=f.sql,
    )


def _unexplained(
    column: ColumnAssessment, part: str, amount: float, case: Case, effort: Mapping[str, float]
) -> Repair:
    words, what = _UNEXPLAINED[part]
    rows = _rows(case)
    return Repair(
        column=column.name,
        changes={column.name: Change(mended={part: 1.0})},
        why=words if part == "absent" else f"{percent(amount)} of rows {words}",
        what=what.format(column.name),
        rows=rows if part == "absent" else round(amount * rows),
        owner=column.owner,
        effort=effort.get(column.name, 1.0),
    )


def _rows(case: Case) -> int:
    return int((case.assessment.provenance.get("production") or {}).get("rows") or 0)


def _parts(loss: Damage, restored: Damage | None) -> dict[str, float]:
    """The parts that are damaged, those of the restored column included, and how much."""
    absent = {"absent": 1.0} if loss.absent else {}
    loss = (restored or Damage()) if loss.absent else loss
    amounts = {
        "missing": loss.M,
        "unparsed": loss.unparsed,
        "invalid": max(loss.V - loss.unparsed, loss.x),
        # Where nothing is readable, what is unreadable is to blame, not a shift.
        "drift": loss.kappa * loss.s if loss.s < 1 else 0.0,
        "relations": loss.b,
    }
    # V is a sum that holds `unparsed`: what is left of it may be nothing but rounding.
    return absent | {part: amount for part, amount in amounts.items() if amount > 1e-12}


def _shares(causes: Mapping[int, Finding]) -> dict[int, float]:
    """Share a part among its causes by their rows; those that count none have the rest."""
    counted = {k: f.rows_affected for k, f in causes.items() if f.rows_affected}
    total = sum(counted.values())
    if total:
        return {k: n / total for k, n in counted.items()}
    return dict.fromkeys(causes, 1 / max(1, len(causes)))


def _why(f: Finding, rows: int) -> str:
    """Say a cause in a few words: "12.0 % of rows in pounds instead of kilograms"."""
    words = f.brief or _BRIEF.get(f.detector, "missing with what they depend on")
    if CAUSES.get(f.detector) == ("absent",):
        return words
    share = f.rows_affected / rows if f.rows_affected is not None and rows else f.measured
    return words if share is None else f"{percent(min(1.0, share))} of rows {words}"


def _for_gates(case: Case, mended: set[str], effort: Mapping[str, float]) -> Iterator[Repair]:
    """Repairs that give no points back and lift a gate: repeated keys, unmet expectations."""
    failed = {g.name for g in case.assessment.gates if g.result in {"fail", "error"}}
    if "max_key_duplicates" in failed:
        for f in (f for f in case.assessment.findings if f.detector == "key_duplicates"):
            share = "" if f.measured is None else f"{percent(f.measured)} of rows "
            yield Repair(
                column=f.column or "",
                changes={f.column or "": Change(settled=frozenset({"duplicates"}))},
                why=f"{share}repeating a key",
                what=f.fix,
                rows=f.rows_affected,
                owner=f.owner,
                effort=effort.get(f.column or "", 1.0),
                sql=f.sql,
            )
    owners = {c.name: c.owner for c in case.assessment.columns}
    if "suites_must_pass" in failed:
        for column in sorted((case.unmet() or frozenset()) - mended):
            yield Repair(
                column=column,
                changes={column: Change(settled=frozenset({"expectations"}))},
                why="expectations that are not met",
                what=f"Correct the rows of '{column}' that fail an expectation.",
                owner=owners.get(column, case.assessment.owner),
                effort=effort.get(column, 1.0),
            )


def change_of(chosen: Iterable[Repair], every: Iterable[Repair]) -> dict[str, Change]:
    """Put repairs together: what becomes of each column.

    Expectations about a column are met once everything that was found in it is repaired.
    """
    listed = list(chosen)
    known = {id(r) for r in listed}
    left = {c for r in every if id(r) not in known for c in r.changes}
    mended: dict[str, dict[str, float]] = {}
    settled: dict[str, frozenset[str]] = {}
    for column, change in ((c, change) for r in listed for c, change in r.changes.items()):
        parts = mended.setdefault(column, {})
        for part, share in change.mended.items():
            parts[part] = parts.get(part, 0.0) + share
        met = frozenset() if column in left else frozenset({"expectations"})
        settled[column] = settled.get(column, met) | change.settled
    return {c: Change(mended=mended[c], settled=settled[c]) for c in mended}


def gains(case: Case, column: str, own: Sequence[Repair]) -> dict[frozenset[int], float]:
    """What each subset of a column's repairs gives back, by their places in `own`.

    Of S the gain of the product's logarithm, of A0 that of the mean square: gains add up over
    columns.
    """
    loss, restored = case.damage[column], case.sample.restored.get(column)
    weights = case.weights.mean
    found = {}
    for size in range(len(own) + 1):
        for chosen in combinations(range(len(own)), size):
            repaired = [own[k] for k in chosen]
            change = change_of(repaired, own).get(column, Change())
            after = {column: changed(loss, change, restored)}
            own_weight = None if weights is None else {column: weights.get(column, 0.0)}
            value = combine(after, own_weight).value
            found[frozenset(chosen)] = (
                -((1 - value / 100) ** 2) / len(case.damage) if weights is None else math.log(value)
            )
    nothing = found[frozenset()]
    return {chosen: value - nothing for chosen, value in found.items()}


def shapley(worth: Mapping[frozenset[int], float], players: int) -> tuple[float, ...]:
    """Each player's worth, on average over all orders in which they may join.

    Args:
        worth: What each subset of the players is worth.
        players: How many there are.

    >>> shapley({frozenset(): 0, frozenset({0}): 1, frozenset({1}): 1, frozenset({0, 1}): 4}, 2)
    (2.0, 2.0)
    """
    out = []
    for k in range(players):
        others = [s for s in worth if k not in s]
        out.append(
            math.fsum(
                (worth[s | {k}] - worth[s]) / (players * math.comb(players - 1, len(s)))
                for s in others
            )
        )
    return tuple(out)
