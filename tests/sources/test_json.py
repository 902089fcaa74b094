"""Tests for `dataready.sources.json`."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dataready.errors import EmptySourceError, SourceError
from dataready.sources import json as source


def lines(*records):
    """Write records one a line."""
    return "".join(json.dumps(r) + "\n" for r in records)


def test_types_follow_all_values(land):
    """Numbers and booleans keep their kind; text stays text, dates included."""
    got = land(
        "a.json",
        {
            "a.json": json.dumps(
                [
                    {"i": 1, "d": 1, "b": True, "s": "2020-01-01", "none": None},
                    {"i": -2, "d": 1.5, "b": False, "s": "x"},
                ]
            )
        },
    )

    assert dict(zip(got.names, got.types, strict=True)) == {
        "i": "BIGINT", "d": "DOUBLE", "b": "BOOLEAN", "s": "VARCHAR", "none": "VARCHAR",
    }  # fmt: skip
    assert got.values == [(1, 1.0, True, "2020-01-01", None), (-2, 1.5, False, "x", None)]
    assert got.manifest.typed


def test_mixed_types_land_as_text_and_are_counted(land):
    """What is text in one record and a number in another is text, and said."""
    got = land("a.json", {"a.json": lines({"t": "x"}, {"t": 1776}, {"t": True}, {"t": "y"}, {})})

    assert [v[0] for v in got.values] == ["x", "1776", "true", "y", None]
    assert "Key 't' mixes types of values: 2 text, 1 boolean, 1 number." in got.notes


def test_nested_values_are_json_text(land):
    """Objects and arrays land as their JSON."""
    got = land("a.json", {"a.json": lines({"o": {"x": [1, "é"]}}, {"o": None})})

    assert got.values == [('{"x":[1,"é"]}',), (None,)]


def test_long_whole_numbers_lose_no_digit(land):
    """A number that no integer holds is text, not a rounded fraction."""
    got = land("a.json", {"a.json": '{"id": 123456789012345678901234}\n{"id": 1}\n'})

    assert got.values == [("123456789012345678901234",), ("1",)]
    assert "more digits" in got.notes


def test_keys_are_only_names(land):
    """Odd keys are found, and read back by the very same key."""
    record = {'"; drop table x': 1, "a/b~c": 2, "": 3, "A": 4, "a": 5, "n\0k": 6, "$.x": 7}
    got = land("a.json", {"a.json": lines(record)})

    assert got.values == [(1, 2, 3, 4, 5, 6, 7)]
    assert got.manifest.files[0].header == tuple(record)


def test_lines_that_are_no_objects_are_refused(land):
    """Broken lines keep their number, line and text; the others land."""
    text = '{"a": 1}\n\nnope\n[1]\n{"a": 2}\n{"a": \n'
    got = land("a.ndjson", {"a.ndjson": text})

    assert got.rows == [(1, 0, 0), (2, 0, 3)]
    assert [r[1:] for r in got.rejects] == [
        (1, 3, "it is no JSON object", "nope"),
        (2, 4, "it is no JSON object", "[1]"),
        (4, 6, "it is no JSON object", '{"a": '),
    ]


def test_members_of_an_array_that_are_no_objects(land):
    """They are refused by their place in the array."""
    got = land("a.json", {"a.json": '[{"a": 1}, 5, {"a": 2}]'})

    assert got.rows == [(1, 0, 0), (2, 0, 2)]
    assert [r[1] for r in got.rejects] == [1]


def test_objects_over_several_lines(land):
    """Pretty-printed objects, one after the other, are records."""
    got = land("a.json", {"a.json": '{\n "a": 1\n}\n{\n "a": 2\n}\n'})

    assert got.values == [(1,), (2,)]


@pytest.mark.parametrize("name", ["a.json", "a.json.gz"])
def test_marks_encodings_and_gzip(land, name):
    """The text counts, not how it was packed."""
    got = land(name, {name: '[{"a": "é"}]'.encode("utf-16")})

    assert got.values == [("é",)]


def test_a_byte_order_mark_is_no_record(land):
    """A mark before an array or a line is passed over."""
    assert land("a.json", {"a.json": '\ufeff[{"a": 1}]'}).values == [(1,)]
    assert land("b.json", {"b.json": '\ufeff{"a": 1}\n{"a": 2}\n'}).values == [(1,), (2,)]


@pytest.mark.parametrize("text", ['[{"a": 1}, {"a": "secret', '[{"a": 1}] x', '[{"a": 1},]'])
def test_a_truncated_array_is_no_source(land, text):
    """Half an array is refused as a whole, without quoting what is in it."""
    with pytest.raises(SourceError, match=r"'a\.json' is not whole JSON") as caught:
        land("a.json", {"a.json": text})
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("text", ["[]", "[1, 2]", "{}\n{}\n"])
def test_no_key_is_no_table(land, text):
    """Without a key there is no column."""
    with pytest.raises(EmptySourceError, match="no table in it"):
        land("a.json", {"a.json": text})


def test_files_unite_by_key(land):
    """A key that is empty in one file takes the type it has in the other."""
    got = land("*.json", {"1.json": '[{"a": null, "b": 1}]', "2.json": '[{"a": 2, "b": "x"}]'})

    assert got.types == ["BIGINT", "VARCHAR"]
    assert got.values == [(None, "1"), (2, "x")]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text('a"\\,[]{}\n', max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab[,", max_size=2), inner),
    max_leaves=6,
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(members=st.lists(_JSON, max_size=6), chunk=st.integers(1, 40))
def test_members_are_counted_wherever_blocks_are_cut(tmp_path, monkeypatch, members, chunk):
    """Our own count agrees with Python's parser."""
    monkeypatch.setattr(source, "CHUNK", chunk)
    path = tmp_path / "a.json"
    path.write_text(json.dumps(members, indent=1), encoding="utf-8")
    objects = [{"k": m} for m in members]
    other = tmp_path / "b.json"
    other.write_text("\n".join(json.dumps(o, indent=1) for o in objects), encoding="utf-8")

    assert source._count_values(path, "array") == len(members)  # noqa: SLF001 - the count itself
    assert source._count_values(other, "unstructured") == len(members)  # noqa: SLF001
