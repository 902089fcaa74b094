"""Sufficient statistics that merge.

A *state* is the least one must remember about some rows to know a metric of them. States
of disjoint rows add up to the state of their union, so a partition is scanned once, kept,
and never read again. Every state obeys four laws, which `dataready.testing` checks:

    identity       a + empty == a
    commutativity  a + b == b + a
    associativity  (a + b) + c == a + (b + c)
    homomorphism   of(rows1 + rows2) == of(rows1) + of(rows2)
"""

from __future__ import annotations

import heapq
import math
import struct
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

__all__ = ["Counts", "Extremes", "Moments", "Sketch", "State", "Tails", "Tally", "hash_of"]

_HASH = np.dtype("<u8")
_MASK = (1 << 64) - 1
_SEED, _STEP, _FACTOR = 0xE17A1465, 0xC6A4A7935BD1E995, 0xD6E8FEB86659FD93


class State(Protocol):
    """What every sufficient statistic can do."""

    def __add__(self, other: Self, /) -> Self:
        """Merge with the state of other, disjoint rows."""
        ...


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows that satisfy each of some predicates, by the predicate's name.

    >>> (Counts({"rows": 4, "nulls": 1}) + Counts({"rows": 2, "nulls": 0}))["rows"]
    6
    """

    counts: Mapping[str, int]

    def __add__(self, other: Counts) -> Counts:
        """Add count to count."""
        names = {**self.counts, **other.counts}
        return Counts({k: self[k] + other[k] for k in names})

    def __getitem__(self, name: str) -> int:
        """Answer a count; one that was never asked for is 0."""
        return self.counts.get(name) or 0


@dataclass(frozen=True, slots=True)
class Moments:
    """Count, mean and sum of squared deviations of a column's values.

    Merged pairwise as in Chan, Golub & LeVeque (1983). Kept as deviations, not as a sum of
    squares, because that cancels badly where mean >> standard deviation.
    """

    n: int = 0
    mean: float = 0.0
    m2: float = 0.0

    def __add__(self, other: Moments) -> Moments:
        """Merge two disjoint samples without revisiting either."""
        n = self.n + other.n
        if not n:
            return self
        delta = other.mean - self.mean
        return Moments(
            n=n,
            mean=self.mean + delta * other.n / n,
            m2=self.m2 + other.m2 + delta**2 * self.n * other.n / n,
        )

    @property
    def std(self) -> float | None:
        """The population standard deviation, in the column's own unit; None for no rows."""
        return math.sqrt(max(self.m2, 0.0) / self.n) if self.n else None


@dataclass(frozen=True, slots=True)
class Extremes:
    """The least, the greatest and the sum of a column's values; None and 0 for none.

    >>> Extremes(1, 4, 9) + Extremes()
    Extremes(low=1, high=4, total=9)
    """

    low: float | None = None
    high: float | None = None
    total: float = 0

    def __add__(self, other: Extremes) -> Extremes:
        """Keep the outer ones."""
        lows = [v for v in (self.low, other.low) if v is not None]
        highs = [v for v in (self.high, other.high) if v is not None]
        return Extremes(min(lows, default=None), max(highs, default=None), self.total + other.total)


@dataclass(frozen=True, slots=True)
class Tails:
    """The `size` smallest and largest values of a column, repeats included.

    Enough to see a sentinel at either end: a spike of one value, and a gap beside it.
    """

    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    size: int = 100

    def __add__(self, other: Tails) -> Tails:
        """Keep the outermost values of both."""
        return Tails(
            tuple(heapq.nsmallest(self.size, self.low + other.low)),
            tuple(heapq.nlargest(self.size, self.high + other.high)),
            self.size,
        )


