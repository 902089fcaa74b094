"""The settings described: a JSON Schema for editors, and a page for people.

Both are made from the models, and `python -m dataready.config` writes them to docs/.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dataready.config.settings import Config

__all__ = ["config_schema", "settings_reference", "write_reference"]

SCHEMA_FILE = "dataready.schema.json"
REFERENCE_FILE = "settings.md"

HEAD = """\
# Settings

<!-- Written by `python -m dataready.config`; edit the descriptions in the models instead. -->

All settings of a project stand in one file, by custom `dataready.yaml`. Editors complete and
check it with this comment as its first line:

```yaml
# yaml-language-server: $schema=docs/dataready.schema.json
```

- A setting that is not known, a value that is not right and a name that stands twice are
  refused, all at once, each with its line.
- Every value is the text that stands there until its setting says otherwise: columns may be
  called `no`, `on` or `010` without quotes. A setting without a value is as if not written.
- Text may hold `${NAME}`, which is taken from the environment and must be set there, or
  `${NAME:-default}`; `$${` stands for `${`. What came from the environment is never shown:
  messages and dumps show the reference. Numbers and switches do not come from there.
- Anchors, aliases and `<<` work; the file has at most 1 MiB.
"""


def config_schema() -> dict[str, Any]:
    """Answer the JSON Schema (draft 2020-12) of a settings file."""
    schema = Config.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return schema


def settings_reference() -> str:
    """Write the page of all settings in Markdown, one table per mapping."""
    schema = config_schema()
    parts = [HEAD, *_section("Top level", schema)]
    for title, definition in _in_order(schema):
        parts += _section(title, definition)
    return "\n".join(parts)


def write_reference(folder: Path) -> tuple[Path, ...]:
    """Write both files to a folder; answer their paths."""
    texts = {
        SCHEMA_FILE: json.dumps(config_schema(), indent=2) + "\n",
        REFERENCE_FILE: settings_reference(),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return tuple(folder / name for name in texts)


def _in_order(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Follow the references from the top, so that the page reads as the file does."""
    waiting, seen = [schema], set[str]()
    while waiting:
        current = waiting.pop(0)
        for setting in current["properties"].values():
            for name in _referred(setting):
                if name not in seen:
                    seen.add(name)
                    definition = schema["$defs"][name]
                    waiting.append(definition)
                    yield name, definition


def _referred(setting: Any) -> Iterator[str]:  # noqa: ANN401
    if isinstance(setting, dict):
        if "$ref" in setting:
            yield setting["$ref"].rpartition("/")[2]
        for value in setting.values():
            yield from _referred(value)
    elif isinstance(setting, list):
        for value in setting:
            yield from _referred(value)


def _section(title: str, definition: dict[str, Any]) -> list[str]:
    required = definition.get("required", ())
    rows = [
        f"| `{name}` | {_kind(setting)} | {_default(setting, name in required)} "
        f"| {setting['description']} |"
        for name, setting in definition["properties"].items()
    ]
    head = ["| setting | value | default | meaning |", "|---|---|---|---|"]
    return [f"## {title}", "", definition["description"].split("\n")[0], "", *head, *rows, ""]


def _kind(setting: dict[str, Any]) -> str:
    """Say in words what values a setting takes."""
    if "$ref" in setting:
        name = setting["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in setting:
        kinds = [_kind(choice) for choice in setting["anyOf"] if choice != {"type": "null"}]
        return " or ".join(kinds)
    if "enum" in setting:
        return ", ".join(f"`{choice}`" for choice in setting["enum"])
    if setting["type"] == "array":
        return f"list of {_kind(setting['items'])}"
    if setting["type"] == "object":
        return f"name: {_kind(setting['additionalProperties'])}"
    if setting["type"] in ("integer", "number"):
        return _number(setting)
    return {"string": "text", "boolean": "true or false"}[setting["type"]]


def _number(setting: dict[str, Any]) -> str:
    word = "whole number" if setting["type"] == "integer" else "number"
    low, high = setting.get("minimum"), setting.get("maximum")
    if "exclusiveMinimum" in setting:
        most = f", at most {high:g}" if high is not None else ""
        return f"{word} above {setting['exclusiveMinimum']:g}{most}"
    if high is None:
        return word if low is None else f"{word}, at least {low:g}"
    return f"{word}, {low:g}" if low == high else f"{word}, {low:g} to {high:g}"


def _default(setting: dict[str, Any], required: bool) -> str:  # noqa: FBT001
    if required:
        return "required"
    default = setting["default"]
    if default is None or default in ([], {}) or "$ref" in setting:
        return ""
    return f"`{default}`" if isinstance(default, str) else f"`{json.dumps(default)}`"
