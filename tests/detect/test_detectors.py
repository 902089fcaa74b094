"""Tests for `detect.detectors`: all together, and causes before consequences."""

from __future__ import annotations

import pytest
from tests.detect.test_contradictions import customers, orders, there

from dataready.detect.detectors import without_consequences
from dataready.model import Finding, Severity


def finding(detector, severity="warn", column="x", rows=100):
    """Make a finding of which only what matters here is said."""
    return Finding(
        dimension="validity",
        detector=detector,
        severity=Severity(severity),
        table="t",
        column=column,
        message="It is so.",
        rows_affected=rows,
        cells=True,
    )


@pytest.mark.parametrize(
    ("cause", "consequence"),
    [
        ("unit_change", "out_of_range"),
        ("column_renamed", "column_removed"),
        ("disguised_missing", "missing"),
        ("date_format", "unparsed"),
        ("time_zones", "unparsed"),
        ("constant", "category_variants"),
        ("attribute_contradicts", "dependency"),
    ],
)
def test_a_consequence_becomes_a_note_that_names_its_cause(cause, consequence):
    """The cause itself stays as it is, whatever their order."""
    first, second = finding(cause), finding(consequence)
    assert without_consequences([second, first])[1] == first
    note = without_consequences([second, first])[0]
    assert note.severity is Severity.INFO
    assert note.message == f"It is so. A consequence of: {cause}."
    assert not note.cells


@pytest.mark.parametrize(
    "others",
    [
        [finding("date_format", column="y")],
        [finding("date_format", rows=50)],
        [finding("date_format", severity="info")],
        [finding("stuck")],
        [],
    ],
    ids=["other column", "explains half", "less severe", "not its cause", "none"],
)
def test_what_is_not_explained_stays(others):
    """A cause is of the same column, explains nine in ten rows, and is no less severe."""
    alone = finding("unparsed")
    assert without_consequences([alone, *others])[0] == alone


def test_several_causes_explain_together():
    """Half by a unit, half by commas."""
    causes = [finding("unit_text", rows=50), finding("decimal_comma", rows=45)]
    note = without_consequences([finding("unparsed"), *causes])[0]
    assert note.message.endswith("A consequence of: decimal_comma and unit_text.")


@pytest.mark.parametrize(
    ("rows", "severity", "follows"),
    [(60, "warn", True), (40, "warn", False), (60, "info", False)],
    ids=["the rest is foretold", "the rest is not", "nobody is warned"],
)
def test_new_categories_follow_from_what_leaves_no_more_than_was_foretold(rows, severity, follows):
    """A pilot that has not met all values foretells new ones."""
    new = finding("new_category", "fail").with_(measured=0.2, limit=0.1)
    told = without_consequences([new, finding("dependency", severity, rows=rows)])[0]
    assert (told.severity is Severity.INFO) is follows


def test_what_is_missing_follows_from_a_cause_in_another_column():
    """What was missing in the pilot needs no cause; the cause is as grave as what follows."""
    cause = finding("join_orphans", column="key").with_(explains=("x", "y"))
    missing = finding("missing", "fail", rows=120).with_(measured=0.24, limit=0.04)
    note, told = without_consequences([missing, cause])
    assert note.severity is Severity.INFO
    assert note.message == "It is so. A consequence of: join_orphans of 'key'."
    assert told == cause.with_(severity=Severity.FAIL)


def test_a_cause_in_another_column_explains_nothing_else():
    """Not other findings, not other columns, and not more rows than it has."""
    cause = finding("join_orphans", column="key").with_(explains=("x",))
    others = [
        finding("unparsed"),
        finding("missing", column="z"),
        finding("missing", rows=300).with_(measured=0.3, limit=0.01),
    ]
    assert without_consequences([*others, cause]) == [*others, cause]


@pytest.mark.parametrize("rows", [0, 1, 2])
@pytest.mark.parametrize("cell", [None, "", "7", "x'\"; --", "2024-01-01", "\u0000\\"])
def test_hostile_cells_under_hostile_names_break_nothing(search, rows, cell):
    """Alone, and against a pilot of something else."""
    name = "a\"b'; DROP TABLE data; --"
    production = {name: [cell] * rows, "·value": [cell] * rows, "": ["1"] * rows}
    search(production)
    search(production, {name: ["1", "2", "3"] * 40, "·value": ["a", "b"] * 60, "n": ["5"] * 120})


@pytest.mark.parametrize("piloted", [True, False])
def test_names_that_queries_give_are_columns_of_their_own(search, tmp_path, piloted):
    """Late rows, cells missing by a kind and contradictions are found among columns m, g, n, k."""
    home = customers()
    letters = "abcdefghkmnopqrstvxyz"
    more = {name: [*range(len(home))] for name in letters}
    path = there(home, tmp_path / "c.duckdb", **more)

    def table(seed, *, late):
        rows = orders(home, seed=seed)
        days = [f"2024-{1 + k // 100:02}-{1 + k % 28:02}" for k in range(900)]
        rows["ordered"] = days
        rows["loaded"] = [
            f"{d} 20:00:00" if k % 5 or k < 450 or not late else f"2025{d[4:]}"
            for k, d in enumerate(days)
        ]
        rows["by_phone"] = ["1" if c == "phone" else None for c in rows["channel"]]
        if late:
            rows["country"] = ["ES" if k % 20 == 0 else c for k, c in enumerate(rows["country"])]
        return rows | {name: [str(k % 7) for k in range(900)] for name in (*letters, "day", "few")}

    found = search(
        table(2, late=True),
        table(5, late=False) if piloted else None,
        references={"customer_id": ("customers", "customer_id", path)},
        time="ordered",
    )
    assert found.one("late_arrival", "loaded").rows_affected == 90
    assert found.one("attribute_contradicts", "country").rows_affected
    assert "by_phone" in {f.column for f in found.of("not_applicable")}


def test_no_value_of_a_personal_column_is_said(search):
    """Not in messages, examples, predicates or queries, whatever is wrong with it."""
    pilot = {
        "email": [f"user{k}@mail.org" for k in range(400)],
        "phone": ["030-1", "030-2"] * 200,
        "born": [f"19{50 + k % 40}-01-{1 + k % 28:02}" for k in range(400)],
        "income": [str(20_000 + 7 * k) for k in range(400)],
    }
    production = {name: list(values) for name, values in pilot.items()}
    production["email"][:40] = ["canary@mail.org"] * 40
    production["email"][50] = "test canary"
    production["phone"][:40] = ["canary", "N/A-canary"] * 20
    production["phone"][60:80] = ["O30 1"] * 20
    production["born"][:40] = ["31.12.1977"] * 40
    production["born"][40:80] = ["1900-01-01"] * 40
    production["income"][:40] = ["7777777"] * 40
    production["income"][40:80] = ["55123 EUR"] * 40
    found = search(production, pilot, personal=list(pilot))
    said = " ".join(repr(f) for f in found.findings)
    assert len(found.findings) >= 6
    for canary in ("canary", "O30", "1977", "1900-01-01", "7777777", "55123", "-2208988800"):
        assert canary not in said
