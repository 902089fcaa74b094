"""What was typed, understood: lists of names, pairs of them, sources, places of files."""

from __future__ import annotations

import csv
import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dataready.errors import ConfigError, did_you_mean
from dataready.model import SourceSpec

if TYPE_CHECKING:
    from pydantic import ValidationError

    from dataready.config import Dataset

__all__ = [
    "STDOUT",
    "Cells",
    "Findings",
    "JsonFile",
    "Key",
    "Settings",
    "TrustModel",
    "dataset",
    "names",
    "pairs",
    "readable",
    "source",
    "supposed",
    "table_name",
    "whole",
    "writable",
    "write_json",
]

SETTINGS = Path("dataready.yaml")
STDOUT = Path("-")

Settings = Annotated[
    Path, typer.Option("--settings", "-s", help="The settings file.", metavar="FILE")
]
JsonFile = Annotated[
    Path | None,
    typer.Option("--json", help="Write it all as JSON; `-` is standard output.", metavar="FILE"),
]
Findings = Annotated[
    Path | None,
    typer.Option("--findings", help="Write a row a finding, as Parquet.", metavar="FILE"),
]
Cells = Annotated[
    Path | None,
    typer.Option("--cells", help="Write a row a wrong cell, as Parquet.", metavar="FILE"),
]
Key = Annotated[
    list[str] | None,
    typer.Option("--key", help="The key's columns, joined by commas.", metavar="COLUMNS"),
]


TrustModel = Annotated[
    bool,
    typer.Option(
        "--trust-model", help="Load the pilot's own model, which runs the code that is in it."
    ),
]


def names(given: Iterable[str] | None) -> tuple[str, ...]:
    """Split lists of column names; a name that holds a comma stands in double quotes.

    >>> names(["a,b", '"c,d"'])
    ('a', 'b', 'c,d')
    """
    return tuple(name for row in csv.reader(given or ()) for name in row if name)


def pairs(given: Iterable[str] | None) -> dict[str, str]:
    """Read `pilot=production` names.

    Raises:
        ConfigError: One has no `=`, or nothing on one side of it.

    >>> pairs(["zip=post_code"])
    {'zip': 'post_code'}
    """
    found = {}
    for text in given or ():
        pilot, equals, production = text.partition("=")
        if not (pilot and equals and production):
            msg = f"'{text}' maps no column. Write --map PILOT_COLUMN=PRODUCTION_COLUMN."
            raise ConfigError(msg)
        found[pilot] = production
    return found


class _EveryName(frozenset[str]):
    """The columns of a table that was not read yet: any name may be one."""

    def __contains__(self, name: object) -> bool:
        return True


def supposed(asked: Sequence[str] | None) -> None:
    """Check, before any work is done, that what-ifs are sentences; of which columns is seen later.

    Raises:
        ConfigError: One is not understood.
    """
    if asked:
        from dataready.readiness.what_if import changes_of

        changes_of(asked, _EveryName())


def table_name(path: str) -> str:
    """Call a table what its file or folder is called.

    >>> table_name("data/orders.csv.gz"), table_name("in/orders/*.parquet"), table_name(".")
    ('orders', 'orders', 'data')
    """
    for part in reversed(Path(path).parts):
        name = part.split(".")[0]
        if name.strip("_-") and not set("*?[") & set(part) and name != os.sep:
            return name
    return "data"


def source(path: str) -> SourceSpec:
    """Name a source by its path.

    Raises:
        ConfigError: It is empty, as from a variable of the shell that is not set, or holds a
            password.
    """
    from dataready.config.secret import SECRET

    if not path:
        msg = "The path of a source is empty. Name a file, a folder or a glob."
        raise ConfigError(msg)
    if SECRET.search(path):
        msg = (
            "A password on the command line can be read by everybody on this machine. Take it "
            "out: it is read from the database's own variable, such as PGPASSWORD, or its file."
        )
        raise ConfigError(msg)
    return SourceSpec(path=path)


def dataset(pilot: str, production: str, **known: object) -> Dataset:
    """Make the settings of a dataset from what was typed.

    Raises:
        ConfigError: They contradict each other.
    """
    from pydantic import ValidationError

    from dataready.config import Dataset

    sides = {"pilot": source(pilot), "production": source(production)}
    try:
        return Dataset.model_validate(sides | known)
    except ValidationError as e:
        raise ConfigError("\n".join(_sentences(e))) from None


def _sentences(error: ValidationError) -> Iterator[str]:
    from dataready.config.contradiction import ContradictionError

    for details in error.errors(include_url=False, include_input=False):
        cause = details.get("ctx", {}).get("error")
        alone = (((), details["msg"]),)
        found = cause.found if isinstance(cause, ContradictionError) else alone
        for location, message in found:
            place = ".".join(str(part) for part in (*details["loc"], *location))
            yield f"{place}: {message}"


def writable(paths: Sequence[Path | None]) -> None:
    """Check, before any work is done, that results can be written where they are wanted.

    Raises:
        ConfigError: A folder is missing or not writable, or a name stands for a folder.
    """
    for path in paths:
        if path is None or path == STDOUT:
            continue
        if not path.parent.is_dir():
            msg = f"There is no folder '{path.parent}' to write '{path.name}' in. Make it first."
            raise ConfigError(msg)
        if path.is_dir():
            msg = f"'{path}' is a folder. Give the name of a file to write."
            raise ConfigError(msg)
        if not os.access(path.parent, os.W_OK):
            msg = f"The folder '{path.parent}' cannot be written to. Choose another one."
            raise ConfigError(msg)


def readable(path: Path | None) -> None:
    """Check, before any work is done, that a file is there.

    Raises:
        ConfigError: It is not, or it is a folder.
    """
    if path is None or path.is_file():
        return
    there = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
    msg = f"There is no file '{path}'.{did_you_mean(path.name, there)} Give the path of a file."
    raise ConfigError(msg)


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Give a name to write a file under, and put it in its place once it is written.

    Raises:
        ConfigError: It cannot be written; what was there before is still there.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield partial
        partial.chmod(0o600)
        partial.replace(path)
    except OSError as e:
        msg = f"'{path}' cannot be written: {e.strerror}. Check the folder's space and rights."
        raise ConfigError(msg) from None
    finally:
        partial.unlink(missing_ok=True)


def write_json(path: Path, plain: object) -> None:
    """Write plain JSON types, keys sorted, to a file or to standard output."""
    text = json.dumps(plain, indent=2, sort_keys=True) + "\n"
    if path == STDOUT:
        sys.stdout.write(text)
        return
    with whole(path) as partial:
        partial.write_text(text, encoding="utf-8")
