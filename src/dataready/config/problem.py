"""What is wrong with a settings file: where, which setting, and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dataready.errors import ConfigError

__all__ = ["Location", "Problem", "SettingsError", "spell"]

Location = tuple[str | int, ...]
"""Names of mappings and indices of lists, from the top of the file down."""


def spell(location: Location) -> str:
    """Write a location as people do.

    >>> spell(("datasets", "orders", "key", 1))
    'datasets.orders.key[1]'
    """
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return text.removeprefix(".")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong; `line` counts from 1 and is None where none is to blame."""

    location: Location
    message: str
    line: int | None = None

    def describe(self, file: str) -> str:
        """Write it on one line, as compilers do: `file:line: setting: what is wrong`."""
        place = file if self.line is None else f"{file}:{self.line}"
        setting = spell(self.location)
        return f"{place}: {setting}: {self.message}" if setting else f"{place}: {self.message}"


class SettingsError(ConfigError):
    """A settings file is wrong; every problem that was found is in `problems`."""

    def __init__(self, file: str, problems: Iterable[Problem]) -> None:
        """Keep the parts, so that callers need not parse the message."""
        self.file, self.problems = file, tuple(problems)
        lines = [problem.describe(file) for problem in self.problems]
        head = [] if len(lines) == 1 else [f"'{file}' has {len(lines)} problems:"]
        super().__init__("\n  ".join(head + lines))
