"""Tests for `detect.formats`: what the cells are that do not parse."""

from __future__ import annotations

import pytest

from dataready.model import Severity

PRICES = [f"{k % 90}.{k % 10}5" for k in range(300)]
DAYS = [f"2024-{1 + k % 12:02}-{1 + k % 28:02}" for k in range(300)]


def with_cells(column, cells):
    """Replace every tenth cell."""
    out = list(column)
    for k, cell in enumerate(cells):
        out[k * 10] = cell
    return out


@pytest.mark.parametrize(
    ("detector", "cells"),
    [
        ("decimal_comma", ["1,5", "12,50", "1.234,5"]),
        ("thousands_separator", ["1,234", "12,345.6", "1 234", "1'234'567"]),
        ("unit_text", ["3 days", "12.0 oz.", "5%", "€ 4", "$12.50"]),
        ("number_range", ["3-5", "10 to 20", "60 - 65 kg", "1\u20132"]),
    ],
)
def test_notations_of_numbers_are_named(search, detector, cells):
    """The right detector, exactly those rows, and the cells as examples."""
    production = with_cells(PRICES, cells)
    found = search({"price": production}, {"price": PRICES})
    finding = found.one(detector, "price")
    assert found.rows(finding) == [10 * k for k in range(len(cells))]
    assert set(finding.examples) <= set(cells)
    others = {"decimal_comma", "thousands_separator", "unit_text", "number_range"} - {detector}
    assert not [f for f in found.findings if f.detector in others]


def test_a_comma_before_three_digits_is_decimal_where_others_are(search):
    """1,234 beside 1,5 is one and a bit."""
    found = search({"price": with_cells(PRICES, ["1,234", "1,5"])}, {"price": PRICES})
    assert found.one("decimal_comma").rows_affected == 2
    assert not found.of("thousands_separator")


def test_each_cell_is_explained_once(search):
    """A mixture is split, not counted twice."""
    cells = ["3 kg", "3-4", "1,5", "2,25"]
    found = search({"price": with_cells(PRICES, cells)}, {"price": PRICES})
    explained = [f for f in found.findings if f.cells]
    assert sum(f.rows_affected for f in explained) == len(cells)
    assert {f.detector for f in explained} == {"unit_text", "number_range", "decimal_comma"}


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("31.12.2023", "%d.%m.%Y"),
        ("31/12/2023", "%d/%m/%Y"),
        ("12/31/2023", "%m/%d/%Y"),
        ("20231231", "%Y%m%d"),
        ("31 Dec 2023", "%d %b %Y"),
        ("31.12.2023 23:59", "%d.%m.%Y %H:%M"),
    ],
)
def test_dates_in_another_format_are_found(search, cell, shown):
    """With the format's name, and no more rows than there are."""
    found = search({"day": with_cells(DAYS, [cell] * 7)}, {"day": DAYS})
    finding = found.one("date_format", "day")
    assert finding.rows_affected == 7
    assert shown in finding.message
    assert finding.examples == (cell,)


def test_iso_dates_among_others_are_another_format(search):
    """The pilot's format is the right one, whichever it is."""
    german = [f"{1 + k % 28:02}.{1 + k % 12:02}.2024" for k in range(300)]
    found = search({"day": with_cells(german, DAYS[:9])}, {"day": german})
    assert found.one("date_format").rows_affected == 9


def test_two_other_formats_are_both_read(search):
    """A column may have three generations."""
    cells = ["31.12.2023", "30.11.2023", "28/02/2023", "27/02/2023"]
    found = search({"day": with_cells(DAYS, cells)}, {"day": DAYS})
    assert found.one("date_format").rows_affected == 4


def test_words_are_no_dates(search):
    """What cannot be read is left to others."""
    found = search({"day": with_cells(DAYS, ["soon", "later", "first of May"])}, {"day": DAYS})
    assert not found.of("date_format")


def test_cells_like_the_pilots_are_no_news(search):
    """As many unreadable cells as in the pilot are a note."""
    cells = ["3 kg", "4 kg", "5 kg"]
    found = search({"price": with_cells(PRICES, cells)}, {"price": with_cells(PRICES[::-1], cells)})
    assert found.one("unit_text").severity is Severity.INFO


