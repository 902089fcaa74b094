"""The page of commands is written from the commands."""

from __future__ import annotations

from dataready.cli.reference import reference, write_reference


def test_arguments_and_options_have_a_meaning():
    """No row of the page is without words."""
    rows = [r for r in reference().splitlines() if r.startswith("| `")]
    assert rows
    assert all(row.split(" | ")[1].strip(" |") for row in rows)


def test_the_page_is_written(tmp_path):
    """The file's text is the reference's."""
    assert write_reference(tmp_path).read_text() == reference()
