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
