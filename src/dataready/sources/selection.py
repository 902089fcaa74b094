"""Which columns of a source are read, and what of the settings a kind of source can do."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import fields

from dataready.errors import ConfigError, NoSuchColumnError
from dataready.model import SourceSpec
from dataready.sources.url import shown

__all__ = [
    "check_names",
    "hashed",
    "is_read",
    "refuse_server_settings",
    "request_of",
    "selection_options",
    "table_options",
]

_SERVER_ONLY = ("tables", "schema", "query", "where", "watermark", "look_back")


def is_read(column: str, spec: SourceSpec) -> bool:
    """Say whether the settings let a column in.

    >>> is_read("name", SourceSpec(path="x", without=("name",)))
    False
    """
    if column in spec.without or spec.treat.get(column) == "drop":
        return False
    return not spec.columns or column in spec.columns


def hashed(column: str, spec: SourceSpec) -> bool:
    """Say whether a column lands as a keyed hash."""
    return spec.treat.get(column) == "hash"


def check_names(there: Iterable[str], spec: SourceSpec, *, table: str) -> None:
    """Check that the columns which the settings select or treat are there.

    A misspelt name in `without` or `treat` would let in what is to be kept out.

    Raises:
        NoSuchColumnError: One is not.
        ConfigError: No column is left to read.
    """
    names = tuple(dict.fromkeys(there))
    for column in (*spec.columns, *spec.without, *spec.treat):
        if column not in names:
            raise NoSuchColumnError(column, table=table, available=names)
    if names and not any(is_read(name, spec) for name in names):
        msg = (
            f"The settings leave no column of '{table}' to read. It has: {', '.join(names)}. "
            "Let one in."
        )
        raise ConfigError(msg)


def refuse_server_settings(spec: SourceSpec, kind: str, allowed: Sequence[str] = ()) -> None:
    """Refuse settings that only a database understands.

    Args:
        spec: What the settings say.
        kind: The kind of source, for the message.
        allowed: Those of them that this kind does understand.

    Raises:
        ConfigError: One is given.
    """
    for name in _SERVER_ONLY:
        if getattr(spec, name) and name not in allowed:
            msg = f"'{name}' is for databases, and this source is of the kind '{kind}'. Remove it."
            raise ConfigError(msg)
    if spec.mode == "incremental" and "watermark" not in allowed:
        msg = f"'mode: incremental' is for databases, and this source is of the kind '{kind}'."
        raise ConfigError(msg)


def selection_options(spec: SourceSpec) -> tuple[str, ...]:
    """Spell what is selected and treated, for the fingerprint; nothing where it is all."""
    said: dict[str, object] = {
        "columns": spec.columns,
        "without": spec.without,
        "treat": tuple(sorted(spec.treat.items())),
        "where": spec.where,
    }
    return tuple(f"{name}={value!r}" for name, value in said.items() if value)


def table_options(spec: SourceSpec) -> tuple[str, ...]:
    """Spell which tables of a server are read, for the fingerprint."""
    said = {n: getattr(spec, n) for n in ("table", "tables", "schema", "query")}
    return tuple(f"{name}={value!r}" for name, value in said.items() if value)


def request_of(spec: SourceSpec) -> str:
    """Hash what the settings ask for: two requests that are equal are answered alike."""
    # Values from the environment count, too; of an address, all but the secrets in it.
    asked = {f.name: _plain(getattr(spec, f.name)) for f in fields(spec) if f.name != "politeness"}
    asked["path"] = shown(str(spec.path))
    return hashlib.sha256(repr(asked).encode()).hexdigest()


def _plain(value: object) -> object:
    """Answer a setting without its wrapping, which hides what came from the environment."""
    if isinstance(value, str):
        return str(value)
    return tuple(_plain(v) for v in value) if isinstance(value, tuple) else value
