"""Categories that the pilot never had: spelt otherwise, swapped between columns, or new.

Every unseen value of a column of categories is explained once: as another spelling of a
known value, as a value swapped with another column's, as a typing error (`misspelt`), as
another name of a known value (`synonyms`), or as a new category.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from dataready.compare.evidence import (
    FAIL_DAMAGE,
    percent,
    severity_beyond,
    severity_of,
    share_limit,
)
from dataready.detect.misspelt import misspellings, misspelt_words
from dataready.detect.scene import Scene
from dataready.detect.spelling import normal_form, spellings
from dataready.detect.synonyms import synonyms
from dataready.model import Finding, Severity
from dataready.profile.profile import ColumnStates
from dataready.profile.relation import is_one_of, looks_personal
from dataready.sql import and_

__all__ = ["category_findings", "variant_findings"]

SLACK = 0.002
LEAST_SWAPPED = 5
LEAST_SHOWN = 5
LEAST_SLIPS = 3


def category_findings(scene: Scene) -> list[Finding]:
    """Explain the unseen categories of every column that has categories in the pilot."""
    found: list[Finding] = []
    homes = {s.plan.name: (s, _texts(b)) for s, b in _categorical(scene)}
    for seen, before in _categorical(scene):
        known = _texts(before)
        unseen = {v: n for v, n in _texts(seen).items() if v not in known}
        if not unseen and seen.values.exact:
            continue
        variants = spellings(unseen, known)
        if seen.plan.role == "target" and unseen:
            found.append(_target(scene, seen, before, unseen, variants))
            continue
        rest = {v: n for v, n in unseen.items() if v not in variants}
        for other, home in homes.values():
            moved = {v: n for v, n in rest.items() if v in home}
            swap = _swapped(scene, seen, moved, other, home, known)
            found += swap
            rest = {v: n for v, n in rest.items() if v not in moved or not swap}
        limit = _foretold(before, seen)
        slips = _slips(seen, before, rest)
        found += _misspelt(scene, seen, slips, limit=limit)
        rest = {v: n for v, n in rest.items() if v not in slips}
        if seen.values.exact and sum(rest.values()) > limit * seen.rows:
            variants |= synonyms(scene, seen, rest)
            rest = {v: n for v, n in rest.items() if v not in variants}
        found += _variants(scene, seen, variants, limit=limit)
        found += _new(scene, seen, before, rest)
    return found


def _categorical(scene: Scene) -> Iterator[tuple[ColumnStates, ColumnStates]]:
    for seen, before in scene.pairs():
        plan = seen.plan
        if before and plan.kind == "text" and plan.base == "text" and plan.role != "key":
            yield seen, before


def _texts(seen: ColumnStates) -> dict[str, int]:
    return {str(v): n for v, n in seen.values.counts.items()}


def _foretold(before: ColumnStates, seen: ColumnStates) -> float:
    """How large a share of new categories is no surprise: Good-Turing, doubled, and noise."""
    singles = sum(1 for n in before.values.counts.values() if n == 1)
    return share_limit(2 * singles, before.values.total, seen.rows, slack=SLACK)


def _most(values: Mapping[str, int]) -> list[str]:
    return sorted(values, key=lambda v: (-values[v], v))


def _showable(most: Iterable[str], counts: Mapping[str, int], seen: ColumnStates) -> list[str]:
    """Values that a report may show: of no person, and not of a few rows only."""
    if seen.plan.personal:
        return []
    return [v for v in most if counts[v] >= LEAST_SHOWN and not looks_personal(v)]


def _variants(
    scene: Scene,
    seen: ColumnStates,
    variants: Mapping[str, str],
    *,
    limit: float = 0.0,
    origin: str = "the pilot's",
) -> Iterable[Finding]:
    """Values under another name, `warn` where they are more than the pilot's habits foretell."""
    if not variants:
        return
    counts = {v: n for v, n in _texts(seen).items() if v in variants}
    most, rows = _most(counts), sum(counts.values())
    share = rows / seen.rows
    said = _showable(most, counts, seen)[:4]
    shown = ": " + ", ".join(f"'{v}' for '{variants[v]}'" for v in said) if said else ""
    more = f" and {len(most) - len(said)} more" if said and len(most) > len(said) else ""
    yield scene.finding(
        dimension="consistency",
        detector="category_variants",
        severity=severity_beyond(share, limit),
        column=seen.plan.name,
        message=f"{rows:,} values of '{seen.plan.name}' are variants: known categories in another "
        "spelling or under another name" + f"{shown}{more}.",
        measured=share,
        limit=limit,
        limit_origin=f"{origin} name of each category"
        + (": categories met once foretell as many unknown values" if limit else ""),
        where=is_one_of(scene.cell(seen), most, seen.plan),
        cells=True,
        examples=tuple(_showable(most, counts, seen)[:5]),
        fix=f"Map the spellings of '{seen.name}' to {origin}.",
    )


