"""What another dataset says of the same thing: attributes that contradict it, codes that differ.

Rows that refer to a key of another dataset may repeat its attributes. Two columns hold the same
attribute if nearly all rows agree once case, accents and signs are aside, or if each value here
goes with one value there. Where rows share no key, lists of codes are compared by name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from dataready.compare.evidence import percent, rows_sql, severity_beyond, share_limit
from dataready.detect.foreign_keys import Home, Link, links_of, named_after
from dataready.detect.keys import home_of, text_of, type_in
from dataready.detect.personal import seems_personal
from dataready.detect.scene import Scene
from dataready.detect.spelling import normal_form
from dataready.model import TABLE, Finding, Severity
from dataready.profile.plan import ColumnPlan
from dataready.profile.profile import ColumnStates
from dataready.profile.relation import is_one_of, looks_personal, value
from dataready.sql import and_, ident
from dataready.warehouse.connection import refusals

__all__ = ["contradiction_findings"]

LOOK_ROWS = 5_000
LEAST_ROWS = 50
MOST_LINKS = 10
MOST_HERE = 30
MOST_THERE = 30
AGREE = 0.9
PURE = 0.98
KAPPA = 0.8
SLACK = 0.002
MOST_CODES = 300
LEAST_REPEATS = 5
LEAST_COMMON = 0.5
LEAST_SHOWN = 5
MOST_SAID = 4


@dataclass(frozen=True, slots=True)
class _Same:
    """A column here that holds an attribute of the rows' key there; `codes` here -> there."""

    seen: ColumnStates
    there: str
    agree: float
    codes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Joint:
    """Rows of this table beside those of the key that they refer to."""

    link: tuple[ColumnStates, Link]
    home: str
    attach: str
    key: str

    def told(self, side: Scene, same: _Same) -> tuple[str, str, str]:
        """The key and the value of a row, and the SELECT of what the other dataset says (k, b)."""
        seen = side.production[self.link[0].plan.name]
        own = side.production[same.seen.plan.name]
        type_ = type_in(side, self.home, same.there)
        b = _plain(_there(same.there, type_, own.plan), own.plan)
        known = (
            f"SELECT {self.key} AS k, any_value({b}) AS b FROM {self.home} GROUP BY 1"
            " HAVING count(*) = 1 AND b IS NOT NULL"
        )
        return text_of(seen.name, seen.type), _plain(side.cell(own), own.plan), known

    def against(self, side: Scene, same: _Same) -> str:
        """The predicate of rows whose value is not what the other dataset says of their key."""
        key, cell, known = self.told(side, same)
        return and_(
            f"({cell}) IS NOT NULL",
            f"{key} IN (SELECT k FROM ({known}))",
            f"NOT (({key}, {cell}) IN ({known}))",
        )


def contradiction_findings(
    scene: Scene, homes: Mapping[str, Home], explained: Mapping[str, str]
) -> list[Finding]:
    """What contradicts the other datasets of a project, by keys and by lists of codes.

    Rows against their key's own attribute are a warning beyond the pilot's share of such rows;
    without a pilot, and where codes only differ, they are a note.

    Args:
        scene: The table.
        homes: What its columns refer to, beside what the settings declare.
        explained: Column -> predicate of cells that another detector has explained already.
    """
    found: list[Finding] = []
    told: set[str] = set(scene.references) | set(homes)
    for column, link in list(links_of(scene, homes).items())[:MOST_LINKS]:
        with refusals(f"to compare attributes with dataset '{link[0]}'"):
            home, attach = home_of(scene, link[0], link[2])
            if home == ident(TABLE):
                # A row that another row of the table refers to is a thing of its own.
                continue
            key = text_of(link[1], type_in(scene, home, link[1]))
            joint = _Joint((scene.production[column], link), home, attach, key)
            for same in _same(scene, joint, explained):
                if same.seen.plan.name not in told:
                    told.add(same.seen.plan.name)
                    found += _judged(scene, joint, same, explained.get(same.seen.plan.name, ""))
    for dataset, path in scene.neighbours.items():
        with refusals(f"to compare codes with dataset '{dataset}'"):
            found += _lists(scene, dataset, path, told)
    return found


def _there(name: str, type_: str, plan: ColumnPlan) -> str:
    """What a cell of the other dataset says, read as the column here is."""
    return value(ident(name), type_, replace(plan, categories=()))


