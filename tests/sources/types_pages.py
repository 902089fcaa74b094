"""Write the tables of types of docs/sources.md again: `python -m tests.sources.types_pages`."""

from __future__ import annotations

import sys

from tests.sources import excel_types, mysql_types, postgres_types, sqlite_types
from tests.sources.types_table import PAGE, Case, written


def _of_excel():
    """Answer the cases of Excel as the others are."""
    return tuple(
        Case(said, tuple(str(c) for c in cells), lands, landed, degraded)
        for said, cells, lands, landed, degraded in excel_types.CASES
    )


TABLES = {
    postgres_types.NAME: postgres_types.CASES,
    mysql_types.NAME: mysql_types.CASES,
    sqlite_types.NAME: sqlite_types.CASES,
    excel_types.NAME: _of_excel(),
}


def current(page):
    """Answer the page with all tables as they should be."""
    for name, cases in TABLES.items():
        page = written(page, name, cases)
    return page


if __name__ == "__main__":
    PAGE.write_text(current(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    sys.stdout.write(f"{PAGE}\n")
