"""What a driver says is turned into words of ours, that hold none of its."""

from __future__ import annotations

import pytest

from dataready.errors import SourceError, TransientSourceError
from dataready.sources.postgres_fault import code_of, translated


class DriverError(Exception):
    """An error as the driver raises it."""

    __module__ = "adbc_driver_manager"

    def __init__(self, said, sqlstate=None):
        """Keep the code."""
        super().__init__(said)
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("code", "said", "passes", "words"),
    [
        ("57P01", "canary", True, "ended the connection"),
        ("57P03", "canary", True, "starting up"),
        ("40001", "canary", True, "in favour of others"),
        ("53300", "canary", True, "no connection left"),
        ("55P03", "canary", True, "holds a lock"),
        ("08006", "canary", True, "connection was lost"),
        ("72000", "canary", True, "gone from the server"),
        (None, "canary: SSL SYSCALL error: EOF detected", True, "connection was lost"),
        (None, 'FATAL: password authentication failed for user "canary"', False, "refuses this"),
        (None, 'FATAL: database "canary" does not exist', False, "no such database"),
        (None, 'FATAL: role "canary" does not exist', False, "refuses this user"),
        (None, "FATAL: sorry, too many clients already canary", True, "no connection left"),
        (None, "FATAL: the database system is starting up canary", True, "starting up"),
        ("57014", "canary", False, "statement_timeout_s"),
        ("22P02", 'invalid input "canary"', False, "cannot be converted"),
        ("42501", "canary", False, "GRANT SELECT"),
        ("42501", "affected by row-level security policy canary", False, "hides rows"),
        ("42P01", "canary", False, "a table is not there"),
        ("XX001", "canary", False, "damage of its own"),
    ],
)
def test_what_may_pass_and_what_will_not(code, said, passes, words):
    """By its code, or by what the client library says where there is none."""
    with pytest.raises(SourceError, match=words) as caught, translated("'t' cannot be read"):
        raise DriverError(said, code)
    assert isinstance(caught.value, TransientSourceError) == passes
    assert "canary" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_the_code_is_kept_for_those_who_ask():
    """It is no part of the message."""
    cause = DriverError("canary", "42703")
    with pytest.raises(SourceError) as caught, translated("x"):
        raise cause
    assert code_of(caught.value) == "42703"
    assert "42703" not in str(caught.value)
    assert code_of(ValueError()) == ""


def test_bugs_of_ours_are_not_dressed_up():
    """What did not come from the driver passes as it is."""
    with pytest.raises(KeyError), translated("x"):
        raise KeyError
