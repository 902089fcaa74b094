"""Tests for `detect.curation`: what production has and the pilot lacks, in a few words."""

from __future__ import annotations

import random

import pytest

from dataready.model import Severity

RANDOM = random.Random(11)  # noqa: S311 - no secret
ROWS = 800


def table(regions=("DE", "FR", "UK"), rows=ROWS, highest=500):
    """Orders of some regions, with amounts and a channel."""
    return {
        "region": [RANDOM.choice(regions) for _ in range(rows)],
        "channel": [RANDOM.choice(["web", "shop", "phone"]) for _ in range(rows)],
        "amount": [str(RANDOM.randint(0, highest * 100) / 100) for _ in range(rows)],
    }


def test_rules_name_what_the_pilot_lacks_and_how_much_of_production_it_is(search):
    """A region, empty amounts, large amounts; the rows are exactly those of any rule."""
    production = table(("DE", "FR", "UK", "LATAM"), highest=800)
    production["amount"][:150] = [None] * 150
    finding = search(production, table()).one("pilot_unlike_production")
    assert finding.severity is Severity.INFO
    latam = production["region"].count("LATAM") / ROWS
    assert f"the pilot has no 'region' = 'LATAM' ({100 * latam:.1f} % of production)" in (
        finding.examples
    )
    assert "the pilot has no empty 'amount' (18.8 % of production)" in finding.examples
    assert "'amount' > " in finding.message
    wanted = sum(
        region == "LATAM" or amount is None or float(amount) > 500
        for region, amount in zip(production["region"], production["amount"], strict=True)
    )
    assert abs(finding.rows_affected - wanted) <= 3


def test_two_values_that_never_meet_in_the_pilot(search):
    """Each is there; together they are not."""
    pilot, production = table(rows=3000), table(rows=3000)
    for k, region in enumerate(pilot["region"]):
        if region == "UK":
            pilot["channel"][k] = "web"
    finding = search(production, pilot).one("pilot_unlike_production")
    assert "'region' = 'UK' and 'channel' = 'shop'" in finding.message


def test_tables_drawn_alike_raise_nothing(search):
    """Nor does a category that is rare on both sides."""
    regions = ("DE",) * 60 + ("FR",) * 39 + ("MT",)
    assert not search(table(regions), table(regions)).of("pilot_unlike_production")
    small = search(table(rows=60), table(rows=30))
    assert not small.of("pilot_unlike_production")


def test_personal_columns_are_named_and_their_values_are_not(search):
    """A region is nobody's secret, unless the settings say so."""
    production = table(("DE", "LATAM"), highest=900)
    found = search(production, table(), personal=["region", "amount"])
    assert "LATAM" not in repr(found.of("pilot_unlike_production"))
    assert not found.of("pilot_unlike_production")


@pytest.mark.parametrize("values", [[], ["1"], [None] * 5])
def test_tables_of_nothing_have_no_rules(search, values):
    """Empty, one row, all null."""
    search(dict.fromkeys(("region", "channel", "amount"), values), table())
