"""Tests for `detect.disguised` and `detect.missing_words`: what stands for "missing"."""

from __future__ import annotations

import random

import pytest

from dataready.model import Severity


def numbers(n, seed=1, low=20, high=60):
    """Draw whole numbers as text."""
    rng = random.Random(seed)  # noqa: S311
    return [str(rng.randint(low, high)) for _ in range(n)]


def names(n, values=("North", "South", "West")):
    """Repeat some names."""
    return [values[k % len(values)] for k in range(n)]


@pytest.mark.parametrize("word", ["N/A", "unknown", "-", "TBD", "keine Angabe", "null", "?"])
def test_a_word_for_no_value_is_found_among_names(search, word):
    """The right rows, and the word in the message."""
    production = names(400)
    production[7] = production[90] = production[91] = word
    production[300:310] = [word] * 10
    found = search({"place": production}, {"place": names(400)})
    finding = found.one("disguised_missing", "place")
    assert found.rows(finding) == [7, 90, 91, *range(300, 310)]
    assert f"'{word}' 13 times" in finding.message
    assert finding.cells
    assert finding.dimension == "completeness"


def test_a_word_that_is_a_code_like_its_neighbours_is_none(search):
    """NA is Namibia among country codes."""
    codes = names(200, ("DE", "FR", "NA", "PL"))
    assert not search({"country": codes}).of("disguised_missing")


def test_words_as_frequent_as_in_the_pilot_are_no_news(search):
    """The model was trained on them."""
    production, pilot = names(400), names(400)
    for k in range(0, 400, 20):
        production[k] = pilot[k + 1] = "N/A"
    assert not search({"place": production}, {"place": pilot}).of("disguised_missing")


def test_a_column_of_nothing_but_placeholders_is_not_disguised(search):
    """That is what it says."""
    assert not search({"x": ["n/a"] * 50}).of("disguised_missing")


@pytest.mark.parametrize("sentinel", ["-999", "9999", "-1"])
def test_sentinels_are_found_in_numbers(search, sentinel):
    """At either end, in a spike."""
    production = numbers(600)
    for k in range(55):
        production[k * 7] = sentinel
    finding = search({"age": production}, {"age": numbers(600, 2)}).one("disguised_missing", "age")
    assert finding.rows_affected == 55
    assert finding.severity is Severity.WARN


def test_repeated_digits_may_have_a_point(search):
    """999.9 among tenths, as weather stations write it; half a degree is no code."""
    tenths = [f"{int(t) / 2}" for t in numbers(600)]
    production = ["999.9" if k % 40 == 0 else t for k, t in enumerate(tenths)]
    assert search({"wind": production}).one("disguised_missing", "wind").rows_affected == 15
    assert not search({"wind": tenths}).of("disguised_missing")


def test_a_first_year_is_no_year(search):
    """1900 far from all years of birth; not where years go on down to it."""
    years = numbers(900, low=1940, high=2002)
    production = ["1900" if k % 30 == 0 else t for k, t in enumerate(years)]
    assert search({"born": production}).one("disguised_missing", "born").rows_affected == 30
    old = [*numbers(200, low=1880, high=1939), *production]
    assert not search({"built": old}).of("disguised_missing")


def test_a_tenth_of_the_rows_is_a_failure(search):
    """From ten points beyond the pilot on."""
    production = numbers(400)
    production[:60] = ["9999"] * 60
    finding = search({"age": production}, {"age": numbers(400, 2)}).one("disguised_missing")
    assert finding.severity is Severity.FAIL


def test_numbers_that_merely_go_on_are_no_sentinels(search):
    """A ninth item, another year, a heavier tail: nothing is missing there."""
    items = [str(1 + k % 8) for k in range(800)]
    more = [str(1 + k % 9) for k in range(810)]
    assert not search({"items": more}, {"items": items}).of("disguised_missing")
    years = [str(2010 + k % 3) for k in range(800)]
    later = [str(2010 + k % 5) for k in range(800)]
    assert not search({"year": later}, {"year": years}).of("disguised_missing")


