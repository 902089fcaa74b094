"""Rules as a pandera model: a Python module that a data team can read and edit."""

from __future__ import annotations

import keyword
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from dataready.expectations.rules import Rule
from dataready.profile.plan import Base

__all__ = ["pandera_source", "write_pandera"]

_HEADER = '''"""What the data is expected to keep, as a pandera model.

Learnt from a pilot, to be read and edited. A check called `mostly_...` allows some rows to
break it: `share` is the part, in [0, 1], of the rows checked that must keep it. Checked are
all rows (`mostly_filled`), the cells that are there (`mostly_parsed`), or the values that
are there (the rest). Frames hold cells as dataready reads them: numbers are floats, dates
are datetimes, and a cell that does not parse is null. For `mostly_known`, `mostly_past`,
`mostly_rare`, `mostly_gapless`, `mostly_daily`, `mostly_weekly` and `newest_within` they hold
columns beside the table's own: `column·in·table.column`, `column·age` in days,
`column·rare·share`, `column·gapless·days·since`, `column·daily·low·high`, `column·elapsed`.
"""

import pandera.polars as pa
import polars as pl

import dataready.expectations.pandera_bridge  # noqa: F401  registers the `mostly_` checks


'''
_TAKEN = frozenset(
    """Config build_schema_ cast columns coerce data empty example extract get_backend json name
    pydantic_validate schema strategy to_json to_json_schema to_pyarrow_schema to_schema
    to_structtype to_yaml validate pa pl dataready bool float int str""".split()  # noqa: SIM905
)
_WIDTH = 90
_TYPES = {"number": "float", "date": "pl.Datetime", "text": "str"}


def write_pandera(rules: Iterable[Rule], path: Path) -> None:
    """Write rules as a module with one `DataFrameModel`, named after the file."""
    path.write_text(pandera_source(tuple(rules), name=path.stem), encoding="utf-8")


def pandera_source(rules: Sequence[Rule], *, name: str) -> str:
    """Write the module's text; all that comes from data is a Python literal in it."""
    pilots = sorted({f"the pilot of '{rule.dataset}'" for rule in rules if rule.dataset})
    # Inside a docstring: no quote may end it, no backslash may escape.
    of = _text(", ".join(pilots) or "the pilot").replace('"', "")
    about = f'    """Learnt from {of}; `description` says what it showed."""'
    models = [
        f"class {_class_name(name)}{k}(pa.DataFrameModel):\n{about}\n\n{_body(layer)}"
        for k, layer in zip(("", *range(2, len(rules) + 2)), _layers(rules), strict=False)
    ]
    optional = any(": Optional[" in model for model in models)
    imported = "from typing import Optional\n\n" if optional else ""
    header = _HEADER.replace("import pandera.polars", f"{imported}import pandera.polars", 1)
    return header + "\n\n".join(models)


def _layers(rules: Sequence[Rule]) -> list[list[Rule]]:
    """Spread rules over models: a model asks a column, or for a key of several, once a check."""
    layers: list[list[Rule]] = [[]]
    times: Counter[tuple[str, ...]] = Counter()
    for rule in rules:
        several = rule.kind == "unique" and bool(rule.also)
        asked = ("key",) if several else (rule.column, rule.kind, str(rule.negated))
        if times[asked] == len(layers):
            layers.append([])
        layers[times[asked]].append(rule)
        times[asked] += 1
    return layers


def _body(rules: Sequence[Rule]) -> str:
    columns: dict[str, list[Rule]] = {}
    bases: dict[str, Base] = {}
    for rule in (r for r in rules if r.column):
        columns.setdefault(rule.column, []).append(rule)
        bases[rule.column] = rule.base if rule.base != "text" else bases.get(rule.column, "text")
    for rule in rules:
        if rule.kind == "order":
            columns.setdefault(rule.also[0], [])
            bases.setdefault(rule.also[0], rule.base)
    taken: set[str] = set()
    fields = [_field(column, bases[column], of, taken) for column, of in columns.items()]
    together = next((r.columns for r in rules if r.kind == "unique" and r.also), ())
    rows = next((r for r in rules if r.kind == "rows"), None)
    if together or rows:
        fields.append(_config(together, rows))
    return "\n".join(fields) or "    pass\n"


def _config(key: Sequence[str], rows: Rule | None) -> str:
    """Write what is asked of the table as a whole: a key of several columns, so many rows."""
    lines = [_listed("unique = ", [_text(c) for c in key], "")] if key else []
    if rows:
        lines.append(f'rows_between = {{"low": {rows.low!r}, "high": {rows.high!r}}}')
    return "    class Config:\n" + "".join(f"        {line}\n" for line in lines)


def _field(column: str, base: Base, rules: Sequence[Rule], taken: set[str]) -> str:
    name = _attribute(column, taken)
    type_ = _TYPES[base]
    if not any(r.kind == "present" for r in rules):
        type_ = f"Optional[{type_}]"
    arguments = [] if name == column else [f"alias={_text(column)}"]
    arguments.append("nullable=True")
    if not any(r.kind == "type" for r in rules) and base != "text":
        # A model must name a type, but nobody asked that every cell can be read as it.
        arguments.append('mostly_parsed={"share": 0.0}')
    for rule in rules:
        arguments += _arguments(rule)
    evidence = [r.evidence for r in rules if r.kind != "present" and r.evidence]
    if evidence:
        arguments.append(_description(evidence))
    lines = "".join(f"        {argument},\n" for argument in arguments)
    return f"    {name}: {type_} = pa.Field(\n{lines}    )\n"


