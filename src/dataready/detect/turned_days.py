"""Days and months in each other's place, where the date as it stands reads without a complaint.

2024-07-03 for 2024-03-07 is a date like any other. It is told only by something else that says
when the row was: the other dates of its file, if these are of a few months; another date of the
row, usually some days away; a column that has the month. A cell is turned if it does not fit
what is said and would fit the other way round. Of dates that are wrong for other reasons some
fit the other way by chance: as many as the share of a year that fits.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from scipy import stats

from dataready.detect.formats import moment_of
from dataready.detect.scene import MOST_ROWS, Scene
from dataready.model import FILE_COLUMN, TABLE, Finding
from dataready.profile.profile import ColumnStates
from dataready.sql import and_, ident, or_, values_in

__all__ = ["turned_findings"]

LEAST_ROWS = 3
LEAST_TELLING = 30
CHANCE = 1e-4
MOST_CHANCE = 0.25
AGREES = 0.99
MOST_DATES = 6
MOST_MONTHS = 5000
FEW = 0.01
_EARLY = 12
_YEAR = 365.25


@dataclass(frozen=True, slots=True)
class _Witness:
    """What else says when a row was.

    Attributes:
        said: What it is, for people.
        other: The expression over the table of what it says.
        fits: Writes the predicate that a DATE, and what it says, may agree: of both expressions.
        meets: Likewise, that it does.
        chance: The share of a year's days that do.
    """

    said: str
    other: str
    fits: Callable[[str, str], str]
    meets: Callable[[str, str], str]
    chance: float


def turned_findings(scene: Scene, known: Collection[str | None]) -> list[Finding]:
    """One finding a date column in which some days and months are turned.

    Args:
        scene: The table.
        known: Columns in which that has been found already.
    """
    dates = [seen for seen, _ in scene.pairs() if seen.plan.base == "date" and seen.usable]
    dates = dates[:MOST_DATES]
    told = [
        (seen, w)
        for seen in dates
        if seen.plan.name not in known
        for w in _witnesses(scene, seen, dates)
    ]
    wheres: dict[str, list[tuple[_Witness, str]]] = {}
    for (seen, witness), (strangers, hits) in zip(told, _counted(scene, told), strict=True):
        if _beyond_chance(hits, strangers, witness.chance):
            where = _where(_day(scene, seen), witness)
            wheres.setdefault(seen.plan.name, []).append((witness, where))
    return [_finding(scene, seen, wheres[n]) for seen in dates if (n := seen.plan.name) in wheres]


def _counted(scene: Scene, told: Sequence[tuple[ColumnStates, _Witness]]) -> list[tuple[int, int]]:
    """Rows that each witness finds strange, and those that fit the other way round: one scan."""
    if not told:
        return []
    days = {seen.name: _day(scene, seen) for seen, _ in told}
    read = [*dict.fromkeys([*days.values(), *(w.other for _, w in told)])]
    called = {expression: f"c{k}" for k, expression in enumerate(read)}
    counts = []
    for seen, witness in told:
        day, other = called[days[seen.name]], called[witness.other]
        strange = f"NOT ({witness.fits(day, other)})"
        turned = and_(strange, witness.meets(_turned(day), other))
        counts += [f"count(*) FILTER ({_if_early(day, p)})" for p in (strange, turned)]
    columns = ", ".join(f"{expression} AS {c}" for expression, c in called.items())
    (found,) = scene.query(
        f"SELECT {', '.join(counts)} FROM (SELECT {columns} FROM {ident(TABLE)})"
    )
    return [(int(a), int(b)) for a, b in zip(found[::2], found[1::2], strict=True)]


def _finding(scene: Scene, seen: ColumnStates, told: Sequence[tuple[_Witness, str]]) -> Finding:
    where = or_(*(w for _, w in told))
    rows = scene.count(where)
    return scene.wrong_cells(
        seen,
        where,
        rows,
        dimension="validity",
        detector="day_month_swapped",
        message=f"{rows:,} dates of '{seen.plan.name}' have day and month in each other's place: "
        f"they do not fit {', nor '.join(w.said for w, _ in told)}, and do the other way round.",
        limit_origin="as many would fit by chance in one column of ten thousand",
        fix=f"Read the source of '{seen.name}' with day and month in their places.",
    )


def _turned(day: str) -> str:
    return f"make_date(year({day}), day({day}), month({day}))"


def _if_early(day: str, predicate: str) -> str:
    """Write a predicate for rows whose date reads both ways: CASE keeps others from turning."""
    early = f"day({day}) <= {_EARLY} AND day({day}) <> month({day})"
    return f"CASE WHEN {early} THEN {predicate} ELSE FALSE END"


def _where(day: str, witness: _Witness) -> str:
    """Write the predicate of turned cells over the bare table: each date is read once."""
    turned = and_(f"NOT ({witness.fits('r.d', 'r.o')})", witness.meets(_turned("r.d"), "r.o"))
    case = _if_early("r.d", turned)
    return f"list_transform([struct_pack(d := {day}, o := {witness.other})], lambda r: {case})[1]"


def _beyond_chance(hits: int, strangers: int, chance: float) -> bool:
    """Whether so many strangers fit the other way that chance is no excuse (binomial tail)."""
    return hits >= LEAST_ROWS and float(stats.binom.sf(hits - 1, strangers, chance)) < CHANCE


def _day(scene: Scene, seen: ColumnStates) -> str:
    return f"{moment_of(scene.cell(seen))}::DATE"


def _witnesses(
    scene: Scene, seen: ColumnStates, dates: Iterable[ColumnStates]
) -> Iterator[_Witness]:
    """All that can tell: what fits more than a quarter of a year cannot."""
    yield from _months(scene, seen)
    yield from _files(scene, seen)
    for other in dates:
        if other.name != seen.name:
            yield from _other(scene, seen, other)


def _months(scene: Scene, seen: ColumnStates) -> Iterator[_Witness]:
    """Columns of the numbers 1 to 12 that have the month of dates that nobody can turn."""
    day = _day(scene, seen)
    for other, _ in scene.pairs():
        values = other.values
        if other.plan.base != "number" or not values.exact or len(values.counts) < LEAST_ROWS:
            continue
        if not all(float(str(v)) in range(1, 13) for v, n in values.counts.items() if n):
            continue
        month = scene.cell(other)
        ((n, same),) = scene.query(
            f"SELECT count(*), count(*) FILTER (m = month(d)) FROM (SELECT {day} AS d, {month}"
            f" AS m FROM {scene.some(MOST_ROWS)}) WHERE day(d) > {_EARLY} AND m IS NOT NULL"
        )
        if n >= LEAST_TELLING and same >= AGREES * n:
            said = f"the month that '{other.plan.name}' has"
            yield _Witness(said, month, _in_month, _in_month, 1 / 11)


def _in_month(day: str, other: str) -> str:
    return f"coalesce({other} = month({day}), TRUE)"


def _files(scene: Scene, seen: ColumnStates) -> Iterator[_Witness]:
    """The months of the file, of dates that nobody can turn, if they are few in each year."""
    file, day = ident(FILE_COLUMN), _day(scene, seen)
    rows = scene.query(
        f"SELECT f, date_trunc('month', d)::DATE, count(*)\n"
        f"FROM (SELECT {file} AS f, {day} AS d FROM {ident(TABLE)}) WHERE day(d) > {_EARLY}\n"
        f"GROUP BY 1, 2 ORDER BY 1, 2 LIMIT {MOST_MONTHS}"
    )
    if len(rows) == MOST_MONTHS:
        return
    months: dict[int, list[date]] = {}
    most = 0
    for f in sorted({f for f, _, _ in rows}):
        own = {month: n for of, month, n in rows if of == f}
        total = sum(own.values())
        usual = [month for month, n in own.items() if n >= max(2, FEW * total)]
        in_a_year = max((sum(m.year == y.year for m in usual) for y in usual), default=12)
        if total >= LEAST_TELLING and in_a_year <= MOST_CHANCE * 12:
            months[int(f)], most = usual, max(most, in_a_year)
    if months:
        said = "the other dates of their file"
        fits, meets = partial(_near_file, months), partial(_in_file, months)
        yield _Witness(said, file, fits, meets, most / 12)


def _in_file(months: Mapping[int, Iterable[date]], day: str, other: str) -> str:
    month = f"date_trunc('month', {day})::DATE"
    cases = " ".join(f"WHEN {f} THEN {values_in(month, own)}" for f, own in months.items())
    return f"CASE {other} {cases} ELSE TRUE END"


def _near_file(months: Mapping[int, Iterable[date]], day: str, other: str) -> str:
    """The first days of the next month may be the file's last."""
    return or_(_in_file(months, day, other), _in_file(months, f"({day} - {_EARLY + 1})", other))


def _other(scene: Scene, seen: ColumnStates, other: ColumnStates) -> Iterator[_Witness]:
    """Another date of the row, if 98 in 100 rows that nobody can turn have it some days away."""
    here, there = _day(scene, seen), _day(scene, other)
    ((n, least, most),) = scene.query(
        f"SELECT count(*), quantile_disc(b - a, 0.01), quantile_disc(b - a, 0.99)\n"
        f"FROM (SELECT {here} AS a, {there} AS b FROM {scene.some(MOST_ROWS)})\n"
        f"WHERE day(a) > {_EARLY} AND day(b) > {_EARLY}"
    )
    chance = 2 * (most - least + 3) / _YEAR if n >= LEAST_TELLING else 1.0
    if chance > MOST_CHANCE:
        return
    said = f"'{other.plan.name}', usually {least} to {most} days away"
    fits = partial(_near, least - 1, most + 1)
    yield _Witness(said, there, fits, fits, chance)


def _near(least: int, most: int, day: str, other: str) -> str:
    # The other may be the one that is turned: then this one fits.
    near, turned = (f"{o} - {day} BETWEEN {least} AND {most}" for o in (other, _turned(other)))
    return f"coalesce({near} OR {_if_early(other, turned)}, TRUE)"