def test_a_sentinel_of_the_pilot_is_no_news(search):
    """Production has as many as the pilot."""
    pilot, production = numbers(600), numbers(600, 2)
    pilot[:30] = production[30:60] = ["-999"] * 30
    assert not search({"age": production}, {"age": pilot}).of("disguised_missing")


def test_zeros_are_missing_only_where_all_else_is_far_above(search):
    """A blood pressure is never zero; a number of visits is."""
    pressure = numbers(400, low=60, high=140)
    visits = [str(k % 6) for k in range(400)]
    pressure[10:30] = ["0"] * 20
    found = search({"pressure": pressure, "visits": visits})
    assert found.one("disguised_missing", "pressure").rows_affected == 20


def test_a_systems_first_day_is_missing(search):
    """1900-01-01 in a spike, a year from the rest; single old dates are not."""
    days = [f"20{10 + k % 10}-{1 + k % 12:02}-{1 + k % 28:02}" for k in range(600)]
    production = list(days)
    production[::15] = ["1900-01-01"] * 40
    production[1] = "1970-01-01"
    found = search({"since": production}, {"since": days})
    assert found.one("disguised_missing", "since").rows_affected == 40
    assert "1900-01-01 40 times" in found.one("disguised_missing").message


def test_one_value_repeated_among_addresses_is_missing(search):
    """Of personal data the message and the SQL hold no value."""
    pilot = [f"user{k}@mail.org" for k in range(300)]
    production = [f"person{k}@mail.org" for k in range(300)]
    production[::10] = ["nobody@shop.org"] * 30
    finding = search({"email": production}, {"email": pilot}).one("disguised_missing", "email")
    assert finding.rows_affected == 30
    assert "nobody" not in finding.message + finding.sql + finding.where + str(finding.examples)


def test_personal_sentinels_are_hashed(search):
    """A number that stands for "missing" is quoted by its hash."""
    production = numbers(600)
    production[::15] = ["-999"] * 40
    found = search({"age": production}, {"age": numbers(600, 2)}, personal=["age"])
    finding = found.one("disguised_missing", "age")
    assert finding.rows_affected == 40
    assert "999" not in finding.message + finding.sql


def test_repeated_words_among_numbers_are_missing(search):
    """And hostile ones do not break the SQL."""
    production = numbers(400)
    production[30:50] = 20 * ['it\'s "closed"; --']
    finding = search({"age": production}, {"age": numbers(400, 2)}).one("disguised_missing")
    assert finding.rows_affected == 20


@pytest.mark.parametrize(
    "values", [[], ["N/A"], [None] * 20, ["5"], [""] * 5], ids=["none", "one", "null", "5", "blank"]
)
def test_tables_of_nothing_raise_nothing(search, values):
    """Empty, one row, all null."""
    pilot = {"x": names(50)}
    search({"x": values})
    search({"x": values}, pilot)
    search(pilot, {"x": values or [None]})


@pytest.mark.parametrize(
    "usual",
    [
        ["0.99", "1.49", "1.99", "2.49", "2.99", "3.49"],
        ["4.99", "7.99", "9.99", "12.50", "14.99", "19.99"],
    ],
)
@pytest.mark.parametrize("dear", ["9.99", "99.99"])
def test_prices_stand_for_themselves(search, usual, dear):
    """The dearest one is far above the others, and ends as they do."""
    prices = [dear if k % 30 == 0 else usual[k * 7 % 6] for k in range(900)]
    assert not search({"price": prices}).of("disguised_missing")
    found = search({"price": prices}, {"price": [p for p in prices if p != dear]})
    assert not found.of("disguised_missing")


def test_thirds_in_percent_stand_for_themselves(search):
    """33.3 is a number like others."""
    shares = ["33.3" if k % 20 == 0 else f"{k * 37 % 50 / 10}" for k in range(900)]
    assert not search({"share": shares}).of("disguised_missing")
