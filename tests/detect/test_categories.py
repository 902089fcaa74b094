"""Tests for `detect.categories`, `spelling` and `synonyms`."""

from __future__ import annotations

import pytest

from dataready.detect.spelling import spellings
from dataready.model import Severity

CARRIERS = ["DHL", "UPS", "Post Nord"] * 200
HOW = ["web", "app", "phone"] * 200
PAID = ["card", "cash", "invoice", "wallet"] * 150


def altered(column, values, step=10):
    """Replace every tenth value by these in turn."""
    out = list(column)
    for k in range(0, len(out), step):
        out[k] = values[(k // step) % len(values)]
    return out


def test_other_spellings_are_variants(search):
    """Case, blanks and dots aside they are known."""
    production = altered(CARRIERS, ["dhl", "D.H.L.", "postnord", "Ups "])
    found = search({"carrier": production}, {"carrier": CARRIERS})
    finding = found.one("category_variants", "carrier")
    assert finding.rows_affected == 60
    assert found.rows(finding) == list(range(0, 600, 10))
    assert "'D.H.L.' for 'DHL'" in finding.message
    assert not found.of("new_category")


@pytest.mark.parametrize(
    ("unknown", "known"),
    [("C++", "C"), ("1.5", "15"), ("-1", "1"), (">5", "<5"), ("5 %", "5"), ("AB", "A B C")],
)
def test_signs_and_digits_tell_categories_apart(unknown, known):
    """What looks alike without its signs is not the same."""
    assert not spellings([unknown], [known])


def test_new_categories_are_counted_and_named(search):
    """Values that resemble no known one."""
    production = altered(CARRIERS, ["GLS"])
    finding = search({"carrier": production}, {"carrier": CARRIERS}).one("new_category", "carrier")
    assert finding.rows_affected == 60
    assert "'GLS' (60)" in finding.message
    assert finding.severity is Severity.FAIL
    assert finding.cells


def test_a_long_tail_foretells_new_categories(search):
    """Where the pilot met many values once, new ones are no news."""
    pilot = CARRIERS + [f"town {chr(97 + k % 26)}{chr(97 + k // 26)}" for k in range(60)]
    production = CARRIERS + [f"place {chr(97 + k % 26)}{chr(97 + k // 26)}" for k in range(60)]
    finding = search({"x": production}, {"x": pilot}).one("new_category")
    assert finding.severity is Severity.INFO
    assert not finding.cells


def test_swapped_columns_are_found_in_both(search):
    """Rows in which each holds the other's values."""
    rows = range(0, 600, 12)
    how, paid = list(HOW), list(PAID)
    for k in rows:
        how[k], paid[k] = paid[k], how[k]
    found = search({"how": how, "paid": paid}, {"how": HOW, "paid": PAID})
    assert [f.column for f in found.of("swapped_columns")] == ["how", "paid"]
    assert {f.rows_affected for f in found.of("swapped_columns")} == {50}
    assert not found.of("new_category")


def test_a_value_of_another_column_alone_is_no_swap(search):
    """The other column must hold this one's values there."""
    found = search({"how": altered(HOW, ["cash"]), "paid": PAID}, {"how": HOW, "paid": PAID})
    assert not found.of("swapped_columns")
    assert found.one("new_category").column == "how"


def test_rows_of_the_same_customer_tell_what_a_value_stands_for(search):
    """'Germany' where else 'DE' stands; a truly new country is new."""
    customers = [f"C-{k % 150:04}" for k in range(1500)]
    country = [("DE", "FR", "PL")[k % 150 % 3] for k in range(1500)]
    pilot = {"customer": customers, "country": country}
    production = list(country)
    for k in range(0, 1500, 14):
        production[k] = {"DE": "Germany", "FR": "France", "PL": "Poland"}[production[k]]
    for k in range(7, 1500, 13):
        production[k] = "RO"
    found = search({"customer": customers, "country": production}, pilot, key=())
    variants, new = found.one("category_variants"), found.one("new_category")
    assert variants.rows_affected == sum(len(c) > 2 for c in production)
    assert "'Germany' for 'DE'" in variants.message
    assert new.rows_affected == production.count("RO")


def test_recoded_labels_are_a_finding_of_their_own(search):
    """A dot after each label makes them incomparable."""
    pilot = ["<=50K", ">50K"] * 100
    production = ["<=50K.", ">50K."] * 100
    found = search({"income": production}, {"income": pilot}, roles={"income": "target"})
    finding = found.one("label_recoded", "income")
    assert finding.rows_affected == 200
    assert "'<=50K.' for '<=50K'" in finding.message


def test_unknown_labels_are_said_to_be_unknown(search):
    """They resemble no label of the pilot."""
    pilot = ["yes", "no"] * 100
    found = search({"y": altered(pilot, ["perhaps"])}, {"y": pilot}, roles={"y": "target"})
    assert found.one("label_unknown").rows_affected == 20


def test_personal_categories_are_hashed(search):
    """Neither messages nor SQL hold a value, yet the rows are found."""
    production = altered(CARRIERS, ["dhl", "Zelda"])
    found = search({"who": production}, {"who": CARRIERS}, personal=["who"])
    variants, new = found.one("category_variants"), found.one("new_category")
    assert variants.rows_affected == new.rows_affected == 30
    assert not any(v in repr(f) for f in found.findings for v in ("dhl", "Zelda", "DHL"))


def test_hostile_values_and_names_are_quoted(search):
    """Quotes, semicolons and comment signs are data."""
    name, value = "c'a\"t; --", "x'); DROP TABLE data; --"
    found = search({name: altered(CARRIERS, [value])}, {name: CARRIERS})
    assert found.one("new_category", name).rows_affected == 60


def test_known_categories_are_silent(search):
    """In another order and mixture."""
    found = search({"carrier": CARRIERS[::-1][:500]}, {"carrier": CARRIERS})
    assert not found.findings


def test_without_a_pilot_rare_spellings_are_variants(search):
    """Of one that is five times as frequent."""
    finding = search({"carrier": altered(CARRIERS, ["dhl"], 40)}).one("category_variants")
    assert finding.rows_affected == 15
    assert finding.severity is Severity.WARN


def test_without_a_pilot_equally_frequent_spellings_are_left_alone(search):
    """Nobody knows which of them is right."""
    assert not search({"x": ["DHL", "dhl", "UPS"] * 100}).of("category_variants")


def test_too_many_new_values_are_still_counted(search):
    """More than can be remembered are told by what they are not."""
    pilot = {"x": CARRIERS}
    production = CARRIERS + [f"code {k}" for k in range(10_500)]
    finding = search({"x": production}, pilot).one("new_category")
    assert finding.rows_affected == 10_500


def test_flags_spelt_otherwise_are_variants(search):
    """Yes is Y, and 1 is true; M and F are no flags."""
    flags = ["Y", "N"] * 200
    found = search({"paid": altered(flags, ["yes", "true", "0"])}, {"paid": flags})
    assert found.one("category_variants", "paid").rows_affected == 40
    assert spellings(["yes", "ja", "False"], ["Y", "N"]) == {"yes": "Y", "ja": "Y", "False": "N"}
    assert not spellings(["yes"], ["M", "F"])


def test_yes_among_ones_and_noughts_is_not_missing(search):
    """A word for a flag is no word for nothing."""
    flags = [str(k % 2) for k in range(400)]
    found = search({"paid": altered(flags, ["yes"])}, {"paid": flags})
    assert not found.of("disguised_missing")
