"""Tests for `detect.recoding`: categories that go by other names, told by shares and partners."""

from __future__ import annotations

import random

import pytest


def table(names, n=900, seed=1, size="size"):
    """Parcels: what they are called goes with their size."""
    rng = random.Random(seed)  # noqa: S311
    kinds = [0 if rng.random() < 0.5 else 1 for _ in range(n)]
    return {
        "kind": [names[k] for k in kinds],
        size: [f"{rng.gauss(10 + 20 * k, 4):.1f}" for k in kinds],
        "other": [rng.choice(["a", "b", "c"]) for _ in range(n)],
    }


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (("letter", "crate"), ("K1", "K2")),
        (("1", "2"), ("M", "F")),
        (("M", "F"), ("1", "2")),
        (("Y", "N"), ("true", "false")),
        (("it's", 'a "crate"'), ("x'; --", "y")),
    ],
)
def test_recoded_categories_are_mapped(search, old, new):
    """As frequent as each other, they are told apart by what they go with; or by the words."""
    found = search(table(new, seed=2), table(old))
    finding = found.one("recoded", "kind")
    assert finding.rows_affected == 900
    assert finding.severity == "fail"
    for a, b in zip(old, new, strict=True):
        assert f"'{a}' is '{b}' now" in finding.message


def test_what_nothing_tells_apart_is_not_mapped(search):
    """Two new names of equal shares without a partner: either mapping may be right."""
    rng = random.Random(5)  # noqa: S311

    def drawn(names):
        return {"kind": [rng.choice(names) for _ in range(900)], "v": [str(k) for k in range(900)]}

    assert not search(drawn(["K1", "K2"]), drawn(["letter", "crate"])).of("recoded")


def test_new_categories_beside_the_old_are_no_recoding(search):
    """The pilot's categories are still there: these are others."""
    production = table(("letter", "crate"), seed=2)
    production["kind"] = ["bag" if k % 5 == 0 else v for k, v in enumerate(production["kind"])]
    production["kind"] = ["box" if k % 7 == 0 else v for k, v in enumerate(production["kind"])]
    assert not search(production, table(("letter", "crate"))).of("recoded")


def test_a_personal_column_is_never_mapped(search):
    """Its values are nobody's to see."""
    found = search(table(("K1", "K2"), seed=2), table(("x", "y")), personal=["kind"])
    assert not found.of("recoded")


def test_a_copy_of_the_pilot_is_not_recoded(search):
    """Nothing changed."""
    assert not search(table(("a", "b"), seed=2), table(("a", "b"))).of("recoded")
