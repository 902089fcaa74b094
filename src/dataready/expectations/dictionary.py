"""The data dictionary: questions out to those who know the data, answers in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from dataready.errors import ExpectationError, did_you_mean
from dataready.expectations.rules import Rule
from dataready.expectations.suite_file import ANSWERS, SuiteFile, read_suite, update_suite
from dataready.model import Severity

__all__ = ["keep_answers", "write_questions"]

_HEAD = """\
# What do you know of these columns? Fill in what you know, and leave the rest as it is.
#   meaning: what a value says, in a sentence      unit: of a number, such as EUR or km
#   allowed: the only values that may occur, as a list      owner: who answers for it
"""


def write_questions(suite: SuiteFile, path: Path) -> None:
    """Write the questions with the answers that are known already."""
    plain = {
        column: {name: known.get(name) for name in ANSWERS}
        for column, known in suite.columns.items()
    }
    text = yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=100)
    path.write_text(_HEAD + text, encoding="utf-8")


def keep_answers(suite: Path, answers: Path, *, by: str, at: str) -> Iterator[str]:
    """Keep answers in the suite; a list of allowed values is an accepted rule.

    Args:
        suite: The suite's file.
        answers: The file of questions, filled in.
        by: Who answered.
        at: The day, ISO 8601.

    Yields:
        A line for each answer that is new.

    Raises:
        ExpectationError: The answers are not understood; nothing is kept then.
    """
    told, known = _read(answers), read_suite(suite).columns
    rules, changed = [], {}
    for column, said in told.items():
        if column not in known:
            msg = f"'{answers.name}': there is no column '{column}'.{did_you_mean(column, known)}"
            raise ExpectationError(msg)
        new = {n: v for n, v in said.items() if v is not None and known[column].get(n) != v}
        if not new:
            continue
        changed[column] = new
        if "allowed" in new:
            rules.append(_allowed(column, new["allowed"], answers.name))
    update_suite(suite, changed, rules, by=by, at=at)
    for column, new in changed.items():
        yield f"{column}: {', '.join(new)}"


def _allowed(column: str, values: object, name: str) -> Rule:
    if not isinstance(values, list) or not values:
        msg = f"'{name}': 'allowed' of '{column}' is a list of values, such as [DHL, UPS]."
        raise ExpectationError(msg)
    return Rule(kind="categories", column=column, values=tuple(values), severity=Severity.FAIL)


def _read(path: Path) -> dict[str, dict[str, Any]]:
    try:
        plain = yaml.safe_load(path.read_text(encoding="utf-8"))
        told = {str(c): dict(said or {}) for c, said in plain.items()}
    except (
        OSError,
        UnicodeDecodeError,
        yaml.YAMLError,
        AttributeError,
        TypeError,
        ValueError,
    ) as e:
        msg = f"'{path.name}' is no file of questions in YAML ({type(e).__name__})."
        raise ExpectationError(msg) from None
    for column, said in told.items():
        for name in said:
            if name not in ANSWERS:
                msg = f"'{path.name}': '{column}' asks no '{name}'.{did_you_mean(name, ANSWERS)}"
                raise ExpectationError(msg)
    return told
