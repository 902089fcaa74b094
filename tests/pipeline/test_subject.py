"""Tests for `pipeline.subject`: what is scored of a dataset that joins others."""

from __future__ import annotations

import duckdb
import pytest
from tests.pipeline.shop import customers, orders, shop
from tests.pipeline.table import rows_of

from dataready.errors import ConfigError, NoSuchColumnError
from dataready.model import Severity
from dataready.pipeline.measure import measure
from dataready.pipeline.run import SIDES, Run, chosen_datasets, extract_side
from dataready.pipeline.subject import joins_told, subject_of

NAMES = ("order_id", "customer", "amount", "late")
JOINED = ("customers.name", "customers.segment", "customers.score", "customers.note")


@pytest.fixture
def subject(tmp_path):
    """Write a shop, pull all of it and answer the subject of its orders."""

    def make(**changes):
        config = shop(tmp_path, **changes)
        run = Run("run", tmp_path, "")
        extracts = {
            name: tuple(extract_side(config, run, name, side) for side in SIDES)
            for name in chosen_datasets(config, ("orders",))[1]
        }
        return subject_of(config, "orders", extracts)

    return make


@pytest.fixture
def found(subject):
    """Answer a function that measures the subject and answers its findings."""

    def find(**changes):
        made = subject(**changes)
        settings = made.settings.model_copy(update={"target": None})
        return measure("orders", settings, made.pilot, made.production).findings

    return find


def without(rows, *gone):
    """Customers without some."""
    return [row for row in rows if row[0] not in {f"C{k}" for k in gone}]


def of(findings, detector):
    """Answer the findings of a detector."""
    return [f for f in findings if f.detector == detector]


def test_both_sides_have_the_columns_of_both_tables(subject):
    """The pilot finds the other's pilot, production its production; the key is there once."""
    header = ["id", "name", "rank", "score", "note"]
    made = subject(customers=[header, *customers()[1:]])
    assert made.pilot.manifest.schema.names == (*NAMES, *JOINED)
    assert made.production.manifest.schema.names == (
        *NAMES,
        *JOINED[:1],
        "customers.rank",
        *JOINED[2:],
    )
    assert set(rows_of(made.pilot, "customers.segment")) == {("gold",), ("tin",)}
    assert made.pilot.path.parent.name == "pilot-joined"
    assert made.production.path.name == "run.duckdb"


def test_without_joins_the_extracts_are_the_subject(tmp_path):
    """Nothing is copied."""
    config = shop(tmp_path)
    run = Run("run", tmp_path, "")
    sides = tuple(extract_side(config, run, "customers", side) for side in SIDES)
    made = subject_of(config, "customers", {"customers": sides})
    assert (made.pilot.path, made.production.path) == sides
    assert made.settings is config.datasets["customers"]


def test_a_run_extracts_what_is_joined(tmp_path):
    """Also where only the dataset that joins is wanted."""
    config = shop(tmp_path)
    sides = ("pilot", "production")
    assert chosen_datasets(config, ("orders",)) == (
        ("orders",),
        {"orders": sides, "customers": sides},
    )


def test_joined_columns_are_read_as_their_own_dataset_says(subject):
    """Roles, personal data, owners and efforts come along under the joined names."""
    settings = subject().settings
    assert settings.roles == {"customers.note": "ignore"}
    assert settings.personal == ("customers.name",)
    assert settings.owners["customers.score"] == "risk"
    assert settings.owners["customers.segment"] == "crm"
    assert settings.effort == {"customers.segment": 3}
    assert (settings.target, settings.owner) == ("late", "sales")


def test_what_a_dataset_says_itself_of_a_joined_column_counts(subject):
    """Its settings name it `dataset.column`; what is personal there stays so."""
    more = """
    roles: {customers.note: text, amount: feature}
    owners: {customers.score: pricing}
    personal: amount
    effort: {customers.segment: 1}"""
    settings = subject(more=more).settings
    assert settings.roles == {"customers.note": "text", "amount": "feature"}
    assert settings.owners["customers.score"] == "pricing"
    assert settings.personal == ("amount", "customers.name")
    assert settings.effort == {"customers.segment": 1}


def test_what_another_model_predicts_is_not_joined(subject):
    """Nobody knows it when this model is asked; named, it comes."""
    target = "\n    target: score"
    assert "customers.score" not in subject(customers_more=target).pilot.manifest.schema
    named = subject(
        joins="{dataset: customers, on: {customer: id}, columns: score}", customers_more=target
    )
    assert "customers.score" in named.pilot.manifest.schema


