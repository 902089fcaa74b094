"""Joins that cannot all be meant: of nothing, of a dataset twice, of one that leads back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from dataready.config.contradiction import Contradiction
from dataready.config.text import written
from dataready.errors import did_you_mean

__all__ = ["join_contradictions", "joined_column_contradictions", "joined_twice"]


def join_contradictions(joins: Mapping[str, Sequence[str | None]]) -> list[Contradiction]:
    """Find joins of datasets that are not there, and joins that lead back.

    Args:
        joins: For every dataset there is, the names of those that it joins, in order; None
            for one that could not be read.

    >>> join_contradictions({"orders": ["custmers"], "customers": []})[0][1]
    "There is no dataset 'custmers'. Did you mean 'customers'? There are: orders, customers."
    >>> join_contradictions({"a": ["b"], "b": ["a"]})[0][1]
    "It leads back: 'a' joins 'b' joins 'a'. Many rows to one cannot hold all the way: drop one."
    """
    found: list[Contradiction] = []
    told: set[frozenset[str]] = set()
    for name, others in joins.items():
        for index, other in enumerate(others):
            where = ("datasets", name, "joins", index, "dataset")
            if other is None:
                continue
            if other not in joins:
                message = (
                    f"There is no dataset '{written(other)}'.{did_you_mean(other, joins)} "
                    f"There are: {', '.join(joins)}."
                )
                found.append((where, message))
                continue
            ring = _ring(name, other, joins)
            if ring and frozenset(ring) not in told:
                told.add(frozenset(ring))
                found.append((where, _told(ring)))
    return found


def _ring(start: str, first: str, joins: Mapping[str, Sequence[str | None]]) -> tuple[str, ...]:
    """The shortest way from a dataset over one that it joins back to itself; () for none."""
    ways: list[tuple[str, ...]] = [(start, first)]
    seen: set[str] = set()
    for way in ways:
        if way[-1] == start:
            return way
        if way[-1] not in seen:
            seen.add(way[-1])
            ways += [(*way, other) for other in joins.get(way[-1], ()) if other is not None]
    return ()


def _told(ring: Sequence[str]) -> str:
    if len(ring) == 2:
        return f"'{ring[0]}' joins itself. Name the same source as a second dataset, and join that."
    way = " joins ".join(f"'{name}'" for name in ring)
    return f"It leads back: {way}. Many rows to one cannot hold all the way: drop one."


def joined_twice(names: Iterable[str]) -> list[Contradiction]:
    """Find a dataset that another one joins twice: its columns would share their names.

    >>> joined_twice(["airports", "airports"])[0][0]
    ('joins', 1, 'dataset')
    """
    found: list[Contradiction] = []
    seen: set[str] = set()
    for index, name in enumerate(names):
        if name in seen:
            message = (
                f"'{written(name)}' is joined already, and its columns would share their names. "
                "Name the same source as a second dataset, and join that."
            )
            found.append((("joins", index, "dataset"), message))
        seen.add(name)
    return found


def joined_column_contradictions(
    on: Mapping[str, str], columns: Sequence[str]
) -> list[Contradiction]:
    """Find columns wanted of a join that are here already: its key's, and those named twice.

    >>> joined_column_contradictions({"customer": "id"}, ["id"])[0][1]
    "'id' is the key of the join: 'customer' has its values here already. Leave it out."
    """
    found: list[Contradiction] = []
    here = {there: column for column, there in on.items()}
    for index, column in enumerate(columns):
        if column in here:
            message = (
                f"'{written(column)}' is the key of the join: '{written(here[column])}' has its "
                "values here already. Leave it out."
            )
            found.append((("columns", index), message))
        elif column in columns[:index]:
            message = f"'{written(column)}' is named twice. Once will do."
            found.append((("columns", index), message))
    return found