def _arguments(rule: Rule) -> list[str]:
    share = f'"share": {rule.mostly!r}'
    match rule.kind:
        case "not_null":
            return [f"mostly_filled={{{share}}}"]
        case "type":
            return [f"mostly_parsed={{{share}}}"]
        case "range":
            return [f'mostly_between={{"low": {rule.low!r}, "high": {rule.high!r}, {share}}}']
        case "length":
            return [f'mostly_long={{"shortest": {rule.low!r}, "longest": {rule.high!r}, {share}}}']
        case "pattern":
            like = "mostly_unlike" if rule.negated else "mostly_like"
            return [f'{like}={{"pattern": {_text(rule.pattern)}, {share}}}']
        case "order":
            return [f'mostly_not_above={{"other": {_text(rule.also[0])}, {share}}}']
        case "reference":
            return [f'mostly_known={{"refers_to": {_text(rule.refers_to)}, {share}}}']
        case "past":
            return [f"mostly_past={{{share}}}"]
        case "unique" if not rule.also:
            return [f"mostly_unique={{{share}}}"] if rule.limit else ["unique=True"]
    return _habit_argument(rule, share) or _list_argument(rule, share)


def _habit_argument(rule: Rule, share: str) -> list[str]:
    """Write the argument of a rule of what the pilot's rows are in the habit of."""
    low, high = repr(rule.low), repr(rule.high)
    made = {
        "lower_quarter": f'mostly_least={{"low": {low}, {share}}}',
        "upper_quarter": f'mostly_most={{"high": {high}, {share}}}',
        "rare": f'mostly_rare={{"most": {high}, {share}}}',
        "fresh": f'newest_within={{"days": {high}}}',
        "daily": f'mostly_daily={{"low": {low}, "high": {high}, {share}}}',
        "weekly": f'mostly_weekly={{"low": {low}, "high": {high}, {share}}}',
        "gapless": f'mostly_gapless={{"days": {high}, "since": {low}, {share}}}',
    }
    return [made[rule.kind]] if rule.kind in made else []


def _list_argument(rule: Rule, share: str) -> list[str]:
    """Write the argument of a rule that lists values; the others have none."""
    check = _OF_LISTS.get(rule.kind)
    if check is None:
        return []
    check = "mostly_notin" if rule.negated else check
    of = "formats" if rule.kind == "format" else "values"
    values = [_text(v) if isinstance(v, str) else repr(v) for v in rule.values]
    return [_listed(f'{check}={{"{of}": ', values, f", {share}}}")]


_OF_LISTS = {
    "format": "mostly_format",
    "categories": "mostly_isin",
    "usual": "mostly_usual",
    "unusual": "mostly_unusual",
}


def _description(evidence: Sequence[str]) -> str:
    whole = f"description={_text('; '.join(evidence))}"
    if len(whole) <= _WIDTH:
        return whole
    parts = [_text(f"{e}; ") for e in evidence[:-1]] + [_text(evidence[-1])]
    inner = "".join(f"            {part}\n" for part in parts)
    return f"description=(\n{inner}        )"


def _listed(start: str, items: Sequence[str], end: str) -> str:
    """Write a list on one line where it fits, else an item a line."""
    line = f"{start}[{', '.join(items)}]{end}"
    if len(line) <= _WIDTH:
        return line
    inner = "".join(f"            {item},\n" for item in items)
    return f"{start}[\n{inner}        ]{end}"


def _text(text: str) -> str:
    """Write a text as a Python literal, in double quotes where that needs no escape.

    >>> print(_text("it's"), _text('a"b'))
    "it's" 'a"b'
    """
    plain = text.isprintable() and not set(text) & {'"', "\\"}
    return f'"{text}"' if plain else repr(text)


def _class_name(name: str) -> str:
    """Make a class name of a file's.

    >>> _class_name("open orders-2024")
    'OpenOrders2024'
    """
    words = re.findall(r"[A-Za-z0-9]+", name)
    joined = "".join(word[0].upper() + word[1:] for word in words)
    return joined if joined[:1].isalpha() else f"Table{joined}"


def _attribute(column: str, taken: set[str]) -> str:
    """Make an attribute name of a column's, each once.

    >>> _attribute("Unit price (€)", set()), _attribute("class", set())
    ('Unit_price', 'column_class')
    """
    name = re.sub(r"[^A-Za-z0-9]+", "_", column).strip("_")
    if column.isidentifier() and column.isascii() and not column.startswith("_"):
        name = column
    if not name[:1].isalpha() or keyword.iskeyword(name) or name in _TAKEN:
        name = f"column_{name}".rstrip("_")
    first, k = name, 2
    while name in taken:
        name, k = f"{first}_{k}", k + 1
    taken.add(name)
    return name