def test_renamed_columns_are_found_by_their_new_names(subject):
    """Key and columns, here and there, as the datasets' own mappings say."""
    header = ["ident", "name", "class", "score", "note"]
    made = subject(
        orders=[["order_id", "client", "amount", "late"], *orders(50, seed=2)[1:]],
        customers=[header, *customers()[1:]],
        more="\n    mapping: {customer: client}",
        customers_more="\n    mapping: {id: ident, segment: class}",
    )
    assert made.settings.mapping == {"customer": "client", "customers.segment": "customers.class"}
    assert made.production.manifest.joins[0].without_partner == 0
    assert "customers.class" in made.production.manifest.schema
    assert "customers.ident" not in made.production.manifest.schema


@pytest.mark.parametrize(
    ("join", "message"),
    [
        ("{dataset: customers, on: {custmer: id}}", "'orders (pilot)' has no column 'custmer'"),
        ("{dataset: customers, on: {customer: ID}}", "'customers (pilot)' has no column 'ID'"),
        ("{dataset: customers, on: {customer: id}, columns: segmnt}", "Did you mean 'segment'?"),
    ],
)
def test_a_column_that_a_pilot_lacks_is_refused(subject, tmp_path, join, message):
    """The settings are wrong, and say what there is."""
    with pytest.raises(NoSuchColumnError) as caught:
        subject(joins=join)
    assert message in str(caught.value)
    assert not list((tmp_path / "warehouse" / "orders").glob("*-joined/*"))


def test_only_the_columns_wanted_are_joined(subject):
    """In the order of the settings."""
    made = subject(joins="{dataset: customers, on: {customer: id}, columns: [score, segment]}")
    assert made.pilot.manifest.joins[0].columns == ("customers.score", "customers.segment")


def test_a_pilot_key_in_several_rows_is_refused(subject):
    """Many to one is what the settings promise, and the pilot shows that it is not so."""
    with pytest.raises(ConfigError, match="1 keys are in 2 rows"):
        subject(customers_pilot=[*customers(), customers()[1]])


def test_a_clean_join_is_silent(found):
    """Every row finds its partner."""
    assert [f for f in found() if f.severity.rank >= Severity.WARN.rank] == []


def test_orphans_are_named_once(found):
    """One finding has the cause, its rows and what follows; the rest are notes that name it."""
    findings = found(customers=without(customers(), *range(0, 60, 5)))
    (cause,) = of(findings, "join_orphans")
    assert (cause.dimension, cause.column, cause.severity) == ("integrity", "customer", "fail")
    assert cause.explains == JOINED
    assert "find no row of 'customers' by 'customer'" in cause.message
    follow = of(findings, "missing")
    assert {f.column for f in follow} == {*JOINED} - {"customers.note"}
    assert {f.severity for f in follow} == {Severity.INFO}
    assert {f.rows_affected for f in follow} == {cause.rows_affected}
    assert all("A consequence of: join_orphans of 'customer'." in f.message for f in follow)


def test_what_was_missing_before_needs_no_cause(found):
    """A joined column with holes of its own still follows from the orphans."""
    holes = [row if k % 10 else [*row[:2], "", *row[3:]] for k, row in enumerate(customers())]
    holes[0] = customers()[0]
    findings = found(customers_pilot=holes, customers=without(holes, *range(1, 60, 6)))
    (segment,) = (f for f in of(findings, "missing") if f.column == "customers.segment")
    assert segment.severity is Severity.INFO
    assert segment.rows_affected > of(findings, "join_orphans")[0].rows_affected


def test_what_the_orphans_do_not_explain_stays(found):
    """A column that lost values of its own is a finding of its own."""
    rows = [row if k % 3 else [*row[:3], "", *row[4:]] for k, row in enumerate(customers())]
    rows[0] = customers()[0]
    findings = found(customers=without(rows, 1, 2, 4))
    severities = {f.column: f.severity for f in of(findings, "missing")}
    assert severities["customers.score"] is Severity.FAIL
    assert severities["customers.segment"] is Severity.INFO


def test_as_many_orphans_as_the_pilot_has_are_no_finding(found):
    """The model has learnt with them."""
    fewer = without(customers(), *range(0, 60, 5))
    assert of(found(customers_pilot=fewer, customers=fewer), "join_orphans") == []


