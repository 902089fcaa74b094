"""`dataready compare`: verdict, files and exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
from stdnum import iban, luhn
from tests.cli.project import rows


def test_a_production_that_is_the_pilot_is_go(cli, here):
    """The same rows on both sides, with a target, are go; the summary says so in words."""
    assert here
    pilot = Path(__file__).parents[2] / "sample_data" / "pilot" / "orders.csv"
    done = cli("compare", pilot, pilot, "--target", "late", "--key", "order_id")
    assert done.exit_code == 0, done.output
    assert "Go: Production is ready for this pilot." in done.stdout
    assert "Score" in done.stdout


def test_a_broken_production_is_no_go(cli, pair, here):
    """A column that carries all of the skill is gone: no-go, and the table names it."""
    lines = rows(4000, seed=2).splitlines()
    (here / "production.csv").write_text("\n".join(x.partition(",")[0] for x in lines) + "\n")
    done = cli("compare", *pair, "--target", "paid", "--key", "id")
    assert done.exit_code == 11
    assert "amount" in done.stdout


def test_json_on_standard_output_stands_alone(cli, pair):
    """`--json -` prints the assessment and nothing else; the summary goes elsewhere."""
    done = cli("compare", *pair, "--json", "-")
    plain = json.loads(done.stdout)
    assert plain["verdict"] == "conditional"
    assert {"value", "low", "high", "calibrated"} <= plain["score"].keys()
    assert {"dimensions", "columns", "findings"} <= plain.keys()
    assert "Conditional" in done.stderr
    assert done.exit_code == 10


def test_the_json_is_the_same_every_time(cli, pair):
    """Only the clocks of the extracts differ between two runs."""

    def timeless():
        plain = json.loads(cli("compare", *pair, "--json", "-", "--target", "paid").stdout)
        for side in ("pilot", "production"):
            del plain["provenance"][side]["clock"]
        return json.dumps(plain)

    assert timeless() == timeless()


def test_every_file_that_is_asked_for_is_written_for_its_owner_alone(cli, pair, here):
    """JSON, HTML, findings and cells are written; nothing temporary stays."""
    names = {"o.json", "o.html", "f.parquet", "c.parquet"}
    production = (here / "production.csv").read_text()
    (here / "production.csv").write_text(
        production + "".join(f"{i},N/A,5,a,1\n" for i in range(90))
    )
    done = cli(
        *("compare", *pair, "--name", "orders", "--json", "o.json", "--html", "o.html"),
        *("--findings", "f.parquet", "--cells", "c.parquet"),
    )
    assert done.exit_code in {10, 11}, done.output
    assert {p.name for p in here.iterdir()} == {*pair, *names}
    assert all((here / name).stat().st_mode & 0o777 == 0o600 for name in names)
    assert "<!doctype html>" in (here / "o.html").read_text()[:20].lower()
    found = pl.read_parquet(here / "f.parquet")
    assert set(found["table"]) == {"orders"}
    cells = pl.read_parquet(here / "c.parquet")
    assert cells.filter(pl.col("column") == "amount").height == 90


def test_a_mapping_is_accepted(cli, pair, here):
    """A renamed column counts as there once it is mapped."""
    text = (here / "production.csv").read_text().replace("amount", "sum_eur", 1)
    (here / "production.csv").write_text(text)
    lost = cli("compare", *pair, "--target", "paid")
    mapped = cli("compare", *pair, "--target", "paid", "--map", "amount=sum_eur")
    assert (lost.exit_code, mapped.exit_code) == (11, 0)


def test_results_that_cannot_be_written_are_refused_before_the_work(cli, pair, here):
    """A missing folder and a folder for a file are arguments that are wrong."""
    missing = cli("compare", *pair, "--json", "no/such/o.json")
    folder = cli("compare", *pair, "--html", here)
    assert (missing.exit_code, folder.exit_code) == (2, 2)
    assert "extracting" not in missing.stderr + folder.stderr


def test_arguments_that_contradict_each_other_are_told(cli, pair):
    """One column cannot be key and target, and a mapping needs two names."""
    both = cli("compare", *pair, "--key", "id", "--target", "id")
    half = cli("compare", *pair, "--map", "amount")
    assert (both.exit_code, half.exit_code) == (2, 2)
    assert "'id' is named in 'key' too" in both.stderr
    assert "'amount' maps no column" in half.stderr


def test_personal_values_are_shown_nowhere(cli, pair, here):
    """The values of a personal column are in no file and on no screen."""
    for name in pair:
        lines = (here / name).read_text().splitlines()
        out = [f"{lines[0]},who", *(f"{x},canary{i % 40}" for i, x in enumerate(lines[1:]))]
        (here / name).write_text("\n".join(out) + "\n")
    asked = ("--personal", "who", "--segment", "who", "--json", "o.json", "--html", "o.html")
    done = cli("compare", *pair, *asked)
    shown = done.output + (here / "o.json").read_text() + (here / "o.html").read_text()
    assert done.exit_code == 10
    assert "canary" not in shown


def test_what_looks_personal_is_shown_nowhere_whatever_it_is_called(cli, pair, here):
    """Cards, accounts, telephones, persons, homes: known by what they hold, not by their names."""
    cards = ["4000000000000002", "4111111111111111", "5555555555554444"]
    cards += [c + luhn.calc_check_digit(c) for c in (str(4 * 10**14 + 7 * k) for k in range(30))]
    people = [f"{a} {b}" for a in ("Maria", "James", "Wei") for b in ["Canary", "Kanari", "Zeisig"]]
    kinds = {
        "c1": cards,
        "c2": [f"DE{iban.calc_check_digits(f'DE00{k:018}')}{k:018}" for k in range(30, 60)],
        "c3": [f"+4930234567{k}" for k in range(20, 50)],
        "c4": people,
        "c5": [f"{k} Canary Street" for k in range(1, 30)],
        "c6": [f"202-456-14{k}" for k in range(10, 40)],
    }
    for name in pair:
        header, *lines = (here / name).read_text().splitlines()
        more = (",".join(own[k % len(own)] for own in kinds.values()) for k in range(len(lines)))
        joined = [f"{x},{y}" for x, y in zip(lines, more, strict=True)]
        if name == pair[1]:  # all are told of, or wrong, in production
            joined[:40] = [x.replace("Maria", "MARIA").replace("+49", "+490") for x in joined[:40]]
        (here / name).write_text("\n".join([",".join([header, *kinds]), *joined]) + "\n")
    done = cli("compare", *pair, "--json", "o.json", "--html", "o.html")
    alone = cli("profile", pair[1], "--json", "p.json")
    shown = done.output + alone.output
    shown += "".join((here / f"{o}").read_text() for o in ("o.json", "o.html", "p.json"))
    for values in kinds.values():
        assert [v for v in values if v in shown] == []


def test_what_is_personal_in_production_alone_is_shown_nowhere(cli, pair, here):
    """A column of codes that holds names of persons since last night."""
    for name in pair:
        header, *lines = (here / name).read_text().splitlines()
        kinds = [f"code{k}" for k in range(30)]
        if name == pair[1]:
            kinds = [f"{a} Canary{b}" for a in ("Maria", "James", "Wei") for b in "abcdefghij"]
        joined = [f"{x},{kinds[k % 30]}" for k, x in enumerate(lines)]
        (here / name).write_text("\n".join([f"{header},c1", *joined]) + "\n")
    done = cli("compare", *pair, "--json", "o.json", "--html", "o.html")
    shown = done.output + (here / "o.json").read_text() + (here / "o.html").read_text()
    assert "Canary" not in shown


def test_renames_that_are_found_can_be_accepted(cli, here):
    """A renamed column counts as absent, until `--accept-renames` takes the mapping."""
    (here / "pilot.csv").write_text(rows(2000, seed=1))
    renamed = rows(4000, seed=2, start=5000).replace("id,amount,", "id,amount_eur,", 1)
    (here / "production.csv").write_text(renamed)
    asked = ("compare", "pilot.csv", "production.csv", "--target", "paid", "--key", "id")

    before, after = cli(*asked), cli(*asked, "--accept-renames")

    assert before.exit_code == 11
    assert "amount_eur" in before.stdout
    assert after.exit_code == 0, after.output


def test_segments_are_judged_by_themselves(cli, pair):
    """Each of the columns named is split; of a personal one no value is told."""
    asked = ("--segment", "kind", "--segment", "weight", "--personal", "weight", "--json", "-")

    plain = json.loads(cli("compare", *pair, *asked).stdout)

    values = {
        column: {s["value"] for s in plain["segments"] if s["column"] == column}
        for column in ("kind", "weight")
    }
    assert values["kind"] == {"a", "b", "c"}
    assert values["weight"] <= {f"group {k}" for k in range(1, 11)}
    assert [scope["column"] for scope in plain["ready_scope"]] == ["kind", "weight"]


def test_a_segment_that_the_pilot_lacks_is_refused(cli, pair):
    """The settings name a column that is not there: exit 2, before any work."""
    done = cli("compare", *pair, "--segment", "kin")

    assert done.exit_code == 2
    assert "Did you mean 'kind'?" in done.stderr
