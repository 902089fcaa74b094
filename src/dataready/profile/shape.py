"""The shape of a text: runs of digits read 9, runs of letters a, and white space one blank.

"AB-12 c" reads "a-9 a": what a column's cells have in common is their shape. `shape` says it
in SQL, which findings quote; `shapes` computes the same in columns of bytes, three times as
fast, for the profile of millions of different texts.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["shape", "shapes"]

_PATTERNS = ((r"\p{Nd}+", "9"), (r"\pL+", "a"), (r"\s+", " "))
_DIGIT, _LETTER, _BLANK = b"9a "
_KINDS = bytes(
    _DIGIT
    if 48 <= byte < 58
    else _LETTER
    if byte < 128 and chr(byte).isalpha()
    else _BLANK
    if byte in b" \t\n\f\r"
    else byte
    for byte in range(256)
)


def shape(text: str) -> str:
    """Write the expression for a text's shape."""
    for pattern, kind in _PATTERNS:
        text = f"regexp_replace({text}, '{pattern}', '{kind}', 'g')"
    return text


def shapes(texts: pa.Array) -> pa.Array:
    """Compute the shape of each text.

    Args:
        texts: Strings without nulls.

    Returns:
        As many large strings.

    >>> shapes(pa.array(["AB-12 c", "n\u00e9e 7"])).to_pylist()
    ['a-9 a', 'a 9']
    """
    texts = texts.cast(pa.large_string())
    offsets = np.frombuffer(texts.buffers()[1], np.int64)[
        texts.offset : texts.offset + len(texts) + 1
    ]
    first, last = int(offsets[0]), int(offsets[-1])
    raw = memoryview(texts.buffers()[2] or b"")[first:last]
    if not bytes(raw).isascii():
        return _in_any_script(texts)
    kinds = np.frombuffer(bytes(raw).translate(_KINDS), np.uint8)
    runs = (kinds == _DIGIT) | (kinds == _LETTER) | (kinds == _BLANK)
    kept = np.ones(kinds.size + 1, bool)
    kept[1:-1] = (kinds[1:] != kinds[:-1]) | ~runs[1:]
    kept[offsets - first] = True
    places = np.flatnonzero(kept[: kinds.size])
    ends = np.searchsorted(places, offsets - first)
    return pa.Array.from_buffers(
        pa.large_string(), len(texts), [None, pa.py_buffer(ends), pa.py_buffer(kinds[places])]
    )


def _in_any_script(texts: pa.Array) -> pa.Array:
    """Digits and letters of all scripts, by regular expression."""
    for pattern, kind in _PATTERNS:
        texts = pc.replace_substring_regex(texts, pattern, kind)
    return texts
