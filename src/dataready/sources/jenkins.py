"""PostgreSQL's own hash of values, for many at once: Bob Jenkins' lookup3, 64 bits, seed 0.

The server sums `hashtextextended(value, 0)` and its kin where the rows are; the same sum of
what landed proves that no value was altered, lost or doubled, in whatever order. The functions
are as stable as hash partitions on disk, which depend on them.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

__all__ = ["digest_floats", "digest_integers", "digest_text", "sum_of"]

U32 = np.ndarray[tuple[int, ...], np.dtype[np.uint32]]
U8 = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]
I64 = np.ndarray[tuple[int, ...], np.dtype[np.int64]]
U64 = np.ndarray[tuple[int, ...], np.dtype[np.uint64]]

_START = 0x9E3779B9 + 3923095
_MASK = 0xFFFFFFFF
_BLOCK = 12
_ROWS = 1 << 13
_SAMPLE = 1 << 10
_NAN = 0x7FF8000000000000
_MIX = ((4, 0, 2, 1), (6, 1, 0, 2), (8, 2, 1, 0), (16, 0, 2, 1), (19, 1, 0, 2), (4, 2, 1, 0))
_FINAL = ((14, 2, 1), (11, 0, 2), (25, 1, 0), (16, 2, 1), (4, 0, 2), (14, 1, 0), (24, 2, 1))


def digest_text(values: pa.Array) -> int:
    """Sum the hashes of texts or bytes: of `hashtextextended(value COLLATE "C", 0)`.

    >>> digest_text(pa.array(["dataready"]))
    13978003324248873422
    """
    times: U64 | None = None
    if len(values) > _SAMPLE and len(values.slice(0, _SAMPLE).unique()) < _SAMPLE // 4:
        # What repeats is hashed once, and counts as often as it is there.
        encoded = values.dictionary_encode()
        values = encoded.dictionary
        found = np.bincount(encoded.indices.to_numpy(), minlength=len(values))
        times = found.astype(np.uint64)
    large = pa.types.is_large_string(values.type) or pa.types.is_large_binary(values.type)
    plain = values.cast(pa.large_binary() if large else pa.binary())
    wide = np.int64 if pa.types.is_large_binary(plain.type) else np.int32
    _, places, data = plain.buffers()
    offsets = np.frombuffer(places, dtype=wide)[plain.offset : plain.offset + len(plain) + 1]
    raw = b"" if data is None else memoryview(data)[: int(offsets[-1])]
    return _sum_texts(np.frombuffer(raw, dtype=np.uint8), offsets.astype(np.int64), times)


def digest_integers(values: pa.Array) -> int:
    """Sum the hashes of 64-bit integers: of `hashint8extended(value, 0)`."""
    whole = values.cast(pa.int64()).to_numpy(zero_copy_only=False)
    low = (whole & _MASK).astype(np.uint32)
    high = (whole >> 32).astype(np.int64)
    folded = np.where(high >= 0, high, ~high) & _MASK
    return sum_of(_short([low ^ folded.astype(np.uint32)], 4))


def digest_floats(values: pa.Array) -> int:
    """Sum the hashes of floating-point numbers: of `hashfloat8extended(value, 0)`.

    Both zeros hash to 0, and all NaN alike.
    """
    numbers = values.cast(pa.float64()).to_numpy(zero_copy_only=False)
    bits = numbers.view(np.uint64).copy()
    bits[np.isnan(numbers)] = _NAN
    words = [(bits & _MASK).astype(np.uint32), (bits >> np.uint64(32)).astype(np.uint32)]
    hashed = _short(words, 8)
    hashed[numbers == 0] = 0
    return sum_of(hashed)


def sum_of(hashes: U64) -> int:
    """Sum hashes, modulo 2**64."""
    return int(hashes.sum(dtype=np.uint64)) if hashes.size else 0


def _sum_texts(data: U8, offsets: I64, times: U64 | None) -> int:
    """Sum the hashes of texts, those of one length together; `times` is how often each counts."""
    begins, lengths = offsets[:-1], np.diff(offsets)
    padded = np.concatenate([data, np.zeros(_BLOCK, dtype=np.uint8)])
    # Four bytes at every place, whatever its alignment, as one number.
    words = np.ndarray((padded.size - 3,), dtype="<u4", buffer=padded.data, strides=(1,))
    total = 0
    # Short integers are sorted by their digits, which takes a fraction of the time.
    short = lengths.astype(np.uint16) if lengths.max(initial=0) < 1 << 16 else lengths
    order = np.argsort(short, kind="stable")
    ordered = short[order]
    firsts = np.flatnonzero(np.diff(ordered, prepend=-1)) if len(ordered) else ordered
    bounds = [*firsts.tolist(), len(order)]
    for i, size in enumerate(ordered[firsts].tolist()):
        same = order[bounds[i] : bounds[i + 1]]
        for k in range(0, len(same), _ROWS):
            some = same[k : k + _ROWS]
            hashes = _hash_alike(words, begins[some], size)
            # The product wraps where the sum does.
            total += sum_of(hashes if times is None else hashes * times[some])
    return total % (1 << 64)


def _hash_alike(words: U32, begins: I64, size: int) -> U64:
    """Hash texts that have the same length in bytes."""
    state: list[U32] = [
        np.full(len(begins), (_START + size) & _MASK, dtype=np.uint32) for _ in range(3)
    ]
    left, at = size, begins
    while left >= _BLOCK:
        for i in range(3):
            state[i] += words[at + 4 * i]
        _mix(state)
        at = at + _BLOCK
        left -= _BLOCK
    for i in range(3):
        some = min(4, left - 4 * i)
        if some > 0:
            word = words[at + 4 * i] & np.uint32((1 << 8 * some) - 1)
            # The lowest byte of the last word is reserved for the length.
            state[i] += word << np.uint32(8) if i == 2 else word
    return _final(state)


def _short(words: list[U32], size: int) -> U64:
    """Hash values of one or two words."""
    state: list[U32] = [
        np.full(len(words[0]), (_START + size) & _MASK, dtype=np.uint32) for _ in range(3)
    ]
    for i, word in enumerate(words):
        state[i] += word
    return _final(state)


def _begin(count: int, size: int) -> list[U32]:
    """Answer the first state for some values of one length in bytes."""
    return [np.full(count, (_START + size) & _MASK, dtype=np.uint32) for _ in range(3)]


def _turn(word: U32, bits: int) -> U32:
    """Rotate to the left."""
    return (word << np.uint32(bits)) | (word >> np.uint32(32 - bits))


def _mix(state: list[U32]) -> None:
    """Stir a full block in."""
    for bits, x, y, z in _MIX:
        state[x] -= state[y]
        state[x] ^= _turn(state[y], bits)
        state[y] += state[z]


def _final(state: list[U32]) -> U64:
    """Stir the end in, and make 64 bits of it."""
    for bits, x, y in _FINAL:
        state[x] ^= state[y]
        state[x] -= _turn(state[y], bits)
    return (state[1].astype(np.uint64) << np.uint64(32)) | state[2]
