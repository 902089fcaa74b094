"""The reviewed suite: what people write stays, and what cannot be read says where."""

from __future__ import annotations

from pathlib import Path

import pytest

from dataready.errors import ExpectationError
from dataready.expectations.dictionary import keep_answers, write_questions
from dataready.expectations.proposal import Proposal
from dataready.expectations.rules import Rule
from dataready.expectations.suite_file import decide, read_suite, write_suite
from dataready.model import Severity

RULES = (
    Rule(kind="present", column="a", severity=Severity.FAIL, limit_origin="the pilot has it"),
    Rule(kind="range", column="a", low=0.0, high=9.5, limit=0.01, base="number"),
    Rule(kind="categories", column="it's: #x", values=("yes", "no", "ja: nein"), limit=0.02),
    Rule(kind="unique", column="a", also=("b",)),
    Rule(kind="length", column="c", low=3, high=7),
)
PROPOSALS = [Proposal(rule) for rule in RULES]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A suite of five proposed rules."""
    file = tmp_path / "orders.rules.yaml"
    write_suite(file, "orders", PROPOSALS, ("a", "b", "c"))
    return file


def test_rules_come_back_as_they_were(path: Path) -> None:
    """Whatever a column or a value is called."""
    suite = read_suite(path)
    assert [e.rule.id for e in suite.entries] == [r.id for r in RULES]
    assert [e.rule.wording for e in suite.entries] == [r.wording for r in RULES]
    assert [e.rule.values for e in suite.entries] == [r.values for r in RULES]
    assert {e.decision for e in suite.entries} == {"proposed"}


def test_learning_again_adds_what_is_new_and_touches_nothing_else(path: Path) -> None:
    """Comments, edits and rejections stay; a rejected rule is not proposed again."""
    decide(path, ["unique(a, b)"], "rejected", by="Ada", at="2026-01-02", why="no key")
    text = path.read_text().replace("high: 9.5", "high: 12.0  # agreed with sales")
    path.write_text(text)
    more = Proposal(Rule(kind="not_null", column="b"))
    assert write_suite(path, "orders", [*PROPOSALS, more], ("a",)) == ("not_null(b)",)
    after = path.read_text()
    assert "12.0  # agreed with sales" in after
    suite = read_suite(path)
    by_id = {e.rule.id: e for e in suite.entries}
    assert by_id["range(a)"].decision == "changed"
    assert by_id["range(a)"].rule.high == 12.0
    assert by_id["unique(a, b)"].why == "no key"
    assert "unique(a, b)" not in {rule.id for rule in suite.active}
    assert suite.decided == {"range(a)"}


def test_nothing_new_leaves_the_file_byte_by_byte(path: Path) -> None:
    """Learning every night makes no noise in version control."""
    before = path.read_bytes()
    assert write_suite(path, "orders", PROPOSALS, ("a", "b", "c")) == ()
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("was", "now", "message"),
    [
        ("kind: range", "kind: rnage", "rule 2 needs a 'column' and a 'kind'"),
        ("may_fail: 0.01", "may_fail: 12", "'may_fail' is a share"),
        ("high: 9.5", "hihg: 9.5", "Did you mean 'high'"),
        ("high: 9.5", "high: nine", "'high' is not a number"),
        ("decision: proposed\n", "decision: perhaps\n", "'decision' is one of"),
        ("rules:", "rules: [", "no YAML"),
    ],
)
def test_what_is_not_understood_says_where(path: Path, was: str, now: str, message: str) -> None:
    """A person who edits a file by hand is told which rule and which word."""
    path.write_text(path.read_text().replace(was, now, 1))
    with pytest.raises(ExpectationError, match=r"orders\.rules\.yaml") as caught:
        read_suite(path)
    assert message in str(caught.value)


def test_an_unknown_rule_cannot_be_decided_on(path: Path) -> None:
    """Nothing is written, and what was meant is guessed."""
    before = path.read_bytes()
    with pytest.raises(ExpectationError, match=r"Did you mean 'range\(a\)'"):
        decide(path, ["rnage(a)"], "accepted", by="Ada", at="2026-01-02")
    assert path.read_bytes() == before


def test_answers_become_the_dictionary_and_allowed_values_a_rule(
    path: Path, tmp_path: Path
) -> None:
    """Those who know the data need not touch code."""
    questions = tmp_path / "questions.yaml"
    write_questions(read_suite(path), questions)
    filled = questions.read_text().replace("unit: null", "unit: EUR", 1)
    questions.write_text(filled.replace("allowed: null", "allowed: [1, 2]", 1))
    assert list(keep_answers(path, questions, by="Bo", at="2026-01-02")) == ["a: unit, allowed"]
    suite = read_suite(path)
    assert suite.columns["a"]["unit"] == "EUR"
    (allowed,) = [e for e in suite.entries if e.rule.id == "categories(a)"]
    assert (allowed.decision, allowed.by, allowed.rule.values) == ("accepted", "Bo", (1, 2))
    questions.write_text("z: {unit: EUR}")
    with pytest.raises(ExpectationError, match="no column 'z'"):
        list(keep_answers(path, questions, by="Bo", at="2026-01-02"))