_NONE: Mapping[Hashable, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Tally:
    """Rows per value: always for the known values, for others while they are few.

    `other` is exact for up to `cap` values that are not known, and None beyond: a state of
    too many values absorbs whatever is merged into it, which keeps the laws and the memory.
    `total` counts all rows, so that the mass of the others is known even then.
    """

    known: Mapping[Hashable, int] = field(default_factory=lambda: _NONE)
    other: Mapping[Hashable, int] | None = field(default_factory=lambda: _NONE)
    total: int = 0
    cap: int = 10_000

    @classmethod
    def of(
        cls,
        rows: Iterable[tuple[Hashable, int]] | None,
        *,
        known: Iterable[Hashable] = (),
        known_counts: Mapping[Hashable, int] | None = None,
        total: int | None = None,
        cap: int = 10_000,
    ) -> Tally:
        """Build from (value, rows) pairs, or from None where the values were too many."""
        counts = dict.fromkeys(known, 0)
        if rows is None:
            return cls(counts | dict(known_counts or {}), None, total or 0, cap)
        other: dict[Hashable, int] = {}
        for value, n in rows:
            (counts if value in counts else other)[value] = n
        everything = sum(counts.values()) + sum(other.values())
        return cls(counts, other if len(other) <= cap else None, everything, cap)

    def __add__(self, other: Tally) -> Tally:
        """Add value by value; more than `cap` others become None."""
        known = {
            v: self.known.get(v, 0) + other.known.get(v, 0) for v in {**self.known, **other.known}
        }
        rest: dict[Hashable, int] | None = None
        if self.other is not None and other.other is not None:
            rest = dict(self.other)
            for value, n in other.other.items():
                rest[value] = rest.get(value, 0) + n
            rest = rest if len(rest) <= self.cap else None
        return Tally(known, rest, self.total + other.total, self.cap)

    @property
    def exact(self) -> bool:
        """Whether every value's count is known."""
        return self.other is not None

    @property
    def counts(self) -> dict[Hashable, int]:
        """All the counts there are, zeros left out."""
        return {v: n for v, n in {**self.known, **(self.other or {})}.items() if n}

    @property
    def unknown(self) -> int:
        """Rows whose value is not one of the known."""
        return self.total - sum(self.known.values())

    def ranked(self) -> list[tuple[Hashable, int]]:
        """Values by falling count, ties by smaller value."""
        by_value = sorted(self.counts.items(), key=lambda item: (str(type(item[0])), item[0]))
        return sorted(by_value, key=lambda item: -item[1])


@dataclass(frozen=True, slots=True)
class Sketch:
    """The `size` smallest distinct hashes of a column's values (KMV sketch), each 8 bytes.

    Below `size` the count of distinct values is exact; above it the estimate's relative
    standard error is 1/sqrt(size - 2): 1.1 %. Source: Bar-Yossef et al. (2002), Counting
    distinct elements in a data stream, RANDOM, LNCS 2483. The hash is `hash_of`, so that
    sketches of different engines, versions and machines may be merged.
    """

    hashes: bytes = b""
    size: int = 8192

    @classmethod
    def of(cls, hashes: Iterable[int], size: int = 8192) -> Sketch:
        """Keep the smallest of some hashes, in any order, each once."""
        return cls(np.unique(np.fromiter(hashes, _HASH))[:size].tobytes(), size)

    @property
    def smallest(self) -> NDArray[np.uint64]:
        """The hashes, ascending; shape (at most `size`,)."""
        return np.frombuffer(self.hashes, _HASH)

    def __add__(self, other: Sketch) -> Sketch:
        """Keep the smallest of both, each once."""
        both = np.union1d(self.smallest, other.smallest)[: self.size]
        return Sketch(both.astype(_HASH).tobytes(), self.size)

    @property
    def exact(self) -> bool:
        """Whether the number of distinct values is counted, not estimated."""
        return len(self.hashes) // _HASH.itemsize < self.size

    @property
    def distinct(self) -> int:
        """The number of distinct values, of 64-bit hashes."""
        if self.exact:
            return len(self.hashes) // _HASH.itemsize
        return round((self.size - 1) * 2**64 / (int(self.smallest[-1]) + 1))

    def share_in(self, other: Sketch) -> float:
        """How much of this column's distinct values another one has, in [0, 1].

        Of the hashes up to where both sketches are complete; exact where both are exact.
        Source: Beyer et al. (2007), On synopses for distinct-value estimation under multiset
        operations, SIGMOD.

        >>> Sketch.of([1, 2, 3, 4]).share_in(Sketch.of([2, 4, 6]))
        0.5
        """
        mine, others = self.smallest, other.smallest
        ends = [s.smallest[-1] for s in (self, other) if not s.exact]
        if ends:
            mine = mine[mine <= min(ends)]
        return float(np.isin(mine, others).mean()) if mine.size else 0.0


def hash_of(value: str | float) -> int:
    """Hash a value to 64 bits: what a `Sketch` is made of, for any engine to compute.

    The bytes of a text (UTF-8) or of a double (little-endian; no negative zero), eight by
    eight, are mixed in by exclusive or and a multiplication; the finalizer is that of
    MurmurHash with another constant. DuckDB 1.5 computes the same as ``hash(value)``.

    >>> hash_of("") == hash_of("a"), hash_of(0.0) == hash_of(-0.0)
    (False, True)
    """
    if isinstance(value, float):
        return _finalized(struct.unpack("<Q", struct.pack("<d", value + 0.0))[0])
    raw = value.encode()
    h = _SEED ^ (len(raw) * _STEP & _MASK)
    for at in range(0, len(raw), 8):
        h = (h ^ int.from_bytes(raw[at : at + 8], "little")) * _FACTOR & _MASK
    return _finalized(h)


def _finalized(h: int) -> int:
    for _ in range(2):
        h = (h ^ h >> 32) * _FACTOR & _MASK
    return h ^ h >> 32
