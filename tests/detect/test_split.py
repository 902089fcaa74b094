"""Tests for `detect.split`: cells that hold their neighbour's value as well."""

from __future__ import annotations

from dataready.detect import split

CITIES = ["Reno", "Austin", "New Haven", "Salem"] * 60
STATES = ["NV", "TX", "CT", "OR"] * 60


def moved(rows):
    """Put the state behind the city in some rows."""
    city = [f"{c} {s}" if k in rows else c for k, (c, s) in enumerate(zip(CITIES, STATES))]  # noqa: B905
    return {"city": city, "state": [None if k in rows else s for k, s in enumerate(STATES)]}


def test_moved_values_are_found(search):
    """In both columns, with and without a pilot."""
    rows = list(range(0, 240, 30))
    for pilot in (None, {"city": CITIES, "state": STATES}):
        found = search(moved(rows), pilot)
        assert found.rows(found.one("split_cells", "city")) == rows
        assert found.rows(found.one("moved_value", "state")) == rows


def test_values_that_merely_end_so_are_none(search):
    """Where the other column is filled, the texts end in its values as well."""
    city = [f"{c} {s}" for c, s in zip(CITIES, STATES, strict=True)]
    state = [None if k % 30 == 0 else s for k, s in enumerate(STATES)]
    assert not search({"city": city, "state": state}).of("split_cells")


def test_what_the_pilot_has_as_often_is_no_news(search):
    """The model was trained on it."""
    table = moved(list(range(0, 240, 30)))
    assert not search(table, table).of("split_cells")


def test_words_that_hold_no_two_values_are_not_asked(search, monkeypatch):
    """Of a wide table's codes each would be asked for each other."""
    asked = []

    def shares(_, columns, *__):
        asked.extend(seen.name for seen in columns)
        return [(0, 0)] * len(columns)

    monkeypatch.setattr(split, "_shares", shares)
    gone = [None if k % 30 == 0 else s for k, s in enumerate(STATES)]
    search({"city": CITIES, "state": gone, "kind": ["a", "b", "c"] * 80})
    assert set(asked) == {"city"}