def _plain(cell: str, plan: ColumnPlan) -> str:
    """A cell as it is compared: a text without case, accents and signs, a number as it is."""
    if plan.base != "text":
        return f"({cell})"
    return f"nullif(regexp_replace(lower(strip_accents({cell})), '[^\\pL\\pN]+', '', 'g'), '')"


def _here(scene: Scene, column: str) -> list[ColumnStates]:
    """Columns that may repeat what the other dataset says: no keys, nothing that was joined."""
    found = [
        s
        for s, _ in scene.pairs()
        if s.plan.name not in {column, *scene.references, *scene.joined}
        and s.plan.role == "feature"
        and s.plan.kind not in {"flat", "empty"}
        and s.different >= 2
    ]
    return found[:MOST_HERE]


def _same(scene: Scene, joint: _Joint, explained: Mapping[str, str]) -> Iterator[_Same]:
    """The columns that hold an attribute of the key: one there for each here, the likeliest."""
    seen, (dataset, key, _) = joint.link
    here = _here(scene, seen.plan.name)
    described = [(str(d[0]), str(d[1])) for d in scene.query(f"DESCRIBE {joint.home}")]
    there = [(n, t) for n, t in described if n != key and not n.startswith("_dataready_")]
    there = there[:MOST_THERE]
    if not here or not there:
        return
    bases = sorted({s.plan.base for s in here})
    read = {b: next(s.plan for s in here if s.plan.base == b) for b in bases}
    cells = [
        f"{_plain(_there(n, t, replace(read[b], words=(), sentinels=())), read[b])} AS {b[0]}{k}"
        for b in bases
        for k, (n, t) in enumerate(there)
    ]
    own = [
        f"CASE WHEN NOT coalesce({explained.get(s.plan.name, 'FALSE')}, FALSE)"
        f" THEN {_plain(scene.cell(s), s.plan)} END AS a{i}"
        for i, s in enumerate(here)
    ]
    rows = scene.con.execute(
        f"WITH s AS (SELECT {text_of(seen.name, seen.type)} AS k, {', '.join(own)}"
        f" FROM {scene.some(LOOK_ROWS)}),\n"
        f"h AS (SELECT {joint.key} AS k, {', '.join(cells)} FROM {joint.home}"
        f" WHERE {joint.key} IN (SELECT k FROM s)"
        f" QUALIFY count(*) OVER (PARTITION BY {joint.key}) = 1)\n"
        "SELECT * FROM s JOIN h USING (k)"
    ).to_arrow_table()
    columns = {n: rows.column(n).to_pylist() for n in rows.column_names if n != "k"}
    for i, s in enumerate(here):
        tried = [
            _held(s, n, columns[f"a{i}"], columns[f"{s.plan.base[0]}{k}"], dataset)
            for k, (n, _) in enumerate(there)
        ]
        best = max((t for t in tried if t), key=lambda t: t.agree, default=None)
        if best is not None:
            yield best


def _held(
    seen: ColumnStates, there: str, a: Sequence[object], b: Sequence[object], dataset: str
) -> _Same | None:
    """Whether two columns hold the same attribute: equal, or each value here with one there."""
    pairs = [(x, y) for x, y in zip(a, b, strict=True) if x is not None and y is not None]
    if len(pairs) < LEAST_ROWS:
        return None
    joint, left, right = Counter(pairs), Counter(x for x, _ in pairs), Counter(y for _, y in pairs)
    agree = sum(n for (x, y), n in joint.items() if x == y) / len(pairs)
    chance = sum(n * right[x] for x, n in left.items()) / len(pairs) ** 2
    if agree >= AGREE and agree - chance >= KAPPA * (1 - chance):
        return _Same(seen, there, agree, {})
    coded = seen.plan.base == "text" or seen.plan.codes
    if not coded or len(left) > min(MOST_CODES, len(pairs) / LEAST_REPEATS):
        return None
    most = {x: y for (x, y), _ in sorted(joint.items(), key=lambda of: of[1])}
    pure = sum(joint[x, y] for x, y in most.items()) / len(pairs)
    top = max(right.values()) / len(pairs)
    if pure < PURE or pure - top < KAPPA * (1 - top):
        return None
    named = named_after(seen.plan.name, dataset, there)
    apart = len(set(most.values())) == len(most) >= (2 if named else 3)
    if agree >= 0.5 or apart:
        often = {x: y for x, y in most.items() if x != y and joint[x, y] >= LEAST_SHOWN}
        codes = {str(x): str(y) for x, y in often.items()}
        return _Same(seen, there, agree, codes)
    return None


