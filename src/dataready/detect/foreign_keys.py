"""Foreign keys that nobody declared: columns whose values a key of another dataset holds.

That it holds them proves little: row numbers hold every small integer. So the same values
with another last character are looked up too: these are as long and lie as close, but are nobody's
key. A key that holds the values far more often than those is their home; one that holds both
is so only if the names say it, as of 'customer_id' and 'customers.id'.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from string import ascii_lowercase, ascii_uppercase, digits

from scipy.stats import fisher_exact

from dataready.compare.evidence import percent, rows_sql, severity_beyond, share_limit
from dataready.detect.keys import home_of, text_of, type_in
from dataready.detect.scene import Scene
from dataready.model import TABLE, Finding
from dataready.profile.profile import ColumnStates
from dataready.profile.relation import looks_personal, one_in
from dataready.sql import and_, ident, literal
from dataready.warehouse.connection import refusals

__all__ = [
    "Home",
    "Link",
    "foreign_homes",
    "foreign_key_findings",
    "links_of",
    "named_after",
    "words_of",
]

LOOK_ROWS = 10_000
PROBED = 1_000
MOST_COLUMNS = 60
LONGEST = 64
HELD = 0.7
COPIED = 0.8
REPEATED = 0.01
CHANCE = 1e-6
SLACK = 0.002
LEAST_SHOWN = 5
_PROBES = "dataready_probes"
_NO_KEY = ("DOUBLE", "FLOAT", "DATE", "TIME", "BOOLEAN", "INTERVAL", "BLOB")
_COMMON = frozenset("id key code name no nr number uuid guid pk index value type column".split())  # noqa: SIM905


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """A key of another dataset that holds a column's values: `held` of those looked up.

    `place` is that of the key among its table's columns, from 0.
    """

    dataset: str
    column: str
    place: int
    path: str
    held: float
    named: bool


Link = tuple[str, str, str]
"""Where a column's values are at home: dataset, column and the path of its extract."""


def links_of(scene: Scene, homes: Mapping[str, Home]) -> dict[str, Link]:
    """Columns that refer to a key of another dataset, as declared or as found."""
    declared = {c: link for c, link in scene.references.items() if c in scene.production}
    return declared | {c: (h.dataset, h.column, h.path) for c, h in homes.items()}


def foreign_homes(scene: Scene) -> dict[str, Home]:
    """Find what every column seems to refer to, by up to 1,000 of its values."""
    if not scene.neighbours or not scene.production.rows:
        return {}
    columns = list(_referring(scene))[:MOST_COLUMNS]
    best: dict[str, Home] = {}
    _probe(scene, columns)
    for dataset, path in scene.neighbours.items():
        with refusals(f"to look up references in dataset '{dataset}'"):
            for name, home in _homes(scene, columns, dataset, path):
                if name not in best or _rank(home) > _rank(best[name]):
                    best[name] = home
    scene.con.execute(f"DROP TABLE {_PROBES}")
    ranked = sorted(best, key=lambda name: _rank(best[name]), reverse=True)
    kept: list[str] = []
    for name in ranked:
        if not any(_is_copied(scene, name, best[name], k, best[k]) for k in kept):
            kept.append(name)
    return {s.plan.name: best[s.plan.name] for s in columns if s.plan.name in kept}


def foreign_key_findings(scene: Scene, homes: Mapping[str, Home]) -> list[Finding]:
    """Propose what columns refer to, and count in all rows those that refer to nothing.

    A note, unless the pilot's rows keep to it and production's do not.
    """
    return [_finding(scene, scene.production[name], home) for name, home in homes.items()]


def _rank(home: Home) -> tuple[bool, int, float]:
    """Names say most; of a table's keys the first is the one that is meant."""
    return home.named, -home.place, home.held


def _is_copied(scene: Scene, name: str, home: Home, main: str, its: Home) -> bool:
    """Whether a column holds a copy of what stands in the very row that another refers to."""
    if home.dataset != its.dataset or home.column == its.column:
        return False
    there, _ = home_of(scene, home.dataset, home.path)
    key, copied = (text_of(h.column, type_in(scene, there, h.column)) for h in (its, home))
    own, other = (text_of(s.name, s.type) for s in map(scene.production.__getitem__, (main, name)))
    ((same, rows),) = scene.query(
        f"WITH d AS (SELECT {own} AS a, {other} AS b FROM {scene.some(LOOK_ROWS)}),\n"
        f"h AS (SELECT {key} AS a, {copied} AS b FROM {there})\n"
        "SELECT count(*) FILTER (d.b = h.b), count(*) FROM d JOIN h USING (a) WHERE d.b IS NOT NULL"
    )
    return bool(rows) and int(same) >= COPIED * int(rows)


