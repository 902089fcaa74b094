"""What PostgreSQL and its driver raise, in words that hold no values, and what may pass."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dataready.errors import DatareadyError, SourceError, TransientSourceError

__all__ = ["code_of", "refused", "translated"]

_WORDS = {
    "08": ("the connection was lost. Is the server up, and the network?", True),
    "22": ("a value cannot be converted. Name the columns to read, or leave that one out", False),
    "22021": ("a text is not in the database's encoding. Mend it, or leave its column out", False),
    "22P05": ("a text has characters that UTF-8 lacks. Leave its column out", False),
    "25P02": ("an earlier statement failed", True),
    "28": ("the server refuses this user. Check user, password and pg_hba.conf", False),
    "3D000": ("there is no such database on the server. Check the address", False),
    "40": ("the server ended it in favour of others", True),
    "42501": ("this user may not read it. Have somebody GRANT SELECT on it", False),
    "42601": ("the server does not understand the SQL of 'query' or 'where'", False),
    "42703": ("a column is not there (any more), or 'query' or 'where' names none", False),
    "42P01": ("a table is not there (any more)", False),
    "42": ("the server refuses the SQL of 'query' or 'where'", False),
    "53100": ("the server's disk is full", False),
    "53300": ("the server has no connection left", True),
    "53": ("the server is short of memory or connections", True),
    "54": ("the query is too large for the server", False),
    "55P03": ("somebody holds a lock on it for longer than 'lock_timeout_s'", True),
    "57014": ("it took longer than 'statement_timeout_s', or somebody cancelled it", False),
    "57P01": ("the server ended the connection, or is shutting down", True),
    "57P02": ("the server crashed", True),
    "57P03": ("the server is starting up or shutting down", True),
    "57": ("somebody interrupted it", True),
    "58": ("the server has trouble with its disk", True),
    "72": ("the state that was being read is gone from the server", True),
    "option": ("the address has an option that is wrong. Check what stands behind '?'", False),
    "XX": ("the server reports damage of its own. Tell whoever runs it", False),
}
"""The beginning of a SQLSTATE -> what it means, and whether it may pass."""

_SIGNS = (
    ("password authentication failed", "28"),
    ("no password supplied", "28"),
    ("no pg_hba.conf entry", "28"),
    ("authentication", "28"),
    ("invalid connection option", "option"),
    ("invalid URI query parameter", "option"),
    ("definition of service", "option"),
    ("certificate file", "option"),
    ("starting up", "57P03"),
    ("shutting down", "57P03"),
    ("not yet accepting", "57P03"),
    ("recovery mode", "57P03"),
    ("too many", "53300"),
    ("remaining connection slots", "53300"),
    ("terminating connection", "57P01"),
)
"""What libpq says where it gives no code, and the code that it stands for."""

_NOTE = "SQLSTATE "
_ROW_SECURITY = "row-level security"


def code_of(error: BaseException) -> str:
    """Answer the SQLSTATE behind an error; "" where there was none."""
    notes = getattr(error, "__notes__", [])
    return next((n.removeprefix(_NOTE) for n in notes if n.startswith(_NOTE)), "")


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Turn what the driver raises into a `SourceError`, without a word of its own.

    Args:
        what: What failed, as a sentence that ends here: "'orders' cannot be read".

    Raises:
        TransientSourceError: The failure may pass.
        SourceError: It will not.
    """
    try:
        yield
    except (DatareadyError, StopIteration):
        raise
    except Exception as e:
        # Of the driver, only its errors are known to come from the server.
        if not (type(e).__module__.startswith("adbc") or isinstance(e, OSError)):
            raise
        raise _error(e, what) from None


def refused(name: str, stall_s: int) -> TransientSourceError:
    """Answer the error for a server that sends nothing for too long."""
    return TransientSourceError(
        f"'{name}' cannot be read: the server sent nothing for {stall_s} s. Try when it is less "
        "busy, or raise 'stall_timeout_s'."
    )


def _error(e: Exception, what: str) -> SourceError:
    """Find what a failure means: by its code, or where there is none by signs."""
    said = str(e)
    code = getattr(e, "sqlstate", None) or ""
    if not code:
        code = next((c for sign, c in _SIGNS if sign in said), "")
    if not code and "FATAL" in said:
        code = "3D000" if "database" in said else "28"
    if code == "42501" and _ROW_SECURITY in said:
        msg = (
            f"{what}: row-level security hides rows of it from this user, so that the extract "
            "would not be full. Have the user be given BYPASSRLS."
        )
        return SourceError(msg)
    words, passes = _WORDS.get(code) or _WORDS.get(code[:2]) or _WORDS["08"]
    kind = TransientSourceError if passes else SourceError
    error = kind(f"{what}: {words}{'' if words.endswith('?') else '.'}")
    error.add_note(f"{_NOTE}{code}")
    return error
