"""Tables of types for docs/sources.md, made of the cases that tests prove."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "sources.md"


@dataclass(frozen=True)
class Case:
    """A type, values of it as SQL writes them, and what lands: texts, None for NULL.

    `degraded` says that it lands as text and is reported with the number of values; `setup`
    is SQL that makes the type.
    """

    type: str
    values: tuple[str, ...]
    lands: str
    landed: tuple[str | None, ...]
    degraded: bool = False
    setup: str = ""


def same(type_: str, lands: str, *values: str) -> Case:
    """Answer a case whose values land as they are written."""
    return Case(type_, values, lands, values)


def text(type_: str, *values: str, setup: str = "") -> Case:
    """Answer a case that lands as the source's text, and is reported."""
    return Case(type_, values, "VARCHAR", values, degraded=True, setup=setup)


def bounds(name: str) -> tuple[str, str]:
    """Answer what stands before and behind a table in the page."""
    return f"<!-- types of {name}: generated -->", f"<!-- end of types of {name} -->"


def written(page: str, name: str, cases: tuple[Case, ...]) -> str:
    """Answer the page with a table as it should be."""
    begin, end = bounds(name)
    before, found, rest = page.partition(begin)
    assert found, f"docs/sources.md has no place for the types of {name}"
    return f"{before}{begin}\n\n{_table(cases)}\n\n{end}{rest.partition(end)[2]}"


def _table(cases: tuple[Case, ...]) -> str:
    lines = ["| type | values | lands as | which reads |", "|---|---|---|---|"]
    for case in cases:
        landed = "the same" if case.landed == case.values else _listed(case.landed)
        kind = "text, reported" if case.degraded else f"`{case.lands}`"
        lines.append(f"| `{case.type}` | {_listed(case.values)} | {kind} | {landed} |")
    return "\n".join(lines)


def _listed(values: tuple[str | None, ...]) -> str:
    shown = []
    for value in values:
        plain = "NULL" if value is None else value.encode("unicode_escape").decode()
        if any(ord(c) > 127 for c in value or ""):
            plain = value or ""
        plain = plain if len(plain) <= 48 else f"{plain[:12]}... ({len(plain)} characters)"
        plain = plain.replace("|", "\\|").replace("`", "'")
        shown.append(f"`{plain}`" if plain else "(empty)")
    return ", ".join(shown)
