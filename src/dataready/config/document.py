"""The text of a settings file -> plain values, and the line of each.

Every scalar stays the text that was written, and the settings say what it is: a column may
be called `no`, `on`, `010` or `1_000` without quotes, and nothing turns into a date. Bounds
keep a hostile file from costing time or memory: its size, its depth, and the number of
values that it holds once its aliases are followed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import yaml

from dataready.config.problem import Location, Problem

__all__ = ["MAX_BYTES", "Document", "Unreadable", "parse"]

MAX_BYTES = 1 << 20
MAX_DEPTH = 24
MAX_VALUES = 50_000

NULLS = frozenset({"", "~", "null", "Null", "NULL"})
TAGS = frozenset(
    f"tag:yaml.org,2002:{name}"
    for name in ("str", "int", "float", "bool", "null", "timestamp", "map", "seq", "merge", "value")
)
UNUSABLE = "A text here holds a NUL or half a surrogate pair. Write it without."
MERGE = "tag:yaml.org,2002:merge"


class Unreadable(Exception):  # noqa: N818
    """The text is no YAML, or more than is read; `problem` says why and where."""

    def __init__(self, message: str, line: int | None = None) -> None:
        """Blame a line, counted from 1, or the whole file."""
        self.problem = Problem((), message, line)
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Document:
    """What a file says: mappings, lists, texts and None, where each stands, what is odd."""

    value: object
    lines: dict[Location, int]
    problems: tuple[Problem, ...]

    def line(self, location: Location) -> int | None:
        """Answer the line of a setting, or of the nearest one around it."""
        for length in range(len(location), -1, -1):
            if location[:length] in self.lines:
                return self.lines[location[:length]]
        return None


def parse(data: bytes, *, expand: Callable[[str], object]) -> Document:
    """Read YAML.

    Args:
        data: The bytes of the file.
        expand: Called with every scalar value; what it answers is the value. A
            LookupError becomes a problem at the scalar's line.

    Raises:
        Unreadable: It is too large, not UTF-8, or no YAML.
    """
    root = _compose(_decoded(data))
    if root is None:
        msg = "The file is empty. It needs at least 'version', 'project' and 'datasets'."
        raise Unreadable(msg)
    reader = _Reader(expand)
    value = reader.read(root, (), 1)
    return Document(value, reader.lines, tuple(reader.problems))


def _decoded(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        msg = f"The file has more than {MAX_BYTES:,} bytes, which no settings need. Is it another?"
        raise Unreadable(msg)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        msg = f"The file is not UTF-8 from byte {e.start} on. Save it as UTF-8."
        raise Unreadable(msg, data.count(b"\n", 0, e.start) + 1) from None


def _usable(text: str) -> bool:
    # Escapes can spell what no file name, environment or JSON can hold.
    return not any(char == "\0" or "\ud800" <= char <= "\udfff" for char in text)


class _Loader(yaml.SafeLoader):
    """The safe loader, which refuses to go deep (composing calls itself)."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            problem = f"it is nested more than {MAX_DEPTH} deep"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=self.get_mark())
        node: yaml.Node | None = super().compose_node(parent, index)
        self.depth -= 1
        return node


def _compose(text: str) -> yaml.Node | None:
    # Errors of YAML print the lines around them; ours never do, they may hold secrets.
    try:
        loader = _Loader(text)
        try:
            return loader.get_single_node()
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as e:
        mark = e.problem_mark or e.context_mark
        reason = e.problem or "it cannot be read"
        if "'\\t'" in reason:
            reason = "a tab stands here, and YAML is indented with spaces only"
        elif "expected ',' or" in reason:
            reason += ". Inside [ ] and { }, quote a text that holds brackets, commas or '${'"
        msg = f"The file is no YAML: {reason}."
        raise Unreadable(msg, None if mark is None else mark.line + 1) from None
    except (ValueError, OverflowError):
        msg = "The file is no YAML: a number in it, or the escape of a character, is too large."
        raise Unreadable(msg) from None
    except yaml.reader.ReaderError as e:
        msg = f"The file is no YAML: it holds the character U+{e.character:04X}."
        raise Unreadable(msg, text.count("\n", 0, e.position) + 1) from None


@dataclass(slots=True)
class _Reader:
    """Walks the nodes once, in order."""

    expand: Callable[[str], object]
    lines: dict[Location, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    values: int = 0

    def read(self, node: yaml.Node, location: Location, line: int) -> object:
        self.values += 1
        if self.values > MAX_VALUES or len(location) > MAX_DEPTH:
            msg = (
                f"With its aliases followed, the file holds more than {MAX_VALUES:,} values, "
                f"or nests them more than {MAX_DEPTH} deep."
            )
            raise Unreadable(msg, line)
        self.lines[location] = line
        if node.tag not in TAGS:
            self.problem(location, line, f"The YAML tag '{node.tag}' is not read. Leave it out.")
            return None
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, location)
        if isinstance(node, yaml.SequenceNode):
            return [
                self.read(item, (*location, index), item.start_mark.line + 1)
                for index, item in enumerate(node.value)
            ]
        if not _usable(node.value):
            self.problem(location, line, UNUSABLE)
            return None
        plain = isinstance(node, yaml.ScalarNode) and node.style is None
        if plain and node.value in NULLS:
            return None
        try:
            return self.expand(node.value)
        except LookupError as e:
            self.problem(location, line, str(e))
            return None

    def mapping(self, node: yaml.MappingNode, location: Location) -> dict[str, object]:
        read: dict[str, object] = {}
        first: dict[str, int] = {}
        # Merges come first, so that values and lines are those of the mapping itself.
        for key, value in sorted(node.value, key=lambda pair: bool(pair[0].tag != MERGE)):
            line = key.start_mark.line + 1
            if key.tag == MERGE:
                self.merge(value, location, line, read)
            elif not isinstance(key, yaml.ScalarNode):
                self.problem(location, line, "A name here is a list or a mapping. Write text.")
            elif not _usable(key.value):
                self.problem(location, line, UNUSABLE)
            elif key.value in first:
                before = f"It stands on line {first[key.value]} already. Keep one of them."
                self.problem((*location, key.value), line, before)
            else:
                first[key.value] = line
                read[key.value] = self.read(value, (*location, key.value), line)
        return read

    def merge(
        self, node: yaml.Node, location: Location, line: int, into: dict[str, object]
    ) -> None:
        """Take over what `<<` names; what stands in the mapping itself wins."""
        for part in node.value if isinstance(node, yaml.SequenceNode) else (node,):
            if not isinstance(part, yaml.MappingNode):
                self.problem(location, line, "'<<' takes a mapping, as in '<<: *defaults'.")
                return
            for name, value in self.mapping(part, location).items():
                into.setdefault(name, value)

    def problem(self, location: Location, line: int, message: str) -> None:
        self.problems.append(Problem(location, message, line))
