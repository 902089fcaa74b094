"""One extract left-joined to others: an extract like any other, row for row that of the first.

Every row of the base stays once, in its order, with its file and record number, so that
evidence still points to the base's rows. Keys are compared as they stand where both sides
have one type. Else dates and times are compared as moments (ISO 8601 text is read as one), and
everything else as text, in which a number has no trailing zeros: 12, 12.00 and '12.0' are the
same, '012' is not. What is NULL, NaN or blank is no key and finds nothing.

Where a key is in several rows of the other table, what they agree in is taken over and what
they differ in is missing: which row is meant is not known, and must not depend on their order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from dataready.errors import ConfigError, WarehouseError
from dataready.extract.draft import draft, keep
from dataready.extract.manifest import Extract, JoinedTable, Manifest
from dataready.model import FILE_COLUMN, ROW_COLUMN, TABLE, Column
from dataready.profile.plan import ColumnPlan
from dataready.profile.relation import blank, is_date, is_number, is_text, null, parse
from dataready.sql import and_, ident, literal, or_
from dataready.warehouse.connection import connect, refusals

__all__ = ["Partner", "comparable", "join", "partners_column"]

_BASE = "dataready_base"
_AS_DATE = ColumnPlan(name="", base="date")
_AS_TEXT = ColumnPlan(name="", base="text")
_DECIMAL = r"-?(0|[1-9]\d*)\.\d*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """A table to join: `on` leads from columns here to those there, `columns` are wanted.

    Names are the extracts' own; a column that one of them lacks is passed over.
    """

    dataset: str
    extract: Extract
    on: Mapping[str, str]
    columns: tuple[str, ...]

    @property
    def taken(self) -> tuple[Column, ...]:
        """The columns wanted that are there, in the order wanted."""
        there = self.extract.manifest.schema
        return tuple(Column(c, there.type_of(c)) for c in self.columns if c in there)

    @property
    def named(self) -> tuple[Column, ...]:
        """The columns taken, as the joined table has them."""
        names = (f"{self.dataset}.{c.name}" for c in self.taken)
        return tuple(Column(n, c.type, n) for n, c in zip(names, self.taken, strict=True))


def partners_column(dataset: str) -> str:
    """Name the column that says what a row found in a joined table.

    It is in the extract's table and not in its schema: NULL where the row has no whole key, 0
    where its key is not there, 1 for one row (or several that agree), 2 for several that differ.
    """
    return f"{dataset}._dataready_partners"


def join(
    base: Extract, partners: Sequence[Partner], *, folder: Path, name: str, strict: bool
) -> Extract:
    """Join an extract to others and keep the result in `folder/name.duckdb`.

    Args:
        base: Its rows stay as they are.
        partners: At least one, each of another name.
        folder: Made where it is missing. Left-overs of killed processes in it are removed.
        name: The new extract's; one that is there is replaced.
        strict: Refuse a partner whose key is not unique.

    Returns:
        The joined extract; its manifest says what was joined and how many rows found nothing.

    Raises:
        ConfigError: Two columns would have one name, or a key is not unique; nothing is kept.
        WarehouseError: DuckDB refused; nothing is kept.
    """
    _refuse_names(base, partners)
    links = [_link(base, partner, k) for k, partner in enumerate(partners)]
    listed = ", ".join(f"'{p.dataset}'" for p in partners)
    with draft(folder, name) as scratch:
        kept = scratch / f"{name}.duckdb"
        with (
            connect(kept, temp=scratch / "spill") as con,
            refusals(f"to join {listed} to '{base.manifest.dataset}'"),
        ):
            _attach(con, _BASE, base)
            joined = []
            for link in links:
                _attach(con, link.catalog, link.partner.extract)
                joined.append(_keys_known(con, base, link, strict=strict))
            con.execute(_statement(base, links))
            con.execute(f"CREATE TABLE rejects AS FROM {_BASE}.rejects")
            joined = [_counted(con, table) for table in joined]
            _reconcile(con, base)
        return keep(kept, Extract(folder / f"{name}.duckdb", _manifest(base, links, joined)))


def _refuse_names(base: Extract, partners: Sequence[Partner]) -> None:
    """Refuse columns that DuckDB could not tell apart: it takes no notice of case."""
    taken = {c.casefold(): c for c in base.manifest.schema.names}
    for partner in partners:
        for name in (*(c.name for c in partner.named), partners_column(partner.dataset)):
            if name.casefold() in taken:
                msg = (
                    f"Joined to '{base.manifest.dataset}', a column of '{partner.dataset}' would "
                    f"be '{name}', and '{taken[name.casefold()]}' is there already. Give the "
                    "dataset another name in the settings."
                )
                raise ConfigError(msg)
            taken[name.casefold()] = name


@dataclass(frozen=True, slots=True)
class _Link:
    """A partner with its number, and both sides of the key as SQL; `lacks` as in the manifest.

    `here` are expressions over the base's table, aliased b, and `there` over the partner's,
    aliased t; both are empty where a column is lacking. `keyless` is the predicate over b for
    a row that has no whole key.
    """

    partner: Partner
    k: int
    here: tuple[str, ...]
    there: tuple[str, ...]
    lacks: tuple[str, ...]
    keyless: str

    @property
    def catalog(self) -> str:
        """The partner's database, as it is attached."""
        return f"dataready_{self.k}"

    @property
    def twice(self) -> str:
        """The table of keys that are in more than one row."""
        return f"dataready_twice_{self.k}"


