"""`dataready profile`: one table by itself."""

from __future__ import annotations

import json

import polars as pl


def test_what_is_wrong_is_found_and_the_exit_code_is_0(cli, pair, here):
    """Repeated keys and words for missing are findings; there is no verdict."""
    with (here / "production.csv").open("a") as file:
        file.write("".join(f"{3000 + i},N/A,5,a,1\n" for i in range(60)))
    done = cli(*("profile", pair[1], "--key", "id", "--json", "-", "--cells", "c.parquet"))
    plain = json.loads(done.stdout)
    assert done.exit_code == 0
    assert {"schema_version", "table", "rows", "columns", "findings", "provenance"} == plain.keys()
    assert plain["rows"] == 4060
    columns = {c["name"]: c for c in plain["columns"]}
    assert columns["id"]["role"] == "key"
    assert columns["amount"]["kind"] == "number"
    assert columns["amount"]["disguised"] == 60
    found = {f["detector"]: f for f in plain["findings"]}
    assert len({f["id"] for f in plain["findings"]}) == len(plain["findings"])
    assert any(f["column"] == "id" for f in found.values())
    assert pl.read_parquet(here / "c.parquet").height >= 60


def test_a_clean_table_is_told_to_be_clean(cli, pair):
    """No finding asks for a decision; the columns are listed."""
    done = cli("profile", pair[0])
    assert done.exit_code == 0
    assert "2,000 rows, 5 columns" in done.stdout
    assert "No finding asks for a decision." in done.stdout


def test_a_key_that_is_not_there_is_refused(cli, pair):
    """A misspelt key is exit 2 and says what there is."""
    done = cli("profile", pair[0], "--key", "idd")
    assert done.exit_code == 2
    assert "Did you mean 'id'?" in done.stderr


def test_the_plan_is_explained(cli, pair):
    """Which columns are tallied, and the SQL; nothing is searched."""
    done = cli("profile", pair[0], "--explain")
    assert done.exit_code == 0
    assert "a tally of its cells" in done.stdout
    assert "GROUP BY ALL" in done.stdout
    assert "No finding" not in done.stdout
