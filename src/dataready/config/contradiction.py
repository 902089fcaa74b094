"""Settings that are well-formed one by one, and cannot all be meant."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from dataready.config.problem import Location
from dataready.config.secret import SECRET
from dataready.config.text import written
from dataready.errors import did_you_mean

__all__ = [
    "Contradiction",
    "ContradictionError",
    "dataset_contradictions",
    "model_contradictions",
    "name_contradictions",
    "outcome_contradictions",
    "reference_contradictions",
    "source_contradictions",
]

Contradiction = tuple[Location, str]
"""Where, relative to the mapping looked at, and what is wrong."""

SAFE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,63}")
FUNCTION = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*")


class ContradictionError(ValueError):
    """A mapping of settings contradicts itself; all that was found is in `found`."""

    def __init__(self, found: Sequence[Contradiction]) -> None:
        """Keep the parts; the loader makes problems with line numbers of them."""
        self.found = tuple(found)
        super().__init__("; ".join(message for _, message in found))


def name_contradictions(names: Iterable[str]) -> list[Contradiction]:
    """Find names of datasets that make no safe file names, or the same one twice.

    >>> name_contradictions(["orders", "../x"])[0][0]
    ('datasets', '../x')
    """
    found: list[Contradiction] = []
    seen: dict[str, str] = {}
    for name in names:
        if not SAFE_NAME.fullmatch(name):
            message = (
                f"'{name}' is no name for a dataset. Use up to 64 letters (a-z), digits, '_' "
                "and '-'; it names files."
            )
            found.append((("datasets", name), message))
        elif name.lower() in seen:
            message = (
                f"'{name}' and '{seen[name.lower()]}' would share their files where case does "
                "not matter. Rename one of them."
            )
            found.append((("datasets", name), message))
        seen.setdefault(name.lower(), name)
    return found


def reference_contradictions(
    references: Mapping[str, Mapping[str, str]],
) -> list[Contradiction]:
    """Find references to datasets that are not there.

    Args:
        references: For every dataset there is, its columns and the `dataset.column` that
            each refers to.

    >>> reference_contradictions({"orders": {"customer": "custmers.id"}, "customers": {}})[0][1]
    "There is no dataset 'custmers'. Did you mean 'customers'? There are: orders, customers."
    """
    found: list[Contradiction] = []
    for name, columns in references.items():
        for column, reference in columns.items():
            dataset, dot, referred = written(reference).partition(".")
            where: Location = ("datasets", name, "references", column)
            if not (dataset and dot and referred):
                message = f"'{written(reference)}' is not of the form 'dataset.column'."
                found.append((where, message))
            elif dataset not in references:
                message = (
                    f"There is no dataset '{dataset}'.{did_you_mean(dataset, references)} "
                    f"There are: {', '.join(references)}."
                )
                found.append((where, message))
    return found


def source_contradictions(
    *,
    path: str,
    selection: Mapping[str, object],
    columns: Sequence[str],
    without: Sequence[str],
    mode: str,
    watermark: str | None,
    look_back: str | None,
) -> list[Contradiction]:
    """Find what a source's settings say twice, or must not say.

    >>> found = source_contradictions(
    ...     path="postgresql://me:secret@db/shop", selection={}, columns=(), without=(),
    ...     mode="full", watermark=None, look_back=None,
    ... )
    >>> found[0][1].partition(".")[0]
    'A password stands in the address'
    """
    found: list[Contradiction] = []
    if SECRET.search(written(path)):
        message = (
            "A password stands in the address. Take it out: it is read from the environment "
            "(`${NAME}`, or the database's own variable), or from the database's password file."
        )
        found.append((("path",), message))
    named = [name for name, value in selection.items() if value]
    if len(named) > 1:
        message = f"'{named[0]}' says what to read already. Keep one of: {', '.join(named)}."
        found.append(((named[1],), message))
    if "query" in named and mode == "incremental":
        found.append((("mode",), "A query cannot be read incrementally. Name a table instead."))
    found += [
        (("columns", i), f"'{written(column)}' is also left out. It can be one of both.")
        for i, column in enumerate(columns)
        if column in without
    ]
    if mode == "incremental" and watermark is None:
        found.append((("mode",), "An incremental source needs a 'watermark': name its column."))
    if mode == "full":
        settings = {"watermark": watermark, "look_back": look_back}
        found += [
            ((name,), f"'{name}' is for 'mode: incremental' only. Leave it out, or say the mode.")
            for name, value in settings.items()
            if value is not None
        ]
    return found


def dataset_contradictions(
    *,
    target: str | None,
    key: Sequence[str],
    time: str | None,
    roles: Mapping[str, str],
    mapping: Mapping[str, str],
    importance: Mapping[str, float],
    waived: Sequence[str] = (),
) -> list[Contradiction]:
    """Find what a dataset's settings say twice, and differently."""
    found: list[Contradiction] = []
    special = dict.fromkeys(key, "key")
    for column, setting in ((target, "target"), (time, "time")):
        if column is None:
            continue
        if column in special:
            message = f"'{written(column)}' is named in '{special[column]}' too. It can be one."
            found.append(((setting,), message))
        special.setdefault(column, setting)
    for index, column in enumerate(key):
        if column in key[:index]:
            found.append((("key", index), f"'{written(column)}' is named twice. Once will do."))
    found += _role_contradictions(special, roles)
    taken: dict[str, str] = {}
    for column, renamed in mapping.items():
        if renamed in taken:
            message = (
                f"'{written(renamed)}' is the new name of '{taken[renamed]}' already. "
                "A column has one pilot name."
            )
            found.append((("mapping", column), message))
        taken.setdefault(renamed, column)
    for column in importance:
        if special.get(column) in ("target", "key"):
            message = f"'{column}' is the {special[column]}, and only features have a weight."
            found.append((("importance", column), message))
    return found + _waiver_contradictions(target, waived)