def _link(base: Extract, partner: Partner, k: int) -> _Link:
    ours, theirs = base.manifest.schema, partner.extract.manifest.schema
    pairs = tuple(partner.on.items())
    lost = [a for a, _ in pairs if a not in ours]
    gone = [f"{partner.dataset}.{b}" for _, b in pairs if b not in theirs]
    if lost:
        return _Link(partner, k, (), (), (*lost, *gone), "TRUE")
    keyless = or_(*(_missing(f"b.{ident(a)}", ours.type_of(a)) for a, _ in pairs))
    if gone:
        return _Link(partner, k, (), (), tuple(gone), keyless)
    here = tuple(comparable(f"b.{ident(a)}", ours.type_of(a), theirs.type_of(b)) for a, b in pairs)
    there = tuple(comparable(f"t.{ident(b)}", theirs.type_of(b), ours.type_of(a)) for a, b in pairs)
    return _Link(partner, k, here, there, (), keyless)


def comparable(raw: str, type_: str, other: str) -> str:
    """Write a key's cell as both sides can compare it, NULL where there is no value.

    >>> comparable("k", "BIGINT", "BIGINT"), comparable("k", "BIGINT", "VARCHAR")
    ('CASE WHEN NOT (k IS NULL) THEN k END', 'CASE WHEN NOT (k IS NULL) THEN k::VARCHAR END')
    """
    read = raw
    if type_ != other:
        dates = is_date(type_) or is_date(other)
        moments = dates and all(is_date(t) or is_text(t) for t in (type_, other))
        read = parse(raw, type_, _AS_DATE if moments else _AS_TEXT)
        if not moments and (type_.startswith("DECIMAL") or (is_text(type_) and is_number(other))):
            read = _without_zeros(f"trim({read})")
    return f"CASE WHEN NOT ({_missing(raw, type_)}) THEN {read} END"


def _missing(raw: str, type_: str) -> str:
    return or_(null(raw, type_), blank(raw, type_)) if is_text(type_) else null(raw, type_)


def _without_zeros(text: str) -> str:
    """Write a decimal number without the zeros at its end; other text as it is."""
    plain = f"regexp_full_match({text}, {literal(_DECIMAL)})"
    return f"CASE WHEN {plain} THEN rtrim(rtrim({text}, '0'), '.') ELSE {text} END"


def _attach(con: duckdb.DuckDBPyConnection, alias: str, extract: Extract) -> None:
    con.execute(f"ATTACH {literal(str(extract.path))} AS {alias} (READ_ONLY)")


def _keys_known(
    con: duckdb.DuckDBPyConnection, base: Extract, link: _Link, *, strict: bool
) -> JoinedTable:
    """Find the keys that are in more than one row of a partner.

    Raises:
        ConfigError: There are some, and `strict` refuses them.
    """
    partner = link.partner
    known = JoinedTable(
        dataset=partner.dataset,
        on=dict(partner.on),
        columns=tuple(c.name for c in partner.named),
        fingerprint=partner.extract.manifest.fingerprint,
        rows=partner.extract.manifest.rows,
        lacks=link.lacks,
    )
    if not link.there:
        return known
    keys = ", ".join(_names("k", link.there))
    con.execute(
        f"CREATE TEMP TABLE {link.twice} AS\nSELECT {keys}, count(*) AS n FROM ({_rows(link)})\n"
        f"GROUP BY {keys} HAVING count(*) > 1"
    )
    repeated, rows = _one(con, f"SELECT count(*), coalesce(sum(n), 0) FROM {link.twice}")
    if repeated and strict:
        side, named = base.manifest.side, ", ".join(f"'{c}'" for c in partner.on.values())
        msg = (
            f"'{base.manifest.dataset}' joins '{partner.dataset}' on {named}, which must be in "
            f"one row there: in its {side}, {repeated:,} keys are in {rows:,} rows. Name in 'on' "
            "all columns that identify a row there, or remove the copies."
        )
        raise ConfigError(msg)
    return replace(known, keys_repeated=repeated)


def _names(letter: str, things: Sequence[object]) -> list[str]:
    return [f"{letter}{i}" for i in range(len(things))]


def _one(con: duckdb.DuckDBPyConnection, sql: str) -> tuple[int, ...]:
    (row,) = con.execute(sql).fetchall()
    return tuple(int(n) for n in row)