def _referring(scene: Scene) -> Iterator[ColumnStates]:
    for seen, _ in scene.pairs():
        name, plan = seen.plan.name, seen.plan
        if (
            plan.base != "date"
            and plan.kind not in {"flat", "empty"}
            and seen.different >= 2
            and name not in scene.references
            and name not in scene.joined
            and seen.type not in _NO_KEY
        ):
            yield seen


def _probe(scene: Scene, columns: Iterable[ColumnStates]) -> None:
    """Keep up to 1,000 values of each column, and three others a value that are not among them."""
    scene.con.execute(
        f"CREATE OR REPLACE TEMP TABLE {_PROBES} (k INTEGER, v VARCHAR, other BOOLEAN)"
    )
    for k, seen in enumerate(columns):
        text = text_of(seen.name, seen.type)
        scene.con.execute(
            f"INSERT INTO {_PROBES} SELECT DISTINCT {k}, v, FALSE FROM (SELECT {text} AS v"
            f" FROM {scene.some(LOOK_ROWS)} AND NOT ({scene.missing(seen)}))"
            f" WHERE length(v) BETWEEN 1 AND {LONGEST} ORDER BY hash(v) LIMIT {PROBED}"
        )
    own = f"SELECT k, v FROM {_PROBES}"
    for turn in (1, 2, 3):
        after = "".join(s[turn:] + s[:turn] for s in (digits, ascii_lowercase, ascii_uppercase))
        before = literal(digits + ascii_lowercase + ascii_uppercase)
        last = f"translate(right(v, 1), {before}, {literal(after)})"
        scene.con.execute(
            f"INSERT INTO {_PROBES} SELECT DISTINCT k, left(v, length(v) - 1) || {last} AS o, TRUE"
            f" FROM {_PROBES} WHERE NOT other AND (k, o) NOT IN ({own})"
        )


def _homes(
    scene: Scene, columns: list[ColumnStates], dataset: str, path: str
) -> Iterator[tuple[str, Home]]:
    """The columns' homes in a dataset: keys of it that hold enough of their values."""
    home, _ = home_of(scene, dataset, path)
    looked = {
        (k, bool(other)): n
        for k, other, n in scene.query(f"SELECT k, other, count(*) FROM {_PROBES} GROUP BY ALL")
    }
    for place, key, known in _keys(scene, home):
        held = {
            (k, bool(other)): n
            for k, other, n in scene.query(
                f"SELECT k, other, count(*) FROM {_PROBES} WHERE v IN ({known}) GROUP BY ALL"
            )
        }
        for k, seen in enumerate(columns):
            share = held.get((k, False), 0) / looked.get((k, False), 1)
            if share < HELD or not _is_key(scene, home, key):
                continue
            named = named_after(seen.plan.name, dataset, key)
            mine = [held.get((k, False), 0), looked[k, False]]
            others = [held.get((k, True), 0), looked.get((k, True), 0)]
            if not (named or _beyond_chance(*mine, *others)) or _is_above(scene, seen, home, key):
                continue
            found = Home(
                dataset=dataset, column=key, place=place, path=path, held=share, named=named
            )
            yield seen.plan.name, found


def _beyond_chance(held: int, looked: int, others_held: int, others: int) -> bool:
    """Whether values are held more often than those that are nobody's (Fisher's exact test)."""
    table = [[held, looked - held], [others_held, others - others_held]]
    return float(fisher_exact(table, alternative="greater").pvalue) <= CHANCE


