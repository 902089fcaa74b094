"""A settings file -> Config, or all that is wrong with it."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from dataready.config.contradiction import (
    ContradictionError,
    name_contradictions,
    reference_contradictions,
)
from dataready.config.declared import Join, Model, Waiver
from dataready.config.document import MAX_BYTES, Document, Unreadable, parse
from dataready.config.join_contradiction import join_contradictions
from dataready.config.problem import Location, Problem, SettingsError, spell
from dataready.config.settings import Config, Dataset, Gates, Labels, Origin, Policy, Suites
from dataready.config.source import Politeness, Source
from dataready.config.text import Reference, expand, written
from dataready.errors import ConfigError, did_you_mean

__all__ = ["load_config"]

PASSWORD = re.compile(r"(?<=://)[^/@\s]+(?=@)")
LONGEST_QUOTE = 60

WORDS = {
    "bool_parsing": "is neither true nor false",
    "bool_type": "is neither true nor false",
    "date_from_datetime_inexact": "is no day; write it like 2026-12-31",
    "date_from_datetime_parsing": "is no day; write it like 2026-12-31",
    "date_type": "is no day; write it like 2026-12-31",
    "float_parsing": "is no number",
    "float_type": "is no number",
    "finite_number": "is no finite number",
    "int_parsing": "is no whole number",
    "int_parsing_size": "is too large a number",
    "int_type": "is no whole number",
    "int_from_float": "is no whole number",
    "string_type": "is no text",
    "dict_type": "is no mapping of names to values",
    "mapping_type": "is no mapping of names to values",
    "model_type": "is no mapping of settings to values",
    "tuple_type": "is no list",
}
"""What pydantic calls an error -> how a sentence about the value goes on."""

BOUNDS = {
    "greater_than": ("gt", "above"),
    "greater_than_equal": ("ge", "at least"),
    "less_than_equal": ("le", "at most"),
}

MODELS: tuple[tuple[Location, type[BaseModel]], ...] = (
    ((), Config),
    (("policy",), Policy),
    (("datasets", "*"), Dataset),
    (("datasets", "*", "pilot"), Source),
    (("datasets", "*", "pilot", "politeness"), Politeness),
    (("datasets", "*", "production"), Source),
    (("datasets", "*", "production", "politeness"), Politeness),
    (("datasets", "*", "suites"), Suites),
    (("datasets", "*", "gates"), Gates),
    (("datasets", "*", "joins", "*"), Join),
    (("datasets", "*", "waivers", "*"), Waiver),
    (("datasets", "*", "model"), Model),
    (("datasets", "*", "labels"), Labels),
    (("datasets", "*", "labels", "source"), Source),
    (("datasets", "*", "labels", "source", "politeness"), Politeness),
)
"""Which model's settings are known where; `*` is any name."""


def load_config(path: Path) -> Config:
    """Read the settings of a project.

    Args:
        path: The settings file, by custom `dataready.yaml`.

    Returns:
        The settings; relative paths in them are relative to `Config.base`.

    Raises:
        SettingsError: The file cannot be read, or something in it is wrong. Its problems
            are those of the whole file, each with its line (contradictions inside a mapping
            once its values are right); no value that came from the environment is in them.
    """
    data = _bytes(path)
    try:
        document = parse(data, expand=partial(expand, environ=os.environ))
    except Unreadable as e:
        raise SettingsError(str(path), [e.problem]) from None
    origin = Origin(path.resolve().parent, hashlib.sha256(data).hexdigest())
    problems = list(document.problems)
    config = None
    try:
        config = Config.model_validate(document.value, context=origin)
    except ValidationError as e:
        problems += _problems(e, document)
    if config is None or problems:
        raise SettingsError(str(path), _distinct(problems))
    return config


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        pass
    except IsADirectoryError:
        msg = f"'{path}' is a folder, not a settings file.{_beside(path, 'dataready.yaml')}"
        raise ConfigError(msg) from None
    except (OSError, ValueError) as e:
        reason = e.strerror if isinstance(e, OSError) else "it is no name of a file"
        msg = f"The settings file '{path}' cannot be read: {reason}."
        raise ConfigError(msg) from None
    msg = f"There is no settings file '{path}'.{_beside(path.parent, path.name)}"
    raise ConfigError(msg)