def test_a_tenth_of_the_rows_is_a_failure(search):
    """From ten in a hundred on."""
    found = search({"price": with_cells(PRICES, ["3 kg"] * 30)}, {"price": PRICES})
    assert found.one("unit_text").severity is Severity.FAIL


def test_of_personal_data_no_cell_is_shown(search):
    """Neither in examples nor in messages."""
    found = search(
        {"income": with_cells(PRICES, ["77123 EUR"] * 4)}, {"income": PRICES}, personal=["income"]
    )
    finding = found.one("unit_text")
    assert finding.rows_affected == 4
    assert "77123" not in repr(finding)


def test_hostile_names_and_cells_break_nothing(search):
    """Names and cells are quoted."""
    name = "a\"b'; DROP TABLE data; --"
    production = with_cells(PRICES, ["5 ';--", '6 "x"', "7 \\"])
    assert search({name: production}, {name: PRICES}).one("unit_text", name).rows_affected == 3


def test_clean_columns_are_silent(search):
    """Other numbers and dates raise nothing, but a note that the last day is long ago."""
    found = search({"price": PRICES[::-1], "day": DAYS[::-1]}, {"price": PRICES, "day": DAYS})
    assert {(f.detector, f.severity) for f in found.findings} <= {("stale", Severity.INFO)}


def test_days_read_as_months_are_found(search):
    """A file of month-first dates against a day-first pilot: most parse, and read wrong."""
    pilot = [f"{k % 28 + 1:02d}/{k % 12 + 1:02d}/2024" for k in range(400)]
    turned = [f"{t[3:5]}/{t[:2]}/{t[6:]}" for t in pilot]
    found = search({"day": turned}, {"day": pilot})
    finding = found.one("day_month_swapped", "day")
    assert finding.rows_affected == sum(int(t[:2]) <= 12 and t[:2] != t[3:5] for t in pilot)
    some = [t if k % 4 else u for k, (t, u) in enumerate(zip(pilot, turned, strict=True))]
    assert not search({"day": some}, {"day": pilot}).of("day_month_swapped")


def test_two_digit_years_are_another_format(search):
    """Not dates of the first century."""
    pilot = [f"{k % 28 + 1:02d}-{k % 12 + 1:02d}-2024" for k in range(400)]
    short = [t[:6] + t[8:] if k < 30 else t for k, t in enumerate(pilot)]
    found = search({"day": short}, {"day": pilot})
    assert found.one("date_format", "day").rows_affected == 30


@pytest.mark.parametrize(
    ("write", "detector"),
    [
        (lambda k: f"{k * 977:,}", "thousands_separator"),
        (lambda k: f"{k * 1.5:.2f}".replace(".", ","), "decimal_comma"),
    ],
)
def test_a_whole_column_of_numbers_that_reads_as_text_is_a_note(search, write, detector):
    """Nobody is alarmed, and everybody knows that its range is not judged."""
    texts = [write(k) for k in range(1, 600)]
    for pilot in (None, {"votes": texts}):
        finding = search({"votes": texts}, pilot).one(detector, "votes")
        assert finding.severity is Severity.INFO
        assert not finding.cells
        assert "no range" in finding.message


def test_lists_and_versions_are_no_numbers(search):
    """Commas and points separate other things, too."""
    table = {
        "list": [f"{k % 7},{k % 5}" for k in range(300)],
        "version": [f"1.{k % 9}.{k % 4}" for k in range(300)],
        "name": [f"Smith, J{k}" for k in range(300)],
    }
    assert not [f for f in search(table).findings if f.detector == "thousands_separator"]


def test_codes_in_groups_of_three_are_no_numbers(search):
    """Company numbers are written so, all of one length."""
    codes = [f"{k * 7 % 900 + 100} {k * 13 % 900 + 100} {k * 17 % 900 + 100}" for k in range(300)]
    assert not search({"company": codes}).of("thousands_separator")
