"""`dataready what-if` and `compare --what-if`: answers without the data, errors that teach."""

from __future__ import annotations

import json
from pathlib import Path

import pytest


@pytest.fixture
def gappy(settings, here):
    """Blank a third of a column of production; answer the settings file."""
    header, *lines = (here / "production.csv").read_text().splitlines()
    at = header.split(",").index("weight")
    out = [line.split(",") for line in lines]
    for k, cells in enumerate(out):
        cells[at] = "" if k % 3 == 0 else cells[at]
    (here / "production.csv").write_text("\n".join([header, *map(",".join, out)]) + "\n")
    return settings


def test_a_run_is_asked_by_settings_id_or_folder(cli, gappy, here):
    """The answer is the same, and needs no data: they may be gone."""
    run = Path(cli("run").stdout.splitlines()[-1]).parent
    (here / "production.csv").unlink()
    asked = [cli("what-if", name, "fix weight") for name in (gappy.name, run.name, run)]
    assert [a.exit_code for a in asked] == [0, 0, 0], asked[0].output
    assert asked[0].stdout == asked[1].stdout == asked[2].stdout
    assert "What if: fix weight" in asked[0].stdout
    now, then = (line for line in asked[0].stdout.splitlines() if "Score" in line)
    assert float(now.split("Score ")[1].split()[0]) < 94
    assert float(then.split("Score ")[1].split()[0]) > 99


def test_json_is_for_machines(cli, gappy):
    """Score and verdict before and after, with reasons."""
    cli("run")
    asked = ["lose amount 90%", "lose kind 0.9"]
    plain = json.loads(cli("what-if", gappy.name, *asked, "--json").stdout)
    assert (plain["dataset"], plain["asked"]) == ("orders", asked)
    assert plain["after"]["score"]["value"] < plain["before"]["score"]["value"]
    assert plain["after"]["verdict"] == "no-go"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["fix weight"], "Name the run"),
        (["dataready.yaml", "mend weight"], "'mend weight' is no what-if."),
        (["dataready.yaml", "fix wieght"], "Did you mean 'weight'?"),
        (["dataready.yaml", "fix weight", "--dataset", "order"], "Did you mean 'orders'?"),
        (["20260101T000000Z-00000000", "fix weight"], "There is no run"),
    ],
)
def test_mistakes_are_exit_2(cli, gappy, arguments, told):
    """Each is told in words about it."""
    assert gappy.is_file()
    cli("run")
    done = cli("what-if", *arguments)
    assert done.exit_code == 2
    assert told in " ".join(done.stderr.replace("│", " ").split())


def test_a_run_that_kept_nothing_is_exit_3(cli, gappy):
    """A run of an older version cannot be asked, and says so."""
    run = Path(cli("run").stdout.splitlines()[-1]).parent
    (run / "datasets" / "orders" / "draws.parquet").unlink()
    done = cli("what-if", gappy.name, "fix weight")
    assert done.exit_code == 3
    assert "Start a new run" in done.stderr


def test_compare_answers_too(cli, gappy):
    """After the summary; the exit code is that of what is, not of what would be."""
    assert gappy.is_file()
    sides, lost = ("pilot.csv", "production.csv"), [f"lose {c} 90%" for c in ("amount", "kind")]
    asked = [word for text in lost for word in ("--what-if", text)]
    done = cli("compare", *sides, "--key", "id", *asked)
    assert done.exit_code == 10, done.output
    assert "Where the points go" in done.stdout
    assert "points: 'weight', 33.4 % of rows missing" in done.stdout
    assert "What if: lose amount 90%; lose kind 90%" in done.stdout
    assert "No-go" in done.stdout.split("What if")[1]


@pytest.mark.parametrize("asked", ["mend amount", "lose amount", "lose amount 300%"])
def test_what_cannot_be_understood_is_refused_before_anything_is_read(cli, pair, here, asked):
    """`compare --what-if`: no step is begun and no file written."""
    done = cli("compare", *pair, "--what-if", asked, "--json", "out.json")
    assert done.exit_code == 2
    assert "Write" in done.output
    assert "extracting" not in done.output
    assert not (here / "out.json").exists()
