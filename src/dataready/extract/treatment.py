"""What is done to values at the door: a keyed hash lands instead of what must not be known."""

from __future__ import annotations

import hashlib
import os

from dataready.errors import ConfigError
from dataready.model import SourceSpec

__all__ = ["HASHED", "KEY", "hash_parameters", "keyed_hash"]

KEY = "DATAREADY_HASH_KEY"
"""The environment variable that holds the key of the hashes."""
HASHED = "VARCHAR"
"""The type that a hashed column lands with."""

_BLOCK = 64
_LEAST = 16


def keyed_hash(expression: str) -> str:
    """Write HMAC-SHA-256 of a value's text as SQL, in hexadecimal; NULL stays NULL.

    The key comes as the parameters that `hash_parameters` answers, so that no statement
    holds it.

    >>> keyed_hash("c0")
    'sha256($outer || from_hex(sha256($inner || encode(CAST(c0 AS VARCHAR)))))'
    """
    return f"sha256($outer || from_hex(sha256($inner || encode(CAST({expression} AS VARCHAR)))))"


def hash_parameters(spec: SourceSpec) -> dict[str, bytes]:
    """Answer the parameters of `keyed_hash`; none where no column is hashed.

    Raises:
        ConfigError: The key is not set, or is too short to keep anybody out.
    """
    if "hash" not in spec.treat.values():
        return {}
    key = os.environ.get(KEY, "").encode()
    if len(key) < _LEAST:
        there = "is not set" if not key else f"has only {len(key)} bytes"
        msg = (
            f"Columns are to be hashed, but the environment variable '{KEY}' {there}. Set it to a "
            f"secret of at least {_LEAST} bytes, the same for pilot and production and every night."
        )
        raise ConfigError(msg)
    return _padded(key)


def _padded(key: bytes) -> dict[str, bytes]:
    """Answer the two keys that HMAC makes of one (RFC 2104)."""
    if len(key) > _BLOCK:
        key = hashlib.sha256(key).digest()
    key = key.ljust(_BLOCK, b"\0")
    return {"outer": bytes(b ^ 0x5C for b in key), "inner": bytes(b ^ 0x36 for b in key)}
