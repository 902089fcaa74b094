"""Tests for `dataready.extract.draft`: whole or not at all."""

from __future__ import annotations

from errno import EACCES, ENOSPC

import pytest

from dataready.errors import WarehouseError
from dataready.extract.draft import draft


def test_a_full_disk_is_said_and_nothing_is_left(tmp_path):
    """The folder is as it was, and the error says what to do."""

    def write():
        with draft(tmp_path, "run") as scratch:
            (scratch / "half").write_text("x")
            raise OSError(ENOSPC, "No space left on device")

    with pytest.raises(WarehouseError, match=r"disk that holds the warehouse is full.*Make room"):
        write()
    assert list(tmp_path.iterdir()) == []


def test_other_failures_are_passed_on(tmp_path):
    """What is no full disk is not called one."""
    with pytest.raises(PermissionError), draft(tmp_path, "run"):
        raise OSError(EACCES, "Permission denied")
    assert list(tmp_path.iterdir()) == []
