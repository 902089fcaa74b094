"""The tables of types in docs/sources.md are those that the tests prove."""

from __future__ import annotations

from tests.sources.types_pages import current
from tests.sources.types_table import PAGE


def test_the_tables_of_types_are_current():
    """`python -m tests.sources.types_pages` would change nothing."""
    page = PAGE.read_text(encoding="utf-8")
    assert current(page) == page