def _judged(scene: Scene, joint: _Joint, same: _Same, but: str) -> Iterable[Finding]:
    """Contradictions where the attribute is mostly equal, else the list of codes beside codes."""
    if same.agree >= 0.5:
        return _contradictions(scene, joint, same, but)
    return _mapped(scene, joint, same)


def _contradictions(scene: Scene, joint: _Joint, same: _Same, but: str) -> Iterator[Finding]:
    seen, (dataset, _, _) = same.seen, joint.link[1]
    where, link = joint.against(scene, same), joint.link[0]
    where = and_(where, f"NOT coalesce({but}, FALSE)") if but else where
    rows, name = scene.count(where), seen.plan.name
    if not rows:
        return
    share, limit, before = rows / seen.rows, None, ""
    side = scene.pilot_side
    if side is not None and {name, link.plan.name} <= {c.plan.name for c in side.production}:
        home_of(side, dataset, joint.link[1][2])
        wrong = side.count(joint.against(side, same))
        limit = share_limit(wrong, side.production.rows, seen.rows, slack=SLACK)
        before = (
            f"{percent(wrong / side.production.rows)} of the pilot's rows contradict it too, plus "
            f"three standard errors and {percent(SLACK)}"
        )
    said = _said(scene, joint, same, where)
    yield scene.finding(
        dimension="integrity",
        detector="attribute_contradicts",
        severity=severity_beyond(share, limit),
        column=name,
        message=f"{rows:,} values of '{name}' are not what {dataset}.{same.there} says of the same "
        f"'{link.plan.name}'" + (f": {', '.join(said)}." if said else "."),
        measured=share,
        limit=limit,
        limit_origin=before or f"{percent(same.agree)} of the rows agree with {dataset}",
        where=where,
        rows_affected=rows,
        sql=joint.attach + rows_sql(where, link.name, seen.name),
        examples=tuple(said),
        fix=f"Settle which of '{name}' and {dataset}.{same.there} is right, and read that one.",
    )


def _may_show(scene: Scene, seen: ColumnStates, home: str, there: tuple[str, str]) -> bool:
    """Whether the values of a column may be said, and those of the other dataset's column."""
    few = seen.values.exact and seen.different <= MOST_CODES
    if not few or seen.plan.personal or there in scene.private:
        return False
    theirs = f"SELECT DISTINCT {ident(there[1])}::VARCHAR FROM {home}"
    said = scene.query(f"{theirs} ORDER BY 1 LIMIT {MOST_CODES}")
    texts = [str(v) for (v,) in said if v is not None]
    return not seems_personal(there[1], texts) and not any(map(looks_personal, texts))


def _said(scene: Scene, joint: _Joint, same: _Same, where: str) -> list[str]:
    """The commonest values here beside those there, of categories that many rows hold."""
    if not _may_show(scene, same.seen, joint.home, (joint.link[1][0], same.there)):
        return []
    key, _, _ = joint.told(scene, same)
    there = f"{ident(same.there)}::VARCHAR"
    pairs = scene.query(
        f"SELECT a, b, count(*) AS n FROM (SELECT {key} AS k, {ident(same.seen.name)}::VARCHAR AS a"
        f" FROM {ident(TABLE)} WHERE {where})\n"
        f"JOIN (SELECT {joint.key} AS k, any_value({there}) AS b FROM {joint.home} GROUP BY 1"
        " HAVING count(*) = 1) USING (k)\n"
        f"GROUP BY ALL HAVING n >= {LEAST_SHOWN} ORDER BY n DESC, a, b LIMIT {MOST_SAID}"
    )
    return [
        f"'{a}' here, '{b}' there ({n:,})"
        for a, b, n in pairs
        if not looks_personal(str(a)) and not looks_personal(str(b))
    ]


