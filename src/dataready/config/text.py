"""Text that may come from the environment, and then is never shown.

`${NAME}` stands for a variable that must be set, `${NAME:-default}` for one that need not
be, `$${` for the two characters themselves. What came from the environment is used like
any other text, but its `repr` and every dump of the settings show it as written. Only text
may come from there: a limit must be fixed beforehand, where its readers see it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, PlainSerializer, ValidatorFunctionWrapHandler
from pydantic.functional_validators import WrapValidator

__all__ = [
    "AnyText",
    "FromEnvironment",
    "Names",
    "Reference",
    "Text",
    "UnsetError",
    "expand",
    "written",
]

REFERENCE = re.compile(r"\$?\$\{(?:(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?\})?")


class FromEnvironment(str):
    """Text whose value came from the environment; `written` is how the settings say it.

    >>> text = FromEnvironment("s3cret", written="${TOKEN}")
    >>> text, text == "s3cret"
    ('${TOKEN}', True)
    """

    __slots__ = ("written",)

    def __new__(cls, value: str, written: str) -> Self:
        """Make the text `value`, which shows as `written`."""
        text = super().__new__(cls, value)
        text.written = written
        return text

    written: str

    def __getnewargs__(self) -> tuple[str, str]:  # type: ignore[override]
        """Copies and pickles keep both."""
        return str(self), self.written

    def __repr__(self) -> str:
        """Show the text as the settings say it."""
        return repr(self.written)


def written(text: str) -> str:
    """Answer a text as the settings say it: what logs, manifests and reports may show."""
    return text.written if isinstance(text, FromEnvironment) else text


@dataclass(frozen=True, slots=True, repr=False)
class Reference:
    """A value that came from the environment, before it is known to be wanted as text.

    It is no `str`, so that a number, a switch or a choice refuses it.
    """

    text: FromEnvironment


class UnsetError(LookupError):
    """A variable that the settings refer to is not set, or a reference is misspelt."""


def expand(text: str, environ: Mapping[str, str]) -> str | Reference:
    """Replace the references in a text.

    Returns:
        The text itself where nothing came from the environment.

    Raises:
        UnsetError: A variable is not set and has no default, or `${` starts no reference.

    >>> expand("${HOST:-localhost}/orders", {}).text == "localhost/orders"
    True
    >>> expand("costs $${5}", {})
    'costs ${5}'
    """
    found = False

    def value(match: re.Match[str]) -> str:
        nonlocal found
        if match[0].startswith("$$"):
            return match[0][1:]
        name, default = match["name"], match["default"]
        if name is None:
            msg = "'${' starts no reference like '${NAME}'. Write '$${' for the characters."
            raise UnsetError(msg)
        found = True
        # As in a shell, `:-` also covers a variable that is set and empty.
        if default is not None:
            return environ.get(name) or default
        if name not in environ:
            msg = (
                f"The environment variable '{name}' is not set. Set it, or give it a "
                f"default: '${{{name}:-default}}'."
            )
            raise UnsetError(msg)
        return environ[name]

    result = REFERENCE.sub(value, text)
    return Reference(FromEnvironment(result, text)) if found else result


def _marked(value: object, check: ValidatorFunctionWrapHandler) -> str:
    """Check a text without losing its mark, which pydantic would."""
    if isinstance(value, Reference):
        value = value.text
    checked: str = check(value)
    return value if isinstance(value, FromEnvironment) else checked


def _several(value: object) -> object:
    """One name may stand for a list of one."""
    return (value,) if isinstance(value, (str, Reference)) else value


AnyText = Annotated[str, WrapValidator(_marked), PlainSerializer(written, return_type=str)]
"""Text that may come from the environment."""

Text = Annotated[AnyText, Field(min_length=1)]
"""Text of at least one character, that may come from the environment."""

Names = Annotated[
    tuple[Text, ...],
    BeforeValidator(_several, json_schema_input_type=str | tuple[str, ...]),
]
"""One name or a list of them."""
