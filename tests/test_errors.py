"""Tests for `dataready.errors`."""

import inspect

import pytest

from dataready import errors
from dataready.errors import ConfigError, DatareadyError, NoSuchColumnError, did_you_mean

KINDS = [e for _, e in inspect.getmembers(errors, inspect.isclass) if issubclass(e, DatareadyError)]


@pytest.mark.parametrize("kind", KINDS, ids=lambda e: e.__name__)
def test_every_error_has_a_root_and_an_exit_code(kind):
    """One `except` catches them all; none ends a command as a verdict or a bug would."""
    assert issubclass(kind, DatareadyError)
    assert kind.exit_code in {2, 3}
    assert kind.__name__ in errors.__doc__
    assert kind.__name__ in errors.__all__


def test_settings_that_are_wrong_are_told_from_sources_that_fail():
    """Scripts react to one by mending the settings, to the other by trying again."""
    assert ConfigError.exit_code == NoSuchColumnError.exit_code == 2
    assert errors.SourceError.exit_code == errors.WarehouseError.exit_code == 3


def test_a_missing_column_is_named_with_what_there_is():
    """What is wrong, what was meant, what there is; and the parts for callers."""
    e = NoSuchColumnError("amont", table="orders", available=["amount", "id"])

    assert str(e) == (
        "Table 'orders' has no column 'amont'. Did you mean 'amount'? It has: amount, id."
    )
    assert (e.column, e.table, e.available) == ("amont", "orders", ("amount", "id"))


def test_nothing_like_it_is_not_guessed():
    """No suggestion is better than a wild one."""
    assert did_you_mean("x", ["amount", "id"]) == ""
    assert did_you_mean("x", []) == ""
