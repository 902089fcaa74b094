"""A profile's states on disk: versioned JSON, of which parts of a table, under which plan.

States merge, so that a table that has grown costs only its new rows; what was read before is
used again where nothing of it has changed: neither the rows, nor how they are read. A file
that is damaged, or of another version, is as good as none.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb

from dataready.extract.manifest import Extract
from dataready.model import FILE_COLUMN, TABLE
from dataready.profile.look import Look
from dataready.profile.metric import Metric
from dataready.profile.plan import Plan
from dataready.profile.scan import scan
from dataready.profile.state import (
    Counts,
    Extremes,
    Moments,
    Sketch,
    State,
    Tails,
    Tally,
    hash_of,
)
from dataready.sql import ident

__all__ = ["Stored", "dumped", "loaded", "parts_of", "scan_grown"]

FORMAT = 1
_NEW = "dataready_new_rows"
_PROBE = "dataready"


@dataclass(frozen=True, slots=True)
class Stored:
    """States of some parts of a table.

    `about` is a hash of all that the states depend on but the rows; `parts` are hashes of the
    files, or pieces of a table, that have been read, each with how often it was.
    """

    about: str
    parts: Counter[str]
    states: Mapping[str, State]


def parts_of(extract: Extract) -> tuple[str, ...]:
    """Hash what is known of each of an extract's files, in the order of their numbers."""
    return tuple(_hashed(asdict(file)) for file in extract.manifest.files)


def scan_grown(
    con: duckdb.DuckDBPyConnection,
    plan: Plan,
    extract: Extract,
    metrics: list[Metric[State]],
    *,
    store: Path,
    names: Mapping[str, str] | None = None,
    look: Look | None = None,
    share: Callable[[float], None] | None = None,
) -> dict[str, State]:
    """Compute the state of every metric, of rows that have not been read before alone.

    Args:
        con: An open connection to the extract.
        plan: How cells are read.
        extract: The extract.
        metrics: As `scan` takes them.
        store: The file of states, replaced at the end; where it does not fit, all rows are read.
        names: Pilot column -> the extract's column, where they differ.
        look: A first look at the extract, if there has been one.
        share: Told which share of the questions is answered, in [0, 1].
    """
    schema = extract.manifest.schema
    about = _about(con, plan, extract, metrics, names or {})
    parts, before = parts_of(extract), loaded(store, about)
    new = Counter(parts) - before.parts if before else Counter(parts)
    if before is None or before.parts - Counter(parts):
        states = scan(con, plan, schema, metrics, names=names, look=look, share=share)
    elif not new:
        states = dict(before.states)
    else:
        numbers = []
        for number, part in enumerate(parts):
            if new[part]:
                new[part] -= 1
                numbers.append(str(number))
        some = f"{ident(FILE_COLUMN)} IN ({', '.join(numbers)})"
        rows = f"SELECT * FROM {ident(TABLE)} WHERE {some}"
        con.execute(f"CREATE OR REPLACE TEMP VIEW {_NEW} AS {rows}")
        added = scan(con, plan, schema, metrics, table=_NEW, names=names, share=share)
        con.execute(f"DROP VIEW {_NEW}")
        states = {id_: _sum(before.states[id_], state) for id_, state in added.items()}
    _write(store, dumped(Stored(about, Counter(parts), states)))
    return states


def _sum(left: Any, right: Any) -> State:  # noqa: ANN401
    total: State = left + right
    return total


def _about(
    con: duckdb.DuckDBPyConnection,
    plan: Plan,
    extract: Extract,
    metrics: list[Metric[State]],
    names: Mapping[str, str],
) -> str:
    """Hash the plan, how rows were read and joined, what is asked, and how the engine hashes."""
    manifest = extract.manifest
    (engine,) = con.execute("SELECT hash(?::VARCHAR)", [_PROBE]).fetchone() or (0,)
    return _hashed(
        [
            FORMAT,
            int(engine),
            [asdict(column) for column in plan],
            plan.pairs,
            [(c.name, c.type) for c in manifest.columns],
            manifest.request,
            manifest.scope,
            {name: str(treatment) for name, treatment in manifest.treated.items()},
            [(join.dataset, join.on, join.columns, join.fingerprint) for join in manifest.joins],
            sorted(metric.id for metric in metrics),
            dict(names),
        ]
    )


def dumped(stored: Stored) -> str:
    """Write states as JSON."""
    document = {
        "format": FORMAT,
        "hash_of": {_PROBE: hash_of(_PROBE)},
        "about": stored.about,
        "parts": dict(stored.parts),
        "states": {id_: _plain(state) for id_, state in stored.states.items()},
    }
    return json.dumps(document, separators=(",", ":"))


def loaded(path: Path, about: str) -> Stored | None:
    """Read states that are about the same; None where there are none, or they are damaged."""
    try:
        document = json.loads(path.read_text())
        if (document["format"], document["about"]) != (FORMAT, about):
            return None
        states = {id_: _state(plain) for id_, plain in document["states"].items()}
        return Stored(about, Counter(document["parts"]), states)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _plain(state: State) -> dict[str, Any]:
    match state:
        case Counts(counts):
            return {"kind": "counts", "counts": dict(counts)}
        case Moments(n, mean, m2):
            return {"kind": "moments", "n": n, "mean": mean, "m2": m2}
        case Extremes(low, high, total):
            return {"kind": "extremes", "low": low, "high": high, "total": total}
        case Tails(low, high, size):
            return {"kind": "tails", "low": low, "high": high, "size": size}
        case Tally(known, other, total, cap):
            others = None if other is None else list(other.items())
            return {
                "kind": "tally",
                "known": list(known.items()),
                "other": others,
                "total": total,
                "cap": cap,
            }
        case Sketch(hashes, size):
            return {"kind": "sketch", "hashes": base64.b64encode(hashes).decode(), "size": size}
    msg = f"There is no JSON for a {type(state).__name__}. Add it to {__name__}."
    raise TypeError(msg)


def _state(plain: Mapping[str, Any]) -> State:
    fields = {name: value for name, value in plain.items() if name != "kind"}
    match plain["kind"]:
        case "counts":
            return Counts(**fields)
        case "moments":
            return Moments(**fields)
        case "extremes":
            return Extremes(**fields)
        case "tails":
            return Tails(tuple(fields["low"]), tuple(fields["high"]), fields["size"])
        case "tally":
            other = fields["other"]
            return Tally(
                _counted(fields["known"]),
                None if other is None else _counted(other),
                fields["total"],
                fields["cap"],
            )
        case "sketch":
            return Sketch(base64.b64decode(fields["hashes"]), fields["size"])
    raise KeyError(plain["kind"])


def _counted(pairs: list[list[Any]]) -> dict[Hashable, int]:
    return {tuple(key) if isinstance(key, list) else key: n for key, n in pairs}


def _hashed(value: object) -> str:
    text = json.dumps(value, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _write(path: Path, text: str) -> None:
    """Replace a file as a whole, for its owner's eyes alone: it holds values."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    temporary.replace(path)
