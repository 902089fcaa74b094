"""Tests for `detect.identifier` and `detect.identifiers`: check digits that do not fit."""

from __future__ import annotations

import random

import duckdb
import pytest
from stdnum import ean, iban, luhn
from tests.detect.conftest import searched

from dataready.detect.identifier import IDENTIFIERS, compact
from dataready.model import Severity

DIGITS = "0123456789"


def made(kind, rng, tries=40_000):
    """Make a value of a kind, drawn until its check holds."""
    name = kind.valid.args[0]
    shapes = {
        "lei": "9" * 20,
        "cn.ric": "11010119900307" + "9" * 4,
        "isin": "US" + "9" * 10,
        "issn": "9" * 8,
        "ean": "9" * 13,
        "isbn": "9" * 10,
        "gb.nhs": "9" * 10,
        "nl.bsn": "9" * 9,
        "luhn": "4" + "9" * 15,
        "pl.pesel": "9" * 11,
    }
    drawn = (_iban(rng) if name == "iban" else _text(rng, shapes[name]) for _ in range(tries))
    return next(t for t in drawn if kind.holds(t))


def _text(rng, shape):
    return "".join(rng.choice(DIGITS) if c == "9" else c for c in shape)


def _iban(rng):
    body = "".join(rng.choice(DIGITS) for _ in range(18))
    return f"DE{iban.calc_check_digits('DE00' + body)}{body}"


def cards(n, seed=0):
    """Make different payment cards."""
    rng = random.Random(seed)  # noqa: S311
    bodies = ["4" + "".join(rng.choice(DIGITS) for _ in range(14)) for _ in range(n)]
    return [b + luhn.calc_check_digit(b) for b in bodies]


def articles(n, seed=0):
    """Make different article numbers."""
    rng = random.Random(seed)  # noqa: S311
    bodies = ["40" + "".join(rng.choice(DIGITS) for _ in range(10)) for _ in range(n)]
    return [b + ean.calc_check_digit(b) for b in bodies]


def slip(text, at=-3):
    """Make one digit another."""
    k = at % len(text)
    return text[:k] + str((int(text[k]) + 1) % 10) + text[k + 1 :]


@pytest.mark.parametrize(
    "kind", [k for k in IDENTIFIERS if k.sql], ids=lambda k: f"{k.name} {k.valid.args[0]}"
)
def test_sql_says_what_the_library_says(kind):
    """Of right values, of values with a slip, and of a thousand of the shape."""
    rng = random.Random(3)  # noqa: S311
    texts = [made(kind, rng) for _ in range(20)]
    if kind.name != "IBANs":
        texts += ["".join(rng.sample(t, len(t))) for t in texts for _ in range(20)]
    texts += [slip(t, at) for t in texts[:20] for at in range(-len(t), 0) if t[at].isdigit()]
    read = duckdb.connect()
    read.execute("CREATE TABLE t (v VARCHAR)")
    read.executemany("INSERT INTO t VALUES (?)", [[t] for t in texts])
    said = read.execute(f"SELECT v, {kind.predicate(compact('v'))} FROM t").fetchall()

    # Beyond the check, the library knows countries' formats: what it holds for right, we do.
    assert [v for v, ours in said if kind.holds(v) and not ours] == []
    assert sum(ours for _, ours in said) >= 20
    if kind.valid.args[0] in {"luhn", "ean", "isbn", "issn", "gb.nhs", "lei"}:
        assert [v for v, ours in said if ours and not kind.holds(v)] == []


@pytest.mark.parametrize("make", [cards, articles], ids=["cards", "articles"])
def test_a_wrong_digit_is_found(make):
    """Each of them, with a pilot and without; blanks and hyphens between do not matter."""
    right = make(300)
    dirty = [slip(t) if k in {3, 70, 200} else f"{t[:4]} {t[4:]}" for k, t in enumerate(right)]
    for pilot in (None, {"code": make(300, seed=1), "v": [str(k % 9) for k in range(300)]}):
        found = searched({"code": dirty, "v": [str(k % 9) for k in range(300)]}, pilot)
        finding = found.one("invalid_identifier", "code")
        assert finding.severity is Severity.WARN
        assert found.rows(finding) == [3, 70, 200]


def test_what_only_people_know_is_told_by_value():
    """Where SQL cannot say a check, the values' hashes stand in the query, not the values."""
    phones = [f"+49 30 2345{k:03}" for k in range(200)]
    dirty = [*phones[:190], "+49 30 1", "+49 1", "+49 00 0000000", *phones[193:]]
    found = searched({"call": dirty}, {"call": phones})
    finding = found.one("invalid_identifier", "call")
    assert found.rows(finding) == [190, 191, 192]
    assert "4930" not in finding.sql
    assert not searched({"call": phones}, {"call": phones}).of("invalid_identifier")


def test_numbers_that_know_no_check_are_left_alone():
    """Counters, prices, days and moments satisfy a check one time in ten."""
    rng = random.Random(5)  # noqa: S311
    columns = {
        "counter": [str(10_000_000 + k) for k in range(400)],
        "random": ["".join(rng.choice(DIGITS) for _ in range(13)) for _ in range(400)],
        "price": [f"{rng.uniform(1e6, 9e7):.2f}" for _ in range(400)],
        "moment": [str(1_700_000_000 + 3600 * k) for k in range(400)],
        "day": [f"2024{1 + k % 12:02}{1 + k % 28:02}" for k in range(400)],
    }
    assert not searched(columns).of("invalid_identifier")


def test_few_values_prove_nothing():
    """A few right codes may be right by chance."""
    few = articles(18) * 10 + ["4000000000001"]
    assert not searched({"code": few}).of("invalid_identifier")