def _slips(
    seen: ColumnStates, before: ColumnStates | None, strange: Mapping[str, int]
) -> dict[str, str]:
    """Which strange values are typing errors: whole values first, then words in them."""
    if not strange or not seen.values.exact:
        return {}
    counts, known = _texts(seen), None
    if before is not None:
        known = [v for v, n in _texts(before).items() if n]
    slips = misspelt_words(counts, known) | misspellings(counts, known)
    return {v: slips[v] for v in strange if v in slips}


def _misspelt(
    scene: Scene, seen: ColumnStates, slips: Mapping[str, str], *, limit: float
) -> Iterable[Finding]:
    """Probable typing errors, `warn` where there are three at least and more than foretold."""
    if not slips:
        return
    counts = {v: n for v, n in _texts(seen).items() if v in slips}
    most, rows = _most(counts), sum(counts.values())
    said = _showable(most, counts, seen)[:4]
    shown = ": " + ", ".join(f"'{v}' for '{slips[v]}'" for v in said) if said else ""
    loud = rows >= LEAST_SLIPS and rows > limit * seen.rows
    yield scene.wrong_cells(
        seen,
        is_one_of(scene.cell(seen), most, seen.plan),
        rows,
        dimension="consistency",
        detector="misspelt",
        severity=severity_of(rows / seen.rows, FAIL_DAMAGE) if loud else Severity.INFO,
        message=f"{rows:,} values of '{seen.plan.name}' look misspelt: rare, and a letter or two "
        f"from a frequent one{shown}.",
        limit=limit,
        limit_origin="categories met once in the pilot foretell as many unknown values"
        if limit
        else "a frequent value is spelt as it should be",
        examples=tuple(said),
        fix=f"Correct the spelling of '{seen.name}' in these rows, and choose from a list.",
    )


def _swapped(
    scene: Scene,
    seen: ColumnStates,
    moved: Mapping[str, int],
    other: ColumnStates,
    home: Mapping[str, int],
    known: Mapping[str, int],
) -> Iterable[Finding]:
    """Values of another column's, in rows where that column holds values of this one."""
    rows = sum(moved.values())
    if other.name == seen.name or rows < LEAST_SWAPPED or set(home) & set(known):
        return []
    where = is_one_of(scene.cell(seen), moved, seen.plan)
    there = and_(where, is_one_of(scene.cell(other), known, other.plan))
    if scene.count(there) < 0.5 * rows:
        return []
    most = _most(moved)
    name, partner = seen.plan.name, other.plan.name
    private = seen.plan.personal or other.plan.personal
    return [
        scene.finding(
            dimension="consistency",
            detector="swapped_columns",
            severity=severity_of(rows / seen.rows, FAIL_DAMAGE),
            column=name,
            message=f"{rows:,} values of '{name}' belong to '{partner}': the two columns are "
            "swapped there.",
            measured=rows / seen.rows,
            limit=0.0,
            limit_origin="the pilot's categories of both columns",
            where=where,
            cells=True,
            examples=() if private else tuple(_showable(most, moved, seen)[:5]),
            fix=f"Swap '{seen.name}' and '{other.name}' back in these rows.",
        )
    ]