def _mapped(scene: Scene, joint: _Joint, same: _Same) -> Iterator[Finding]:
    """A note: the same attribute under other codes, and which stands for which."""
    seen, (dataset, _, _) = same.seen, joint.link[1]
    shown = [f"'{a}' is '{b}'" for a, b in sorted(same.codes.items()) if not looks_personal(a)]
    open_ = _may_show(scene, seen, joint.home, (dataset, same.there))
    private = "" if open_ else "; no value is shown"
    said = ", ".join(shown[:MOST_SAID]) if open_ else ""
    yield scene.finding(
        dimension="consistency",
        detector="codes_differ",
        severity=Severity.INFO,
        column=seen.plan.name,
        message=f"'{seen.plan.name}' and {dataset}.{same.there} say the same of each "
        f"'{joint.link[0].plan.name}' under other codes ({len(same.codes):,} of them{private})"
        + (f": {said}." if said else "."),
        measured=float(len(same.codes)),
        limit=0.0,
        limit_origin=f"{percent(PURE)} of the rows go with one value there for each here",
        examples=tuple(shown[:5]) if said else (),
        fix="Agree on one list of codes, or keep this mapping where the two are joined.",
    )


def _lists(scene: Scene, dataset: str, path: str, told: set[str]) -> Iterator[Finding]:
    """Lists of codes under one name in both datasets, where this one has codes of its own."""
    home, _ = home_of(scene, dataset, path)
    described = {str(d[0]): str(d[1]) for d in scene.query(f"DESCRIBE {home}")}
    named = {normal_form(n): n for n in described if not n.startswith("_dataready_")}
    for seen, _ in scene.pairs():
        there, plan = named.get(normal_form(seen.plan.name)), seen.plan
        if there is None or plan.name in told or not _is_list(seen):
            continue
        cell = _there(there, described[there], plan)
        counted = scene.query(
            f"SELECT v, count(*) FROM (SELECT {cell} AS v FROM {home}) WHERE v IS NOT NULL"
            f" GROUP BY v LIMIT {MOST_CODES + 1}"
        )
        theirs, ours = (
            {str(v) for v, _ in counted},
            {str(v): n for v, n in seen.values.counts.items()},
        )
        common = theirs & set(ours)
        if len(theirs) > MOST_CODES or len(common) < LEAST_COMMON * min(len(theirs), len(ours)):
            continue
        only = [v for v in sorted(ours, key=lambda v: (-ours[v], v)) if v not in theirs]
        if len(common) >= 2 and only and len(only) < len(ours):
            told.add(plan.name)
            named_there = _may_show(scene, seen, home, (dataset, there))
            absent = sorted(theirs - set(ours))
            yield _listed(scene, seen, f"{dataset}.{there}", only, absent, show=named_there)


def _is_list(seen: ColumnStates) -> bool:
    plan = seen.plan
    return bool(
        plan.base == "text"
        and plan.kind == "text"
        and plan.role == "feature"
        and not plan.personal
        and seen.values.exact
        and 2 <= seen.different <= min(MOST_CODES, seen.usable / LEAST_REPEATS)
    )


def _listed(
    scene: Scene,
    seen: ColumnStates,
    there: str,
    only: Sequence[str],
    theirs: Sequence[str],
    *,
    show: bool,
) -> Finding:
    """A note on two lists of codes: what only this one has, and what only the other has."""
    counts = {str(v): n for v, n in seen.values.counts.items()}
    shown = [v for v in only if counts[v] >= LEAST_SHOWN and not looks_personal(v)][:MOST_SAID]
    forms = {normal_form(v): v for v in theirs if show and normal_form(v)}
    respelt = [f"'{v}' for '{w}'" for v in shown if (w := forms.get(normal_form(v)))]
    said = ", ".join(f"'{v}' ({counts[v]:,})" for v in shown)
    return scene.finding(
        dimension="consistency",
        detector="codes_differ",
        severity=Severity.INFO,
        column=seen.plan.name,
        message=f"'{seen.plan.name}' has {len(only):,} codes that {there} has not"
        + (f": {said}" if said else "")
        + f"; {len(theirs):,} are only there."
        + (f" Spelt otherwise: {', '.join(respelt)}." if respelt else ""),
        measured=float(len(only)),
        limit=0.0,
        limit_origin="one list of codes under one name",
        where=f"coalesce({is_one_of(scene.cell(seen), only, seen.plan)}, FALSE)",
        examples=tuple(shown),
        fix=f"Settle one list of codes for '{seen.plan.name}', or rename one of the columns.",
    )
