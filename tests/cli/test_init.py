"""`dataready init`: what it writes must load."""

from __future__ import annotations

import pytest

from dataready.cli.init import scalar
from dataready.config import load_config


def test_the_scaffold_loads_and_holds_what_was_said(cli, pair, here):
    """Sources and target are settings, guesses are comments; its folder does not matter."""
    (here / "settings").mkdir()
    done = cli("init", *pair, "--target", "paid", "--out", "settings/d.yaml", "--name", "my orders")
    assert done.exit_code == 0, done.output
    assert done.stdout == "settings/d.yaml\n"
    config = load_config(here / "settings" / "d.yaml")
    dataset = config.datasets["my_orders"]
    assert dataset.target == "paid"
    assert not dataset.key
    assert config.resolve(dataset.pilot.path).resolve() == here / "pilot.csv"
    assert "# key: [id]" in (here / "settings" / "d.yaml").read_text()


def test_the_guesses_load_once_they_are_confirmed(cli, pair, here):
    """Taking every '#' away before a setting leaves settings that load."""
    cli("init", *pair, "--target", "paid")
    path = here / "dataready.yaml"
    confirmed = [
        line.replace("# ", "", 1) if line.startswith("    # ") and ":" in line else line
        for line in path.read_text().splitlines()
        if "; without" not in line and "data: none" not in line
    ]
    path.write_text("\n".join(confirmed))
    dataset = load_config(path).datasets["production"]
    assert dataset.key == ("id",)
    assert dataset.gates.min_rows == 2000


def test_a_file_that_is_there_is_kept(cli, pair, here):
    """Only --force replaces settings."""
    (here / "dataready.yaml").write_text("mine")
    assert cli("init", *pair).exit_code == 2
    assert (here / "dataready.yaml").read_text() == "mine"
    assert cli("init", *pair, "--force").exit_code == 0


def test_a_source_or_column_that_is_not_there_is_told(cli, pair, here):
    """Production must be there, and the target must be a column."""
    assert cli("init", pair[0], "nope.csv").exit_code == 3
    assert cli("init", *pair, "--target", "payed").exit_code == 2
    assert not (here / "dataready.yaml").exists()


@pytest.mark.parametrize(
    "name", ["no", "null", 'a: "b" #c', "x\ny", "\u2028", "${HOME}", "[a", "*x", "'", "größe", "#a"]
)
def test_hostile_names_are_read_back_as_they_were(cli, here, name):
    """Whatever a column is called, the scaffold names it so."""
    quoted = '"' + name.replace('"', '""') + '"'
    text = f"id,{quoted}\n" + "".join(f"{i},{i % 3}\n" for i in range(50))
    (here / "p.csv").write_text(text, encoding="utf-8")
    done = cli("init", "p.csv", "p.csv", "--target", name)
    assert done.exit_code == 0, done.output
    assert load_config(here / "dataready.yaml").datasets["p"].target == name


def test_a_plain_name_stays_plain():
    """Quotes are for names that need them."""
    assert scalar("order_id") == "order_id"


def test_a_url_is_the_same_from_everywhere(cli, pair, here):
    """It is written as it was typed; the server is not asked."""
    url = "postgresql://reader@db.example.org/shop"
    done = cli("init", pair[0], url, "--out", here / "dataready.yaml")
    assert done.exit_code == 0, done.output
    text = (here / "dataready.yaml").read_text()
    assert f'production: "{url}"' in text or f"production: {url}" in text