def _beside(folder: Path, name: str) -> str:
    """Say which settings files a folder has."""
    if not folder.is_dir():
        return f" There is no folder '{folder}' either. Give the path of a settings file."
    there = sorted(p.name for p in folder.iterdir() if p.suffix in (".yaml", ".yml"))
    if not there:
        return f" In '{folder}' there is no .yaml file. Give the path of a settings file."
    shown = ", ".join(there[:10]) + (", ..." if len(there) > 10 else "")
    return f"{did_you_mean(name, there)} In '{folder}' there are: {shown}."


def _problems(error: ValidationError, document: Document) -> Iterator[Problem]:
    unknown = {p.location for p in document.problems}
    for details in error.errors(include_url=False):
        location = tuple(part for part in details["loc"] if part != "[key]")
        cause = details.get("ctx", {}).get("error")
        if isinstance(cause, ContradictionError):
            for inner, message in cause.found:
                yield _at((*location, *inner), message, document)
        # A value that could not be read was told of already.
        elif not any(location[: len(u)] == u or u[: len(location)] == location for u in unknown):
            yield _at(location, _sentence(details, location), document)
    # These look across datasets, which pydantic does only once each of them is right.
    datasets = _mapping(_mapping(document.value).get("datasets"))
    found = name_contradictions(datasets)
    found += reference_contradictions(
        {
            name: {
                column: reference.text if isinstance(reference, Reference) else reference
                for column, reference in _mapping(_mapping(dataset).get("references")).items()
                if isinstance(reference, (str, Reference))
            }
            for name, dataset in datasets.items()
        }
    )
    found += join_contradictions({name: _joined(dataset) for name, dataset in datasets.items()})
    for location, message in found:
        yield _at(location, message, document)


def _joined(dataset: object) -> list[str | None]:
    """The names of the datasets that one joins, None where the settings have no name."""
    joins = _mapping(dataset).get("joins")
    names = [_mapping(join).get("dataset") for join in joins] if isinstance(joins, list) else []
    texts = (name.text if isinstance(name, Reference) else name for name in names)
    return [name if isinstance(name, str) else None for name in texts]


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _at(location: Location, message: str, document: Document) -> Problem:
    return Problem(location, message, document.line(location))


def _distinct(problems: Iterable[Problem]) -> list[Problem]:
    """Order the problems as the file has them, each once."""
    return sorted(dict.fromkeys(problems), key=lambda p: p.line or 0)


def _sentence(details: ErrorDetails, location: Location) -> str:
    """Say what is wrong with one setting, what there is, and what to do."""
    kind, value, limits = details["type"], details["input"], details.get("ctx", {})
    if kind == "extra_forbidden":
        return _unknown(location)
    if kind == "missing":
        return "It is required, and not there."
    if value is None:
        return "It has no value. Give one, or leave the setting out."
    if kind in ("too_short", "string_too_short"):
        return f"It is empty. Give {'at least one' if isinstance(value, Mapping) else 'a value'}."
    if isinstance(value, Reference):
        return (
            f"{_quoted(value)} comes from the environment, and only text may: write the value "
            "here, where its readers see it."
        )
    if kind in WORDS:
        return f"{_quoted(value)} {WORDS[kind]}."
    if kind == "literal_error":
        choices = re.findall(r"'([^']+)'", limits["expected"])
        return (
            f"{_quoted(value)} is not known.{did_you_mean(str(value), choices)} "
            f"There are: {', '.join(choices)}."
        )
    if kind in BOUNDS:
        name, words = BOUNDS[kind]
        return f"{_quoted(value)} is out of range. It must be {words} {limits[name]:g}."
    return f"{_quoted(value)}: {details['msg']}."


def _quoted(value: object) -> str:
    """Quote a value as the settings have it, without a password in an address."""
    if isinstance(value, Mapping):
        return "A mapping"
    if isinstance(value, (list, tuple)):
        return "A list"
    shown = PASSWORD.sub("...", written(value.text if isinstance(value, Reference) else str(value)))
    return f"'{shown[:LONGEST_QUOTE]}...'" if len(shown) > LONGEST_QUOTE else f"'{shown}'"


def _model(location: Location) -> type[BaseModel] | None:
    for pattern, model in MODELS:
        if len(pattern) == len(location) and all(
            p in ("*", part) for p, part in zip(pattern, location, strict=True)
        ):
            return model
    return None


def _unknown(location: Location) -> str:
    name, model = str(location[-1]), _model(location[:-1])
    known = [f.alias or n for n, f in model.model_fields.items()] if model else []
    parent = spell(location[:-1])
    where = f" in '{parent}'" if parent else ""
    return (
        f"There is no setting '{name}'{where}.{did_you_mean(name, known)} "
        f"There are: {', '.join(known)}."
    )
