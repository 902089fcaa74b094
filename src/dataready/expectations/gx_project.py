"""A project folder of Great Expectations: which of its suites are about a table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from dataready.errors import ExpectationError

__all__ = ["suites_in"]


def suites_in(path: Path, table: str) -> list[Path]:
    """Answer the suites that a path stands for: a file itself, or those of a project's folder.

    Of a project, these are the suites that its validation definitions tie to an asset with
    the table's name; without such a definition, all of its suites.

    Args:
        path: A suite's JSON, a project's folder, or one that holds `gx/`.
        table: The dataset's name.

    Raises:
        ExpectationError: It is a folder without suites.
    """
    if not path.is_dir():
        return [path]
    root = path / "gx" if (path / "gx").is_dir() else path
    # Suites in folders have names with a point or a slash in them.
    suites = {_named(p): p for p in sorted((root / "expectations").rglob("*.json"))}
    if not suites:
        msg = (
            f"'{path.name}' holds no suite of Great Expectations. Name a suite's JSON, or the "
            "folder that holds 'expectations/' with such files."
        )
        raise ExpectationError(msg)
    tied = set()
    for definition in sorted((root / "validation_definitions").rglob("*.json")):
        plain = _plain(definition)
        asset = ((plain.get("data") or {}).get("asset") or {}).get("name")
        if asset == table:
            tied.add((plain.get("suite") or {}).get("name"))
    return [p for name, p in suites.items() if name in tied] or list(suites.values())


def _named(path: Path) -> str:
    return str(_plain(path).get("name") or path.stem)


def _plain(path: Path) -> dict[str, Any]:
    """What a file holds; a damaged one is told when it is run."""
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return plain if isinstance(plain, dict) else {}
