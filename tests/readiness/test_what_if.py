"""Tests for `dataready.readiness.what_if`: sentences about columns, and errors that teach."""

import pytest
from tests.readiness.cases import DAMAGE, WEIGHTS, case

from dataready.errors import ConfigError
from dataready.model import Verdict
from dataready.readiness.case import ALL, PARTS
from dataready.readiness.what_if import changes_of, what_if

COLUMNS = ("weight", "ship weight", "ship", "a missing")


@pytest.mark.parametrize(
    ("text", "column", "mended"),
    [
        ("fix weight", "weight", PARTS),
        ("fix weight all", "weight", PARTS),
        ("fix weight missing", "weight", ("missing",)),
        ("fix weight validity", "weight", ("unparsed", "invalid")),
        ("fix ship weight", "ship weight", PARTS),
        ("fix ship weight drift", "ship weight", ("drift",)),
        ('fix "ship weight" drift', "ship weight", ("drift",)),
        ("  fix   ship  relations ", "ship", ("relations",)),
        ("fix a missing", "a missing", PARTS),
        ("fix a missing missing", "a missing", ("missing",)),
    ],
)
def test_fixes(text, column, mended):
    """Names may hold blanks and words of the grammar; the longest name wins."""
    assert {c: tuple(v.mended) for c, v in changes_of([text], COLUMNS).items()} == {column: mended}


@pytest.mark.parametrize(
    "text", ["lose ship weight 0.1", "lose ship weight 10%", "lose ship weight 10 %"]
)
def test_losses(text):
    """A share or percent of the cells that are there."""
    assert changes_of([text], COLUMNS)["ship weight"].lost == pytest.approx(0.1)


def test_sentences_about_one_column_add_up():
    """Two parts mended, and twice a tenth lost."""
    got = changes_of(
        ["fix ship missing", "fix ship drift", "lose ship .1", "lose ship .1"], COLUMNS
    )

    assert set(got["ship"].mended) == {"missing", "drift"}
    assert got["ship"].lost == pytest.approx(0.19)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("mend ship", "'mend ship' is no what-if. Write 'fix COLUMN [missing|validity|"),
        ("fix", "'fix' is no what-if."),
        ("fix shipp", "There is no scored column 'shipp'. Did you mean 'ship'?"),
        ("fix shipp missing", "There is no scored column 'shipp'. Did you mean 'ship'?"),
        ("fix ship nulls", "'nulls' is no part of a column's damage. It is one of: missing,"),
        ("lose ship", "'lose ship' says no share. Write 'lose COLUMN 0.1' or 'lose COLUMN 10%'."),
        ("lose ship 10", "'10' is more than all. Write 0.1 or 10%."),
        ("lose shipp 10%", "There is no scored column 'shipp'."),
    ],
)
def test_errors_teach(text, told):
    """They say what is wrong, what there is, and how to write it."""
    with pytest.raises(ConfigError) as e:
        changes_of([text], COLUMNS)
    assert str(e.value).startswith(told)


def test_both_sides_are_judged():
    """Before is as it was judged, after as if the sentences were true."""
    known = case(DAMAGE, WEIGHTS)

    got = what_if(known, ["fix a", "fix b", "fix c"])

    assert got.before.score == known.assessment.score
    assert got.after.verdict is Verdict.GO
    assert got.after.score == known.judge(dict.fromkeys(DAMAGE, ALL)).score
    assert what_if(known, ["lose d 50%"]).after.score.value < got.before.score.value
