"""Which tables of a database the settings mean: one, a list, a pattern, or a schema."""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from typing import Protocol, TypeVar

from dataready.errors import EmptySourceError, SourceError, did_you_mean
from dataready.model import SourceSpec

__all__ = ["Table", "chosen"]


class Table(Protocol):
    """A table of a database, as far as it is chosen by its names."""

    @property
    def schema(self) -> str:
        """The schema it stands in."""

    @property
    def table(self) -> str:
        """The name without the schema."""

    @property
    def full(self) -> str:
        """The name with its schema."""

    @property
    def name(self) -> str:
        """The name as people say it: with the schema only where it is needed."""

    @property
    def partition(self) -> bool:
        """Say whether it is a piece of another table, which is read as a whole."""


Chosen = TypeVar("Chosen", bound=Table)


def chosen(there: Sequence[Chosen], spec: SourceSpec, where: str) -> list[Chosen]:
    """Choose the tables that the settings name, or the only one there is.

    Raises:
        SourceError: There is no such table, or several and none is named.
        EmptySourceError: There is none at all.
    """
    within = [r for r in there if spec.schema is None or r.schema == spec.schema]
    if not within:
        schemas = sorted({r.schema for r in there})
        if spec.schema is not None and schemas:
            hint = did_you_mean(spec.schema, schemas)
            msg = (
                f"'{where}' has no table in a schema '{spec.schema}'.{hint} "
                f"There are: {_listed(schemas)}."
            )
            raise SourceError(msg)
        msg = f"'{where}' holds no table that this user can see."
        raise EmptySourceError(msg)
    whole = [r for r in within if not r.partition]
    asked = (spec.table,) if spec.table else spec.tables
    if asked:
        bare = spec.schema is not None
        found = (r for name in asked for r in _named(name, within, whole, where, bare=bare))
        return list(dict.fromkeys(found))
    if spec.schema is not None or len(whole) == 1:
        return whole
    names = [r.name for r in whole]
    msg = f"'{where}' holds {len(names)} tables: {_listed(names)}. Name one by 'table'."
    raise SourceError(msg)


def _named(
    name: str, there: Sequence[Chosen], whole: Sequence[Chosen], where: str, *, bare: bool
) -> list[Chosen]:
    """Answer the table of a name, or those of a pattern; `bare` ones are in one schema."""
    spellings = {r: {r.full, r.table if bare else r.name} for r in there}
    exact = [r for r in there if name in spellings[r]]
    if exact:
        return exact[:1]
    found = [r for r in whole if any(fnmatch.fnmatchcase(n, name) for n in spellings[r])]
    if found and any(sign in name for sign in "*?["):
        return found
    names = [r.table if bare else r.name for r in there]
    msg = f"'{where}' has no table '{name}'.{did_you_mean(name, names)} It has: {_listed(names)}."
    raise SourceError(msg)


def _listed(names: Sequence[str]) -> str:
    """List names, but not thousands of them."""
    more = f" and {len(names) - 20} more" if len(names) > 20 else ""
    return ", ".join(f"'{n}'" for n in names[:20]) + more
