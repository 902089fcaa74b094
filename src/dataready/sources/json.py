"""JSON: an array of objects, an object a line, or objects one after the other."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np

from dataready.errors import EmptySourceError, SourceError
from dataready.model import Column, SourceSpec
from dataready.sources.file import Found, facts
from dataready.sources.name import named
from dataready.sources.source import NULL_TYPE, FilePart, Part, Reading, Reject, Rejecter
from dataready.sources.text import CHUNK, encoding_of, plain
from dataready.sql import literal

__all__ = ["JsonPart", "JsonSource"]

_MOST_KEYS = 5000
_INTEGERS = {"UBIGINT", "BIGINT"}
_NUMBERS = _INTEGERS | {"DOUBLE"}
_NESTED = {"OBJECT", "ARRAY"}
_BATCH = 10_000
_BLANK = tuple(b" \t\r\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonPart(FilePart):
    """One JSON file; `layout` is DuckDB's word for how its records are strung together."""

    layout: str

    @contextmanager
    def read(
        self, con: duckdb.DuckDBPyConnection, scratch: Path, reject: Rejecter
    ) -> Iterator[Reading]:
        """Refuse what is no object, and hand over the rest."""
        with plain(self.path, self.encoding or "utf-8", scratch) as text:
            if self.layout == "newline_delimited":
                records, counted = _count_lines(text), "counted as lines that are not blank"
            else:
                records, counted = _count_values(text, self.layout), "counted in the text"
            with _understood(self.name):
                refused = _refused(con, text, self.layout)
                for at in range(0, len(refused), _BATCH):
                    reject(_rejects(text, self.layout, refused[at : at + _BATCH]))
                why = f"{len(refused)} of {records} records were refused: they are no JSON objects."
                yield Reading(
                    select=_select(text, self.layout, self.columns),
                    records=records,
                    counted=counted,
                    rejected=len(refused),
                    notes=(why,) if refused else (),
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonSource:
    """JSON files; a key's values decide its type, and nothing is taken for a date."""

    spec: SourceSpec
    found: Found
    kind: str = "json"
    typed: bool = True

    @property
    def where(self) -> str:
        """The path as the settings give it."""
        return self.spec.path

    @property
    def options(self) -> tuple[str, ...]:
        """The encoding, where the settings say it."""
        return (f"encoding={self.spec.encoding!r}",) if self.spec.encoding else ()

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences about the source as a whole."""
        return self.found.notes

    def look(self, con: duckdb.DuckDBPyConnection, scratch: Path) -> tuple[Part, ...]:
        """Read every file once for its keys and the types of their values."""
        return tuple(
            _part(con, name, path, self.spec.encoding, scratch) for name, path in self.found.files
        )


def _part(
    con: duckdb.DuckDBPyConnection, name: str, path: Path, said: str | None, scratch: Path
) -> JsonPart:
    """Look at one file."""
    encoding, notes = encoding_of(path, said)
    with plain(path, encoding, scratch) as text, _understood(name):
        layout = _layout(con, text)
        keys = _keys(con, text, layout)
        if len(keys) > _MOST_KEYS:
            msg = f"'{name}' has more than {_MOST_KEYS} different keys: it is not a table."
            raise SourceError(msg)
        types, remarks = _types(con, text, layout, keys)
    if not keys:
        msg = f"'{name}' holds no JSON object with a key: there is no table in it."
        raise EmptySourceError(msg)
    file = facts(path)
    columns, made = named(keys, types)
    return JsonPart(
        name=name,
        path=path,
        bytes=file.bytes,
        modified_ns=file.modified_ns,
        sha256=file.sha256,
        columns=columns,
        header=tuple(keys),
        encoding=encoding,
        notes=(*notes, *made, *remarks),
        layout=layout,
    )


# ---- what DuckDB is asked --------------------------------------------------------------


def _objects(path: Path, layout: str) -> str:
    """Write the relation of a file's records: j the record, r its number."""
    lenient = ", ignore_errors = true" if layout == "newline_delimited" else ""
    return (
        "(SELECT json AS j, row_number() OVER () - 1 AS r "
        f"FROM read_json_objects({literal(path)}, format = {literal(layout)}{lenient}))"
    )


def _pointers(keys: Sequence[str]) -> str:
    """Write the JSON pointers of keys, as a DuckDB list."""
    spelt = (literal("/" + k.replace("~", "~0").replace("/", "~1")) for k in keys)
    return f"[{', '.join(spelt)}]"


def _layout(con: duckdb.DuckDBPyConnection, path: Path) -> str:
    """Say how records are strung together: an array, one a line, or anyhow."""
    with path.open("rb") as f:
        start = f.read(CHUNK).lstrip()
    if start.startswith(b"["):
        return "array"
    first, newline, _ = start.partition(b"\n")
    if not newline and len(first) >= CHUNK:
        return "newline_delimited"
    (row,) = con.execute("SELECT json_valid(?)", [first.decode("utf-8", "replace")]).fetchall()
    return "newline_delimited" if row[0] else "unstructured"


def _keys(con: duckdb.DuckDBPyConnection, path: Path, layout: str) -> list[str]:
    """List all keys, in the order in which they are met."""
    rows = con.execute(
        f"""
        SELECT k, min(r) AS first, arg_min(p, r) AS place
        FROM (SELECT r, unnest(ks) AS k, generate_subscripts(ks, 1) AS p
              FROM (SELECT r, json_keys(j) AS ks FROM {_objects(path, layout)}
                    WHERE json_type(j) = 'OBJECT'))
        GROUP BY k ORDER BY first, place, k LIMIT {_MOST_KEYS + 1}
        """
    ).fetchall()
    return [str(k) for k, _, _ in rows]


def _types(
    con: duckdb.DuckDBPyConnection, path: Path, layout: str, keys: Sequence[str]
) -> tuple[list[str], list[str]]:
    """Decide the type of every key from all of its values, and say where they are mixed."""
    if not keys:
        return [], []
    paths = _pointers(keys)
    rows = con.execute(
        f"""
        SELECT i, t, count(*), count(*) FILTER (
                 (t = 'DOUBLE' AND regexp_full_match(v, '-?[0-9]+'))
                 OR (t = 'UBIGINT' AND TRY_CAST(v AS BIGINT) IS NULL))
        FROM (SELECT unnest(json_type(j, {paths})) AS t,
                     unnest(json_extract_string(j, {paths})) AS v,
                     generate_subscripts({paths}, 1) AS i
              FROM {_objects(path, layout)} WHERE json_type(j) = 'OBJECT')
        WHERE t <> 'NULL' GROUP BY i, t
        """
    ).fetchall()
    counts: list[Counter[str]] = [Counter() for _ in keys]
    too_long: Counter[int] = Counter()
    for i, kind, n, longer in rows:
        counts[i - 1][kind] += n
        too_long[i - 1] += longer
    types, notes = [], []
    for i, (key, counted) in enumerate(zip(keys, counts, strict=True)):
        type_, note = _type(key, counted, too_long[i])
        types.append(type_)
        notes += [note] if note else []
    return types, notes


def _type(key: str, counted: Counter[str], too_long: int) -> tuple[str, str]:
    """Decide one key's type; the sentence is "" where there is nothing to say."""
    kinds = set(counted)
    if not kinds:
        return NULL_TYPE, ""
    if kinds <= _NUMBERS and too_long:
        note = f"Key '{key}' has whole numbers of more digits than a number holds; it is text here."
        return "VARCHAR", note
    if kinds <= _NUMBERS:
        return ("BIGINT" if kinds <= _INTEGERS else "DOUBLE"), ""
    if kinds == {"BOOLEAN"}:
        return "BOOLEAN", ""
    if kinds == {"VARCHAR"}:
        return "VARCHAR", ""
    if kinds <= _NESTED:
        return "VARCHAR", f"Key '{key}' is nested; it lands as JSON text."
    words = {"VARCHAR": "text", "BOOLEAN": "boolean", "OBJECT": "object", "ARRAY": "array"}
    said: Counter[str] = Counter()
    for kind, n in counted.items():
        said[words.get(kind, "number")] += n
    ordered = sorted(said.items(), key=lambda item: (-item[1], item[0]))
    listed = ", ".join(f"{n} {word}" for word, n in ordered)
    return "VARCHAR", f"Key '{key}' mixes types of values: {listed}. It lands as text."


def _select(path: Path, layout: str, columns: Sequence[Column]) -> str:
    """Write the SELECT of one column per key."""
    types = ["VARCHAR" if c.type == NULL_TYPE else c.type for c in columns]
    values = ", ".join(f"v[{i}]::{t} AS c{i}" for i, t in enumerate(types, 1))
    pointers = _pointers([c.source_name or "" for c in columns])
    return (
        f"SELECT {values} FROM (SELECT json_extract_string(j, {pointers}) AS v "
        f"FROM {_objects(path, layout)} WHERE json_type(j) = 'OBJECT')"
    )


def _refused(con: duckdb.DuckDBPyConnection, path: Path, layout: str) -> list[int]:
    """List the records that are no objects."""
    rows = con.execute(
        f"SELECT r FROM {_objects(path, layout)} "
        "WHERE json_type(j) IS DISTINCT FROM 'OBJECT' ORDER BY r"
    ).fetchall()
    return [int(r) for (r,) in rows]


@contextmanager
def _understood(name: str) -> Iterator[None]:
    """Say where a file stops being JSON, if DuckDB finds that it does.

    Raises:
        SourceError: It does.
    """
    try:
        yield
    except duckdb.InvalidInputException as e:
        place = re.search(r"in (line|record/value) (\d+)", str(e))
        where = f" at {place[1].replace('/value', '')} {place[2]}" if place else ""
        msg = (
            f"'{name}' is not whole JSON: it is cut short or damaged{where}. "
            "Fetch the file again, or export it with one object a line."
        )
        raise SourceError(msg) from None


# ---- what is counted apart from DuckDB ---------------------------------------------------


def _count_lines(path: Path) -> int:
    """Count the lines that are not blank."""
    with path.open("rb") as f:
        return sum(1 for line in f if line.strip(b" \t\r\n"))


def _count_values(path: Path, layout: str) -> int:
    """Count the members of an array, or the values that stand one after the other."""
    commas = closed = depth = 0
    inside, seen = 0, False
    rest = b""
    with path.open("rb") as f:
        while block := f.read(CHUNK):
            text = re.sub(rb"\\.", b"__", rest + block, flags=re.DOTALL)
            rest = b"\\" if text.endswith(b"\\") else b""
            a = np.frombuffer(text.removesuffix(b"\\"), np.uint8)
            quoted = (np.cumsum(a == ord('"')) + inside) % 2 == 1
            inside = int(quoted[-1]) if a.size else inside
            steps = (np.isin(a, (ord("{"), ord("[")))).astype(np.int64)
            steps -= np.isin(a, (ord("}"), ord("]")))
            steps[quoted] = 0
            depths = np.cumsum(steps) + depth
            depth = int(depths[-1]) if a.size else depth
            commas += int(np.count_nonzero((a == ord(",")) & ~quoted & (depths == 1)))
            closed += int(np.count_nonzero((steps < 0) & (depths == 0)))
            if not seen:
                member = (depths > 1) | ((depths == 1) & (steps == 0) & ~np.isin(a, _BLANK))
                seen = bool(member.any())
    return commas + int(seen) if layout == "array" else closed


def _rejects(path: Path, layout: str, numbers: Sequence[int]) -> list[Reject]:
    """Show the records that are refused; where records are lines, with their lines."""
    reason = "it is no JSON object"
    if layout != "newline_delimited":
        return [Reject(n, None, reason, "") for n in numbers]
    wanted = set(numbers)
    found = []
    record = -1
    with path.open("rb") as f:
        for line, raw in enumerate(f, 1):
            record += bool(raw.strip(b" \t\r\n"))
            if record in wanted:
                wanted.remove(record)
                shown = raw.rstrip(b"\r\n").decode("utf-8", "backslashreplace")
                found.append(Reject(record, line, reason, shown))
    return found
