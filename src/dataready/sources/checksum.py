"""Sums that do not depend on the order of rows, for sources that know MD5 but no better hash."""

from __future__ import annotations

import hashlib

import numpy as np
import pyarrow as pa

__all__ = ["MD5_SUM", "decimal_text", "digest_bits", "short_md5"]

MD5_SUM = "sum(CAST(CAST('0x' || left(md5({}), 15) AS BIGINT) AS HUGEINT))"
"""DuckDB's sum of the first 60 bits of the MD5 of texts or bytes."""


def decimal_text(sql: str, digits: int, scale: int) -> str:
    """Write in DuckDB's SQL a DECIMAL as servers write it: with a digit before the point.

    DuckDB writes `.5` where all digits are behind it.

    >>> decimal_text("d", 4, 2)
    'CAST(d AS VARCHAR)'
    """
    text = f"CAST({sql} AS VARCHAR)"
    return text if digits > scale else rf"regexp_replace({text}, '^(-?)[.]', '\10.')"


def short_md5(value: bytes) -> int:
    """Answer the first 60 bits of an MD5, as a number.

    >>> short_md5(b"abc") == int("900150983cd24fb0d6963f7d28e17f72"[:15], 16)
    True
    """
    digest = hashlib.md5(value, usedforsecurity=False).digest()
    return int.from_bytes(digest[:8], "big") >> 4


def digest_bits(values: pa.Array) -> int:
    """Sum the bits of floating-point numbers, read as whole numbers.

    >>> digest_bits(pa.array([0.0, 2.0])) == 0x4000000000000000
    True
    """
    numbers = values.cast(pa.float64()).to_numpy(zero_copy_only=False)
    return int(numbers.view(np.uint64).sum(dtype=np.uint64))
