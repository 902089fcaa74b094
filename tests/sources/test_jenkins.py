"""The hashes that are computed here are those of a PostgreSQL server."""

from __future__ import annotations

import math

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataready.sources import jenkins
from dataready.sources.jenkins import digest_floats, digest_integers, digest_text

MODULUS = 1 << 64
WORD = -4468740749460678194
FIVE = -9138765687874534020
"""What a server of version 15 answers for 'dataready' and for 5."""


def test_known_values():
    """As the server has them."""
    assert digest_text(pa.array(["dataready"])) == WORD % MODULUS
    assert digest_integers(pa.array([5])) == FIVE % MODULUS


def test_texts_that_repeat_are_hashed_once_and_count_each_time():
    """The short way comes to the same."""
    texts = ["dataready", "b", ""] * 1000
    parts = [digest_text(pa.array([t])) for t in texts[:3]]
    assert digest_text(pa.array(texts)) == sum(parts) * 1000 % MODULUS


def test_texts_that_repeat_only_at_first_are_as_fast(monkeypatch):
    """A column that begins with one value and goes on with others is not hashed one by one."""
    calls = []
    honest = jenkins._hash_alike  # noqa: SLF001 - counted, not replaced
    monkeypatch.setattr(jenkins, "_hash_alike", lambda *a: calls.append(a) or honest(*a))
    others = [f"comment {i} " + "x" * (i % 50) for i in range(20_000)]
    whole = digest_text(pa.array(["n/a"] * 1100 + others))
    assert len(calls) < 100
    once = digest_text(pa.array(["n/a"]))
    assert whole == (1100 * once + digest_text(pa.array(others))) % MODULUS


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.binary(), pa.large_binary()])
def test_slices_and_kinds_of_arrays(kind):
    """Wherever an array begins, and however wide its offsets are."""
    texts = pa.array(["x" * i for i in range(70)]).cast(kind)
    assert digest_text(texts.slice(30, 5)) == digest_text(
        pa.array(["x" * i for i in range(30, 35)])
    )


@settings(deadline=None)
@given(st.lists(st.text(max_size=40), min_size=1), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(texts, chance):
    """Sums are the same for any order, and of parts."""
    shuffled = list(texts)
    chance.shuffle(shuffled)
    whole = digest_text(pa.array(texts))
    assert digest_text(pa.array(shuffled)) == whole
    assert sum(digest_text(pa.array([t])) for t in texts) % MODULUS == whole


@settings(deadline=None)
@given(st.text(max_size=40), st.text(max_size=40))
def test_other_texts_have_other_hashes(a, b):
    """As far as anybody has seen."""
    assert (digest_text(pa.array([a])) == digest_text(pa.array([b]))) == (a == b)


def test_zeros_are_one_and_so_are_nans():
    """As the server compares them."""
    assert digest_floats(pa.array([0.0])) == digest_floats(pa.array([-0.0])) == 0
    assert digest_floats(pa.array([math.nan])) == digest_floats(pa.array([-math.nan])) != 0


@pytest.mark.database
def test_a_server_comes_to_the_same(postgres):
    """Texts of all lengths up to 100 bytes and more than ASCII; numbers of all sizes."""
    postgres.give(
        "CREATE TABLE h AS SELECT repeat('aé🙂', i % 13) || left(md5(i::text), i % 33) AS t, "
        "CASE WHEN i % 2 = 0 THEN ~(i::int8 << (i % 62)) ELSE i::int8 << (i % 62) END AS n, "
        "exp(i % 300) * (i % 3 - 1) AS f, (i / 3.0)::float4 AS g FROM generate_series(0, 3000) i"
    )
    ((t, n, f, g),) = postgres.run(
        'SELECT sum(hashtextextended(t COLLATE "C", 0))::text, '
        "sum(hashint8extended(n, 0))::text, sum(hashfloat8extended(f, 0))::text, "
        "sum(hashfloat4extended(g, 0))::text FROM h"
    )
    with postgres.connect() as cursor:
        cursor.execute("SELECT t, n, f, g FROM h")
        table = cursor.fetch_arrow_table().combine_chunks()
    columns = [c.combine_chunks() for c in table.columns]
    assert [int(x) % MODULUS for x in (t, n, f, g)] == [
        digest_text(columns[0]),
        digest_integers(columns[1]),
        digest_floats(columns[2]),
        digest_floats(columns[3]),
    ]