def test_rows_without_a_key_are_the_keys_own_fault(found):
    """What is missing in the joined columns follows from the key that is."""
    rows = [row if k % 5 else [row[0], "", *row[2:]] for k, row in enumerate(orders(800, seed=2))]
    rows[0] = orders(1, seed=2)[0]
    findings = found(orders=rows)
    severities = {f.column: f.severity for f in of(findings, "missing")}
    assert severities.pop("customer") is Severity.FAIL
    assert set(severities.values()) == {Severity.INFO}
    assert of(findings, "join_orphans") == []


def test_production_keys_in_several_rows_are_a_finding(found):
    """The run is not lost, and what the copies differ in is damage."""
    changed = [[*row[:2], "lead", *row[3:]] for row in customers()[1:20]]
    findings = found(customers=[*customers(), *changed])
    (cause,) = of(findings, "join_duplicates")
    assert (cause.dimension, cause.severity) == ("uniqueness", Severity.FAIL)
    (segment,) = of(findings, "missing")
    assert (segment.column, segment.severity) == ("customers.segment", Severity.INFO)
    assert segment.rows_affected == cause.rows_affected


def test_plain_copies_cost_nothing(found):
    """They agree in everything; their own dataset tells of them."""
    findings = found(customers=[*customers(), *customers()[1:]])
    assert [f for f in findings if f.severity.rank >= Severity.WARN.rank] == []


def test_a_lost_key_column_is_a_finding(found):
    """Production cannot be joined at all: that is said, and everything follows from it."""
    rows = [row[1:] for row in customers()]
    (cause,) = of(found(customers=rows), "join_orphans")
    assert "production has no column 'customers.id'" in cause.message
    assert (cause.rows_affected, cause.severity) == (800, Severity.FAIL)


def test_two_joins_by_one_column_are_two_findings(found):
    """A finding's id tells them apart."""
    second = """
  regions:
    pilot: customers_pilot.csv
    production: customers.csv"""
    joins = "{dataset: customers, on: {customer: id}}, {dataset: regions, on: {customer: id}}"
    findings = found(
        joins=joins, customers=without(customers(), *range(0, 60, 5)), customers_more=second
    )
    causes = of(findings, "join_orphans")
    assert len({f.id for f in causes}) == len(causes) == 2


def test_evidence_names_the_rows_of_the_own_table(subject):
    """The predicate is true for exactly the rows that find nothing, by their place in the file."""
    made = subject(customers=without(customers(), 7, 8))
    settings = made.settings.model_copy(update={"target": None})
    findings = measure("orders", settings, made.pilot, made.production).findings
    (cause,) = of(findings, "join_orphans")
    with duckdb.connect(str(made.production.path), read_only=True) as con:
        listed = con.execute(cause.sql).fetchall()
    rows = orders(800, seed=2)[1:]
    assert {row[1] for row in listed} == {k for k, row in enumerate(rows) if row[1] in {"C7", "C8"}}
    assert len(listed) == cause.rows_affected
    assert {row[2] for row in listed} == {"C7", "C8"}


def test_a_joined_date_is_not_the_tables_time(subject):
    """When a customer was born says nothing of when the order was made."""
    header = ["id", "name", "segment", "born", "note"]
    rows = [
        header,
        *([*r[:3], f"19{50 + k % 50}-01-02", r[4]] for k, r in enumerate(customers()[1:])),
    ]
    made = subject(customers_pilot=rows, customers=rows)
    settings = made.settings.model_copy(update={"target": None})
    measured = measure("orders", settings, made.pilot, made.production)
    assert measured.plan["customers.born"].role == "time"
    assert measured.time is None


def test_a_name_beside_personal_data_is_personal_when_joined(subject):
    """As it would be in its own table; a name in another table is not."""
    header = ["id", "name", "email", "score", "note"]
    rows = [
        header,
        *([r[0], r[1], f"a{k}@example.org", *r[3:]] for k, r in enumerate(customers()[1:])),
    ]
    made = subject(customers_pilot=rows, customers=rows)
    settings = made.settings.model_copy(update={"target": None, "personal": ()})
    plan = measure("orders", settings, made.pilot, made.production).plan
    assert {c.name for c in plan if c.personal} == {"customers.name", "customers.email"}


def test_the_record_says_what_was_joined(subject):
    """By what, and how many rows found nothing."""
    made = subject(customers=without(customers(), 7))
    lost = made.production.manifest.joins[0].without_partner
    assert joins_told(made.pilot.manifest, made.production.manifest) == (
        "customers by customer = customers.id: 0 of 400 rows find no partner in the pilot; "
        f"{lost} of 800 rows find no partner in production.",
    )
