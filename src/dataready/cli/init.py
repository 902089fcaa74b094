"""`dataready init`: a settings file to begin with, from a look at the pilot."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dataready.cli.argument import SETTINGS, Key, names, source, table_name, whole, writable
from dataready.cli.console import say, steps
from dataready.errors import ConfigError, NoSuchColumnError

if TYPE_CHECKING:
    from dataready.pipeline.measure import Measured

__all__ = ["init", "scalar"]

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*")
_NO_TEXT = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})
_BREAKS = re.compile(r"[\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]")
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")
_LONGEST_NAME = 64

_HEAD = """\
# Settings of dataready; `dataready run` reads them. All settings: docs/settings.md.
# Lines that are commented out are guesses from a look at the pilot: confirm them, and take
# the '#' away. Limits belong here before anybody has seen a score.
"""


def init(
    pilot: Annotated[str, typer.Argument(help="The pilot: a file, a folder or a glob.")],
    production: Annotated[str, typer.Argument(help="Where production lives, likewise.")],
    *,
    target: Annotated[
        str | None, typer.Option(help="The column that the model predicts.", metavar="COLUMN")
    ] = None,
    key: Key = None,
    name: Annotated[
        str | None, typer.Option(help="What to call the data set; else its file's name.")
    ] = None,
    out: Annotated[
        Path, typer.Option(help="The settings file to write.", metavar="FILE")
    ] = SETTINGS,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Write a commented settings file, with guesses to confirm.

    The pilot is read; of production it is only checked that it is there.

    Example: dataready init pilot/orders.csv production/orders --target late

    Exit codes: 0 done, 2 the file is there already or an argument is wrong, 3 a source
    cannot be read, 1 a bug.
    """
    from dataready.config import load_config
    from dataready.pipeline.compare import inspect
    from dataready.sources import open_source

    writable((out,))
    if out.exists() and not force:
        msg = f"'{out}' is there already. Give another name with --out, or replace it with --force."
        raise ConfigError(msg)
    base = Path.cwd()
    open_source(source(production), base=base)
    called = _UNSAFE.sub("_", name or table_name(production)).strip("_-")[:_LONGEST_NAME] or "data"
    keys = names(key)
    known = [*keys, *([target] if target else [])]
    with (
        steps() as doing,
        inspect(called, source(pilot), base=base, key=keys, progress=doing) as looked,
    ):
        measured, schema = looked.measured, looked.extract.manifest.schema
    for column in known:
        if column not in schema:
            raise NoSuchColumnError(column, table=pilot, available=schema.names)
    lines = [
        f"project: {scalar(called)}",
        "",
        "datasets:",
        f"  {called}:",
        f"    pilot: {scalar(_from(out, pilot))}",
        f"    production: {scalar(_from(out, production))}",
        *(f"    {line}".rstrip() for line in _known(measured, target, keys)),
    ]
    with whole(out) as draft:
        draft.write_text(_HEAD + "\n".join(lines) + "\n", encoding="utf-8")
        # What it writes must load: a scaffold with an error in it helps nobody.
        load_config(draft)
    say(str(out))


def _from(out: Path, typed: str) -> str:
    """Write a source's path as seen from the settings file; a URL is the same from everywhere."""
    from dataready.sources.url import scheme_of

    if scheme_of(typed) is not None:
        return typed
    path = Path(typed).expanduser()
    return str(path) if path.is_absolute() else os.path.relpath(path, out.parent)


def _known(measured: Measured, target: str | None, key: Sequence[str]) -> Iterator[str]:
    """Lines of a dataset: what was given as settings, what was guessed as comments."""
    yield ""
    yield "# The column that the model predicts; without it the score is not calibrated."
    yield f"target: {scalar(target)}" if target else "# target:"
    yield ""
    yield "# The columns that identify a row."
    guessed = measured.key
    yield f"key: {_list(key)}" if key else f"# key: {_list(guessed)}".rstrip()
    yield ""
    yield "# When a row happened."
    yield f"# time: {scalar(measured.time)}" if measured.time else "# time:"
    yield ""
    yield "# Columns of personal data: none of their values is ever shown."
    yield f"# personal: {_list(c.name for c in measured.plan if c.personal)}"
    kept = {target, *key, *guessed, measured.time}
    roles = {c.name: c.role for c in measured.plan if c.role == "text" and c.name not in kept}
    if roles:
        yield ""
        yield "# Columns that are no features."
        yield "# roles:"
        for column, role in roles.items():
            yield f"#   {scalar(column)}: {role}"
    yield ""
    yield "# Limits that no score outweighs."
    yield "# gates:"
    yield f"#   min_rows: {measured.production.rows}"
    yield "#   max_key_duplicates: 0"


def _list(columns: Iterable[str]) -> str:
    return f"[{', '.join(scalar(c) for c in columns)}]"


def scalar(text: str) -> str:
    r"""Write a text for YAML on one line, so that it is read back as it was.

    >>> print(scalar("order_id"), scalar("no"), scalar('a: "b"\n#'), scalar("${X}"))
    order_id "no" "a: \"b\"\n#" "$${X}"
    """
    if _PLAIN.fullmatch(text) and text.lower() not in _NO_TEXT:
        return text
    quoted = json.dumps(text.replace("${", "$${"), ensure_ascii=False)
    return _BREAKS.sub(lambda m: f"\\u{ord(m[0]):04x}", quoted)
