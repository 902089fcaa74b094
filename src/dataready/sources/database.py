"""DuckDB files: tables or a query of each, with their own types, proven by figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from dataready.errors import EmptySourceError, SourceError
from dataready.model import SourceSpec
from dataready.sources.choice import chosen
from dataready.sources.file import Found, facts
from dataready.sources.name import named
from dataready.sources.selection import check_names, is_read
from dataready.sources.source import Figure, FilePart, Part, Reading, Rejecter
from dataready.sql import ident, literal, select

__all__ = ["DatabasePart", "DatabaseSource"]

_ALIAS, _ANSWER = "dataready_source", "dataready_answer"
_NESTED = ("[", "STRUCT(", "MAP(", "UNION(")
_MAIN = "main"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """A table of a file."""

    schema: str
    table: str
    partition: bool = False

    @property
    def full(self) -> str:
        """The name with its schema."""
        return f"{self.schema}.{self.table}"

    @property
    def name(self) -> str:
        """The name as people say it."""
        return self.table if self.schema == _MAIN else self.full


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabasePart(FilePart):
    """One table, or the answer of a query; `relation` is its quoted name while attached.

    `lies_in` is the file that holds it: of an answer, one in the scratch folder.
    """

    relation: str
    condition: str | None
    lies_in: Path

    @contextmanager
    def read(
        self,
        con: duckdb.DuckDBPyConnection,
        scratch: Path,  # noqa: ARG002 - other kinds need it
        reject: Rejecter,  # noqa: ARG002 - a table has no records that can be refused
    ) -> Iterator[Reading]:
        """Attach the file, and have rows, values and sums of hashes computed there."""
        columns = [ident(c) for c in self.header]
        hashes = [_hash(c.type) for c in self.columns]
        terms = ["count(*)", *(f"count({c})" for c in columns)]
        terms += [f"CAST({h.format(c)} AS VARCHAR)" for h, c in zip(hashes, columns, strict=True)]
        with _attached(con, self.lies_in), _answering():
            asked = select({f"a{i}": t for i, t in enumerate(terms)}, from_=self.relation,
                           where=self.condition)  # fmt: skip
            (row,) = con.execute(asked).fetchall()
            yield Reading(
                select=select({f"c{i}": c for i, c in enumerate(columns)}, from_=self.relation,
                              where=self.condition),
                records=int(row[0]),
                counted="counted in the table itself",
                present=tuple(int(n) for n in row[1 : 1 + len(columns)]),
                figures=tuple(
                    Figure(column=i, what="checksum of the values", expected=value, sql=h,
                           shown=True)
                    for i, (h, value) in enumerate(
                        zip(hashes, row[1 + len(columns) :], strict=True)
                    )
                ),
            )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseSource:
    """DuckDB files; of each the tables that the settings name, or the only one."""

    spec: SourceSpec
    found: Found
    kind: str = "duckdb"
    typed: bool = True

    @property
    def where(self) -> str:
        """The path as the settings give it."""
        return self.spec.path

    @property
    def options(self) -> tuple[str, ...]:
        """What is read, where the settings name it."""
        s = self.spec
        said = {"table": s.table, "tables": s.tables, "schema": s.schema, "query": s.query}
        return tuple(f"{name}={value!r}" for name, value in said.items() if value)

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences about the source as a whole."""
        return self.found.notes

    def look(self, con: duckdb.DuckDBPyConnection, scratch: Path) -> tuple[Part, ...]:
        """Find the tables in every file."""
        parts: list[Part] = []
        for i, (name, path) in enumerate(self.found.files):
            if self.spec.query is not None:
                kept = scratch / f"answer-{i}.duckdb"
                _answer(con, path, self.spec.query, kept)
                table = _Table(schema=_MAIN, table="query")
                with _attached(con, kept):
                    parts.append(_part(con, name, path, table, self.spec, kept))
                continue
            with _attached(con, path):
                tables = chosen(_tables(con, name), self.spec, name)
                parts += [_part(con, name, path, t, self.spec, path) for t in tables]
        return tuple(parts)