def _rows(link: _Link) -> str:
    """Write the SELECT of a partner's rows with a whole key: k0, k1, ... and cells c0, c1, ..."""
    cells = [f"t.{ident(c.name)}" for c in link.partner.taken]
    keys = _names("k", link.there)
    named = zip((*link.there, *cells), (*keys, *_names("c", cells)), strict=True)
    whole = and_(*(f"{key} IS NOT NULL" for key in keys))
    listed = ", ".join(f"{expression} AS {name}" for expression, name in named)
    return f"SELECT * FROM (SELECT {listed} FROM {link.catalog}.{ident(TABLE)} AS t) WHERE {whole}"


def _partner_rows(link: _Link) -> str:
    """Write the SELECT of a partner's rows, each key once, with n as `partners_column` says."""
    keys, cells = ", ".join(_names("k", link.there)), _names("c", link.partner.taken)
    agree = [f"min(hash({c})) = max(hash({c}))" for c in cells]
    merged = [f"CASE WHEN {a} THEN any_value({c}) END" for a, c in zip(agree, cells, strict=True)]
    once = ", ".join([keys, *cells, "1 AS n"])
    many = ", ".join([keys, *merged, f"CASE WHEN {and_(*agree)} THEN 1 ELSE 2 END"])
    return (
        f"SELECT {once} FROM ({_rows(link)}) ANTI JOIN {link.twice} USING ({keys})\nUNION ALL\n"
        f"SELECT {many} FROM ({_rows(link)}) SEMI JOIN {link.twice} USING ({keys})\n"
        f"GROUP BY {keys}"
    )


def _statement(base: Extract, links: Sequence[_Link]) -> str:
    """Write the statement that makes the joined table, in the base's order."""
    chosen = [f"b.{ident(c.name)}" for c in base.manifest.columns]
    joins = []
    for link in links:
        alias, columns = f"p{link.k}", link.partner.named
        found = f"CASE WHEN NOT ({link.keyless}) THEN coalesce({alias}.n, 0) END"
        cells = [f"{alias}.{c}" for c in _names("c", columns)]
        if link.there:
            on = and_(*(f"{key} = {alias}.k{i}" for i, key in enumerate(link.here)))
            joins.append(f"\nLEFT JOIN ({_partner_rows(link)}) AS {alias} ON {on}")
        else:
            found = f"CASE WHEN NOT ({link.keyless}) THEN 0 END"
            cells = [f"NULL::{c.type}" for c in columns]
        chosen += [f"{cell} AS {ident(c.name)}" for cell, c in zip(cells, columns, strict=True)]
        chosen.append(f"({found})::UTINYINT AS {ident(partners_column(link.partner.dataset))}")
    own = [f"b.{ident(c)}" for c in (FILE_COLUMN, ROW_COLUMN)]
    # A join keeps no order; what is sampled by a row's place must be the same every time.
    return (
        f"CREATE TABLE {ident(TABLE)} AS\nSELECT {', '.join([*chosen, *own])}\n"
        f"FROM {_BASE}.{ident(TABLE)} AS b{''.join(joins)}\nORDER BY {', '.join(own)}"
    )


def _counted(con: duckdb.DuckDBPyConnection, table: JoinedTable) -> JoinedTable:
    found = ident(partners_column(table.dataset))
    keyless, none, several = _one(
        con,
        f"SELECT count(*) FILTER ({found} IS NULL), count(*) FILTER ({found} = 0), "
        f"count(*) FILTER ({found} = 2) FROM {ident(TABLE)}",
    )
    return replace(table, without_key=keyless, without_partner=none, ambiguous=several)


def _reconcile(con: duckdb.DuckDBPyConnection, base: Extract) -> None:
    """Hold the joined rows against the base's.

    Raises:
        WarehouseError: There are others; nothing is kept.
    """
    (rows,) = _one(con, f"SELECT count(*) FROM {ident(TABLE)}")
    if rows != base.manifest.rows:
        msg = (
            f"'{base.manifest.dataset}' has {base.manifest.rows:,} rows, and {rows:,} once it was "
            "joined. Nothing is kept. Report these settings."
        )
        raise WarehouseError(msg)


def _manifest(base: Extract, links: Sequence[_Link], joined: Sequence[JoinedTable]) -> Manifest:
    """Say what the joined extract is: the base's manifest, and what came to it."""
    own = base.manifest
    columns, typed = list(own.columns), list(own.schema.names if own.typed else ())
    for link in links:
        columns += link.partner.named
        typed += [c.name for c in link.partner.named if link.partner.extract.manifest.typed]
    names = ", ".join(f"'{table.dataset}'" for table in joined)
    said = [own.fingerprint]
    said += [repr((t.dataset, t.fingerprint, sorted(t.on.items()), t.columns)) for t in joined]
    return replace(
        own,
        columns=tuple(columns),
        typed=tuple(typed),
        reconciliation=(*own.reconciliation, f"Joined to {names}: {own.rows:,} rows still."),
        fingerprint=hashlib.sha256("\0".join(said).encode()).hexdigest(),
        base=own.fingerprint,
        joins=tuple(joined),
    )