def _keys(scene: Scene, home: str) -> Iterator[tuple[int, str, str]]:
    """Columns that may be keys, by a sample of rows: place, name, the query of their values."""
    described = [(str(d[0]), str(d[1])) for d in scene.query(f"DESCRIBE {home}")]
    columns = {n: t for n, t in described if not n.startswith("_dataready_")}
    columns = {n: t for n, t in columns.items() if not t.startswith(_NO_KEY)}
    ((rows,),) = scene.query(f"SELECT count(*) FROM {home}")
    if not columns or not rows:
        return
    step = max(1, rows // LOOK_ROWS)
    parts = ", ".join(
        f"count({ident(n)}), count(DISTINCT {ident(n)}), max(list_max(map_values(h{k})))"
        for k, n in enumerate(columns)
    )
    tallies = ", ".join(
        f"(SELECT histogram({ident(n)}) FROM s) AS h{k}" for k, n in enumerate(columns)
    )
    (looked,) = scene.query(
        f"WITH s AS (SELECT * FROM {home} WHERE {one_in(step)})"
        f" SELECT {parts} FROM s, (SELECT {tallies})"
    )
    for k, (name, type_) in enumerate(columns.items()):
        cells, distinct, most = looked[3 * k : 3 * k + 3]
        # One value may repeat at will: it stands for "none".
        if distinct >= 2 and cells - distinct <= (most or 1) - 1 + REPEATED * cells:
            text = text_of(name, type_)
            yield k, name, f"SELECT {text} FROM {home} WHERE {ident(name)} IS NOT NULL"


def _is_key(scene: Scene, home: str, key: str) -> bool:
    """Whether at most one value in a hundred occurs more than once, and one that means "none"."""
    counted = (
        f"SELECT count(*) AS n FROM {home} WHERE {ident(key)} IS NOT NULL GROUP BY {ident(key)}"
    )
    ((repeated, all_),) = scene.query(f"SELECT count(*) FILTER (n > 1), count(*) FROM ({counted})")
    return int(repeated) <= 1 + REPEATED * int(all_)


def _is_above(scene: Scene, seen: ColumnStates, home: str, key: str) -> bool:
    """Whether a column is a key itself, of no fewer values: then the other one refers to it."""
    if seen.different < 0.98 * seen.usable:
        return False
    ((values,),) = scene.query(f"SELECT count(DISTINCT {ident(key)}) FROM {home}")
    return seen.different >= int(values)


def named_after(column: str, dataset: str, key: str) -> bool:
    """Whether a column's name says what it refers to: the key's own, or dataset and key.

    >>> named_after("ship_customer_id", "customers", "id"), named_after("day_id", "customers", "id")
    (True, False)
    >>> named_after("AlbumId", "Album", "AlbumId"), named_after("id", "b", "id")
    (True, False)
    """
    words, ends = words_of(column), words_of(key)
    one = [w.removesuffix("s") for w in words_of(dataset)]
    told = [ends] if not {w.rstrip(digits) for w in ends} <= _COMMON | {""} else []
    wanted = [*told, one + ends, one]
    singular = [w.removesuffix("s") for w in words]
    return any(
        len(name) <= len(words) and [w.removesuffix("s") for w in name] == singular[-len(name) :]
        for name in wanted
        if name
    )


def words_of(name: str) -> list[str]:
    """The words of a column's name, without case.

    >>> words_of("shipCustomer_id")
    ['ship', 'customer', 'id']
    """
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).casefold()
    return [w for w in re.split(r"[^0-9a-z]+", spaced) if w]


def _finding(scene: Scene, seen: ColumnStates, home: Home) -> Finding:
    """Count the rows that refer to nothing, and hold them against the pilot's."""
    with refusals(f"to look up references in dataset '{home.dataset}'"):
        there, attach = home_of(scene, home.dataset, home.path)
        known = (
            f"SELECT {text_of(home.column, type_in(scene, there, home.column))} FROM {there}"
            f" WHERE {ident(home.column)} IS NOT NULL"
        )
        text = text_of(seen.name, seen.type)
        where = and_(f"NOT ({scene.missing(seen)})", f"{text} NOT IN ({known})")
        lost = scene.query(
            f"SELECT {text} AS v, count(*) AS n FROM {ident(TABLE)} WHERE {where}"
            " GROUP BY ALL ORDER BY 2 DESC, 1"
        )
        limit, origin = _limit(scene, seen, home)
    rows = sum(n for _, n in lost)
    share, name, target = rows / seen.rows, seen.plan.name, f"{home.dataset}.{home.column}"
    said = [
        f"'{v}' ({n:,})"
        for v, n in lost[:LEAST_SHOWN]
        if n >= LEAST_SHOWN and not seen.plan.personal and not looks_personal(str(v))
    ]
    none = seen.missing
    told = f" {rows:,} rows ({percent(share)}) find nothing there; distinct values: {len(lost):,}"
    return scene.finding(
        dimension="integrity",
        detector="reference_found",
        severity=severity_beyond(share, limit),
        column=name,
        message=f"'{name}' seems to refer to {target}."
        + (told if rows else " Every value is there")
        + (f": {', '.join(said)}" if said else "")
        + (f"; empty cells: {none:,}." if none else "."),
        measured=share,
        limit=limit,
        limit_origin=origin,
        where=where if rows else None,
        rows_affected=rows,
        sql=attach + rows_sql(where, seen.name) if rows else None,
        examples=tuple(said),
        fix=f"If it is so, add to the settings: references: {{{name}: {target}}}.",
    )


def _limit(scene: Scene, seen: ColumnStates, home: Home) -> tuple[float | None, str]:
    """How many orphans are no news: the pilot's share; None where there is no pilot to ask."""
    side = scene.pilot_side
    before = side.production.get(seen.plan.name) if side else None
    if side is None or before is None or not before.rows:
        return None, f"all rows should find their {home.dataset}"
    there, _ = home_of(side, home.dataset, home.path)
    known = (
        f"SELECT {text_of(home.column, type_in(side, there, home.column))} FROM {there}"
        f" WHERE {ident(home.column)} IS NOT NULL"
    )
    text = text_of(before.name, before.type)
    orphans = side.count(and_(f"NOT ({side.missing(before)})", f"{text} NOT IN ({known})"))
    limit = share_limit(orphans, before.rows, seen.rows, slack=SLACK)
    return limit, (
        f"{percent(orphans / before.rows)} of {before.rows:,} pilot rows do not find theirs either,"
        f" plus three standard errors and {percent(SLACK)}"
    )
