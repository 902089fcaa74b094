"""Tests for `detect.contradictions`: what other datasets say of the same key, and other codes."""

from __future__ import annotations

import random

import pytest
from tests.detect.test_foreign_keys import land

from dataready.model import Severity

COUNTRIES = ("DE", "FR", "IT", "ES")
NAMES = {"DE": "Germany", "FR": "France", "IT": "Italy", "ES": "Spain"}


def customers(n=150, seed=1):
    """Customers with a country each."""
    rng = random.Random(seed)  # noqa: S311
    ids = [f"C{k:04}X{k % 7}" for k in range(n)]
    return {i: rng.choice(COUNTRIES) for i in ids}


def orders(home, n=900, seed=2):
    """Orders that repeat their customer's country."""
    rng = random.Random(seed)  # noqa: S311
    who = [rng.choice(sorted(home)) for _ in range(n)]
    return {
        "customer_id": who,
        "country": [home[w] for w in who],
        "channel": [rng.choice(["web", "shop", "phone"]) for _ in who],
    }


def there(home, path, **more):
    """The extract of the customers, and how orders refer to it."""
    return str(land(path, customer_id=list(home), country=list(home.values()), **more))


def linked(path, *, declared):
    """Say what orders refer to, or let it be found."""
    if declared:
        return {"references": {"customer_id": ("customers", "customer_id", path)}}
    return {"neighbours": {"customers": path}}


@pytest.mark.parametrize("declared", [True, False])
@pytest.mark.parametrize(("piloted", "severity"), [(True, "warn"), (False, "info")])
def test_rows_against_their_key_s_own_attribute_are_listed(
    search, tmp_path, declared, piloted, severity
):
    """A warning beyond the pilot's; with counts, rows and what stands on either side."""
    home = customers()
    path = there(home, tmp_path / "c.duckdb")
    table = orders(home)
    wrong = [k for k in range(0, 900, 20) if table["country"][k] != "ES"]
    dirty = table | {"country": ["ES" if k in wrong else c for k, c in enumerate(table["country"])]}
    pilot = orders(home, seed=5) if piloted else None
    found = search(dirty, pilot, **linked(path, declared=declared))
    finding = found.one("attribute_contradicts", "country")
    assert finding.rows_affected == len(wrong)
    assert finding.severity == severity
    assert "'ES' here, 'DE' there" in finding.message
    assert finding.sql.startswith("ATTACH")


def test_other_codes_in_some_rows_contradict_and_are_named(search, tmp_path):
    """A third of the rows has names for codes: what stands for which is told."""
    home = customers()
    table = orders(home)
    table["country"] = [NAMES[c] if k % 3 == 0 else c for k, c in enumerate(table["country"])]
    found = search(table, neighbours={"customers": there(home, tmp_path / "c.duckdb")})
    finding = found.one("attribute_contradicts", "country")
    assert finding.rows_affected == 300
    assert "'Germany' here, 'DE' there" in finding.message


def test_another_list_of_codes_throughout_is_a_note_with_the_mapping(search, tmp_path):
    """Every code goes with one there; it is no contradiction."""
    home = customers()
    table = orders(home)
    table["country"] = [NAMES[c] for c in table["country"]]
    found = search(table, neighbours={"customers": there(home, tmp_path / "c.duckdb")})
    finding = found.one("codes_differ", "country")
    assert "'germany' is 'de'" in finding.message
    assert finding.severity is Severity.INFO
    assert not found.of("attribute_contradicts")


def test_equal_attributes_in_another_case_are_silent(search, tmp_path):
    """And so are columns that have nothing to do with each other."""
    home = customers()
    table = orders(home)
    table["country"] = [c.lower() for c in table["country"]]
    path = there(home, tmp_path / "c.duckdb", tier=["gold", "blue", "grey"] * 50)
    found = search(table, orders(home, seed=5), neighbours={"customers": path})
    assert not [*found.of("attribute_contradicts"), *found.of("codes_differ")]


def test_what_the_pilot_contradicts_as_often_is_a_note(search, tmp_path):
    """Customers move: a share of old rows is no news."""
    home = customers()
    path = there(home, tmp_path / "c.duckdb")

    def moved(seed):
        table = orders(home, seed=seed)
        table["country"] = ["IT" if k % 20 == 0 else c for k, c in enumerate(table["country"])]
        return table

    found = search(moved(3), moved(4), neighbours={"customers": path})
    assert found.one("attribute_contradicts").severity is Severity.INFO


def test_lists_of_codes_without_a_key_are_compared_by_name(search, tmp_path):
    """What only this one has is listed, other spellings told; a list that covers it is none."""
    rng = random.Random(7)  # noqa: S311
    kinds = ["oak", "elm", "ash", "Fir"]
    table = {"kind": [rng.choice(kinds) for _ in range(400)]}
    listed = land(tmp_path / "l.duckdb", Kind=["oak", "elm", "ash", "fir", "yew"] * 9)
    finding = search(table, neighbours={"trees": listed}).one("codes_differ", "kind")
    assert "1 codes that trees.Kind has not: 'Fir'" in finding.message
    assert "Spelt otherwise: 'Fir' for 'fir'" in finding.message
    assert finding.rows_affected == table["kind"].count("Fir")
    whole = land(tmp_path / "w.duckdb", kind=[*kinds, "yew"] * 9)
    assert not search(table, neighbours={"trees": whole}).of("codes_differ")


@pytest.mark.parametrize(
    ("column", "private"), [("first_name", False), ("speaks", True), ("mailbox", False)]
)
def test_what_is_personal_there_is_not_shown_here(search, tmp_path, column, private):
    """Codes here of what are names there, by the settings of the other dataset or by its looks."""
    home = customers()
    at = "@canary.org" if column == "mailbox" else " Canary"
    said = {c: f"Canary{c}{at}" for c in COUNTRIES}
    own = {column: [said[c] for c in home.values()]}
    path = str(land(tmp_path / "c.duckdb", customer_id=list(home), **own))
    hidden = {("customers", column)} if private else ()
    found = search(orders(home), neighbours={"customers": path}, private=hidden)
    message = found.one("codes_differ", "country").message
    assert "no value is shown" in message
    assert "canary" not in repr(found.findings).casefold()


def test_personal_columns_show_nothing(search, tmp_path):
    """Rows are counted and listed; no value is told."""
    home = customers()
    table = orders(home)
    table["country"] = ["ES" if k % 9 == 0 else c for k, c in enumerate(table["country"])]
    path = there(home, tmp_path / "c.duckdb")
    found = search(table, neighbours={"customers": path}, personal=["country"])
    finding = found.one("attribute_contradicts", "country")
    assert "'ES'" not in repr(finding)


def test_spellings_that_are_told_already_are_no_contradiction(search, tmp_path):
    """Each wrong cell is told once: as a new code or its variant, or as contradicting."""
    home = customers()
    table, pilot = orders(home), orders(home, seed=5)
    table["country"] = [NAMES[c] if k % 9 == 0 else c for k, c in enumerate(table["country"])]
    wrong = [k for k in range(1, 900, 18) if table["country"][k] in {"DE", "FR", "IT"}]
    for k in wrong:
        table["country"][k] = "ES"
    path = there(home, tmp_path / "c.duckdb")
    found = search(table, pilot, **linked(path, declared=True))
    assert found.one("category_variants", "country")
    assert found.one("attribute_contradicts", "country").rows_affected == len(wrong)
