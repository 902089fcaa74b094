"""What MySQL, MariaDB and the driver raise, in words that hold no values, and what may pass."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dataready.errors import SourceError, TransientSourceError

__all__ = ["code_of", "translated"]

_LOST = ("the connection was lost. Is the server up, and the network?", True)
_RIGHTS = ("this user may not read it. Have somebody run: GRANT SELECT ON it TO the user", False)
_REFUSED = ("the server refuses this user. Check user, password and host", False)
_ROOM = ("the server has no connection left", True)
_SQL = ("the server refuses the SQL of 'query' or 'where'", False)
_WORDS = {
    1021: ("the server's disk is full", False),
    1040: _ROOM,
    1044: _RIGHTS,
    1045: _REFUSED,
    1049: ("there is no such database on the server. Check the address", False),
    1053: ("the server is shutting down", True),
    1054: ("a column is not there (any more), or 'query' or 'where' names none", False),
    1060: ("the query answers two columns of one name. Give each its own: AS", False),
    1064: ("the server does not understand the SQL of 'query' or 'where'", False),
    1129: ("the server blocks this host after too many errors. Tell whoever runs it", False),
    1130: _REFUSED,
    1142: _RIGHTS,
    1143: _RIGHTS,
    1146: ("a table is not there (any more)", False),
    1152: _LOST,
    1158: _LOST,
    1159: _LOST,
    1160: _LOST,
    1161: _LOST,
    1203: _ROOM,
    1205: ("somebody holds a lock on it for longer than 'lock_timeout_s'", True),
    1213: ("the server ended it in favour of others", True),
    1226: _ROOM,
    1227: _RIGHTS,
    1317: ("somebody cancelled it", False),
    1356: ("it is a view of tables that are gone, or that its owner may not read", False),
    1370: _RIGHTS,
    1412: ("its definition changed after the state was fixed that is read", True),
    1698: _REFUSED,
    1792: ("the SQL of 'query' or 'where' writes, and only reading is allowed", False),
    1927: ("somebody ended the connection", True),
    1969: ("it took longer than 'statement_timeout_s'", False),
    2003: ("nobody answers at this address. Is the server up, and the network?", True),
    2006: _LOST,
    2013: _LOST,
    2014: _LOST,
    3024: ("it took longer than 'statement_timeout_s'", False),
    4031: _LOST,
}
"""The server's number of an error -> what it means, and whether it may pass."""

_NOTE = "error "


def code_of(error: BaseException) -> int:
    """Answer the server's number behind an error; 0 where there was none."""
    notes = getattr(error, "__notes__", [])
    return next((int(n.removeprefix(_NOTE)) for n in notes if n.startswith(_NOTE)), 0)


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
    except Exception as e:
        # Of the driver, only its errors are known to come from the server.
        if not (type(e).__module__.startswith("pymysql") or isinstance(e, OSError)):
            raise
        code = e.args[0] if e.args and isinstance(e.args[0], int) else 0
        code = 0 if isinstance(e, OSError) else code
        words, passes = _WORDS.get(code) or (_SQL if 1000 <= code < 2000 else _LOST)
        kind = TransientSourceError if passes else SourceError
        error = kind(f"{what}: {words}{'' if words.endswith('?') else '.'}")
        error.add_note(f"{_NOTE}{code}")
        raise error from None
