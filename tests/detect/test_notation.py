"""Tests for `detect.notation`: cells that are written unlike the others."""

from __future__ import annotations

SHARES = [f"{k % 90 + 10} %" for k in range(300)]


def test_a_rare_shape_among_codes_is_found(search):
    """With and without a pilot; one that the pilot has is none."""
    for pilot in (None, {"share": SHARES}):
        found = search({"share": ["8x %", *SHARES]}, pilot)
        assert 0 in [n for f in found.of("rare_format") for n in found.rows(f)]
    known = {"share": ["8x %", *SHARES]}
    assert not search(known, known).of("rare_format")


def test_names_have_as_many_shapes_as_they_like(search):
    """No shape of letters is judged."""
    names = ["Ann", "Bo Li", "Cyd"] * 100
    assert not search({"name": ["O'Hara-Smith", *names]}).of("rare_format")


def test_several_units_are_a_defect_and_one_is_a_format(search):
    """Twelve ounces beside twelve oz."""
    one = [f"{k % 9 + 1}.5 oz" for k in range(200)]
    several = [t.replace("oz", "ounces") if k % 4 == 0 else t for k, t in enumerate(one)]
    assert not search({"size": one}).of("unit_text")
    assert search({"size": several}).one("unit_text", "size").rows_affected == 200


def test_codes_that_lost_their_zeros_are_found(search):
    """A spreadsheet read them as numbers."""
    codes = [f"{k * 37 % 9000:05d}" for k in range(300)]
    lost = [c.lstrip("0") if k < 10 else c for k, c in enumerate(codes)]
    for pilot in (None, {"code": codes}):
        finding = search({"code": lost}, pilot).one("leading_zeros_lost", "code")
        assert finding.rows_affected == sum(len(c) < 5 for c in lost if c)
    assert not search({"code": codes}, {"code": codes}).of("leading_zeros_lost")


def test_exponents_are_a_spreadsheets(search):
    """Unless the pilot has them too."""
    numbers = [str(k * 1001) for k in range(300)]
    written = [f"{float(n):.2E}" if k < 5 else n for k, n in enumerate(numbers)]
    found = search({"n": written}, {"n": numbers})
    assert found.one("scientific_notation", "n").rows_affected == 5
    assert not search({"n": written}, {"n": written}).of("scientific_notation")


def test_a_format_that_many_have_is_found_where_values_are_mostly_new(search):
    """Times with a date in front, in a fifth of the rows: no pilot has met all times."""
    times = [f"{k * 7 % 3 + 1}:{(k * k * 7 // 5 + k // 60) % 60:02d} pm" for k in range(1500)]
    dated = [f"12/02/2011 {t}" if k % 5 == 0 else t for k, t in enumerate(times)]
    found = search({"at": dated}, {"at": times[:400]})
    assert found.rows(found.one("format", "at")) == list(range(0, 1500, 5))
    assert not search({"at": times}, {"at": times[:400]}).of("format")


def test_numbers_have_one_format_however_many_groups_they_have(search):
    """A few are above a million, a few below a thousand."""
    votes = [f"{(k * k * 37 + 12_345) % 90_000 + 1000:,}" for k in range(500)]
    found = search({"votes": ["1,204,113", "2,113,004", "412", *votes]})
    assert not found.of("rare_format")