def _part(
    con: duckdb.DuckDBPyConnection,
    name: str,
    path: Path,
    table: _Table,
    spec: SourceSpec,
    lies_in: Path,
) -> DatabasePart:
    """Look at one table of a file that is attached."""
    relation = ".".join(map(ident, (_ALIAS, table.schema, table.table)))
    read = con.sql(f"FROM {relation}")
    check_names(read.columns, spec, table=f"{name}:{table.name}")
    there = [(c, str(t)) for c, t in zip(read.columns, read.types, strict=True) if is_read(c, spec)]
    file = facts(path)
    columns, notes = named([c for c, _ in there], [t for _, t in there])
    return DatabasePart(
        name=f"{name}:{table.name}",
        path=path,
        bytes=file.bytes,
        modified_ns=file.modified_ns,
        sha256=file.sha256,
        columns=columns,
        header=tuple(c for c, _ in there),
        notes=tuple(notes),
        chosen=True,
        relation=relation,
        condition=None if spec.where is None else f"({spec.where}\n)",
        lies_in=lies_in,
    )


def _tables(con: duckdb.DuckDBPyConnection, file: str) -> Sequence[_Table]:
    """List the tables of a file.

    Views are left out: they are SQL that somebody else wrote.

    Raises:
        EmptySourceError: There is none at all.
    """
    tables = con.execute(
        "SELECT schema_name, table_name FROM duckdb_tables() "
        "WHERE database_name = ? AND NOT internal ORDER BY ALL",
        [_ALIAS],
    ).fetchall()
    if not tables:
        msg = f"The DuckDB file '{file}' holds no table (views are not read)."
        raise EmptySourceError(msg)
    return [_Table(schema=str(s), table=str(t)) for s, t in tables]


def _answer(con: duckdb.DuckDBPyConnection, path: Path, query: str, kept: Path) -> None:
    """Write what a query answers to a file of its own; the query names tables as they are."""
    with _attached(con, path):
        # A cursor has a default database of its own.
        with con.cursor() as cursor, _answering():
            cursor.execute(f"ATTACH {literal(kept)} AS {ident(_ANSWER)} (TYPE duckdb)")
            cursor.execute(f"USE {ident(_ALIAS)}")
            target = ".".join(map(ident, (_ANSWER, _MAIN, "query")))
            asked = query.strip().rstrip(";")
            cursor.execute(f"CREATE TABLE {target} AS SELECT * FROM ({asked}\n) AS query")
        con.execute(f"DETACH {ident(_ANSWER)}")


@contextmanager
def _answering() -> Iterator[None]:
    """Say so where the SQL of the settings is what DuckDB refuses.

    Raises:
        SourceError: It does.
    """
    try:
        yield
    except (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException):
        msg = "DuckDB refuses the SQL of 'query' or 'where'. Try it in the file itself."
        raise SourceError(msg) from None


def _hash(type_: str) -> str:
    """Write the sum of the hashes of a column's values, in whatever wider type they landed.

    >>> _hash("DATE")
    'sum(CAST(hash(CAST({} AS DATE)) AS HUGEINT))'
    """
    nested = any(sign in type_ for sign in _NESTED)
    value = f"CAST({{}} AS {'VARCHAR' if nested else type_})"
    # The types of enums may have braces among their values.
    if type_.startswith("ENUM("):
        value = "CAST({} AS VARCHAR)"
    return f"sum(CAST(hash({value}) AS HUGEINT))"


@contextmanager
def _attached(con: duckdb.DuckDBPyConnection, path: Path) -> Iterator[None]:
    """Attach a DuckDB file, to be read only.

    Raises:
        SourceError: It is locked, damaged, or of a version that cannot be read.
    """
    try:
        con.execute(f"ATTACH {literal(path)} AS {ident(_ALIAS)} (TYPE duckdb, READ_ONLY)")
    except duckdb.Error as e:
        why = (
            "another process is writing to it. Run again once that has closed it"
            if "lock" in str(e)
            else "it is damaged, or of another version of DuckDB. Fetch or export it again"
        )
        msg = f"The DuckDB file '{path.name}' cannot be read: {why}."
        raise SourceError(msg) from None
    try:
        yield
    finally:
        con.execute(f"DETACH {ident(_ALIAS)}")