def _new(
    scene: Scene, seen: ColumnStates, before: ColumnStates, new: Mapping[str, int]
) -> Iterable[Finding]:
    """New categories, `warn` where they are more than the pilot's singletons foretell."""
    known = _texts(before)
    rows = sum(new.values()) if seen.values.exact else seen.values.unknown
    if not rows:
        return
    limit, share, most = _foretold(before, seen), rows / seen.rows, _most(new)
    said = _showable(most, new, seen)
    shown = ": " + ", ".join(f"'{v}' ({new[v]:,})" for v in said[:4]) if said else ""
    explained = [v for v in _texts(seen) if v not in new]
    cell = scene.cell(seen)
    where = is_one_of(cell, most, seen.plan)
    if not seen.values.exact or len(explained) < len(most):
        kept = explained if seen.values.exact else known
        where = and_(f"{cell} IS NOT NULL", f"NOT {is_one_of(cell, kept, seen.plan)}")
    yield scene.finding(
        dimension="validity",
        detector="new_category",
        severity=severity_beyond(share, limit),
        column=seen.plan.name,
        message=f"{rows:,} values of '{seen.plan.name}' are new categories that the pilot "
        f"never had{shown}.",
        measured=share,
        limit=limit,
        limit_origin=f"categories met once among {before.values.total:,} pilot values foretell as "
        f"many (Good-Turing, doubled), plus three standard errors and {percent(SLACK)}",
        where=where,
        cells=share > limit,
        examples=tuple(said[:5]),
        fix=f"Decide per new value of '{seen.name}': map it, or extend the pilot to it.",
    )


def _target(
    scene: Scene,
    seen: ColumnStates,
    before: ColumnStates,
    unseen: Mapping[str, int],
    variants: Mapping[str, str],
) -> Finding:
    """A recoded label: the model's answers and production's labels no longer compare."""
    share, limit = sum(unseen.values()) / seen.rows, _foretold(before, seen)
    shown = ", ".join(f"'{v}' for '{variants[v]}'" for v in sorted(variants)[:4])
    return scene.finding(
        dimension="schema",
        detector="label_recoded" if variants else "label_unknown",
        severity=Severity.WARN if variants or share > limit else Severity.INFO,
        column=seen.plan.name,
        message=f"{sum(unseen.values()):,} labels in '{seen.plan.name}' are not the pilot's"
        + (f": {shown}." if variants and not seen.plan.personal else "."),
        measured=share,
        limit=0.0 if variants else limit,
        limit_origin="the pilot's labels",
        where=is_one_of(scene.cell(seen), unseen, seen.plan),
        cells=True,
        fix="Map the labels before measuring or retraining; the score does not depend on them.",
    )


def variant_findings(scene: Scene) -> list[Finding]:
    """Without a pilot: rare spellings of a category that is mostly spelt otherwise.

    With one, only the words of texts that are no categories are looked at.
    """
    found: list[Finding] = []
    categorical = {s.plan.name for s, _ in _categorical(scene)}
    for seen, before in scene.pairs():
        if seen.plan.base != "text" or not seen.values.exact or seen.different < 2:
            continue
        if seen.plan.name in categorical or seen.plan.role in {"key", "target"}:
            continue
        known = _texts(before) if before is not None and before.values.exact else {}
        variants = {} if before else _rare_spellings(_texts(seen))
        found += _variants(scene, seen, variants, origin="the table's commonest")
        rest = {v: n for v, n in _texts(seen).items() if v not in variants and v not in known}
        if before is None or known:
            limit = _foretold(before, seen) if before is not None else 0.0
            found += _misspelt(scene, seen, _slips(seen, before, rest), limit=limit)
    return found


def _rare_spellings(texts: Mapping[str, int]) -> dict[str, str]:
    """Values mapped to one of the same normal form that is five times as frequent."""
    groups: dict[str, list[tuple[int, str]]] = {}
    for v, n in texts.items():
        form = normal_form(v)
        if form:
            groups.setdefault(form, []).append((n, v))
    variants: dict[str, str] = {}
    for alike in groups.values():
        most, main = max(alike)
        variants |= {v: main for n, v in alike if v != main and 5 * n <= most}
    return variants