def outcome_contradictions(
    *,
    target: str | None,
    key: Sequence[str],
    asked: Iterable[str],
    labels_key: Iterable[str] | None,
) -> list[Contradiction]:
    """Find settings about outcomes that do not say what the outcome is, or whose.

    Args:
        target: The column that is predicted.
        key: The dataset's key.
        asked: The settings given that only a target gives a meaning: `metric`, `model`, `labels`.
        labels_key: The columns that labels are joined on; None where there are no labels.
    """
    found: list[Contradiction] = []
    if target is None:
        found += [((s,), "It needs a target. Name it: 'target: column'.") for s in asked]
    if labels_key is not None and not (tuple(labels_key) or key):
        message = "Labels find their rows by a key. Give one here, or 'key' in the dataset."
        found.append((("labels", "key"), message))
    return found


def model_contradictions(path: str | None, function: str | None) -> list[Contradiction]:
    """Find a model that is named twice, not at all, or by no name of a function.

    >>> model_contradictions(None, "scoring.py")[0][1]
    "'scoring.py' names no function. Write 'package.module:name'."
    """
    if (path is None) == (function is None):
        return [((), "Name the model by 'path' or by 'function', one of them.")]
    if function is not None and not FUNCTION.fullmatch(function):
        message = f"'{written(function)}' names no function. Write 'package.module:name'."
        return [(("function",), message)]
    return []


def _waiver_contradictions(target: str | None, waived: Sequence[str]) -> list[Contradiction]:
    """Find waivers of the target, which costs no points, and a second one of a column."""
    found: list[Contradiction] = []
    for index, column in enumerate(waived):
        where: Location = ("waivers", index, "column")
        if column == target:
            message = f"'{written(column)}' is the target, which costs no points: nothing to waive."
            found.append((where, message))
        elif column in waived[:index]:
            message = f"'{written(column)}' is waived already. One waiver of a column will do."
            found.append((where, message))
    return found


def _role_contradictions(
    special: Mapping[str, str], roles: Mapping[str, str]
) -> Iterable[Contradiction]:
    for column, role in roles.items():
        setting = special.get(column)
        if setting is not None and role != setting:
            message = f"The role '{role}' contradicts '{setting}', which names this column."
            yield ("roles", column), message
        elif setting is None and role == "target":
            message = f"Name the target in one place: 'target: {column}' in the dataset."
            yield ("roles", column), message
