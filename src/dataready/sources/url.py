"""URLs as people write them: their scheme, what may be shown of them, and their secrets."""

from __future__ import annotations

import os
import re
from urllib.parse import quote

from dataready.config.secret import PRIVATE_NAME
from dataready.config.text import FromEnvironment, expand, written

__all__ = ["resolved", "scheme_of", "shown"]

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_USER = re.compile(r"(?<=://)[^/?#]*(?=@)")
_DOUBTFUL = "passfile|key|code"
"""Names of what may be a secret: not shown, and not refused."""
_SECRET = re.compile(
    rf"(?P<before>(?:^|[?&;])(?:{PRIVATE_NAME}|{_DOUBTFUL})=)[^&#]*", re.IGNORECASE
)


def scheme_of(path: str) -> str | None:
    """Answer the scheme of a URL in lower case; None for a path of files.

    >>> scheme_of("postgresql://db/shop"), scheme_of("data/orders.csv")
    ('postgresql', None)
    """
    found = _SCHEME.match(path)
    return found[1].lower() if found else None


def shown(url: str) -> str:
    """Answer a URL as manifests, logs and messages may show it: without any secret.

    >>> shown("postgresql://me:secret@db:5432/shop?sslmode=require&password=x")
    'postgresql://me@db:5432/shop?sslmode=require&password=...'
    >>> shown(FromEnvironment("postgresql://me:secret@db/shop", written="${DATABASE_URL}"))
    '${DATABASE_URL}'
    """
    text = written(url)
    text = _USER.sub(lambda user: user[0].partition(":")[0], text)
    return re.sub(r"(?<=[?])[^#]*", lambda query: _SECRET.sub(r"\g<before>...", query[0]), text)


def resolved(url: str) -> str:
    """Answer a URL to connect with: what came from the environment is quoted where it stands.

    A password may hold `@` or `/`; as the whole or the beginning of a URL, a variable is
    taken as it is.

    Raises:
        UnsetError: A variable of the settings is not set any more.
    """
    if not isinstance(url, FromEnvironment) or url.written.startswith("${"):
        return str(url)
    at = url.written.rfind("@")
    quoted = {name: quote(value, safe="") for name, value in os.environ.items()}
    user = expand(url.written[: at + 1], quoted)
    rest = expand(url.written[at + 1 :], os.environ)
    return "".join(part if isinstance(part, str) else str(part.text) for part in (user, rest))
